# SPDX-License-Identifier: MIT
"""hello: the smallest server, one connection at a time."""
import re
import select
import socket
import subprocess

import pytest

from harness import HELLO, clean_env, run
from wire import TIMEOUT, Client, wait_for

PAGE = b"<h1>hello world</h1>"
ADDRESS = re.compile(r"127\.0\.0\.1:(\d+)")


class Hello:
    """A running hello whose output is collected in files."""

    def __init__(self, folder):
        self.stdout = folder / "stdout"
        self.stderr = folder / "stderr"
        with open(self.stdout, "wb") as out, open(self.stderr, "wb") as err:
            self.proc = subprocess.Popen(
                [*HELLO, "127.0.0.1:0"], stdin=subprocess.DEVNULL,
                stdout=out, stderr=err, env=clean_env())
        try:
            self.port = wait_for(self.find_port, "its address")
        except BaseException:
            self.stop()
            raise
        self.address = ("127.0.0.1", self.port)
        self.start = len(self.lines())

    def find_port(self):
        """Return the port it says it listens on, or None so far."""
        text = self.stdout.read_text() + self.stderr.read_text()
        assert self.proc.poll() is None, f"ended at once: {text!r}"
        found = ADDRESS.search(text)
        return int(found[1]) if found and text.endswith("\n") else None

    def lines(self):
        """Return what it has printed so far."""
        return self.stdout.read_bytes().splitlines()

    def stop(self):
        """End it: it knows no other way than a signal."""
        self.proc.terminate()
        self.proc.wait(TIMEOUT)


@pytest.fixture(scope="module")
def hello(tmp_path_factory):
    """One hello for the whole module: nothing may end it."""
    program = Hello(tmp_path_factory.mktemp("hello"))
    yield program
    assert program.proc.poll() is None, "it has ended by itself"
    program.stop()
    for line in program.stderr.read_text().splitlines():
        # Clients that went away, by call and errno, and nothing else.
        assert re.fullmatch(r"hello: \w+.*: E[A-Z]+\b.*", line), line


def ask(hello, data):
    """Send bytes, assert a proper answer and its end; return it."""
    with Client(hello.address) as client:
        client.send(data)
        head = client.head()
        assert head.get("Connection") == "close"
        body = client.take(int(head.get("Content-Length")))
        client.expect_eof()
    return head, body


def ask_page(hello, data):
    """Assert that a request is answered with the page."""
    head, body = ask(hello, data)
    assert head.status == 200
    assert re.fullmatch(r"text/html(; charset=utf-8)?",
                        head.get("Content-Type"))
    assert body == PAGE


@pytest.mark.quick
@pytest.mark.parametrize("data", [
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.0\r\n\r\n",
    b"GET /any/path?query HTTP/1.1\r\nHost: a\r\nX: y\r\nEmpty:\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    b"PUT /x HTTP/1.1\r\nHost: a\r\ncontent-length:5\r\n\r\nhello",
    b"DELETE /x HTTP/1.1\r\nHost: a\r\n\r\n"])
def test_page(hello, data):
    """Any request that parses."""
    ask_page(hello, data)


@pytest.mark.quick
@pytest.mark.parametrize("data", [
    b"nonsense\r\n\r\n", b"GET /\r\n\r\n", b"GET / HTTP/1.1 \r\n\r\n",
    b"GET / HTTQ/1.1\r\n\r\n", b" / HTTP/1.1\r\n\r\n", b"\x16\x03\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
    b"GET / HTTP/1.1\r\n: empty\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
    b"Content-Length: 2\r\n\r\nxy"])
def test_bad_request(hello, data):
    """400 for what does not parse, and it goes on."""
    assert ask(hello, data)[0].status == 400
    ask_page(hello, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")


@pytest.mark.quick
@pytest.mark.parametrize("data", [
    b"POST / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"PUT / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"])
def test_length_required(hello, data):
    """RFC 9110 section 15.5.12."""
    assert ask(hello, data)[0].status == 411


def test_head_too_long(hello):
    """A head that does not fit its buffer is refused, not overrun."""
    with Client(hello.address) as client:
        client.try_send(b"GET / HTTP/1.1\r\nX: " + b"y" * 100000)
        client.fin()
        try:
            while client.fill():
                pass
        except ConnectionResetError:
            pass
        assert not client.buf or re.match(rb"HTTP/1\.1 4\d\d ", client.buf)
    ask_page(hello, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")


def test_pieces(hello):
    """Head and body in pieces of one byte; the whole body is read."""
    data = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
    with Client(hello.address) as client:
        for byte in data[:-1]:
            client.send(bytes([byte]))
        assert client.quiet(0.2), "answered before the end of the body"
        client.send(data[-1:])
        assert client.head().status == 200


def test_large_body(hello):
    """A body that is larger than any buffer of a small program."""
    body = b"x" * 1000000
    ask_page(hello, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: "
             b"1000000\r\n\r\n" + body)


def test_client_that_goes_away(hello):
    """Neither an end nor a reset within a request ends the program."""
    for part in (b"", b"GET /", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                 b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"):
        for reset in (False, True):
            client = Client(hello.address)
            client.send(part)
            client.reset() if reset else client.close()
    ask_page(hello, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")


@pytest.mark.quick
def test_prints_each_request(hello):
    """Method, target and protocol, one line each; no control bytes."""
    count = len(hello.lines())
    ask_page(hello, b"GET /shown?x HTTP/1.1\r\nHost: a\r\n\r\n")
    ask(hello, b"GET /\x1b[31m HTTP/1.1\r\nHost: a\r\n\r\n")
    line = wait_for(lambda: hello.lines()[count:], "its line")[0]
    assert b"GET" in line and b"/shown?x" in line and b"HTTP/1.1" in line
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]",
                         hello.stdout.read_bytes())


def test_one_after_the_other(hello):
    """While one connection is open the next one waits, and is served."""
    with Client(hello.address) as first, Client(hello.address) as second:
        second.send(b"GET /second HTTP/1.1\r\nHost: a\r\n\r\n")
        assert not select.select([second.sock], [], [], 0.2)[0]
        first.send(b"GET /first HTTP/1.1\r\nHost: a\r\n\r\n")
        assert first.head().status == 200
        assert second.head().status == 200


@pytest.mark.quick
@pytest.mark.parametrize("address", [
    "nonsense", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "1.2.3:80",
    "127.0.0.1:65536", "256.0.0.1:80", "127.0.0.1:80x", ""])
def test_bad_address(address):
    """One line on stderr, exit status 2."""
    done = run([*HELLO, address])
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("hello: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.quick
def test_port_in_use():
    """A failed call is reported by its name and its errno's."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run([*HELLO, where])
    assert done.returncode == 1
    assert re.fullmatch(r"hello: bind\b.*: EADDRINUSE.*\n", done.stderr)
