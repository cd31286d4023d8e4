"""What an author writes: drafts of changes, and the sealing of a group."""

import os

from groups import Group, seal_input
from messages import wire


def sealed(header, bodies, key):
    data = header.SerializeToString(deterministic=True)
    unsealed = Group(data, header, tuple(bodies), b"")
    message = seal_input(header.space, header.stream, header.seq, unsealed.hash)
    return Group(data, header, tuple(bodies), key.sign(message))


class Draft:
    """A change to be written: `writes` is a list of (field, value, names); names are write ids."""

    def __init__(self, record, record_type, writes, listed=()):
        self.record, self.type, self.writes, self.listed = record, record_type, writes, listed

    def change(self, referenced):
        def position(group_hash):
            if group_hash not in referenced:
                referenced.append(group_hash)
            return list(referenced).index(group_hash)
        change = wire.Change(record=self.record, type=self.type)
        for index, (field, value, names) in enumerate(self.writes):
            change.fields.append(field)
            if value is None and field not in (1, 2):
                change.cleared.append(index)
            for group_hash, named in names:
                change.named.extend([index, position(group_hash), named])
        for group_hash, index in self.listed:
            change.listed.extend([position(group_hash), index])
        return change

    def body(self):
        values = wire.Values()
        for _, value, _ in self.writes:
            each = values.values.add()
            if isinstance(value, str):
                each.text = value
            elif isinstance(value, int):
                each.integer = value
            elif isinstance(value, bytes):
                each.record = value
        return wire.Body(salt=os.urandom(16), values=values.SerializeToString())
