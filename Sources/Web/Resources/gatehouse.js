// Pages work without this file. It keeps the sync chip true, moves the focus to what is wrong, keeps what was typed, and
// keeps Enter quiet while an input method is composing.
"use strict";
(() => {
  const chip = document.querySelector("[data-refresh]");
  const refresh = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(chip.dataset.refresh, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      const news = await answer.json();
      for (const part of ["word", "sentence"]) {
        const place = chip.querySelector(`[data-part=${part}]`);
        if (place.textContent !== news[part]) place.textContent = news[part];
      }
      chip.className = `chip ${news.state}`;
    } catch {
      // The node itself is not reached: what the chip says may be old, and looks so.
      chip.className = "chip";
    }
  };
  if (chip) setInterval(refresh, 10000);

  const problems = document.getElementById("problems");
  if (problems) problems.focus();

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.isComposing || event.keyCode === 229)) event.stopPropagation();
    const typing = event.target.closest("input, textarea, select");
    if (event.key === "/" && !typing && !event.isComposing && !event.ctrlKey && !event.metaKey) {
      document.getElementById("find")?.focus();
      event.preventDefault();
    }
  });

  // A second click while a form is on its way sends nothing. Coming back with the back button frees it again.
  const sent = new WeakSet();
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    if (sent.has(event.target)) event.preventDefault();
    else sent.add(event.target);
    setTimeout(() => sent.delete(event.target), 5000);
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => sent.delete(form)));
})();
