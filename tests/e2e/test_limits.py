# SPDX-License-Identifier: MIT
"""Limits: connections, descriptors, heads and bodies."""
import os
import resource
import signal
import time

import pytest

from harness import cpu_ticks, stop_process
from load import send_all
from wire import IMF_DATE, request, wait_for


def ended(client):
    """Whether the server has closed a connection that is idle."""
    if client.quiet():
        return False
    try:
        assert not client.fill(), f"unexpected bytes {client.buf!r}"
    except ConnectionResetError:
        pass
    return True


@pytest.mark.quick
def test_longest_idle_is_closed(start, tree):
    """Past the limit a newcomer is served, and whoever has been idle for
    the longest time makes room."""
    server = start("--workers", "1", "--max-connections", "8", root=tree)
    clients = [server.client() for _ in range(8)]
    for client in clients:
        assert client.get("/probe.txt").status == 200
    # The first has just been busy, so the second is the longest idle.
    assert clients[0].get("/probe.txt").status == 200
    with server.client() as late:
        assert late.get("/probe.txt").status == 200
        wait_for(lambda: ended(clients[1]), "the end of the longest idle")
        for number in (0, 2, 3, 4, 5, 6, 7):
            assert clients[number].get("/probe.txt").status == 200, number
    for client in clients:
        client.close()


def test_far_past_the_limit(start, tree):
    """A hundred connections where four may be: all get an answer."""
    server = start("--workers", "1", "--max-connections", "4", root=tree)
    clients = []
    for number in range(100):
        clients.append(server.client())
        assert clients[-1].get("/probe.txt").status == 200, number
    wait_for(lambda: sum(not ended(c) for c in clients) <= 4,
             "the end of the others")
    for client in clients:
        client.close()


def test_busy_is_not_closed(start, tree):
    """Busy connections are never closed to make room for others."""
    server = start("--workers", "1", "--max-connections", "4", root=tree)
    with open(tree / "busy.bin", "wb") as file:
        file.truncate(32 * 1024 * 1024)
    with server.client(rcvbuf=8192) as busy:
        busy.send(request("/busy.bin"))
        busy.take(1000)
        for _ in range(12):
            assert server.get("/probe.txt").status == 200
        busy.take(16 * 1024 * 1024)


def accepted(client):
    """Take the answer of a client that may still be in the queue."""
    if client.quiet():
        return False
    assert client.response().status == 200
    return True


@pytest.mark.quick
def test_no_descriptors(start, tree):
    """EMFILE: the worker waits without spinning, and goes on when it can."""
    server = start("--workers", "1", root=tree, errors_ok=True)
    assert server.get("/probe.txt").status == 200
    worker = server.workers()[0]
    time.sleep(0.1)
    used = max(int(fd) for fd in os.listdir(f"/proc/{worker}/fd"))
    old = resource.prlimit(worker, resource.RLIMIT_NOFILE)
    resource.prlimit(worker, resource.RLIMIT_NOFILE, (used + 3, old[1]))
    waiting = [server.client() for _ in range(20)]
    for client in waiting:
        client.send(request("/probe.txt"))
    before = cpu_ticks(worker)
    time.sleep(1.5)
    spent = cpu_ticks(worker) - before
    assert spent < 0.5 * os.sysconf("SC_CLK_TCK"), "it spins"
    # Each connection that ends makes room for the next.
    while waiting:
        wait_for(lambda: any(not c.quiet() for c in waiting), "an answer")
        for client in [c for c in waiting if not c.quiet()]:
            answer(client)
            client.close()
            waiting.remove(client)
    resource.prlimit(worker, resource.RLIMIT_NOFILE, old)
    wait_for(lambda: answers(server), "service with descriptors again")
    assert server.workers() == [worker]


def answer(client):
    """Take an answer under pressure: no file can be opened, maybe."""
    res = client.response()
    assert res.status in (200, 500, 503), res


def answers(server):
    """Whether the server serves a file."""
    return server.get("/probe.txt").status == 200


@pytest.mark.parametrize("extra, status", [(0, 200), (1, 431)])
def test_max_header(start_shared, tree, extra, status):
    """--max-header is the length of the head, to the byte."""
    server = start_shared("--max-header", "1024", root=tree)
    head = request("/probe.txt", "X: y")
    head = head.replace(b"X: y", b"X: " + b"y" * (1025 - len(head) + extra))
    assert len(head) == 1024 + extra
    with server.client() as client:
        client.send(head)
        assert client.response().status == status


