"""What headquarters must refuse, with which code and status, and that nothing of it is stored."""

import gzip
import os

from draft import Draft, sealed
from first_exchange import AREA, HOUSEHOLDS
from groups import COMPANY, Group, seal_input, stream_id
from log import Log
from messages import wire
from office import Office, Problem, post

EXCHANGE, JOIN = "/sync/v1/exchange", "/sync/v1/join"


class Refusals:
    def __init__(self, checks, office, other, home):
        self.checks, self.office, self.other, self.home = checks, office, other, home

    def expect(self, name, status, code, work, group=None):
        """`work` must end in this problem and leave headquarters' root as it was."""
        try:
            work()
            found = "accepted"
        except Problem as problem:
            kind = problem.headers.get_content_type()
            found = problem.status, problem.code
            fields = problem.fields
            well_formed = (kind == "application/problem+json" and fields.get("title")
                           and fields.get("type") == "about:blank"
                           and fields.get("status") == status)
            if found == (status, code) and not well_formed:
                found = kind, fields
            elif group and fields.get("group") != group.hash.hex():
                found = "names group", fields.get("group")
        self.checks.equal(name, found, (status, code))

    # Requests

    def change(self):
        area = [(group.hash, 5) for group in self.office.log.groups.values()
                if group.write_count > 5][0]
        return Draft(self.home, HOUSEHOLDS, [(AREA, 100, [area])])

    def altered(self, alter):
        """A good next group of this office, altered and sealed again."""
        good = self.office.group([self.change()])
        header = wire.GroupHeader.FromString(good.header_bytes)
        bodies = [wire.Body.FromString(body.SerializeToString()) for body in good.bodies]
        alter(header, bodies)
        return sealed(header, bodies, self.office.private_key)

    def push(self, *groups, space=None, bare=False):
        """An exchange that brings these groups; `bare` leaves the company's tips out."""
        space = space or self.office.space
        request = self.office.request(speaking=True)
        parts = {part.space: part for part in request.spaces}
        part = parts.get(space) or request.spaces.add(space=space, digest=bytes(16))
        del part.groups[:]
        part.groups.extend(group if isinstance(group, bytes) else group.encoded()
                           for group in groups)
        if bare:
            del parts[COMPANY].tips[:]
            parts[COMPANY].digest = bytes(16)
            request.root = os.urandom(32)
        return self.office.send(request)

    def plain(self, body=None, credential=None, path=EXCHANGE, **headers):
        body = self.office.request(speaking=False).SerializeToString() if body is None else body
        return post(self.office.address, path, body, credential, **headers)

    # Checks

    def check_envelope(self):
        office, idle = self.office, self.office.request(speaking=False)
        self.expect("no credential", 401, "missing-credential", self.plain)
        self.expect("a wrong credential", 401, "unknown-credential",
                    lambda: self.plain(credential=os.urandom(32)))
        self.expect("another node's credential", 401, "unknown-credential",
                    lambda: self.plain(credential=self.other.credential))
        newer = wire.ExchangeRequest.FromString(idle.SerializeToString())
        newer.protocol = 2
        self.expect("another protocol version", 400, "unsupported-protocol",
                    lambda: office.send(newer))
        self.expect("another protocol version, before the credential", 400, "unsupported-protocol",
                    lambda: self.plain(newer.SerializeToString()))
        self.expect("bytes that are no message", 400, "malformed-message",
                    lambda: self.plain(b"\xff\xff", office.credential))
        self.expect("an unknown coding", 415, "unsupported-coding", lambda: self.plain(
            credential=office.credential, Content_Encoding="br"))
        self.expect("bytes that are not gzip", 400, "malformed-message", lambda: self.plain(
            b"no gzip", office.credential, Content_Encoding="gzip"))
        members = gzip.compress(b"") + gzip.compress(idle.SerializeToString())
        self.expect("gzip of two members", 400, "malformed-message", lambda: self.plain(
            members, office.credential, Content_Encoding="gzip"))
        bomb = gzip.compress(bytes(33_554_433))
        self.expect("a gzip bomb", 413, "too-large", lambda: self.plain(
            bomb, office.credential, Content_Encoding="gzip"))
        self.expect("a body over the limit", 413, "too-large", lambda: self.plain(
            os.urandom(8_388_609), office.credential, Content_Encoding="gzip"))
        self.expect("a page of 10,001 groups", 413, "too-large", lambda: self.push(*[b""] * 10_001))

    def check_spaces(self):
        office, other = self.office, self.other
        self.expect("another office's space", 403, "not-a-member",
                    lambda: self.push(space=other.space))
        self.expect("its own private space", 403, "not-a-member",
                    lambda: self.push(space=b"\x03" + office.space[1:]))
        strange = other.group([Draft(other.new_record(), HOUSEHOLDS, [(1, None, ())])])
        self.expect("a group of another space in the own part", 403, "not-a-member",
                    lambda: self.push(strange), strange)

        def to_company(header, _):
            header.Clear()
            header.MergeFrom(wire.GroupHeader(space=COMPANY, seq=1, time=office.time))
            header.start.key, header.start.nonce = office.key, bytes(16)
            header.stream = stream_id(COMPANY, office.key, bytes(16))
            header.changes.add(record=COMPANY + bytes(16), type=HOUSEHOLDS, fields=[AREA])
        company = self.altered(to_company)
        self.expect("an office's stream in the company space", 403, "unknown-author",
                    lambda: self.push(company, space=COMPANY), company)

    def check_authors(self):
        office = self.office
        good = office.group([self.change()])
        forged = Group(good.header_bytes, good.header, good.bodies, bytes(64))
        self.expect("a forged seal", 403, "bad-seal", lambda: self.push(forged), forged)
        unsealed = Group(good.header_bytes, good.header, good.bodies, b"")
        self.expect("no seal", 403, "bad-seal", lambda: self.push(unsealed), unsealed)
        self.expect("a good group before one with a forged seal stores nothing", 403, "bad-seal",
                    lambda: self.push(good, self.after(good, bytes(64))))
        self.checks.that("the page of a refused group is not stored",
                         self.root() == office.root())

        stream, seq, tip = [place for place in office.log.tips()
                            if office.log.keys[place[0]] == office.headquarters_key][0]

        def into_another_stream(header, _):
            header.stream, header.seq, header.predecessor = stream, seq + 1, tip
        intruder = self.altered(into_another_stream)
        self.expect("a group in another's stream", 403, "bad-seal",
                    lambda: self.push(intruder), intruder)

        stranger = Office(office.address, "PY09")
        stranger.space = office.space
        stranger.logs = {COMPANY: Log(COMPANY), office.space: Log(office.space)}
        unknown = stranger.group([Draft(self.home, HOUSEHOLDS, [(AREA, 1, ())])])
        self.expect("an unknown author", 403, "unknown-author", lambda: self.push(unknown), unknown)
        answer = self.push(unknown, bare=True)
        needs = [part.need for part in answer.spaces if part.space == office.space]
        self.checks.equal("an unknown author while the company is not equal is answered with need",
                          needs, [True])

    def after(self, group, seal):
        """A group that follows `group` and carries this seal."""
        def follow(header, _):
            header.seq, header.predecessor = group.header.seq + 1, group.hash
        next_group = self.altered(follow)
        return Group(next_group.header_bytes, next_group.header, next_group.bodies, seal)

    def root(self):
        return self.office.send(self.office.request(speaking=False)).root

    def check_form(self):
        def case(name, alter):
            group = self.altered(alter)
            self.expect(f"malformed group: {name}", 400, "malformed-group",
                        lambda: self.push(group))
        self.expect("malformed group: not a message", 400, "malformed-group",
                    lambda: self.push(b"\xff\xff"))
        case("a salt of 15 bytes", lambda h, b: setattr(b[0], "salt", bytes(15)))
        case("a stream of 15 bytes", lambda h, b: setattr(h, "stream", bytes(15)))
        case("a record of 24 bytes", lambda h, b: setattr(h.changes[0], "record", bytes(24)))
        case("seen of 31 bytes", lambda h, b: h.seen.append(bytes(31)))
        case("a body too many", lambda h, b: b.append(wire.Body(salt=bytes(16))))
        case("a value too many", lambda h, b: setattr(b[0], "values", b[0].values + b"\x0a\x00"))
        case("a position outside referenced", lambda h, b: h.changes[0].named.__setitem__(1, 1))
        case("an index outside the group named", lambda h, b: h.changes[0].named.__setitem__(2, 99))
        case("a triple cut short", lambda h, b: h.changes[0].named.pop())
        case("a triple twice", lambda h, b: h.changes[0].named.extend([0, 0, 5]))
        case("listed without a deletion", lambda h, b: h.changes[0].listed.extend([0, 0]))
        case("cleared outside the change", lambda h, b: h.changes[0].cleared.append(1))
        case("field 0", lambda h, b: h.changes[0].fields.__setitem__(0, 0))
        case("field 65,536", lambda h, b: h.changes[0].fields.__setitem__(0, 65_536))
        case("a hash twice in seen", lambda h, b: h.seen.extend([h.predecessor] * 2))
        case("seq from 2^63 - 1 on", lambda h, b: setattr(h, "seq", 2**63 - 1))
        case("a record of office 0", lambda h, b: setattr(
            h.changes[0], "record", b"\x02" + bytes(8) + h.changes[0].record[9:]))
        case("no change", lambda h, b: (h.ClearField("changes"), b.clear()))
        case("a time before its past", lambda h, b: setattr(h, "time", 1))
        case("a time after the year 9999", lambda h, b: setattr(h, "time", 2**64 - 1))
        case("a gap in seq", lambda h, b: setattr(h, "seq", h.seq + 1))
        case("a start after the first", lambda h, b: setattr(h.start, "key", self.office.key))
        case("a value over 65,536 bytes", lambda h, b: setattr(b[0], "values", wire.Values(
            values=[wire.Value(text="x" * 65_537)]).SerializeToString()))
        case("text and integer in one value", lambda h, b: setattr(
            b[0], "values", b"\x0a\x05\x0a\x01x\x10\x06"))
        case("text that is not UTF-8", lambda h, b: setattr(
            b[0], "values", b"\x0a\x03\x0a\x01\xff"))

    def check_wire_form(self):
        """Bytes after the header that protobuf libraries read in more than one way."""
        for name, extra in [("a known field of another wire type", b"\x10\x05"),
                            ("a field of wire type 3", b"\xa3\x06\xa4\x06"),
                            ("a singular field twice", b"\x48\x07"),
                            ("field number 0", b"\x00\x01"),
                            ("a varint of 11 bytes", b"\x48" + b"\xff" * 10 + b"\x01")]:
            group = self.extended(extra)
            self.expect(f"malformed group: {name}", 400, "malformed-group",
                        lambda group=group: self.push(group))

    def extended(self, extra):
        """A good next group whose header bytes are followed by `extra`."""
        good = self.office.group([self.change()])
        header = good.header
        longer = Group(good.header_bytes + extra, header, good.bodies, b"")
        message = seal_input(header.space, header.stream, header.seq, longer.hash)
        return Group(longer.header_bytes, header, good.bodies,
                     self.office.private_key.sign(message))

    def check_accepted(self):
        """The same groups, not spoilt: each refusal above had the reason it names."""
        cases = [("unaltered", lambda: self.altered(lambda h, b: None)),
                 ("with an unknown field in its header", lambda: self.extended(b"\xa0\x06\x07")),
                 ("which needs a later version", lambda: self.altered(
                     lambda h, b: setattr(h, "requires", 2)))]
        for name, make in cases:
            group = make()
            self.push(group)
            result = self.office.exchange().result
            self.checks.that(f"a group {name} is logged on both sides",
                             result == "equal" and self.office.log.holds(group.hash))
            self.office.latest = group.hash

    def check_joins(self, spent):
        office, address = self.office, self.office.address

        def ask(joining, code, **changes):
            request = joining.join_request(code, changes.pop("empty", True))
            for name, value in changes.items():
                setattr(request, name, value)
            return lambda: post(address, JOIN, request.SerializeToString())
        stranger = Office(address, "PY01")
        self.expect("a spent code", 403, "join-code-unknown", ask(stranger, spent))
        code = self.headquarters.invite("PY01")
        self.expect("a code for another office", 403, "join-code-unknown",
                    ask(Office(address, "PY07"), code))
        self.expect("a join request of another version", 400, "unsupported-protocol",
                    ask(stranger, code, protocol=2))
        self.expect("a join request not signed by its key", 403, "bad-proof",
                    ask(stranger, code, proof=bytes(64)))
        self.expect("a second node that is not empty", 409, "office-known",
                    ask(stranger, code, empty=False))
        thief = Office(address, "PY08")
        thief.space = office.space
        self.expect("a known office id under another code", 409, "office-known",
                    ask(thief, self.headquarters.invite("PY08")))
        self.expect("a join request that is no message", 400, "malformed-message",
                    lambda: post(address, JOIN, b"\xff\xff"))

    def check_all(self, headquarters, spent):
        self.headquarters = headquarters
        self.check_envelope()
        self.check_spaces()
        self.check_authors()
        self.check_form()
        self.check_joins(spent)
        self.check_wire_form()
        self.checks.equal("after all refusals headquarters' root is unchanged",
                          self.root(), self.office.root())
        self.check_accepted()
