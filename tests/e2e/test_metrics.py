# SPDX-License-Identifier: MIT
"""--metrics: what the server counts, read by Prometheus' own parser."""
import os
import re
import signal

import pytest
from prometheus_client.parser import text_string_to_metric_families

from harness import SCRATCHD, run
from wire import Client, fetch, request, wait_for


class Counted:
    """A server, and what it says of itself."""

    def __init__(self, start, tree, *args, **kw):
        self.server = start("--metrics", "127.0.0.1:0", *args, root=tree,
                            **kw)
        said = self.server.stderr.read_text()
        port = re.search(r"scratchd: metrics on 127\.0\.0\.1:(\d+)\n", said)
        self.address = ("127.0.0.1", int(port[1]))

    def text(self):
        """Return the text as it is served now."""
        res = fetch(self.address, "/metrics")
        assert res.status == 200
        assert res.get("Content-Type") == "text/plain; version=0.0.4"
        return res.body.decode()

    def families(self):
        """Return every family, by name."""
        return {f.name: f for f in text_string_to_metric_families(self.text())}

    def values(self):
        """Return every sample, by name and labels."""
        return {(s.name.removeprefix("scratchd_"), *s.labels.values()): s.value
                for f in self.families().values() for s in f.samples}

    def value(self, *key):
        """Return one sample, 0 where there is none."""
        return self.values().get(key, 0)


@pytest.fixture
def counted(start, tree):
    """A server of one worker that counts."""
    return Counted(start, tree, "--workers", "1")


@pytest.mark.quick
def test_text(counted):
    """Names, types and helps as Prometheus wants them; all from the start."""
    families = counted.families()
    want = {"connections_accepted": "counter", "connections_active": "gauge",
            "response_body_bytes": "counter", "requests": "counter",
            "log_lines_dropped": "counter", "worker_restarts": "counter",
            "start_time_seconds": "gauge", "build_info": "gauge"}
    assert {name.removeprefix("scratchd_"): f.type
            for name, f in families.items()} == want
    for family in families.values():
        assert family.documentation.endswith(".")
        for sample in family.samples:
            assert sample.name == family.name + (
                "_total" if family.type == "counter" else "")
    text = counted.text()
    assert text.endswith("\n") and text.isascii()
    version = run([*SCRATCHD, "--version"]).stdout.split()[1]
    assert f'scratchd_build_info{{version="{version}"}} 1\n' in text
    begun = os.stat(counted.server.stderr).st_mtime
    assert abs(counted.value("start_time_seconds") - begun) < 30


@pytest.mark.quick
def test_requests(counted):
    """By method and class, with the bytes of their bodies."""
    server = counted.server
    with server.client() as client:
        client.get("/letters.txt")
        client.get("/letters.txt", "Range: bytes=0-3")
        client.get("/letters.txt", method="HEAD")
        client.get("/docs", method="HEAD")
        client.get("/", method="OPTIONS")
        client.get("/", method="BREW")
        client.send("DELETE / HTTP/1.0\r\n\r\n")
        page = len(client.response().body)
    with server.client() as client:
        client.send("nonsense\r\n\r\n")
        client.response()
    values = counted.values()
    requests = {key[1:]: value for key, value in values.items()
                if key[0] == "requests_total"}
    assert requests == {
        ("GET", "2xx"): 2, ("HEAD", "2xx"): 1, ("HEAD", "3xx"): 1,
        ("OPTIONS", "2xx"): 1, ("other", "5xx"): 1, ("DELETE", "4xx"): 1,
        ("other", "4xx"): 1}
    assert values["response_body_bytes_total",] > 26 + 4 + page
    assert values["connections_accepted_total",] == 3  # this one as well


@pytest.mark.quick
def test_only_there(counted):
    """The site is not where the metrics are, and they are not there."""
    server = counted.server
    for target in ("/probe.txt", "/", "/metrics/", "/metrics.txt",
                   "//metrics", "*"):
        assert fetch(counted.address, target).status == 404
    for method in ("POST", "OPTIONS", "DELETE", "BREW"):
        assert fetch(counted.address, "/metrics", method=method).status == 404
    assert fetch(counted.address, "/metrics?x=1").status == 200
    head = fetch(counted.address, "/metrics", method="HEAD")
    assert head.status == 200 and int(head.get("Content-Length")) > 500
    assert server.get("/metrics").status == 404
    assert server.get("http://127.0.0.1/metrics").status == 404
    server.stop()
    assert len(server.log()) == 2  # and they are not logged


def test_health_checks_are_not_counted(start, tree):
    """Nor are the requests for metrics."""
    counted = Counted(start, tree, "--health-path", "/healthz")
    assert counted.server.get("/healthz").status == 200
    assert fetch(counted.address, "/healthz").status == 404
    counted.text()
    assert not [k for k in counted.values() if k[0] == "requests_total"]


