#!/usr/bin/env python3
"""Reads in the kernel's own record (strace) that what is acknowledged was flushed before.

    durable_before_ack.py --gatehouse PROGRAM [--seed N] [--saves 5]

An office and headquarters run under strace; a node is founded, it joins, records are created, changed, deleted and restored, and both sides
exchange. At the first byte of each answer that acknowledges (HTTP 2xx to what changes something; the exchange's answer; the office's next
request, which confirms what it received), nothing written to the database or its log may lack a flush that returned. Where the request
changes a record, both the write and the flush must have come after it was read. As controls a made-up trace in which one answer comes too
early must be found out, and the same runs with a library that makes flushing do nothing: then every acknowledgement must be found too
early. Skipped where strace is missing or not allowed.
"""
import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import time

from disks import lying_library
from nodes import Line, Node, exchange, join, scratch_folder, skip

WRITES, READS = ("pwrite64", "pwritev", "write", "writev"), ("read", "readv", "recvfrom", "recvmsg")
CALLS = ",".join((*WRITES, *READS, "sendto,sendmsg,fsync,fdatasync,rename,openat,exit_group"))
LINE = re.compile(r"^(\d+) +(?:<\.\.\. (\w+) resumed>(.*)|(\w+)\((.*))$")
FILES = ("gatehouse.db", "gatehouse.db-wal", "node.key.partial")
REQUEST = re.compile(r'"(GET|POST|PATCH|DELETE) (/\S*)')
# A save as strace tells it: the request is read, written, flushed and answered.
SAVE = ('1 read(9<socket:[7]>, "POST /api/v1/tickets HTTP/1.1\\r\\nHost"..., 2048) = 99',
        '2 pwrite64(8</office/gatehouse.db-wal>, "x", 1, 0) = 1',
        '2 fdatasync(8</office/gatehouse.db-wal>) = 0',
        '1 writev(9<socket:[7]>, [{iov_base="HTTP/1.1 201 Created\\r\\n"..., iov_len=99}], 1) = 99')


class Trace:
    """What strace wrote: flushes and acknowledgements in the order in which the kernel saw them."""

    def __init__(self, lines, folder):
        self.folder = folder
        self.written, self.open = {}, {}  # file -> number of its last write; process -> its unfinished call
        self.number = self.writes = self.flushes = 0
        self.before = 0, 0  # writes and flushes up to the last acknowledgement
        self.asked = {}  # connection -> writes and flushes when the change of a record that is not answered yet was read from it
        self.acknowledgements, self.early, self.empty, self.changes = [], [], [], 0
        for line in lines:
            self.read(line.rstrip("\n"))

    def read(self, line):
        found = LINE.match(line)
        if not found:
            return
        process, resumed, rest, call, words = found.groups()
        if resumed:
            call, words, mark = self.open.pop(process, (resumed, "", self.number))
            self.ends(call, words, rest, mark)
            return
        self.number += 1
        self.begins(call, words)
        if words.endswith("<unfinished ...>"):
            self.open[process] = (call, words, self.number)
        else:
            self.ends(call, words, words, self.number)

    def file(self, words):
        """The name of one of our files that a call is about; the folder itself is the empty name."""
        found = re.match(r"\d+<([^>]*)>", words)
        path = found.group(1) if found else ""
        if path == self.folder:
            return ""
        return os.path.basename(path) if os.path.dirname(path) == self.folder else None

    def connection(self, words):
        found = re.match(r"\d+<(socket|TCP)[^>]*>", words)
        return found and found.group(0)

    def begins(self, call, words):
        if call in WRITES and self.file(words) in FILES:
            self.written[self.file(words)] = self.number
            self.writes += 1
        elif call in ("write", "writev", "sendto", "sendmsg") and self.connection(words):
            said = re.search(r'"(HTTP/1\.1 2\d\d|POST /sync/v1/exchange)', words)
            if said:
                self.acknowledge(said.group(1), self.asked.pop(self.connection(words), None))
        elif call == "exit_group" and words.startswith("0"):
            self.acknowledge("exit 0")
        if call == "rename" or call == "openat" and "O_CREAT" in words:
            if any(f'/{name}"' in words for name in ("gatehouse.db", "gatehouse.db-wal", "node.key")):
                self.written[""] = self.number

    def ends(self, call, words, answer, mark):
        if call in ("fsync", "fdatasync") and answer.rstrip().endswith("= 0"):
            name = self.file(words)
            self.flushes += 1
            # What was written after the flush began may not be in it.
            if name is not None and self.written.get(name, mark + 1) < mark:
                del self.written[name]
        elif call in READS and self.connection(words):
            request = REQUEST.search(answer)
            if request:
                method, address = request.groups()
                isChange = method != "GET" and address.startswith("/api/v1/tickets")
                self.asked[self.connection(words)] = (self.writes, self.flushes) if isChange else None

    def acknowledge(self, what, asked=None):
        """`early`: something was not flushed, or the change that was asked for was not written and flushed since. `empty`: nothing was
        written or flushed since the acknowledgement before.
        """
        self.acknowledgements.append(what)
        self.changes += asked is not None
        # A new name in the folder counts from the first write on.
        missing = [name for name in self.written if name or self.writes > self.before[0]]
        if missing:
            self.early.append(f"{what} although not flushed: {', '.join(name or 'the folder' for name in missing)}")
            self.written.clear()
        elif asked and not (self.writes > asked[0] and self.flushes > asked[1]):
            self.early.append(f"{what} although nothing was written and flushed since its request")
        elif self.writes == self.before[0] or self.flushes == self.before[1]:
            self.empty.append(what)
        self.before = self.writes, self.flushes


