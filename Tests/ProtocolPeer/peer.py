#!/usr/bin/env python3
"""Plays offices against a real headquarters, from the text in Protocol/ alone.

    python3 -m venv peer && peer/bin/pip install protobuf==4.21.12 cryptography
    peer/bin/python Tests/ProtocolPeer/peer.py --gatehouse .build/debug/gatehouse

Needs protoc 3.21 on the path. One line per check, then the sum; exit code 1 if a check failed.
Nobody who writes here reads the Swift sources: what the text does not say is asked there.
"""

import argparse
import pathlib
import shutil
import signal
import sys
import tempfile
import threading

import packages

packages.need()  # Before what is imported below needs them.

import first_exchange
import other_nodes
import restores
from checks import Checks
from headquarters import Headquarters
from office import Office
from refusals import Refusals

WATCHDOG_SECONDS = 55


def run(checks, headquarters):
    office = Office(headquarters.address, "PY01")
    made = {}

    def begin():
        made["code"] = first_exchange.join(checks, office, headquarters)
        made["homes"] = first_exchange.check_first_exchange(checks, office, headquarters)
        first_exchange.check_tokens(checks, office)

    checks.part("the first exchange", begin)
    if "homes" not in made:
        return
    home = made["homes"][2]
    checks.part("edits", lambda: first_exchange.check_edits(checks, office, headquarters, home))
    checks.part("a second office", lambda: made.update(
        other=other_nodes.check_second_office(checks, office, headquarters)))
    checks.part("restores", lambda: restores.check_all(checks, office, home, headquarters))
    checks.part("a second node", lambda: other_nodes.check_second_node(
        checks, office, headquarters, home))
    office.exchange()
    if "other" in made:
        checks.part("refusals", lambda: Refusals(checks, office, made["other"], home).check_all(
            headquarters, made["code"]))
    checks.part("the end", lambda: (
        first_exchange.check_server_digests(checks, office, headquarters),
        checks.that("gatehouse verify finds headquarters sound", "sound: true" in headquarters.run(
            "verify", "--data", headquarters.data))))


def main():
    parser = argparse.ArgumentParser(description="An office written from the protocol's text.")
    parser.add_argument("--gatehouse", required=True, type=pathlib.Path, help="the program")
    parser.add_argument("--work", type=pathlib.Path, help="an empty folder to keep; else temporary")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if arguments.work:
        arguments.work.mkdir(parents=True, exist_ok=True)
    work = arguments.work or pathlib.Path(tempfile.mkdtemp(prefix="gatehouse-peer-"))
    checks, headquarters = Checks(), None
    watchdog = threading.Timer(WATCHDOG_SECONDS, lambda: headquarters and headquarters.stop())
    watchdog.daemon = True
    watchdog.start()
    try:
        headquarters = Headquarters(arguments.gatehouse.resolve(), work)
        run(checks, headquarters)
    except Exception as error:  # The sum must be printed whatever happens.
        checks.that("the run", False, f"{type(error).__name__}: {error}")
    finally:
        watchdog.cancel()
        if headquarters:
            headquarters.stop()
        if not arguments.work:
            shutil.rmtree(work, ignore_errors=True)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
