"""A group as bytes: names, hash, commitments, seal, and its form (merge.md §1 to §4.1)."""

import base64
import hashlib
import os
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from google.protobuf.message import DecodeError

from messages import wire
from strict import NotStrict, decode

UNREADABLE = (DecodeError, UnicodeDecodeError, NotStrict)
COMPANY = b"\x01" + bytes(8)
CREATED, DELETED, NOTE = 1, 2, 3
MAXIMUM_GROUP_BYTES = 1_048_576
MAXIMUM_CHANGES, MAXIMUM_WRITES, MAXIMUM_NAMED = 1_000, 256, 10_000
MAXIMUM_REFERENCED, MAXIMUM_SEEN, MAXIMUM_VALUE_BYTES = 10_000, 1_024, 65_536
YEAR_10000 = 253_402_300_800_000


class Malformed(Exception):
    """A group that breaks merge.md §4; the text says where."""


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def stream_id(space, key, nonce):
    return sha256(b"gatehouse:stream:1\0", space, key, nonce)[:16]


def record_id(home, milliseconds):
    return home + milliseconds.to_bytes(6, "big") + os.urandom(10)


def record_text(record):
    """A record id as addresses show it: 40 characters of base32hex, lower case."""
    return base64.b32hexencode(record).decode().lower()


def space_text(space):
    names = {1: "company", 2: f"office/{space[1:].hex()}", 3: f"office/{space[1:].hex()}/private"}
    return names[space[0]]


def commitment(salt, values):
    return sha256(b"gatehouse:values:1\0", salt, values)


def seal_input(space, stream, seq, group_hash):
    return b"gatehouse:seal:1\0" + space + stream + seq.to_bytes(8, "big") + group_hash


@dataclass(frozen=True)
class Group:
    """One decoded group. The header's bytes are kept as they came and never encoded again."""

    header_bytes: bytes
    header: object
    bodies: tuple
    seal: bytes

    @staticmethod
    def decode(data):
        """Decodes and checks everything that can be decided from the group alone."""
        require(len(data) <= MAXIMUM_GROUP_BYTES, "group too large")
        try:
            outer = decode(wire.Group, data)
            header = decode(wire.GroupHeader, outer.header)
        except UNREADABLE as error:
            raise Malformed(str(error)) from error
        group = Group(outer.header, header, tuple(outer.bodies), outer.seal)
        check_form(group)
        return group

    @cached_property
    def commitments(self):
        return [body.commitment or commitment(body.salt, body.values) for body in self.bodies]

    @cached_property
    def hash(self):
        length = len(self.header_bytes).to_bytes(4, "big")
        return sha256(b"gatehouse:group:1\0", length, self.header_bytes, *self.commitments)

    @property
    def place(self):
        return (self.header.stream, self.header.seq, self.hash)

    @cached_property
    def past(self):
        """Every hash this group names as its past."""
        header = self.header
        first = [header.predecessor] if header.predecessor else []
        return [*first, *header.seen, *header.start.continues, *header.referenced]

    @cached_property
    def write_count(self):
        return sum(len(change.fields) for change in self.header.changes)

    def encoded(self, with_seal=True):
        return wire.Group(header=self.header_bytes, bodies=self.bodies,
                          seal=self.seal if with_seal else b"").SerializeToString()

    def sealed_by(self, key):
        header = self.header
        message = seal_input(header.space, header.stream, header.seq, self.hash)
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(self.seal, message)
            return True
        except (InvalidSignature, ValueError):
            return False

    def writes(self):
        """Each write: its index, change, field, value (None if destroyed), and what it names."""
        index = 0
        for change, body in zip(self.header.changes, self.bodies):
            values = None if body.commitment else wire.Values.FromString(body.values).values
            names = [[] for _ in change.fields]
            for write, group, named in triples(change.named):
                names[write].append((self.header.referenced[group], named))
            for position, field in enumerate(change.fields):
                yield Write((self.hash, index), self, change, field,
                            values[position] if values is not None else None,
                            position in change.cleared, tuple(names[position]))
                index += 1