class Run:
    def __init__(self, options, scratch, name, library=None):
        self.o, self.folder, self.library = options, os.path.join(scratch, name), library
        os.makedirs(self.folder)
        self.chance = random.Random(options.seed)
        self.texts = 0

    def wrapper(self, name):
        lie = ["-E", f"LD_PRELOAD={self.library}"] if self.library else []
        return ["strace", "-D", "-f", "-y", "-s", "48", *lie, "-e", f"trace={CALLS}", "-o", self.trace(name)]

    def trace(self, name):
        return os.path.join(self.folder, name + ".strace")

    def text(self):
        self.texts += 1
        return f"{self.o.seed}/{self.texts} ".ljust(self.chance.choice((10, 3_000, 15_000)), "x")

    def run(self):
        """Everything under strace once; the traces by name."""
        # A backup that is due at the start, and forgetting, would write while an answer leaves.
        quiet = {"GATEHOUSE_BACKUP_EVERY_HOURS": "0", "GATEHOUSE_KEEP_SUPERSEDED_DAYS": "0"}
        office, hq = (Node(self.o.gatehouse, os.path.join(self.folder, name), interval=3_600, environment=quiet)
                      for name in ("office", "hq"))
        subprocess.run([*self.wrapper("init"), office.program, "init", "--data", office.folder, "--role", "office", "--code",
                        "MH01", "--name", "MH01"], check=True, capture_output=True)
        hq.init("hq", "HQ")
        for node in (hq, office):
            node.start(self.wrapper(node.name))
        self.save(office, None)
        join(office, hq)
        # Only what is asked for shall happen while it is watched. Joining would take an earlier pause back.
        office.request("POST", "/api/v1/sync/pause", {"minutes": 60, "by": "test"})
        exchange(office)
        self.save(hq, "MH01")
        exchange(office)
        for node in (office, hq):
            node.stop()
        self.wait_for_traces()
        traces = {}
        for name in ("init", "office", "hq"):
            with open(self.trace(name), errors="replace") as lines:
                traces[name] = Trace(lines, os.path.realpath(os.path.join(self.folder, "hq" if name == "hq" else "office")))
        return traces

    def wait_for_traces(self):
        """strace runs beside its node and ends a little later."""
        for name in ("office", "hq"):
            for _ in range(100):
                with open(self.trace(name), "rb") as file:
                    if b"+++ exited" in file.read()[-500:]:
                        break
                time.sleep(0.02)

    def save(self, node, office):
        with Line(node) as line:
            for _ in range(self.o.saves):
                body = {"kind": "repair", "status": "open", "occurred_at": "2025-05-01T10:00:00+08:00", "content": self.text()}
                if office:
                    body["_office"] = office
                status, item = line.request("POST", "/api/v1/tickets", body)
                assert status == 201, item
                path = "/api/v1/tickets/" + item["id"]
                status, item = line.request("PATCH", path, {"remark": self.text()}, {"If-Match": f'"{item["_version"]}"'})
                assert status == 200, item
                assert line.request("DELETE", path)[0] == 204
                assert line.request("POST", path + "/restoration")[0] == 200


def check_the_check():
    """Of three saves one after the other, the second is answered in its turn, before its flush, or before its write."""
    faults = []
    for order, expected in (((0, 1, 2, 3), 0), ((0, 1, 3, 2), 1), ((0, 3, 1, 2), 1)):
        found = len(Trace([*SAVE, *(SAVE[at] for at in order), *SAVE], "/office").early)
        if found != expected:
            faults.append(f"control: {found} answers were found too early where {expected} was, in the order {order}")
    return faults


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gatehouse", required=True)
    parser.add_argument("--saves", type=int, default=5)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    options.gatehouse = os.path.abspath(options.gatehouse)
    if shutil.which("strace") is None:
        skip("strace is not installed")
    if subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True).returncode != 0:
        skip("strace may not trace processes here")
    print(f"seed {options.seed}", flush=True)
    scratch = scratch_folder("strace")
    faults, passed = check_the_check(), 0
    for name, trace in Run(options, scratch, "honest").run().items():
        saves = [what for what in trace.acknowledgements if what.startswith(("HTTP", "exit"))]
        print(f"{name}: {len(trace.acknowledgements)} acknowledgements ({len(saves)} answers), {len(trace.early)} before their flush, "
              f"{len(trace.empty)} with nothing to flush")
        faults += [f"{name}: {early}" for early in trace.early]
        passed += len(trace.acknowledgements) - len(trace.early)
        least = 1 if name == "init" else 4 * options.saves
        if len(trace.acknowledgements) - len(trace.empty) < least:
            faults.append(f"{name}: fewer acknowledgements with something to flush than were asked for ({least})")
        if name != "init" and trace.changes != 4 * options.saves:
            faults.append(f"{name}: {trace.changes} answers to changes were found beside their requests, not {4 * options.saves}")
    for name, trace in Run(options, scratch, "lying", lying_library(scratch)).run().items():
        print(f"control, {name} without flushing: {len(trace.early)} of {len(trace.acknowledgements)} acknowledgements found too early")
        if len(trace.early) < (1 if name == "init" else 4 * options.saves):
            faults.append(f"control: without flushing too few acknowledgements of {name} were found too early")
    for fault in faults[:40]:
        print("FAULT " + fault)
    print(f"seed {options.seed}: {passed} acknowledgements came after their flush")
    print(f"{passed} passed, {len(faults)} failed")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
