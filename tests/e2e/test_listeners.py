# SPDX-License-Identifier: MIT
"""Where a server listens: socket files, several addresses, inherited ones."""
import os
import re
import shutil
import socket
import stat
import subprocess
import time
from pathlib import Path

import pytest

from harness import (LOG_LINE, SCRATCHD, can_bind, children, clean_env,
                     cpu_ticks, free_port, open_sockets, run)
from wire import RUNNER, TIMEOUT, Client, fetch, wait_for


@pytest.fixture
def path(tmp_path):
    """A path for a socket; a path may have 107 bytes only."""
    return os.path.relpath(tmp_path / "s")


def is_listening(path):
    """Whether somebody takes connections there: the file is there before."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            return False
    return True


def is_socket(path):
    """Whether there is a socket file."""
    return os.path.exists(path) and stat.S_ISSOCK(os.stat(path).st_mode)


@pytest.mark.quick
def test_socket_file(start, tree, path):
    """Made at start with the umask's rights, served, removed at the end."""
    mask = os.umask(0o027)
    try:
        server = start("--listen", f"unix:{path}", root=tree)
    finally:
        os.umask(mask)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o640
    assert f"listening on unix:{path}\n" in server.stderr.read_text()
    with Client(path) as client:
        assert client.get("/probe.txt").body == b"probe\n"
        assert client.get("/letters.txt", "Range: bytes=1-2").body == b"bc"
    line = wait_for(server.log, "a line")[0]
    assert LOG_LINE.fullmatch(line)[1] == b"unix:"
    server.stop()
    assert not os.path.exists(path)


@pytest.mark.quick
def test_stale_socket_file(start, tree, path):
    """What a server left that was killed is replaced."""
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(path)
    server = start("--listen", f"unix:{path}", root=tree)
    assert fetch(path, "/probe.txt").status == 200
    server.stop()
    assert not os.path.exists(path)


@pytest.mark.quick
@pytest.mark.parametrize("kind", ["live", "datagram", "file", "folder",
                                  "link", "pipe"])
def test_path_in_use(tree, path, kind):
    """What is not a socket without a listener stays as it is."""
    with socket.socket(socket.AF_UNIX) as live, \
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagram:
        if kind == "live":
            live.bind(path)
            live.listen()
        elif kind == "datagram":
            datagram.bind(path)
        elif kind == "file":
            with open(path, "w") as file:
                file.write("precious")
        elif kind == "folder":
            os.mkdir(path)
        elif kind == "link":
            with socket.socket(socket.AF_UNIX) as dead:
                dead.bind(path + "2")
            os.symlink(path + "2", path)
        else:
            os.mkfifo(path)
        before = os.lstat(path)
        done = run([*SCRATCHD, "--listen", f"unix:{path}", str(tree)])
        after = os.lstat(path)
    assert done.returncode == 1
    assert done.stderr == (f"scratchd: bind unix:{path}: EADDRINUSE "
                           "(address already in use)\n")
    assert (before.st_ino, before.st_mode) == (after.st_ino, after.st_mode)


def test_socket_that_does_not_listen_yet(tree, path):
    """Between its bind and its listen a server's file is not stale."""
    with socket.socket(socket.AF_UNIX) as early:
        early.bind(path)
        before = os.stat(path).st_ino
        with subprocess.Popen(
                [*SCRATCHD, "--listen", f"unix:{path}", str(tree)],
                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                text=True, env=clean_env()) as proc:
            # Its own, and the one that it tries the other with.
            end = time.monotonic() + 2
            while open_sockets(proc.pid) < 2 and time.monotonic() < end:
                pass
            early.listen()
            said = proc.stderr.readline()
            proc.terminate()
        after = os.stat(path).st_ino
    assert said == (f"scratchd: bind unix:{path}: EADDRINUSE "
                    "(address already in use)\n")
    assert before == after


def test_missing_folder(tree, path):
    """The kernel's word on what fails."""
    done = run([*SCRATCHD, "--listen", f"unix:{path}/x/y", str(tree)])
    assert done.returncode == 1
    assert f"bind unix:{path}/x/y: ENOENT" in done.stderr


def test_removed_socket_file(start, tree, path):
    """Somebody took the file away: that is said at the end, no more."""
    server = start("--listen", f"unix:{path}", root=tree, errors_ok=True)
    os.unlink(path)
    server.stop()
    assert "scratchd: unlinkat" in server.stderr.read_text()


def test_another_server_took_the_path(start, tree, path):
    """The file that a later server has made is not the earlier one's."""
    first = start("--listen", f"unix:{path}", root=tree)
    os.unlink(path)
    second = start("--listen", f"unix:{path}", root=tree)
    first.stop()
    assert fetch(path, "/probe.txt").status == 200
    second.stop()
    assert not os.path.exists(path)


def test_later_address_fails(tree, path):
    """No file is left of a server that did not start."""
    done = run([*SCRATCHD, "--listen", f"unix:{path}", "--listen",
                f"unix:{path}2/x", str(tree)])
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done
    assert not os.path.exists(path)


