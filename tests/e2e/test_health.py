# SPDX-License-Identifier: MIT
"""--health-path: an answer for health checks, without the site."""
import pytest

from harness import SCRATCHD, run
from wire import wait_for


@pytest.fixture
def healthy(start, tree):
    """A server with a path for health checks."""
    return start("--workers", "1", "--health-path", "/healthz", root=tree)


@pytest.mark.quick
def test_answer(healthy):
    """Small, plain, and not to be kept by a cache; GET and HEAD."""
    for method in ("GET", "HEAD"):
        res = healthy.get("/healthz", method=method)
        assert res.status == 200
        assert res.get("Content-Type") == "text/plain"
        assert res.get("Cache-Control") == "no-store"
        assert res.get("Content-Length") == "3"
        assert res.body == (b"ok\n" if method == "GET" else b"")


@pytest.mark.parametrize("target", [
    "/healthz?verbose", "http://test/healthz", "/healthz?"])
def test_spellings_of_the_target(healthy, target):
    """The query does not matter, nor the target's form."""
    assert healthy.get(target).status == 200


@pytest.mark.parametrize("target", [
    "/healthz/", "/healthZ", "/health", "//healthz", "/%68ealthz"])
def test_other_paths(healthy, target):
    """The path is compared as it stands there."""
    assert healthy.get(target).status == 404


@pytest.mark.parametrize("method, status", [
    ("POST", 405), ("DELETE", 405), ("OPTIONS", 204), ("BREW", 501)])
def test_other_methods(healthy, method, status):
    """As everywhere."""
    assert healthy.get("/healthz", method=method).status == status


@pytest.mark.quick
def test_not_logged(healthy):
    """Checks come every few seconds; other requests are logged as ever."""
    with healthy.client() as client:
        client.get("/healthz")
        client.get("/probe.txt")
        client.get("/healthz")
        client.send("GET /bad HTTP/1.1\r\n\r\n")
        assert client.response().status == 400
    healthy.stop()
    lines = healthy.log()
    assert len(lines) == 2
    assert b"/probe.txt" in lines[0] and b"/bad" in lines[1]


def test_before_the_site(start, tree):
    """A file of that name is not reached."""
    (tree / "status.txt").write_bytes(b"from the site\n")
    server = start("--health-path", "/status.txt", root=tree)
    assert server.get("/status.txt").body == b"ok\n"
    assert start(root=tree).get("/status.txt").body == b"from the site\n"
    (tree / "status.txt").unlink()


def listens(server):
    """Whether somebody can still connect."""
    try:
        server.client().close()
    except ConnectionError:  # also of one that was queued at the end
        return False
    return True


@pytest.mark.quick
def test_draining(healthy):
    """503 from the moment when the server is told to end."""
    with healthy.client() as client:
        client.get("/healthz")
        client.send("GET /healthz HTTP/1.1\r\n")
        healthy.signal(15)
        wait_for(lambda: not listens(healthy), "the end of listening")
        client.send("Host: a\r\n\r\n")
        res = client.response()
        assert (res.status, res.says_close()) == (503, True)
        assert res.get("Cache-Control") == "no-store"
        client.expect_eof()


def test_probe(healthy):
    """The two together are a container's health check."""
    url = f"http://127.0.0.1:{healthy.ports[0]}/healthz"
    done = run([*SCRATCHD, "probe", url])
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    healthy.stop()
    assert run([*SCRATCHD, "probe", url]).returncode == 1


@pytest.mark.parametrize("value", ["", "healthz"])
def test_wrong_path(value):
    """It begins with a slash."""
    done = run([*SCRATCHD, "--health-path", value, "."])
    assert done.returncode == 2
    assert done.stderr == f"scratchd: --health-path: '{value}': not a path\n"
