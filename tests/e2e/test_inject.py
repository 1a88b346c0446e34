# SPDX-License-Identifier: MIT
"""Calls that fail on the real kernel, by strace's injection (strace(1)).

tests/sim does it for every call and error; this is whether its kernel is like
the real one. Every third or so of a kind of call fails in the workers. A
client that meets it gets an error or loses its connection, as often as a call
failed and no more; every other answer is whole; and the worker lives on. (Without
the sandbox: to make a call fail, strace makes it another that is forbidden.)
"""
import re
import shutil

import pytest

from site_tree import pattern
from wire import RUNNER, request, wait_for

pytestmark = pytest.mark.skipif(
    bool(RUNNER) or not shutil.which("strace"),
    reason="needs strace and a program of this machine")

# What may come of it to a client.
NOTHING, BREAKS, DEGRADES = "nothing", "breaks", "degrades"

# Call, error, from which call on and every how many, and what may come of it.
# The first two of epoll_ctl are the worker's start. Without descriptors for a
# new connection one that is idle makes room.
CASES = [
    ("accept4", "ECONNABORTED", "2+3", NOTHING),
    ("accept4", "EINTR", "2+3", NOTHING),
    ("accept4", "EPERM", "2+3", NOTHING),
    ("accept4", "EMFILE", "3+5", BREAKS),
    ("accept4", "ENFILE", "3+5", BREAKS),
    ("accept4", "ENOBUFS", "3+5", BREAKS),
    ("recvfrom", "EINTR", "2+3", NOTHING),
    ("recvfrom", "ECONNRESET", "2+3", BREAKS),
    ("recvfrom", "ETIMEDOUT", "2+3", BREAKS),
    ("sendto", "EINTR", "2+3", NOTHING),
    ("sendto", "EPIPE", "2+3", BREAKS),
    ("sendto", "ENOMEM", "2+3", BREAKS),
    ("sendmsg", "EINTR", "2+3", NOTHING),
    ("sendmsg", "EPIPE", "2+3", BREAKS),
    ("sendmsg", "ENOMEM", "2+3", BREAKS),
    ("sendfile", "EINTR", "2+3", NOTHING),
    ("sendfile", "EIO", "2+3", BREAKS),
    ("epoll_ctl", "ENOMEM", "3+4", BREAKS),
    ("epoll_ctl", "ENOSPC", "3+4", BREAKS),
    ("openat2", "EMFILE", "9+7", DEGRADES),
    ("openat2", "ENOMEM", "9+7", DEGRADES),
    ("openat2", "EAGAIN", "9+2", NOTHING),
    ("statx", "EIO", "9+3", DEGRADES),
    ("pread64", "EIO", "2+3", DEGRADES),
    ("shutdown", "ENOTCONN", "1+2", NOTHING),
    ("write", "ENOSPC", "9+3", NOTHING),
    ("write", "EAGAIN", "9+3", NOTHING),
    ("write", "EINTR", "9+3", NOTHING),
]
ROUNDS = 12


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """One small file for each round, so that the cache is no help, one that
    the cache holds and sends from (sendmsg), and a large one."""
    folder = tmp_path_factory.mktemp("root")
    for number in range(ROUNDS):
        (folder / f"{number}.txt").write_bytes(b"%d\n" % number)
    (folder / "medium.bin").write_bytes(pattern(30000))
    (folder / "large.bin").write_bytes(pattern(200000))
    return folder


def attempt(client, target, body):
    """Ask once. Return "ok", "degraded" or "broken"; anything else fails."""
    try:
        client.send(request(target))
        if not client.buf and not client.fill():
            return "broken"
        res = client.head()
        if res.status != 200:
            assert res.status in (404, 403, 500, 503), res
            client.take(int(res.get("Content-Length")))
            return "degraded"
        content = client.take(int(res.get("Content-Length")))
    except (ConnectionError, AssertionError) as failure:
        assert isinstance(failure, ConnectionError) \
            or "closed" in str(failure), failure
        return "broken"
    assert content == body, "another body"
    return "ok"


def drive(server, root):
    """Ask for files of every size, on kept and on new connections."""
    results = []
    medium = (root / "medium.bin").read_bytes()
    large = (root / "large.bin").read_bytes()
    kept = server.client()
    for number in range(ROUNDS):
        small = b"%d\n" % number
        for target, body in ((f"/{number}.txt", small), ("/medium.bin", medium),
                             ("/large.bin", large)):
            results.append(attempt(kept, target, body))
            if results[-1] != "ok":
                kept.close()
                kept = server.client()
        with server.client() as new:
            results.append(attempt(new, f"/{number}.txt", small))
    kept.close()
    return results


@pytest.mark.parametrize("call, error, when, harm",
                         CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
def test_injected(start, root, tmp_path, call, error, when, harm):
    """Each error costs whom it is about, and nobody else."""
    log = tmp_path / "strace"
    server = start(
        "--workers", "1", "--sandbox", "off", root=root, errors_ok=True,
        prefix=["strace", "-f", "-qq", "-o", str(log), "-e", f"trace={call}",
                "-e", f"inject={call}:error={error}:when={when}"])
    workers = server.workers()
    results = drive(server, root)
    wait_for(lambda: log.exists(), "the log of strace")
    assert server.workers() == workers, "the worker has ended"
    injected = len(re.findall(rf"^{workers[0]} .*\(INJECTED\)$",
                              log.read_text(), re.M))
    bad = {kind: results.count(kind) for kind in ("broken", "degraded")}
    if call not in ("shutdown", "write"):
        assert injected > 0, "nothing was injected"
    allowed = {NOTHING: 0, BREAKS: injected, DEGRADES: injected}[harm]
    assert sum(bad.values()) <= allowed, (bad, injected)
    if harm == BREAKS:
        assert not bad["degraded"], bad
    server.stop()
    said = server.stderr.read_text()
    lost = sum(map(int, re.findall(r"access log: (\d+) lines were", said)))
    if call == "write":  # all were answered
        assert len(server.log()) + lost == len(results), (lost, said)
        assert not lost or error == "ENOSPC", said