def test_all_kinds_at_once(start, tree, path):
    """IPv4, IPv6, every address and socket files, in one server."""
    port = free_port()
    args = ["--listen", f"unix:{path}", "--listen", f"unix:{path}2",
            "--listen", str(port)]
    addresses = [path, path + "2", ("127.0.0.1", port)]
    has_ipv6 = can_bind("::1")
    if has_ipv6:
        args += ["--listen", "[::1]:0"]
        addresses.append(("::1", port))
    server = start("--workers", "2", *args, root=tree)
    said = server.stderr.read_text()
    if has_ipv6:
        addresses.append(
            ("::1", int(re.search(r"on \[::1\]:(\d+)\n", said)[1])))
        assert f"listening on [::]:{port}\n" in said
    for address in [*addresses, server.address]:
        assert fetch(address, "/probe.txt").body == b"probe\n"
    server.signal(1)
    wait_for(lambda: "reload: new" in server.stderr.read_text(), "a reload")
    for address in [*addresses, server.address]:
        assert fetch(address, "/probe.txt").body == b"probe\n"


@pytest.mark.quick
def test_every_address(start, tree):
    """A port alone is that port of every address, of both families."""
    server = start(root=tree, listen=None, env=clean_env(PORT="0"))
    for host in ("127.0.0.1", "127.0.0.2", *["::1"] * can_bind("::1")):
        assert fetch((host, server.ports[0]), "/probe.txt").status == 200
    kind = r"\[::\]" if can_bind("::") else r"0\.0\.0\.0"
    assert re.search(rf"on {kind}:\d+\n", server.stderr.read_text())


@pytest.mark.skipif(bool(RUNNER) or not shutil.which("strace"),
                    reason="needs strace and a program of this machine")
@pytest.mark.parametrize("call, error", [
    ("socket", "EAFNOSUPPORT"), ("bind", "EADDRNOTAVAIL")])
def test_every_address_without_ipv6(start, tree, tmp_path, call, error):
    """Where the kernel has no IPv6, or it is turned off, it is the same port of
    every IPv4 address. (tests/container has a kernel that is so.)"""
    log = tmp_path / "strace"
    port = free_port()
    server = start("--workers", "2", root=tree, listen=None,
                   env=clean_env(PORT=str(port)), prefix=[
                       "strace", "-f", "-qq", "-o", str(log), "-e",
                       f"trace={call}", "-e",
                       f"inject={call}:error={error}:when=1"])
    for host in ("127.0.0.1", "127.0.0.2"):
        assert fetch((host, port), "/probe.txt").body == b"probe\n"
    assert f"listening on 0.0.0.0:{port}\n" in server.stderr.read_text()
    calls = log.read_text().splitlines()
    assert re.search(rf"{call}\(.*AF_INET6, .*{error} .*\(INJECTED\)$",
                     calls[0]), calls
    assert re.search(rf"{call}\(.*AF_INET, .* = \d+$", calls[1]), calls


@pytest.mark.skipif(bool(RUNNER) or not shutil.which("strace"),
                    reason="needs strace and a program of this machine")
def test_other_errors_are_no_reason(tree, tmp_path):
    """Nor is IPv6 given up where it was asked for by its address."""
    inject = ["strace", "-f", "-qq", "-o", str(tmp_path / "strace"), "-e"]
    for listen, error in (("0", "EMFILE"), ("[::]:0", "EAFNOSUPPORT")):
        done = run([*inject, f"inject=socket:error={error}:when=1",
                    *SCRATCHD, "--listen", listen, str(tree)])
        assert done.returncode == 1
        assert re.fullmatch(rf"scratchd: socket \[::\]:0: {error} .*\n",
                            done.stderr), done


def listens(path):
    """Whether a process still holds the listening socket of path, whose
    file may be gone: a worker learns of the end after the master does."""
    sockets = [line.split() for line in
               Path("/proc/net/unix").read_text().splitlines()]
    acceptcon = "00010000"  # __SO_ACCEPTCON, include/linux/net.h
    return any(s[3] == acceptcon and s[-1] == path for s in sockets)


def test_socket_file_drains(start, tree, path):
    """A request that was begun is answered after SIGTERM."""
    server = start("--listen", f"unix:{path}", root=tree)
    with Client(path) as client:
        client.send("GET /probe.txt HTTP/1.1\r\n")
        assert listens(path)
        server.signal(15)
        wait_for(lambda: not listens(path), "the end of listening")
        assert not os.path.exists(path)
        client.send("Host: a\r\n\r\n")
        res = client.response()
        assert (res.status, res.says_close()) == (200, True)
        client.expect_eof()
    server.wait_exit()


