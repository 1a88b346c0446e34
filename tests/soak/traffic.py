# SPDX-License-Identifier: MIT
"""The site of a soak, whoever changes it, and whoever asks for it."""
import hashlib
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate

from wire import Client, chunked, post, request

SIZES = [0, 17, 900, 4096, 4097, 20000, 65536, 65537, 300000, 2000000]
SMALL = 65536  # up to here an ETag comes from the content


class Site:
    """Files that are replaced under the server, one every 50 ms. Each has
    versions, whose contents can be made again from their numbers."""

    def __init__(self, root):
        self.root = root
        self.digests = [[] for _ in SIZES]   # of each version
        self.there = [-1] * len(SIZES)       # the version that surely is
        self.coming = [-1] * len(SIZES)      # and one that may be already
        self.number = 0
        self.random = random.Random(1)
        for i in range(len(SIZES)):
            self.replace(i)

    @staticmethod
    def content(i, version):
        """The bytes of a file."""
        return random.Random(f"{i} {version}").randbytes(SIZES[i])

    def replace(self, i):
        """Another content, in one step."""
        version = self.there[i] + 1
        data = self.content(i, version)
        self.digests[i].append(hashlib.sha256(data).digest())
        fresh = self.root / ".fresh"
        fresh.write_bytes(data)
        self.coming[i] = version
        os.rename(fresh, self.root / f"{i}.bin")
        self.there[i] = version
        self.number += 1

    def go_on(self, stop):
        """Until it is over."""
        while not stop.wait(0.05):
            self.replace(self.random.randrange(len(SIZES)))


class Lost(Exception):
    """A kept connection was closed before anything of an answer came."""


