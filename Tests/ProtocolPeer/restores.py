"""Restored nodes: forks, streams begun twice, lost responses, too favourable ideas of the peer."""

from draft import Draft
from first_exchange import HOUSEHOLDS, check_log, household
from groups import NOTE
from log import tip_message


def lines(office, home, words):
    """One group for each word, each a note about this household."""
    return [office.write(Draft(home, HOUSEHOLDS, [(NOTE, word, ())])) for word in words]


def hashes(groups):
    return [group.hash for group in groups]


def part_of(message, space):
    return [part for part in message.spaces if part.space == space][0]


def tips_of(office, stream):
    return {each for name, _, each in office.log.tips() if name == stream}


def check_lost_response(checks, office, home):
    lines(office, home, ["response lost"])
    before = len(office.log.groups)
    lost = office.send(office.request(speaking=True))  # Never received: no hint, no token.
    course = office.exchange()
    answer = course.rounds[0][1]
    checks.equal("a lost response is made up for by the next exchange", (
        course.result, len(course.rounds), len(office.log.groups)), ("equal", 1, before))
    checks.that("which gets the token that was lost", answer.token == lost.token
                and not answer.stale and answer.root == lost.root)


def check_need(checks, office, home):
    """The office believes that headquarters holds more than it does."""
    earlier, later = lines(office, home, ["not yet there", "follows"])
    others = [tip for tip in office.stated[office.space] if tip.stream != earlier.header.stream]
    office.stated[office.space] = [*others, tip_message(earlier.place)]
    course = office.exchange()
    request, response = course.rounds[0]
    checks.equal("a page without its past is answered with need, and nothing of it is stored", (
        len(part_of(request, office.space).groups), part_of(response, office.space).need,
        later.hash in [tip.hash for tip in part_of(response, office.space).tips]),
        (1, True, False))
    checks.equal("the stated tips are the new idea, and the next page is complete", (
        course.result, len(course.rounds)), ("equal", 2))


def check_fork_in_doubt(checks, office, home, headquarters):
    """Restored own log, remembered tips of headquarters: each side must ask with `past`."""
    stream = office.log.groups[office.latest].header.stream
    common, backup = office.latest, office.backup()
    first = lines(office, home, ["before the restore 1", "before the restore 2"])
    office.exchange()
    office.restore(backup, with_hints=False)
    second = lines(office, home, ["after the restore 1", "after the restore 2"])
    course = office.exchange()
    request = part_of(course.rounds[0][0], office.space)
    response = part_of(course.rounds[0][1], office.space)
    checks.that("a restored office that does not hold headquarters' tip states past and no groups",
                common in [tip.hash for tip in request.past] and not request.groups)
    received = [each for each in hashes(office.log.groups.values()) if each in hashes(first)]
    checks.equal("headquarters sends what follows the common point, and nothing else",
                 (len(response.groups), received), (2, hashes(first)))
    checks.that("headquarters states past too",
                common in [tip.hash for tip in response.past])
    checks.equal("both branches are held on both sides", (
        course.result, tips_of(office, stream)), ("equal", {first[1].hash, second[1].hash}))
    forked = [space["forkedStreams"] for space in headquarters.status()["spaces"]
              if space["space"] == "office/" + office.space[1:].hex()][0]
    checks.that("headquarters reports the fork", stream.hex() in str(forked), forked)
    continue_in_new_stream(checks, office, home, stream)


def check_fork_with_hints(checks, office, home):
    """A whole backup restored, with what it remembered of headquarters."""
    stream = office.log.groups[office.latest].header.stream
    backup = office.backup()
    first = lines(office, home, ["once 1"])
    office.exchange()
    first += lines(office, home, ["once 2"])
    office.exchange()
    office.restore(backup, with_hints=True)
    second = lines(office, home, ["again 1", "again 2"])
    course = office.exchange()
    request = part_of(course.rounds[0][0], office.space)
    checks.equal("a restored backup sends its branch at once", len(request.groups), 2)
    checks.that("its token is stale", course.rounds[0][1].stale)
    checks.equal("one round brings the other branch", (
        course.result, len(course.rounds), tips_of(office, stream)),
        ("equal", 1, {first[1].hash, second[1].hash}))
    continue_in_new_stream(checks, office, home, stream)


def continue_in_new_stream(checks, office, home, stream):
    tips = tips_of(office, stream)
    office.begin_stream()
    group = lines(office, home, ["new stream"])[0]
    course = office.exchange()
    checks.equal("a new stream that continues both tips is accepted", (
        course.result, group.header.seq, set(group.header.start.continues), list(group.header.seen),
        group.header.stream != stream), ("equal", 1, tips, [], True))


def check_begun_twice(checks, office):
    """A node restored to the time before its first group begins the same stream again."""
    backup = office.backup()
    home, first = household(office, "901", 9000)
    last = lines(office, home, ["second"])[0]
    office.exchange()
    office.restore(backup, with_hints=False)
    twin = household(office, "902", 9000)[1]
    stream = twin.header.stream
    course = office.exchange()
    checks.equal("the same stream begun twice: each side sends its own from the first group", (
        course.result, first.header.stream, tips_of(office, stream), first.hash in
        office.log.groups), ("equal", stream, {last.hash, twin.hash}, True))
    continue_in_new_stream(checks, office, home, stream)


def check_all(checks, office, home, headquarters):
    check_lost_response(checks, office, home)
    check_need(checks, office, home)
    check_fork_in_doubt(checks, office, home, headquarters)
    check_fork_with_hints(checks, office, home)
    check_log(checks, office, "after two restores")
