# SPDX-License-Identifier: MIT
"""The connection as a stream: bursts, half-close, resets, slow clients."""
import os
import threading
import time

import pytest

from harness import open_sockets
from site_tree import pattern
from wire import TIMEOUT, Client, request, wait_for

BIG = 8 * 1024 * 1024


@pytest.fixture(scope="module")
def big(tree):
    """A file that no socket buffer holds."""
    content = pattern(BIG)
    (tree / "big.bin").write_bytes(content)
    return content


@pytest.fixture(scope="module")
def single(start_shared, tree, big):
    """A server with one worker, so that its sockets can be counted."""
    return start_shared("--workers", "1", root=tree)


@pytest.mark.quick
def test_burst(server):
    """RFC 9112 section 9.3.2: 500 requests in one write, all answered in
    their order."""
    wave = [("/probe.txt", 200, b"probe\n"), ("/nosuch", 404, None),
            ("/docs/page.html", 200, b"page\n"), ("/docs", 301, None),
            ("/letters.txt", 200, b"abcdefghijklmnopqrstuvwxyz")]
    with server.client() as client:
        client.send(b"".join(request(w[0]) for w in wave) * 100)
        for number in range(500):
            _, status, body = wave[number % 5]
            res = client.response()
            assert res.status == status, number
            assert body is None or res.body == body, number
        assert client.quiet()


def test_burst_with_bodies(server):
    """Bodies between the requests are taken for nothing else."""
    post = (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n"
            b"GET / HTTP/1.1\r\n\r\n\r\n"
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
            b"\r\n14\r\nGET / HTTP/1.1\r\n\r\n\r\n\r\n0\r\n\r\n")
    with server.client() as client:
        client.send((post + request("/probe.txt")) * 100)
        for _ in range(100):
            assert client.response().status == 405
            assert client.response().status == 405
            assert client.response().body == b"probe\n"
        assert client.quiet()


def test_burst_that_nobody_reads_at_first(server, tree):
    """More answers than the sockets hold: the server waits for its reader
    without losing its place. Whoever sends must not block either."""
    content = pattern(60000)
    (tree / "wide.bin").write_bytes(content)
    count = 400
    with server.client(rcvbuf=8192) as client:
        sender = threading.Thread(
            target=client.try_send, args=(request("/wide.bin") * count,),
            daemon=True)
        sender.start()
        time.sleep(0.2)
        for number in range(count):
            assert client.response().body == content, number
        sender.join(TIMEOUT)
        assert not sender.is_alive()


@pytest.mark.quick
def test_half_close_of_a_large_answer(server, big):
    """A client that has closed its side still gets all bytes, then EOF."""
    with server.client() as client:
        client.send(request("/big.bin"))
        client.fin()
        assert client.response().body == big
        client.expect_eof()


def test_half_close_of_many_answers(server):
    """Every request that came before the end is answered."""
    with server.client() as client:
        client.send(request("/probe.txt") * 300)
        client.fin()
        for _ in range(300):
            assert client.response().body == b"probe\n"
        client.expect_eof()


