#!/usr/bin/env python3
"""kill -9 of either side at random moments of a first sync, until KILLS kills were made.

    kill9.py --gatehouse PROGRAM [--tickets 20000] [--kills 50] [--seed N]

An office with that many tickets and headquarters run as processes of their own; between them stands a proxy that reads every
exchange request. After each kill of the office its receipts are read from a copy of its database: from then on no group they
cover may be sent again. After the last kill of a first sync both sides must hold the same, digests included, and verify as
sound; then the next first sync begins with a fresh headquarters. Prints its seed and takes one back.
"""
import argparse
import os
import random
import shutil
import sys
import time

from exchanges import Proxy, compile_protocol, confirmed, repeated
from nodes import Node, join, scratch_folder


def register(path, count):
    with open(path, "w", encoding="utf-8") as file:
        file.write("编号,受理时间,房号,姓名,电话,渠道,类别,等级,内容,状态,处理人,完成时间\n")
        for i in range(count):
            file.write(f"K9-{i:06},2025-0{1 + i % 5}-{1 + i % 28:02} {8 + i % 12:02}:{i % 60:02},{1 + i % 8}-1-{101 + i % 900},张{i % 97},"
                       f"138{i:08},来电,报修,一般,厨房水管漏水第{i}次,已完成,李师傅,2025-06-01 10:00\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gatehouse", required=True)
    parser.add_argument("--tickets", type=int, default=20000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    o = parser.parse_args()
    print(f"seed {o.seed}")
    chance = random.Random(o.seed)
    scratch = scratch_folder("kill9")
    messages = compile_protocol(scratch)
    office_made = os.path.join(scratch, "office-made")
    maker = Node(o.gatehouse, office_made, 1)
    assert maker.init("office", "MH01")[0] == 0
    table = os.path.join(scratch, "tickets.csv")
    register(table, o.tickets)
    code, report = maker.command("import", "tickets", table)
    assert report["accepted"] == o.tickets, report
    kills = resent = syncs = groups = 0
    while kills < o.kills:
        syncs += 1
        proxy = Proxy(messages)
        office = Node(o.gatehouse, os.path.join(scratch, f"office-{syncs}"), 1)
        shutil.copytree(office_made, office.folder, ignore=shutil.ignore_patterns("*.sock"))
        hq = Node(o.gatehouse, os.path.join(scratch, f"hq-{syncs}"), 60)
        assert hq.init("hq", "HQ")[0] == 0
        hq.start()
        proxy.target = hq.port
        join(office, hq, f"http://127.0.0.1:{proxy.port}")
        covered, seen = {}, 0
        office.start()
        while True:
            time.sleep(chance.uniform(0.05, 0.6))
            status = office.get("/api/v1/sync")
            if status["state"] in ("delivered", "conflict") or kills >= o.kills:
                break
            victim = chance.choice([office, hq])
            victim.kill()
            kills += 1
            if victim is office:
                with proxy.lock:
                    resent += repeated(proxy.sent[seen:], covered)
                    seen = len(proxy.sent)
                covered = confirmed(office, scratch)
                office.start()
            else:
                hq.start()
            with proxy.lock:
                resent += repeated(proxy.sent[seen:], covered)
                seen = len(proxy.sent)
        office.stop()
        for _ in range(20):
            code, spaces = office.command("sync", "now")
            if code == 0:
                break
        with proxy.lock:
            resent += repeated(proxy.sent[seen:], covered)
            groups = len({place for places in proxy.sent for place in places})
        assert code == 0 and all(space["digestEqual"] for space in spaces), spaces
        hq.stop()
        for node in (office, hq):
            code, verified = node.command("verify")
            assert code == 0 and verified["sound"], verified
        print(f"first sync {syncs}: {kills} kills so far, {groups} groups, digests equal, both sound", flush=True)
        shutil.rmtree(office.folder)
        shutil.rmtree(hq.folder)
        proxy.close()
    print(f"{kills} kills, {syncs} first syncs of {o.tickets} tickets, {resent} confirmed groups sent again")
    print(f"{kills} passed, {resent} failed")
    sys.exit(1 if resent else 0)


if __name__ == "__main__":
    main()
