# SPDX-License-Identifier: MIT
"""A strict HTTP/1.1 client for tests, over plain sockets.

It never repairs anything: a response that RFC 9112 would not let a server
send fails the test that received it, whatever that test was about.
"""
import calendar
import os
import re
import select
import socket
import struct
import time

RUNNER = os.environ.get("RUNNER", "").split()
# An emulator is slow, and a bound here is only there to end a hung test.
TIMEOUT = 60.0 if RUNNER else 20.0

STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5][0-9][0-9]) ([\t -~]*)")
# A space behind the colon (RFC 9110 section 5.6.3), whatever the value is.
FIELD_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): [ \t]*"
                        rb"((?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*"
                        rb"[!-~\x80-\xff])?)?)[ \t]*")
ENTITY_TAG = re.compile(r'(W/)?"[!#-~\x80-\xff]*"')
LISTS = {"accept-ranges", "allow", "cache-control", "connection", "link",
         "vary"}
IMF_DATE = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-3]\d "
    r"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
    r"[0-2]\d:[0-5]\d:[0-6]\d GMT")


class Response:
    """One response as it was received."""

    def __init__(self, status, reason, fields):
        self.status = status
        self.reason = reason
        self.fields = fields
        self.body = b""

    def all(self, name):
        """Return the values of every field line called name."""
        return [v for n, v in self.fields if n.lower() == name.lower()]

    def get(self, name):
        """Return the value of the one field line called name, or None."""
        values = self.all(name)
        assert len(values) <= 1, f"{name} more than once: {self.fields}"
        return values[0] if values else None

    def says_close(self):
        """Whether the Connection field holds the option close."""
        options = ",".join(self.all("Connection")).lower().split(",")
        return "close" in [o.strip() for o in options]

    def summary(self):
        """Return what must not depend on when the bytes arrived.

        The boundary of parts is another in each second.
        """
        fields = [(n.lower(), v) for n, v in self.fields
                  if n.lower() != "date"]
        kind, _, boundary = (self.get("Content-Type") or "").partition("; boundary=")
        if not boundary:
            return self.status, fields, self.body
        fields = [(n, kind if n == "content-type" else v) for n, v in fields]
        return self.status, fields, self.body.replace(boundary.encode(), b"boundary")

    def __repr__(self):
        return f"<{self.status} {self.fields} {self.body[:120]!r}>"


def parse_head(head):
    """Parse the bytes of a response head without its last empty line."""
    lines = head.split(b"\r\n")
    status = STATUS_LINE.fullmatch(lines[0])
    assert status, f"bad status line {lines[0]!r}"
    fields = []
    for line in lines[1:]:
        field = FIELD_LINE.fullmatch(line)
        assert field, f"bad field line {line!r}"
        fields.append((field[1].decode(), field[2].decode("latin-1")))
    return Response(int(status[1]), status[2].decode(), fields)


def seconds(date):
    """Return the time of an HTTP-date, which has to be an IMF-fixdate."""
    assert IMF_DATE.fullmatch(date or ""), f"date {date!r}"
    return calendar.timegm(time.strptime(date, "%a, %d %b %Y %H:%M:%S GMT"))


def check_fields(res):
    """Assert what holds for the fields of a response.

    RFC 9110 sections 5.3 (once, unless it is a list), 5.6.1 (no empty
    elements), 8.4, 8.8 and 14.4.
    """
    names = [name.lower() for name, _ in res.fields]
    # RFC 9110 section 5.3: Set-Cookie is the one exception.
    singles = [name for name in names if name not in (*LISTS, "set-cookie")]
    assert len(set(singles)) == len(singles), f"a field twice: {res}"
    for name, value in res.fields:
        if name.lower() in LISTS:
            assert all(e.strip() for e in value.split(",")), res
    tag, changed = res.get("ETag"), res.get("Last-Modified")
    assert tag is None or ENTITY_TAG.fullmatch(tag), res
    assert changed is None or seconds(changed) <= seconds(res.get("Date")), res
    assert res.get("Content-Encoding") != "identity", res
    assert res.get("Connection") in (None, "close", "keep-alive"), res
    parts = (res.get("Content-Type") or "").startswith("multipart/byteranges")
    assert (res.get("Content-Range") is not None) \
        == (res.status == 416 or res.status == 206 and not parts), res


def check_response(res, head):
    """Assert what holds for every response of this server.

    RFC 9110 sections 6.6.1 (Date), 8.6 (Content-Length), 10.2.1 (Allow), RFC
    9111 section 5.1 (Age), RFC 9112 section 6.1 (Transfer-Encoding).
    """
    if res.status < 200:
        return
    check_fields(res)
    seconds(res.get("Date"))
    # A site may have a rule for it.
    assert res.get("X-Content-Type-Options"), res
    assert res.get("Server") is None, res
    coding = res.get("Transfer-Encoding")
    assert coding in (None, "chunked"), res
    assert res.get("Age") is None, f"an answer from a cache: {res}"
    if res.status == 204:
        assert res.get("Content-Length") is coding is None, res
    elif res.status != 304:
        assert (res.get("Content-Length") is None) == bool(coding), res
    if res.status == 405:
        assert res.get("Allow"), f"405 without Allow: {res}"
    if res.status >= 400:
        assert res.get("Content-Type") in (
            "text/html; charset=utf-8", "application/json"), res
        assert head or len(res.body) > 0, f"error without a page: {res}"


