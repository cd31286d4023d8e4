"""Joining, ten groups pushed, the company pulled, edits on both sides."""

from draft import Draft, sealed
from groups import (COMPANY, CREATED, DELETED, NOTE, Group, record_text, sha256, stream_id)
from merge import Merge
from messages import wire

HOUSEHOLDS, ESTATE, BUILDING, UNIT, ROOM, AREA = 20, 16, 17, 18, 19, 20
UNKNOWN_TYPE, UNKNOWN_FIELD = 9999, 900
UNKNOWN_HEADER_FIELD = b"\xa2\x06\x05later"  # field 100 of the header, five bytes


def join(checks, office, headquarters):
    code = headquarters.invite(office.office_code)
    answer = office.join(code)
    name = office.office_code
    checks.that(f"{name}: the key in the answer has the fingerprint of the code",
                office.fingerprint_fits)
    checks.that(f"{name}: headquarters' proof verifies", office.proof_fits)
    checks.equal(f"{name}: the office keeps its space", answer.space, office.space)
    checks.equal(f"{name}: the credential has 32 bytes", len(answer.credential), 32)
    return code


def household(office, room, area):
    """A new household with its note, which is personal, apart. Returns (record, group)."""
    record = office.new_record()
    return record, office.write(
        Draft(record, HOUSEHOLDS, [(CREATED, None, ()), (ESTATE, office.new_record(), ()),
                                   (BUILDING, "3", ()), (UNIT, "1", ()), (ROOM, room, ()),
                                   (AREA, area, ())]),
        Draft(record, HOUSEHOLDS, [(NOTE, "登记 " + room, ())]))


def write_ten_groups(office):
    """Returns the records of six households; the second of them is deleted."""
    homes = [household(office, str(101 + each), 8000 + each)[0] for each in range(6)]
    merge = Merge(office.log)
    area = merge.live((HOUSEHOLDS, homes[0]), AREA)
    room = merge.live((HOUSEHOLDS, homes[0]), ROOM)
    office.write(Draft(homes[0], HOUSEHOLDS, [(AREA, 9230, [w.id for w in area]),
                                              (ROOM, "101A", [w.id for w in room])]))
    listed = [write.id for write in merge.live_of((HOUSEHOLDS, homes[1]))]
    office.write(Draft(homes[1], HOUSEHOLDS, [(DELETED, None, ())], listed))
    office.write(Draft(office.new_record(), UNKNOWN_TYPE, [(CREATED, None, ()), (16, "new", ())]))
    later = office.group([Draft(homes[2], HOUSEHOLDS, [(UNKNOWN_FIELD, 7, ())])])
    header = wire.GroupHeader.FromString(later.header_bytes + UNKNOWN_HEADER_FIELD)
    later = sealed(header, later.bodies, office.private_key)
    office.append(later)
    return homes


def check_first_exchange(checks, office, headquarters):
    homes = write_ten_groups(office)
    merge = Merge(office.log)
    checks.equal("ten groups stand in the office's own log", len(office.log.groups), 10)
    checks.that("the deleted household is hidden", merge.hidden((HOUSEHOLDS, homes[1])))
    request = office.request(speaking=True)
    first, second = office.send(request), office.send(request)
    checks.that("the first request, with an empty token, is not stale", not first.stale)
    checks.equal("a repeated push changes neither root nor tips nor digests",
                 (second.root, list(second.spaces)), (first.root, list(first.spaces)))
    office.receive(second)
    checks.equal("the push and the pull bring both sides to one root",
                 office.root(), second.root)
    repeat = office.send(request)
    checks.that("a repeat with an outdated token has no other effect",
                repeat.root == second.root)
    own = [part for part in second.spaces if part.space == office.space][0]
    checks.equal("nothing of the office's own comes back", list(own.groups), [])
    check_log(checks, office, "after the first exchange")
    check_server_digests(checks, office, headquarters)
    again = office.request(speaking=False)
    answer = office.send(again)
    checks.that("an idle exchange is root and token only",
                not again.spaces and not answer.spaces and answer.root == office.root()
                and len(answer.token) == 16 and len(answer.SerializeToString()) < 120)
    office.receive(answer)
    status, shown = headquarters.get("/api/v1/households/" + record_text(homes[0]))
    checks.equal("headquarters shows the office's edit",
                 (status, shown.get("area"), shown.get("room")), (200, 92.3, "101A"))
    shown = headquarters.get("/api/v1/households")[1]["items"]
    checks.equal("headquarters hides the deleted household and shows the others",
                 {item["id"] for item in shown},
                 {record_text(home) for home in homes if home != homes[1]})
    return homes


