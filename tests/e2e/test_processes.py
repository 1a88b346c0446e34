# SPDX-License-Identifier: MIT
"""Master and workers: restart, drain, reload."""
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from harness import SCRATCHD, children, open_sockets, run
from load import Load, send_all
from site_tree import pattern
from wire import RUNNER, TIMEOUT, request, wait_for


def test_one_master_and_its_workers(start, tree):
    """--workers says how many; the master itself serves nobody."""
    server = start("--workers", "3", root=tree)
    wait_for(lambda: len(server.workers()) == 3, "three workers")
    for _ in range(20):
        assert server.get("/probe.txt").status == 200
    assert [children(w) for w in server.workers()] == [[], [], []]


def watched(pid):
    """Count what the epoll instance of a worker watches."""
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        if os.readlink(fd) == "anon_inode:[eventpoll]":
            info = Path(f"/proc/{pid}/fdinfo/{fd.name}").read_text()
            return info.count("tfd:")
    return 0


@pytest.mark.skipif(bool(RUNNER), reason="under QEMU the emulator has its own")
def test_workers_share_the_connections(start, tree):
    """While there is little to do, the kernel wakes one and the same."""
    server = start("--workers", "2", root=tree)
    wait_for(lambda: [watched(w) for w in server.workers()] == [2, 2],
             "signals and the listener to be watched")
    empty = min(open_sockets(w) for w in server.workers())
    clients = []
    for _ in range(40):
        clients.append(server.client())
        clients[-1].send(request("/probe.txt"))
        assert clients[-1].response().status == 200
        time.sleep(0.002)  # so that both wait for the next one
    held = [open_sockets(w) - empty for w in server.workers()]
    assert sum(held) == 40 and min(held) >= 15, held
    for client in clients:
        client.close()


@pytest.mark.quick
def test_dead_worker_is_replaced(start, tree):
    """Whatever ends a worker, there is soon another: at least once in three
    times, for who else uses the machine is not known."""
    server = start("--workers", "2", root=tree, errors_ok=True)
    times = []
    for number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGKILL):
        time.sleep(0.2)  # One that dies as soon as it is born is not hurried.
        before = server.workers()
        assert len(before) == 2
        begin = time.monotonic()
        os.kill(before[0], number)
        wait_for(lambda: before[0] not in server.workers()
                 and len(server.workers()) == 2, "a new worker", step=0.001)
        times.append(time.monotonic() - begin)
        for _ in range(10):
            assert server.get("/probe.txt").body == b"probe\n"
    assert min(times) < (0.5 if RUNNER else 0.1), times


def test_only_worker_dies_with_a_queue(start, tree):
    """The master holds the socket: what waits there is not lost."""
    server = start("--workers", "1", root=tree, errors_ok=True)
    worker = wait_for(server.workers, "the worker")[0]
    os.kill(worker, signal.SIGSTOP)
    clients = [server.client() for _ in range(20)]
    for client in clients:
        client.send(request("/probe.txt"))
    os.kill(worker, signal.SIGKILL)
    for client in clients:
        assert client.response().body == b"probe\n"
        client.close()


@pytest.mark.quick
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_idle_connections_do_not_delay_the_end(start, tree, number):
    """--grace is for requests; nobody waits for who says nothing."""
    server = start("--workers", "2", "--grace", "300", root=tree)
    clients = [server.client() for _ in range(20)]
    for client in clients:
        assert client.get("/probe.txt").status == 200
    server.signal(number)
    for client in clients:
        client.expect_eof()
        client.close()
    server.wait_exit()
    with pytest.raises(ConnectionRefusedError):
        server.client()


@pytest.mark.quick
def test_requests_before_the_end_are_answered(start, tree):
    """What had arrived when SIGTERM came is answered: on connections in
    use and on such as are still in the queue."""
    for _ in range(5):
        server = start("--workers", "2", "--grace", "300", root=tree)
        clients = [server.client() for _ in range(40)]
        for client in clients[:20]:
            assert client.get("/probe.txt").status == 200
        for client in clients:
            client.send(request("/probe.txt"))
        server.signal(signal.SIGTERM)
        for client in clients:
            assert client.response().body == b"probe\n"
            client.expect_eof()
            client.close()
        server.wait_exit()


def test_download_is_finished_before_the_end(start, tree):
    """A large answer that is under way comes whole."""
    content = pattern(24 * 1024 * 1024)
    (tree / "whole.bin").write_bytes(content)
    server = start("--workers", "2", "--grace", "300", root=tree)
    with server.client() as client:
        client.send(request("/whole.bin"))
        client.head()
        server.signal(signal.SIGTERM)
        assert client.take(len(content)) == content
        client.expect_eof()
    server.wait_exit()