class Reader:
    """Asks for one thing after another and looks at each byte of the answers.
    What it gets is what a file was at some time between its question and the
    answer's end, and nothing older. @breaks: workers are killed, so that any
    connection may end at any time."""

    def __init__(self, site, server, seed, breaks=False):
        self.site = site
        self.address = server.address
        self.random = random.Random(seed)
        self.breaks = breaks
        self.known = {}   # of a file: a version's ETag and number
        self.answers = dict.fromkeys(
            ("get", "head", "range", "ranges", "condition", "post", "missing",
             "pipeline", "vanish"), 0)
        self.bytes = 0
        self.asked_anew = 0
        self.wrong = []
        self.times = []

    def go_on(self, stop):
        """Until it is over."""
        while not stop.is_set() and len(self.wrong) < 5:
            try:
                with Client(self.address, timeout=60) as client:
                    for number in range(self.random.randrange(1, 60)):
                        if stop.is_set() or not self.ask(client, number):
                            break
            except Exception as failure:  # pylint: disable=broad-except
                if not self.breaks or not is_end(failure):
                    self.wrong.append(repr(failure)[:500])
                self.asked_anew += self.breaks

    def ask(self, client, number):
        """One question. Return whether the connection is still good."""
        kind = self.random.choices(list(self.answers),
                                   (40, 8, 12, 4, 12, 8, 4, 8, 4))[0]
        try:
            kept = getattr(self, kind)(client)
        except Lost:
            # RFC 9112 section 9.3.1: it was closed between two requests.
            if not number:
                raise
            self.asked_anew += 1
            return False
        self.answers[kind] += 1
        return kept

    def await_answer(self, client):
        """Up to its first byte, which decides."""
        try:
            if not client.buf and not client.fill():
                raise Lost
        except ConnectionError:
            raise Lost from None

    def answer(self, client, head=False):
        """The next response."""
        self.await_answer(client)
        res = client.response(head=head)
        self.bytes += len(res.body)
        return res

    def send(self, client, data):
        """To a server that may have closed."""
        if not client.try_send(data):
            raise Lost

    def check(self, i, first, body):
        """Return the version that a whole body is of."""
        versions = range(first, self.site.coming[i] + 1)
        digest = hashlib.sha256(body).digest()
        for version in versions:
            if self.site.digests[i][version] == digest:
                return version
        old = digest in self.site.digests[i]
        raise ValueError(f"{i}.bin: {'an old' if old else 'no'} content of it")

    def choose(self, largest=SIZES[-1], smallest=0):
        """A file and the version that it has at least."""
        i = self.random.choice([i for i, size in enumerate(SIZES)
                                if smallest <= size <= largest])
        return i, self.site.there[i]

    def whole(self, client, i, first):
        """The response with all of a file."""
        res = self.answer(client)
        expect(res, 200)
        self.known[i] = res.get("ETag"), self.check(i, first, res.body)
        return not res.says_close()

    def get(self, client):
        """All of a file."""
        i, first = self.choose()
        begin = time.monotonic()
        self.send(client, request(f"/{i}.bin"))
        kept = self.whole(client, i, first)
        self.times.append(time.monotonic() - begin)
        return kept

    def head(self, client):
        """What is said of it."""
        i, _ = self.choose()
        self.send(client, request(f"/{i}.bin", method="HEAD"))
        res = self.answer(client, head=True)
        expect(res, 200)
        assert int(res.get("Content-Length")) == SIZES[i], res
        return not res.says_close()

    def some(self, client, count):
        """Ranges of a file, all of them of one version."""
        i, first = self.choose(smallest=900)
        parts = []
        for k in range(count):
            # In order and apart, so that they are sent as they were asked for.
            low, high = SIZES[i] * k // count, SIZES[i] * (k + 1) // count
            start = self.random.randrange(low, high - 101)
            parts.append((start, self.random.randrange(start, high - 100)))
        spec = ",".join(f"{a}-{b}" for a, b in parts)
        self.send(client, request(f"/{i}.bin", f"Range: bytes={spec}"))
        res = self.answer(client)
        # RFC 9110 section 14.2: a server may ignore it. This one does if parts
        # are to be read from a file that was replaced since it was looked at.
        if count > 1 and res.status == 200:
            self.check(i, first, res.body)
            return not res.says_close()
        expect(res, 206)
        if count == 1:
            (a, b), = parts
            assert res.get("Content-Range") == f"bytes {a}-{b}/{SIZES[i]}", res
            assert len(res.body) == b - a + 1, res
        for version in range(first, self.site.coming[i] + 1):
            content = self.site.content(i, version)
            if all(content[a:b + 1] in res.body for a, b in parts):
                return not res.says_close()
        raise ValueError(f"{i}.bin: {spec} of no content of it")

    def range(self, client):
        """A part of a file."""
        return self.some(client, 1)

    def ranges(self, client):
        """Several."""
        return self.some(client, 3)

    def condition(self, client):
        """A file, unless it is the one that is known."""
        i, first = self.choose()
        etag, version = self.known.get(i, ('"none"', -1))
        since = formatdate(time.time() + 5, usegmt=True)
        self.send(client, request(
            f"/{i}.bin", f"If-None-Match: {etag}",
            # To be ignored beside the other (RFC 9110 section 13.2.2).
            f"If-Modified-Since: {since}"))
        res = self.answer(client)
        last = self.site.coming[i]
        if res.status == 304:
            assert not SIZES[i] or first <= version <= last, (i, res)
            return not res.says_close()
        expect(res, 200)
        assert not first == last == version, (i, res)
        self.known[i] = res.get("ETag"), self.check(i, first, res.body)
        return not res.says_close()

    def post(self, client):
        """A body that nobody wants, in one piece or in chunks."""
        body = self.random.randbytes(self.random.randrange(3000))
        cut = self.random.randrange(len(body) + 1)
        self.send(client, post("/1.bin", body) if self.random.random() < 0.5
                  else chunked("/1.bin", body[:cut], body[cut:]))
        res = self.answer(client)
        expect(res, 405)
        return not res.says_close()

    def missing(self, client):
        """What is not there."""
        self.send(client, request(f"/{self.random.random()}"))
        res = self.answer(client)
        expect(res, 404)
        return not res.says_close()

    def pipeline(self, client):
        """Several in one piece. They are answered up to one that ends the
        connection."""
        asked = [self.choose(largest=SMALL + 1) for _ in range(8)]
        self.send(client, b"".join(request(f"/{i}.bin") for i, _ in asked))
        return all(self.whole(client, i, first) for i, first in asked)

    def vanish(self, client):
        """A large file, of which some is read."""
        self.send(client, request(f"/{len(SIZES) - 1}.bin"))
        self.await_answer(client)
        client.take(self.random.randrange(1, 100000))
        client.reset()
        return False


def expect(res, status):
    """Assert a status."""
    assert res.status == status, res


def is_end(failure):
    """Whether it is what a client sees of a server that was killed."""
    return isinstance(failure, (Lost, ConnectionError)) or \
        str(failure).startswith("closed ")


def run_all(targets, stop, seconds):
    """Run functions that take `stop` for so long, each in a thread; raise what
    one of them has raised."""
    with ThreadPoolExecutor(len(targets)) as pool:
        done = [pool.submit(target, stop) for target in targets]
        try:
            time.sleep(seconds)
        finally:
            stop.set()
        for one in done:
            one.result()
