#!/usr/bin/env python3
"""Upgrades of the database that are killed at each step, and a downgrade that is refused (reliability.md S37), as real processes on real files.

    migration.py --gatehouse PROGRAM [--every 1] [--first 1]

An office saves, exchanges with headquarters and stops; its database is taken back to what the first version left. Then, on a copy of its
folder each time, the program is started and kills itself (kill -9) just before its Nth call that changes a file, for N = 1, 2, 3, … until a
start needs no Nth. After each the program is started again as people would: it must serve everything that was acknowledged, verify as
sound, save, and the last copy must come to hold the same as headquarters. At the end the database is marked as a newer program's: the
program must refuse it with a sentence and leave every file as it is.
"""
import argparse
import ctypes
import hashlib
import os
import shutil
import signal
import sqlite3
import sys

from disks import killing_library
from nodes import Died, Faults, Line, Node, exchange, join, scratch_folder, verify

# The tables of the first version that was released, and its migrations.
FIRST = {
    "meta", "spaces", "streams", "branches", "log", "named", "unprojected", "authors", "own_streams", "series", "receipts",
    "headquarters", "members", "invitations", "exchanges", "refusals", "import_batches", "import_groups", "import_rows", "replies",
    "grdb_migrations",
}
MIGRATIONS = ("1 log", "1 local")
REFUSAL = "The database was written by a newer program. Install that version or a later one."


def save(node, content):
    with Line(node) as line:
        status, item = line.request("POST", "/api/v1/tickets", {
            "kind": "repair", "status": "open", "content": content, "occurred_at": "2025-11-13T09:30:00+08:00"})
    if status != 201:
        raise Died(f"{node.name} does not save: {status} {item}")
    return item["id"], item["no"]


def schema(folder):
    with sqlite3.connect(f"file:{folder}/gatehouse.db?mode=ro", uri=True) as db:
        return set(db.execute("SELECT name, sql FROM sqlite_schema")), set(db.execute("SELECT identifier FROM grdb_migrations"))


def unpacked(frame, length):
    """One frame of Zstandard, by the library the program uses."""
    library = ctypes.CDLL("libzstd.so.1")
    library.ZSTD_decompress.restype = ctypes.c_size_t
    library.ZSTD_decompress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
    plain = ctypes.create_string_buffer(length)
    if library.ZSTD_decompress(plain, length, frame, len(frame)) != length:
        raise Died("a packed group cannot be unpacked")
    return plain.raw


