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


# The rights without which no container is made, by their bits (capability.h).
RIGHTS = {"CAP_CHOWN": 0, "CAP_NET_ADMIN": 12, "CAP_SYS_CHROOT": 18, "CAP_SYS_ADMIN": 21,
          "CAP_MKNOD": 27}


def control_groups():
    """What keeps a daemon from making control groups, as a list of one or none."""
    kinds = {}
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, where, kind, options = line.split()[:4]
        if kind == "cgroup2" or (kind == "cgroup" and "devices" in options.split(",")):
            kinds[kind] = Path(where) / f"scratchd-test-{os.getpid()}"
    if not kinds:
        return ["no control groups are mounted"]
    # It uses the first version where there is one.
    group = kinds.get("cgroup", kinds.get("cgroup2"))
    try:
        group.mkdir()
        group.rmdir()
    except OSError as error:
        return [f"no control group can be made: {error}"]
    return []


def lacking():
    """What dockerd needs of a machine and this one, perhaps a container itself, does not grant.

    Each is looked at without docker, so that what docker itself does wrong is no excuse.
    """
    status = Path("/proc/self/status").read_text()
    granted = int(status.split("CapEff:")[1].split()[0], 16)
    found = [f"no {name}" for name, bit in RIGHTS.items() if not granted >> bit & 1]
    for what, command in (
            ("namespaces", ["true"]), ("mounts", ["mount", "-t", "tmpfs", "none", "/mnt"])):
        done = subprocess.run(
            ["unshare", "--mount", "--net", "--pid", "--ipc", "--uts", "--fork", *command],
            capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            found.append(f"no {what}: {done.stderr.strip()}")
    return found + control_groups()


def client():
    """Debian's docker, or None: another client, in front of it, may want a plugin
    to build with."""
    return shutil.which("docker", path=f"/usr/bin:{os.environ['PATH']}")


class Docker(Runtime):
    """dockerd, which builds with BuildKit, and the client beside it."""

    def __init__(self, daemon=None):
        daemon = daemon or shutil.which("dockerd")
        missing = [tool for tool in ("containerd", "docker") if not shutil.which(tool)]
        if missing or not daemon:
            pytest.fail(f"sh tests/setup container: there is no {missing or 'dockerd'}")
        self.storage = tempfile.mkdtemp(prefix="docker-", dir=CACHE)
        self.state = tempfile.mkdtemp(prefix="scratchd-")
        address = f"unix://{self.state}/socket"
        super().__init__([client()], {
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
        """Wait until the daemon answers. If it does not, the test fails, unless it is plain
        what the machine lacks: only then it is skipped, and says so."""
        deadline = time.monotonic() + 120
        while subprocess.run([*self.command, "version"], env=self.env, timeout=60,
                             capture_output=True, check=False).returncode != 0:
            if self.daemon.poll() is not None or time.monotonic() > deadline:
                said = self.log.read_text().splitlines()[-5:]
                self.close()
                reasons = lacking()
                if reasons:
                    pytest.skip(f"dockerd cannot run here: {'; '.join(reasons)}: {said}")
                pytest.fail(f"dockerd does not start, and nothing that it needs is missing: {said}")
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
