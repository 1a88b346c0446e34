# SPDX-License-Identifier: MIT
"""The access log: Combined Log Format, one whole line per request."""
import calendar
import contextlib
import fcntl
import os
import re
import select
import signal
import subprocess
import threading
import time

import pytest

from harness import LISTENING, LOG_LINE, SCRATCHD, check_log, clean_env
from wire import TIMEOUT, Client, request, wait_for


def logged(server, count):
    """Wait for count lines and return them, parsed."""
    lines = wait_for(lambda: len(server.log()) >= count and server.log(),
                     f"{count} log lines")
    assert len(lines) == count, lines
    found = [LOG_LINE.fullmatch(line) for line in lines]
    assert all(found), lines
    return [f.groups() for f in found]


@pytest.mark.quick
def test_fields(start, tree):
    """Each field of the line, for answers of several kinds."""
    server = start(root=tree)
    begin = int(time.time())
    with server.client() as client:
        client.get("/letters.txt?a=b", "Referer: http://r.example/x y",
                   "User-Agent: Agent/1.0 (test; \\back)")
        client.get("/letters.txt", "Range: bytes=0-4")
        client.get("/letters.txt", method="HEAD")
        client.get("/letters.txt", "If-None-Match: *")
        client.get("/nosuch")
        client.send("DELETE /letters.txt HTTP/1.0\r\n\r\n")
        client.response()
    lines = logged(server, 6)
    assert {line[0] for line in lines} == {b"127.0.0.1"}
    for line in lines:
        when = calendar.timegm(time.strptime(line[1].decode(),
                                             "%d/%b/%Y:%H:%M:%S +0000"))
        assert begin - 1 <= when <= time.time() + 1
    first = lines[0]
    assert first[2] == b"GET /letters.txt?a=b HTTP/1.1"
    assert (first[3], first[4]) == (b"200", b"26")
    assert first[5] == b"http://r.example/x y"
    assert first[6] in (b"Agent/1.0 (test; \\x5cback)",
                        b"Agent/1.0 (test; \\\\back)")
    assert [line[3] for line in lines[1:]] == [b"206", b"200", b"304",
                                               b"404", b"405"]
    assert lines[1][4] == b"5"
    assert lines[2][4] in (b"0", b"-")
    assert lines[3][4] in (b"0", b"-")
    assert lines[5][2] == b"DELETE /letters.txt HTTP/1.0"
    assert (lines[1][5], lines[1][6]) == (b"-", b"-")


@pytest.mark.parametrize("raw, shown", [
    (b'a"b', b"a\\x22b"), (b"tab\there", b"tab\\x09here"),
    (b"\xe4\xff", b"\\xe4\\xff"), (b'" 200 5 "', b"\\x22 200 5 \\x22")])
def test_escapes(start_shared, tree, raw, shown):
    """Nothing that a client sends can end the field or the line, or reach
    a terminal."""
    server = start_shared(root=tree)
    with server.client() as client:
        client.send(b"GET /probe.txt HTTP/1.1\r\nHost: a\r\nUser-Agent: "
                    + raw + b"\r\n\r\n")
        client.response()
    assert logged(server, 1)[0][6] == shown


