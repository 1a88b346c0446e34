# SPDX-License-Identifier: MIT
"""The site of a soak, whoever changes it, and whoever asks for it."""
import hashlib
import http.client
import os
import random
import threading
import time

SIZES = [0, 17, 900, 4096, 4097, 20000, 65536, 65537, 300000, 2000000]


class Site:
    """Files that are replaced under the server, one every 50 ms, and every
    content that each of them ever had, by its hash."""

    def __init__(self, root):
        self.root = root
        self.known = {}
        self.number = 0
        self.random = random.Random(1)
        for i in range(len(SIZES)):
            self.replace(i)

    def replace(self, i):
        """Another content, in one step."""
        name = f"{i}.bin"
        data = self.random.randbytes(SIZES[i])
        self.known.setdefault(name, set()).add(
            hashlib.sha256(data).digest())
        fresh = self.root / ".fresh"
        fresh.write_bytes(data)
        os.rename(fresh, self.root / name)
        self.number += 1

    def go_on(self, stop):
        """Until it is over."""
        while not stop.wait(0.05):
            self.replace(self.random.randrange(len(SIZES)))


class Reader:
    """Asks for one file after another, by Python's own client, and looks at
    each byte: its hash is that of something which the file has been."""

    def __init__(self, site, address, seed):
        self.site = site
        self.address = address
        self.random = random.Random(seed)
        self.answers = 0
        self.bytes = 0
        self.asked_anew = 0
        self.wrong = []
        self.times = []

    def go_on(self, stop):
        """Until it is over."""
        while not stop.is_set() and len(self.wrong) < 5:
            connection = http.client.HTTPConnection(*self.address, timeout=60)
            try:
                for number in range(self.random.randrange(1, 60)):
                    if stop.is_set() or not self.ask(connection, number):
                        break
            except Exception as failure:  # pylint: disable=broad-except
                self.wrong.append(repr(failure))
            connection.close()

    def ask(self, connection, number):
        """One request. Return whether the connection is still good."""
        name = self.random.choice(list(self.site.known))
        begin = time.monotonic()
        try:
            connection.request("GET", f"/{name}")
            response = connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):
            # RFC 9112 section 9.3.1: it was closed between two requests.
            if not number:
                raise
            self.asked_anew += 1
            return False
        body = response.read()
        self.times.append(time.monotonic() - begin)
        assert response.status == 200, response.status
        assert hashlib.sha256(body).digest() in self.site.known[name], \
            f"{name}: no content that it ever had"
        self.answers += 1
        self.bytes += len(body)
        return not response.will_close


def run_all(targets, stop, seconds):
    """Run functions that take `stop` for so long, each in a thread."""
    threads = [threading.Thread(target=target, args=(stop,))
               for target in targets]
    for thread in threads:
        thread.start()
    try:
        time.sleep(seconds)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
