# SPDX-License-Identifier: MIT
"""A call that no test makes is not in the list: src/kernel/calls.def.

strace watches the programs with the sandbox on, in scenarios that take every
way there is. Each right of each role has to be used in one of them, and nothing
else may be done. (The filter does not hold all of that: a master's lets through
what its workers need. "T" is test_trace.py's.)
"""
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import bundle_tree
import rights
import site_tree
from harness import BUILD, HELLO, LISTENING, SCRATCHD, children, clean_env, run
from log_ends import log_ends
from wire import RUNNER, TIMEOUT, Client, chunked, fetch, post, request, wait_for

pytestmark = pytest.mark.skipif(
    bool(RUNNER) or not shutil.which("strace")
    or BUILD.name.endswith("-nolibc") or sys.maxsize < 1 << 32,
    reason="needs strace and a program of this machine, one of 64 bits, where "
           "calls have the names of calls.def, and with its own start")

LARGE = 16_000_000
ROLES = ("m", "mL", "M", "ML", "w", "W", "WF", "WFL", "P", "B", "H")
OF_USER = {"setgroups", "setresgid", "setresuid"}  # root's


def lacking(call, error):
    """Return the command in front of what is to run without a call."""
    return [sys.executable, "-B", str(Path(__file__).parent / "lacking.py"),
            call, error]


class Scenes:
    """Servers of one site that every user can read, and what they do."""

    def __init__(self, folder, start, record):
        self.folder = folder
        self.start = start
        self.record = record
        self.root = folder / "root"
        self.root.mkdir()
        site_tree.write(self.root)
        (self.root / "medium.bin").write_bytes(site_tree.pattern(30000))
        with open(self.root / "large.bin", "wb") as large:
            large.truncate(LARGE)
        (self.root / "rules").write_text("/old /probe.txt\n")
        for link, target in (("_redirects", "rules"), ("link", "docs")):
            (self.root / link).symlink_to(target)
        (self.root / "many").mkdir()
        for number in range(1000):
            (self.root / "many" / f"{number:03}{'x' * 200}").touch()

    @contextlib.contextmanager
    def server(self, scenario, *args, before=(), behind=(), walks=False,
               files=True, **kw):
        """A server that is watched, and in the end stopped and taken in."""
        kw.setdefault("root", self.root)
        server = self.start(
            *args, errors_ok=True,
            prefix=[*before, *self.record.tracer(scenario), *behind], **kw)
        yield server
        server.stop()
        self.record.server(scenario, walks, files)

    @contextlib.contextmanager
    def process(self, scenario, *argv, **streams):
        """A program that is watched and ended by SIGTERM, as a function that
        returns its process (strace itself does not heed the signal)."""
        with subprocess.Popen([*self.record.tracer(scenario), *argv],
                              stdin=subprocess.DEVNULL, env=clean_env(),
                              start_new_session=True, **streams) as proc:
            try:
                yield lambda: children(proc.pid)[0]
                os.kill(children(proc.pid)[0], signal.SIGTERM)
                assert proc.wait(TIMEOUT) in (0, -signal.SIGTERM)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(proc.pid, signal.SIGKILL)

    def command(self, scenario, role, *argv, before=()):
        """A program that ends by itself; return how."""
        done = run([*before, *self.record.tracer(scenario), *argv])
        self.record.command(scenario, role)
        return done


def ask_for_files(server, record, scenario):
    """Answers by every way that there is: from the cache, from the file, from
    memory, in parts, slowly; and none."""
    with server.client() as client:
        tag = client.get("/probe.txt").get("ETag")
        assert client.get("/probe.txt", f"If-None-Match: {tag}").status == 304
        for target, status in (("/", 200), ("/docs", 301), ("/link/", 200),
                               ("/old", 301), ("/nosuch", 404), ("/many/", 200),
                               ("/medium.bin", 200), ("/medium.bin", 200),
                               ("/docs/../probe.txt", 200), ("/health", 200)):
            assert client.get(target).status == status, target
        assert client.get("/probe.txt", method="HEAD").status == 200
        for ranges in ("0-99", "0-9,20-29,-5"):
            assert client.get("/large.bin", f"Range: bytes={ranges}").status == 206
        assert len(client.get("/large.bin").body) == LARGE
    with server.client(rcvbuf=4096) as slow:
        slow.send(request("/large.bin"))
        assert slow.head().status == 200
        wait_for(lambda: record.has("TIOCOUTQ", scenario),
                 "a worker that can send no more")
    with server.client() as client:  # its body is not taken, so it lingers
        client.send(request("/probe.txt", f"Content-Length: {LARGE}", method="POST"))
        assert client.response().status == 413
        client.fin()
        client.expect_eof()


