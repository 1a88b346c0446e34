# SPDX-License-Identifier: MIT
"""scratchd bundle: a program that carries its site answers as the directory
would, without a look at the file system."""
import re
import shutil
import time
from pathlib import Path

import pytest
import xxhash

from bundle_tree import FILES, LARGE, make
from site_tree import pattern
from wire import RUNNER, request, wait_for

OPTIONS = {
    "plain": [], "clean": ["--clean-urls", "on"], "spa": ["--spa", "app.html"],
    "index": ["--index", "page.html"]}


@pytest.mark.quick
def test_tags_are_hashes(start, bundle):
    """Of the bytes that are sent, be they a variant's: XXH64, seed 0."""
    server = start(root=None, program=bundle, errors_ok=True)
    with server.client() as client:
        for name in ("copied.txt", "small.txt", "larger.txt", "large.bin", "empty.txt"):
            got = client.get(f"/{name}")
            assert got.body == FILES[name]
            assert got.get("ETag") == f'"{xxhash.xxh64(got.body).hexdigest()}"'
        for coding, ending in (("br", "br"), ("zstd", "zst"), ("gzip", "gz")):
            got = client.get("/text.txt", f"Accept-Encoding: {coding}")
            assert got.body == FILES[f"text.txt.{ending}"]
            assert got.get("ETag") == f'"{xxhash.xxh64(got.body).hexdigest()}"'


@pytest.fixture(scope="module", params=OPTIONS)
def both(request, start_shared, site, bundle):
    """A server of the directory and one of the bundle."""
    options = OPTIONS[request.param]
    return [start_shared(*options, root=site, errors_ok=True),
            start_shared(*options, root=None, program=bundle, errors_ok=True)]


def targets():
    """Every file, and what is beside, above and below it."""
    for name in [*FILES, "linked/page.html", "linked", "linked/", "docs", "x:y",
                 "docs/one.bin", "absolute", "outside", "dangling", "fifo",
                 "a/b", "a/b/", "doc", "docs.", "docs/pag", "index", "docs-x",
                 "old/page.html", "away", "gone", "docs/nothing", "zzz", "~",
                 "docs/nothing/deeper", "sp%20ace", ".well-known", "%2e%2e/x"]:
        quoted = "".join(chr(b) if chr(b).isalnum() and b < 128 or
                         chr(b) in "/._-:~%" and name.find("100%") < 0
                         else f"%{b:02x}" if b != 0x2f else "/"
                         for b in name.encode())
        yield "/" + quoted
    yield from ["/", "//docs//", "/docs?q=1", "/a/" + "x/" * 70, "/docs/page",
                "/index.html/", "/docs/../one.bin", "/" + "y" * 4000]


def same(answers):
    """Whether two answers say the same. A boundary has the time in it, and a
    bundle has tags where a directory's file has no time to be told by."""
    plain = []
    for answer in answers:
        status, fields, body = answer.summary()
        for mark in re.findall(r"boundary=(\w+)", str(fields)):
            body = body.replace(mark.encode(), b"-" * 16)
            fields = [(n, v.replace(mark, "-" * 16)) for n, v in fields]
        plain.append((status, fields, body))
    if not answers[0].get("ETag"):
        plain[1] = (plain[1][0], [f for f in plain[1][1] if f[0] != "etag"],
                    plain[1][2])
    assert plain[0] == plain[1]
    return answers


@pytest.mark.quick
def test_same_answers(both):
    """GET and HEAD of everything, each coding, and what no file has."""
    clients = [server.client() for server in both]
    for target in targets():
        for method in ("GET", "HEAD"):
            same([c.get(target, method=method) for c in clients])
    for coding in ("gzip", "br", "zstd", "zstd, gzip;q=0.9", "*", "identity",
                   "gzip;q=0.5, identity", "identity;q=0", "br;q=0, *"):
        for target in ("/text.txt", "/stale.txt", "/text.txt.gz", "/nothing"):
            same([c.get(target, f"Accept-Encoding: {coding}")
                  for c in clients])
    for client in clients:
        client.close()


def test_other_methods(both):
    """What is not for reading."""
    for method in ("POST", "PUT", "OPTIONS", "TRACE", "DELETE", "NONE"):
        for target in ("/", "/docs", "/old/x", "/nothing"):
            same([server.get(target, method=method) for server in both])


@pytest.mark.quick
def test_ranges_and_conditions(both):
    """Every kind of range of every kind of file, and each condition."""
    clients = [server.client() for server in both]
    for target in ("/empty.txt", "/copied.txt", "/sent.txt", "/small.txt",
                   "/larger.txt", "/large.bin", "/text.txt"):
        for spec in ("0-0", "1-", "-1", "-100000", "4000-70000", "0-1,100-200",
                     "0-9,1000-60000,-20", "99999999-", "5-1",
                     "0-1000000,1100000-2200000,2400000-2900000"):
            same([c.get(target, f"Range: bytes={spec}",
                        "Accept-Encoding: gzip") for c in clients])
            same([c.get(target, f"Range: bytes={spec}", method="HEAD")
                  for c in clients])
        tag = clients[1].get(target).get("ETag")
        assert tag, target
        if tag != clients[0].get(target).get("ETag"):
            continue
        for field in ("If-None-Match: %s", 'If-None-Match: "x", %s',
                      "If-None-Match: W/%s", "If-None-Match: *",
                      "If-Match: %s", 'If-Match: "x"', "If-Match: *"):
            same([c.get(target, field.replace("%s", tag)) for c in clients])
        for field in (f"If-Range: {tag}", 'If-Range: "x"'):
            same([c.get(target, "Range: bytes=0-3", field) for c in clients])
    for client in clients:
        client.close()