@pytest.mark.parametrize("data", [
    b"GET /\x1b[31m HTTP/1.1\r\nHost: a\r\n\r\n",
    b'GET /" 200 "\n HTTP/1.1\r\n\r\n',
    b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost : a\r\n\r\n"])
def test_refused_requests_are_logged_safely(start_shared, tree, data):
    """What cannot be parsed has a line, too, and it is one line."""
    server = start_shared(root=tree)
    with server.client() as client:
        client.send(data)
        assert client.response().status == 400
    assert logged(server, 1)[0][3] == b"400"


def test_long_fields_are_cut(start, tree):
    """A line has at most 4,096 bytes."""
    server = start(root=tree)
    with server.client() as client:
        client.get("/probe.txt?" + "q" * 6000, "User-Agent: " + "u" * 6000)
        client.get("/probe.txt", "User-Agent: " + "\t\xff".join("x" * 2000))
    wait_for(lambda: len(server.log()) == 2, "two log lines")
    for line in server.log():
        assert len(line) < 4096
        assert LOG_LINE.fullmatch(line), line


@pytest.mark.quick
def test_one_line_per_request(start, tree):
    """Under load from many connections: every request once, lines whole."""
    server = start("--workers", "2", root=tree)

    def ask(name):
        with Client(server.address) as client:
            for burst in range(10):
                client.send(b"".join(request(f"/probe.txt?{name}-{burst}-{n}")
                                     for n in range(20)))
                for _ in range(20):
                    client.response()

    threads = [threading.Thread(target=ask, args=(n,), daemon=True)
               for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)
    seen = [line[2] for line in logged(server, 1600)]
    assert len(set(seen)) == 1600


def test_off(start, tree):
    """--access-log off."""
    server = start("--access-log", "off", root=tree)
    assert server.get("/probe.txt").status == 200
    server.stop()
    assert server.log() == []


def test_last_lines_are_written(start, tree):
    """What was answered before SIGTERM is in the log at the end."""
    server = start("--workers", "2", root=tree)
    for _ in range(50):
        server.get("/probe.txt")
    server.stop()
    assert len(server.log()) == 50


def fill(writer):
    """Leave a pipe no room.

    A file description of our own is filled, so that the flags of the one
    that the server gets are as a shell would leave them.
    """
    filler = os.open(f"/proc/self/fd/{writer}", os.O_WRONLY | os.O_NONBLOCK)
    for piece in (65536, 1):
        try:
            while True:
                os.write(filler, b"x" * piece)
        except BlockingIOError:
            pass
    os.close(filler)


def full_pipe():
    """Return both ends of a pipe without room; the write end blocks."""
    reader, writer = os.pipe()
    fill(writer)
    return reader, writer


@pytest.mark.quick
def test_full_pipe_blocks_nobody(start, tree):
    """A log that nobody reads stops no request, and the flags of the
    descriptor, which others share, are left alone."""
    reader, writer = full_pipe()
    server = start("--workers", "1", root=tree, stdout=writer,
                   errors_ok=True)
    with server.client() as client:
        for _ in range(2000):
            client.send(request("/probe.txt"))
            assert client.response().body == b"probe\n"
    assert not fcntl.fcntl(writer, fcntl.F_GETFL) & os.O_NONBLOCK
    server.stop()
    os.close(writer)
    os.close(reader)


@pytest.mark.parametrize("kind", ["pipe"])
def test_slow_log_reader_gets_whole_lines(ends, start, tree):
    """Lines may be dropped, but none is torn."""
    log, writer = ends
    server = start("--workers", "2", root=tree, stdout=writer,
                   errors_ok=True)
    writer.close()
    for _ in range(30):
        with server.client() as client:
            client.send(request("/probe.txt?" + "q" * 900) * 40)
            for _ in range(40):
                assert client.response().status == 200
    log.thread.start()
    server.stop()
    data = log.finish()
    check_log(data)
    assert data


@pytest.mark.quick
@pytest.mark.parametrize("kind", ["pipe", "fifo"])
def test_reader_that_goes_away(ends, start, tree):
    """EPIPE is no reason to die, and what is lost is said once, at the end."""
    log, writer = ends
    server = start("--workers", "1", root=tree, stdout=writer,
                   errors_ok=True)
    writer.close()
    worker = server.workers()
    assert server.get("/probe.txt").status == 200
    wait_for(lambda: os.read(log.reader.fileno(), 4096), "the first line")
    log.reader.close()
    for _ in range(20):
        assert server.get("/probe.txt").status == 200
    assert server.workers() == worker
    server.stop()
    said = server.stderr.read_text()
    assert re.findall(r"access log: (\d+) line", said) == ["20"]


def test_closed_stdout(start, tree):
    """Closed standard descriptors: no socket takes their number."""
    server = start("--workers", "1", root=tree, errors_ok=True,
                   stdout=subprocess.DEVNULL,
                   preexec_fn=lambda: (os.close(0), os.close(1)))
    for _ in range(20):
        assert server.get("/probe.txt").body == b"probe\n"


@pytest.mark.parametrize("kind", ["fifo"])
def test_fifo(ends, start, tree):
    """A named pipe gets every line, like a pipe without a name."""
    log, writer = ends
    server = start("--workers", "1", root=tree, stdout=writer)
    writer.close()
    log.thread.start()
    for number in range(50):
        assert server.get(f"/probe.txt?{number}").status == 200
    wait_for(lambda: log.data.count(b"\n") == 50, "50 lines")
    server.stop()
    data = log.finish()
    check_log(data)
    seen = [LOG_LINE.fullmatch(line)[3] for line in data.splitlines()]
    assert seen == [b"GET /probe.txt?%d HTTP/1.1" % n for n in range(50)]


def bursts(address):
    """Requests whose log lines have 128 bytes, 32 of them at a time, so
    that a page holds exactly the lines of one burst, and then one."""
    line = ('127.0.0.1 - - [22/Nov/2026:21:33:23 +0000] '
            '"GET /probe.txt HTTP/1.1" 200 6 "-" ""\n')
    agent = "User-Agent: " + "u" * (128 - len(line))
    for count in (32, 32, 1):
        with Client(address) as client:
            client.send(request("/probe.txt", agent) * count)
            for _ in range(count):
                assert client.response().body == b"probe\n"


def read_lines(reader, count):
    """Return what comes from a pipe up to the end of so many lines."""
    data = b""
    while data.count(b"\n") < count:
        assert select.select([reader], [], [], TIMEOUT)[0], data[-200:]
        data += os.read(reader, 65536)
    return data


@contextlib.contextmanager
def started(tree, reader, **streams):
    """A server whose standard error goes to a pipe, and its address."""
    with subprocess.Popen([*SCRATCHD, "--listen", "127.0.0.1:0", "--workers",
                           "1", str(tree)], stdin=subprocess.DEVNULL,
                          env=clean_env(), start_new_session=True,
                          **streams) as server:
        try:
            said = ""
            while not LISTENING.search(said):
                said += os.read(reader, 4096).decode()
            yield server, ("127.0.0.1", int(LISTENING.search(said)[1]))
            server.terminate()
            assert server.wait(TIMEOUT) == 0
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGKILL)


def test_full_pipe_of_both_streams(tree):
    """Standard output and error are the same pipe (`2>&1 |`), and nobody
    reads; then there is room for some lines, but not for what is to be
    said of those that were lost."""
    reader, writer = os.pipe()
    with open(reader, "rb"), open(writer, "wb"), \
            started(tree, reader, stdout=writer, stderr=writer) as (_, address):
        bursts(address)
        fill(writer)
        bursts(address)
        for _ in range(4):
            assert len(os.read(reader, 4096)) == 4096
            bursts(address)


def test_count_waits_for_its_reader(tree):
    """Both are pipes that nobody reads; then somebody reads the log, and later
    standard error: how many lines were lost comes with no other request."""
    log, log_writer = os.pipe()
    reader, writer = os.pipe()
    with open(log, "rb"), open(log_writer, "wb"), open(reader, "rb"), \
            open(writer, "wb"), \
            started(tree, reader, stdout=log_writer, stderr=writer) as (
                _, address):
        fill(log_writer)
        fill(writer)
        for _ in range(12):  # more than a pipe of its own holds, too
            bursts(address)
        left = read_lines(log, 1)
        while select.select([log], [], [], 1)[0]:  # so that it tries, and waits
            left += os.read(log, 65536)
        assert 32 <= left.count(b"GET ") < 12 * 65
        said = read_lines(reader, 1).lstrip(b"x")
        assert said == b"scratchd: access log: %d lines were dropped, nobody " \
            b"took them\n" % (12 * 65 - left.count(b"GET "))
