"""What was sent to the nodes and what they acknowledged, kept outside of them; and the check that nothing of it is lost."""
import http.client
import itertools
import random
import threading

from nodes import Line

# How one field is merged decides what may make its value disappear from view (Protocol/merge.md §5).
LATEST, CONFLICT = "latest wins", "conflict"
FIELDS = {"remark": LATEST, "plan": LATEST, "public_summary": CONFLICT}
LARGE_FIELD = "judgement_reason"
# After a server's fault (5xx) it is open whether the value was kept; what was refused otherwise must not be there.
PENDING, FAILED, KEPT, REFUSED = "no answer", "failed", "acknowledged", "refused"


class Attempt:
    """One value somebody tried to save: no other attempt has it."""
    __slots__ = ("record", "field", "value", "shown", "state", "where")

    def __init__(self, record, field, value, shown):
        self.record, self.field, self.value, self.shown = record, field, value, shown
        self.state = PENDING
        # Names of the nodes that must have it.
        self.where = set()


class Creation:
    """A record somebody tried to create; sent again with the same key while no answer came."""
    __slots__ = ("key", "body", "node", "attempts", "record")

    def __init__(self, key, body, node):
        self.key, self.body, self.node, self.record = key, body, node, None
        self.attempts = [Attempt(None, field, body[field], None) for field in ("content", "remark")]


