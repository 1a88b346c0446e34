# SPDX-License-Identifier: MIT
"""The cache of files: answers from it are the same as those from the disk,
whoever else is being answered and whatever becomes of the files."""
import os
import random
import time

import pytest

from site_tree import pattern
from wire import TIMEOUT, request

MEDIUM = 60_000  # more than is copied behind a head, and kept in memory
LARGE = 3_000_000  # kept as an open file
OLD = time.time() - 3600


def put(path, content):
    """Write a file that the cache takes at once, by renaming it there."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(content)
    os.utime(fresh, (OLD, OLD))
    os.replace(fresh, path)
    time.sleep(0.05)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """An empty directory."""
    return tmp_path_factory.mktemp("cached")


@pytest.fixture(scope="module", params=["8388608", "262144", "0"])
def server(start_shared, site, request):
    """With the default size, a small one, and without a cache."""
    return start_shared("--workers", "1", "--cache-size", request.param,
                        root=site)


def twice(server, target, *fields, method="GET"):
    """The same answer, at first and when it is in the cache."""
    one, two = (server.get(target, *fields, method=method) for _ in range(2))
    assert one.summary() == two.summary()
    return two


@pytest.mark.quick
@pytest.mark.parametrize("size", [0, 1, 4096, 4097, MEDIUM, LARGE])
def test_same_answers(server, site, size):
    """Methods, conditions and ranges of what is in the cache."""
    content = pattern(size)
    put(site / "f.txt", content)
    res = twice(server, "/f.txt")
    assert res.body == content
    tag, date = res.get("ETag"), res.get("Last-Modified")
    assert twice(server, "/f.txt", method="HEAD").get("Content-Length") \
        == str(size)
    for field in f"If-None-Match: {tag}", f"If-Modified-Since: {date}":
        assert twice(server, "/f.txt", field).status == 304
    assert twice(server, "/f.txt", 'If-Match: "x"').status == 412
    res = twice(server, "/f.txt", "Range: bytes=0-9")
    assert res.status == (206 if size else 416)
    assert not size or res.body == content[:10]
    res = twice(server, "/f.txt", "Range: bytes=0-9,4000-4009")
    assert not size or res.status == 206
    assert res.body.count(content[4000:4010]) >= 1 or size < 4010


@pytest.mark.parametrize("size", [MEDIUM, LARGE])
def test_slow_readers(server, site, size):
    """What does not go at once stays right while the cache goes on.

    More than any socket takes: some answer stops in its middle.
    """
    content = pattern(size)
    for number in range(40):
        (site / f"other{number}.bin").write_bytes(bytes([number]) * 9000)
    put(site / "slow.bin", content)
    assert server.get("/slow.bin").body == content
    clients = [server.client(rcvbuf=4096) for _ in range(4)]
    for client in clients:
        client.send(request("/slow.bin") * (4 * LARGE // size))
    time.sleep(0.1)
    for number in range(40):
        res = server.get(f"/other{number}.bin")
        assert res.body == bytes([number]) * 9000
    for client in clients:
        for _ in range(4 * LARGE // size):
            assert client.response().body == content
        client.close()


@pytest.mark.quick
@pytest.mark.parametrize("size", [MEDIUM, LARGE])
def test_replaced_while_it_is_sent(server, site, size):
    """An answer that has begun is of one file, and the next of the other."""
    old, new = pattern(size), pattern(size)[::-1]
    put(site / "new.bin", old)
    assert server.get("/new.bin").body == old
    with server.client(rcvbuf=4096) as client:
        client.send(request("/new.bin") * 4)
        client.head()
        put(site / "new.bin", new)
        assert server.get("/new.bin").body == new
        assert client.take(size) == old
        bodies = [client.response().body for _ in range(3)]
    assert set(bodies) <= {old, new}
    assert bodies == sorted(bodies, key=[old, new].index)


def test_more_files_than_memory(server, site):
    """At random, some of them changing, by several clients."""
    rng = random.Random(1)
    files = {}
    for number in range(150):
        files[f"p{number}.txt"] = pattern(rng.randrange(2000)) + b"%d" % number
        (site / f"p{number}.txt").write_bytes(files[f"p{number}.txt"])
    time.sleep(0.05)
    with server.client() as one, server.client() as two:
        for turn in range(1500):
            name = f"p{rng.randrange(rng.randrange(1, 150))}.txt"
            if turn % 20 == 0:
                files[name] = pattern(rng.randrange(3000)) + b"%d" % turn
                (site / name).write_bytes(files[name])
            client = rng.choice((one, two))
            assert client.get(f"/{name}").body == files[name]


def test_many_large_files(server, site):
    """More than there are descriptors for them in the cache."""
    content = [pattern(70_000 + n)[::-1] for n in range(40)]
    for number, data in enumerate(content):
        (site / f"l{number}.bin").write_bytes(data)
    time.sleep(0.05)
    with server.client(timeout=TIMEOUT) as client:
        for _ in range(2):
            for number, data in enumerate(content):
                assert client.get(f"/l{number}.bin").body == data


def test_slow_reader_within_the_time_to_live(start, site):
    """What changed meanwhile does not cut an answer off."""
    server = start("--workers", "1", "--cache-ttl", "3000", root=site)
    old, new = pattern(MEDIUM), pattern(MEDIUM)[::-1]
    put(site / "both.bin", old)
    assert server.get("/both.bin").body == old
    (site / "both.bin").write_bytes(new)
    with server.client(rcvbuf=4096) as client:
        client.send(request("/both.bin") * 200)
        time.sleep(0.1)
        for _ in range(200):
            assert client.response().body in (old, new)


def test_variant_written_anew(server, site):
    """One that was too old becomes good, and its directory does not tell."""
    (site / "v.txt.gz").write_bytes(b"old gz")
    os.utime(site / "v.txt.gz", (OLD - 100, OLD - 100))
    put(site / "v.txt", b"plain")
    accept = "Accept-Encoding: gzip"
    assert server.get("/v.txt", accept).body == b"plain"
    assert server.get("/v.txt", accept).body == b"plain"
    (site / "v.txt.gz").write_bytes(b"new gz")
    assert server.get("/v.txt", accept).body == b"new gz"


def test_time_to_live(start, site):
    """Until then the old state is served, and no longer."""
    server = start("--workers", "1", "--cache-ttl", "400", root=site)
    put(site / "ttl.txt", b"old")
    end = time.monotonic() + 0.4
    assert server.get("/ttl.txt").body == b"old"
    put(site / "ttl.txt", b"new")
    res = server.get("/ttl.txt")
    assert res.body == b"old" or time.monotonic() > end
    time.sleep(0.45)
    assert server.get("/ttl.txt").body == b"new"
