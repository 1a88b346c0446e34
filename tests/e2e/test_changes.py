# SPDX-License-Identifier: MIT
"""What was changed before a request was sent is never seen in its old state:
on a connection that was kept, behind a request that is still being answered,
in a burst, and by a worker that was not asked before.
"""
import os
import signal
import threading
import time
from email.utils import formatdate

import pytest

from changes import CHANGES, Place, content, replaced, rewritten, write
from harness import stop_process
from site_tree import MTIME, pattern
from wire import TIMEOUT, request, wait_for

# Copied behind its head, sent from memory, and sent from the file.
SIZES = [100, 40_000, 300_000]
# More than the sockets of a slow reader hold: whatever is asked for behind it
# has to wait.
LONG = pattern(3 << 20)
BURST = 6


@pytest.fixture(scope="module")
def server(start_shared, tree):
    """A server with two workers."""
    (tree / "long.bin").write_bytes(LONG)
    return start_shared("--workers", "2", root=tree)


@pytest.fixture
def clients(server):
    """A connection to each of the two workers, by stopping the other one."""
    both = []
    workers = server.workers()
    for other in reversed(workers):
        stop_process(other)
        try:
            both.append(server.client(rcvbuf=65536))
            assert both[-1].get("/probe.txt").status == 200
        finally:
            os.kill(other, signal.SIGCONT)
    yield both
    for client in both:
        client.close()


def look(client, target, want):
    """Assert that the next answer on a connection is the expected one."""
    res = client.response()
    status, body = want
    assert res.status == status
    assert body is None or res.body == body, (len(res.body), len(body))
    if status == 301:
        assert res.get("Location") == target.rsplit("/", 1)[1] + "/"


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: c.__name__)
@pytest.mark.parametrize("size", SIZES)
def test_kept(clients, tree, size, change):
    """Both workers have sent it, several times; then it is changed."""
    place = Place(tree, size)
    for client in clients:
        for _ in range(3):
            assert client.get(place.target).body == place.old
    want = change(place)
    for client in clients * 2:
        client.send(request(place.target))
        look(client, place.target, want)


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: c.__name__)
@pytest.mark.parametrize("size", SIZES)
def test_burst(clients, tree, size, change):
    """The same in bursts: one turn of the worker has many of them."""
    place = Place(tree, size)
    for client in clients:
        client.send(request(place.target) * BURST)
        for _ in range(BURST):
            assert client.response().body == place.old
    want = change(place)
    for client in clients:
        client.send(request(place.target) * BURST)
    for client in clients:
        for _ in range(BURST):
            look(client, place.target, want)


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: c.__name__)
@pytest.mark.parametrize("size", SIZES)
def test_pipelined(clients, tree, size, change):
    """It is changed between two requests of which the second is sent before
    the first is answered to its end."""
    place = Place(tree, size)
    for client in clients:
        client.send(request(place.target) + request("/long.bin"))
        assert client.response().body == place.old
        assert client.head().get("Content-Length") == str(len(LONG))
    want = change(place)
    for client in clients:
        client.send(request(place.target) * 2)
    for client in clients:
        assert client.take(len(LONG)) == LONG
        look(client, place.target, want)
        look(client, place.target, want)


@pytest.mark.quick
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("change", [replaced, rewritten],
                         ids=lambda c: c.__name__)
def test_again_and_again(clients, tree, size, change):
    """Faster than the clock of the file system ticks, so that neither its
    time nor its size tells."""
    place = Place(tree, size)
    for version in range(40):
        place.new = content(version, size)
        want = change(place)
        for client in clients:
            client.send(request(place.target) * 2)
        for client in clients:
            look(client, place.target, want)
            look(client, place.target, want)


def by_rename(place, count):
    """Files that are all there beforehand take the place of each other."""
    for version in range(count):
        write(place.folder / f"{version}", content(version, place.size))
    for version in range(count):
        os.rename(place.folder / f"{version}", place.file)
        yield version


def in_place(place, count):
    """The bytes of one file are written over."""
    with open(place.file, "r+b", buffering=0) as file:
        for version in range(count):
            os.pwrite(file.fileno(), content(version, place.size), 0)
            yield version


@pytest.mark.parametrize("way", [by_rename, in_place],
                         ids=lambda w: w.__name__)
