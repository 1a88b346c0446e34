# SPDX-License-Identifier: MIT
"""scratchd probe: whether a server is well, as an exit status."""
import contextlib
import os
import re
import shutil
import socket
import threading
import time

import pytest

from harness import BUILD, SCRATCHD, run
from wire import RUNNER, TIMEOUT


@contextlib.contextmanager
def answering(*pieces, family=socket.AF_INET, address=("127.0.0.1", 0),
              pause=0.0, stay=False):
    """A server for one connection, which sends pieces; yields its address
    and the list of what it received."""
    heard = []
    done = threading.Event()
    with socket.socket(family) as listener:
        listener.bind(address)
        listener.listen()
        listener.settimeout(TIMEOUT)

        def serve():
            with contextlib.suppress(OSError):
                conn = listener.accept()[0]
                with conn:
                    conn.settimeout(TIMEOUT)
                    heard.append(conn.recv(65536))
                    for piece in pieces:
                        conn.sendall(piece)
                        time.sleep(pause)
                    if stay:
                        done.wait(TIMEOUT)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname(), heard
        finally:
            done.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(TIMEOUT)


def probe(*args, command=SCRATCHD):
    """Run the probe; return its exit status and the one line it said."""
    done = run([*command, "probe", *args])
    assert done.stdout == "", done
    if done.returncode:
        assert re.fullmatch(r"scratchd: probe:? .*\n", done.stderr), done
    else:
        assert done.stderr == "", done
    return done.returncode, done.stderr


@pytest.mark.quick
@pytest.mark.parametrize("answer, status", [
    (b"HTTP/1.1 200 OK\r\n\r\n", 0), (b"HTTP/1.0 204 \r\n\r\n", 0),
    (b"HTTP/1.1 301 Moved\r\nLocation: /\r\n\r\n", 0),
    (b"HTTP/1.1 404 Not Found\r\n\r\n", 1),
    (b"HTTP/1.1 503 \x1b[31m\r\n\r\n", 1), (b"HTTP/1.1 100 Go on\r\n\r\n", 1),
    (b"HTTP/1.1 200\r\n\r\n", 1), (b"HTTP/1.1 2000 OK\r\n\r\n", 1),
    (b"HTTP/1.1  200 OK\r\n\r\n", 1), (b"HTTP/2.0 200 OK\r\n\r\n", 1),
    (b"HTTP/1.x 200 OK\r\n\r\n", 1), (b"HTTP/1.1 2x0 OK\r\n\r\n", 1),
    (b"HTTP/1.1 200 OK\n\n", 1), (b"HTTP/1.1 200 OK\r", 1),
    (b"220 smtp.example ESMTP\r\n", 1), (b"2" * 70000, 1), (b"", 1)])
def test_answers(answer, status):
    """2xx and 3xx of HTTP/1 are well; anything else is not, and is shown."""
    with answering(answer) as ((host, port), _):
        code, said = probe(f"http://{host}:{port}/healthz")
    assert code == status, said
    assert "\x1b" not in said
    if b" 404 " in answer:
        assert said.endswith(": HTTP/1.1 404 Not Found\\x0d\n"), said


@pytest.mark.parametrize("tail, target", [
    ("", "/"), ("/", "/"), ("/healthz?x=1", "/healthz?x=1")])
def test_request(tail, target):
    """What is sent: a whole request of HTTP/1.1."""
    with answering(b"HTTP/1.1 200 OK\r\n\r\n") as ((host, port), heard):
        assert probe(f"http://localhost:{port}{tail}")[0] == 0
    assert heard == [f"GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\n"
                     "Connection: close\r\n\r\n".encode()]


@pytest.mark.parametrize("tail, target", [
    ("", b"GET / "), (":", b"GET / "), (":/healthz", b"GET /healthz ")])
def test_unix_socket(tmp_path, tail, target):
    """unix:SOCKET, with a path behind it or without."""
    path = str(tmp_path / "s.sock")
    with answering(b"HTTP/1.1 200 OK\r\n\r\n", family=socket.AF_UNIX,
                   address=path) as (_, heard):
        assert probe(f"unix:{path}{tail}")[0] == 0
    assert heard[0].startswith(target)
    assert b"\r\nHost: localhost\r\n" in heard[0]


def test_ipv6():
    """An IPv6 address in brackets."""
    try:
        with answering(b"HTTP/1.1 200 OK\r\n\r\n", family=socket.AF_INET6,
                       address=("::1", 0)) as (address, _):
            assert probe(f"http://[::1]:{address[1]}/")[0] == 0
    except OSError:
        pytest.skip("no IPv6 here")


@pytest.mark.parametrize("final, status", [
    (b"200 OK", 0), (b"503 Service Unavailable", 1)])
def test_interim_answers(final, status):
    """What comes before the final answer is passed over, however it comes."""
    answer = (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
              b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 " + final +
              b"\r\n\r\n")
    for pieces in [[answer], [answer[i:i + 1] for i in range(len(answer))]]:
        with answering(*pieces, pause=0.0005) as ((host, port), _):
            assert probe(f"http://{host}:{port}/")[0] == status


