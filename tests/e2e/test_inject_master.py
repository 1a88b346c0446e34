# SPDX-License-Identifier: MIT
"""The master's calls fail, one after the other, by strace's injection.

tests/sim has a worker's life; this is its master's, with the real kernel: it
starts, makes workers anew (SIGHUP), replaces one that was killed, and ends
(SIGTERM). The Nth of a kind of call fails, for every N that there is, with
errors that its manual page has for it. Whatever it is, somebody serves up to the
end, or the server ends with status 1, having said which call it was; and no
process is left. (Without the sandbox: to make a call fail, strace makes it
another that is forbidden.)
"""
import contextlib
import os
import re
import shutil
import signal
import subprocess
import time

import pytest

from harness import LISTENING, SCRATCHD, children, clean_env
from wire import RUNNER, TIMEOUT, fetch, wait_for

pytestmark = pytest.mark.skipif(
    bool(RUNNER) or not shutil.which("strace"),
    reason="needs strace and a program of this machine")

ERRORS = {
    "clone": ("EAGAIN", "ENOMEM"),
    "openat": ("EMFILE", "EACCES"),
    "openat2": ("EMFILE", "ENOENT", "ENOMEM"),
    "statx": ("EACCES", "ENOMEM"),
    "pread64": ("EIO", "EINTR"),
    "mmap": ("ENOMEM",),
    "signalfd4": ("EMFILE", "ENOMEM"),
    "read": ("EAGAIN", "EINTR"),
    "ppoll": ("EINTR", "ENOMEM"),
    "kill": ("EPERM", "ESRCH"),
    "prlimit64": ("EPERM",),
    "socket": ("EMFILE", "ENOBUFS"),
    "listen": ("EADDRINUSE",),
    "getsockname": ("ENOBUFS",),
}


class Life:
    """One master's, and what came of it."""

    def __init__(self, folder, root, *inject):
        self.trace, self.errors = folder / "trace", folder / "stderr"
        with open(self.errors, "wb") as errors:
            self.proc = subprocess.Popen(
                ["strace", "-qq", "-o", self.trace, *inject,
                 *SCRATCHD, "--listen", "127.0.0.1:0", "--workers", "2",
                 "--sandbox", "off", "--grace", "1", root],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=errors, env=clean_env(), start_new_session=True)

    def said(self):
        """All that it has said."""
        return self.errors.read_text()

    def has_ended(self):
        """Whether it has given up, and with it its tracer."""
        return self.proc.poll() is not None

    def send(self, number, pids):
        """A signal to whom there is."""
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def serves(self):
        """Whether an answer comes."""
        port = LISTENING.search(self.said())
        try:
            return port and fetch(("127.0.0.1", int(port[1])),
                                  "/probe.txt").body == b"probe\n"
        except (OSError, AssertionError):  # its worker has just been killed
            return False

    def goes_on(self):
        """Whether it serves, and has not ended."""
        wait_for(lambda: self.has_ended() or self.serves(), "an answer or an end")
        time.sleep(0.05)
        return not self.has_ended()

    def live(self):
        """From the start to the end."""
        if self.goes_on():
            master, = children(self.proc.pid)
            self.send(signal.SIGHUP, [master])
            if self.goes_on():
                self.send(signal.SIGKILL, children(master)[:1])
                self.goes_on()
            self.send(signal.SIGTERM, [master])
        return self.proc.wait(TIMEOUT)

    def is_gone(self):
        """Whether no process of it is left."""
        try:
            os.killpg(self.proc.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def kill(self):
        """In any case."""
        if not self.is_gone():
            os.killpg(self.proc.pid, signal.SIGKILL)
        self.proc.wait(TIMEOUT)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A site with rules to be read."""
    folder = tmp_path_factory.mktemp("root")
    (folder / "probe.txt").write_bytes(b"probe\n")
    (folder / "_headers").write_text("/*\n  X-Rule: yes\n")
    return folder


@pytest.mark.parametrize("call, error", [
    (call, error) for call, errors in ERRORS.items() for error in errors])
def test_each_call_fails(root, tmp_path, call, error):
    """Until there is no Nth call of the kind any more."""
    number, injected = 0, True
    while injected:
        number += 1
        life = Life(tmp_path, root, "-e", f"trace={call}", "-e",
                    f"inject={call}:error={error}:when={number}")
        try:
            status = life.live()
            wait_for(life.is_gone, f"the end of all, {call} number {number}")
        finally:
            life.kill()
        injected = "(INJECTED)" in life.trace.read_text()
        said = life.said()
        if status:
            assert status == 1 and injected, (number, said)
            assert re.search(rf"^scratchd: .*\b{error}\b", said, re.M), (number, said)
    assert number > 1, "nothing was injected"
