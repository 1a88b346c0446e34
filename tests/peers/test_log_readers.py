# SPDX-License-Identifier: MIT
"""The access log, read by a program that others wrote for other servers."""
import json
import random
import subprocess

import pytest

from harness import Server
from wire import Client, wait_for

# What is no request, or would end a field or a line of the log.
HOSTILE = [
    b"\x16\x03\x01\x02\0\x01\r\n\r\n", b"\r\n\r\n\0\r\n\r\n", b"nothing\r\n\r\n",
    b"GET /x\r\n\r\n", b"GET /x HTTP/3.0 \"\r\n\r\n", b"GET  HTTP/1.1\r\n\r\n",
    b'G"T / HTTP/1.1\r\nHost: a\r\n\r\n', b"GET /%0a%22 HTTP/1.1\r\nHost: a\r\n\r\n",
    b'GET /" 200 5 "-" "-" HTTP/1.1\r\nHost: a\r\n\r\n',
    b'GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: "\r\nReferer: \\\r\n\r\n',
    b"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: \r\nReferer: \r\n\r\n",
    b"GET /?" + b'"' * 6000 + b" HTTP/1.1\r\nHost: a\r\nReferer: "
    + b"<" * 3000 + b"\r\n\r\n",
    b"M" * 5000 + b" / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /" + b"x" * 20000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"]


def goaccess(data, *options):
    """What goaccess says about a log: the general part of its report, in which
    it decodes what targets have encoded, UTF-8 or not."""
    done = subprocess.run(
        ["goaccess", "-", "--log-format=COMBINED", "--no-global-config",
         "--output=json", *options], input=data, capture_output=True,
        timeout=60, check=True)
    return json.loads(done.stdout.decode(errors="replace"))["general"]


def test_goaccess(tree, tmp_path):
    """Every line is understood, whatever stands in it."""
    server = Server(tmp_path, "--workers", "1", root=tree)
    try:
        with server.client() as client:
            client.get("/probe.txt", "User-Agent: Mozilla/5.0 \"quoted\\")
            client.get("/nosuch?a=\"b", "Referer: http://r.example/\u00e9 x")
            client.get("/letters.txt", "Range: bytes=0-4")
            client.get("/letters.txt", method="HEAD")
            client.get("/docs")
            client.send("DELETE / HTTP/1.0\r\n\r\n")
            client.response()
        data = wait_for(lambda: server.stdout.read_bytes().count(b"\n") == 6
                        and server.stdout.read_bytes(), "six lines")
    finally:
        server.stop()
    report = goaccess(data)
    assert report["total_requests"] == report["valid_requests"] == 6
    assert report["failed_requests"] == 0
    assert report["unique_not_found"] == 1


def hostile(count):
    """These, and then requests with random bytes where bytes may stand."""
    chosen = random.Random(1)
    yield from HOSTILE
    for _ in range(count - len(HOSTILE)):
        value = bytes(chosen.choice(b"\"\\/ \xc2\x80\xe2\xa8\xff<aA\x1b\t%[]-")
                      for _ in range(chosen.randrange(1, 60)))
        where = chosen.choice([b"GET /?%b HTTP/1.1\r\n", b"%b / HTTP/1.1\r\n",
                               b"GET / HTTP/1.1\r\nUser-Agent: %b\r\n",
                               b"GET / HTTP/1.1\r\nReferer: %b\r\n"])
        yield where % value + b"Host: a\r\n\r\n"


@pytest.mark.parametrize("options", [[], ["--no-ip-validation"]],
                         ids=["tcp", "unix"])
def test_goaccess_hostile(tree, tmp_path, options):
    """Whatever a client sends, a line is a line. The client of a socket file
    has no address, which goaccess has to be told."""
    count = 200
    server = Server(tmp_path, "--workers", "1", "--listen",
                    f"unix:{tmp_path}/s", root=tree)
    address = server.address if not options else str(tmp_path / "s")
    try:
        for data in hostile(count):
            with Client(address) as client:
                client.try_send(data)
                client.response()
        data = wait_for(lambda: server.stdout.read_bytes().count(b"\n") == count
                        and server.stdout.read_bytes(), f"{count} lines")
    finally:
        server.stop()
    report = goaccess(data, *options)
    assert report["total_requests"] == report["valid_requests"] == count
    assert report["failed_requests"] == 0
    if options:
        with pytest.raises(subprocess.CalledProcessError) as refused:
            goaccess(data)
        assert b"'unix:' doesn't match specifier '%h'" in refused.value.stderr