class Ledger:
    def __init__(self):
        self.lock = threading.RLock()
        self.by_record, self.creations, self.numbers = {}, [], {}
        self.places = {}  # record -> names of the nodes at which it can be changed
        self.touched = {}  # node name -> records acknowledged there since the last check
        self.acknowledged = 0
        # Nodes whose power is off. An answer that came out of one after that is no acknowledgement: on a real machine nothing comes
        # out, and the shutdown that stands for a power cut may let a flush that had begun report success.
        self.dark = set()
        self.late = []
        self.kept_though_failed = set()  # values that are there although the answer was 5xx
        self.refusals = {}  # (status, code) -> count

    def open(self, attempts):
        with self.lock:
            for attempt in attempts:
                if attempt.record:
                    self.by_record.setdefault(attempt.record, []).append(attempt)

    def acknowledge(self, attempts, node):
        with self.lock:
            isLate = node.name in self.dark
            for attempt in attempts:
                if isLate:
                    attempt.state = FAILED
                    self.late.append(attempt)
                    continue
                attempt.state = KEPT
                attempt.where.add(node.name)
                self.touched.setdefault(node.name, set()).add(attempt.record)
                self.acknowledged += 1

    def created(self, creation, item, node):
        with self.lock:
            if node.name in self.dark:
                for attempt in creation.attempts:
                    attempt.state = FAILED
                return
            creation.record = item["id"]
            for attempt in creation.attempts:
                attempt.record = item["id"]
            self.open(creation.attempts)
            self.acknowledge(creation.attempts, node)
            self.places[item["id"]] = {node.name}
            self.numbers.setdefault(item["no"], set()).add(item["id"])

    def refuse(self, attempts, status, document):
        with self.lock:
            code = document.get("code") if isinstance(document, dict) else None
            self.refusals[status, code] = self.refusals.get((status, code), 0) + 1
            for attempt in attempts:
                attempt.state = REFUSED if status < 500 else FAILED

    def records(self, node):
        with self.lock:
            return [record for record, places in self.places.items() if node.name in places]

    def seen(self, node):
        """What a list shows: records with the values that stand in them now."""
        return {(record, item[field]) for record, item in node.items("tickets").items()
                for field in ("content", *FIELDS) if item[field]}

    def forgotten(self, node, seen):
        """What was seen and is neither shown now nor in the history."""
        missing = set()
        with Line(node) as line:
            for record, value in seen - self.seen(node):
                status, page = line.request("GET", f"/api/v1/tickets/{record}/history")
                if status != 200 or all(entry["value"] != value for entry in page["items"]):
                    missing.add(value)
        return missing

    def exchanged(self, nodes):
        """Both sides hold the same now, and nobody was writing: what one must have, the other must have."""
        names = {node.name for node in nodes}
        with self.lock:
            for attempts in self.by_record.values():
                for attempt in attempts:
                    if attempt.state == KEPT:
                        attempt.where |= names
            for places in self.places.values():
                places |= names

    # The check

    def check(self, node, records=None):
        """Looks for everything the node must have; sentences about what is wrong.

        Every record is looked for in the list; the past of `records`, or of those touched since the last check there, is read
        in full.
        """
        with self.lock:
            touched = self.touched.pop(node.name, set())
            wanted = set(touched if records is None else records)
            homes = {r for r, attempts in self.by_record.items()
                     if any(node.name in a.where for a in attempts)}
        items, faults = node.items("tickets"), []
        for record in homes:
            if record not in items:
                faults.append(f"lost: record {record} at {node.name}")
        known = {a.value for attempts in self.by_record.values() for a in attempts if a.state != REFUSED}
        known |= {a.value for c in self.creations for a in c.attempts}
        for item in items.values():
            for field in (*FIELDS, LARGE_FIELD, "content"):
                if item[field] is not None and item[field] not in known:
                    faults.append(f"nobody wrote {item[field][:60]} in {field} of {item['id']} at {node.name}")
        faults += self._repeated(items, node)
        with Line(node) as line:
            for record in wanted & set(items):
                status, page = line.request("GET", f"/api/v1/tickets/{record}/history")
                if status != 200:
                    faults.append(f"no history of {record} at {node.name}: {status}")
                    continue
                faults += self._past(node, record, page["items"])
        return faults

    def _repeated(self, items, node):
        """A creation that was sent again, or a number, must be there once only."""
        contents, numbers, faults = {}, {}, []
        for item in items.values():
            contents.setdefault(item["content"], []).append(item["id"])
            numbers.setdefault(item["no"], []).append(item["id"])
        for what, found in (("creation", contents), ("number", numbers)):
            faults += [f"the {what} {text[:60]} is there {len(ids)} times at {node.name}: {ids}"
                       for text, ids in found.items() if len(ids) > 1]
        return faults

    def _past(self, node, record, entries):
        faults, replacing = [], {}
        for entry in entries:
            for write in entry["replaces"]:
                replacing.setdefault(write, []).append(entry)
        with self.lock:
            attempts = {a.value: a for a in self.by_record.get(record, [])}
        found = {}
        for entry in entries:
            attempt = attempts.get(entry["value"])
            if attempt is None:
                continue
            found[attempt.value] = entry
            if attempt.state == FAILED and attempt not in self.late:
                self.kept_though_failed.add(attempt.value)
            if attempt.state == REFUSED:
                faults.append(f"refused and kept all the same: {attempt.value[:60]} of {record} at {node.name}")
            if not entry["live"]:
                faults += self._replaced(attempt, replacing.get(entry["write"], []), attempts, node)
        for attempt in attempts.values():
            if node.name in attempt.where and attempt.value not in found:
                faults.append(f"lost: {attempt.value[:60]} in {attempt.field} of {record} at {node.name}")
        return faults

    def _replaced(self, attempt, by, attempts, node):
        """A value may leave the view only by a later write whose author saw it."""
        if not by:
            return [f"gone without a successor: {attempt.value[:60]} at {node.name}"]
        if FIELDS.get(attempt.field) != CONFLICT:
            return []
        return [f"{entry['value'][:60]} replaced {attempt.value[:60]}, which its author did not see"
                for entry in by
                if entry["value"] in attempts and attempts[entry["value"]].shown != attempt.value]


_clients = itertools.count()


