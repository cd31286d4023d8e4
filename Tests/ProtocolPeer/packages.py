"""The packages for Python that `make python` brings."""

import importlib
import sys

NEEDED = ("google.protobuf", "cryptography")


def need():
    """Ends the script in one line when one is missing; 77 is what automake says for a test that cannot run."""
    for name in NEEDED:
        try:
            importlib.import_module(name)
        except ImportError:
            print(f"skipped: Python has no {name}: run make python and use .build/python/bin/python")
            sys.exit(77)
