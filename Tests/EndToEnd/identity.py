#!/usr/bin/env python3
"""Nodes restored, cloned and put together wrongly, as real processes on real files (reliability.md S1–S7, R20).

    identity.py --gatehouse PROGRAM [--only NAME ...] [--drills 5]

Each story makes headquarters and one or more offices, does to their files what people and disks do, and then checks from outside: what
was acknowledged and is held by anybody alive is everywhere it belongs, both sides come to hold the same with equal digests, every node
verifies as sound, and no number was given out twice (but by a copy nobody could know to be one). `--only` takes names such as s1-folder.
"""
import argparse
import glob
import hashlib
import os
import re
import shutil
import sqlite3
import sys
import threading

from nodes import Died, Faults, Line, Node, exchange, scratch_folder, verify

DATABASE = ("gatehouse.db", "gatehouse.db-wal", "gatehouse.db-shm")
REGISTERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Sources", "CLI", "Registers")


class Story:
    """One company and what it acknowledged."""

    def __init__(self, options, name):
        self.o, self.name = options, name
        self.scratch = scratch_folder(name)
        self.faults, self.checks = Faults(), 0
        self.numbers, self.saved = {}, 0
        self.hq = self.made("hq", "hq", "HQ")

    def check(self, what, holds):
        self.checks += 1
        if not holds:
            self.faults.append(f"{self.name}: {what}")

    # Nodes

    def made(self, name, role, code):
        node = Node(self.o.gatehouse, os.path.join(self.scratch, name), interval=600)
        code, said = node.init(role, code)
        if code != 0:
            raise Died(said)
        node.start()
        return node

    def office(self, code="MH01", name=None):
        office = self.made(name or code.lower(), "office", code)
        self.join(office, code)
        exchange(office)
        return office

    def join(self, office, code="MH01"):
        _, invitation = self.hq.command("invite", "--office", code)
        exit_code, said = office.command(
            "join", "--hq", f"http://127.0.0.1:{self.hq.port}", "--code", invitation["code"])
        if exit_code != 0:
            raise Died(f"joining failed: {said}")

    def copy_of(self, node, name):
        """The folder of a stopped node, somewhere else."""
        folder = os.path.join(self.scratch, name)
        shutil.copytree(node.folder, folder, ignore=shutil.ignore_patterns("*.sock"))
        return folder

    def lose_disk(self, node):
        for name in (*DATABASE, "guard.json", "node.key"):
            path = os.path.join(node.folder, name)
            if os.path.exists(path):
                os.remove(path)

    def back_up(self, node, to=None):
        code, backup = node.command("backup", "create", *(["--to", to] if to else []))
        if code != 0:
            raise Died(f"no backup: {backup}")
        return backup["folder"]

    def restore(self, node, backup, *flags):
        code, report = node.command("backup", "restore", backup, *flags)
        if code != 0:
            raise Died(f"not restored: {report}")
        return report

    def life(self, node):
        with open(os.path.join(node.folder, "guard.json")) as file:
            return re.search(r'"life":"(\w+)"', file.read()).group(1)

    # Saving

    def tickets(self, node, count=4):
        """Acknowledged tickets by id."""
        made = {}
        with Line(node) as line:
            for _ in range(count):
                self.saved += 1
                content = f"{self.name} {self.saved}"
                status, item = line.request("POST", "/api/v1/tickets", {
                    "kind": "repair", "status": "open", "content": content, "occurred_at": "2025-11-13T09:30:00+08:00"})
                if status != 201:
                    raise Died(f"{node.name} does not save: {status} {item}")
                made[item["id"]] = content
                self.numbers.setdefault(item["no"], set()).add(item["id"])
        return made

    def change(self, node, record, value):
        with Line(node) as line:
            _, item = line.request("GET", f"/api/v1/tickets/{record}")
            status, item = line.request("PATCH", f"/api/v1/tickets/{record}", {"public_summary": value},
                                        {"If-Match": f'"{item["_version"]}"'})
        if status != 200:
            raise Died(f"{node.name} does not save: {status} {item}")

    # Looking

    def holds(self, node, *made):
        items = node.items("tickets")
        for record, content in {k: v for part in made for k, v in part.items()}.items():
            self.check(f"{node.name} lacks {record}", items.get(record, {}).get("content") == content)

    def settle(self, *offices):
        for _ in range(2):
            for office in offices:
                exchange(office)

    def sound(self, *nodes):
        for node in nodes:
            faults = verify(node)
            self.check(f"{node.name} is not sound: {faults}", not faults)

    def forks(self, node):
        return node.get("/api/v1/status")["forks"]

    def unique(self, besides=0):
        """No number was given out again, but `besides` times."""
        twice = sorted(number for number, ids in self.numbers.items() if len(ids) > 1)
        self.check(f"numbers given out {self.again()} times again: {twice}", self.again() <= besides)

    def again(self):
        """How often a number was given out that had been given out before."""
        return sum(len(ids) - 1 for ids in self.numbers.values())


