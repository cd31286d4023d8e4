#!/usr/bin/env python3
"""Fills the disk of an office while people save: refused in clear words, nothing acknowledged lost, and well again by itself.

    disk_full.py --gatehouse PROGRAM [--values 50] [--seed N]

A node, an office or headquarters in turn, runs with its data on a small tmpfs, the other side beside it. For each of many values of free space the disk is filled until
that much is left, then small and large values are saved until the node refuses. Every refusal must be a problem that names the
disk, and what was refused must not be there; lists, records and their history are still served; an exchange ends with a reason and not with
a crash. Sometimes the node is killed and started on the full disk: it must start, show what is there, and refuse in the same words. A
value at which nothing was refused tests nothing and is no pass. Then room is made: the same process saves again, everything acknowledged is
there, and both sides come to hold the same. Prints its seed and takes one back. Needs root, for the tmpfs.
"""
import argparse
import collections
import http.client
import os
import random
import shutil
import sys
import time

from disks import SmallDisk
from ledger import Client, Ledger, send_again
from nodes import Died, Faults, Line, Node, exchange, join, scratch_folder, verify, was_killed

DISK_BYTES = 96 << 20
VALUES_OF_A_NODE = 10
MOST_SAVES = 120
PAGE = SmallDisk.PAGE
# What says that it is the disk. A failed disk, which ends the node, is something else.
CLEAR = (507, "storage-full")
SENTENCE = "The disk is full, so nothing was saved."
# What an exchange between reading and saving may bring about.
MEANWHILE = {(412, "changed-meanwhile"), (410, "record-deleted")}
# Of the values of free space, so many must have led to a refusal.
TESTED = 0.75


