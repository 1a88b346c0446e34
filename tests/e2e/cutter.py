# SPDX-License-Identifier: MIT
"""A relay in front of a server that breaks off in the middle of answers."""
import select
import socket
import threading


class Cutter:
    """Listens at self.port, and passes all on but the answers about one path.

    limits: how many bytes of them the first, the second, ... connection gets;
            later ones get everything
    cut:    called each time, before the connection is closed
    """

    def __init__(self, upstream, path, limits, cut=lambda: None):
        self.upstream = upstream
        self.path = path.encode()
        self.limits = list(limits)
        self.cut = cut
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        """Relay each connection in a thread of its own."""
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.relay, args=(client,),
                             daemon=True).start()

    def take_limit(self, request):
        """Return how long the answers to it may be, or None for any length."""
        if self.path in request.split(b"\r\n", 1)[0] and self.limits:
            return self.limits.pop(0)
        return None

    def relay(self, client):
        """Pass bytes on in both directions."""
        left = None
        with client, socket.create_connection(self.upstream) as server:
            while left != 0:
                ready, _, _ = select.select([client, server], [], [], 60)
                if client in ready:
                    data = client.recv(65536)
                    if left is None:
                        left = self.take_limit(data)
                    server.sendall(data)
                else:
                    data = server.recv(65536)[:left]
                    left = left and left - len(data)
                    client.sendall(data)
                if not data:
                    return
            self.cut()

    def close(self):
        """Listen no more."""
        self.listener.close()
