# SPDX-License-Identifier: MIT
"""Overload and abuse: whatever others do, an ordinary client is served.

Right or wrong is whether it gets its answers, whole and before its patience
ends, which is that of any test. How long they take is measured and said:
build/ARCH/abuse.md has the table, and so has the end of this module's output.
"""
import contextlib
import os
import re
import resource
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

import attacks
import network
from harness import BUILD, SCRATCHD, clean_env, open_sockets, run
from load import Load
from site_tree import pattern
from wire import RUNNER, TIMEOUT, Client, fetch, request, wait_for

pytestmark = pytest.mark.skipif(
    bool(RUNNER), reason="an emulator's own limits would be measured")

REQUESTS = 300
FIGURES = []


def figure(what, times, note=""):
    """Keep the figures of one row, times in seconds."""
    times = sorted(times)
    row = [f"{1000 * times[int(len(times) * q)]:.1f}" for q in (0.5, 0.99)]
    FIGURES.append((what, str(len(times)), *row,
                    f"{1000 * times[-1]:.1f}", note))


@pytest.fixture(scope="module", autouse=True)
def figures(request):
    """Print the figures, and write them into the build directory."""
    yield
    rows = [("under", "answers", "p50 ms", "p99 ms", "max ms", ""),
            ("---", "---:", "---:", "---:", "---:", "---"), *FIGURES]
    text = "".join("| " + " | ".join(row) + " |\n" for row in rows)
    (BUILD / "abuse.md").write_text(text)
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print("\n" + text, end="")


@pytest.fixture(scope="module", autouse=True)
def large(tree):
    """What is worth asking for again and again."""
    (tree / "abuse.bin").write_bytes(pattern(8 << 20))


def ordinary(server, new=False):
    """Ask for a page REQUESTS times; return how long each took."""
    times = []
    client = server.client()
    for _ in range(REQUESTS):
        begin = time.monotonic()
        if new:
            client.close()
            client = server.client()
        assert client.get("/probe.txt").body == b"probe\n"
        times.append(time.monotonic() - begin)
    client.close()
    return times


def held(server):
    """Count the descriptors of all workers."""
    return sum(len(os.listdir(f"/proc/{w}/fd")) for w in server.workers())


