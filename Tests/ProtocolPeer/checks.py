"""One line per check, and the sum."""

import traceback


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def that(self, name, condition, found=""):
        """Prints `ok` or `FAIL` and, after a failure, what was found instead."""
        if condition:
            self.passed += 1
            print(f"ok {name}", flush=True)
        else:
            self.failed += 1
            print(f"FAIL {name}" + (f": {found}" if found != "" else ""), flush=True)

    def equal(self, name, found, expected):
        self.that(name, found == expected, f"{found!r} instead of {expected!r}")

    def part(self, name, work):
        """Runs a part of the checks; an error in it is a failure, and the next part runs."""
        try:
            work()
        except Exception as error:  # Whatever goes wrong, the other parts shall still be told.
            traceback.print_exc()
            self.that(name, False, f"{type(error).__name__}: {error}")