@pytest.mark.parametrize("length, status", [(0, 405), (10, 405), (11, 413)])
@pytest.mark.parametrize("chunked", [False, True])
def test_max_body(start_shared, tree, length, status, chunked):
    """--max-body is the length of the content, to the byte."""
    server = start_shared("--max-body", "10", root=tree)
    body = b"x" * length
    if chunked:
        data = b"%x\r\n%s\r\n" % (length, body) if length else b""
        body = data + b"0\r\n\r\n"
        field = b"Transfer-Encoding: chunked"
    else:
        field = b"Content-Length: %d" % length
    with server.client() as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\n" + field + b"\r\n\r\n")
        client.try_send(body)
        res = client.response()
        assert res.status == status
        if status == 413:
            assert res.says_close()
            client.expect_eof()
        else:
            assert client.get("/probe.txt").status == 200


def test_full_worker_leaves_connections_to_others(start, tree):
    """A worker that has no room for one more does not keep newcomers from
    the one that has."""
    with open(tree / "occupied.bin", "wb") as file:
        file.truncate(64 * 1024 * 1024)
    server = start("--workers", "2", "--max-connections", "1", root=tree)
    with server.client(rcvbuf=4096) as slow:
        slow.send(request("/occupied.bin"))
        slow.take(1000)
        for number in range(6):
            begin = time.monotonic()
            res = server.get("/probe.txt", "Connection: close")
            assert res.body == b"probe\n"
            assert time.monotonic() - begin < 2, number
            time.sleep(0.3)


REQUESTS_AT_ONCE = 1024


# A body that comes has no head that is late.
BODY = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nx"


def crowd(server, part, count=REQUESTS_AT_ONCE):
    """Open as many connections as there may be requests, each with part of
    one: the answer to the request before it shows that it has arrived."""
    clients = []
    for _ in range(count):
        clients.append(server.client())
        clients[-1].send(request("/probe.txt") + part)
        assert clients[-1].response().status == 200
    return clients


def turned_away(client, status):
    """Assert that a client is told so in a proper answer, and that is all.

    It may have sent HEAD, which nobody has looked at: no content.
    """
    res = client.head()
    assert res.status == status
    assert IMF_DATE.fullmatch(res.get("Date"))
    assert res.get("Content-Length") == "0" and res.says_close()
    assert res.get("X-Content-Type-Options") == "nosniff"
    assert (res.get("Retry-After") == "1") == (status == 503)
    client.expect_eof()


def test_no_room_for_another_request(start, tree):
    """RFC 9110 section 15.6.4: 503 while a body is coming for each of them,
    and service again when one has come."""
    server = start("--workers", "1", root=tree)
    clients = crowd(server, BODY)
    for method in ("GET", "HEAD"):
        with server.client() as late:
            late.send(request("/probe.txt", method=method))
            turned_away(late, 503)
    clients[7].send(b"yz")
    assert clients[7].response().status == 405
    assert server.get("/probe.txt").body == b"probe\n"
    for client in clients:
        client.reset()


def test_slowest_makes_room(start, tree):
    """RFC 9110 section 15.5.9: 408 for whoever has been sending a head for
    the longest time, where a newcomer needs the room."""
    server = start("--workers", "1", root=tree)
    clients = crowd(server, b"GET /probe.txt HTTP/1.1\r\nHost: a\r\n")
    assert server.get("/probe.txt").body == b"probe\n"
    turned_away(clients[0], 408)
    for client in clients[1:]:
        client.send(b"\r\n")
    for client in clients[1:]:
        assert client.response().body == b"probe\n"
    for client in clients:
        client.close()


EVENTS_A_TURN = 256


def test_answers_that_wait_are_not_replaced(start, tree):
    """Whose answers wait for their turn, with the next head begun behind them,
    is not late with a head: it is the newcomer that is turned away.

    What takes two receives is answered in two parts, and the second waits for
    the next turn. In that one the newcomer is seen, not before: with so many
    events before its own the worker does not take them all at once.
    """
    server = start("--workers", "1", "--max-header", "1024", root=tree)
    clients = crowd(server, BODY, REQUESTS_AT_ONCE - 1)
    worker, = server.workers()
    with server.client() as late, server.client() as waiting:
        # In this order: the last one may have its memory still.
        for client in (late, waiting):
            assert client.get("/probe.txt").status == 200
        one = request("/probe.txt", "X-Fill: " + 400 * "a")
        stop_process(worker)
        try:
            send_all([waiting], (16 * one)[:-2])
            send_all(clients[:EVENTS_A_TURN + EVENTS_A_TURN // 4], b"y")
            send_all([late], request("/probe.txt"))
        finally:
            os.kill(worker, signal.SIGCONT)
        turned_away(late, 503)
        waiting.send(b"\r\n")
        for _ in range(16):
            assert waiting.response().body == b"probe\n"
    for client in clients:
        client.reset()