def files(scenes):
    """A server's life: asked by TCP, by a socket file and through a proxy, for
    files and for metrics; a reload, a death, the end."""
    path = str(scenes.folder / "s")
    with scenes.server(
            "files", "--workers", "1", "--list", "on", "--health-path",
            "/health", "--metrics", "127.0.0.1:0", "--listen", f"unix:{path}", "--listen",
            "127.0.0.1:0,proxy") as server:
        said = server.stderr.read_text()
        ask_for_files(server, scenes.record, "files")
        assert fetch(path, "/probe.txt").status == 200
        metrics = re.search(r"metrics on 127\.0\.0\.1:(\d+)\n", said)[1]
        assert fetch(("127.0.0.1", int(metrics)), "/metrics").status == 200
        proxied = re.search(r":(\d+),proxy\n", said)[1]
        with Client(("127.0.0.1", int(proxied))) as client:
            client.send("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n")
            assert client.get("/probe.txt").status == 200
        server.reload()
        worker, = server.workers()
        os.kill(worker, signal.SIGKILL)
        wait_for(lambda: server.workers() not in ([], [worker]), "another")
        assert server.get("/probe.txt").status == 200


def walk(scenes):
    """No openat2: the rules are behind a link, and so is what is asked for."""
    with scenes.server(
            "walk", "--workers", "1", "--list", "on", "--health-path", "/health",
            before=lacking("openat2", "ENOSYS"), walks=True) as server:
        assert "walked by hand; sandbox: seccomp" in server.stderr.read_text()
        ask_for_files(server, scenes.record, "walk")
        server.reload()
        assert server.get("/link/page.html").status == 200


def start_ways(scenes):
    """Over a dead server's socket file; with a socket that is there already;
    as somebody else."""
    path = str(scenes.folder / "stale")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(path)
    with scenes.server("stale", "--listen", f"unix:{path}"):
        assert fetch(path, "/probe.txt").status == 200
    with socket.create_server(("127.0.0.1", 0)) as given:
        fd = given.fileno()
        with scenes.server(
                "inherited", listen=None, pass_fds=[fd], behind=[
                    "bash", "-c", "export LISTEN_FDS=1 LISTEN_PID=$$; "
                    f'exec "$@" 3<&{fd}', "bash"]) as server:
            assert server.get("/probe.txt").status == 200
    if os.geteuid() == 0:
        with scenes.server("user", "--workers", "1", "--user", "12345") as server:
            assert server.get("/probe.txt").status == 200
            server.reload()


def log(scenes, kind):
    """The log, and the master's lines, go to a pipe or a socket, ..."""
    scenario = f"log to a {kind}"
    folder = scenes.folder / kind
    folder.mkdir()
    with log_ends(kind, folder) as (reader, goal):
        reader.thread.start()
        with scenes.process(
                scenario, *SCRATCHD, "--workers", "1", "--listen", "127.0.0.1:0",
                str(scenes.root), stdout=goal, stderr=goal) as master:
            found = wait_for(lambda: LISTENING.search(
                reader.data.decode().replace("\r", "")), "the start line")
            address = ("127.0.0.1", int(found[1]))
            assert fetch(address, "/probe.txt").status == 200
            os.kill(master(), signal.SIGHUP)
            wait_for(lambda: b"reload: new" in reader.data, "a reload")
            assert fetch(address, "/probe.txt").status == 200
    wait_for(lambda: reader.data.count(b"GET /probe.txt") == 2, "the log")
    scenes.record.server(scenario)


