# SPDX-License-Identifier: MIT
"""serve/app.h, when clients or handlers do what they should not."""
import os
import signal
import time

import pytest

from harness import cpu_ticks
from wire import Client, chunked, post, request, wait_for

pytestmark = pytest.mark.quick


@pytest.fixture(scope="module")
def handlers(start_shared, tree):
    """A server of the common site and handlers.c, one worker."""
    return start_shared("--workers", "1", program="handlers", root=tree)


def counts(server):
    """How many calls were started, complete and cancelled."""
    return [int(n) for n in server.get("/counts").body.split()]


@pytest.mark.parametrize("length", [1, 256, 257, 5000, 16200])
def test_long_type(start, tree, length):
    """What a client sends as its type comes back, or another one."""
    server = start("--workers", "1", program="echo", root=tree)
    pids = server.workers()
    with server.client() as client:
        client.send(request("/nope") * 5
                    + post("/echo", b"abc", f"Content-Type: {'t' * length}"))
        for _ in range(5):
            assert client.response().status == 404
        res = client.response()
        assert res.body == b"abc"
        assert len(res.get("Content-Type")) <= 256
    assert server.workers() == pids


@pytest.mark.parametrize("kind, status", [
    ("text/plain", 200), ("t" * 256, 200), ("t" * 257, 500),
    ("a%0d%0aX:+y", 500), ("a%0ab", 500), ("a%00", 500)])
def test_type_cannot_split(handlers, kind, status):
    """A type that no field could have."""
    res = handlers.get(f"/type?t={kind}")
    assert res.status == status and not res.all("X")


def test_head_stays(handlers):
    """What a handler found in it is there when the body has come."""
    for size in 10, 3000, 6000, 8000:
        with handlers.client() as client:
            client.send(request("/one/x", "X-Fill: " + "f" * 12000)
                        + request("/keep", "Content-Length: 30000",
                                  "X-Tag: THE-TAG", "X-Fill: " + "g" * size,
                                  method="POST"))
            assert client.response().body == b"[x]"
            for _ in range(30):
                client.send(b"b" * 1000)
                time.sleep(0.001)
            assert client.response().body == b"THE-TAG"


def test_taking_nothing_costs_nothing(handlers):
    """A handler that takes nothing is asked again, in its time."""
    pid, = handlers.workers()
    before = counts(handlers)
    with handlers.client() as client:
        client.send(post("/stuck", b"abc"))
        client.send(b"")
        ticks = cpu_ticks(pid)
        assert client.quiet(0.5)
        assert cpu_ticks(pid) - ticks < 10
    # The client is gone, and so is the work for it.
    after = [before[0] + 1, before[1], before[2] + 1]
    wait_for(lambda: counts(handlers) == after, "the end of the call")


def test_events_of_a_predecessor(start, tree):
    """A client that left takes nothing from the one in its place."""
    server = start("--workers", "1", "--max-connections", "1",
                   program="handlers", root=tree)
    pid, = server.workers()
    idle = server.client()
    assert idle.get("/one/x").body == b"[x]"
    for _ in range(5):
        os.kill(pid, signal.SIGSTOP)
        fresh = Client(server.address)
        fresh.send(request("/later/2"))
        time.sleep(0.02)
        idle.close()
        time.sleep(0.02)
        os.kill(pid, signal.SIGCONT)
        assert fresh.response().body == b"at last"
        idle = fresh
    idle.close()


def test_end_of_a_drain(start, tree):
    """Handlers whose time is over at a reload are told so."""
    server = start("--workers", "1", "--grace", "1", program="handlers",
                   root=tree)
    with server.client() as client:
        client.send(request("/slow/1000000"))
        client.head()
        server.signal(signal.SIGHUP)
        wait_for(lambda: counts(server) == [1, 0, 1], "the end of the call")


def test_body_behind_a_reply_of_the_site(handlers):
    """A handler that answers before the body came says close."""
    with handlers.client() as client:
        client.send(chunked("/gather", b"x" * 900, b"y" * 200))
        res = client.response()
        assert res.status == 413 and res.says_close()


def test_answers_before_one_that_rests(start, tree):
    """A client that has ended its side is gone for a handler with nothing to
    say, but what it asked for before is sent."""
    server = start("--workers", "1", program="handlers", root=tree)
    worker = server.workers()[0]
    with server.client() as client:
        client.get("/probe.txt")  # from here on the loop tells of its end
        os.kill(worker, signal.SIGSTOP)
        client.send(request("/probe.txt") + request("/later/1000000"))
        client.fin()
        os.kill(worker, signal.SIGCONT)
        assert client.response().body == b"probe\n"
        client.expect_eof()
    wait_for(lambda: counts(server) == [1, 0, 1], "the end of the call")
