# SPDX-License-Identifier: MIT
"""A scratchd that serves a site, and what it has written so far.

BUILD names the build directory (default build/x86_64): $BUILD/scratchd is
the server, screenshots go to $BUILD/browser.
"""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BUILD = TOP / os.environ.get("BUILD", "build/x86_64")
SITE = TOP / "tests" / "site"


def wait_until(probe, what, seconds=10):
    """Return probe()'s first true value; fail the test if none comes in time."""
    deadline = time.monotonic() + seconds
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds} s in vain for {what}")
        time.sleep(0.02)


def clean_env():
    """The environment without what would configure a server."""
    return {name: value for name, value in os.environ.items()
            if not name.startswith("SCRATCHD_") and name != "PORT"}


class Server:
    """A running server, its address, and what it has written so far."""

    def __init__(self, folder, *options, root=SITE, program="scratchd"):
        self.log_file = folder / "access.log"
        self.err_file = folder / "stderr"
        binary = BUILD / program
        if not binary.exists():
            pytest.fail(f"{binary} is not there: run make first")
        with self.log_file.open("wb") as out, self.err_file.open("wb") as err:
            self.process = subprocess.Popen(
                [binary, "-l", "127.0.0.1:0", *options, root], stdin=subprocess.DEVNULL,
                stdout=out, stderr=err, env=clean_env())
        try:
            port = wait_until(self._port, "the line that says where it listens")
        except BaseException:
            self.stop()
            raise
        self.address = ("127.0.0.1", port)
        self.url = f"http://127.0.0.1:{port}/"

    def _port(self):
        if self.process.poll() is not None:
            pytest.fail(f"the server ended at once: {self.errors()}")
        said = re.search(r"listening on 127\.0\.0\.1:(\d+)", self.errors())
        return said and int(said[1])

    def errors(self):
        """All that it wrote to stderr."""
        return self.err_file.read_text()

    def log(self):
        """The access log so far, a list of (method, target, status)."""
        return [(method, target, int(status)) for method, target, status in re.findall(
            r'"(\S+) (\S+) HTTP/1\.1" (\d{3}) ', self.log_file.read_text())]

    def stop(self):
        """End it as an init system would; return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
