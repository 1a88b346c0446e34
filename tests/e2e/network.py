# SPDX-License-Identifier: MIT
"""Networks of a test's own, and a link between two that can be cut: what was
under way on it, and the end of a connection, gets lost without a word."""
import contextlib
import ctypes
import os
import subprocess

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    """A system call that Python 3.11 does not have."""
    if getattr(LIBC, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def current():
    """The network of this thread, as a descriptor."""
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY)


class Network:
    """A namespace in which there is nothing yet but the loopback device."""

    def __init__(self):
        self.outside = current()
        call("unshare", CLONE_NEWNET)
        self.descriptor = current()
        call("setns", self.outside, CLONE_NEWNET)
        self.ip("link set dev lo up")

    @contextlib.contextmanager
    def inside(self):
        """What this thread opens and starts meanwhile is there, for good."""
        call("setns", self.descriptor, CLONE_NEWNET)
        try:
            yield
        finally:
            call("setns", self.outside, CLONE_NEWNET)

    def ip(self, words):
        """Run ip(8) there."""
        with self.inside():
            subprocess.run(["ip", *words.split()], check=True)

    def close(self):
        """It goes with the last that is in it."""
        os.close(self.descriptor)
        os.close(self.outside)


@contextlib.contextmanager
def linked(near_address, far_address):
    """Two networks, each with an address, and a link named `cable` in both; an
    OSError where there may be none."""
    with contextlib.ExitStack() as stack:
        near, far = (stack.enter_context(contextlib.closing(Network()))
                     for _ in range(2))
        there = f"/proc/{os.getpid()}/fd/{far.descriptor}"
        try:
            near.ip("link add name cable type veth "
                    f"peer name cable netns {there}")
        except subprocess.CalledProcessError as failure:
            raise OSError("no links between networks") from failure
        for network, address in ((near, near_address), (far, far_address)):
            network.ip(f"address add {address}/24 dev cable")
            network.ip("link set dev cable up")
        yield near, far
