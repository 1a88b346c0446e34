# SPDX-License-Identifier: MIT
"""What an access log goes to, and who reads it there."""
import contextlib
import os
import socket
import threading
import tty

from wire import TIMEOUT


def open_kind(kind, folder):
    """Return what reads a log, and where it goes to."""
    if kind == "pipe":
        return os.pipe()
    if kind == "socket":
        return [end.detach() for end in socket.socketpair()]
    if kind == "terminal":
        reader, writer = os.openpty()
        tty.setraw(writer)  # lines end as they were written
        return reader, writer
    if kind == "fifo":
        os.mkfifo(folder / "log")
        reader = os.open(folder / "log", os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(reader, True)
    else:
        (folder / "log").touch()
        reader = os.open(folder / "log", os.O_RDONLY)
    return reader, os.open(folder / "log", os.O_WRONLY | os.O_APPEND)


class Reader:
    """Takes what comes, from a thread of its own, up to the end.

    The thread is none that the tests wait for at their end: who holds the
    other end may be a server that does not stop.
    """

    def __init__(self, reader):
        self.reader = reader
        self.data = b""
        self.thread = threading.Thread(target=self.collect, daemon=True)

    def collect(self):
        """Read until nobody holds the other end (EIO is a terminal's way)."""
        with contextlib.suppress(OSError):
            while piece := self.reader.read(65536):
                self.data += piece

    def finish(self):
        """Wait for the end; return all that came."""
        self.thread.join(TIMEOUT)
        assert not self.thread.is_alive()
        return self.data


@contextlib.contextmanager
def log_ends(kind, folder):
    """A Reader, and the file that goes to it; in the end both are closed, after
    the Reader has come to its own. A fixture of it stands before `start`, so
    that the servers, which hold the file as well, are stopped by then."""
    reader, writer = open_kind(kind, folder)
    with open(reader, "rb", buffering=0) as source:
        log = Reader(source)
        with open(writer, "wb", buffering=0) as goal:
            yield log, goal
        if log.thread.is_alive():
            log.thread.join(TIMEOUT)
