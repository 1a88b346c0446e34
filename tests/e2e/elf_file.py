# SPDX-License-Identifier: MIT
"""What the headers of a program say, of whatever machine it is."""
import struct
from collections import namedtuple

# Of flags, 4 is to read, 2 to write and 1 to execute.
Segment = namedtuple("Segment", "flags offset address length memory align")


def fields(data, wide, narrow):
    """Read a header's fields, in the order of bytes and of the width that the
    program has; each form is a struct's, and where it begins."""
    form, at = wide if data[4] == 2 else narrow
    return struct.unpack_from("<>"[data[5] - 1] + form, data, at)


def entry(data):
    """Where a program begins."""
    return fields(data, ("Q", 24), ("I", 24))[0]


def segments(data):
    """The segments that are loaded, in the order of their headers."""
    start, = fields(data, ("Q", 32), ("I", 28))
    size, count = fields(data, ("HH", 54), ("HH", 42))
    found = []
    for at in range(start, start + size * count, size):
        kind, = fields(data, ("I", at), ("I", at))
        if kind == 1:
            flags, = fields(data, ("I", at + 4), ("I", at + 24))
            found.append(Segment(flags, *fields(
                data, ("QQ8xQQQ", at + 8), ("II4xII4xI", at + 4))))
    return found
