# SPDX-License-Identifier: MIT
"""How many system calls an answer takes: the table below is the truth.

strace counts them, by the turns of the worker's loop. Whoever makes the server
do with fewer lowers a number here, and whoever makes it need more has to say
so here. When the table is wrong, the failure shows it as it should be.
"""
import os
import re
import shutil
import signal
import socket
import threading
import time
from collections import Counter

import pytest

import bundle_tree
from harness import stop_process
from load import send_all
from wire import RUNNER, request, wait_for

pytestmark = [pytest.mark.quick, pytest.mark.skipif(
    bool(RUNNER) or not shutil.which("strace"),
    reason="needs strace and a program of this machine")]

# On a connection that is kept:
#   first    13 bytes that nobody has asked for before
#   small    13 bytes
#   304      the same, If-None-Match with its tag
#   missing  404
#   batch    sixteen requests for small at once: calls for all of them
#   large    100,000 bytes
# close      small, on a connection that is new and is closed behind it
TABLE = """
call           first  small    304  missing  batch  large  close
accept4            -      -      -        -      -      -      2
clock_gettime      1      1      1        1      1      1      1
close              2      -      -        -      -      -      1
epoll_pwait        1      1      1        1      1      1      1
openat2            2      -      -        2      -      -      -
pread64            1      -      -        -      -      -      -
recvfrom           1      1      1        1      1      1      1
sendfile           -      -      -        -      -      1      -
sendto             1      1      1        1      1      1      1
shutdown           -      -      -        -      -      -      1
statx              6      1      1        -      1      1      1
write              1      1      1        1      1      1      1
"""
# The same from a bundle: no call is about a file, but for the log's line.
BUNDLE_TABLE = """
call           first  small    304  missing  batch  large  close
accept4            -      -      -        -      -      -      2
clock_gettime      1      1      1        1      1      1      1
close              -      -      -        -      -      -      1
epoll_pwait        1      1      1        1      1      1      1
recvfrom           1      1      1        1      1      1      1
sendmsg            -      -      -        -      -      1      -
sendto             1      1      1        1      1      -      1
shutdown           -      -      -        -      -      -      1
write              1      1      1        1      1      1      1
"""
BATCH = 16
TIMES = 7  # of each, of which the most frequent count is taken
# By which targets the turns of a column are known; the query is no matter.
COLUMNS = {"/first": "first", "/small": "small", "/small?304": "304",
           "/missing": "missing", "/small?batch": "batch",
           "/large": "large", "/small?close": "close"}
CALL = re.compile(r"\d+ +(\w+)\((.*)$", re.M)


def drive(server):
    """Make the requests of every column."""
    with server.client() as client:
        tag = client.get("/small?tag").get("ETag")
        for number in range(TIMES):
            client.get(f"/first{number}")
        for _ in range(TIMES):
            client.get("/small")
            client.get("/small?304", f"If-None-Match: {tag}")
            client.get("/missing")
            client.get("/large")
        for _ in range(TIMES):
            client.send(request("/small?batch") * BATCH)
            for _ in range(BATCH):
                client.response()
        for _ in range(TIMES):
            with server.client() as other:
                other.get("/small?close", "Connection: close")
                other.expect_eof()
            # Once this is answered, the turn of the other one is over.
            client.get("/small?between")


def lines_of(pid, log):
    """What one process did, of a log of several."""
    return "".join(re.findall(rf"^{pid} .*\n", log, re.M))


def turns(log):
    """Split what a worker did where it begins to wait. Yield the target of
    the first request, or None, and the count of each call."""
    target, count = None, Counter()
    for name, rest in CALL.findall(log):
        if name == "epoll_pwait" and count:
            yield target, count
            target, count = None, Counter()
        count[name] += 1
        line = re.search(r'"GET (\S+) ', rest)
        if name == "recvfrom" and line:
            target = line[1]
    yield target, count


