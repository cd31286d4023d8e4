#!/usr/bin/env python3
"""Cuts the power of an office, of headquarters or of both, again and again, while people save on both sides.

    powercut.py --gatehouse PROGRAM [--cuts 150] [--seed N] [--filesystem ext4|xfs] [--lying 10] [--folder DIR]

The data folders lie on a file system in an image file. A cut is the file system's own shutdown without a last flush of its
journal: whatever was not flushed by then is gone, as with a real cut. Then the processes are killed, and the image is mounted
anew and the nodes are started. Cuts fall while a node is founded, just when it was, at its first start, just when it joined;
later at random moments of load, at the nth write to a file, in the middle of an exchange or a checkpoint, and while it starts or
stops. After each: everything acknowledged is there (see crash_ledger.py), nothing one side had confirmed to the other is missing
there or sent again, and `verify` finds the node sound. A node that ended by itself is a fault, unless its disk had failed under it.

Two controls show that this rig can lose data. In the cuts of the load a plain SQLite file is written beside with synchronous=NORMAL, and
the same node runs on a disk that only says it flushed: each must lose rows or acknowledged writes in half of its cuts at least. Prints its seed and takes one
back. Needs root, loop devices and the Python of `make python`.
"""
import argparse
import collections
import os
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import time

import moments
from disks import PowerCutDisk, lying_library
from exchanges import Proxy, compile_protocol, confirmed, forgotten, repeated
from ledger import Client, Ledger, Load, save_some, send_again
from nodes import Died, Faults, Node, exchange, join, scratch_folder, skip, verify, was_killed

CUTS_OF_A_DISK = 25
MOMENTS = {"load": 6, "write": 5, "exchange": 5, "checkpoint": 3, "start": 3, "stop": 2, "recovery": 2}
# How a node may end when its disk failed under it: it says so, or the kernel cannot give it a page of a file it has mapped.
DISK_FAILED = (1, -signal.SIGBUS)
SLOW_FLUSHES = ("strace", "-D", "-f", "-qq", "-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_enter=20000",
                "-o", "/dev/null")