@pytest.mark.parametrize("size", SIZES)
def test_within_a_tick(clients, tree, size, way):
    """A change for each request, with nothing else to do: many of them have
    one and the same time, also that of the inode's change."""
    place = Place(tree, size)
    for version in way(place, 100):
        res = clients[version // 10 % 2].get(place.target)
        assert res.body == content(version, size)


@pytest.mark.quick
@pytest.mark.parametrize("size", SIZES)
def test_comes_and_goes(clients, tree, size):
    """Nor is it remembered that there was nothing."""
    place = Place(tree, size)
    for version in range(20):
        place.file.unlink()
        for client in clients:
            assert client.get(place.target).status == 404
        write(place.file, content(version, size))
        for client in clients:
            assert client.get(place.target).body == content(version, size)


@pytest.mark.parametrize("size", SIZES)
def test_way_to_it(clients, tree, size):
    """Neither the file nor its folder is touched, but a link on the way is
    turned to another release, as Kubernetes does it."""
    place = Place(tree, size)
    for version in range(20):
        release = place.folder / f"release-{version}"
        release.mkdir()
        write(release / "file.bin", content(version, size))
        write(release / "index.html", content(version, size))
        (place.folder / "link").symlink_to(release.name)
        os.rename(place.folder / "link", place.folder / "current")
        for target in ("/place/current/file.bin", "/place/current/"):
            for client in clients:
                assert client.get(target).body == content(version, size)


@pytest.mark.parametrize("size", SIZES)
def test_condition_of_the_old_state(clients, tree, size):
    """What a client has is not taken for what there is."""
    place = Place(tree, size)
    for version in range(2, 20):
        tags = [c.get(place.target).get("ETag") for c in clients]
        write(place.other, content(version, size), MTIME + version)
        os.rename(place.other, place.file)
        for client, tag in zip(clients, tags, strict=True):
            res = client.get(place.target, f"If-None-Match: {tag}")
            assert (res.status, res.body) == (200, content(version, size))
            assert res.get("ETag") != tag
            res = client.get(place.target, f"If-Range: {tag}",
                             "Range: bytes=5-")
            assert (res.status, res.body) == (200, content(version, size))


@pytest.mark.parametrize("size", SIZES)
def test_date_of_the_new_state(clients, tree, size):
    """The time alone is another one: the bytes and their tag stay."""
    place = Place(tree, size)
    for day in range(1, 6):
        os.utime(place.file, (MTIME, MTIME + 86400 * day))
        for client in clients:
            res = client.get(place.target)
            assert res.body == place.old
            assert res.get("Last-Modified") \
                == formatdate(MTIME + 86400 * day, usegmt=True)


@pytest.mark.parametrize("size", SIZES)
def test_variant(clients, tree, size):
    """The same for what is sent in place of a file.

    A variant where there was none is found within a second (the cache looks
    for new ones so often), which is late, but not wrong.
    """
    place = Place(tree, size)
    field = "Accept-Encoding: gzip"
    beside = place.file.with_name("file.bin.gz")
    for version in range(20):
        fresh = not beside.exists()
        write(beside, content(version, size))
        for client in clients:
            def find(client=client):
                found = client.get(place.target, field)
                assert fresh or found.get("Content-Encoding") == "gzip"
                return found.get("Content-Encoding") and found
            res = wait_for(find, "the new variant", 2)
            assert res.body == content(version, size)
            assert client.get(place.target).body == place.old
        if version % 2:
            beside.unlink()
            for client in clients:
                res = client.get(place.target, field)
                assert (res.body, res.get("Vary")) == (place.old, None)


class Writer:
    """Replaces a file all the time, and says which version is there."""

    def __init__(self, place):
        self.place = place
        self.version = 0
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        """Count versions up until told to end."""
        while not self.done.is_set():
            number = self.version + 1
            write(self.place.other, content(number, self.place.size))
            os.rename(self.place.other, self.place.file)
            self.version = number
            time.sleep(0.0005)

    def __enter__(self):
        write(self.place.file, content(0, self.place.size))
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.done.set()
        self.thread.join(TIMEOUT)


@pytest.mark.parametrize("size", SIZES)
def test_never_older_than_when_it_was_asked_for(clients, tree, size):
    """While it is replaced: every answer is a version whole, at least as new
    as the one that was there when the request was sent, and none is older
    than the one before it."""
    place = Place(tree, size)
    last = 0
    with Writer(place) as writer:
        end = time.monotonic() + 0.2
        while time.monotonic() < end or last < 20:
            there = writer.version
            for client in clients:
                client.send(request(place.target) * 3)
            for client in clients:
                seen = there
                for _ in range(3):
                    body = client.response().body
                    version = int(body[:8])
                    assert version >= seen
                    assert body == content(version, size)
                    seen = version
                last = max(last, seen)


def test_long_answer_is_of_one_state(clients, tree):
    """What is replaced while it is sent is sent to its end as it was."""
    for client in clients:
        write(tree / "moving.bin", LONG)
        client.send(request("/moving.bin"))
        assert client.head().status == 200
        begin = client.take(1000)
        write(tree / "moved.bin", LONG[::-1])
        os.rename(tree / "moved.bin", tree / "moving.bin")
        client.send(request("/moving.bin"))
        assert begin + client.take(len(LONG) - 1000) == LONG
        assert client.response().body == LONG[::-1]
