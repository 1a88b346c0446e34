# SPDX-License-Identifier: MIT
"""Clients that ask all the time, and take down what they should have got."""
import fcntl
import struct
import termios
import threading
import time

from wire import TIMEOUT, Client, request, wait_for


def unacknowledged(sock):
    """How much of what was sent the other end's kernel may not have."""
    return struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4)))[0]


def has_arrived(client):
    """Wait until the other end's kernel has what was sent, or has something to
    say, which might be that it does not want it; whether it has it."""
    wait_for(lambda: unacknowledged(client.sock) == 0 or not client.quiet(),
             "what was sent to arrive", step=0)
    return unacknowledged(client.sock) == 0


def send_all(clients, data):
    """Send to a server, which may be halted: its kernel has it when this
    returns."""
    for client in clients:
        client.send(data)
    for client in clients:
        assert has_arrived(client)


class Load:
    """Threads that ask until they are told to stop.

    A request that had arrived is answered. One that comes while the server
    may close connections (may_close) is not owed an answer: it may have
    crossed the end of its connection.
    """

    def __init__(self, address, threads=4, keep=False):
        self.address = address
        self.keep = keep
        self.answered = 0
        self.failures = []
        self.closing = []  # the times of may_close and may_not_close in turn
        self.refuse = False
        self.done = threading.Event()
        self.threads = [threading.Thread(target=self.ask, daemon=True)
                        for _ in range(threads)]
        for thread in self.threads:
            thread.start()

    def may_close(self, refuse=False):
        """From now on connections may be closed between two requests; and, if
        it ends, before the first."""
        self.refuse = refuse
        self.closing.append(time.monotonic())

    def may_not_close(self):
        """No longer: those that may are gone."""
        self.closing.append(time.monotonic())

    def is_owed(self, when):
        """Whether what had arrived then has to be answered."""
        return sum(t <= when for t in self.closing) % 2 == 0

    def ask(self):
        """Ask again and again, each time on a connection of its own."""
        while not self.done.is_set():
            arrived = []
            try:
                with Client(self.address) as client:
                    self.session(client, arrived)
            except (AssertionError, OSError) as failure:
                when = arrived[-1] if arrived else time.monotonic()
                if not self.refuse or self.is_owed(when):
                    self.failures.append(repr(failure))
                self.done.wait(0.01)

    def session(self, client, arrived):
        """One request, or with keep several on one connection; when each of
        them had arrived is taken down.

        A connection that the server closes between two requests ends the
        session: RFC 9112 section 9.3.1 has the client ask anew.
        """
        for number in range(50 if self.keep else 1):
            owed = False
            try:
                client.send(request("/probe.txt"))
                if has_arrived(client):
                    arrived.append(time.monotonic())
                    owed = self.is_owed(arrived[-1])
                empty = not client.buf and not client.fill()
            except ConnectionError:
                empty = True
            if empty and number and not owed:
                return
            assert not empty, "closed without an answer"
            res = client.response()
            assert res.body == b"probe\n"
            self.answered += 1
            if res.says_close():
                return

    def stop(self):
        """End the load and assert that nothing was lost."""
        self.done.set()
        for thread in self.threads:
            thread.join(TIMEOUT)
        assert self.failures == []
        assert self.answered > 0
