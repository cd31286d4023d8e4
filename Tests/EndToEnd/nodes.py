"""Nodes as processes of their own: made, started, killed, stopped and asked; nothing outlives the script."""
import atexit
import http.client
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

COMMAND_SECONDS = 300
START_SECONDS = 60
MOST_FAULTS = 40
_running = set()
_endings = []


def at_end(work):
    """Has this done when the script ends, however it ends; the last one asked for comes first."""
    _endings.append(work)


def _end():
    for process in list(_running):
        process.kill()
        process.wait()
    for work in reversed(_endings):
        try:
            work()
        except Exception as error:  # The others shall be done as well.
            print(f"cleaning up: {error}", file=sys.stderr)


atexit.register(_end)
for _signal in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(_signal, lambda *_: sys.exit("stopped by a signal"))


def scratch_folder(name, inside=None):
    """A folder that is gone after the script."""
    folder = tempfile.mkdtemp(prefix=f"gatehouse-{name}-", dir=inside)
    at_end(lambda: shutil.rmtree(folder, ignore_errors=True))
    return folder


def skip(reason):
    """Ends the script as one that could not do its work here; 77 is what automake says for that."""
    print(f"skipped: {reason}")
    sys.exit(77)


class Faults(list):
    """What was found wrong, said at once."""

    def append(self, fault):
        self += [fault]

    def __iadd__(self, faults):
        for fault in faults:
            super().append(fault)
            if len(self) <= MOST_FAULTS:
                print("FAULT " + fault.strip(), flush=True)
        return self

    @property
    def lost(self):
        return sum(fault.startswith(("lost", "gone")) for fault in self)


class Died(Exception):
    """A node ended by itself, or said something it must not say."""


class Node:
    """One data folder and, while it serves, its process.

    What the process says to its standard error is kept beside the folder, so that a trap is not lost.
    """

    def __init__(self, program, folder, interval=1, environment=None, notes=None):
        self.program, self.folder, self.interval = program, folder, interval
        self.environment = dict(os.environ, SWIFT_BACKTRACE="enable=no", **(environment or {}))
        self.notes = notes or folder + ".log"
        self.process, self.port = None, 0

    @property
    def name(self):
        return os.path.basename(self.folder)

    # Commands

    def init(self, role, code):
        """Makes the node; what comes back is the exit code and what was printed."""
        return self.run("init", "--role", role, "--code", code, "--name", code)

    def run(self, *words):
        out = self.carry_out(*words)
        return out.returncode, out.stdout + out.stderr

    def command(self, *words):
        """A command with `--json`: exit code, and the document it printed or what it said instead."""
        out = self.carry_out(*words, "--json")
        return out.returncode, json.loads(out.stdout) if out.stdout.strip() else out.stderr

    def carry_out(self, *words):
        """Waits for a command, but not for ever: one that serves where it should refuse never ends."""
        try:
            return subprocess.run([self.program, *words, "--data", self.folder], capture_output=True, text=True,
                                  env=self.environment, timeout=COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            raise Died(f"{self.name}: gatehouse {' '.join(words)} did not end in {COMMAND_SECONDS} s") from None

    # Life

    def launch(self, wrapper=()):
        """Begins to start. The port stays the same for the node's whole life, so that peers find it."""
        self.launch_words("serve", "--listen", f"127.0.0.1:{self.port}", "--interval", str(self.interval),
                          wrapper=wrapper)

    def launch_words(self, *words, wrapper=()):
        """Begins a command that will not be waited for."""
        with open(self.notes, "ab") as notes:
            self.process = subprocess.Popen([*wrapper, self.program, *words, "--data", self.folder],
                                            stdout=subprocess.PIPE, stderr=notes, env=self.environment)
        _running.add(self.process)

    def listens(self, seconds=START_SECONDS):
        """Waits until people can be served; false when the process ended or time is up."""
        said, end = b"", time.monotonic() + seconds
        while time.monotonic() < end:
            if not select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]:
                break
            part = os.read(self.process.stdout.fileno(), 65536)
            if not part:
                return False
            said += part
            found = re.search(rb"127\.0\.0\.1:(\d+)/", said)
            if found:
                self.port = int(found.group(1))
                return True
        return False

    def start(self, wrapper=()):
        """Starts and waits until it listens; seconds that took."""
        for _ in range(20):
            began = time.monotonic()
            self.launch(wrapper)
            if self.listens():
                return time.monotonic() - began
            code = self._ended(kill=True)
            if "in use by another program" not in self.last_words():
                raise Died(f"{self.name} does not start ({code}): {self.last_words()}")
            time.sleep(0.05)  # The port of a killed process may be taken for a moment.
        raise Died(f"{self.name} finds its port {self.port} taken")

    def last_words(self):
        with open(self.notes, errors="replace") as notes:
            return notes.read()[-1500:]

    def _ended(self, kill=False):
        if kill:
            self.process.kill()
        code = self.process.wait()
        self.process.stdout.close()
        _running.discard(self.process)
        self.process = None
        return code

    @property
    def is_running(self):
        return self.process is not None

    def kill(self):
        """kill -9. Returns the exit code of a process that had ended before by itself, else nil."""
        hadEnded = self.process.poll() is not None
        code = self._ended(kill=True)
        return None if code == -signal.SIGKILL and not hadEnded else code

    def stop(self):
        self.process.terminate()
        return self._ended()

    # Requests

    def request(self, method, path, body=None, headers=None, timeout=60):
        """One request on a connection of its own: status and document."""
        with Line(self, timeout) as line:
            return line.request(method, path, body, headers)

    def get(self, path):
        status, document = self.request("GET", path)
        if status != 200:
            raise Died(f"{self.name} answers GET {path} with {status}: {document}")
        return document

    def items(self, type_name):
        """Every record of a type by id."""
        found, after = {}, ""
        with Line(self) as line:
            while True:
                status, page = line.request("GET", f"/api/v1/{type_name}?limit=500{after}")
                if status != 200:
                    raise Died(f"{self.name} answers a list with {status}: {page}")
                found.update((item["id"], item) for item in page["items"])
                if not page["next"]:
                    return found
                after = "&after=" + page["next"]


