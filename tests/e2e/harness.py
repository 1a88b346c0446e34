# SPDX-License-Identifier: MIT
"""Starts and stops the programs under test.

BUILD is the build directory of the architecture under test, RUNNER the
emulator that its programs need, empty for none.
"""
import os
import re
import signal
import socket
import subprocess
from pathlib import Path

from wire import RUNNER, TIMEOUT, Client, fetch, wait_for

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BUILD", "build/x86_64")).resolve()
SCRATCHD = [*RUNNER, str(BUILD / "scratchd")]
HELLO = [*RUNNER, str(BUILD / "hello")]

# Where 127.0.0.1 finds it.
LISTENING = re.compile(r"^scratchd: listening on "
                       r"(?:127\.0\.0\.1|0\.0\.0\.0|\[::\]):(\d+)$", re.M)
# What a server that meets no trouble may say on stderr.
START_LINE = re.compile(
    r"scratchd: (listening on |metrics on |start: |\d+\.\d+\.\d+: |reload: new )")

# 127.0.0.1 - - [22/Nov/2026:21:33:23 +0000] "GET / HTTP/1.1" 200 5 "-" "-"
QUOTED = rb'"((?:[ !#-\[\]-~]|\\x[0-9a-f]{2}|\\\\)*)"'
LOG_LINE = re.compile(
    rb"(\S+) - - "
    rb"\[(\d\d/(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)/\d{4}"
    rb":\d\d:\d\d:\d\d \+0000)\] " + QUOTED + rb" (\d{3}) (\d+|-) "
    + QUOTED + rb" " + QUOTED)


def is_current(program):
    """Whether there is a program, and made of the sources as they are: what is
    under test is, and another build may be of some time ago."""
    if not program.exists() or program.parent == BUILD:
        return program.exists()
    newest = max(path.stat().st_mtime for path in (
        TOP / "Makefile", TOP / "linker.ld",
        *(path for folder in ("src", "include", "arch")
          for path in (TOP / folder).rglob("*.[ch]"))))
    return program.stat().st_mtime >= newest


def clean_env(**more):
    """Return the environment without what would configure a server."""
    env = {k: v for k, v in os.environ.items()
           if not k.startswith("SCRATCHD_") and k != "PORT"}
    env.update(more)
    return env


def free_port():
    """Return a port that nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def can_bind(host):
    """Whether this machine has an IPv6 address. Where IPv6 is turned off for
    the interfaces alone, "::" is still there, and "::1" is not."""
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind((host, 0))
    except OSError:
        return False
    return True


def children(pid):
    """Return the process ids of pid's children."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except FileNotFoundError:
        return []
    return [int(p) for p in text.split()]


def cpu_ticks(pid):
    """Return the processor time that pid has used, in clock ticks."""
    stat = Path(f"/proc/{pid}/stat").read_text()
    fields = stat.rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def stop_process(pid):
    """Halt a process until it is sent SIGCONT, and return when it is halted.
    Its state is another one for whoever is traced: proc_pid_stat(5)."""
    os.kill(pid, signal.SIGSTOP)
    stat = Path(f"/proc/{pid}/stat")
    wait_for(lambda: stat.read_text().rsplit(")", 1)[1][1] in "Tt",
             "a process to halt", step=0.0002)


def open_sockets(pid):
    """Count the sockets that pid holds open."""
    count = 0
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        try:
            count += os.readlink(fd).startswith("socket:")
        except FileNotFoundError:
            pass
    return count


class Server:
    """A running scratchd: one master and its workers.

    stop() asserts what holds for every server: it exits 0, leaves no
    process behind, has said nothing on stderr but its start lines (unless
    errors_ok) and has logged whole lines only.
    """

    def __init__(self, folder, *args, root=".", env=None, prefix=(),
                 errors_ok=False, stdout=None, listen="127.0.0.1:0",
                 program="scratchd", **popen):
        self.errors_ok = errors_ok
        self.stdout = folder / "stdout"
        self.stderr = folder / "stderr"
        self.own_stdout = stdout is None
        argv = [*prefix, *RUNNER, str(BUILD / program), *args]
        if listen:
            argv += ["--listen", listen]
        if root is not None:  # a bundle serves itself
            argv.append(str(root))
        with open(self.stdout, "wb") as out, open(self.stderr, "wb") as err:
            self.proc = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL,
                stdout=out if stdout is None else stdout, stderr=err,
                env=env or clean_env(), start_new_session=True, **popen)
        self.stopped = False
        try:
            self.ports = wait_for(self.find_ports, "the start line")
        except BaseException:
            self.kill()
            raise
        self.address = ("127.0.0.1", self.ports[0])
        # A tracer in front of the server is not the master; strace -D is not
        # in front of it.
        self.pid = children(self.proc.pid)[0] \
            if prefix and "-D" not in prefix else self.proc.pid
        count = int(args[args.index("--workers") + 1]) \
            if "--workers" in args else 1
        try:
            wait_for(lambda: len(self.workers()) >= count, "the workers")
        except BaseException:
            self.kill()
            raise

    def find_ports(self):
        """Return the ports of the start lines, or None so far."""
        text = self.stderr.read_text()
        assert self.proc.poll() is None, f"ended at once: {text!r}"
        return [int(p) for p in LISTENING.findall(text)]

    def client(self, **kw):
        """Return a new connection."""
        return Client(self.address, **kw)

    def get(self, target, *fields, method="GET"):
        """One request on a new connection."""
        return fetch(self.address, target, *fields, method=method)

    def ask(self, data):
        """Send a request, as bytes, on a new connection."""
        with self.client() as client:
            client.send(data)
            return client.response()

    def workers(self):
        """Return the process ids of the workers alive."""
        return children(self.pid)

    def signal(self, number):
        """Send a signal to the master."""
        os.kill(self.pid, number)

    def reload(self):
        """SIGHUP; return when there are other workers, as many as before."""
        before = set(self.workers())
        self.signal(signal.SIGHUP)
        wait_for(lambda: len(self.workers()) == len(before)
                 and not before & set(self.workers()), "new workers")

    def log(self):
        """Return the access log so far, as lines of bytes."""
        return self.stdout.read_bytes().splitlines()

    def kill(self):
        """End whatever is left of a server that failed."""
        self.stopped = True
        try:
            os.killpg(self.proc.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.proc.wait(TIMEOUT)

    def group_is_gone(self):
        """Whether no process of the server is left."""
        try:
            os.killpg(self.proc.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def wait_exit(self):
        """Wait for the end and assert that it is a clean one."""
        try:
            status = self.proc.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("the server does not stop") from None
        self.stopped = True
        text = self.stderr.read_text()
        try:
            wait_for(self.group_is_gone, "the end of the workers", 5)
        except AssertionError:
            self.kill()
            raise
        assert status == 0, f"exit status {status}: {text}"
        for line in [] if self.errors_ok else text.splitlines():
            assert START_LINE.match(line), f"on stderr: {line!r}"
        if self.own_stdout:
            check_log(self.stdout.read_bytes())

    def stop(self):
        """Stop with SIGTERM, once."""
        if not self.stopped:
            self.signal(signal.SIGTERM)
            self.wait_exit()


def check_log(data):
    """Assert that data is whole lines of the Combined Log Format."""
    assert data == b"" or data.endswith(b"\n"), data[-200:]
    for line in data.splitlines():
        assert LOG_LINE.fullmatch(line), f"log line {line!r}"


def run(argv, **kw):
    """Run a program to its end; return the completed process, as text."""
    kw.setdefault("env", clean_env())
    kw.setdefault("timeout", TIMEOUT)
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False, **kw)
