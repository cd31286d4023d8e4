"""A second office that must see nothing of the first, and a second node that must see all of it."""

import os

from draft import Draft
from first_exchange import HOUSEHOLDS, check_log, household, join
from groups import COMPANY
from office import Office
from restores import check_begun_twice


def check_second_office(checks, office, headquarters):
    other = Office(headquarters.address, "PY02")
    join(checks, other, headquarters)
    household(other, "201", 5000)
    courses = [other.exchange(), other.exchange()]
    parts = [part for course in courses for _, answer in course.rounds for part in answer.spaces]
    foreign = {part.space for part in parts} - {COMPANY, other.space}
    common = set(office.log.groups) & {h for log in other.logs.values() for h in log.groups}
    checks.equal("PY02 never gets anything of PY01", (
        [course.result for course in courses], foreign, common), (["equal", "equal"], set(), set()))
    check_log(checks, other, "PY02")
    check_begun_twice(checks, other_again(checks, headquarters))
    return other


def other_again(checks, headquarters):
    third = Office(headquarters.address, "PY03")
    join(checks, third, headquarters)
    third.exchange()
    return third


def check_second_node(checks, office, headquarters, home):
    """A newcomer with the same office code; its writes reach the first node, in several pages."""
    node = Office(headquarters.address, "PY01")
    answer = node.join(headquarters.invite("PY01"))
    checks.equal("a newcomer that is empty gets the known office's space",
                 (answer.space, node.proof_fits), (office.space, True))
    office.exchange()
    course = node.exchange()
    checks.equal("it pulls everything of the office, forks included",
                 (course.result, set(node.log.groups)), ("equal", set(office.log.groups)))
    check_log(checks, node, "second node")
    written = [node.write(Draft(home, HOUSEHOLDS, [(901, os.urandom(30_000).hex(), ())]))
               for _ in range(50)]
    pushed, pulled = node.exchange(), office.exchange()
    pages = [request for request, _ in pushed.rounds if request.spaces]
    answers = [response for _, response in pulled.rounds if response.spaces]
    checks.that("three MiB are pushed in pages of a MiB", pushed.result == "equal"
                and len(pages) > 2 and all(len(p.SerializeToString()) < 1_200_000 for p in pages))
    sizes = [len(answer.SerializeToString()) for answer in answers]
    more = [any(part.more for part in answer.spaces) for answer in answers]
    checks.that("and pulled by the first node in pages of a MiB, all but the last with more", (
        pulled.result == "equal" and len(answers) > 2 and max(sizes) < 1_200_000
        and more == [True] * (len(more) - 1) + [False]), (pulled.result, sizes, more))
    checks.that("the newcomer's key is known from the directory",
                written[-1].hash in office.log.groups and node.key in office.members)
    check_log(checks, office, "after the second node")