def test_answer_in_pieces():
    """The status line may come byte by byte."""
    line = b"HTTP/1.1 200 OK\r\n"
    with answering(*[line[i:i + 1] for i in range(len(line))],
                   pause=0.001) as ((host, port), _):
        assert probe(f"http://{host}:{port}/")[0] == 0


@pytest.mark.quick
@pytest.mark.parametrize("pieces", [[], [b"HTTP/1.1 200"], [b"H"] * 40])
@pytest.mark.parametrize("timeout", [["--timeout", "1"], ["--timeout=1"]])
def test_deadline(pieces, timeout):
    """It holds for everything together: silence, half a line, a drip."""
    began = time.monotonic()
    with answering(*pieces, pause=0.1 if len(pieces) > 1 else 0,
                   stay=True) as ((host, port), _):
        code, said = probe(f"http://{host}:{port}/", *timeout)
    assert code == 1 and "ETIMEDOUT" in said
    assert 0.9 <= time.monotonic() - began < (15 if TIMEOUT > 20 else 3)


@pytest.mark.quick
def test_nobody_there(tmp_path):
    """No server, no socket file."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        code, said = probe(f"http://127.0.0.1:{unused.getsockname()[1]}/")
    assert code == 1 and "ECONNREFUSED (connection refused)" in said
    code, said = probe(f"unix:{tmp_path}/none")
    assert code == 1 and "ENOENT" in said


@pytest.mark.parametrize("args", [
    [], ["127.0.0.1:80"], ["https://127.0.0.1/"], ["http://"],
    ["http://example.org/"], ["http://8080/"], ["http://*:80/"],
    ["http://127.0.0.1:99999/"], ["http://127.0.0.1:/"], ["http://[::1/"],
    ["http://localhosts/"], ["http://127.0.0.1?x"], ["unix:"],
    ["unix:" + "x" * 108], ["unix:/s.sock:healthz"],
    ["http://127.0.0.1/" + "x" * 5000],
    ["http://127.0.0.1/", "http://127.0.0.1/"],
    ["http://127.0.0.1/", "--timeout"],
    ["http://127.0.0.1/", "--timeout", "0"],
    ["http://127.0.0.1/", "--timeout", "1.5"],
    ["http://127.0.0.1/", "--timeout", "86401"],
    ["http://127.0.0.1/", "--quiet"]])
def test_usage(args):
    """What makes no sense is status 2, and nothing is connected to."""
    code, said = probe(*args)
    assert code == 2
    assert "usage: scratchd probe URL [--timeout S]" in said


def test_against_the_server(server):
    """The server itself is well, and a page that is missing is not there."""
    port = server.ports[0]
    assert probe(f"http://127.0.0.1:{port}/probe.txt")[0] == 0
    assert probe(f"http://localhost:{port}/docs")[0] == 0
    assert probe("--timeout", "9", f"http://127.0.0.1:{port}/nosuch")[0] == 1


def chroot(folder):
    """The program alone: no /proc, no /dev, no other file."""
    if RUNNER:
        pytest.skip("the emulator is not in there (tests/container has one)")
    shutil.copy(BUILD / "scratchd", folder)
    return ["chroot", str(folder), "/scratchd"]


def hidden(_):
    """The machine as it is, with nothing in /proc."""
    command = ["unshare", "--mount", "sh", "-c", "mount -t tmpfs none /proc && "
               "! test -e /proc/self && exec \"$@\"", "sh"]
    done = run([*command, "true"])
    if done.returncode:
        pytest.skip(f"/proc cannot be hidden here: {done.stderr}")
    return [*command, *SCRATCHD]


@pytest.mark.skipif(os.geteuid() != 0, reason="takes the rights to chroot and mount")
@pytest.mark.quick
@pytest.mark.parametrize("place", [chroot, hidden])
def test_without_proc(start, tree, tmp_path, place):
    """A check in an image has no /proc, perhaps: it tells the same there."""
    root = tmp_path / "root"
    root.mkdir()
    path = os.path.relpath(root / "s")
    server = start("--listen", f"unix:{path}", root=tree)
    command = place(root)
    sock = "/s" if place is chroot else path
    url = f"http://127.0.0.1:{server.ports[0]}"
    assert probe(f"{url}/probe.txt", command=command) == (0, "")
    assert probe(f"http://localhost:{server.ports[0]}/", command=command) == (0, "")
    assert probe(f"unix:{sock}:/probe.txt", command=command) == (0, "")
    code, said = probe(f"{url}/nosuch", command=command)
    assert code == 1 and "HTTP/1.1 404 Not Found" in said
    server.stop()
    code, said = probe(f"{url}/", "--timeout", "2", command=command)
    assert code == 1 and "ECONNREFUSED (connection refused)" in said