@dataclass(frozen=True)
class Write:
    """One write of a group; `id` is (group hash, index)."""

    id: tuple
    group: Group
    change: object
    field: int
    value: object
    cleared: bool
    names: tuple

    @property
    def record(self):
        return (self.change.type, self.change.record)

    def listed(self):
        """The writes a deletion lists."""
        referenced = self.group.header.referenced
        return {(referenced[group], index) for group, index in pairs(self.change.listed)}


def triples(numbers):
    return list(zip(numbers[0::3], numbers[1::3], numbers[2::3]))


def pairs(numbers):
    return list(zip(numbers[0::2], numbers[1::2]))


def require(condition, reason):
    if not condition:
        raise Malformed(reason)


def is_space(space):
    if len(space) != 9:
        return False
    return space == COMPANY or (space[0] in (2, 3) and any(space[1:]))


def is_record(record):
    return len(record) == 25 and is_space(record[:9])


def check_form(group):
    """merge.md §4.1, everything but the stream's key and the past."""
    header = group.header
    require(is_space(header.space), "space")
    require(len(header.stream) == 16, "stream")
    require(1 <= header.seq < 2**63 - 1, "seq")
    require(len(header.predecessor) == (0 if header.seq == 1 else 32), "predecessor")
    require(header.HasField("start") == (header.seq == 1), "start")
    if header.seq == 1:
        start = header.start
        require(len(start.key) == 32 and len(start.nonce) == 16, "start lengths")
        require(header.stream == stream_id(header.space, start.key, start.nonce), "stream id")
    require(all(len(each) == 32 for each in group.past), "a hash's length")
    for hashes, maximum in [(header.seen, MAXIMUM_SEEN), (header.start.continues, MAXIMUM_SEEN),
                            (header.referenced, MAXIMUM_REFERENCED)]:
        require(len(hashes) <= maximum, "too many hashes")
        require(len(set(hashes)) == len(hashes), "a hash twice")
    require(header.time >> 16 < YEAR_10000, "time")
    require(not header.actor or is_record(header.actor), "actor")
    require(len(group.seal) in (0, 64), "seal length")
    require(0 < len(header.changes) <= MAXIMUM_CHANGES, "changes")
    require(len(header.changes) == len(group.bodies), "bodies")
    for change, body in zip(header.changes, group.bodies):
        check_change(change, len(header.referenced))
        check_body(change, body)


def check_change(change, referenced):
    require(is_record(change.record), "record")
    require(0 < len(change.fields) <= MAXIMUM_WRITES, "writes")
    require(all(1 <= field <= 65_535 for field in change.fields), "field number")
    require(len(change.named) % 3 == 0 and len(change.listed) % 2 == 0, "named or listed")
    require(len(change.named) // 3 <= MAXIMUM_NAMED, "too many named")
    require(len(change.listed) // 2 <= MAXIMUM_NAMED, "too many listed")
    named = triples(change.named)
    require(len(set(named)) == len(named), "triple twice")
    require(all(w < len(change.fields) and g < referenced for w, g, _ in named), "named position")
    require(all(g < referenced for g, _ in pairs(change.listed)), "listed position")
    require(not change.listed or DELETED in change.fields, "listed without deletion")
    require(all(each < len(change.fields) for each in change.cleared), "cleared position")


def check_body(change, body):
    if body.commitment:
        require(len(body.commitment) == 32 and not body.salt and not body.values, "commitment")
        return
    require(len(body.salt) == 16, "salt")
    try:
        values = decode(wire.Values, body.values).values
    except UNREADABLE as error:
        raise Malformed(str(error)) from error
    require(len(values) == len(change.fields), "values")
    for value in values:
        kind = value.WhichOneof("kind")
        require(kind != "record" or is_record(value.record), "value record")
        size = len(value.text.encode()) if kind == "text" else 0
        require(size <= MAXIMUM_VALUE_BYTES, "value too large")