def take_back(folder):
    """While the node runs, so that what it notes of its files when it stops fits them."""
    db = sqlite3.connect(os.path.join(folder, "gatehouse.db"), timeout=30, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    packed = db.execute("SELECT number, bytes, plain_length FROM log WHERE plain_length IS NOT NULL").fetchall()
    for number, group, length in packed:
        db.execute("UPDATE log SET bytes = ? WHERE number = ?", (unpacked(group, length), number))
    db.execute("ALTER TABLE log DROP COLUMN plain_length")
    for (table,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        if table not in FIRST:
            db.execute(f'DROP TABLE "{table}"')
    db.execute(f"DELETE FROM grdb_migrations WHERE identifier NOT IN {MIGRATIONS}")
    db.execute("UPDATE meta SET value = 'of another version' WHERE name = 'projection'")
    db.execute("COMMIT")
    db.close()


def sums(folder):
    """Every file that holds something; the index which SQLite makes beside an open database is made anew whenever it is opened."""
    found = {}
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if os.path.isfile(path) and os.path.getsize(path) > 0 and not name.endswith("-shm"):
            with open(path, "rb") as file:
                found[name] = hashlib.sha256(file.read()).hexdigest()
    return found


def life(folder):
    with open(os.path.join(folder, "guard.json")) as file:
        return file.read().split('"life":"')[1][:8]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gatehouse", required=True)
    parser.add_argument("--every", type=int, default=1, help="kill at every so many calls only")
    parser.add_argument("--first", type=int, default=1)
    options = parser.parse_args()
    scratch = scratch_folder("migration")
    library, faults, checks = killing_library(scratch), Faults(), 0
    hq, office = (Node(options.gatehouse, os.path.join(scratch, name), interval=600) for name in ("hq", "office"))
    hq.init("hq", "HQ")
    office.init("office", "MH01")
    hq.start()
    office.start()
    join(office, hq)
    made = dict(save(office, f"票 {number}") for number in range(30))
    exchange(office)
    office.stop()
    upgraded = schema(office.folder)
    office.start()
    made.update(save(office, f"晚 {number}") for number in range(5))
    take_back(office.folder)
    office.stop()
    if schema(office.folder) == upgraded:
        faults.append("the database was not taken back")
    began = life(office.folder)

    kills, lives = 0, []
    number = options.first
    while True:
        copy = Node(options.gatehouse, os.path.join(scratch, f"copy-{number}"), interval=600)
        shutil.copytree(office.folder, copy.folder, ignore=shutil.ignore_patterns("*.sock"))
        copy.environment.update(LD_PRELOAD=library, KILL_AT=str(number))
        copy.launch()
        was_killed = not copy.listens()
        if was_killed:
            kills += 1
            code = copy.kill()
            if code not in (-signal.SIGKILL, None):
                faults.append(f"at call {number} the program ended by itself ({code}): {copy.last_words()}")
        else:
            copy.kill()
        del copy.environment["LD_PRELOAD"], copy.environment["KILL_AT"]
        copy.start()
        if life(copy.folder) != began:
            lives.append(number)
        items = copy.items("tickets")
        lost = [record for record, no in made.items() if items.get(record, {}).get("no") != no]
        if lost:
            faults.append(f"lost after a kill at call {number}: {lost}")
        wrong = verify(copy)
        if wrong:
            faults.append(f"not sound after a kill at call {number}: {wrong}")
        record, no = save(copy, "后")
        if no in made.values():
            faults.append(f"after a kill at call {number} the number {no} was given out again")
        checks += 4
        if not was_killed:
            exchange(copy)
            if not {*made, record} <= set(hq.items("tickets")):
                faults.append("headquarters lacks what was saved before the upgrade")
        copy.stop()
        if schema(copy.folder) != upgraded:
            faults.append(f"after a kill at call {number} the database is not that of an upgrade")
        checks += 1
        if not was_killed:
            break
        shutil.rmtree(copy.folder)
        number += options.every
    print(f"{kills} kills during the upgrade, {len(made)} acknowledged tickets each, {faults.lost} lost, "
          f"{len(lives)} times a new life began (at calls {lives})", flush=True)

    with sqlite3.connect(os.path.join(copy.folder, "gatehouse.db")) as db:
        db.execute("INSERT INTO grdb_migrations (identifier) VALUES ('99 later')")
    db.close()
    before = sums(copy.folder)
    for words in (("serve", "--listen", "127.0.0.1:0"), ("status",), ("verify",), ("backup", "create")):
        code, said = copy.run(*words)
        checks += 2
        if code != 1 or REFUSAL not in said:
            faults.append(f"gatehouse {words[0]} does not refuse a newer database ({code}): {said}")
        if sums(copy.folder) != before:
            faults.append(f"gatehouse {words[0]} touched a newer database: {sums(copy.folder)}, before {before}")
    with sqlite3.connect(os.path.join(copy.folder, "gatehouse.db")) as db:
        db.execute("DELETE FROM grdb_migrations WHERE identifier = '99 later'")
    db.close()
    copy.start()
    checks += 1
    if not set(made) <= set(copy.items("tickets")):
        faults.append("the newer program does not go on where it was")
    print(f"{checks - len(faults)} passed, {len(faults)} failed")
    sys.exit(1 if faults else 0)


main()