# S1: an office put back to an earlier day; people go on before it speaks to anybody.

def s1(story, put_back, is_known):
    office = story.office()
    first = story.tickets(office)
    exchange(office)
    office.stop()
    folder = story.copy_of(office, "earlier")
    office.start()
    backup = story.back_up(office, story.scratch)
    lost = story.tickets(office)
    exchange(office)
    life = story.life(office)
    office.stop()
    story.hq.stop()
    put_back(story, office, folder, backup)
    office.start()
    story.check("a copy that could be known is no new life", not is_known or story.life(office) != life)
    kept = story.tickets(office)
    story.hq.start()
    story.settle(office)
    more = story.tickets(office)
    story.settle(office)
    for node in (office, story.hq):
        story.holds(node, first, lost, kept, more)
        story.check(f"{node.name} reports no fork", story.forks(node) >= 1)
    story.check("no new life", story.life(office) != life)
    story.sound(office, story.hq)
    # What nobody could know before it spoke to headquarters may stand twice: both are there.
    story.unique(0 if is_known else len(kept))


def by_command(story, office, folder, backup):
    story.lose_disk(office)
    report = story.restore(office, backup)
    story.check(f"nothing was there before: {report}", report["before"] == "nothing")


def by_hand(story, office, folder, backup):
    for name in DATABASE:
        if os.path.exists(os.path.join(office.folder, name)):
            os.remove(os.path.join(office.folder, name))
    shutil.copy(os.path.join(folder, "gatehouse.db"), office.folder)


def by_folder(story, office, folder, backup):
    shutil.rmtree(office.folder)
    shutil.copytree(folder, office.folder)


# S2: what was lost never reached headquarters.

def s2(story, how):
    office = story.office()
    first = story.tickets(office)
    exchange(office)
    backup = story.back_up(office)
    story.hq.stop()
    lost = story.tickets(office, 5)
    office.stop()
    if how == "unreadable":
        with open(os.path.join(office.folder, "gatehouse.db"), "r+b") as file:
            file.write(b"\x5a" * 8192)
        code, said = office.run("status")
        story.check(f"damage is not named with what to do: {said}",
                    code == 1 and f"gatehouse backup restore {backup} --data {office.folder}" in said)
    report = story.restore(office, backup, *(["--without-later"] if how == "without" else []))
    words = "\n".join(report["words"])
    later = report["later"]
    if how == "unreadable":
        story.check(f"the loss is not counted: {report}", report["atMost"] >= 5 and str(report["atMost"]) in words)
    elif how == "without":
        story.check(f"the loss is not counted: {report}", later["nowhereElse"] == later["groups"] >= 5)
    else:
        story.check(f"not all was brought over: {report}", later["brought"] == later["groups"] >= 5)
    aside = glob.glob(os.path.join(office.folder, "replaced-*", "gatehouse.db"))
    story.check("what stood there is gone", len(aside) == 1)
    if how != "unreadable":
        held = {row[0] for row in sqlite3.connect(aside[0]).execute("SELECT id FROM tickets")}
        story.check("what was put aside is not whole", set(lost) <= held)
    office.start()
    story.hq.start()
    kept = story.tickets(office, 5)
    story.settle(office)
    for node in (office, story.hq):
        story.holds(node, first, kept, *([lost] if how == "brought" else []))
    story.sound(office, story.hq)
    story.unique()


# S3: the disk copied, both copies live.

