#!/usr/bin/env python3
"""Runs every fuzz target for its share of RUNS executions and prints a line for each.

    fuzz.py PROGRAM FOLDER [--runs 1000000] [--only NAME …] [--seconds N] [--lanes N]

PROGRAM is gatehouse-fuzz; FOLDER takes seeds, corpora, logs and what crashed. The last line is "N executions, M traps"; a trap is any
end that libFuzzer reports: a crash, a broken law, an input that takes a second of processor time, more than 512 MiB. After one the target goes on with the
executions it has left. --seconds bounds the time of one target, --lanes is how many run at once. Exits with 1 if there was a trap.
"""
import argparse, concurrent.futures, os, re, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
MAXIMUM_TRAPS = 5
FINISHED = ("number_of_executed_units", "peak_rss_mb")


def targets(program):
    for line in subprocess.run([program, "--list"], capture_output=True, text=True, check=True, env=environment("")).stdout.splitlines():
        name, share, longest = line.split()
        yield name, int(share), int(longest)


def environment(target):
    # A backtrace of Swift takes seconds and libFuzzer has its own. What Swift makes once and keeps is no leak.
    return os.environ | {"SWIFT_BACKTRACE": "enable=no", "FUZZ_TARGET": target,
                         "ASAN_OPTIONS": "detect_leaks=0:quarantine_size_mb=8:malloc_context_size=4"}


def run(o, name, runs, longest):
    """Executions, seconds, traps, size of the corpus and peak memory of one target."""
    corpus = os.path.join(o.folder, "corpus", name)
    os.makedirs(corpus, exist_ok=True)
    crashes = os.path.join(o.folder, "crashes", "")
    os.makedirs(crashes, exist_ok=True)
    dictionary = os.path.join(HERE, "Dictionaries", name + ".dict")
    done, traps, peak, start = 0, 0, 0, time.monotonic()
    with open(os.path.join(o.folder, f"{name}.log"), "ab") as log:
        while done < runs and traps < MAXIMUM_TRAPS:
            left = o.seconds - (time.monotonic() - start) if o.seconds else 0
            if o.seconds and left < 1:
                break
            words = [o.program, f"-runs={runs - done}", f"-max_len={longest}", "-timeout=600", "-rss_limit_mb=512", "-print_funcs=0",
                     "-print_final_stats=1", "-reload=0", f"-artifact_prefix={crashes}{name}-", corpus, os.path.join(o.folder, "seeds", name)]
            if os.path.exists(dictionary):
                words.insert(1, f"-dict={dictionary}")
            if o.seconds:
                words.insert(1, f"-max_total_time={int(left)}")
            ended = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(name))
            log.write(ended.stdout)
            text = ended.stdout.decode(errors="replace")
            found = {key: int(value) for key, value in re.findall(r"stat::(\w+):\s+(\d+)", text)}
            done += found.get(FINISHED[0], 0)
            peak = max(peak, found.get(FINISHED[1], 0))
            if ended.returncode == 0:
                break
            traps += 1
            reason = re.search(r"Fatal error: (.*)|ERROR: (.*)", text)
            print(f"    {name}: {reason.group(0)[:200] if reason else f'ended with {ended.returncode}'}", flush=True)
            if FINISHED[0] not in found:
                break
    return done, time.monotonic() - start, traps, len(os.listdir(corpus)), peak


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("folder")
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=0)
    parser.add_argument("--lanes", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[])
    o = parser.parse_args()
    o.program, o.folder = os.path.abspath(o.program), os.path.abspath(o.folder)
    subprocess.run([o.program, "--seeds", os.path.join(o.folder, "seeds")], check=True, env=environment(""))
    chosen = [t for t in targets(o.program) if not o.only or t[0] in o.only]
    shares = sum(share for _, share, _ in chosen)
    executions = traps = 0
    print(f"{'target':<12} {'executions':>10} {'seconds':>8} {'a second':>9} {'traps':>5} {'corpus':>6} {'MiB':>5}", flush=True)
    with concurrent.futures.ThreadPoolExecutor(o.lanes) as lanes:
        # The dear ones first, so that no lane is left with one of them at the end.
        results = {lanes.submit(run, o, name, max(1, o.runs * share // shares), longest): name
                   for name, share, longest in sorted(chosen, key=lambda t: t[1])}
        for result in concurrent.futures.as_completed(results):
            done, seconds, trapped, corpus, peak = result.result()
            executions, traps = executions + done, traps + trapped
            print(f"{results[result]:<12} {done:>10,} {seconds:>8.0f} {done / max(seconds, 0.001):>9,.0f} {trapped:>5} {corpus:>6} {peak:>5}",
                  flush=True)
    print(f"{executions} executions, {traps} traps", flush=True)
    sys.exit(1 if traps else 0)


if __name__ == "__main__":
    main()
