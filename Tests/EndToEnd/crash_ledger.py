#!/usr/bin/env python3
"""kill -9 of an office, of headquarters or of both, again and again, while people save on both sides.

    crash_ledger.py --gatehouse PROGRAM [--kills 500] [--seed N] [--folder DIR]

Several clients create, change, delete and take back tickets and customers through the API of both nodes, what is private to the office
included. Whatever is answered with 2xx goes into a ledger outside of them. The kills fall at random moments of that load, at the nth write to one file of the victim, in the middle of an
exchange or a checkpoint, while the node starts (also several times in a row), stops, is founded, or joins. After each restart everything
acknowledged must be there: as the value, beside its sibling, or in the history under a write whose author saw it; a record is hidden when
its history says so, and then only. A node that had ended by itself is a fault and no kill. What was
refused must not be there; a creation sent again with its key must not be there twice. Now and then, and at the end, both sides exchange:
everything is then on both, the digests are equal and `verify` finds both sound. Prints its seed and takes one back.
"""
import argparse
import collections
import http.client
import os
import random
import shutil
import statistics
import sys
import threading
import time

import moments
from ledger import KEPT, NOTE, Client, Ledger, Load, save_some, send_again
from nodes import Died, Faults, Node, exchange, join, scratch_folder, verify, was_killed

KILLS_IN_A_LIFE = 50
MOMENTS = {"load": 6, "write": 4, "exchange": 5, "start": 4, "checkpoint": 2, "stop": 2, "founding": 1, "joining": 1}


