# SPDX-License-Identifier: MIT
"""Makes a WebM film of still pictures, each as good to begin with as any: the
picture of a lossy WebP is a key frame of VP8."""
import struct

# Elements of EBML and Matroska (RFC 8794, RFC 9559).
EBML, VERSION, READ_VERSION = b"\x1aE\xdf\xa3", b"B\x86", b"B\xf7"
ID_LENGTH, SIZE_LENGTH = b"B\xf2", b"B\xf3"
DOC_TYPE, DOC_VERSION, DOC_READ_VERSION = b"B\x82", b"B\x87", b"B\x85"
SEGMENT, VOID = b"\x18S\x80g", b"\xec"
INFO, SCALE, DURATION = b"\x15I\xa9f", b"*\xd7\xb1", b"D\x89"
APP, WRITER = b"M\x80", b"WA"
TRACKS, TRACK, TRACK_NUMBER, TRACK_UID = b"\x16T\xaek", b"\xae", b"\xd7", b"s\xc5"
TRACK_TYPE, CODEC, VIDEO, WIDTH, HEIGHT = b"\x83", b"\x86", b"\xe0", b"\xb0", b"\xba"
CUES, CUE, CUE_TIME, CUE_PLACE = b"\x1cS\xbbk", b"\xbb", b"\xb3", b"\xb7"
CUE_TRACK, CUE_CLUSTER = b"\xf7", b"\xf1"
CLUSTER, TIMECODE, BLOCK = b"\x1fC\xb6u", b"\xe7", b"\xa3"


def element(name, *parts):
    """An element of data, or of other elements; sizes take 8 bytes."""
    data = b"".join(parts)
    return name + (1 << 56 | len(data)).to_bytes(8, "big") + data


def number(name, value):
    """An unsigned integer, always in 8 bytes, so that places do not move."""
    return element(name, value.to_bytes(8, "big"))


def key_frame(webp):
    """The VP8 frame in a lossy WebP (RFC 9649)."""
    at = 12
    while at < len(webp):
        kind, size = webp[at:at + 4], int.from_bytes(webp[at + 4:at + 8], "little")
        if kind == b"VP8 ":
            return webp[at + 8:at + 8 + size]
        at += 8 + size + size % 2
    raise ValueError("no lossy picture")


def write_film(path, frames, width, height, room):
    """Write a film with a frame each second, in room bytes of the file each, of
    which most are a hole, and with a table at its beginning that says where they
    are."""
    info = element(INFO, number(SCALE, 1000000),
                   element(DURATION, struct.pack(">d", len(frames) * 1000.0)),
                   element(APP, b"test"), element(WRITER, b"test"))
    tracks = element(TRACKS, element(
        TRACK, number(TRACK_NUMBER, 1), number(TRACK_UID, 1), number(TRACK_TYPE, 1),
        element(CODEC, b"V_VP8"),
        element(VIDEO, number(WIDTH, width), number(HEIGHT, height))))

    def table(begin):
        return element(CUES, *(
            element(CUE, number(CUE_TIME, i * 1000), element(
                CUE_PLACE, number(CUE_TRACK, 1), number(CUE_CLUSTER, begin + i * room)))
            for i in range(len(frames))))

    begin = len(info) + len(tracks) + len(table(0))
    head = element(EBML, number(VERSION, 1), number(READ_VERSION, 1), number(ID_LENGTH, 4),
                   number(SIZE_LENGTH, 8), element(DOC_TYPE, b"webm"),
                   number(DOC_VERSION, 4), number(DOC_READ_VERSION, 2))
    with open(path, "wb") as file:
        file.write(head + SEGMENT)
        file.write((1 << 56 | begin + len(frames) * room).to_bytes(8, "big"))
        start = file.tell()
        file.write(info + tracks + table(begin))
        for second, frame in enumerate(frames):
            file.seek(start + begin + second * room)
            cluster = element(CLUSTER, number(TIMECODE, second * 1000),
                              element(BLOCK, b"\x81\x00\x00\x80", frame))
            file.write(cluster + VOID)
            file.write((1 << 56 | room - len(cluster) - 9).to_bytes(8, "big"))
        file.truncate(start + begin + len(frames) * room)
