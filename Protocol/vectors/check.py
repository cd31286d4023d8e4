#!/usr/bin/env python3
"""Computes every vector from merge.md, clock.md and exchange.md alone, without the program.

    pip install protobuf==4.21.12 cryptography     (protobuf to match protoc 3.21)
    python3 Protocol/vectors/check.py

A valid vector must come out as it stands; an invalid one must be refused with the problem it names.
"""

import base64
import hashlib
import importlib
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from google.protobuf.message import DecodeError

FOLDER = Path(__file__).resolve().parent
PROTOCOL = FOLDER.parent


def messages():
    """The messages of gatehouse.proto, made by protoc into a folder that goes away."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["protoc", f"--proto_path={PROTOCOL}", f"--python_out={folder}", "gatehouse.proto"],
            check=True)
        sys.path.insert(0, folder)
        return importlib.import_module("gatehouse_pb2")


wire = messages()

LIMITS = {
    name: int(value.replace(",", ""))
    for name, value in re.findall(
        r"^\| (\w+) \| ([\d,]+) \|$", (PROTOCOL / "exchange.md").read_text(), re.M)
}
YEAR_10000 = 253_402_300_800_000
MASK = 2**64 - 1


class Refused(Exception):
    """A problem code of exchange.md §6, or the answer `need`."""


def refuse_unless(condition, code="malformed-group"):
    if not condition:
        raise Refused(code)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def tag(text):
    return text.encode("ascii") + b"\0"


def word(number, count=8):
    return number.to_bytes(count, "big")


def verifies(key, signature, message):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        return True
    except (InvalidSignature, ValueError):
        return False


# merge.md §1


def is_space(space):
    if len(space) != 9 or space[0] not in (1, 2, 3):
        return False
    return (space[0] == 1) == (space[1:] == bytes(8))


def is_record(record):
    return len(record) == 25 and is_space(record[:9])


def stream_id(space, key, nonce):
    return sha256(tag("gatehouse:stream:1"), space, key, nonce)[:16]


def base32hex(data):
    return base64.b32hexencode(data).decode("ascii")


# merge.md §2 to §4, rule 1


def commitment(body):
    return sha256(tag("gatehouse:values:1"), body.salt, body.values)


class Group:
    """A decoded group that keeps rule 1 of merge.md §4."""

    def __init__(self, encoded):
        refuse_unless(len(encoded) <= LIMITS["maximumGroupBytes"])
        try:
            self.message = wire.Group.FromString(encoded)
            self.header = header = wire.GroupHeader.FromString(self.message.header)
        except DecodeError:
            raise Refused("malformed-group")
        refuse_unless(len(self.message.seal) in (0, 64))
        self.seal = self.message.seal
        refuse_unless(is_space(header.space) and len(header.stream) == 16 and header.seq >= 1)
        is_first = header.seq == 1
        refuse_unless(is_first == header.HasField("start"))
        refuse_unless(len(header.predecessor) == (0 if is_first else 32))
        for name, limit in (
            ("seen", "maximumSeenPerGroup"), ("referenced", "maximumReferencedPerGroup")):
            hashes = getattr(header, name)
            refuse_unless(len(hashes) <= LIMITS[limit] and all(len(h) == 32 for h in hashes))
        refuse_unless(len(set(header.referenced)) == len(header.referenced))
        refuse_unless(header.time >> 16 < YEAR_10000)
        refuse_unless(not header.actor or is_record(header.actor))
        if is_first:
            start = header.start
            refuse_unless(len(start.key) == 32 and len(start.nonce) == 16)
            refuse_unless(stream_id(header.space, start.key, start.nonce) == header.stream)
            refuse_unless(all(len(h) == 32 for h in start.continues))
            refuse_unless(len(start.continues) <= LIMITS["maximumSeenPerGroup"])
        refuse_unless(1 <= len(header.changes) <= LIMITS["maximumChangesPerGroup"])
        refuse_unless(len(self.message.bodies) == len(header.changes))
        self.commitments = []
        self.values = []
        for change, body in zip(header.changes, self.message.bodies):
            self.check_change(change)
            self.check_body(change, body)
        self.hash = sha256(
            tag("gatehouse:group:1"), word(len(self.message.header), 4), self.message.header,
            *self.commitments)
        self.write_count = sum(len(change.fields) for change in header.changes)

    def check_change(self, change):
        count = len(change.fields)
        refuse_unless(is_record(change.record))
        refuse_unless(1 <= count <= LIMITS["maximumWritesPerChange"])
        refuse_unless(all(1 <= f <= LIMITS["maximumFieldNumber"] for f in change.fields))
        refuse_unless(len(change.named) % 3 == 0 and len(change.listed) % 2 == 0)
        named = self.triples(change)
        listed = self.pairs(change)
        refuse_unless(max(len(named), len(listed)) <= LIMITS["maximumNamedPerChange"])
        referenced = len(self.header.referenced)
        refuse_unless(all(p < count and g < referenced for p, g, _ in named))
        refuse_unless(all(g < referenced for g, _ in listed))
        refuse_unless(len(set(named)) == len(named))
        refuse_unless(not listed or 2 in change.fields)
        refuse_unless(all(position < count for position in change.cleared))

    def check_body(self, change, body):
        if body.commitment:
            refuse_unless(len(body.commitment) == 32 and not body.salt and not body.values)
            self.commitments.append(body.commitment)
            self.values.append(None)
            return
        refuse_unless(len(body.salt) == 16)
        try:
            values = wire.Values.FromString(body.values).values
        except DecodeError:
            raise Refused("malformed-group")
        refuse_unless(len(values) == len(change.fields))
        for value in values:
            refuse_unless(len(value.text.encode()) <= LIMITS["maximumValueBytes"])
            refuse_unless(value.WhichOneof("kind") != "record" or is_record(value.record))
        self.commitments.append(commitment(body))
        self.values.append(values)

    @staticmethod
    def triples(change):
        return list(zip(*[iter(change.named)] * 3))

    @staticmethod
    def pairs(change):
        return list(zip(*[iter(change.listed)] * 2))

    def past(self):
        header = self.header
        predecessor = [header.predecessor] if header.predecessor else []
        return [*predecessor, *header.seen, *header.start.continues, *header.referenced]

    def sealed_bytes(self):
        header = self.header
        return tag("gatehouse:seal:1") + header.space + header.stream + word(header.seq) + self.hash

    def target(self, group, index):
        return (self.header.referenced[group], index)

    def writes(self):
        """(index, record, type, field, names, listed, shown) of every write."""
        index = 0
        for change, values in zip(self.header.changes, self.values):
            for position, field in enumerate(change.fields):
                names = [self.target(g, i) for p, g, i in self.triples(change) if p == position]
                value = self.value(change, values, position, field)
                yield index, change.record, change.type, field, names, value
                index += 1

    @staticmethod
    def value(change, values, position, field):
        """merge.md §2: whether a write has a value stands in the skeleton."""
        if field == 1:
            return "none"
        if position in change.cleared:
            return "cleared"
        if field == 2:
            return "none"
        kind = values[position].WhichOneof("kind") if values is not None else None
        if kind is None:
            return "unknown"
        value = getattr(values[position], kind)
        return {kind: value.hex() if isinstance(value, bytes) else value}


class Log:
    """The groups of one space (merge.md §4, rules 2 and 3). Every key is taken for a member's."""

    def __init__(self):
        self.groups = {}

    def add(self, group, must_be_sealed=True):
        header = group.header
        for hash in group.past():
            refuse_unless(hash in self.groups, "need")
        past = [self.groups[hash] for hash in group.past()]
        refuse_unless(all(g.header.space == header.space for g in past))
        if header.predecessor:
            before = self.groups[header.predecessor].header
            refuse_unless(before.stream == header.stream and before.seq == header.seq - 1)
        refuse_unless(all(header.time >= g.header.time for g in past))
        for change in header.changes:
            pairs = [(g, i) for _, g, i in group.triples(change)] + group.pairs(change)
            for position, index in pairs:
                target = self.groups[header.referenced[position]]
                refuse_unless(index < target.write_count)
        for hash in header.start.continues:
            refuse_unless(self.key(self.groups[hash]) == header.start.key)
        if must_be_sealed:
            sealed = verifies(self.key(group), group.seal, group.sealed_bytes())
            refuse_unless(group.seal and sealed, "bad-seal")
        self.groups[group.hash] = group

    def key(self, group):
        while group.header.predecessor:
            group = self.groups[group.header.predecessor]
        return group.header.start.key

    def tips(self):
        before = {g.header.predecessor for g in self.groups.values()}
        tips = [(g.header.stream, g.header.seq, h) for h, g in self.groups.items() if h not in before]
        return sorted(tips)

    def digest(self):
        """merge.md §7."""
        named = {n for g in self.groups.values() for _, _, _, _, names, _ in g.writes() for n in names}
        lanes = [0, 0]
        for hash, group in self.groups.items():
            for index in range(group.write_count):
                if (hash, index) in named:
                    continue
                for lane in (0, 1):
                    number = int.from_bytes(hash[8 * lane:8 * lane + 8], "big")
                    lanes[lane] = (lanes[lane] + mix(number, index)) & MASK
        return word(lanes[0]) + word(lanes[1])

    def live(self):
        """merge.md §5, every write taken for admissible."""
        places = {}
        for hash, group in self.groups.items():
            for index, record, type, field, _, _ in group.writes():
                places[hash, index] = (record, type, field)
        named = set()
        for hash, group in self.groups.items():
            for index, _, _, _, names, _ in group.writes():
                named |= {n for n in names if places[n] == places[hash, index]}
        return sorted(
            (hash, index, *place) for (hash, index), place in places.items()
            if place[2] != 3 and (hash, index) not in named)


