"""Which writes count in one space, and what a field shows (merge.md §5 and §6)."""

from groups import CREATED, DELETED, NOTE


class Merge:
    """The live writes of a log. Roles and writers are asked of `may`, by (write, is creating)."""

    def __init__(self, log, may=lambda write, creating: True):
        self.all_writes, self.writes = {}, {}
        for group in log.groups.values():
            creating = {write.record for write in group.writes() if write.field == CREATED}
            inert = group.header.requires > 1
            for write in group.writes():
                self.all_writes[write.id] = write
                home = write.change.record[:9]
                if not inert and home == log.space and may(write, write.record in creating):
                    self.writes[write.id] = write
        self.named = set()
        for write in self.writes.values():
            for each in write.names:
                earlier = self.writes.get(each)
                if earlier and (earlier.record, earlier.field) == (write.record, write.field):
                    self.named.add(each)

    def live(self, record, field):
        return [write for write in self.writes.values() if write.id not in self.named
                and write.record == record and write.field == field and field != NOTE]

    def live_of(self, record):
        fields = {write.field for write in self.writes.values() if write.record == record}
        return [write for field in fields for write in self.live(record, field)]

    def exists(self, record):
        return bool(self.live(record, CREATED))

    def hidden(self, record):
        """Whether one deletion holds and nothing live takes a deletion back."""
        deletions = self.live(record, DELETED)
        if any(write.cleared for write in deletions):
            return False
        return any(self.holds(each) for each in deletions)

    def holds(self, deletion):
        listed = deletion.listed()
        named = {name for each in listed if each in self.all_writes
                 for name in self.all_writes[each].names}
        return all(write.id in listed or write.id in named
                   or write.group.hash == deletion.group.hash
                   for write in self.live_of(deletion.record) if write.field != DELETED)
