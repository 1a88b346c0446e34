# SPDX-License-Identifier: MIT
"""Files as representations: RFC 9110 section 8, and what a folder means."""
import hashlib
import os
import threading
import time
from urllib.parse import urljoin, urlsplit

import pytest

from site_tree import LAST_MODIFIED, MTIME, pattern
from wire import TIMEOUT, Client, request

TYPES = {
    "html": "text/html; charset=utf-8",
    "htm": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "pdf": "application/pdf",
    "wasm": "application/wasm",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "mp3": "audio/mpeg",
    "zip": "application/zip",
    "webmanifest": "application/manifest+json",
    "nosuch": "application/octet-stream",
}
LARGE = 8 * 1024 * 1024
SMALL_MAX = 65536


def write(path, content, mtime=MTIME):
    """Write a file with a given modification time."""
    path.write_bytes(content)
    os.utime(path, (mtime, mtime))


@pytest.mark.parametrize("extension", TYPES)
def test_content_type(server, tree, extension):
    """RFC 9110 section 8.3; text carries its charset."""
    write(tree / f"type.{extension}", b"x\n")
    res = server.get(f"/type.{extension}")
    assert res.status == 200
    assert res.get("Content-Type") == TYPES[extension]
    assert res.get("X-Content-Type-Options") == "nosniff"


@pytest.mark.parametrize("name, kind", [
    ("UPPER.HTML", "text/html; charset=utf-8"),
    ("two.html.png", "image/png"),
    ("folder.css.d/plain", "application/octet-stream"),
    ("ends.", "application/octet-stream")])
def test_content_type_of_odd_names(server, tree, name, kind):
    """The last extension counts, in any case, and only the file's own."""
    (tree / name).parent.mkdir(exist_ok=True)
    write(tree / name, b"x\n")
    assert server.get(f"/{name}").get("Content-Type") == kind


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 16384, SMALL_MAX - 1,
                                  SMALL_MAX, SMALL_MAX + 1, 1000003])
@pytest.mark.quick
def test_size(server, tree, size):
    """All bytes of a file of any size, on a connection that stays."""
    content = pattern(size)
    write(tree / f"size-{size}.bin", content)
    with server.client() as client:
        for _ in range(2):
            res = client.get(f"/size-{size}.bin")
            assert res.status == 200
            assert res.get("Content-Length") == str(size)
            assert res.body == content
        res = client.get(f"/size-{size}.bin", method="HEAD")
        assert res.get("Content-Length") == str(size)


@pytest.mark.quick
def test_large_file_by_hash(server, tree):
    """8 MiB and 5 bytes: whole, and put together from ranges."""
    content = pattern(LARGE + 5)
    want = hashlib.sha256(content).hexdigest()
    write(tree / "large.bin", content)
    with server.client() as client:
        assert hashlib.sha256(client.get("/large.bin").body).hexdigest() \
            == want
        got, at, step = hashlib.sha256(), 0, 1234567
        while at < len(content):
            res = client.get("/large.bin", f"Range: bytes={at}-{at+step-1}")
            assert res.status == 206
            got.update(res.body)
            at += len(res.body)
        assert got.hexdigest() == want


def test_pipelined_large_files(server, tree):
    """RFC 9112 section 9.3.2: large and small answers keep their order."""
    content = pattern(300001)
    write(tree / "pipe.bin", content)
    with server.client() as client:
        client.send((request("/pipe.bin") + request("/probe.txt")) * 5)
        for _ in range(5):
            assert client.response().body == content
            assert client.response().body == b"probe\n"


def test_last_modified(server, tree):
    """RFC 9110 section 8.8.2."""
    write(tree / "date.txt", b"date\n")
    assert server.get("/date.txt").get("Last-Modified") == LAST_MODIFIED


@pytest.mark.parametrize("mtime", [0, 1, 315532800, 315619200])
def test_pinned_time_is_no_validator(server, tree, mtime):
    """Images pin modification times to 1970 or 1980: no Last-Modified, and
    such a date must not make a 304. 315619200 is 1980-01-02."""
    write(tree / "pinned.txt", b"pinned\n", mtime)
    res = server.get("/pinned.txt")
    assert res.get("Last-Modified") is None
    assert res.get("ETag")
    res = server.get("/pinned.txt",
                     "If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT")
    assert res.status == 200


def test_time_after_the_pinned_ones(server, tree):
    """One day later is a date again."""
    write(tree / "old.txt", b"old\n", 315619200 + 86400)
    assert server.get("/old.txt").get("Last-Modified") \
        == "Thu, 03 Jan 1980 00:00:00 GMT"


def test_future_time_is_not_sent(server, tree):
    """RFC 9110 section 8.8.2.1: not later than Date."""
    write(tree / "future.txt", b"future\n", int(time.time()) + 86400)
    res = server.get("/future.txt")
    assert res.get("Last-Modified") == res.get("Date")