def test_all_workers(start, tree):
    """Whoever is asked knows what all have counted."""
    counted = Counted(start, tree, "--workers", "3")
    for _ in range(60):
        assert counted.server.get("/letters.txt").status == 200
    for scrapes in range(1, 6):
        values = counted.values()
        assert values["requests_total", "GET", "2xx"] == 60
        assert values["response_body_bytes_total",] == 60 * 26
        assert values["connections_accepted_total",] == 60 + scrapes


def test_active(counted):
    """Connections that are open now, with the one that asks."""
    clients = [counted.server.client() for _ in range(5)]
    for client in clients:
        client.get("/probe.txt")
    wait_for(lambda: counted.value("connections_active") == 6, "six")
    for client in clients:
        client.close()
    wait_for(lambda: counted.value("connections_active") == 1, "one")


@pytest.mark.quick
def test_restart(start, tree):
    """A worker that takes the place of another goes on counting; those
    that were connected are not any more."""
    counted = Counted(start, tree, "--workers", "2", errors_ok=True)
    server = counted.server
    held = [server.client() for _ in range(8)]
    for client in held:
        assert client.get("/letters.txt").status == 200
    before = counted.values()
    for pid in server.workers():
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: counted.value("worker_restarts_total") == 2, "a restart")
    after = counted.values()
    for client in held:
        client.close()
    assert after["requests_total", "GET", "2xx"] == 8
    assert after["connections_accepted_total",] \
        > before["connections_accepted_total",]
    wait_for(lambda: counted.value("connections_active") == 1, "one")
    assert server.get("/letters.txt").status == 200
    assert counted.value("requests_total", "GET", "2xx") == 9


def test_retired_worker_is_killed(start, tree):
    """Its connections are no longer active, though nobody takes its place."""
    counted = Counted(start, tree, "--workers", "1", errors_ok=True)
    server = counted.server
    with server.client() as client:
        client.get("/letters.txt")
        client.send("GET /letters.txt HTTP/1.1\r\n")
        old = server.workers()
        server.signal(signal.SIGHUP)
        wait_for(lambda: len(server.workers()) == 2, "a new worker")
        wait_for(lambda: counted.value("connections_active") == 2, "two")
        os.kill(old[0], signal.SIGKILL)
        wait_for(lambda: counted.value("connections_active") == 1, "one")
        assert counted.value("requests_total", "GET", "2xx") == 1
        assert counted.value("worker_restarts_total") == 0


def test_reload(start, tree):
    """SIGHUP takes nothing back, and is no restart."""
    counted = Counted(start, tree, "--workers", "2")
    server = counted.server
    for turn in range(3):
        for _ in range(4):
            assert server.get("/letters.txt").status == 200
        server.signal(signal.SIGHUP)
        wait_for(lambda n=turn: server.stderr.read_text().count("reload: new")
                 == n + 1, "a reload")
        wait_for(lambda: len(server.workers()) == 2, "the old workers' end")
        values = counted.values()
        assert values["requests_total", "GET", "2xx"] == 4 * (turn + 1)
        assert values["worker_restarts_total",] == 0


def test_dropped_lines(start, tree):
    """A log that cannot be written: each line is counted."""
    with open("/dev/full", "wb") as full:
        counted = Counted(start, tree, "--workers", "1", stdout=full,
                          errors_ok=True)
    with counted.server.client() as client:
        client.send(request("/probe.txt") * 50)
        for _ in range(50):
            client.response()
    wait_for(lambda: counted.value("log_lines_dropped_total") == 50,
             "50 lines that were lost")


def test_socket_file(start, tree, tmp_path):
    """An address like any other."""
    path = os.path.relpath(tmp_path / "m")
    server = start("--metrics", f"unix:{path}", root=tree)
    with Client(path) as client:
        assert b"\nscratchd_connections_active 1\n" in \
            client.get("/metrics").body
        assert client.get("/probe.txt").status == 404
    server.stop()
    assert not os.path.exists(path)


def test_the_port_is_taken(server):
    """One line, as for any other address."""
    done = run([*SCRATCHD, "--listen", "127.0.0.1:0", "--metrics",
                f"127.0.0.1:{server.ports[0]}", "."])
    assert done.returncode == 1 and "EADDRINUSE" in done.stderr


def test_default_listener_stays(start, tree):
    """--metrics is no --listen: without one the port is PORT's."""
    done = run([*SCRATCHD, "--metrics", "127.0.0.1:0", str(tree)],
               env={"PORT": "x"})
    assert done.returncode == 2 and "PORT" in done.stderr