def mix(lane, index):
    z = (lane + (index + 1) * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


# exchange.md


def root(spaces):
    """§4. `spaces`: (space, tips, digest), a tip being (stream, seq, hash)."""
    parts = [tag("gatehouse:root:1")]
    for space, tips, digest in sorted(spaces):
        parts += [space, word(len(tips), 4)]
        for stream, seq, hash in sorted(tips):
            parts += [stream, word(seq), hash]
        parts.append(digest)
    return sha256(*parts)


def read_exchange(kind, data):
    """§4, form and limits of a request or a response."""
    try:
        message = getattr(wire, kind).FromString(data)
    except DecodeError:
        raise Refused("malformed-message")
    refuse_unless(message.protocol == 1, "unsupported-protocol")

    def check(condition):
        refuse_unless(condition, "malformed-message")

    check(len(message.node) == 32 and len(message.root) == 32 and len(message.token) in (0, 16))
    refuse_unless(len(message.spaces) <= LIMITS["maximumSpacesPerExchange"], "too-large")
    check(len({part.space for part in message.spaces}) == len(message.spaces))
    for part in message.spaces:
        check(is_space(part.space) and len(part.digest) == 16)
        for tip in [*part.tips, *part.past, *part.backed_up]:
            check(len(tip.stream) == 16 and len(tip.hash) == 32 and tip.seq >= 1)
        for repeated, limit in (
            (part.tips, "maximumTipsPerSpace"), (part.groups, "maximumGroupsPerPage"),
            (part.backed_up, "maximumTipsPerSpace"), (part.past, "maximumPastPerSpace"),
            (part.want, "maximumWantPerSpace")):
            refuse_unless(len(repeated) <= LIMITS[limit], "too-large")
        check(all(len(hash) == 32 for hash in part.want))
    return message


# clock.md


def gap(log, tips, past):
    """`log`: {hash: (stream, seq, predecessor)} in apply order; tips and past: (stream, seq, hash)."""
    result = []
    for hash, (stream, _, _) in log.items():
        stated = [t for t in tips if t[0] == stream]
        points = [t for t in past if t[0] == stream]
        held = [t[2] for t in stated + points if t[2] in log]
        if stated and not held and not points:
            continue
        covered = set()
        for start in held:
            while start and start not in covered:
                covered.add(start)
                start = log[start][2]
        if hash not in covered:
            result.append(hash)
    return result


def backed_up(log, backups):
    """exchange.md §4.1: the tips of what every backup covers."""
    pasts = []
    for tips in backups:
        covered = set()
        for start in (t[2] for t in tips if t[2] in log):
            while start and start not in covered:
                covered.add(start)
                start = log[start][2]
        pasts.append(covered)
    common = set.intersection(*pasts)
    before = {log[hash][2] for hash in common}
    return sorted((log[h][0], log[h][1], h) for h in common if h not in before)


def landmarks(log, stream):
    before = {predecessor for _, _, predecessor in log.values()}
    points = set()
    for tip in [h for h, (s, _, _) in log.items() if s == stream and h not in before]:
        line = []
        while tip:
            line.append(tip)
            tip = log[tip][2]
        distance = 1
        while distance < len(line):
            points.add(line[distance])
            distance *= 2
        points.add(line[-1])
    return points


# The files


def hexes(vector, *names):
    return [bytes.fromhex(vector[name]) for name in names]


def tip_of(entry):
    return (bytes.fromhex(entry["stream"]), entry["seq"], bytes.fromhex(entry["hash"]))


def wire_tip(tip):
    return (tip.stream, tip.seq, tip.hash)


def plain_log(vector):
    return {
        tip_of(e)[2]: (tip_of(e)[0], e["seq"], bytes.fromhex(e["predecessor"]))
        for e in vector["log"]
    }


def logged(vector):
    log = Log()
    for encoded in vector["log"]:
        log.add(Group(bytes.fromhex(encoded)), must_be_sealed=False)
    return log


def check_group(vector):
    group = Group(bytes.fromhex(vector["group"]))
    header = group.header
    assert group.hash.hex() == vector["hash"], "hash"
    assert header.space.hex() == vector["space"] and header.stream.hex() == vector["stream"]
    assert header.seq == vector["seq"] and header.predecessor.hex() == vector["predecessor"]
    assert [h.hex() for h in header.seen] == vector["seen"]
    assert str(header.time) == vector["time"]
    assert (header.time >> 16) + header.wall == vector["wallClock"], "wall clock"
    assert header.actor.hex() == vector["actor"] and header.schema == vector["schema"]
    assert (header.requires <= 1) == vector["interpretable"]
    if header.seq == 1:
        assert header.start.key.hex() == vector["key"]
        assert header.start.nonce.hex() == vector["nonce"]
        assert [h.hex() for h in header.start.continues] == vector["continues"]
    key, seal = hexes(vector, "key", "seal")
    assert verifies(key, seal, group.sealed_bytes()), "seal"
    writes = list(group.writes())
    for change, expected in zip(header.changes, vector["changes"], strict=True):
        assert change.record.hex() == expected["record"] and change.type == expected["type"]
        listed = [(h.hex(), i) for h, i in (group.target(g, i) for g, i in group.pairs(change))]
        assert listed == [(e["group"], e["index"]) for e in expected["listed"]], "listed"
        assert expected["firstIndex"] == writes[0][0], "first index"
        for write in expected["writes"]:
            _, record, _, field, names, value = writes.pop(0)
            assert record == change.record and field == write["field"]
            assert [(h.hex(), i) for h, i in names] == [
                (e["group"], e["index"]) for e in write["names"]], "names"
            assert value == write["value"], f"value of field {field}: {value}"
    assert not writes


def check_exchange(vector, kind):
    message = read_exchange(kind, bytes.fromhex(vector["message"]))
    assert message.node.hex() == vector["node"] and message.token.hex() == vector["token"]
    assert message.now == vector["now"] and message.root.hex() == vector["root"]
    assert message.schema == vector["schema"]
    if "stale" in vector:
        assert message.stale == vector["stale"]
    for part, expected in zip(message.spaces, vector["spaces"], strict=True):
        assert part.space.hex() == expected["space"] and part.digest.hex() == expected["digest"]
        assert list(map(wire_tip, part.tips)) == list(map(tip_of, expected["tips"]))
        assert list(map(wire_tip, part.past)) == list(map(tip_of, expected["past"]))
        assert [g.hex() for g in part.groups] == expected["groups"]
        assert part.more == expected["more"] and part.need == expected["need"]
        assert list(map(wire_tip, part.backed_up)) == list(map(tip_of, expected["backedUp"]))
        assert [hash.hex() for hash in part.want] == expected["want"]
        for encoded in part.groups:
            Group(encoded)
    if message.spaces:
        state = [(p.space, list(map(wire_tip, p.tips)), p.digest) for p in message.spaces]
        assert root(state) == message.root, "root"


def check_valid(name, vector):
    if "group" in vector:
        check_group(vector)
    elif name == "stream-id":
        space, key, nonce, stream = hexes(vector, "space", "key", "nonce", "stream")
        assert stream_id(space, key, nonce) == stream
        assert vector["spaceText"] == "office/" + space[1:].hex()
    elif name == "record-id":
        (record,) = hexes(vector, "record")
        assert base32hex(record).lower() == vector["text"]
    elif name == "seal":
        secret, key, space, stream, hash, seal = hexes(
            vector, "secretKey", "key", "space", "stream", "hash", "seal")
        private = Ed25519PrivateKey.from_private_bytes(secret)
        assert private.public_key().public_bytes_raw() == key
        message = tag("gatehouse:seal:1") + space + stream + word(vector["seq"]) + hash
        assert private.sign(message) == seal
    elif name == "digest":
        log = logged(vector)
        assert log.tips() == list(map(tip_of, vector["tips"])), "tips"
        assert log.digest().hex() == vector["digest"], "digest"
    elif name == "live-writes":
        assert logged(vector).live() == [
            (*hexes(e, "group"), e["index"], *hexes(e, "record"), e["type"], e["field"])
            for e in vector["live"]]
    elif name == "root":
        spaces = [
            (*hexes(s, "space"), list(map(tip_of, s["tips"])), *hexes(s, "digest"))
            for s in vector["spaces"]]
        assert root(spaces).hex() == vector["root"]
    elif name.startswith("gap-"):
        tips, past = ([tip_of(e) for e in vector[side]] for side in ("tips", "past"))
        assert [h.hex() for h in gap(plain_log(vector), tips, past)] == vector["gap"]
    elif name.startswith("backed-up"):
        backups = [[tip_of(e) for e in tips] for tips in vector["backups"]]
        expected = [tip_of(e) for e in vector["backedUp"]]
        assert backed_up(plain_log(vector), backups) == expected
    elif name == "landmarks":
        expected = {tip_of(e)[2] for e in vector["past"]}
        assert landmarks(plain_log(vector), bytes.fromhex(vector["stream"])) == expected
    elif name == "join-code":
        secret, key, code = hexes(vector, "secret", "key", "code")
        assert secret + sha256(key)[:9] == code
        text = base32hex(code).upper()
        assert "-".join(text[i:i + 5] for i in range(0, 40, 5)) == vector["text"]
    elif name == "join-request":
        code, key, space, proof = hexes(vector, "code", "key", "space", "proof")
        message = wire.JoinRequest.FromString(bytes.fromhex(vector["message"]))
        assert (message.code, message.key, message.space, message.proof) == (code, key, space, proof)
        assert message.protocol == 1 and message.empty == vector["empty"]
        assert message.office_code == vector["officeCode"]
        assert verifies(key, proof, tag("gatehouse:join:1") + code + key + space), "proof"
    elif name == "join-response":
        code, node_key, key, space, credential, proof = hexes(
            vector, "code", "nodeKey", "key", "space", "credential", "proof")
        message = wire.JoinResponse.FromString(bytes.fromhex(vector["message"]))
        assert (message.key, message.space, message.credential, message.proof) == (
            key, space, credential, proof)
        assert message.protocol == 1
        assert code[16:] == sha256(key)[:9], "fingerprint"
        signed = tag("gatehouse:joined:1") + sha256(code) + node_key + space + sha256(credential)
        assert verifies(key, proof, signed), "proof"
    elif name.startswith("exchange-request"):
        check_exchange(vector, "ExchangeRequest")
    elif name == "exchange-response":
        check_exchange(vector, "ExchangeResponse")
    elif name == "problem":
        document = json.loads(vector["json"])
        assert document["type"] == "about:blank" and document["title"] and document["detail"]
        for field in ("code", "status", "space"):
            assert document[field] == vector[field]
    else:
        raise AssertionError("check.py does not know this vector")


def check_invalid(vector):
    data = bytes.fromhex(vector["bytes"])
    try:
        if vector["message"] != "Group":
            read_exchange(vector["message"], data)
        else:
            group = Group(data)
            if "log" in vector:
                logged_groups = Log()
                for encoded in vector["log"]:
                    logged_groups.add(Group(bytes.fromhex(encoded)))
                logged_groups.add(group)
    except Refused as refused:
        expected = vector.get("problem", vector.get("answer"))
        assert str(refused) == expected, f"refused with {refused}"
        return
    raise AssertionError("was not refused")


def main():
    failed = 0
    files = sorted(FOLDER.glob("*.json")) + sorted(FOLDER.glob("invalid/*.json"))
    for file in files:
        vector = json.loads(file.read_text())
        try:
            if file.parent.name == "invalid":
                check_invalid(vector)
            else:
                check_valid(file.stem, vector)
        except (AssertionError, Refused, DecodeError, KeyError, ValueError) as error:
            failed += 1
            print(f"{file.relative_to(FOLDER)}: {type(error).__name__} {error}")
    print(f"{len(files)} vectors, {failed} failed")
    sys.exit(1 if failed or not files else 0)


main()