@pytest.mark.quick
def test_etag_of_a_small_file_is_its_content(server, tree):
    """RFC 9110 section 8.8.3: strong, whatever the modification time."""
    path = tree / "tag.txt"
    write(path, b"one\n")
    first = server.get("/tag.txt").get("ETag")
    assert first.startswith('"') and first.endswith('"')
    write(path, b"one\n", MTIME + 1000)
    assert server.get("/tag.txt").get("ETag") == first
    write(path, b"two\n")
    res = server.get("/tag.txt", f"If-None-Match: {first}")
    assert (res.status, res.body) == (200, b"two\n")
    assert res.get("ETag") != first
    write(tree / "copy.bin", b"one\n")
    assert server.get("/copy.bin").get("ETag") == first


def test_etag_at_the_limit(server, tree):
    """64 KiB is still hashed: changed bytes behind an unchanged time show."""
    path = tree / "limit.bin"
    content = bytearray(SMALL_MAX)
    write(path, content)
    first = server.get("/limit.bin").get("ETag")
    for at in (0, SMALL_MAX // 2, SMALL_MAX - 1):
        content[at] ^= 1
        write(path, content)
        assert server.get("/limit.bin").get("ETag") != first
        content[at] ^= 1
    write(path, content)
    assert server.get("/limit.bin").get("ETag") == first


def test_etag_of_a_large_file(server, tree):
    """Time and size: the same for replicas, another after a change."""
    write(tree / "big-a.bin", bytes(SMALL_MAX + 1))
    write(tree / "big-b.bin", bytes(SMALL_MAX + 1))
    first = server.get("/big-a.bin").get("ETag")
    assert first.startswith('"')
    assert server.get("/big-b.bin").get("ETag") == first
    os.utime(tree / "big-a.bin", ns=(0, MTIME * 10**9 + 1))
    assert server.get("/big-a.bin").get("ETag") != first
    write(tree / "big-a.bin", bytes(SMALL_MAX + 2))
    assert server.get("/big-a.bin").get("ETag") != first


def test_no_etag_of_a_large_file_with_pinned_time(server, tree):
    """A pinned time says nothing: no validator at all."""
    write(tree / "big-pinned.bin", bytes(SMALL_MAX + 1), 1)
    res = server.get("/big-pinned.bin")
    assert res.get("ETag") is None
    assert res.get("Last-Modified") is None
    res = server.get("/big-pinned.bin", "If-None-Match: *")
    assert res.status == 304


@pytest.mark.quick
def test_replaced_between_two_requests(server, tree):
    """New bytes and a new tag on the same connection, at once."""
    path, fresh = tree / "swap.txt", tree / "swap.new"
    write(path, b"before\n")
    with server.client() as client:
        tag = client.get("/swap.txt").get("ETag")
        for turn in range(30):
            content = b"turn %02d\n" % turn
            write(fresh, content)
            os.rename(fresh, path)
            res = client.get("/swap.txt", f"If-None-Match: {tag}")
            assert (res.status, res.body) == (200, content)
            assert res.get("ETag") != tag
            tag = res.get("ETag")
        path.unlink()
        assert client.get("/swap.txt").status == 404


def test_rewritten_in_place(server, tree):
    """Same name, same length, same inode, time put back."""
    path = tree / "place.txt"
    with server.client() as client:
        for turn in range(30):
            content = b"turn %02d\n" % turn
            write(path, content)
            assert client.get("/place.txt").body == content


def start_download(server, path, size):
    """Ask for a file of size bytes and read its head and one piece."""
    with open(path, "wb") as file:
        file.truncate(size)
    client = server.client(rcvbuf=65536)
    client.send(request("/" + path.name))
    head = client.head()
    assert head.get("Content-Length") == str(size)
    client.take(1000)
    return client


def drain(client):
    """Count the bytes until the connection ends, in whatever way."""
    count = len(client.buf)
    try:
        while data := client.sock.recv(262144):
            count += len(data)
    except ConnectionResetError:
        pass
    return count


def test_file_that_shrinks(server, tree):
    """RFC 9112 section 8: what is missing shows as a connection that closes
    early, never as other bytes; and the worker lives on."""
    size = 64 * 1024 * 1024
    before = server.workers()
    with start_download(server, tree / "shrink.bin", size) as client:
        os.truncate(tree / "shrink.bin", 100000)
        assert drain(client) < size - 1000
    assert server.get("/probe.txt").body == b"probe\n"
    assert server.workers() == before


def test_file_that_grows(server, tree):
    """Only the length that was announced is sent."""
    size = 32 * 1024 * 1024
    with start_download(server, tree / "grow.bin", size) as client:
        with open(tree / "grow.bin", "ab") as file:
            file.write(b"more")
        client.take(size - 1000)
        assert client.get("/probe.txt").body == b"probe\n"


def test_file_that_is_removed(server, tree):
    """A download in progress ends well."""
    size = 32 * 1024 * 1024
    with start_download(server, tree / "gone.bin", size) as client:
        (tree / "gone.bin").unlink()
        client.take(size - 1000)
        assert client.get("/gone.bin").status == 404


@pytest.mark.parametrize("target", [
    "/docs", "/docs?a=/b", "//docs", "///docs", "/x/..//docs", "/%64ocs",
    "//evil.example", "/%2e//evil.example?q", "/x:y", "/sp%20ace",
    "/docs/../docs"])
def test_redirect_stays_here(server, target):
    """RFC 3986 section 5.2: wherever a client resolves the Location, it is
    the folder on this host, with the query."""
    res = server.get(target)
    assert res.status == 301
    place = res.get("Location")
    assert "//" not in place and "\\" not in place
    base = "http://here.example" + target
    there = urlsplit(urljoin(base, place))
    assert (there.scheme, there.netloc) == ("http", "here.example")
    assert there.path.endswith("/")
    assert there.query == urlsplit(base).query
    again = server.get(there.path)
    assert again.status == 200


@pytest.mark.parametrize("name", [b"a\r\nX-Evil: 1", b"q\"<b>&", b"h#a?b",
                                  b"\xc3\xa4", b"\xff", b"back\\slash",
                                  b"%41", b";a=b"])
def test_redirect_of_an_odd_name(server, tree, name):
    """Whatever a folder is called, its Location is one clean field."""
    folder = os.fsencode(tree) + b"/" + name
    os.makedirs(folder, exist_ok=True)
    with open(folder + b"/index.html", "wb") as file:
        file.write(b"odd\n")
    target = "/" + "".join(f"%{b:02X}" for b in name)
    res = server.get(target)
    assert res.status == 301
    assert res.get("X-Evil") is None
    place = res.get("Location")
    assert place.isascii() and not set(place) & set("\"<>\\ #?")
    there = urlsplit(urljoin("http://here.example" + target, place))
    assert there.netloc == "here.example"
    assert server.get(there.path).body == b"odd\n"


def test_error_page_shows_no_markup_of_the_request(server):
    """What a client sent is not markup in a page of this host."""
    for target in ("/<script>alert(1)</script>", "/%3Cscript%3Ealert(1)"):
        assert b"<script" not in server.get(target).body.lower()


@pytest.mark.skipif(os.geteuid() != 0, reason="changes to another user")
def test_unreadable(start, public):
    """RFC 9110 section 15.5.4: 403 for what the server may not read."""
    (public / "folder").mkdir()
    write(public / "secret.txt", b"secret\n")
    (public / "secret.txt").chmod(0)
    write(public / "folder/index.html", b"secret\n")
    (public / "folder").chmod(0)
    server = start("--user", "65534", root=public, errors_ok=True)
    assert server.get("/page.txt").body == b"page\n"
    assert server.get("/secret.txt").status == 403
    assert server.get("/folder/").status == 403
    assert server.get("/folder/index.html").status == 403


def test_root_is_the_working_folder(start, tree):
    """Without ROOT it is "."."""
    server = start(cwd=tree)
    assert server.get("/probe.txt").body == b"probe\n"


def test_other_index(start, tree):
    """--index names the file that stands for its folder."""
    server = start("--index", "page.html", root=tree)
    assert server.get("/docs/").body == b"page\n"
    assert server.get("/docs").status == 301
    assert server.get("/").status in (403, 404)


def test_date_is_now(server):
    """RFC 9110 section 6.6.1."""
    with Client(server.address) as client:
        got = client.get("/probe.txt").get("Date")
    near = [time.strftime("%a, %d %b %Y %H:%M:%S GMT",
                          time.gmtime(time.time() + d))
            for d in range(-60, 3)]
    assert got in near


def test_file_that_is_replaced_all_the_time(server, tree):
    """rename() always leaves a file there, so every request finds one."""
    done = threading.Event()
    (tree / "current.txt").write_text("version -1\n")

    def replace():
        number = 0
        while not done.is_set():
            new = tree / f"new-{number % 2}.txt"
            new.write_text(f"version {number}\n")
            os.rename(new, tree / "current.txt")
            number += 1

    thread = threading.Thread(target=replace, daemon=True)
    thread.start()
    try:
        with server.client() as client:
            for _ in range(500):
                res = client.get("/current.txt")
                assert res.status == 200
                assert res.body.startswith(b"version ")
                assert res.body.endswith(b"\n")
    finally:
        done.set()
        thread.join(TIMEOUT)