def measured(log):
    """Return the most frequent counts of each column."""
    seen = {name: [] for name in COLUMNS.values()}
    for target, count in turns(log):
        column = COLUMNS.get(target and re.sub(r"first\d", "first", target))
        if column:
            seen[column].append(frozenset(count.items()))
    return {name: dict(Counter(counts).most_common(1)[0][0])
            for name, counts in seen.items()}


def as_table(columns):
    """Return counts in the form of TABLE."""
    calls = sorted({call for count in columns.values() for call in count})
    head = "call         " + "".join(f"  {name:>5}" for name in columns)
    rows = [f"{call:13}" + "".join(
        f"  {count.get(call, '-'):>{max(5, len(name))}}"
        for name, count in columns.items()) for call in calls]
    return "\n" + "\n".join([head, *rows]) + "\n"


@pytest.fixture(params=["directory", "bundle"])
def served(request, tmp_path):
    """How the server is started for a site of what `drive` asks for, and the
    table that holds then."""
    root = tmp_path / "root"
    root.mkdir()
    for name in ["small", *(f"first{number}" for number in range(TIMES))]:
        (root / name).write_bytes(b"hello, world\n")
    (root / "large").write_bytes(b"x" * 100000)
    # What has just been written is not kept by the cache.
    wait_for(lambda: time.time() - os.stat(root / "large").st_ctime > 0.05,
             "files that are not new")
    if request.param == "directory":
        return {"root": root}, TABLE
    bundle_tree.make(root, tmp_path / "b")
    return {"root": None, "program": tmp_path / "b"}, BUNDLE_TABLE


@pytest.mark.parametrize("access_log", ["combined", "off"])
def test_calls_of_an_answer(start, served, access_log, tmp_path):
    """The table holds, and without a log all of it but the last row."""
    options, wanted = served
    log = tmp_path / "strace"
    server = start("--workers", "1", "--access-log", access_log, **options, prefix=[
        "strace", "-f", "-qq", "-s", "64", "-o", str(log)])
    worker = server.workers()[0]
    drive(server)
    if access_log == "off":
        wanted = re.sub(r"^write .*\n", "", wanted, flags=re.M)
    else:
        # One answer for the tag; each of seven columns, and one in between.
        wait_for(lambda: len(server.log()) == 1 + TIMES * (7 + BATCH),
                 "the last line of the log")
    server.stop()
    text = log.read_text()
    if "ENOSYS" in text:
        pytest.skip("the kernel lacks a call; others are made instead")
    table = as_table(measured(lines_of(worker, text)))
    assert table == wanted, f"the table would be:{table}"


def send_without_end(path, data):
    """Send to a Unix socket, which takes all that there is, and read whatever
    comes. Return how many answers came."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(path)
        sender = threading.Thread(daemon=True, target=lambda: (
            sock.sendall(data), sock.shutdown(socket.SHUT_WR)))
        sender.start()
        received = b"".join(iter(lambda: sock.recv(1 << 20), b""))
        sender.join()
    return received.count(b"HTTP/1.1 200 OK\r\n")


def test_turns_end(start, tmp_path):
    """Whoever sends long heads one after the other is left, each time after a
    few of them, for others and for deadlines."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "small").write_bytes(b"hello, world\n")
    os.utime(root / "small", (1e9, 1e9))
    log = tmp_path / "strace"
    path = str(tmp_path / "socket")
    server = start("--workers", "1", "--listen", f"unix:{path}", root=root, prefix=[
        "strace", "-f", "-qq", "-s", "0", "-o", str(log)])
    worker = server.workers()[0]
    # So much that what is left of the next one leaves too little room.
    head = request("/small", *["a:"] * 3200)
    assert send_without_end(path, head * 400) == 400
    server.stop()
    received = [count["recvfrom"]
                for _, count in turns(lines_of(worker, log.read_text()))]
    assert sum(received) > 400
    assert max(received) <= 4


