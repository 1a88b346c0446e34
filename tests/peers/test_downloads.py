# SPDX-License-Identifier: MIT
"""Downloads by curl and wget that are broken off and go on, also when the file
is another one by then; and compressed files, which they unpack."""
import gzip
import os
import subprocess

import pytest

from cutter import Cutter
from harness import Server
from wire import wait_for

SIZE = 3_000_000
PLAIN = b"plain text, of which there is some\n" * 7


def run(*argv, **kw):
    """Run a client; return its exit status and what it wrote."""
    done = subprocess.run([str(a) for a in argv], capture_output=True,
                          timeout=60, check=False, **kw)
    return done.returncode, done.stdout


class Site:
    """A server of one large file, and what is asked of it."""

    def __init__(self, folder):
        self.root = folder / "root"
        self.root.mkdir()
        self.old, self.new = os.urandom(SIZE), os.urandom(SIZE)
        self.file = self.root / "file.bin"
        self.file.write_bytes(self.old)
        self.server = Server(folder, "--workers", "1", root=self.root)
        self.url = f"http://127.0.0.1:{self.server.ports[0]}/file.bin"
        self.out = folder / "out.bin"

    def change(self, content=None):
        """Another file takes its place."""
        fresh = self.root / "fresh.bin"
        fresh.write_bytes(self.new if content is None else content)
        os.rename(fresh, self.file)

    def relay(self, *limits, cut=lambda: None):
        """Return a relay that breaks off, and the file's address there."""
        relay = Cutter(self.server.address, "/file.bin", limits, cut)
        return relay, f"http://127.0.0.1:{relay.port}/file.bin"

    def statuses(self):
        """How the requests were answered so far."""
        return [int(line.split(b'" ')[1][:3]) for line in self.server.log()]

    def tag(self):
        """The file's entity tag."""
        return self.server.get("/file.bin", method="HEAD").get("ETag")


@pytest.fixture
def site(tmp_path):
    """A site, and at the end the server has to stop cleanly."""
    place = Site(tmp_path)
    try:
        yield place
    except BaseException:
        place.server.kill()
        raise
    place.server.stop()


def test_curl_goes_on(site):
    """Broken off after a third, asked to go on where it was."""
    relay, url = site.relay(SIZE // 3)
    partial = 18
    assert run("curl", "-sS", "-o", site.out, url)[0] == partial
    assert 0 < site.out.stat().st_size < SIZE // 3
    got = run("curl", "-sS", "-C", "-", "-o", site.out, url)
    relay.close()
    assert got == (0, b"")
    assert site.out.read_bytes() == site.old
    wait_for(lambda: site.statuses() == [200, 206], "the answers")


@pytest.mark.parametrize("changed", [False, True])
def test_curl_goes_on_with_if_range(site, changed):
    """With the tag of what it has: the rest of that, or the whole of what
    there is now, which curl does not append to what it has."""
    tag = site.tag()
    site.out.write_bytes(site.old[:SIZE // 2])
    if changed:
        site.change()
    status, _ = run("curl", "-sS", "-C", "-", "-H", f"If-Range: {tag}",
                    "-o", site.out, site.url)
    no_ranges = 33
    assert status == (no_ranges if changed else 0)
    assert site.out.read_bytes() == (site.old[:SIZE // 2] if changed
                                     else site.old)
    assert run("curl", "-sS", "-r", f"{SIZE // 2}-", "-H", f"If-Range: {tag}",
               site.url) == (0, site.new if changed else site.old[SIZE // 2:])


@pytest.mark.parametrize("client", ["curl", "wget"])
def test_going_on_blindly(site, client):
    """Without a condition the answer is about the file as it is now, and says
    so; that the beginning is of another one only the client can know."""
    site.out.write_bytes(site.old[:SIZE // 2])
    site.change()
    if client == "curl":
        status, _ = run("curl", "-sS", "-C", "-", "-o", site.out, site.url)
    else:
        status, _ = run("wget", "-q", "-c", "-O", site.out, site.url)
    assert status == 0
    assert site.out.read_bytes() == site.old[:SIZE // 2] + site.new[SIZE // 2:]


@pytest.mark.parametrize("client", ["curl", "wget"])
def test_going_on_behind_the_end(site, client):
    """The file has become shorter: 416, and nothing is appended."""
    site.out.write_bytes(site.old)
    site.change(site.new[:1000])
    if client == "curl":
        run("curl", "-sS", "-C", "-", "-o", site.out, site.url)
    else:
        run("wget", "-q", "-c", "-O", site.out, site.url)
    assert site.out.read_bytes() == site.old
    wait_for(lambda: site.statuses() == [416], "the answer")


def test_wget_goes_on_by_itself(site):
    """Broken off twice, within one run."""
    relay, url = site.relay(SIZE // 3, SIZE // 4)
    assert run("wget", "-q", "--waitretry=0", "-O", site.out, url) == (0, b"")
    relay.close()
    assert site.out.read_bytes() == site.old
    wait_for(lambda: site.statuses() == [200, 206, 206], "the answers")


def test_wget_fetches_what_is_newer(site):
    """By the time of what it has: nothing, and then the whole new file."""
    os.utime(site.file, (1709210096, 1709210096))
    argv = ["wget", "-q", "-N", site.url]
    assert run(*argv, cwd=site.out.parent)[0] == 0
    assert run(*argv, cwd=site.out.parent)[0] == 0
    there = site.out.parent / "file.bin"
    assert there.read_bytes() == site.old
    site.change()
    assert run(*argv, cwd=site.out.parent)[0] == 0
    assert there.read_bytes() == site.new
    wait_for(lambda: site.statuses() == [200, 304, 200], "the answers")


def stored_br(data):
    """Brotli that is not compressed: one stored block (RFC 7932, 9.2)."""
    size = len(data) - 1
    bits = 0x0b | size << 7 | 1 << 23
    return bits.to_bytes(3, "little") + data + b"\x03"


def stored_zst(data):
    """The same in Zstandard, for 255 bytes at most (RFC 8878, 3.1.1)."""
    block = len(data) << 3 | 1
    return (b"\x28\xb5\x2f\xfd\x20" + bytes([len(data)])
            + block.to_bytes(3, "little") + data)


@pytest.mark.parametrize("accept, coding", [
    (None, "br"), ("gzip", "gzip"), ("zstd", "zstd"), ("br", "br"),
    ("gzip;q=1, br;q=0.5", "gzip"), ("deflate", None)])
def test_curl_unpacks(site, accept, coding):
    """What curl makes of the compressed forms is the file."""
    (site.root / "a.txt").write_bytes(PLAIN)
    (site.root / "a.txt.gz").write_bytes(gzip.compress(PLAIN))
    (site.root / "a.txt.br").write_bytes(stored_br(PLAIN))
    (site.root / "a.txt.zst").write_bytes(stored_zst(PLAIN))
    head = site.out.with_name("head")
    argv = ["curl", "-sS", "--compressed", "-D", head,
            site.url.replace("file.bin", "a.txt")]
    if accept:
        argv += ["-H", f"Accept-Encoding: {accept}"]
    assert run(*argv) == (0, PLAIN)
    said = [line.split(": ")[1] for line in head.read_text().splitlines()
            if line.startswith("Content-Encoding: ")]
    assert said == ([coding] if coding else [])
