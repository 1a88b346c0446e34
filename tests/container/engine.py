# SPDX-License-Identifier: MIT
"""buildah, podman and docker, kept apart from whatever else they do on this machine.

A run has a storage of its own and removes it; no registry is ever asked. The
storage driver is vfs: it needs nothing of the file system below, and leaves
no mount behind. What is kept, in build/container, is Debian's root as a tar.
"""

import ctypes
import http.client
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
CACHE = TOP / "build" / "container"
BASE = "localhost/scratchd-test-base:bookworm"
PORT = 8080

# Debian's packages have the same names.
TOOLS = ("buildah", "podman", "runc", "crun", "mmdebstrap")

# What a careful operator sets. podman's own limits lie above the hard ones of
# some machines, where it cannot start then. The timeout ends what a test run
# that was killed has left behind.
CONFINED = [
    "--network=none", "--read-only", "--read-only-tmpfs=false", "--cap-drop=ALL",
    "--security-opt=no-new-privileges", "--ulimit=nofile=1024:1024",
    "--ulimit=nproc=1024:1024", "--log-driver=k8s-file", "--timeout=300",
]


def require_tools():
    """Fail, never skip, where the machine lacks something."""
    if os.geteuid() != 0:
        pytest.fail("these tests need root: they build a Debian root and run containers")
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        pytest.fail(f"missing here: apt-get install {' '.join(missing)}")


def run(*argv, seconds=300, env=None):
    """Run a command and return its stdout; its stderr is the failure's text."""
    done = subprocess.run(argv, capture_output=True, text=True, timeout=seconds,
                          stdin=subprocess.DEVNULL, env=env)
    if done.returncode != 0:
        pytest.fail(f"{' '.join(map(str, argv))}\nexit {done.returncode}\n"
                    f"{done.stdout[-3000:]}{done.stderr[-3000:]}", pytrace=False)
    return done.stdout.strip()


def base_tar():
    """Debian's root, made once, from the mirror that apt uses here.

    Its list of sources is empty and the packages are in place, so that the
    Dockerfile's apt-get has nothing to fetch: images are built offline.
    """
    tar = CACHE / "bookworm.tar"
    if tar.exists():
        return tar
    mirrors = run("apt-get", "indextargets", "--format", "$(REPO_URI)",
                  "Created-By: Packages", "Origin: Debian", "Codename: bookworm").split()
    mirror = mirrors[0] if mirrors else "http://deb.debian.org/debian"
    part = tar.with_suffix(".part.tar")
    run("mmdebstrap", "--variant=apt", "--include=gcc,make",
        '--customize-hook=: >"$1/etc/apt/sources.list"',
        "bookworm", str(part), f"deb {mirror} bookworm main", seconds=900)
    part.rename(tar)
    return tar


def example_of(begin):
    """The Dockerfile that the head of the project's own shows, by its first line."""
    head = (TOP / "Dockerfile").read_text().split("\nARG ")[0]
    examples = [example.replace("#     ", "") for example in
                re.findall(r"((?:^#     .*\n)+)", head, re.M)]
    found, = (example for example in examples if example.startswith(begin))
    return found


class Runtime:
    """What runs containers, podman or docker, whose commands are alike."""

    def __init__(self, command, env=None):
        self.command = command
        self.env = env

    def call(self, *argv, seconds=300):
        """Give a command; return what it prints."""
        return run(*self.command, *argv, seconds=seconds, env=self.env)

    def inspect(self, kind, name):
        """What is known about an image or a container."""
        return json.loads(self.call(kind, "inspect", name))[0]

    def logs(self, name):
        """What a container wrote, to stdout and then to stderr."""
        done = subprocess.run([*self.command, "logs", name], capture_output=True, text=True,
                              timeout=60, env=self.env)
        return done.stdout + done.stderr


