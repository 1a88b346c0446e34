# SPDX-License-Identifier: MIT
"""Whose a request is, as proxies say it: the PROXY protocol and
X-Forwarded-For, from haproxy and nginx."""
import re
import socket

import pytest

from harness import Server
from programs import start_haproxy, start_nginx
from wire import Client, wait_for

CLIENT = "127.0.0.9"
FORWARD = """
        location / {
            proxy_pass http://upstream;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }
"""


def ask(address, *fields):
    """One request from the address CLIENT."""
    with Client(address) as other:
        other.close()
        other.sock = socket.socket()
        other.sock.settimeout(20)
        other.sock.bind((CLIENT, 0))
        other.sock.connect(address)
        lines = ["GET /letters.txt HTTP/1.1", "Host: test", *fields, "", ""]
        other.send("\r\n".join(lines))
        return other.head().status


@pytest.fixture
def behind(tree, tmp_path):
    """A function that starts the server, with these options."""
    running = []

    def start(*args):
        folder = tmp_path / "scratchd"
        folder.mkdir()
        running.append(Server(folder, "--workers", "1", *args, root=tree))
        return running[-1]

    yield start
    for server in running:
        server.stop()


def logged(server):
    """Return the client of the one line in the log."""
    wait_for(server.log, "a line")
    return [line.split()[0].decode() for line in server.log()]


# Sockets for both families: an IPv4 client has an IPv4-mapped address there.
ONE_FAMILY = "127.0.0.1:{port}"
BOTH_FAMILIES = {"haproxy": ":::{port} v4v6",
                 "nginx": "[::]:{port} ipv6only=off"}


@pytest.mark.parametrize("bind", [ONE_FAMILY, BOTH_FAMILIES["haproxy"]])
@pytest.mark.parametrize("words", [
    "send-proxy", "send-proxy-v2", "send-proxy-v2 check inter 50ms",
    "send-proxy-v2 proxy-v2-options unique-id,crc32c"])
def test_proxy_protocol(behind, tmp_path, words, bind):
    """What haproxy writes, with its checks and what else it appends."""
    server = behind("--listen", "127.0.0.1:0,proxy")
    port = re.search(r":(\d+),proxy\n", server.stderr.read_text())[1]
    proxy = start_haproxy(tmp_path, port, server=words, bind=bind)
    try:
        assert ask(proxy.address) == 200
    finally:
        proxy.stop()
    assert logged(server) == [CLIENT]


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("program", ["nginx", "haproxy"])
def test_forwarded_for(behind, tmp_path, program, both):
    """Appended to what the client claims."""
    listen = BOTH_FAMILIES[program] if both else ONE_FAMILY
    server = behind("--trusted-proxy", "127.0.0.1")
    port = server.ports[0]
    if program == "nginx":
        proxy = start_nginx(
            tmp_path, FORWARD,
            f"upstream upstream {{ server 127.0.0.1:{port}; }}", listen)
    else:
        proxy = start_haproxy(tmp_path, port, bind=listen,
                              options="option forwardfor")
    try:
        assert ask(proxy.address, "X-Forwarded-For: 203.0.113.1") == 200
    finally:
        proxy.stop()
    assert logged(server) == [CLIENT]