def is_open(worker):
    """Whether a worker has all that it opens at its start: its signals come
    last. Those of its master, which it begins with, are closed before it has
    an epoll of its own."""
    names = set()
    for fd in Path(f"/proc/{worker}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            names.add(os.readlink(fd))
    return {"anon_inode:[eventpoll]", "anon_inode:[signalfd]"} <= names


@pytest.mark.parametrize("attack", [
    attacks.slow_heads, attacks.slow_bodies, attacks.slow_readers,
    attacks.silence, attacks.resets, attacks.ranges, attacks.heads,
    attacks.pipelines, attacks.newcomers], ids=lambda a: a.__name__)
def test_attack(start, tree, attack):
    """An ordinary client is served, on a connection of its own for each
    request and on one for all; the workers are the same afterwards, and
    nothing is left of the attack."""
    server = start("--workers", "2", "--access-log", "off", root=tree)
    wait_for(lambda: [is_open(w) for w in server.workers()] == [True, True], "both workers")
    workers = set(server.workers())
    assert server.get("/probe.txt").status == 200
    before = held(server)
    with attacks.under_attack(attack, server.address):
        kept = ordinary(server)
        new = ordinary(server, new=True)
    figure(f"{attack.__name__}, kept", kept)
    figure(f"{attack.__name__}, new", new)
    # A large file that was asked for may stay open, once for each worker.
    wait_for(lambda: held(server) <= before + 2,
             "all that the attackers held to be given back")
    assert set(server.workers()) == workers


@pytest.mark.parametrize("attack", [
    attacks.slow_heads, attacks.slow_readers, attacks.silence],
    ids=lambda a: a.__name__)
def test_flood_past_the_limit(start, tree, attack):
    """Far more connections than there may be. Who is busy, or has asked for
    something, keeps his place; a newcomer waits until one is free, which a
    deadline sees to."""
    server = start("--workers", "1", "--access-log", "off",
                   "--max-connections", "200", "--header-timeout", "1",
                   "--write-timeout", "1", root=tree)
    with server.client() as client:
        client.get("/probe.txt")
        with attacks.under_attack(attack, server.address):
            begin = time.monotonic()
            assert server.get("/probe.txt").status == 200
            waited = time.monotonic() - begin
    figure(f"{attack.__name__}, past the limit", [waited],
           "400 for 200 places, deadlines of 1 s")
    assert server.get("/probe.txt").status == 200


def dropped(server):
    """The count of log lines that were lost."""
    port = re.search(r"metrics on \S+:(\d+)", server.stderr.read_text())[1]
    text = fetch(("127.0.0.1", int(port)), "/metrics").body.decode()
    return int(re.search(r"^scratchd_log_lines_dropped_total (\d+)$", text,
                         re.M)[1])


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_disk_of_the_log_is_full(start, tree):
    """ENOSPC: requests are answered, and lost lines are counted and said."""
    with open("/dev/full", "wb") as full:
        server = start("--workers", "1", "--metrics", "127.0.0.1:0",
                       root=tree, stdout=full, errors_ok=True)
        figure("full disk of the log", ordinary(server))
    wait_for(lambda: dropped(server) == REQUESTS, "the count")


@pytest.mark.skipif(not shutil.which("prlimit"), reason="no prlimit")
@pytest.mark.parametrize("megabytes, starts", [(8, False), (256, True)])
def test_memory_limit(start, tree, megabytes, starts):
    """Too little memory is told at the start; what is enough then is enough
    in a flood, for all of it is taken at the start."""
    limit = ["prlimit", f"--as={megabytes << 20}"]
    options = ["--workers", "1", "--access-log", "off",
               "--max-connections", "500"]
    if not starts:
        done = run([*limit, *SCRATCHD, *options, "--listen", "127.0.0.1:0",
                    str(tree)])
        assert done.returncode == 1 and "mmap" in done.stderr, done
        return
    server = start(*options, root=tree, prefix=())
    worker = server.workers()[0]
    resource.prlimit(worker, resource.RLIMIT_AS,
                     (megabytes << 20, megabytes << 20))
    with attacks.under_attack(attacks.slow_bodies, server.address):
        figure("slow_bodies, 256 MiB of address space", ordinary(server))
    assert server.workers() == [worker]


def test_no_descriptors_for_all(start, tree):
    """The limit of open files is reached by clients that say nothing: idle
    connections make room, and an ordinary client is served."""
    server = start("--workers", "1", "--access-log", "off", root=tree,
                   preexec_fn=lambda: resource.setrlimit(
                       resource.RLIMIT_NOFILE, (128, 128)))
    with attacks.under_attack(attacks.silence, server.address):
        figure("silence, 128 descriptors", ordinary(server))
        begin = time.monotonic()
        assert server.get("/probe.txt").status == 200
        figure("silence, 128 descriptors, new", [time.monotonic() - begin])


def downloads(server):
    """Clients with a large file under way to each."""
    clients = [server.client(rcvbuf=65536) for _ in range(24)]
    for client in clients:
        client.send(request("/abuse.bin"))
        client.head()
    return clients


def kill_one(server):
    """Kill one of two workers; return how long there were fewer that serve.
    What is asked meanwhile waits, and is answered."""
    victim, other = server.workers()
    begin = time.monotonic()
    os.kill(victim, signal.SIGKILL)
    queued = [server.client() for _ in range(20)]
    for client in queued:
        client.send(request("/probe.txt"))
    wait_for(lambda: victim not in server.workers()
             and [is_open(w) for w in server.workers()] == [True, True],
             "another worker", step=0.001)
    back = time.monotonic() - begin
    assert other in server.workers()
    for client in queued:
        assert client.response().body == b"probe\n"
        client.close()
    return back


def test_worker_is_killed_while_it_serves(start, tree):
    """Its own connections are lost and no others, nothing that was queued is
    lost, and there is another worker soon: in the best of three times, for
    who else uses the machine is not known."""
    server = start("--workers", "2", "--access-log", "off", root=tree,
                   errors_ok=True)
    content = (tree / "abuse.bin").read_bytes()
    times, wholes = [], []
    for _ in range(3):
        time.sleep(0.2)  # One that dies as soon as it is born is not hurried.
        victim = server.workers()[0]
        idle = open_sockets(victim)
        clients = downloads(server)
        held_by_victim = open_sockets(victim) - idle
        times.append(kill_one(server))
        whole = 0
        for client in clients:
            with contextlib.suppress(AssertionError, ConnectionResetError):
                whole += client.take(len(content)) == content
            client.close()
        wholes.append(whole)
        assert 0 < len(clients) - whole <= held_by_victim
    figure("a worker killed, until two serve again", times,
           f"{sum(wholes)} of 72 downloads went on")
    assert min(times) < 0.1


NEAR, FAR = "10.9.8.1", "10.9.8.2"


@pytest.fixture
def link():
    """Two networks with a link that a test may cut."""
    with contextlib.ExitStack() as stack:
        try:
            both = stack.enter_context(network.linked(NEAR, FAR))
        except OSError as trouble:
            pytest.skip(f"no networks of one's own: {trouble}")
        yield both


def peers(address):
    """A hundred connections in each of the states in which one can be left."""
    clients = []
    for first in (b"", b"GET / HTTP/1.1\r\nHost: a\r\nX: ",
                  b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n",
                  request("/probe.txt"), request("/abuse.bin")):
        for _ in range(100):
            client = Client(address, rcvbuf=4096)
            client.send(first)
            if first.startswith(b"GET /probe"):
                assert client.response().body == b"probe\n"
            clients.append(client)
    return clients


def test_peers_that_vanish(link, start, tree):
    """The link to hundreds is cut in the midst of whatever they did: no word of
    them ever comes, nor that they are gone. Their deadlines close them, and
    meanwhile another client is served."""
    near, far = link
    limits = [f"--{what}-timeout=2"
              for what in ("header", "body", "write", "keepalive")]
    with near.inside():
        server = start("--workers", "2", "--access-log", "off", *limits,
                       root=tree, listen="0.0.0.0:0")
        assert server.get("/probe.txt").status == 200
        wait_for(lambda: all(map(is_open, server.workers())), "all workers")
        before = held(server)
    with far.inside():
        clients = peers((NEAR, server.address[1]))
    wait_for(lambda: held(server) >= before + 400, "all who have said something")
    far.ip("link set dev cable down")
    begin = time.monotonic()
    for client in clients:
        client.close()
    with near.inside():
        figure("vanished peers, kept", ordinary(server))
        figure("vanished peers, new", ordinary(server, new=True))
    wait_for(lambda: held(server) <= before + 2, "their deadlines", timeout=10)
    figure("vanished peers, until the last is closed",
           [time.monotonic() - begin], "500, deadlines of 2 s")


def test_reader_of_the_log_is_gone(start, tree):
    """EPIPE under load: lines are lost, counted and said, and nothing else."""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE,
                          stdout=subprocess.DEVNULL) as reader:
        server = start("--workers", "2", "--metrics", "127.0.0.1:0", root=tree,
                       stdout=reader.stdin, errors_ok=True)
        workers = set(server.workers())
        with attacks.under_attack(attacks.pipelines, server.address):
            figure("pipelines, a pipe as the log", ordinary(server))
            reader.kill()
            reader.wait(TIMEOUT)
            figure("pipelines, nobody reads the pipe", ordinary(server))
    assert set(server.workers()) == workers
    assert dropped(server) >= REQUESTS


