"""What was sent to the nodes and what they acknowledged, kept outside of them; and the check that nothing of it is lost."""
import http.client
import itertools
import random
import threading

from nodes import Line

# How one field is merged decides what may make its value disappear from view (Protocol/merge.md §5). A private one has one writer and
# never leaves its office.
LATEST, CONFLICT, PRIVATE = "latest wins", "conflict", "private"
# What is changed in records of each type, and what is said once, when they are created.
FIELDS = {"tickets": {"remark": LATEST, "plan": LATEST, "public_summary": CONFLICT}, "persons": {"id_no": PRIVATE}}
FIXED = {"tickets": "content", "persons": "name"}
LARGE_FIELD = "judgement_reason"
# Why a record was deleted or taken back: stands in its history for good, and shows that this was saved.
NOTE = "note"
MERGES = {field: merge for fields in FIELDS.values() for field, merge in fields.items()}
TEXTS = (*MERGES, *FIXED.values(), LARGE_FIELD)
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
    __slots__ = ("key", "type", "body", "node", "attempts", "record")

    def __init__(self, key, type, body, node):
        self.key, self.type, self.body, self.node, self.record = key, type, body, node, None
        self.attempts = [Attempt(None, field, body[field], None) for field in body if field in TEXTS]


class Ledger:
    """Knows a record by its type and id, as they stand in its address."""

    def __init__(self):
        self.lock = threading.RLock()
        # One record is deleted or taken back at a time: of two at once only one has something to say.
        self.turning = threading.Lock()
        self.by_record, self.creations = {}, []
        self.origins = {}  # record -> name of the node that made it
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
            creation.record = f"{creation.type}/{item['id']}"
            for attempt in creation.attempts:
                attempt.record = creation.record
            self.open(creation.attempts)
            self.acknowledge(creation.attempts, node)
            self.origins[creation.record] = node.name
            self.places[creation.record] = {node.name}

    def refuse(self, attempts, status, document):
        with self.lock:
            code = document.get("code") if isinstance(document, dict) else None
            self.refusals[status, code] = self.refusals.get((status, code), 0) + 1
            for attempt in attempts:
                attempt.state = REFUSED if status < 500 else FAILED

    def records(self, node):
        with self.lock:
            return [record for record, places in self.places.items() if node.name in places]

    def items(self, node):
        """What lists show, by record."""
        return {f"{type}/{id}": item for type in FIELDS for id, item in node.items(type).items()}

    def seen(self, node):
        """What lists show: records with the values that stand in them now."""
        return {(record, item[field]) for record, item in self.items(node).items() for field in TEXTS if item.get(field)}

    def forgotten(self, node, seen):
        """What was seen and is neither shown now nor in the history."""
        missing = set()
        with Line(node) as line:
            for record, value in seen - self.seen(node):
                status, page = line.request("GET", f"/api/v1/{record}/history")
                if status != 200 or all(entry["value"] != value for entry in page["items"]):
                    missing.add(value)
        return missing

    def exchanged(self, nodes):
        """Both sides hold the same now, and nobody was writing: what one must have, the other must have, but for what is private."""
        names = {node.name for node in nodes}
        with self.lock:
            for attempts in self.by_record.values():
                for attempt in attempts:
                    if attempt.state == KEPT and MERGES.get(attempt.field) != PRIVATE:
                        attempt.where |= names
            for places in self.places.values():
                places |= names

    # The check

    def check(self, node, records=None):
        """Looks for everything the node must have; sentences about what is wrong.

        Every record is looked for in the list; the past of `records`, or of those touched since the last check there, and of those
        that are not listed, is read in full.
        """
        with self.lock:
            touched = self.touched.pop(node.name, set())
            wanted = set(touched if records is None else records)
            homes = {r for r, attempts in self.by_record.items()
                     if any(node.name in a.where for a in attempts)}
        items, faults = self.items(node), []
        known = {a.value for attempts in self.by_record.values() for a in attempts if a.state != REFUSED}
        known |= {a.value for c in self.creations for a in c.attempts}
        for record, item in items.items():
            for field in TEXTS:
                if item.get(field) is not None and item[field] not in known:
                    faults.append(f"nobody wrote {item[field][:60]} in {field} of {record} at {node.name}")
        faults += self._repeated(items, node)
        with Line(node) as line:
            for record in wanted & set(items) | homes - set(items):
                status, page = line.request("GET", f"/api/v1/{record}/history")
                if status != 200:
                    faults.append(f"lost: record {record} at {node.name}, its history is answered with {status}")
                    continue
                faults += self._past(node, record, page["items"])
                # An exchange may have come between the list and the history.
                if not _agrees(items.get(record), page["items"]) and not _agrees(self.items(node).get(record), page["items"]):
                    faults.append(f"lost: {record} is {'' if record in items else 'not '}listed at {node.name}, "
                                  f"and its history says otherwise")
        return faults

    def _repeated(self, items, node):
        """A creation that was sent again, or a number, must be there once only."""
        contents, numbers, faults = {}, {}, []
        for record, item in items.items():
            contents.setdefault(item[FIXED[_type(record)]], []).append(record)
            if "no" in item:
                numbers.setdefault(item["no"], []).append(record)
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
            if MERGES.get(attempt.field) == PRIVATE and node.name != self.origins[record]:
                faults.append(f"private and at {node.name}: {attempt.value[:60]} of {record}")
            if not entry["live"] and attempt.field != NOTE:
                faults += self._replaced(attempt, replacing.get(entry["write"], []), attempts, node)
        for attempt in attempts.values():
            if node.name in attempt.where and attempt.value not in found:
                faults.append(f"lost: {attempt.value[:60]} in {attempt.field} of {record} at {node.name}")
        return faults

    def _replaced(self, attempt, by, attempts, node):
        """A value may leave the view only by a later write whose author saw it."""
        if not by:
            return [f"gone without a successor: {attempt.value[:60]} at {node.name}"]
        if MERGES.get(attempt.field) != CONFLICT:
            return []
        return [f"{entry['value'][:60]} replaced {attempt.value[:60]}, which its author did not see"
                for entry in by
                if entry["value"] in attempts and attempts[entry["value"]].shown != attempt.value]