class Engine(Runtime):
    """buildah and podman with a storage of their own."""

    def __init__(self):
        CACHE.mkdir(parents=True, exist_ok=True)
        self.storage = tempfile.mkdtemp(prefix="storage-", dir=CACHE)
        # Sockets are made below this one, and their paths have to be short.
        self.state = tempfile.mkdtemp(prefix="scratchd-")
        store = ["--root", self.storage, "--runroot", f"{self.state}/run",
                 "--storage-driver", "vfs"]
        self._buildah = ["buildah", *store]
        super().__init__(["podman", *store, "--tmpdir", f"{self.state}/tmp",
                          "--runtime", "runc", "--cgroup-manager", "cgroupfs"])

    def make_image(self, *variables):
        """`make image`, into this storage; return what it says."""
        env = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        return run("env", "-i", *(f"{name}={value}" for name, value in env.items()),
                   f"BUILDAH={' '.join(self._buildah)}", "make", "-s", "-C", str(TOP),
                   "image", *variables)

    def buildah(self, *argv):
        """Run buildah; return what it prints."""
        return run(*self._buildah, *argv)

    def podman(self, *argv):
        """Run podman; return what it prints."""
        return self.call(*argv)

    def attempt(self, *argv):
        """Run podman; return the process, however it ended."""
        return subprocess.run([*self.command, *argv], capture_output=True, text=True,
                              timeout=60, check=False)

    def make_base(self):
        """Debian with gcc and make, as the Dockerfile's first line wants it."""
        self.podman("import", str(base_tar()), BASE)

    def build(self, context, tag, **args):
        """Build a Dockerfile. chroot isolation: root is all that its RUN needs.

        Docker's own format has the health check, which OCI's leaves out.
        """
        options = [f"--build-arg={name}={value}" for name, value in args.items()]
        run(*self._buildah, "build", "--pull-never", "--isolation=chroot",
            "--format=docker", "--tag", tag,
            *options, str(context), seconds=900)

    def start(self, image, *options, args=()):
        """Start a container, confined; return it."""
        return Container(self, self.podman("run", "--detach", *CONFINED, *options, image, *args))

    def close(self):
        """End every container; remove all that was stored."""
        try:
            self.podman("rm", "--all", "--force", "--time=0")
        finally:
            shutil.rmtree(self.storage, ignore_errors=True)
            shutil.rmtree(self.state, ignore_errors=True)


class Process:
    """A server in a network of its own, seen from the host."""

    def __init__(self, pid, logs):
        self.pid = pid
        self.logs = logs  # Gives its access log and its errors.

    def status(self):
        """The lines of the first process's /proc/PID/status, by name."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return {name: value.split() for name, value in (line.split(":", 1) for line in lines)}

    def connect(self, port=PORT, seconds=10):
        """An HTTP connection to the server, inside its own network."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.auto_open = 0  # It would open anew in the host's network.
        with ThreadPoolExecutor(1) as thread:
            deadline = time.monotonic() + seconds
            while connection.sock is None:
                try:
                    thread.submit(self._dial, connection).result()
                except OSError as error:
                    if time.monotonic() > deadline or not Path(f"/proc/{self.pid}").exists():
                        pytest.fail(f"port {port}: {error}; the server said: {self.logs()}")
                    time.sleep(0.02)
        return connection

    def _dial(self, connection):
        """Connect from within the container's network, which has a loopback alone.

        A socket belongs to the network that its thread was in when it was
        made, so this runs in a thread of its own that ends there.
        """
        libc = ctypes.CDLL(None, use_errno=True)
        with open(f"/proc/{self.pid}/ns/net", "rb") as network:
            if libc.setns(network.fileno(), 0) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        connection.connect()


class Container(Process):
    """A running container."""

    def __init__(self, runtime, name):
        super().__init__(runtime.inspect("container", name)["State"]["Pid"],
                         lambda: runtime.logs(name))
        self.runtime = runtime
        self.name = name

    def wait(self):
        """Wait for the end; return the exit status."""
        return int(self.runtime.call("wait", self.name))