def test_master_is_killed(start, tree):
    """Its workers answer what has arrived, to the last byte, and end: nobody
    keeps the port."""
    server = start("--workers", "2", "--access-log", "off", root=tree,
                   errors_ok=True)
    content = (tree / "abuse.bin").read_bytes()
    load = Load(server.address, keep=True)
    try:
        wait_for(lambda: load.answered > REQUESTS, "some load")
        clients = downloads(server)
        load.may_close(refuse=True)
        begin = time.monotonic()
        server.signal(signal.SIGKILL)
        server.proc.wait(TIMEOUT)
        server.stopped = True
        for client in clients:
            assert client.take(len(content)) == content
            client.close()
        wait_for(server.group_is_gone, "the end of the workers", step=0.001)
        figure("the master killed, until the last worker is gone",
               [time.monotonic() - begin], "24 downloads came whole")
    finally:
        server.kill()
        load.stop()


@pytest.mark.skipif(not shutil.which("wrk"), reason="no wrk")
def test_more_than_it_can_do(start, tree):
    """Saturated, with an ordinary client beside: it waits its turn."""
    server = start("--workers", "2", "--access-log", "off", root=tree)
    url = f"http://127.0.0.1:{server.address[1]}/probe.txt"
    with subprocess.Popen(["wrk", "-t", "1", "-c", "200", "-d", "3", url],
                          stdout=subprocess.PIPE, text=True,
                          env=clean_env()) as load:
        time.sleep(0.3)
        figure("wrk, 200 connections", ordinary(server))
        said = load.communicate(timeout=20)[0]
    assert "Socket errors" not in said and "Non-2xx" not in said, said