def inherit(sockets, *args, env=None, count=None, pid="$$"):
    """Start a server with these as its descriptors from 3 on."""
    fds = [s.fileno() for s in sockets]
    moves = " ".join(f"{200 + i}<&{fd}" for i, fd in enumerate(fds))
    places = " ".join(f"{3 + i}<&{200 + i}" for i in range(len(fds)))
    count = len(fds) if count is None else count
    script = (f"exec {moves}; exec {places}; export LISTEN_PID={pid} "
              f"LISTEN_FDS={count}; exec \"$@\"")
    return subprocess.Popen(["bash", "-c", script, "bash", *SCRATCHD, *args],
                            pass_fds=fds, env=env or clean_env(),
                            stdin=subprocess.DEVNULL, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finish(proc):
    """End a server; return what it said on stderr."""
    proc.terminate()
    _, said = proc.communicate(timeout=TIMEOUT)
    assert proc.returncode == 0, said
    return said


@pytest.mark.quick
def test_inherited_sockets(tree, path):
    """They take the place of the default, and of PORT; the file of one of
    them stays. They may be blocking, as systemd's are."""
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as local:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        local.bind(path)
        local.listen()
        proc = inherit([tcp, local], "--workers", "2", str(tree),
                       env=clean_env(PORT="1"))
        for address in [tcp.getsockname(), path] * 4:
            assert fetch(address, "/probe.txt").status == 200
        port = tcp.getsockname()[1]
        lines = re.findall("listening on (.*)", finish(proc))
        assert lines == [f"127.0.0.1:{port}", f"unix:{path}"]
        assert is_socket(path)


def test_inherited_beside_given(tree, path):
    """--listen adds to them."""
    with socket.socket() as tcp:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        proc = inherit([tcp], "--listen", f"unix:{path}", str(tree))
        assert fetch(tcp.getsockname(), "/probe.txt").status == 200
        assert fetch(path, "/probe.txt").status == 200
        finish(proc)
    assert not os.path.exists(path)


def test_inherited_socket_ends(tree):
    """Who else holds it may end it: then nobody can be accepted any more, which
    is no work, and the end is not put off."""
    with socket.socket() as tcp:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        proc = inherit([tcp], "--workers", "1", str(tree))
        with Client(tcp.getsockname()) as client:
            assert client.get("/probe.txt").status == 200
            tcp.shutdown(socket.SHUT_RDWR)
            before = cpu_ticks(children(proc.pid)[0])
            time.sleep(0.5)
            assert client.get("/probe.txt").status == 200
            assert cpu_ticks(children(proc.pid)[0]) - before < 25
            assert "killed" not in finish(proc)


def test_another_process_inherits(tree, path):
    """LISTEN_PID says whose they are."""
    with socket.socket() as tcp:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        proc = inherit([tcp], "--listen", f"unix:{path}", str(tree), pid="1")
        wait_for(lambda: is_listening(path), "a server on the socket file")
        assert fetch(path, "/probe.txt").status == 200
        said = re.findall("listening on (.*)", finish(proc))
    assert said == [f"unix:{path}"]


@pytest.mark.parametrize("kind", ["none", "file", "datagram", "many"])
def test_nothing_to_inherit(tree, kind):
    """What cannot be listened on is said at once."""
    with socket.socket(type=socket.SOCK_DGRAM) as udp, \
            open("/dev/null") as null:
        udp.bind(("127.0.0.1", 0))
        sockets = {"file": [null], "datagram": [udp]}.get(kind, [])
        proc = inherit(sockets, str(tree), count=99 if kind == "many" else 1)
        _, said = proc.communicate(timeout=TIMEOUT)
    assert proc.returncode == (2 if kind == "many" else 1)
    want = {"none": "EBADF", "file": "ENOTSOCK", "datagram": "EOPNOTSUPP"}
    if kind == "many":
        assert said == "scratchd: LISTEN_FDS: '99': too many addresses\n"
    else:
        assert re.match(rf"scratchd: LISTEN_FDS 3: {want[kind]} ", said), said


def test_one_of_two_is_missing(tree):
    """It is said which."""
    with socket.socket() as tcp:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        proc = inherit([tcp], str(tree), count=2)
        _, said = proc.communicate(timeout=TIMEOUT)
    assert proc.returncode == 1
    assert said.startswith("scratchd: LISTEN_FDS 4: EBADF ("), said


def test_systemd_socket_activate(tree):
    """The same by systemd's own program, which starts it when somebody
    connects and passes the waiting connection on."""
    port = free_port()
    with subprocess.Popen(
            ["systemd-socket-activate", "-l", f"127.0.0.1:{port}",
             *SCRATCHD, str(tree)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True) as proc:
        try:
            wait_for(lambda: "Listening on" in proc.stderr.readline(),
                     "systemd-socket-activate")
            address = ("127.0.0.1", port)
            assert fetch(address, "/probe.txt").body == b"probe\n"
            assert fetch(address, "/letters.txt").status == 200
        finally:
            proc.terminate()
        said = proc.stderr.read()
        assert proc.wait(TIMEOUT) == 0, said
    assert f"scratchd: listening on 127.0.0.1:{port}\n" in said
