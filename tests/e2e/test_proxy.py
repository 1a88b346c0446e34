# SPDX-License-Identifier: MIT
"""Behind proxies: whose a request is, by X-Forwarded-For and PROXY."""
import re
import socket
import struct
import time

import pytest

from harness import LOG_LINE, SCRATCHD, run
from wire import request, wait_for

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def version2(source, command=1, more=b""):
    """A header of version 2 from a client at source."""
    if source is None:
        family, body = 0, b""
    elif ":" in source:
        family = 0x21
        body = (socket.inet_pton(socket.AF_INET6, source)
                + socket.inet_pton(socket.AF_INET6, "::1")
                + struct.pack("!HH", 1234, 80))
    else:
        family = 0x11
        body = (socket.inet_aton(source) + socket.inet_aton("192.0.2.80")
                + struct.pack("!HH", 1234, 80))
    body += more
    return SIGNATURE + bytes([0x20 | command, family]) \
        + struct.pack("!H", len(body)) + body


def version1(source):
    """A header of version 1 from a client at source."""
    return f"PROXY TCP4 {source} 192.0.2.80 1234 80\r\n".encode()


def clients(server, count):
    """Return the first field of count log lines."""
    wait_for(lambda: len(server.log()) >= count, f"{count} lines")
    lines = [LOG_LINE.fullmatch(line) for line in server.log()]
    assert len(lines) == count and all(lines)
    return [line[1].decode() for line in lines]


@pytest.fixture
def proxied(start, tree):
    """A server that wants a PROXY header; server.address is plain."""
    server = start("--workers", "1", "--listen", "127.0.0.1:0,proxy",
                   "--header-timeout", "1", root=tree)
    said = server.stderr.read_text()
    port = re.search(r"listening on 127\.0\.0\.1:(\d+),proxy\n", said)[1]
    server.address = ("127.0.0.1", int(port))
    return server