def failures(scenes):
    """Servers that end before they have begun, and say why."""
    done = scenes.command("wrong usage", "m", *SCRATCHD, "--nonsense")
    assert done.returncode == 2
    for kind in ("pipe", "fifo", "socket"):
        scenario = f"a worker's last words to a {kind}"
        folder = scenes.folder / scenario
        folder.mkdir()
        with log_ends(kind, folder) as (reader, goal):
            reader.thread.start()
            done = subprocess.run(
                [*lacking("landlock_restrict_self", "EPERM"),
                 *scenes.record.tracer(scenario), *SCRATCHD, "--workers", "1",
                 "--listen", "127.0.0.1:0", str(scenes.root)], check=False,
                stdin=subprocess.DEVNULL, stdout=goal, stderr=goal,
                env=clean_env(), timeout=TIMEOUT)
            assert done.returncode == 1
        assert b"landlock_restrict_self in a worker: EPERM" in reader.finish()
        scenes.record.server(scenario)


def handlers(scenes):
    """Bodies and streams of a program of somebody's own."""
    with scenes.server("handlers", program="handlers") as server:
        for data in (post("/gather", b"x" * 100), chunked("/sum", b"1", b"2"),
                     post("/sum", b"x" * 100_000), request("/lines/10"),
                     request("/slow/3"), request("/counts"),
                     request("/letters.txt"), request("/large")):
            assert server.ask(data).status == 200, data


def probe(scenes):
    """One that finds a server, one that does not."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
        assert scenes.command("probe nobody", "P", *SCRATCHD, "probe",
                              url).returncode == 1
    with scenes.server("probed") as server:
        url = f"http://127.0.0.1:{server.ports[0]}/probe.txt"
        assert scenes.command("probe", "P", *SCRATCHD, "probe",
                              url).returncode == 0


def bundle(scenes):
    """It is made in both ways, cannot be put where a folder is, is read, and
    serves."""
    site = scenes.folder / "site"
    site.mkdir()
    bundle_tree.write(site)
    file = str(scenes.folder / "bundle")
    make = [*SCRATCHD, "bundle", str(site), "-o"]
    for scenario, args, status, before in (
            ("bundle", [*make, file], 0, ()),
            ("bundle by walking", [*make, file], 0, lacking("openat2", "ENOSYS")),
            ("bundle in the way", [*make, str(site)], 1, ()),
            ("bundle --list", [*SCRATCHD, "bundle", "--list", file], 0, ()),
            ("bundle --extract", [*SCRATCHD, "bundle", "--extract", file,
                                  str(scenes.folder / "out")], 0, ())):
        done = scenes.command(scenario, "B", *args, before=before)
        assert done.returncode == status, done
    with scenes.server("bundle that serves", program=file, root=None,
                       files=False) as server:
        for target in ("/", "/small.txt", "/large.bin", "/docs/", "/nosuch"):
            server.get(target)
        server.signal(signal.SIGHUP)
        wait_for(lambda: "nothing to reload" in server.stderr.read_text(),
                 "its word on that")


def hello(scenes):
    """A request with a body and one without; and no server at all."""
    assert scenes.command("hello in vain", "H", *HELLO, "nonsense").returncode
    said = scenes.folder / "said"
    with open(said, "wb") as out, scenes.process(
            "hello", *HELLO, "127.0.0.1:0", stdout=out):
        port = wait_for(lambda: re.search(r"on 127\.0\.0\.1:(\d+)\n",
                                          said.read_text()), "its address")[1]
        for data in (request("/"), post("/", b"name=you")):
            with Client(("127.0.0.1", int(port))) as client:
                client.send(data)
                while client.fill():
                    pass
                assert client.buf.startswith(b"HTTP/1.1 200 OK\r\n")
    scenes.record.command("hello", "H")


@pytest.fixture(scope="module")
def folder():
    """One that every user can read, and with a name that is short enough for
    the path of a socket; pytest's own are neither."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def record(folder, start_shared, tmp_path_factory):
    """What was done in all scenarios."""
    made = rights.Record(tmp_path_factory.mktemp("rights"))
    scenes = Scenes(folder, start_shared, made)
    for scene in (files, walk, start_ways, failures, handlers, probe, bundle,
                  hello):
        scene(scenes)
    for kind in ("pipe", "fifo", "socket", "terminal"):
        log(scenes, kind)
    return made


@pytest.mark.parametrize("role", ROLES)
def test_each_right_is_used(record, role):
    """Or it is none that the role needs."""
    unused = set(record.unused(role))
    if os.geteuid() != 0:
        unused -= OF_USER
    assert not unused, f"calls.def: nobody who is {role} makes these"


@pytest.mark.parametrize("role", ROLES)
def test_nothing_else_is_done(record, role):
    """By anybody, sandboxed or not."""
    assert not record.beyond(role)
