# SPDX-License-Identifier: MIT
"""The same requests to this server and to nginx, of the same tree: status and
key fields agree, but for the differences that are listed with a reason."""
import re
import socket
from urllib.parse import urljoin, urlsplit

import pytest

from compared import GZIP, LATER, REQUESTS, ask
from differences import DIFFERENCES

# By request: the keys that differ, in order.
EXPECTED = {name: keys for _, keys, names in DIFFERENCES for name in names}
BODILESS = (204, 304)
KEYS = ["content-type", "content-length", "content-range", "accept-ranges",
        "last-modified", "location", "content-encoding", "vary"]
PROBE = b"GET /probe.txt HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"


class Stream:
    """A connection, read without strictness: one end of it is not ours."""

    def __init__(self, address):
        self.sock = socket.create_connection(address, 20)
        self.buf = b""

    def fill(self):
        """Receive some more; False at the end."""
        try:
            data = self.sock.recv(1 << 20)
        except ConnectionResetError:
            return False
        self.buf += data
        return bool(data)

    def read(self, head):
        """Return status, fields and body of the next response, or None."""
        while b"\r\n\r\n" not in self.buf:
            if not self.fill():
                return None
        text, self.buf = self.buf.split(b"\r\n\r\n", 1)
        lines = text.decode("latin-1").split("\r\n")
        status = int(re.match(r"HTTP/1\.1 (\d{3}) ", lines[0])[1])
        if status < 200:
            return self.read(head)
        fields = {n.lower(): v.strip() for n, v in
                  (line.split(":", 1) for line in lines[1:])}
        length = int(fields.get("content-length", 0))
        if head or status in BODILESS:
            length = 0
        while len(self.buf) < length and self.fill():
            pass
        body, self.buf = self.buf[:length], self.buf[length:]
        return status, fields, body


def read_parts(kind, body):
    """Each part of multipart/byteranges: its type, its place and its bytes."""
    mark = b"\r\n--" + kind.split("boundary=")[1].encode()
    pieces = (b"\r\n" + body).split(mark)
    assert pieces[-1] == b"--\r\n"
    parts = []
    for piece in pieces[1:-1]:
        fields, content = piece[2:].split(b"\r\n\r\n", 1)
        lines = sorted(fields.decode().lower().split("\r\n"))
        parts.append((lines, content))
    return parts


def observe(address, data):
    """What a server answers, as a table of what is to be compared."""
    stream = Stream(address)
    stream.sock.sendall(data)
    answer = stream.read(data.startswith(b"HEAD "))
    if not answer:
        return {"status": "none"}
    status, fields, body = answer
    seen = {key: fields.get(key) for key in KEYS}
    kind = seen["content-type"] or ""
    seen["content-type"] = kind.split(";")[0]
    if kind.startswith("multipart/"):  # of which the boundaries differ
        del seen["content-length"]
        body = body and read_parts(kind, body)
    if seen["location"]:
        target = data.split(b" ")[1].decode("latin-1")
        base = urljoin("http://test/", target)
        url = urlsplit(urljoin(base, seen["location"]))
        seen["location"] = f"{url.path}?{url.query}"
    if status >= 300:  # the text of such a page is each one's own
        del seen["content-length"], seen["content-type"]
    try:
        stream.sock.sendall(PROBE)
        after = stream.read(False)
    except OSError:
        after = None
    stream.sock.close()
    return {"status": status, "etag": "etag" in fields, **seen,
            "body": body if status < 300 else None,
            "open": bool(after and after[0] == 200)}


@pytest.mark.parametrize("name", REQUESTS)
def test_same_as_nginx(server, nginx, name):
    """Status, key fields, body, and whether the connection goes on."""
    ours = observe(server.address, REQUESTS[name])
    theirs = observe(nginx.address, REQUESTS[name])
    differ = {key: (ours.get(key), theirs.get(key))
              for key in ours | theirs if ours.get(key) != theirs.get(key)}
    assert " ".join(sorted(differ)) == EXPECTED.get(name, ""), differ


def test_list():
    """Enough is compared, and no difference is listed for nothing."""
    assert len(REQUESTS) >= 150
    names = [name for _, _, some in DIFFERENCES for name in some]
    assert set(names) <= set(REQUESTS) and len(set(names)) == len(names)


def statuses_of_own_tags(address, target, first, field):
    """Ask for a target, and again about the entity tag that it has."""
    def answer(*fields):
        stream = Stream(address)
        stream.sock.sendall(ask(target, *fields))
        got = stream.read(False)
        stream.sock.close()
        return got

    tag = answer(*first)[1]["etag"]
    return [answer(field.format(tag))[0],
            answer(*first, field.format(tag))[0]]


@pytest.mark.parametrize("field", [
    "If-None-Match: {}", "If-None-Match: W/{}", "If-None-Match: \"x\", {}",
    "If-Match: {}", "If-Match: W/{}", "If-Match: \"x\",{}",
    "If-Range: {}\r\nRange: bytes=0-4", "If-Range: W/{}\r\nRange: bytes=0-4",
    "If-Range: {}\r\nRange: bytes=0-4,200-204",
    "If-None-Match: \"x\"\r\nIf-Modified-Since: " + LATER])
@pytest.mark.parametrize("target", ["/letters.txt", "/medium.bin"])
def test_own_entity_tag(server, nginx, target, field):
    """Each is asked about the entity tag that it gave out."""
    ours, theirs = (statuses_of_own_tags(p.address, target, [], field)
                    for p in (server, nginx))
    assert ours == theirs


@pytest.mark.parametrize("field", [
    "If-None-Match: {}", "If-None-Match: W/{}", "If-None-Match: \"x\", {}",
    "If-Match: {}", "If-Match: W/{}", "If-Match: \"x\",{}"])
def test_own_entity_tag_of_a_compressed_form(server, nginx, field):
    """Asked for the plain form, and for the one that has the tag."""
    ours, theirs = (statuses_of_own_tags(p.address, "/packed.css", [GZIP], field)
                    for p in (server, nginx))
    assert ours == theirs
    assert ours[0] != ours[1] or "W/" in field


def test_entity_tag_goes_before_date(server):
    """Section 13.2.2; nginx wants both to hold and answers 200."""
    stream = Stream(server.address)
    stream.sock.sendall(ask("/letters.txt"))
    tag = stream.read(False)[1]["etag"]
    stream.sock.sendall(ask(
        "/letters.txt", f"If-None-Match: {tag}",
        "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT"))
    assert stream.read(False)[0] == 304
    stream.sock.close()