@pytest.mark.quick
@pytest.mark.parametrize("header, want", [
    (version1("198.51.100.7"), "198.51.100.7"),
    (b"PROXY TCP6 2001:db8::7 ::1 1 2\r\n", "2001:db8::7"),
    (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
    (version2("198.51.100.8"), "198.51.100.8"),
    (version2("2001:db8::8", more=b"\x04\0\x03abc"), "2001:db8::8"),
    (version2("198.51.100.8", command=0), "127.0.0.1"),
    (version2(None), "127.0.0.1")])
def test_header(proxied, header, want):
    """The client that it names is logged, for each request that follows."""
    with proxied.client() as client:
        client.send(header + request("/probe.txt") * 2)
        for _ in range(2):
            assert client.response().body == b"probe\n"
        assert client.get("/letters.txt").status == 200
    assert clients(proxied, 3) == [want] * 3


@pytest.mark.parametrize("header", [version1("198.51.100.7"),
                                    version2("198.51.100.7", more=bytes(90))])
def test_in_pieces(proxied, header):
    """Byte by byte, and the request as well."""
    with proxied.client() as client:
        for byte in header + request("/probe.txt"):
            client.send(bytes([byte]))
        assert client.response().status == 200
        client.send(request("/probe.txt"))
        assert client.response().status == 200
    assert clients(proxied, 2) == ["198.51.100.7"] * 2


def test_header_alone_then_request(proxied):
    """The request may come later."""
    with proxied.client() as client:
        client.send(version2("198.51.100.9"))
        assert client.quiet(0.05)
        client.send(request("/probe.txt"))
        assert client.response().status == 200
    assert clients(proxied, 1) == ["198.51.100.9"]


@pytest.mark.quick
@pytest.mark.parametrize("data", [
    request("/probe.txt"), b"PROXY TCP4 1.2.3.4\r\n" + request("/"),
    b"PROXY TCP4 1.2.3 192.0.2.1 1 2\r\n" + request("/"),
    b"PROXY TCP4 1.2.3.4 192.0.2.1 1 2\n" + request("/"),
    b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + bytes(200),
    SIGNATURE + b"\x31\x11\0\x0c" + bytes(12) + request("/"),
    SIGNATURE + b"\x21\x11\0\x05" + bytes(5) + request("/"),
    SIGNATURE + b"\x21\x11\xff\xff" + bytes(65535) + request("/")],
    ids=["none", "short", "address", "lf", "tls", "version", "length",
         "large"])
def test_malformed(proxied, data):
    """Without a proper header nothing is answered, and nothing is logged."""
    with proxied.client() as client:
        client.try_send(data)
        try:
            client.expect_eof()
        except ConnectionResetError:
            pass
    proxied.stop()
    assert proxied.log() == []


def test_deadline(proxied):
    """The header has the time that a head has; so has the head behind it."""
    pieces = (b"", b"PROXY TCP4 1.2.3.4 ", SIGNATURE[:7],
              version1("192.0.2.1"), version1("192.0.2.1") + b"GET /")
    opened = [proxied.client() for _ in pieces]
    began = time.monotonic()
    for client, piece in zip(opened, pieces):
        client.send(piece)
    assert opened[-1].response().status == 408
    for client in opened:
        client.expect_eof()
        client.close()
    assert 0.8 < time.monotonic() - began < 20
    assert clients(proxied, 1) == ["192.0.2.1"]


def test_header_only_where_it_is_wanted(server):
    """Elsewhere it is a bad request: nobody may say who he is."""
    for header in (version1("198.51.100.7"), version2("198.51.100.7")):
        res = server.ask(header + request("/probe.txt"))
        assert res.status == 400
    assert set(clients(server, 2)) == {"127.0.0.1"}


def test_second_header_is_a_request(proxied):
    """One header a connection."""
    with proxied.client() as client:
        client.send(version1("198.51.100.7") * 2 + request("/"))
        assert client.response().status == 400
        client.expect_eof()


def test_socket_file(start, tree, tmp_path):
    """unix:PATH,proxy: the way a proxy on the same machine comes."""
    path = str((tmp_path / "s").relative_to("/"))
    server = start("--listen", f"unix:/{path},proxy", root=tree)
    server.address = f"/{path}"
    with server.client() as client:
        client.send(version2("198.51.100.3") + request("/probe.txt"))
        assert client.response().status == 200
    assert clients(server, 1) == ["198.51.100.3"]


@pytest.mark.quick
def test_forwarded(start, tree):
    """From a trusted proxy the last address that is no proxy's counts."""
    server = start("--workers", "1", "--trusted-proxy", "127.0.0.0/8",
                   "--trusted-proxy", "10.0.0.0/8", root=tree)
    with server.client() as client:
        for value in ("198.51.100.1", "192.0.2.66, 198.51.100.2, 10.1.1.1",
                      "unknown", "192.0.2.66, unknown, 10.2.2.2"):
            client.get("/probe.txt", f"X-Forwarded-For: {value}")
        client.get("/probe.txt", "X-Forwarded-For: 198.51.100.3",
                   "X-Forwarded-For: 2001:db8::3")
        client.get("/probe.txt")
    assert clients(server, 6) == ["198.51.100.1", "198.51.100.2", "127.0.0.1",
                                  "10.2.2.2", "2001:db8::3", "127.0.0.1"]


@pytest.mark.quick
def test_forwarded_by_nobody(start, tree):
    """Without the option, or from another address, it is not believed."""
    field = "X-Forwarded-For: 198.51.100.1"
    plain = start(root=tree)
    other = start("--trusted-proxy", "10.0.0.0/8", root=tree)
    for server in (plain, other):
        assert server.get("/probe.txt", field).status == 200
        assert clients(server, 1) == ["127.0.0.1"]


def test_both(start, tree):
    """A load balancer with PROXY behind a cache with X-Forwarded-For."""
    server = start("--workers", "1", "--listen", "127.0.0.1:0,proxy",
                   "--trusted-proxy", "198.51.100.0/24", root=tree)
    port = re.search(r":(\d+),proxy\n", server.stderr.read_text())[1]
    server.address = ("127.0.0.1", int(port))
    for peer in ("198.51.100.7", "192.0.2.7"):
        with server.client() as client:
            client.send(version1(peer))
            client.get("/probe.txt", "X-Forwarded-For: 203.0.113.5")
    assert clients(server, 2) == ["203.0.113.5", "192.0.2.7"]


@pytest.mark.parametrize("args, reason", [
    (["--trusted-proxy", "10.0.0.0/33"], "not a number of bits"),
    (["--trusted-proxy", "example.org"], "not a numeric address"),
    (["--trusted-proxy", ""], "not a numeric address"),
    (["--listen", ",proxy"], "not a"), (["--listen", "80,prox"], "not a"),
    (["--metrics", "127.0.0.1:1,proxy"], "not a port")])
def test_wrong_values(args, reason):
    """One line, and the reason."""
    done = run([*SCRATCHD, *args, "."])
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and reason in done.stderr