def s3(story):
    office = story.office()
    made = [story.tickets(office)]
    exchange(office)
    office.stop()
    clone = Node(story.o.gatehouse, story.copy_of(office, "clone"), interval=600)
    office.start()
    clone.start()
    for turn in range(3):
        for node in (office, clone):
            made.append(story.tickets(node, 2))
            exchange(node)
        if turn == 0:
            # Until then nobody could know of the other; from now on no number is given out again.
            story.check("no new life once a copy meets the other's work", story.life(office) != story.life(clone))
            unknowing = story.again()
            story.check(f"{unknowing} numbers were given out again in one turn of two", unknowing <= 2)
    story.settle(office, clone, office)
    for node in (office, clone, story.hq):
        story.holds(node, *made)
    story.check("headquarters reports no fork", story.forks(story.hq) >= 1)
    story.check("both copies go on as one life", story.life(office) != story.life(clone))
    lives = story.life(office), story.life(clone)
    for node in (office, clone):
        made.append(story.tickets(node, 2))
    story.settle(office, clone, office)
    story.check("live copies keep beginning new lives", lives == (story.life(office), story.life(clone)))
    for node in (office, clone, story.hq):
        story.holds(node, *made)
    story.sound(office, clone, story.hq)
    story.unique(unknowing)


# S4: headquarters put back to last night.

def s4(story):
    first = story.office("MH01")
    made = [story.tickets(first)]
    exchange(first)
    backup = story.back_up(story.hq, story.scratch)
    late = story.office("MH02")
    made += [story.tickets(first), story.tickets(late)]
    record = next(iter(made[0]))
    for office in (first, late):
        exchange(office)
    story.change(story.hq, record, "总部写的")
    exchange(first)
    story.hq.stop()
    story.lose_disk(story.hq)
    story.restore(story.hq, backup)
    story.hq.start()
    exchange(first)
    code, said = late.command("sync", "now")
    story.check(f"who joined later is not told what to do: {said}", code != 0 and "Join again with a new code" in str(said))
    status = late.get("/api/v1/sync")
    story.check(f"the office does not say so: {status}", (status["state"], status["code"]) == ("blocked", "unknown-credential"))
    life = story.life(late)
    made.append(story.tickets(late))
    story.join(late, "MH02")
    story.settle(first, late)
    story.holds(story.hq, *made)
    for node in (story.hq, first):
        shown = node.items("tickets")[record]["public_summary"]
        story.check(f"{node.name} lacks what headquarters wrote", shown == "总部写的")
    story.check("an office that rejoined began a new life", story.life(late) == life)
    story.sound(story.hq, first, late)
    story.unique()


# S5, the part about numbers: restored again and again, in both ways.

def s5(story):
    office = story.office()
    story.tickets(office)
    backup = story.back_up(office)
    for turn in range(6):
        story.tickets(office)
        if turn % 2:
            exchange(office)
        office.stop()
        if turn == 5:
            story.lose_disk(office)
        story.restore(office, backup, *([] if turn % 3 else ["--without-later"]))
        office.start()
        story.tickets(office)
    story.settle(office)
    story.tickets(office)
    story.settle(office)
    story.unique()
    story.check("too few were given out", len(story.numbers) == story.saved)
    story.sound(office, story.hq)


# S6: headquarters and an office put back to different days, twice, and as forks already.

def s6(story):
    office = story.office()
    story.tickets(office)
    exchange(office)
    days = {story.hq: story.back_up(story.hq, os.path.join(story.scratch, "hq-backups"))}
    story.tickets(office)
    exchange(office)
    days[office] = story.back_up(office, os.path.join(story.scratch, "office-backups"))
    for turn in range(2):
        story.tickets(office)
        exchange(office)
        for node in (office, story.hq):
            node.stop()
            story.lose_disk(node)
            story.restore(node, days[node])
            node.start()
        kept = story.tickets(office)
        # Alive is what either of the two still holds.
        alive = {**{k: v["content"] for node in (office, story.hq) for k, v in node.items("tickets").items()}, **kept}
        record = next(iter(kept))
        story.settle(office)
        story.change(story.hq, record, f"总部{turn}")
        story.settle(office)
        for node in (office, story.hq):
            story.holds(node, alive)
            story.check(f"{node.name} lacks the change", node.items("tickets")[record]["public_summary"] == f"总部{turn}")
        # The next turn puts back copies that are forks themselves.
        days = {node: story.back_up(node, os.path.join(story.scratch, f"{node.name}-{turn}")) for node in days}
    story.sound(office, story.hq)
    story.unique()


