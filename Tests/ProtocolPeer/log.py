"""The log of one space: what it holds, what a peer lacks, its digest (merge.md, clock.md)."""

from groups import Group, Malformed, require, triples, pairs
from messages import wire

PAGE_TARGET_BYTES, MAXIMUM_GROUPS_PER_PAGE = 1_048_576, 10_000


class Refused(Exception):
    """A page with a group that may not be logged; `code` is the problem of exchange.md §6."""

    def __init__(self, code, reason):
        super().__init__(f"{code}: {reason}")
        self.code = code


class Log:
    """Groups by hash; the order of insertion is the order of application."""

    def __init__(self, space):
        self.space = space
        self.groups = {}
        self.keys = {}  # the key of each stream

    def copy(self):
        twin = Log(self.space)
        twin.groups, twin.keys = dict(self.groups), dict(self.keys)
        return twin

    def holds(self, group_hash):
        return group_hash in self.groups

    def tips(self):
        """Each held group that is no held group's predecessor, as (stream, seq, hash), sorted."""
        followed = {group.header.predecessor for group in self.groups.values()}
        return sorted(group.place for group in self.groups.values() if group.hash not in followed)

    def line(self, group_hash):
        """The group and its predecessors, latest first."""
        while group_hash:
            yield group_hash
            group_hash = self.groups[group_hash].header.predecessor

    def past(self, hashes):
        """All hashes in the past of these groups, themselves included."""
        found, open_ends = set(), list(hashes)
        while open_ends:
            each = open_ends.pop()
            if each not in found:
                found.add(each)
                open_ends += self.groups[each].past
        return found

    # Logging

    def append(self, page, may_write):
        """Logs a page. Returns whether everything could be logged; what remains needs its past."""
        added, keys, complete = {}, dict(self.keys), True
        for data in page:
            try:
                group = Group.decode(data)
                require(group.header.space == self.space, "another space")
                if self.holds(group.hash) or group.hash in added:
                    continue
                if not all(self.holds(each) or each in added for each in group.past):
                    complete = False
                    break
                if group.header.seq == 1:
                    keys[group.header.stream] = group.header.start.key
                self.check_past(group, added, keys)
            except Malformed as error:
                raise Refused("malformed-group", str(error)) from error
            added[group.hash] = group
        self.check_seals(added, keys, complete, may_write)
        for group in added.values():
            self.insert(group)
        return complete

    def insert(self, group):
        self.groups[group.hash] = group
        if group.header.seq == 1:
            self.keys[group.header.stream] = group.header.start.key

    def check_past(self, group, added, keys):
        """merge.md §4.2, once everything named is held."""
        def held(each):
            return self.groups.get(each) or added[each]
        header = group.header
        require(all(held(each).header.time <= header.time for each in group.past),
                "time before past")
        if header.predecessor:
            before = held(header.predecessor).header
            require(before.stream == header.stream and before.seq == header.seq - 1, "predecessor")
        counts = [held(each).write_count for each in header.referenced]
        for change in header.changes:
            points = [(g, i) for _, g, i in triples(change.named)] + pairs(change.listed)
            require(all(index < counts[g] for g, index in points), "index in the group named")
        for each in header.start.continues:
            key = keys[held(each).header.stream]
            require(key == header.start.key, "continues another key's stream")

    def check_seals(self, added, keys, complete, may_write):
        """merge.md §4.3: an uncovered end is cut off if the page was cut, else refused."""
        for group in added.values():
            key = keys[group.header.stream]
            if not may_write(self.space, key):
                raise Refused("unknown-author", key.hex())
            if group.seal and not group.sealed_by(key):
                raise Refused("bad-seal", group.hash.hex())
        followed = {each.header.predecessor for each in added.values()}
        for group in reversed(list(added.values())):
            if group.hash not in followed and not group.seal:
                if complete:
                    raise Refused("bad-seal", group.hash.hex())
                del added[group.hash]
                followed = {each.header.predecessor for each in added.values()}

    # What a peer lacks

    def gap(self, tips, past=()):
        """The held groups, in order, that a peer with these tips and `past` lacks."""
        left_out = set()
        for stream in self.keys:
            stated = [tip.hash for tip in tips if tip.stream == stream]
            points = [tip.hash for tip in past if tip.stream == stream]
            known = [each for each in stated + points if self.holds(each)]
            for each in known:
                left_out.update(self.line(each))
            if stated and not known and not points:
                left_out.update(h for h, group in self.groups.items()
                                if group.header.stream == stream)
        return [group for group in self.groups.values() if group.hash not in left_out]

    def points_in_doubt(self, peer_tips, page=()):
        """`past`: ancestors of my tips in doubtful streams, and the page's last known group."""
        doubtful = {tip.stream for tip in peer_tips
                    if tip.stream in self.keys and not self.holds(tip.hash)}
        points = set()
        for stream, _, tip in self.tips():
            if stream in doubtful:
                line = list(self.line(tip))
                distance = 1
                while distance < len(line):
                    points.add(line[distance])
                    distance *= 2
                points.add(line[-1])
        for stream in doubtful:
            repeated = [each for each in page if each.header.stream == stream]
            if repeated and repeated[-1].hash in self.groups:
                points.add(repeated[-1].hash)
        return [tip_message(self.groups[each].place) for each in sorted(points)]

    def page(self, gap, budget):
        """As many groups as fit, ending so that seals cover all; then (encoded groups, more)."""
        end, size = 0, 0
        while end < min(len(gap), MAXIMUM_GROUPS_PER_PAGE) and (
                end == 0 or size + len(gap[end].encoded()) <= budget):
            size += len(gap[end].encoded())
            end += 1
        def covered(count):
            followed = {group.header.predecessor for group in gap[:count]}
            return all(g.seal or g.hash in followed for g in gap[:count])
        start = end
        while end > 0 and not covered(end):
            end -= 1
        while end == 0 and start < len(gap) and not covered(start):
            start += 1
        chosen = gap[:end or start]
        followed = {group.header.predecessor for group in chosen}
        return ([group.encoded(with_seal=group.hash not in followed) for group in chosen],
                len(chosen) < len(gap))

    # Digest

    def digest(self):
        named = {(group.header.referenced[g], index) for group in self.groups.values()
                 for change in group.header.changes for _, g, index in triples(change.named)}
        lanes = [0, 0]
        for group in self.groups.values():
            for index in range(group.write_count):
                if (group.hash, index) not in named:
                    for lane in (0, 1):
                        part = int.from_bytes(group.hash[8 * lane:8 * lane + 8], "big")
                        lanes[lane] = (lanes[lane] + mix(part, index)) % 2**64
        return b"".join(lane.to_bytes(8, "big") for lane in lanes)


def mix(lane, index):
    """splitmix64 (merge.md §7)."""
    z = (lane + (index + 1) * 0x9E3779B97F4A7C15) % 2**64
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    return z ^ (z >> 31)


def tip_message(place):
    return wire.Tip(stream=place[0], seq=place[1], hash=place[2])