class Client(threading.Thread):
    """Saves at one node, one request after the other, until it is told to stop or the line breaks."""

    def __init__(self, ledger, node, seed, homes=None, large=0, most_records=60):
        super().__init__(daemon=True)
        self.ledger, self.node, self.large = ledger, node, large
        # No two clients of a script write the same values.
        self.seed = f"{seed}.{next(_clients)}"
        self.chance = random.Random(self.seed)
        self.most_records = most_records
        self.office = homes  # at headquarters: the office a new record is for
        self.stopping = threading.Event()
        self.count, self.fault = 0, None

    def run(self):
        try:
            with Line(self.node, timeout=30) as line:
                while not self.stopping.is_set():
                    self.step(line)
        except (OSError, http.client.HTTPException):
            pass  # The node was killed: what had no answer stays without one.
        except Exception as error:  # A fault of this script must not pass for a quiet client.
            self.fault = f"{type(error).__name__}: {error}"

    def step(self, line):
        records = self.ledger.records(self.node)
        isNew = not records or self.chance.random() < (0.5 if len(records) < self.most_records else 0.02)
        if isNew:
            self.create(line)
        else:
            self.change(line, self.chance.choice(sorted(records)))

    def text(self):
        self.count += 1
        return f"{self.seed}/{self.count}"

    def create(self, line):
        body = {"kind": "repair", "status": "open", "occurred_at": "2025-05-01T10:00:00+08:00",
                "content": "content " + self.text(), "remark": "remark " + self.text()}
        if self.office:
            body["_office"] = self.office
        creation = Creation(f"key {self.seed}/{self.count}", body, self.node.name)
        with self.ledger.lock:
            self.ledger.creations.append(creation)
        self.send_creation(line, creation)

    def send_creation(self, line, creation):
        status, item = line.request("POST", "/api/v1/tickets", creation.body,
                                    {"Idempotency-Key": creation.key})
        if status == 201:
            self.ledger.created(creation, item, self.node)
        else:
            self.ledger.refuse(creation.attempts, status, item)

    def change(self, line, record):
        status, item = line.request("GET", f"/api/v1/tickets/{record}")
        if status != 200:
            return
        fields = self.chance.sample(sorted(FIELDS), self.chance.choice((1, 1, 2)))
        body = {field: f"{field} {self.text()}" for field in fields}
        if self.large:
            body[LARGE_FIELD] = f"{LARGE_FIELD} {self.text()} ".ljust(self.large, "文")
        attempts = [Attempt(record, field, value, item[field]) for field, value in body.items()]
        self.ledger.open(attempts)
        status, answer = line.request("PATCH", f"/api/v1/tickets/{record}", body,
                                      {"If-Match": f'"{item["_version"]}"'})
        if status == 200:
            self.ledger.acknowledge(attempts, self.node)
        else:
            self.ledger.refuse(attempts, status, answer)


class Load:
    """Some clients at once; `with` begins and ends them."""

    def __init__(self, clients):
        self.clients = clients

    def __enter__(self):
        for client in self.clients:
            client.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        for client in self.clients:
            client.stopping.set()
        for client in self.clients:
            client.join()
        faults = [client.fault for client in self.clients if client.fault]
        if faults:
            raise RuntimeError(f"a client of this script failed: {faults}")


def save_some(clients, count):
    """Each client saves that often, one after the other."""
    for client in clients:
        with Line(client.node) as line:
            for _ in range(count):
                client.step(line)


def send_again(ledger, nodes, most=1_000):
    """Sends every creation that had no answer again, with its key, the last ones first; nothing may come of it twice."""
    count = 0
    for node in nodes:
        with Line(node) as line:
            for creation in [c for c in ledger.creations if c.node == node.name and c.record is None
                             and c.attempts[0].state in (PENDING, FAILED)][::-1][:most]:
                status, item = line.request("POST", "/api/v1/tickets", creation.body,
                                            {"Idempotency-Key": creation.key})
                if status != 201:
                    raise RuntimeError(f"a repeat is answered with {status}: {item}")
                ledger.created(creation, item, node)
                count += 1
    return count