def check_tokens(checks, office):
    request = office.request(speaking=False)
    first, second = office.send(request), office.send(request)
    checks.that("a repeat gets the same pending token",
                first.token == second.token and not second.stale)
    request.token = bytes(16)
    answer = office.send(request)
    checks.that("an unknown token is stale", answer.stale and len(answer.token) == 16)
    office.token = answer.token
    checks.that("its pending token is good for the next request", not office.send(
        office.request(speaking=False)).stale)


def check_log(checks, office, when):
    """Recomputes everything of everything held, whoever wrote it."""
    wrong = []
    for log in office.logs.values():
        sealed_later = set()
        for group in reversed(list(log.groups.values())):
            header, key = group.header, log.keys[group.header.stream]
            twin = Group.decode(group.encoded())
            if twin.hash != group.hash:
                wrong.append("hash")
            for body, each in zip(group.bodies, group.commitments):
                if body.salt and sha256(b"gatehouse:values:1\0", body.salt, body.values) != each:
                    wrong.append("commitment")
            if group.seal and not group.sealed_by(key):
                wrong.append("seal")
            if not group.seal and group.hash not in sealed_later:
                wrong.append("not covered")
            sealed_later.add(header.predecessor)
            if header.seq == 1:
                if header.stream != stream_id(header.space, key, header.start.nonce):
                    wrong.append("stream")
            else:
                before = log.groups[header.predecessor].header
                if (before.seq, before.stream) != (header.seq - 1, header.stream):
                    wrong.append("chain")
    count = sum(len(log.groups) for log in office.logs.values())
    checks.that(f"{when}: hashes, chain, commitments and seals of {count} groups are right",
                not wrong, wrong)


def check_server_digests(checks, office, headquarters):
    spaces = {space["space"]: space for space in headquarters.status()["spaces"]}
    for space, log in office.logs.items():
        name = "company" if space == COMPANY else "office/" + space[1:].hex()
        found = spaces.get(name, {})
        checks.equal(f"headquarters has the digest computed here, of {name}",
                     found.get("digest"), log.digest().hex())
        checks.equal(f"headquarters has the tips computed here, of {name}",
                     [(t["stream"], t["seq"], t["hash"]) for t in found.get("clock", [])],
                     [(s.hex(), seq, h.hex()) for s, seq, h in log.tips()])


def check_edits(checks, office, headquarters, home):
    """Headquarters edits, then both edit one field, then the office resolves."""
    address, record = "/api/v1/households/" + record_text(home), (HOUSEHOLDS, home)
    held = set(office.log.groups)
    status, _ = headquarters.edit(address, {"area": 99.5})
    checks.equal("headquarters edits the area", status, 200)
    course = office.exchange()
    new = [group for group in office.log.groups.values() if group.hash not in held]
    area = Merge(office.log).live(record, AREA)
    checks.equal("the edit arrives with the next exchange",
                 (course.result, len(new), [write.value.integer for write in area]),
                 ("equal", 1, [9950]))
    checks.that("it carries headquarters' seal", new and new[0].sealed_by(office.headquarters_key)
                and office.log.keys[new[0].header.stream] == office.headquarters_key)

    office.write(Draft(home, HOUSEHOLDS, [(AREA, 7000, [write.id for write in area])]))
    headquarters.edit(address, {"area": 71.25})
    course = office.exchange()
    siblings = Merge(office.log).live(record, AREA)
    checks.equal("parallel edits of one field both live", (
        course.result, sorted(write.value.integer for write in siblings)), ("equal", [7000, 7125]))
    shown = headquarters.get(address)[1]
    checks.equal("headquarters sees the same conflict", len(shown["_conflicts"]), 1)

    office.write(Draft(home, HOUSEHOLDS, [(AREA, 7100, [write.id for write in siblings])]))
    course = office.exchange()
    live = Merge(office.log).live(record, AREA)
    shown = headquarters.get(address)[1]
    checks.equal("a resolution that names both settles the field on both sides", (
        course.result, [write.value.integer for write in live], shown["area"],
        shown["_conflicts"]), ("equal", [7100], 71.0, []))
    check_log(checks, office, "after the edits")