class Rig:
    def __init__(self, options):
        self.o = options
        self.chance = random.Random(options.seed)
        self.scratch = scratch_folder("full")
        self.disk = SmallDisk(self.scratch, DISK_BYTES)
        self.nodes_made = self.acknowledged = self.refused = self.tested = self.starts = 0
        self.faults, self.answers, self.sentences = Faults(), collections.Counter(), set()
        self.exchanges = collections.Counter()

    def begin_node(self):
        self.nodes_made += 1
        self.ledger = Ledger()
        isOffice = self.nodes_made % 2 == 1
        self.office, self.hq = (
            Node(self.o.gatehouse, os.path.join(self.disk.folder if isFull else self.scratch, f"{name}-{self.nodes_made}"),
                 interval=600, notes=os.path.join(self.scratch, f"{name}-{self.nodes_made}.log"))
            for name, isFull in (("office", isOffice), ("hq", not isOffice)))
        self.node, self.other = (self.office, self.hq) if isOffice else (self.hq, self.office)
        for node, role, code in ((self.hq, "hq", "HQ"), (self.office, "office", "MH01")):
            node.init(role, code)
            node.start()
        join(self.office, self.hq)
        exchange(self.office)
        self.client = self.client_at(self.node)
        self.save(20)

    def client_at(self, node):
        return Client(self.ledger, node, f"{self.o.seed}.{node.name}",
                      homes="MH01" if node is self.hq else None, most_records=40)

    def end_node(self):
        exchange(self.office)
        self.ledger.exchanged((self.office, self.hq))
        for node in (self.office, self.hq):
            self.faults += self.ledger.check(node, self.ledger.records(node))
            self.faults += [f"verify of {node.name}: {fault}" for fault in verify(node)]
            node.stop()
            shutil.rmtree(node.folder)
        self.acknowledged += self.ledger.acknowledged
        self.faults += ["an edit was answered as failed and is saved all the same" for _ in self.ledger.kept_though_failed]

    def save(self, count, until_refused=False):
        """Saves some values; how many were refused."""
        refused = 0
        with Line(self.node) as line:
            for _ in range(count):
                before = dict(self.ledger.refusals)
                self.client.large = self.chance.choice((0, 0, 2_000, 20_000)) if until_refused else 0
                self.client.step(line)
                if self.ledger.refusals != before:
                    refused += 1
                    if until_refused:
                        return refused
        return refused

    def free_space(self, number):
        """From nothing at all to a few megabytes, more often little than much."""
        if number % VALUES_OF_A_NODE == 0:
            return 0
        return self.chance.choice((self.chance.randint(0, 16), self.chance.randint(0, 128), self.chance.randint(0, 1_000))) * PAGE

    def one_value(self, number):
        left = self.free_space(number)
        self.disk.fill(left)
        before = collections.Counter(self.ledger.refusals)
        refused = self.save(MOST_SAVES, until_refused=True)
        if refused:
            # Once refused, others try too: creations, changes, small and large ones.
            for _ in range(6):
                refused += self.save(1, until_refused=True)
            self.tested += 1
            self.note_sentence()
            self.still_reads(f"with {left} bytes left")
            self.try_exchange()
        self.faults += self.ledger.check(self.node, self.ledger.records(self.node))
        if refused and self.chance.random() < 0.2:
            self.start_on_the_full_disk(left)
        self.refused += refused
        self.answers.update(collections.Counter(self.ledger.refusals) - before)
        self.disk.make_room()
        if not self.node.is_running:
            self.node.start()
        # The same process, without a restart and without a second try.
        if self.save(3):
            self.faults.append(f"with room again, after {left} bytes were left, the node still refuses: {self.ledger.refusals}")
        send_again(self.ledger, [self.node])
        self.faults += self.ledger.check(self.node)
        if self.node.process.poll() is not None:
            raise Died(f"{self.node.name} ended by itself: {self.node.last_words()}")

    def note_sentence(self):
        body = {"kind": "repair", "status": "open", "occurred_at": "2025-05-01T10:00:00+08:00",
                "content": "x" * 19_000, "remark": "x" * 19_000}
        if self.node is self.hq:
            body["_office"] = "MH01"
        status, problem = self.node.request("POST", "/api/v1/tickets", body)
        if status != 201:
            self.sentences.add((status, problem.get("code"), problem.get("detail", "").split("reference ")[0]))

    def still_reads(self, when):
        record = self.chance.choice(self.ledger.records(self.node))
        for path in ("/healthz", "/readyz", "/api/v1/status", "/api/v1/sync", "/api/v1/tickets?limit=5",
                     f"/api/v1/{record}", f"/api/v1/{record}/history", "/api/v1/conflicts"):
            try:
                status, _ = self.node.request("GET", path)
            except (OSError, http.client.HTTPException) as error:
                status = f"{type(error).__name__}"
            except ValueError:
                status = "no JSON"
            # A deleted record says so.
            if status != 200 and not (status == 410 and path.endswith(record)):
                self.faults.append(f"{when} GET {path.split(record)[0]} is answered with {status}")

    def try_exchange(self):
        """The other side has something for the node, which has no room for it."""
        client = self.client_at(self.other)
        client.large = 20_000
        with Line(self.other) as line:
            for _ in range(3):
                client.step(line)
        status, answer = self.office.request("POST", "/api/v1/sync?wait=1")
        code = answer.get("code") if isinstance(answer, dict) else "report"
        self.exchanges["office" if self.node is self.office else "hq", status, code] += 1
        state = self.office.get("/api/v1/sync")
        if status != 200 and not state["message"]:
            self.faults.append("an exchange failed for want of room, and the status has no sentence about it")

    def start_on_the_full_disk(self, left):
        """To be read, a node starts on a full disk as well."""
        self.starts += 1
        was_killed(self.node, self.faults)
        try:
            self.node.start()
        except Died as died:
            self.faults.append(f"no start with {left} bytes left: {died}")
            return
        self.still_reads(f"started with {left} bytes left,")
        self.note_sentence()

    def run(self):
        for number in range(self.o.values):
            if number % VALUES_OF_A_NODE == 0:
                if number:
                    self.end_node()
                self.begin_node()
            self.one_value(number)
        self.end_node()
        self.report()

    def report(self):
        for (status, code), count in sorted(self.answers.items(), key=str):
            print(f"refused {count} times with {status} {code}")
            if (status, code) != CLEAR and (status, code) not in MEANWHILE:
                self.faults.append(f"{status} {code} does not say that it is the disk ({count} times)")
        for status, code, detail in sorted(self.sentences, key=str):
            print(f"  {status} {code}: {detail}")
            if (status, code) != CLEAR or SENTENCE not in detail:
                self.faults.append(f"{status} {code}: {detail} does not say in clear words that it is the disk")
        if self.tested < TESTED * self.o.values:
            self.faults.append(f"something was refused at {self.tested} of {self.o.values} values of free space only")
        print("exchanges on the full disk: " + ", ".join(
            f"of {whose}: {status} {code} {count} times" for (whose, status, code), count in sorted(self.exchanges.items(), key=str)))
        print(f"{self.starts} starts on a full disk")
        print(f"seed {self.o.seed}: {self.o.values} values of free space, {self.refused} refusals, {self.o.values - self.tested} values at "
              f"which nothing was refused, {self.acknowledged} writes acknowledged, {self.faults.lost} lost")
        print(f"{self.tested} passed, {len(self.faults)} failed")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gatehouse", required=True)
    parser.add_argument("--values", type=int, default=50)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    rig = Rig(options)
    rig.run()
    sys.exit(1 if rig.faults else 0)


if __name__ == "__main__":
    main()
