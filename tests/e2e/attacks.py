# SPDX-License-Identifier: MIT
"""Clients that mean no good, each a function that goes on until it is ended.

attack(address, ready, stop) tells by the event `ready` when all of it is under
way. It runs in a process of its own (under_attack), so that what an ordinary
client measures meanwhile is the server's affair and not the attacker's.
"""
import contextlib
import multiprocessing
import selectors
import socket
import struct
import time

from wire import request

MANY = 400
CONTEXT = multiprocessing.get_context("fork")


def connect(address, rcvbuf=None):
    """A connection that is not waited for, to a server that may not want it."""
    sock = socket.socket()
    if rcvbuf:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    sock.settimeout(5)
    sock.connect(address)
    sock.setblocking(False)
    return sock


def push(sock, data):
    """Send what the socket takes; whether it is still good for something."""
    try:
        sock.send(data)
    except BlockingIOError:
        pass
    except OSError:
        return False
    return True


def trickle(address, ready, stop, first, piece):
    """MANY connections, each with the beginning of a request, and then a byte
    from time to time. One that was closed is opened again."""
    socks = []
    for _ in range(MANY):
        socks.append(connect(address))
        push(socks[-1], first)
    ready.set()
    while not stop.is_set():
        for i, sock in enumerate(socks):
            if not push(sock, piece):
                sock.close()
                socks[i] = connect(address)
                push(socks[i], first)
        time.sleep(0.1)


def slow_heads(address, ready, stop):
    """Heads that do not end."""
    trickle(address, ready, stop, b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"y")


def slow_bodies(address, ready, stop):
    """Bodies that do not end."""
    trickle(address, ready, stop, b"POST / HTTP/1.1\r\nHost: a\r\n"
            b"Content-Length: 100000\r\n\r\n", b"y")


def silence(address, ready, stop):
    """Connections on which nothing is ever said."""
    trickle(address, ready, stop, b"", b"")


def slow_readers(address, ready, stop):
    """Large files, asked for and read a few bytes at a time."""
    socks = [connect(address, rcvbuf=4096) for _ in range(MANY)]
    for sock in socks:
        push(sock, request("/abuse.bin"))
    ready.set()
    while not stop.is_set():
        for sock in socks:
            with contextlib.suppress(OSError):
                sock.recv(64)
        time.sleep(0.1)


def resets(address, ready, stop):
    """Ask for a large file, and reset the connection."""
    ready.set()
    while not stop.is_set():
        sock = connect(address)
        push(sock, request("/abuse.bin"))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, 0))
        sock.close()


def flood(address, ready, stop, data, count=16):
    """`count` connections that send data over and over and read what comes."""
    poll = selectors.DefaultSelector()
    for _ in range(count):
        poll.register(connect(address), selectors.EVENT_READ
                      | selectors.EVENT_WRITE)
    ready.set()
    while not stop.is_set():
        for key, _ in poll.select(0.1):
            sock = key.fileobj
            try:
                good = push(sock, data) and sock.recv(65536)
            except BlockingIOError:
                good = True
            except OSError:
                good = False
            if not good:
                poll.unregister(sock)
                sock.close()
                poll.register(connect(address), selectors.EVENT_READ
                              | selectors.EVENT_WRITE)


def ranges(address, ready, stop):
    """As many ranges as a head has room for, of a large file."""
    wanted = ",".join(f"{i}-{i}" for i in range(0, 4000, 2))
    flood(address, ready, stop,
          request("/abuse.bin", f"Range: bytes={wanted}"))


def heads(address, ready, stop):
    """Heads that are as long and have as many fields as there is room for."""
    flood(address, ready, stop, request("/", *["a:b"] * 3200))


def pipelines(address, ready, stop):
    """A thousand requests in one piece, again and again."""
    flood(address, ready, stop, request("/probe.txt") * 1000)


def newcomers(address, ready, stop):
    """One connection after another, each with one request and no reading."""
    ready.set()
    while not stop.is_set():
        with contextlib.suppress(OSError):
            sock = connect(address)
            push(sock, request("/probe.txt"))
            sock.close()


@contextlib.contextmanager
def under_attack(attack, address):
    """The attack is under way for as long as this lasts."""
    ready, stop = CONTEXT.Event(), CONTEXT.Event()
    process = CONTEXT.Process(target=attack, args=(address, ready, stop),
                              daemon=True)
    process.start()
    try:
        assert ready.wait(20), "the attack does not get under way"
        yield process
        assert process.is_alive(), "the attacker has failed"
    finally:
        stop.set()
        process.join(5)
        if process.is_alive():
            process.kill()
            process.join()