def test_unfinished_request_does_not_stop_the_end(start, tree):
    """Half a head delays the end by the grace, not by its own deadline."""
    server = start("--workers", "1", "--grace", "1", root=tree)
    with server.client() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n")
        assert server.get("/probe.txt").status == 200
        server.signal(signal.SIGTERM)
        server.wait_exit()


def test_stalled_reader_does_not_stop_the_end(start, tree):
    """Nor does a reader that does not read."""
    with open(tree / "stall.bin", "wb") as file:
        file.truncate(64 * 1024 * 1024)
    server = start("--workers", "1", "--grace", "1", root=tree)
    with server.client(rcvbuf=4096) as client:
        client.send(request("/stall.bin"))
        client.take(1000)
        server.signal(signal.SIGTERM)
        server.wait_exit()


@pytest.mark.quick
@pytest.mark.parametrize("keep", [False, True])
def test_end_under_load(start, tree, keep):
    """Nothing that had arrived before SIGTERM is lost."""
    server = start("--workers", "2", root=tree)
    load = Load(server.address, keep=keep)
    try:
        wait_for(lambda: load.answered > 100, "some load")
        load.may_close(refuse=True)
        server.signal(signal.SIGTERM)
        server.wait_exit()
    finally:
        load.stop()


def is_told(pid):
    """Whether a process that is stopped will have to end when it goes on."""
    text = Path(f"/proc/{pid}/status").read_text()
    waiting = int(text.split("\nShdPnd:\t")[1].split("\n")[0], 16)
    return waiting >> signal.SIGTERM - 1 & 1


@pytest.mark.quick
@pytest.mark.parametrize("keep", [False, True])
def test_reload_under_load(start, tree, keep):
    """SIGHUP replaces every worker, and nobody notices: what had arrived is
    answered, and while there are old workers a connection may be closed
    between two requests."""
    server = start("--workers", "2", root=tree)
    load = Load(server.address, keep=keep)
    try:
        for _ in range(3):
            count = load.answered
            load.may_close()
            server.reload()
            load.may_not_close()
            wait_for(lambda: load.answered > count + 20, "more load")
    finally:
        load.stop()
    assert server.get("/probe.txt").status == 200


@pytest.mark.quick
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
@pytest.mark.parametrize("order", ["idle", "busy", "late"])
def test_requests_that_have_arrived(start, tree, number, order):
    """On connections that are kept, what had arrived when a worker was told to
    end is answered; also where it was busy until then and learns of all at
    once, and even of what came after the signal."""
    for _ in range(3):
        server = start("--workers", "2", "--grace", "300", root=tree)
        before = server.workers()
        clients = [server.client() for _ in range(20)]
        for client in clients:
            assert client.get("/probe.txt").status == 200
        if order != "idle":
            for worker in before:
                os.kill(worker, signal.SIGSTOP)
        if order != "late":
            send_all(clients, request("/probe.txt"))
        server.signal(number)
        if order != "idle":
            wait_for(lambda: all(is_told(w) for w in before), "the news")
        if order == "late":
            send_all(clients, request("/probe.txt"))
        if order != "idle":
            for worker in before:
                os.kill(worker, signal.SIGCONT)
        for client in clients:
            assert client.response().body == b"probe\n"
            client.expect_eof()
            client.close()
        server.stop()