@pytest.mark.parametrize("part", [
    b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nx"])
def test_half_close_within_a_request(server, part):
    """RFC 9112 section 8: an incomplete message is not answered as if it
    were whole; the connection ends."""
    with server.client() as client:
        client.send(part)
        client.fin()
        while client.fill():
            pass
        if client.buf:
            assert client.response().status in (400, 405, 408)
            client.expect_eof()


def test_end_before_any_byte(server):
    """A connection that only opens and closes is no error."""
    for _ in range(20):
        with server.client() as client:
            client.fin()
            client.expect_eof()


def test_reset_within_an_answer(single, big):
    """Fifty clients that go away: no socket is left, and no trouble."""
    base = open_sockets(single.workers()[0])
    before = single.workers()
    for _ in range(50):
        client = single.client(rcvbuf=8192)
        client.send(request("/big.bin") * 2)
        client.take(1000)
        client.reset()
    assert single.get("/probe.txt").body == b"probe\n"
    assert single.workers() == before
    wait_for(lambda: open_sockets(before[0]) <= base,
             "the end of the connections")


def test_reset_within_a_request(single):
    """The same while the server still reads."""
    base = open_sockets(single.workers()[0])
    for part in (b"G", b"GET / HTTP/1.1\r\nHo",
                 b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx"):
        client = single.client()
        client.send(part)
        client.reset()
    assert single.get("/probe.txt").body == b"probe\n"
    wait_for(lambda: open_sockets(single.workers()[0]) <= base,
             "the end of the connections")


@pytest.mark.quick
def test_head_byte_by_byte(server):
    """A slow client is a client."""
    with server.client() as client:
        for byte in request("/probe.txt", "X-Slow: yes"):
            client.send(bytes([byte]))
            time.sleep(0.002)
        assert client.response().body == b"probe\n"


def test_body_byte_by_byte(server):
    """Chunks, too, come in any portions."""
    data = (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
            b"\r\n5;x=y\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n")
    with server.client() as client:
        for byte in data:
            client.send(bytes([byte]))
            time.sleep(0.002)
        assert client.response().status == 405
        assert client.get("/probe.txt").body == b"probe\n"


def test_slow_reader_gets_all(server, big):
    """8 MiB in small sips, while others are served."""
    with server.client(rcvbuf=16384) as slow, server.client() as other:
        slow.send(request("/big.bin"))
        assert slow.head().get("Content-Length") == str(BIG)
        got = [slow.buf]
        have = len(slow.buf)
        sips = 0
        while have < BIG:
            got.append(slow.sock.recv(65536))
            assert got[-1], f"closed after {have} bytes"
            have += len(got[-1])
            sips += 1
            if sips % 16 == 0:
                time.sleep(0.01)
                assert other.get("/probe.txt").body == b"probe\n"
        slow.buf = b""
        assert b"".join(got) == big
        assert slow.get("/probe.txt").body == b"probe\n"


def test_stalled_reader_stalls_nobody(single, big):
    """Twenty clients that read nothing do not stop the one worker."""
    stalled = [single.client(rcvbuf=4096) for _ in range(20)]
    for client in stalled:
        client.send(request("/big.bin"))
    for _ in range(20):
        assert single.get("/probe.txt").body == b"probe\n"
    assert stalled[7].response().body == big
    for client in stalled:
        client.reset()


LINGER = {
    "413": (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n",
            413),
    "400": (b"POST / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
    "431": (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 20000, 431),
    "501": (b"POST / HTTP/1.1\r\nHost: a\r\n"
            b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
    "405": (b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
            b"Content-Length: 900000\r\n\r\n", 405),
}


@pytest.mark.quick
@pytest.mark.parametrize("name", LINGER)
def test_error_survives_unread_input(server, name):
    """RFC 9112 section 9.6: bytes that the server does not want any more
    must not make a reset that destroys its answer."""
    data, status = LINGER[name]
    with server.client() as client:
        client.send(data)
        for _ in range(16):
            client.send(b"z" * 2048)
            time.sleep(0.002)
        res = client.response()
        assert res.status == status
        assert res.says_close()
        client.expect_eof()


@pytest.mark.parametrize("size", [200_000, 3_000_000])
def test_too_long_body_that_is_sent_to_its_end(start_shared, tree, size):
    """Proxies look for the answer when all is sent."""
    server = start_shared("--max-body", "1000", root=tree)
    with server.client() as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"
                    % size)
        for _ in range(0, size, 100_000):
            client.send(bytes(100_000))
        res = client.response()
        assert res.status == 413 and res.says_close()
        client.expect_eof()


def test_lingering_ends(single):
    """A client that never stops sending is not listened to for ever."""
    base = open_sockets(single.workers()[0])
    with single.client() as client:
        client.send(LINGER["400"][0])
        end = time.monotonic() + TIMEOUT
        while client.try_send(b"z" * 1024):
            assert time.monotonic() < end, "still listening"
            time.sleep(0.005)
    wait_for(lambda: open_sockets(single.workers()[0]) <= base,
             "the end of the connection")


def exchange(client, number, results):
    """Two requests of one of many clients."""
    try:
        body = client.get(f"/letters.txt?{number}").body
        results[number] = body == client.get("/letters.txt").body
    except (OSError, AssertionError) as failure:
        results[number] = failure


@pytest.mark.quick
def test_a_thousand_connections(server):
    """All open at the same time, each served twice, in any order."""
    count = 1000
    clients = [Client(server.address) for _ in range(count)]
    for client in clients:
        client.send(request("/probe.txt")[:-1])
    for client in reversed(clients):
        client.send(b"\n")
    for client in clients:
        assert client.response().body == b"probe\n"
    for client in clients[::3]:
        client.send(request("/letters.txt"))
    for client in clients[::3]:
        assert len(client.response().body) == 26
    for client in clients:
        assert client.quiet()
        client.reset()
    assert server.get("/probe.txt").body == b"probe\n"


def test_clients_at_the_same_time(server):
    """Sixteen threads that ask as fast as they can."""
    results = {}
    clients = [Client(server.address) for _ in range(16)]
    threads = [threading.Thread(target=exchange, args=(c, n, results),
                                daemon=True)
               for n, c in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)
    assert results == {n: True for n in range(16)}
    for client in clients:
        client.close()


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="needs /proc")
def test_no_descriptor_is_left(single, tree):
    """After answers of every kind the worker holds what it held before."""
    worker = single.workers()[0]
    single.get("/probe.txt")
    wait_for(lambda: single.get("/probe.txt").status == 200, "an answer")
    count = len(os.listdir(f"/proc/{worker}/fd"))
    for _ in range(30):
        with single.client() as client:
            for target in ("/probe.txt", "/docs/", "/docs", "/nosuch",
                           "/empty/", "/.secret", "/probe.txt/x",
                           "/big.bin"):
                client.get(target, method="HEAD")
            client.get("/big.bin", "Range: bytes=5-9")
            client.get("/letters.txt", "Range: bytes=99-")
            client.get("/letters.txt", "If-None-Match: *")
    wait_for(lambda: len(os.listdir(f"/proc/{worker}/fd")) <= count,
             "the end of the descriptors")


@pytest.mark.parametrize("count", [63, 64, 65, 127, 128, 129])
def test_last_of_a_burst_closes(server, count):
    """The end comes with the last answer, wherever in a burst that is."""
    with server.client() as client:
        client.send(request("/probe.txt") * (count - 1)
                    + request("/probe.txt", "Connection: close"))
        for number in range(1, count + 1):
            res = client.response()
            assert res.body == b"probe\n"
            assert res.says_close() == (number == count), number
        begin = time.monotonic()
        client.expect_eof()
        assert time.monotonic() - begin < 5


def test_body_of_very_many_chunks(server):
    """20,000 chunks of one byte are one body."""
    with server.client() as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\n"
                    b"Transfer-Encoding: chunked\r\n\r\n"
                    + b"1\r\nx\r\n" * 20000 + b"0\r\n\r\n")
        assert client.response().status == 405
        assert client.get("/probe.txt").body == b"probe\n"