def _type(record):
    return record.split("/")[0]


def _agrees(item, entries):
    """Whether a record is shown, or hidden (nil), as the deletions in its history say (Protocol/merge.md §6)."""
    turns = [entry["value"] for entry in entries if entry["field"] == "deleted" and entry["live"]]
    isDeleted, isTakenBack = 1 in turns, None in turns
    return isDeleted and not isTakenBack if item is None else not isDeleted or item.get("_state") == "disputed"


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
        records = [record for record in self.ledger.records(self.node) if self.fields(record)]
        isNew = not records or self.chance.random() < (0.5 if len(records) < self.most_records else 0.02)
        if isNew:
            self.create(line)
        else:
            self.change(line, self.chance.choice(sorted(records)))

    def fields(self, record):
        """What can be changed here: headquarters neither sees nor writes what is private."""
        return sorted(field for field, merge in FIELDS[_type(record)].items() if merge != PRIVATE or not self.office)

    def text(self):
        self.count += 1
        return f"{self.seed}/{self.count}"

    def create(self, line):
        type = "tickets" if self.office or self.chance.random() < 0.7 else "persons"
        if type == "tickets":
            body = {"kind": "repair", "status": "open", "occurred_at": "2025-05-01T10:00:00+08:00",
                    "content": "content " + self.text(), "remark": "remark " + self.text()}
        else:
            body = {"name": "name " + self.text(), "id_no": "id_no " + self.text()}
        if self.office:
            body["_office"] = self.office
        creation = Creation(f"key {self.seed}/{self.count}", type, body, self.node.name)
        with self.ledger.lock:
            self.ledger.creations.append(creation)
        self.send_creation(line, creation)

    def send_creation(self, line, creation):
        status, item = line.request("POST", f"/api/v1/{creation.type}", creation.body,
                                    {"Idempotency-Key": creation.key})
        if status == 201:
            self.ledger.created(creation, item, self.node)
        else:
            self.ledger.refuse(creation.attempts, status, item)

    def change(self, line, record):
        status, item = line.request("GET", f"/api/v1/{record}")
        isOwn = self.ledger.origins[record] == self.node.name
        if isOwn and (status == 410 or self.chance.random() < 0.2):
            return self.turn(line, record)
        if status != 200:
            return
        fields = self.fields(record)
        fields = self.chance.sample(fields, min(len(fields), self.chance.choice((1, 1, 2))))
        body = {field: f"{field} {self.text()}" for field in fields}
        if self.large and _type(record) == "tickets":
            body[LARGE_FIELD] = f"{LARGE_FIELD} {self.text()} ".ljust(self.large, "文")
        attempts = [Attempt(record, field, value, item[field]) for field, value in body.items()]
        self.ledger.open(attempts)
        status, answer = line.request("PATCH", f"/api/v1/{record}", body,
                                      {"If-Match": f'"{item["_version"]}"'})
        if status == 200:
            self.ledger.acknowledge(attempts, self.node)
        else:
            self.ledger.refuse(attempts, status, answer)

    def turn(self, line, record):
        """Deletes a record of this node's own, or takes that back. Only its own: one that another node took back just now has nothing to
        take back any more, and the note would not be kept.
        """
        with self.ledger.turning:
            isShown = line.request("GET", f"/api/v1/{record}")[0] == 200
            attempt = Attempt(record, NOTE, f"{NOTE} {self.text()}", None)
            self.ledger.open([attempt])
            method, path = ("DELETE", record) if isShown else ("POST", record + "/restoration")
            status, answer = line.request(method, f"/api/v1/{path}", {NOTE: attempt.value})
            if status in (200, 204):
                self.ledger.acknowledge([attempt], self.node)
            else:
                self.ledger.refuse([attempt], status, answer)


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
                status, item = line.request("POST", f"/api/v1/{creation.type}", creation.body,
                                            {"Idempotency-Key": creation.key})
                if status != 201:
                    raise RuntimeError(f"a repeat is answered with {status}: {item}")
                ledger.created(creation, item, node)
                count += 1
    return count
