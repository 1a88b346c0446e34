# SPDX-License-Identifier: MIT
"""docker, with a daemon, a storage and an address of its own, and no network."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from engine import CACHE, Container, Runtime

# As engine.CONFINED is for podman.
CONFINED = ["--network=none", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"]


class Docker(Runtime):
    """dockerd, which builds with BuildKit, and the client beside it."""

    def __init__(self):
        daemon = shutil.which("dockerd")
        if not daemon:
            pytest.fail("missing here: apt-get install docker.io")
        self.storage = tempfile.mkdtemp(prefix="docker-", dir=CACHE)
        self.state = tempfile.mkdtemp(prefix="scratchd-")
        address = f"unix://{self.state}/socket"
        # Another client, in front of Debian's, may want a plugin to build with.
        super().__init__([shutil.which("docker", path=f"/usr/bin:{os.environ['PATH']}")], {
            "PATH": os.environ["PATH"], "HOME": self.state, "DOCKER_HOST": address,
            "DOCKER_BUILDKIT": "1"})
        # Without a bridge and its rules, it changes nothing of this machine.
        (Path(self.state) / "daemon.json").write_text("{}")
        self.log = Path(self.state) / "log"
        with self.log.open("w") as log:
            self.daemon = subprocess.Popen(
                [daemon, f"--host={address}", f"--config-file={self.state}/daemon.json",
                 f"--data-root={self.storage}", f"--exec-root={self.state}/exec",
                 f"--pidfile={self.state}/pid", "--containerd-namespace=scratchd-test",
                 "--bridge=none", "--iptables=false", "--ip6tables=false"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._await()

    def _await(self):
        """Wait until the daemon answers; skip what needs it where it cannot start."""
        deadline = time.monotonic() + 60
        while subprocess.run([*self.command, "version"], env=self.env, timeout=60,
                             capture_output=True, check=False).returncode != 0:
            if self.daemon.poll() is not None or time.monotonic() > deadline:
                said = self.log.read_text().splitlines()
                self.close()
                pytest.skip(f"dockerd does not start here: {said[-1:]}")
            time.sleep(0.1)

    def start(self, image, *options, args=()):
        """Start a container, confined; return it."""
        return Container(self, self.call("run", "--detach", *CONFINED, *options, image, *args))

    def close(self):
        """End the daemon, with what it runs; remove all that was stored."""
        self.daemon.terminate()
        try:
            self.daemon.wait(60)
        finally:
            self.daemon.kill()
            shutil.rmtree(self.storage, ignore_errors=True)
            shutil.rmtree(self.state, ignore_errors=True)
