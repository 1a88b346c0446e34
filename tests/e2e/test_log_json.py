# SPDX-License-Identifier: MIT
"""The access log as lines of JSON, read by Python and by jq."""
import calendar
import json
import random
import subprocess
import time

import pytest

from harness import check_log, run
from wire import request, wait_for

MEMBERS = ["time", "remote", "method", "target", "protocol", "status",
           "bytes", "duration", "referer", "user_agent"]


@pytest.fixture
def logging(start, tree):
    """A server that logs JSON, and what it logged: count objects."""
    server = start("--access-log", "json", root=tree)
    server.own_stdout = False  # it is not of the combined format

    def lines(count):
        data = wait_for(lambda: server.stdout.read_bytes().count(b"\n")
                        >= count and server.stdout.read_bytes(), "the log")
        assert data.count(b"\n") == count and data.endswith(b"\n")
        for line in data.splitlines():
            assert len(line) < 4096
            assert not any(byte < 0x20 or byte == 0x7f for byte in line)
        return [json.loads(line.decode("utf-8"))
                for line in data.splitlines()]

    server.lines = lines
    return server


@pytest.mark.quick
def test_members(logging):
    """Each of them, for answers of several kinds."""
    begin = int(time.time())
    with logging.client() as client:
        client.get("/letters.txt?a=b", "Referer: http://r.example/\"x",
                   "User-Agent: Agent/1.0 (\u00e9)")
        client.get("/letters.txt", "Range: bytes=0-4")
        client.get("/nosuch", method="HEAD")
        client.send("DELETE /letters.txt HTTP/1.0\r\n\r\n")
        client.response()
    lines = logging.lines(4)
    for line in lines:
        assert list(line) == MEMBERS
        when = calendar.timegm(time.strptime(line["time"],
                                             "%Y-%m-%dT%H:%M:%SZ"))
        assert begin - 1 <= when <= time.time() + 1
        assert line["remote"] == "127.0.0.1"
        assert 0 <= line["duration"] < 20
    first = lines[0]
    assert (first["method"], first["target"], first["protocol"]) == (
        "GET", "/letters.txt?a=b", "HTTP/1.1")
    assert (first["status"], first["bytes"]) == (200, 26)
    assert first["referer"] == 'http://r.example/"x'
    assert first["user_agent"] == "Agent/1.0 (\u00e9)"
    assert [line["status"] for line in lines] == [200, 206, 404, 405]
    assert lines[1]["bytes"] == 5 and lines[2]["bytes"] == 0
    assert (lines[1]["referer"], lines[1]["user_agent"]) == ("", "")
    assert (lines[3]["method"], lines[3]["protocol"]) == ("DELETE",
                                                          "HTTP/1.0")


def test_utf8_stays(logging):
    """What is UTF-8 is read back as it was; what is not shows its bytes."""
    with logging.client() as client:
        client.send("GET /probe.txt HTTP/1.1\r\nHost: a\r\nUser-Agent: "
                    "Gr\u00fc\u00dfe \u20ac \U0001f600\r\nReferer: "
                    .encode() + b"latin \xe4\xff \xe2\x80\r\n\r\n")
        client.response()
    line = logging.lines(1)[0]
    assert line["user_agent"] == "Gr\u00fc\u00dfe \u20ac \U0001f600"
    assert line["referer"] == "latin \u00e4\u00ff \u00e2\u0080"


@pytest.mark.parametrize("data, members", [
    (b"\x16\x03\x01\x02\r\n\r\n", ("", "", "")),
    (b'G"T /x HTTP/1.1\r\n\r\n', ('G"T', 'G"T /x HTTP/1.1', "")),
    (b"GET /a\x1b\xe4 HTTP/1.1\r\n\r\n", ("GET", "/a\x1b\u00e4",
                                          "HTTP/1.1")),
    (b"GET /x\r\n\r\n", ("GET", "/x", "")),
    (b"nothing\r\n\r\n", ("nothing", "nothing", "")),
    (b"GET /x HTTP/3.0 \"\r\n\r\n", ("GET", "/x", 'HTTP/3.0 "')),
    (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", ("GET", "/", "HTTP/1.1"))])
def test_refused_requests(logging, data, members):
    """What cannot be parsed has a line, too; nothing of it is lost."""
    with logging.client() as client:
        client.send(data)
        client.response()
    line = logging.lines(1)[0]
    got = line["method"], line["target"], line["protocol"]
    if data[0] == 0x16:
        assert line["status"] == 400
    else:
        assert got == members


def test_long_fields_are_cut(logging):
    """A line has at most 4,096 bytes, whatever it was made from."""
    with logging.client() as client:
        client.get("/probe.txt?" + '"' * 6000, "User-Agent: " + "\xff" * 4000,
                   "Referer: " + "<" * 3000)
        client.send("M" * 5000 + " / HTTP/1.1\r\nHost: a\r\n\r\n")
        client.response()
    logging.lines(2)


def test_any_bytes(logging):
    """Random bytes where bytes may stand: each line is valid for jq, too."""
    chosen = random.Random(1)
    count = 200
    for _ in range(count):
        with logging.client() as client:
            value = bytes(chosen.choice(b"\"\\/\xc2\x80\xe2\xa8\xff<aA\x1b\t")
                          for _ in range(chosen.randrange(1, 60)))
            where = chosen.choice([b"/?", b"/\r\nUser-Agent: "])
            end = b" HTTP/1.1\r\n" if where == b"/?" else b"\r\n"
            client.try_send(b"GET " + where + value + end
                            + b"Host: a\r\n\r\n")
            client.response()
    lines = logging.lines(count)
    done = subprocess.run(["jq", "-c", "."], check=True, capture_output=True,
                          input=logging.stdout.read_bytes())
    assert [json.loads(line) for line in done.stdout.splitlines()] == lines


def test_duration(start, tree):
    """From the request to the last byte that was sent."""
    (tree / "large.bin").write_bytes(bytes(32 << 20))
    server = start("--access-log", "json", root=tree)
    server.own_stdout = False
    with server.client(rcvbuf=4096) as client:
        client.send(request("/large.bin"))
        client.head()
        time.sleep(0.3)
        client.take(32 << 20)
    line = wait_for(server.log, "a line")[0]
    line = json.loads(line)
    assert line["bytes"] == 32 << 20 and 0.25 < line["duration"] < 20
    (tree / "large.bin").unlink()


def test_combined_is_the_default(start, tree):
    """JSON is asked for."""
    server = start(root=tree)
    server.get("/probe.txt")
    check_log(wait_for(server.stdout.read_bytes, "the log"))


def test_jq_reads_members(logging):
    """The way an operator looks: the targets that were not there."""
    with logging.client() as client:
        client.get("/nosuch?x=\"y\"")
        client.get("/probe.txt")
    logging.lines(2)
    done = run(["jq", "-r", "select(.status >= 400) | .target",
                str(logging.stdout)])
    assert (done.stdout, done.stderr) == ('/nosuch?x="y"\n', "")