def test_reload_opens_the_root_anew(start, tmp_path):
    """A deployment by a link: the old folder until SIGHUP, then the new."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "v.txt").write_text(name)
    (tmp_path / "current").symlink_to("one")
    server = start("--workers", "2", root=tmp_path / "current")
    assert server.get("/v.txt").body == b"one"
    (tmp_path / "next").symlink_to("two")
    os.rename(tmp_path / "next", tmp_path / "current")
    assert server.get("/v.txt").body == b"one"
    server.signal(signal.SIGHUP)
    wait_for(lambda: server.get("/v.txt").body == b"two", "the new folder")
    wait_for(lambda: all(server.get("/v.txt").body == b"two"
                         for _ in range(20)), "every worker's new folder")


def test_reload_of_a_root_that_is_gone(start, tmp_path):
    """An unusable root is reported, and the old one stays in service."""
    (tmp_path / "root").mkdir()
    (tmp_path / "root/v.txt").write_text("one")
    server = start("--workers", "1", root=tmp_path / "root", errors_ok=True)
    os.rename(tmp_path / "root", tmp_path / "away")
    server.signal(signal.SIGHUP)
    wait_for(lambda: "ENOENT" in server.stderr.read_text(), "the report")
    assert server.get("/v.txt").body == b"one"


def test_reload_finishes_downloads(start, tree):
    """The old worker lives for as long as its last answer."""
    content = pattern(24 * 1024 * 1024)
    (tree / "reload.bin").write_bytes(content)
    server = start("--workers", "1", "--grace", "300", root=tree)
    with server.client() as client:
        client.send(request("/reload.bin"))
        client.head()
        before = server.workers()
        server.signal(signal.SIGHUP)
        wait_for(lambda: set(server.workers()) - set(before),
                 "the new worker")
        assert server.get("/probe.txt").body == b"probe\n"
        assert client.take(len(content)) == content


def test_signals_at_the_same_time(start, tree):
    """SIGHUP and then SIGTERM at once: it ends."""
    server = start("--workers", "2", root=tree)
    for _ in range(5):
        server.signal(signal.SIGHUP)
    server.signal(signal.SIGTERM)
    server.wait_exit()


def test_ignored_signals_and_inherited_mask(start, tree):
    """A parent that blocks or ignores signals does not make the server
    deaf: it is stopped with SIGTERM like any other."""
    blocked = {signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD}
    server = start(
        root=tree, preexec_fn=lambda: (
            signal.signal(signal.SIGTERM, signal.SIG_IGN),
            signal.signal(signal.SIGCHLD, signal.SIG_IGN),
            signal.pthread_sigmask(signal.SIG_BLOCK, blocked)))
    assert server.get("/probe.txt").status == 200
    server.stop()


@pytest.mark.quick
def test_port_in_use(start, tree):
    """The second server says why it does not start, in one line."""
    server = start(root=tree)
    where = f"127.0.0.1:{server.address[1]}"
    second = run([*SCRATCHD, "--listen", where, str(tree)])
    assert second.returncode == 1
    assert second.stdout == ""
    assert second.stderr == (f"scratchd: bind {where}: EADDRINUSE "
                             "(address already in use): try another port\n")


def test_port_is_free_at_once(start, tree):
    """After the end the same port can be taken again, although old
    connections are in TIME-WAIT."""
    first = start(root=tree)
    with first.client() as client:
        client.get("/probe.txt", "Connection: close")
        client.expect_eof()
    first.stop()
    again = start(root=tree, listen=f"127.0.0.1:{first.address[1]}")
    assert again.address == first.address
    assert again.get("/probe.txt").status == 200


def test_workers_end_with_their_master(start, tree):
    """A master that is killed leaves nobody behind who holds the port."""
    server = start("--workers", "2", root=tree, errors_ok=True)
    server.signal(signal.SIGKILL)
    server.proc.wait(TIMEOUT)
    server.stopped = True
    try:
        wait_for(server.group_is_gone, "the end of the workers")
    finally:
        server.kill()


def test_empty_environment():
    """The program needs no environment at all."""
    done = subprocess.run([*SCRATCHD, "--version"], env={}, timeout=TIMEOUT,
                          capture_output=True, check=False)
    assert done.returncode == 0


def test_requests_behind_a_download_are_answered(start, tree):
    """What came together with the request of a large answer had arrived
    before SIGTERM, too."""
    content = bytes(24 * 1024 * 1024)
    (tree / "first.bin").write_bytes(content)
    server = start("--workers", "1", "--grace", "300", root=tree)
    with server.client() as client:
        client.send(request("/first.bin") + request("/probe.txt") * 5)
        head = client.head()
        assert head.get("Content-Length") == str(len(content))
        server.signal(signal.SIGTERM)
        assert client.take(len(content)) == content
        for _ in range(5):
            assert client.response().body == b"probe\n"
        client.expect_eof()
    server.wait_exit()


@pytest.mark.skipif(bool(RUNNER) or not shutil.which("strace"),
                    reason="needs strace and a program of this machine")
def test_reload_without_processes(start, tree, tmp_path):
    """SIGHUP when no process can be made: the old workers stay.

    A call that strace fails is made as number -1, which the filter kills."""
    server = start("--workers", "2", "--sandbox", "off", root=tree,
                   errors_ok=True, prefix=[
                       "strace", "-o", str(tmp_path / "trace"), "-e",
                       "trace=clone", "-e",
                       "inject=clone:error=EAGAIN:when=3+"])
    before = server.workers()
    server.signal(signal.SIGHUP)
    wait_for(lambda: "EAGAIN" in server.stderr.read_text(), "the report")
    end = time.monotonic() + 2
    while time.monotonic() < end:
        assert server.get("/probe.txt").body == b"probe\n"
    assert set(server.workers()) <= set(before)