# S7: files that do not belong together.

def s7_without_log(story):
    office = story.office()
    made = [story.tickets(office)]
    exchange(office)
    # So that the file holds what the log held until now, its having joined above all.
    office.stop()
    office.start()
    copied = os.path.join(story.scratch, "copied.db")
    shutil.copy(os.path.join(office.folder, "gatehouse.db"), copied)
    made.append(story.tickets(office))
    exchange(office)
    life = story.life(office)
    office.kill()
    for name in DATABASE:
        if os.path.exists(os.path.join(office.folder, name)):
            os.remove(os.path.join(office.folder, name))
    shutil.copy(copied, os.path.join(office.folder, "gatehouse.db"))
    office.start()
    story.check("a database without its log is no new life", story.life(office) != life)
    made.append(story.tickets(office))
    story.settle(office)
    for node in (office, story.hq):
        story.holds(node, *made)
    story.sound(office, story.hq)
    story.unique()


def registers_come_in(office):
    return [office.command("import", register, os.path.join(REGISTERS, f"MH02-{register}.csv"))[1]["batch"]
            for register in ("households", "tickets")]


def s7_foreign_log(story):
    office = story.office()
    made = [story.tickets(office)]
    exchange(office)
    backup = story.back_up(office)
    office.stop()
    earlier = os.path.join(story.scratch, "earlier.db")
    shutil.copy(os.path.join(office.folder, "gatehouse.db"), earlier)
    office.start()
    log = salts(office)
    batches = registers_come_in(office)
    # Until it begins anew the log holds all that the earlier file lacks: then the two do belong together.
    while salts(office) == log:
        for batch in batches:
            office.command("import", "undo", str(batch))
        batches = registers_come_in(office)
    made.append(story.tickets(office))
    exchange(office)
    office.kill()
    shutil.copy(earlier, os.path.join(office.folder, "gatehouse.db"))
    before = sums(office)
    code, said = office.run("serve", "--listen", "127.0.0.1:0")
    command = re.search(r"gatehouse (backup restore \S+ --data \S+)", said)
    story.check(f"a foreign log is not named with what to do: {said}", code == 1 and "damaged" in said and command is not None)
    story.check("the damaged files were touched", sums(office) == before)
    story.restore(office, command.group(1).split()[2] if command else backup)
    office.start()
    story.settle(office)
    for node in (office, story.hq):
        story.holds(node, *made)
        story.check(f"{node.name} lacks the registers", len(node.items("tickets")) > 1000)
    story.sound(office, story.hq)
    story.unique()


def salts(node):
    """What changes in the write-ahead log when it begins anew (sqlite.org/fileformat.html §4.1)."""
    with open(os.path.join(node.folder, "gatehouse.db-wal"), "rb") as file:
        return file.read(24)[16:]


def s7_killed(story):
    """The other side of the rule: a killed node is itself, and is not kept waiting."""
    office = story.office()
    made = []
    life = story.life(office)
    for _ in range(4):
        made.append(story.tickets(office))
        office.kill()
        office.start()
    story.check("a killed node began a new life", story.life(office) == life)
    story.check("a killed node was looked at as if it were another", "checked before anything is written" not in office.last_words())
    story.settle(office)
    for node in (office, story.hq):
        story.holds(node, *made)
    story.sound(office, story.hq)


def sums(node):
    found = {}
    for name in (*DATABASE[:2], "guard.json", "node.key"):
        path = os.path.join(node.folder, name)
        if os.path.exists(path):
            with open(path, "rb") as file:
                found[name] = hashlib.sha256(file.read()).hexdigest()
    return found


