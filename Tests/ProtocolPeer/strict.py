"""The wire form of what is hashed, stricter than protobuf libraries (merge.md §4.1).

Libraries read a known field of another wire type as an unknown one, pass over wire types 3 and 4,
and take the last of a singular field given twice, or merge them. Replicas must agree on every
byte, so it is decided here.
"""

from google.protobuf.descriptor import FieldDescriptor

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
FIXED_BYTES = {FIXED64: 8, FIXED32: 4}


class NotStrict(Exception):
    """Bytes that a library may read and a replica may not."""


def varint(data, at):
    value = 0
    for count in range(10):
        if at >= len(data):
            raise NotStrict("varint cut short")
        value |= (data[at] & 0x7F) << (7 * count)
        at += 1
        if data[at - 1] < 0x80:
            return value, at
    raise NotStrict("varint of more than 10 bytes")


def fields(data):
    """Each field of a message as (number, wire type, its bytes if of wire type 2)."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        number, kind, content = tag >> 3, tag & 7, None
        if not 1 <= number < 2**29:
            raise NotStrict("field number")
        if kind == VARINT:
            _, at = varint(data, at)
        elif kind == BYTES:
            size, at = varint(data, at)
            content = data[at:at + size]
            at += size
        elif kind in FIXED_BYTES:
            at += FIXED_BYTES[kind]
        else:
            raise NotStrict(f"wire type {kind}")
        if at > len(data):
            raise NotStrict("field cut short")
        yield number, kind, content


def wire_type(field):
    if field.type in (FieldDescriptor.TYPE_BYTES, FieldDescriptor.TYPE_STRING,
                      FieldDescriptor.TYPE_MESSAGE):
        return BYTES
    return FIXED64 if field.type == FieldDescriptor.TYPE_FIXED64 else VARINT


def decode(message_type, data):
    """The message, strictly read."""
    message, singular = message_type.FromString(data), set()
    for number, kind, content in fields(data):
        field = message_type.DESCRIPTOR.fields_by_number.get(number)
        if field is None:
            continue
        repeated = field.label == FieldDescriptor.LABEL_REPEATED
        packed = repeated and wire_type(field) == VARINT and kind == BYTES
        if kind != wire_type(field) and not packed:
            raise NotStrict(f"wire type {kind} of {field.name}")
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            decode(field.message_type._concrete_class, content)
        place = (field.containing_oneof or field).name
        if not repeated and place in singular:
            raise NotStrict(f"{place} twice")
        singular.add(place)
    return message