class Client:
    """One connection: to host and port, or to the path of a socket."""

    def __init__(self, address, timeout=TIMEOUT, rcvbuf=None):
        local = isinstance(address, str)
        self.sock = socket.socket(socket.AF_UNIX if local else
                                  socket.AF_INET6 if ":" in address[0] else
                                  socket.AF_INET)
        self.sock.settimeout(timeout)
        if rcvbuf:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        if not local:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.connect(address)
        self.buf = b""
        self.interim = 0

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.sock.close()

    def close(self):
        """Close the connection in the ordinary way."""
        self.sock.close()

    def reset(self):
        """Close with RST, discarding what is under way."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))
        self.sock.close()

    def send(self, data):
        """Send bytes; a text is ASCII."""
        self.sock.sendall(data.encode() if isinstance(data, str) else data)

    def try_send(self, data):
        """Send bytes to a server that may have closed; tell whether it went."""
        try:
            self.send(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def fin(self):
        """Half-close: no more requests will come."""
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def fill(self):
        """Receive some more; False at the end of the stream."""
        data = self.sock.recv(262144)
        self.buf += data
        return bool(data)

    def take(self, count):
        """Return exactly count bytes of the stream."""
        parts, have = [self.buf], len(self.buf)
        while have < count:
            data = self.sock.recv(262144)
            assert data, f"closed after {have} of {count} bytes"
            parts.append(data)
            have += len(data)
        whole = b"".join(parts)
        self.buf = whole[count:]
        return whole[:count]

    def head(self):
        """Return the next response's head."""
        while b"\r\n\r\n" not in self.buf:
            assert self.fill(), f"closed within a head: {self.buf!r}"
        head, self.buf = self.buf.split(b"\r\n\r\n", 1)
        return parse_head(head)

    def line(self):
        """Return the next line of the stream."""
        while b"\r\n" not in self.buf:
            assert self.fill(), f"closed within a line: {self.buf!r}"
        line, self.buf = self.buf.split(b"\r\n", 1)
        return line

    def chunks(self):
        """Return a chunked body (RFC 9112 section 7.1), no trailers in it."""
        body = b""
        while True:
            size = self.line()
            assert re.fullmatch(rb"[0-9a-f]{1,8}", size), size
            data = self.take(int(size, 16) + 2)
            assert data.endswith(b"\r\n"), data[-20:]
            if len(data) == 2:
                return body
            body += data[:-2]

    def response(self, head=False, interim=False):
        """Return the next response, by default the next final one."""
        res = self.head()
        while res.status < 200 and not interim:
            self.interim += 1
            res = self.head()
        bodyless = head or res.status < 200 or res.status in (204, 304)
        if not bodyless and res.get("Transfer-Encoding") == "chunked":
            res.body = self.chunks()
        elif not bodyless:
            res.body = self.take(int(res.get("Content-Length")))
        check_response(res, head)
        return res

    def get(self, target, *fields, method="GET"):
        """Send a request of HTTP/1.1 and return its response."""
        self.send(request(target, *fields, method=method))
        return self.response(head=method == "HEAD")

    def expect_eof(self):
        """Assert that the server closes properly and sends nothing more."""
        while self.fill():
            pass
        assert self.buf == b"", f"bytes after the last response: {self.buf!r}"

    def quiet(self, seconds=0.0):
        """Whether neither bytes nor an end have come within seconds."""
        if self.buf:
            return False
        poll = select.poll()  # select() stops at descriptor 1023
        poll.register(self.sock, select.POLLIN)
        return not poll.poll(seconds * 1000)


def request(target, *fields, method="GET"):
    """Return the bytes of a request with Host and the given field lines."""
    lines = [f"{method} {target} HTTP/1.1", "Host: test", *fields, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def post(target, body, *fields):
    """A request with a body of known length."""
    return request(target, f"Content-Length: {len(body)}", *fields,
                   method="POST") + body


def chunked(target, *pieces, method="POST", fields=()):
    """A request with a body in chunks."""
    body = b"".join(b"%x\r\n%b\r\n" % (len(p), p)
                    for p in (*filter(None, pieces), b""))
    return request(target, "Transfer-Encoding: chunked", *fields,
                   method=method) + body


def fetch(address, target, *fields, method="GET"):
    """One request on a connection of its own."""
    with Client(address) as client:
        return client.get(target, *fields, method=method)


def wait_for(condition, what, timeout=TIMEOUT, step=0.01):
    """Poll until condition() holds and return its value."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"not within {timeout} s: {what}"
        time.sleep(step)
