"""Saves rows as many programs do: SQLite in WAL mode with synchronous=NORMAL. Says "saved" after each commit, which is too early.

The control of powercut.py: where this loses nothing, no power was cut. Usage: careless_writer.py DATABASE
"""
import sqlite3
import sys
import time

database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA journal_mode = WAL")
database.execute("PRAGMA synchronous = NORMAL")
database.execute("CREATE TABLE saved (number INTEGER PRIMARY KEY, text TEXT)")
while True:
    database.execute("INSERT INTO saved (text) VALUES ('row')")
    print("saved", flush=True)
    time.sleep(0.001)