def test_workers_share(start, tree, tmp_path):
    """A worker that has far more connections than another leaves it most of
    those that wait, and still takes all if that one never comes."""
    log = tmp_path / "strace"
    server = start("--workers", "2", root=tree, prefix=[
        "strace", "-f", "-qq", "-s", "0", "-o", str(log), "-e", "signal=none",
        "-e", "trace=accept4,epoll_pwait"])
    awake, asleep = server.workers()
    for worker in (awake, asleep):
        stop_process(worker)
    clients = [server.client() for _ in range(100)]
    send_all(clients, request("/probe.txt"))
    os.kill(awake, signal.SIGCONT)
    for client in clients:
        assert client.response().body == b"probe\n"
    os.kill(asleep, signal.SIGCONT)
    server.stop()
    taken = [len(re.findall(r" accept4\(.* = \d+$", turn, re.M))
             for turn in lines_of(awake, log.read_text()).split(" epoll_pwait(")]
    assert sum(taken) == 100
    # One turn may take more: the first, while it has few.
    assert sorted(taken)[-2] <= 2, taken


def test_neighbours_are_looked_for_together(start, tmp_path):
    """A second after files were found, one look at their directory is for all
    of them: new variants would have changed it."""
    root = tmp_path / "root"
    for name in ("", "deep/"):
        (root / name).mkdir()
        for number in range(20):
            (root / f"{name}{number}").write_bytes(b"hello, world\n")
            os.utime(root / f"{name}{number}", (1e9, 1e9))
    time.sleep(0.05)  # what has just changed is not kept
    log = tmp_path / "strace"
    server = start("--workers", "1", root=root, prefix=[
        "strace", "-f", "-qq", "-o", str(log)])

    def get_all():
        for name in ("", "deep/"):
            for number in range(20):
                assert client.get(f"/{name}{number}").status == 200

    with server.client() as client:
        get_all()
        time.sleep(1.1)  # neighbours are believed for a second
        client.get("/absent")
        get_all()
    wait_for(lambda: len(server.log()) == 81, "the last line of the log")
    server.stop()
    text = log.read_text()
    looks = re.findall(r'statx\(\d+, "(deep/)?\."', text[text.index("absent"):])
    # More on a machine that is slow enough for another second to begin.
    assert 2 <= len(looks) < 10, looks


def test_last_goes_with_the_end(start, tree, tmp_path):
    """What a connection ends with waits for the end of sending, which comes next,
    so that both are one packet (send(2), MSG_MORE); nothing else waits but a
    head, for the file behind it."""
    (tree / "large").write_bytes(b"x" * 100000)
    log = tmp_path / "strace"
    server = start("--workers", "1", "--access-log", "off", root=tree, prefix=[
        "strace", "-f", "-qq", "-o", str(log), "-e",
        "trace=accept4,sendto,sendfile,shutdown,close"])
    with server.client() as client:
        client.get("/probe.txt")
        client.get("/probe.txt", "Connection: close")
        client.expect_eof()
    with server.client() as client:
        client.send(request("/probe.txt", "Content-Length: 9999999", method="PUT"))
        assert client.response().status == 413
        client.expect_eof()
    with server.client() as client:
        client.get("/large", "Connection: close")
        client.expect_eof()
    server.stop()
    seen, sockets = [], set()
    for name, rest in CALL.findall(log.read_text()):
        fd = re.match(r"\d+", rest)[0]
        if name == "accept4":
            sockets.add(re.search(r"= (\S+)", rest)[1])
        elif fd in sockets:
            seen.append(name + (" MSG_MORE" if "MSG_MORE" in rest else ""))
        if name == "close":
            sockets.discard(fd)
    assert seen == ["sendto", "sendto MSG_MORE", "shutdown", "close",
                    "sendto MSG_MORE", "shutdown", "close",
                    "sendto MSG_MORE", "sendfile", "shutdown", "close"]
