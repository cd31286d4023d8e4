"""The program under test as a headquarters: made, served and stopped here."""

import json
import subprocess
import urllib.request
import urllib.error


class Headquarters:
    def __init__(self, program, work):
        self.program, self.data = str(program), str(work / "hq")
        self.log = open(work / "hq.log", "w", encoding="utf-8")
        self.run("init", "--data", self.data, "--role", "hq", "--code", "HQ", "--name", "总部")
        self.process = subprocess.Popen(
            [self.program, "serve", "--data", self.data, "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=self.log, text=True, encoding="utf-8")
        for line in self.process.stdout:
            if "Page:" in line:
                self.address = line.split("Page:")[1].strip().rstrip("/")
                return
        self.stop()
        raise RuntimeError("gatehouse serve printed no page address")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()

    def run(self, *arguments):
        """Runs a subcommand; returns what it printed."""
        done = subprocess.run([self.program, *arguments], capture_output=True, text=True,
                              encoding="utf-8", timeout=20)
        if done.returncode != 0:
            said = " ".join(done.stderr.split())[:120]
            raise RuntimeError(f"{arguments[0]} ended with {done.returncode}: {said}")
        return done.stdout

    def invite(self, office):
        """A one-time code for this office code, as printed."""
        said = self.run("invite", "--data", self.data, "--office", office, "--json")
        return json.loads(said)["code"]

    def status(self):
        return json.loads(self.run("status", "--data", self.data, "--json"))

    def edit(self, address, fields):
        """An edit by headquarters' own user through the HTTP API; returns (status, answer)."""
        request = urllib.request.Request(
            self.address + address, method="PATCH", data=json.dumps(fields).encode(),
            headers={"Content-Type": "application/json", "If-Match": "*"})
        return self.answer(request)

    def get(self, address):
        return self.answer(urllib.request.Request(self.address + address))

    @staticmethod
    def answer(request):
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")