class Line:
    """One kept connection to a node."""

    def __init__(self, node, timeout=60):
        self.connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def request(self, method, path, body=None, headers=None):
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = dict(headers or {}, **({} if body is None else {"Content-Type": "application/json"}))
        self.connection.request(method, path, content, headers)
        answer = self.connection.getresponse()
        bytes_ = answer.read()
        return answer.status, json.loads(bytes_) if bytes_ else None


def was_killed(node, faults, may_end=()):
    """kill -9; whether that is what ended the node. One that had ended by itself is a fault, but with an exit code it may end with."""
    code = node.kill()
    if code is not None and code not in may_end:
        faults.append(f"{node.name} had ended by itself with {code}: {node.last_words()}")
        if len(faults) > MOST_FAULTS:
            raise Died("so many faults that it is no use to go on")
    return code is None


def join(office, hq, url=None):
    """Makes the office a member of headquarters, both serving."""
    code, invitation = hq.command("invite", "--office", "MH01")
    if code != 0:
        raise Died(f"no invitation: {invitation}")
    code, joined = office.command("join", "--hq", url or f"http://127.0.0.1:{hq.port}", "--code",
                                  invitation["code"])
    if code != 0:
        raise Died(f"joining failed: {joined}")


def exchange(office, tries=40):
    """Exchanges until both sides say that they hold the same; the report of the last try.

    They must say so twice running: the first time the node may have joined an exchange that had begun before the call.
    """
    status = report = None
    equal = 0
    for _ in range(tries):
        status, report = office.request("POST", "/api/v1/sync?wait=1")
        isEqual = status == 200 and report and all(space["digestEqual"] for space in report)
        equal = equal + 1 if isEqual else 0
        if equal == 2:
            return report
        if not isEqual:
            time.sleep(0.05)
    raise Died(f"the two sides do not come to hold the same: {status} {report}")


def verify(node):
    """Recomputes everything from the log of a serving node; what is wrong, empty when nothing is."""
    status, report = node.request("POST", "/api/v1/verify?wait=1", timeout=600)
    if status != 200:
        return [f"verify answers {status}: {report}"]
    return report["faults"] if report["sound"] else report["faults"] or ["not sound"]