def test_slow_reader(start, bundle):
    """What the socket does not take at once comes later, and so does the
    next answer; parts too."""
    server = start(root=None, program=bundle, errors_ok=True)
    data = pattern(LARGE)
    with server.client(rcvbuf=4096) as client:
        client.send(request("/large.bin") + request("/small.txt") +
                    request("/large.bin",
                            "Range: bytes=0-999999,1500000-2900000") +
                    request("/one.bin") * 3)
        time.sleep(0.1)
        assert client.response().body == data
        assert client.response().body == pattern(65536)
        parts = client.response()
        assert parts.status == 206
        assert data[:1000000] in parts.body
        assert data[1500000:2900001] in parts.body
        for _ in range(3):
            assert client.response().body == FILES["index.html"]


def test_reload_and_log(start, bundle):
    """SIGHUP says that there is nothing to do; wrong rules are told."""
    server = start(root=None, program=bundle, errors_ok=True)
    server.signal(1)
    wait_for(lambda: "a bundle has nothing to reload"
             in server.stderr.read_text(), "the line")
    text = server.stderr.read_text()
    assert "; a bundle of " in text
    assert "scratchd: _headers:7: 'wrong': " in text
    assert server.get("/one.bin").body == FILES["index.html"]


# What a worker may ask of the kernel while it serves from a bundle.
CALLS = {"accept4", "clock_gettime", "close", "epoll_ctl", "epoll_pwait",
         "read", "recvfrom", "sendmsg", "sendto", "setsockopt",
         "shutdown", "write", "ioctl", "exit_group"}


@pytest.mark.skipif(bool(RUNNER) or not shutil.which("strace"),
                    reason="needs strace and a program of this machine")
def test_no_file_is_touched(start, bundle, tmp_path):
    """Between the first request and the end: no call about files, and one
    sendto for a small answer."""
    log = tmp_path / "strace"
    server = start("--workers", "1", root=None, program=bundle, errors_ok=True,
                   prefix=["strace", "-f", "-qq", "-o", str(log)])
    worker = server.workers()[0]
    with server.client() as client:
        client.get("/index.html")
        for target in targets():
            client.get(target, "Accept-Encoding: gzip")
        client.get("/larger.txt", "Range: bytes=0-5000,10000-60000")
        client.get("/large.bin")
    server.stop()
    lines = [line.split(" ", 1)[1].strip()
             for line in log.read_text().splitlines()
             if line.startswith(f"{worker} ")]
    first = next(i for i, line in enumerate(lines)
                 if line.startswith("recvfrom"))
    lines = [line for line in lines[first:] if re.match(r"\w+\(", line)]
    assert {re.match(r"\w+", line)[0] for line in lines} <= CALLS
    sent = next(line for line in lines if line.startswith("send"))
    assert sent.startswith("sendto("), lines[:6]


@pytest.mark.skipif(bool(RUNNER), reason="slow")
def test_many_files(start, tmp_path):
    """Thousands of files, found each; and a start that reads no contents."""
    root = tmp_path / "root"
    for i in range(60):
        folder = root / f"{i * 7919 % 60:x}"
        folder.mkdir(parents=True)
        for k in range(50):
            (folder / f"{k}.txt").write_bytes(f"{folder.name}/{k}".encode())
    with open(root / "hole.bin", "wb") as hole:
        hole.truncate(64 << 20)
    file = tmp_path / "b"
    make(root, file)
    began = time.monotonic()
    server = start("--workers", "1", root=None, program=file)
    with server.client() as client:
        assert client.get("/0/0.txt").body == b"0/0"
        assert time.monotonic() - began < 5
        rss = int(re.search(r"VmRSS:\s+(\d+)", Path(
            f"/proc/{server.pid}/status").read_text())[1])
        assert rss < 8192, "KiB: contents were read"
        for i in range(60):
            for k in range(0, 50, 7):
                assert client.get(f"/{i:x}/{k}.txt").body == \
                    f"{i:x}/{k}".encode()
        assert client.get("/0").status == 301
        assert client.get("/0/50.txt").status == 404


@pytest.mark.quick
@pytest.mark.skipif(bool(RUNNER), reason="it would be the emulator's memory")
def test_start_reads_no_contents(start, tmp_path):
    """The pages of the file that are touched until the first answer are as
    many for 64 KiB as for 64 MiB."""
    root, file = tmp_path / "root", tmp_path / "b"
    root.mkdir()
    (root / "index.html").write_bytes(b"hello, world\n")
    touched = []
    for size in (64 << 10, 64 << 20):
        (root / "rest.bin").write_bytes(pattern(1 << 16) * (size >> 16))
        make(root, file)
        server = start("--workers", "1", root=None, program=file)
        assert server.get("/").body == b"hello, world\n"
        touched.append(sum(
            int(re.search(r"RssFile:\s+(\d+) kB", Path(
                f"/proc/{pid}/status").read_text())[1])
            for pid in (server.pid, *server.workers())))
        server.stop()
    assert touched[0] > 0 and abs(touched[1] - touched[0]) < 512, touched
    shutil.rmtree(root)
    file.unlink()