class Loop:
    def __init__(self, options):
        self.o = options
        self.chance = random.Random(options.seed)
        self.scratch = scratch_folder("crash", options.folder)
        self.kills = self.cycles = self.lives = self.repeats = self.acknowledged = 0
        self.by_moment, self.restarts, self.faults = collections.Counter(), [], Faults()
        self.refusals = collections.Counter()

    # One pair of nodes

    def begin_life(self):
        self.lives += 1
        self.ledger = Ledger()
        self.hq = self.node("hq")
        self.office = self.node("office")
        self.nodes = (self.office, self.hq)
        for node, role, code in ((self.hq, "hq", "HQ"), (self.office, "office", "MH01")):
            exit_code, said = node.init(role, code)
            if exit_code != 0:
                raise Died(f"init failed: {said}")
            node.start()
        join(self.office, self.hq)
        exchange(self.office)
        self.home = self.office.get("/api/v1/status")["office"]["id"]

    def node(self, name):
        return Node(self.o.gatehouse, os.path.join(self.scratch, f"{name}-{self.lives}"))

    def end_life(self):
        """Both sides come to hold the same, with everything acknowledged on each; and again after some more writes, because a stuck
        queue often moves when new work arrives.
        """
        for _ in range(2):
            exchange(self.office)
            self.ledger.exchanged(self.nodes)
            for node in self.nodes:
                self.faults += self.ledger.check(node, self.ledger.records(node))
                self.faults += [f"verify of {node.name}: {fault}" for fault in verify(node)]
            save_some(self.clients().clients, 3)
        if self.lives == 1:
            self.check_the_check()
        exchange(self.office)
        self.acknowledged += self.ledger.acknowledged
        self.refusals.update(self.ledger.refusals)
        for node in self.nodes:
            code = node.stop()
            if code != 0:
                self.faults.append(f"{node.name} ends with {code} when it is asked to stop")
            exit_code, report = node.command("verify")
            if exit_code != 0 or not report["sound"]:
                self.faults.append(f"{node.name} is not sound: {report}")
            shutil.rmtree(node.folder)

    def check_the_check(self):
        """A value, a private one or a deletion that was never saved must be missed, or the check finds nothing at all."""
        record = self.ledger.records(self.office)[0]
        attempts = self.ledger.by_record[record]
        for field in ("remark", "id_no", NOTE):
            attempts.append(type(attempts[0])(record, field, "planted", None))
            attempts[-1].state = KEPT
            attempts[-1].where = {self.office.name}
            if not any("planted" in fault for fault in self.ledger.check(self.office, [record])):
                self.faults.append(f"the check did not miss a {field} that is not there")
            attempts.pop()

    # One cycle: load, kill, restart, look

    def clients(self, only=None, large=0):
        made = []
        for node in self.nodes:
            for _ in range(2 if only is None else 3):
                if only in (None, node):
                    made.append(Client(self.ledger, node, f"{self.o.seed}.{node.name}",
                                       homes=self.home if node is self.hq else None, large=large))
        return Load(made)

    def cycle(self):
        self.cycles += 1
        moment = self.chance.choices(list(MOMENTS), MOMENTS.values())[0]
        victims = self.chance.choice([[self.office], [self.hq], [self.office, self.hq]])
        getattr(self, "kill_in_" + moment)(victims)
        for victim in self.nodes:
            if not victim.is_running:
                self.restarts.append(victim.start())
        for node in self.nodes:
            if node in victims or self.chance.random() < 0.2:
                self.faults += self.ledger.check(node)
        self.repeats += send_again(self.ledger, self.nodes)
        if self.chance.random() < 0.1:
            exchange(self.office)
            self.ledger.exchanged(self.nodes)

    def kill(self, victims, moment, may_end=()):
        for victim in victims:
            if was_killed(victim, self.faults, may_end):
                self.kills += 1
                self.by_moment[moment] += 1

    def kill_in_load(self, victims):
        with self.clients():
            time.sleep(self.chance.uniform(0.005, 0.2))
            self.kill(victims, "load")

    def kill_in_write(self, victims):
        """At the nth write to the victim's log, or of its guard file."""
        name = self.chance.choice([moments.LOG, moments.LOG, moments.GUARD])
        count = self.chance.randint(1, 120 if name == moments.LOG else 30)
        with moments.FolderWatch(victims[0].folder) as watch, self.clients():
            watch.wait(name, count, 0.5)
            self.kill(victims, "write")

    def kill_in_exchange(self, victims):
        """At the nth write to the victim's log after the exchange was asked for, with something to move each way."""
        with self.clients():
            time.sleep(self.chance.uniform(0.02, 0.1))
        count = self.chance.randint(1, 40)
        with moments.FolderWatch(victims[0].folder) as watch:
            self.office.request("POST", "/api/v1/sync")
            watch.wait(moments.LOG, count, 0.1)
            self.kill(victims, "exchange")

    def kill_in_checkpoint(self, victims):
        """While pages go from the log into the database, under a load of large values."""
        victim = victims[0]
        count = self.chance.choice((1, 1, 5, self.chance.randint(1, 3000)))
        with moments.FolderWatch(victim.folder) as watch, self.clients(only=victim, large=20_000):
            if watch.wait(moments.DATABASE, 1, 4):
                if count > 1:
                    watch.wait(moments.DATABASE, count - 1, 0.05)
                moment = "checkpoint"
            else:
                moment = "load"
            self.kill(victims, moment)

    def kill_in_start(self, victims):
        """Killed, and killed again once or several times before it is up."""
        with self.clients():
            time.sleep(self.chance.uniform(0.005, 0.05))
            self.kill(victims, "load")
        for victim in victims:
            for _ in range(self.chance.randint(1, 3)):
                victim.launch()
                time.sleep(self.chance.uniform(0, 0.08))
                self.kill([victim], "start")

    def kill_in_stop(self, victims):
        """While it stops in good order, which ends with a checkpoint."""
        with self.clients():
            time.sleep(self.chance.uniform(0.01, 0.1))
        victim = victims[0]
        with moments.FolderWatch(victim.folder) as watch:
            victim.process.terminate()
            if self.chance.random() < 0.5:
                watch.wait(moments.DATABASE, self.chance.randint(1, 200), 0.05)
            else:
                time.sleep(self.chance.uniform(0, 0.05))
            self.kill([victim], "stop", may_end=(0,))

    def kill_in_founding(self, victims):
        """A node that is killed while it is made must be there afterwards, or can be made then."""
        node = Node(self.o.gatehouse, os.path.join(self.scratch, f"founded-{self.cycles}"))
        node.launch_words("init", "--role", "office", "--code", "MH02", "--name", "MH02")
        time.sleep(self.chance.uniform(0, 0.06))
        before = self.kills
        self.kill([node], "founding", may_end=(0,))
        again, said = node.init("office", "MH02")
        if self.kills == before and again == 0:
            self.faults.append("a node that was made could be made again")
        try:
            node.start()
            node.get("/api/v1/status")
            node.stop()
        except Died as died:
            self.faults.append(f"killed while it was made, and now neither made nor to be made: {said.strip()} / {died}")
        shutil.rmtree(node.folder, ignore_errors=True)

    def kill_in_joining(self, _):
        """The killed join is made again with the same code, after which the newcomer and headquarters hold the same."""
        newcomer = Node(self.o.gatehouse, os.path.join(self.scratch, f"newcomer-{self.cycles}"))
        office = f"N{self.cycles}"
        newcomer.init("office", office)
        newcomer.start()
        exit_code, invitation = self.hq.command("invite", "--office", office)
        assert exit_code == 0, invitation
        body = {"url": f"http://127.0.0.1:{self.hq.port}", "code": invitation["code"]}
        joining = threading.Thread(target=self.try_to_join, args=(newcomer, body), daemon=True)
        joining.start()
        time.sleep(self.chance.uniform(0, 0.04))
        victims = self.chance.choice([[newcomer], [self.hq], [newcomer, self.hq]])
        self.kill(victims, "joining")
        joining.join()
        for victim in victims:
            self.restarts.append(victim.start())
        status, answer = newcomer.request("POST", "/api/v1/sync/join", body)
        if status != 200:
            self.faults.append(f"killed while it joined, and now its code is refused: {status} {answer}")
        else:
            exchange(newcomer)
        newcomer.stop()
        shutil.rmtree(newcomer.folder)

    def try_to_join(self, newcomer, body):
        try:
            newcomer.request("POST", "/api/v1/sync/join", body)
        except (OSError, http.client.HTTPException):
            pass  # It was killed, or headquarters was.

    def run(self):
        began = time.monotonic()
        while self.kills < self.o.kills:
            self.begin_life()
            goal = min(self.o.kills, self.kills + KILLS_IN_A_LIFE)
            while self.kills < goal:
                self.cycle()
            self.end_life()
            print(f"life {self.lives}: {self.kills} kills in {self.cycles} cycles so far, {self.acknowledged} writes acknowledged, "
                  f"{len(self.faults)} faults, {time.monotonic() - began:.1f} s", flush=True)
        self.report(time.monotonic() - began)

    def report(self, seconds):
        print("kills by moment: " + ", ".join(f"{name} {count}" for name, count in sorted(self.by_moment.items())))
        print(f"{self.repeats} creations without an answer sent again; refusals: "
              + (", ".join(f"{status} {code} {count}" for (status, code), count in sorted(self.refusals.items())) or "none"))
        slow = sum(1 for seconds_ in self.restarts if seconds_ > 5)
        print(f"{len(self.restarts)} restarts: median {statistics.median(self.restarts):.3f} s, longest {max(self.restarts):.3f} s, "
              f"{slow} over 5 s")
        print(f"seed {self.o.seed}: {self.cycles} cycles, {self.kills} kills, {self.acknowledged} writes acknowledged, {self.faults.lost} lost, "
              f"{seconds / self.cycles:.2f} s a cycle")
        print(f"{self.kills} passed, {len(self.faults)} failed")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gatehouse", required=True)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--folder", help="where the nodes' folders are made; the system's temporary folder if not said")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    loop = Loop(options)
    loop.run()
    sys.exit(1 if loop.faults else 0)


if __name__ == "__main__":
    main()