class CarelessWriter:
    """A program that says "saved" too early (careless_writer.py)."""
    SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "careless_writer.py")

    def __init__(self, folder):
        self.path = os.path.join(folder, "careless.db")
        self.process = subprocess.Popen([sys.executable, "-I", "-S", self.SCRIPT, self.path],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.said = len(self.process.stdout.readline().splitlines())

    def kill(self):
        self.process.kill()
        self.said += self.process.stdout.read().count("\n")
        self.process.stdout.close()
        self.process.wait()

    def lost(self):
        """How many rows it had called saved are not there."""
        found = 0
        if os.path.exists(self.path):
            database = sqlite3.connect(self.path)
            try:
                found = database.execute("SELECT count(*) FROM saved").fetchone()[0]
            except sqlite3.DatabaseError:
                pass  # Not even the table is there.
            database.close()
            for ending in ("", "-wal", "-shm"):
                if os.path.exists(self.path + ending):
                    os.remove(self.path + ending)
        return max(0, self.said - found)


class Losses:
    """What a control had called saved, and lost in the cuts it was put to."""

    def __init__(self):
        self.said = self.lost = self.cuts = self.cuts_with_loss = 0

    def add(self, said, lost):
        self.said += said
        self.lost += lost
        self.cuts += 1
        self.cuts_with_loss += lost > 0

    def __str__(self):
        return f"lost {self.lost} of {self.said} values it had called saved, some in {self.cuts_with_loss} of {self.cuts} cuts"


class Rig:
    def __init__(self, options):
        self.o = options
        self.chance = random.Random(options.seed)
        self.scratch = scratch_folder("powercut", options.folder)
        if shutil.which("strace") is None:
            skip("strace is not installed")
        self.disk = PowerCutDisk(self.scratch, options.filesystem)
        self.messages = compile_protocol(self.scratch)
        self.cuts = self.disks = self.acknowledged = self.resent = self.repeats = self.looks = 0
        self.careless, self.lying, self.late, self.late_lost = Losses(), Losses(), 0, 0
        self.by_moment, self.faults, self.restarts, self.seconds = collections.Counter(), Faults(), [], []
        self.proxy, self.covered, self.seen, self.shown_before_cut = None, {}, 0, {}
        self.began = time.monotonic()

    # A disk and what lies on it

    def begin_disk(self):
        self.disks += 1
        self.disk.make()
        self.ledger = Ledger()
        self.proxy, self.covered, self.seen = Proxy(self.messages), {}, 0
        onDisk = self.chance.choice((["office"], ["office"], ["office", "hq"], ["hq"]))
        self.hq, self.office = (
            Node(self.o.gatehouse, os.path.join(self.disk.folder if name in onDisk else self.scratch,
                                                f"{name}-{self.disks}"),
                 notes=os.path.join(self.scratch, f"{name}-{self.disks}.log"))
            for name in ("hq", "office"))
        self.nodes = (self.office, self.hq)
        self.exposed = [node for node in self.nodes if node.name.split("-")[0] in onDisk]
        self.writer = None

    def init(self, node):
        return node.init(*(("hq", "HQ") if node is self.hq else ("office", "MH01")))

    def found_and_join(self):
        """The first minutes of a node, with a cut after each step of them."""
        victim = self.exposed[0]
        victim.launch_words("init", "--role", "hq" if victim is self.hq else "office", "--code",
                            "HQ" if victim is self.hq else "MH01", "--name", "MH01")
        time.sleep(self.chance.uniform(0, 0.06))
        self.cut("founding", [victim], may_end=(0,))
        if self.begun():
            shutil.rmtree(victim.folder, ignore_errors=True)
        else:
            try:
                victim.start()
            except Died:
                self.faults.append("the power was cut while it was made, and now neither made nor to be made")
            else:
                victim.stop()
            shutil.rmtree(victim.folder, ignore_errors=True)
        for node in self.nodes:
            exit_code, said = self.init(node)
            if exit_code != 0:
                raise Died(f"init failed: {said}")
        self.cut("founded", [])
        for node in self.nodes:
            self.restarts.append(node.start())
        self.proxy.target = self.hq.port
        known = [(node, node.get("/api/v1/status")["office"]) for node in self.exposed]
        self.cut("first start", self.exposed)
        self.restart()
        for node, office in known:
            if node.get("/api/v1/status")["office"] != office:
                self.faults.append(f"{node.name} is another node than before")
        join(self.office, self.hq, f"http://127.0.0.1:{self.proxy.port}")
        self.cut("joined", self.exposed)
        self.restart()
        exchange(self.office)
        self.home = self.office.get("/api/v1/status")["office"]["id"]

    def begun(self):
        """Whether the exposed node can be made after a cut while it was."""
        return self.init(self.exposed[0])[0] == 0

    # A cut

    def cut(self, moment, victims, may_end=()):
        with self.ledger.lock:
            self.ledger.dark = {node.name for node in self.exposed}
        self.proxy.isDark = self.hq in self.exposed
        alive = [victim for victim in victims if victim.process.poll() is None]
        self.disk.cut()
        for victim in victims:
            was_killed(victim, self.faults, (*may_end, *DISK_FAILED) if victim in alive else may_end)
        if self.writer:
            self.writer.kill()
        for node in self.nodes:
            # Its peer goes down with it in half of the cases, so that its receipts can be read too.
            if node.is_running and self.chance.random() < 0.5:
                was_killed(node, self.faults)
        self.disk.power_on()
        self.cuts += 1
        self.by_moment[moment if alive or not victims else f"after {moment}"] += 1

    def restart(self):
        """Starts what is down, and looks whether anything confirmed to the other side is missing."""
        self.ledger.dark, self.proxy.isDark = set(), False
        down = [node for node in self.nodes if not node.is_running]
        receipts = {node: confirmed(node, self.scratch) for node in down}
        self.look_at_the_line()
        # From now on nothing the office knows to be confirmed may be sent again.
        self.covered = receipts.get(self.office, self.covered)
        for node in down:
            self.restarts.append(node.start())
        for node, peer in ((self.office, self.hq), (self.hq, self.office)):
            for stream, seq, held in forgotten(peer, receipts.get(node, {})):
                self.faults.append(f"lost: {peer.name} confirmed {stream} up to {seq} and holds {held}")

    def look_at_the_line(self):
        with self.proxy.lock:
            self.resent += repeated(self.proxy.sent[self.seen:], self.covered)
            self.seen = len(self.proxy.sent)

    def clients(self, nodes, large=0):
        return Load([Client(self.ledger, node, f"{self.o.seed}.{node.name}",
                            homes=self.home if node is self.hq else None, large=large)
                     for node in nodes for _ in range(3 if len(nodes) == 1 else 2)])

    def cycle(self):
        began = time.monotonic()
        moment = self.chance.choices(list(MOMENTS), MOMENTS.values())[0]
        self.look_at_the_line()
        self.writer = CarelessWriter(self.disk.folder)
        getattr(self, "cut_in_" + moment)(self.chance.choice(self.exposed))
        self.careless.add(self.writer.said, self.writer.lost())
        self.writer = None
        self.restart()
        self.look_for_the_seen()
        for node in self.exposed:
            self.faults += self.ledger.check(node)
            self.faults += [f"verify of {node.name}: {fault}" for fault in verify(node)]
            self.looks += 1
        self.repeats += send_again(self.ledger, self.nodes)
        self.seconds.append(time.monotonic() - began)

    def cut_in_load(self, _):
        with self.clients(self.nodes):
            time.sleep(self.chance.uniform(0.005, 0.25))
            self.cut("load", self.exposed)

    def cut_in_write(self, victim):
        name = self.chance.choice([moments.LOG, moments.LOG, moments.GUARD])
        count = self.chance.randint(1, 150 if name == moments.LOG else 30)
        with moments.FolderWatch(victim.folder) as watch, self.clients(self.nodes):
            watch.wait(name, count, 0.5)
            self.cut("write", self.exposed)

    def cut_in_exchange(self, victim):
        with self.clients(self.nodes):
            time.sleep(self.chance.uniform(0.02, 0.1))
        with moments.FolderWatch(victim.folder) as watch:
            self.office.request("POST", "/api/v1/sync")
            watch.wait(moments.LOG, self.chance.randint(1, 40), 0.1)
            self.cut("exchange", self.exposed)

    def cut_in_checkpoint(self, victim):
        count = self.chance.choice((1, 1, 5, self.chance.randint(1, 3000)))
        with moments.FolderWatch(victim.folder) as watch, self.clients([victim], large=20_000):
            isCheckpoint = watch.wait(moments.DATABASE, 1, 4)
            if isCheckpoint and count > 1:
                watch.wait(moments.DATABASE, count - 1, 0.05)
            self.cut("checkpoint" if isCheckpoint else "load", self.exposed)

    def cut_in_recovery(self, victim):
        """Killed in mid-commit, started again, and cut: what SQLite finds in its log after a kill was perhaps never flushed, and must not
        be shown, acknowledged or confirmed as if it were. Flushing is delayed, so that most kills fall between a write and its flush.
        """
        for node in self.exposed:
            was_killed(node, self.faults)
            node.start(SLOW_FLUSHES)
        with moments.FolderWatch(victim.folder) as watch, self.clients(self.nodes):
            watch.wait(moments.LOG, self.chance.randint(1, 60), 0.5)
            for node in self.exposed:
                was_killed(node, self.faults)
        # An exchange would flush; what is looked for is what happens before something else does.
        self.proxy.passes.clear()
        for node in self.exposed:
            self.restarts.append(node.start())
        self.shown_before_cut = {node: self.ledger.seen(node) for node in self.exposed}
        afterwards = self.chance.choice(("nothing", "a repeat", "an exchange"))
        if afterwards == "a repeat":
            self.repeats += send_again(self.ledger, self.exposed, most=1)
        elif afterwards == "an exchange":
            self.proxy.passes.set()
            exchange(self.office)
        self.cut("recovery", self.exposed)
        self.proxy.passes.set()

    def look_for_the_seen(self):
        """What a person was shown after a restart must still be there after the cut."""
        for node, seen in self.shown_before_cut.items():
            self.faults += [f"lost: {value[:60]} was shown by {node.name} after a kill, and is gone after a power cut"
                            for value in self.ledger.forgotten(node, seen)]
        self.shown_before_cut = {}

    def cut_in_start(self, victim):
        with self.clients(self.nodes):
            time.sleep(self.chance.uniform(0.005, 0.1))
            for node in self.exposed:
                was_killed(node, self.faults)
        for node in self.exposed:
            node.launch()
        time.sleep(self.chance.uniform(0, 0.08))
        self.cut("start", self.exposed)

    def cut_in_stop(self, victim):
        with self.clients(self.nodes):
            time.sleep(self.chance.uniform(0.01, 0.1))
        with moments.FolderWatch(victim.folder) as watch:
            victim.process.terminate()
            if self.chance.random() < 0.5:
                watch.wait(moments.DATABASE, self.chance.randint(1, 200), 0.05)
            else:
                time.sleep(self.chance.uniform(0, 0.05))
            self.cut("stop", self.exposed, may_end=(0,))

    def end_disk(self):
        for _ in range(2):
            exchange(self.office)
            self.ledger.exchanged(self.nodes)
            for node in self.nodes:
                self.faults += self.ledger.check(node, self.ledger.records(node))
            save_some(self.clients(self.nodes).clients, 3)
        self.late += len(self.ledger.late)
        self.late_lost += len(self.ledger.forgotten(self.office, {(a.record, a.value) for a in self.ledger.late}))
        exchange(self.office)
        self.look_at_the_line()
        for node in self.nodes:
            node.stop()
            exit_code, report = node.command("verify")
            if exit_code != 0 or not report["sound"]:
                self.faults.append(f"{node.name} is not sound: {report}")
            database = sqlite3.connect(os.path.join(node.folder, moments.DATABASE))
            for (said,) in database.execute("PRAGMA integrity_check"):
                if said != "ok":
                    self.faults.append(f"integrity_check of {node.name}: {said}")
            database.close()
            shutil.rmtree(node.folder)
        self.proxy.close()
        self.acknowledged += self.ledger.acknowledged

    # The controls

    def lying_cuts(self):
        """The same node on a disk that does not flush when told to: the ledger must miss something."""
        library = lying_library(self.scratch)
        for _ in range(self.o.lying):
            self.disk.make()
            self.ledger, self.writer = Ledger(), None
            self.office = Node(self.o.gatehouse, os.path.join(self.disk.folder, "office"),
                               notes=os.path.join(self.scratch, "lying.log"))
            self.nodes = (self.office,)
            self.init(self.office)
            os.sync()
            self.office.environment["LD_PRELOAD"] = library
            self.office.start()
            with self.clients(self.nodes):
                time.sleep(0.2)
                self.disk.cut()
                was_killed(self.office, self.faults, DISK_FAILED)
            self.disk.power_on()
            del self.office.environment["LD_PRELOAD"]
            try:
                self.office.start()
                lost = sum(fault.startswith("lost") for fault in self.ledger.check(self.office))
                self.office.stop()
            except Died:
                lost = self.ledger.acknowledged
            self.lying.add(self.ledger.acknowledged, lost)

    def run(self):
        while self.cuts < self.o.cuts:
            self.begin_disk()
            goal = min(self.o.cuts, self.cuts + CUTS_OF_A_DISK)
            self.found_and_join()
            while self.cuts < goal:
                self.cycle()
            self.end_disk()
            print(f"disk {self.disks} with {' and '.join(node.name for node in self.exposed)}: {self.cuts} cuts so far, "
                  f"{self.acknowledged} writes acknowledged, {len(self.faults)} faults, {time.monotonic() - self.began:.1f} s",
                  flush=True)
        self.hq = self.office
        self.lying_cuts()
        self.report()

    def control(self, name, losses, enough):
        """One that seldom loses anything is a fault of the rig, unless it had too few cuts to tell."""
        print(f"control: {name} {losses}")
        if losses.cuts_with_loss >= losses.cuts / 2:
            return
        if losses.cuts < enough:
            print(f"control: {losses.cuts} cuts are too few to tell how often {name} loses anything; make {enough}")
        else:
            self.faults.append(f"{name} lost something in {losses.cuts_with_loss} of {losses.cuts} cuts only, so this rig seldom shows a loss")

    def report(self):
        if self.resent:
            self.faults.append(f"{self.resent} groups were sent again although they were confirmed")
        self.control("plain SQLite with synchronous=NORMAL", self.careless, 10)
        self.control("the node on a disk that lies about flushing", self.lying, 5)
        print("cuts by moment: " + ", ".join(f"{name} {count}" for name, count in sorted(self.by_moment.items())))
        starts = self.restarts or [0]
        print(f"{len(self.restarts)} starts: median {statistics.median(starts):.3f} s, longest {max(starts):.3f} s; "
              f"{self.repeats} creations without an answer sent again; {self.looks} nodes verified")
        print(f"{self.late} values were answered 2xx after their cut had begun, {self.late_lost} of them are not there (no acknowledgements)")
        print(f"seed {self.o.seed}: {self.cuts} power cuts on {self.o.filesystem}, {self.acknowledged} writes acknowledged, {self.faults.lost} lost, "
              f"{self.resent} confirmed groups sent again, {statistics.mean(self.seconds or [0]):.2f} s a cut")
        print(f"{self.cuts} passed, {len(self.faults)} failed")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gatehouse", required=True)
    parser.add_argument("--cuts", type=int, default=150)
    parser.add_argument("--lying", type=int, default=10, help="cuts of the control with a disk that lies")
    parser.add_argument("--filesystem", choices=("ext4", "xfs"), default="ext4")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--folder", help="where the image is made; the system's temporary folder if not said")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    rig = Rig(options)
    rig.run()
    sys.exit(1 if rig.faults else 0)


if __name__ == "__main__":
    main()