def live(story):
    office = story.office()
    made = story.tickets(office)
    backup = story.back_up(office)
    code, said = office.run("backup", "restore", backup)
    story.check(f"a running node is restored: {said}", code == 1 and "open in another process" in said)
    made.update(story.tickets(office))
    exchange(office)
    story.holds(story.hq, made)
    # By hand it is noticed at the next save, and the program stops and says so.
    shutil.copy(os.path.join(backup, "gatehouse.db"), os.path.join(story.scratch, "put.db"))
    os.rename(os.path.join(story.scratch, "put.db"), os.path.join(office.folder, "gatehouse.db"))
    with Line(office) as line:
        try:
            status, problem = line.request("POST", "/api/v1/tickets", {
                "kind": "repair", "status": "open", "content": "x", "occurred_at": "2025-11-13T09:30:00+08:00"})
            story.check(f"saved into a file that is gone: {status} {problem}", status == 500)
        except OSError:
            pass  # The program ended before it answered.
    code = office.process.wait(30)
    story.check(f"the program goes on ({code})", code == 1)
    story.check(f"it does not say why: {office.last_words()}", "was replaced or removed while the node was running" in office.last_words())


def drill(story):
    """R20: back up under load, put it back elsewhere, verify, go on there."""
    office = story.office()
    for turn in range(story.o.drills):
        before = story.tickets(office)
        stop, during = threading.Event(), {}

        def save():
            while not stop.is_set():
                during.update(story.tickets(office, 1))

        people = threading.Thread(target=save)
        people.start()
        backup = story.back_up(office, os.path.join(story.scratch, f"backups-{turn}"))
        stop.set()
        people.join()
        code, found = office.command("backup", "verify", backup)
        story.check(f"the backup is not sound: {found}", code == 0 and found["sound"])
        exchange(office)
        office.stop()
        office.folder = os.path.join(story.scratch, f"machine-{turn}")
        story.restore(office, backup)
        office.start()
        story.holds(office, before)
        story.sound(office)
        story.settle(office)
        for node in (office, story.hq):
            story.holds(node, before, during)
    story.sound(story.hq)
    story.unique()


def another(story):
    """Headquarters' backup over an office by mistake, then on purpose, and the way back as it is printed."""
    office = story.office()
    first = story.tickets(office)
    exchange(office)
    backup = story.back_up(story.hq, story.scratch)
    story.hq.stop()
    only = story.tickets(office)
    office.stop()
    before = sums(office)
    code, said = office.run("backup", "restore", backup)
    story.check(f"another node is replaced unasked: {said}", code == 1 and "--replace-another-node" in said
                and "总部 HQ" in said and "管理处 MH01" in said)
    story.check("a refused restore changed something", sums(office) == before)
    words = story.restore(office, backup, "--replace-another-node")["words"]
    story.check(f"what is only there is not counted: {words}", any(f"{len(only)} of its saves are in none" in line for line in words))
    command = re.search(r"gatehouse (backup restore (\S+) --data \S+ --replace-another-node)", "\n".join(words))
    story.restore(office, command.group(2), "--replace-another-node")
    story.hq.start()
    office.start()
    made = story.tickets(office)
    story.settle(office)
    for node in (office, story.hq):
        story.holds(node, first, only, made)
    story.sound(office, story.hq)
    story.unique()


STORIES = {
    "s1-command": lambda story: s1(story, by_command, True),
    "s1-database": lambda story: s1(story, by_hand, True),
    "s1-folder": lambda story: s1(story, by_folder, False),
    "s2-without": lambda story: s2(story, "without"),
    "s2-unreadable": lambda story: s2(story, "unreadable"),
    "s2-brought": lambda story: s2(story, "brought"),
    "s3": s3, "s4": s4, "s5": s5, "s6": s6,
    "s7-without-log": s7_without_log, "s7-foreign-log": s7_foreign_log, "s7-killed": s7_killed,
    "live": live, "another": another, "drill": drill,
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gatehouse", required=True)
    parser.add_argument("--only", nargs="*", choices=STORIES)
    parser.add_argument("--drills", type=int, default=5)
    options = parser.parse_args()
    checks = failed = 0
    for name in options.only or STORIES:
        story = Story(options, name)
        try:
            STORIES[name](story)
        except Died as death:
            story.faults.append(f"{name}: {death}")
        checks += max(story.checks, len(story.faults))
        failed += len(story.faults)
        print(f"{name}: {story.saved} tickets acknowledged, {story.checks} checks, {len(story.faults)} failed", flush=True)
    print(f"{checks - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
