# SPDX-License-Identifier: MIT
"""Listings of directories: --list."""
import os
import re
import shutil
import stat

import pytest

import test_links
from pages import Listing, parse, tidy
from wire import RUNNER, Client, request, wait_for

MANY = 10010
MOST = 10000

@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Directories to be listed."""
    root = tmp_path_factory.mktemp("listing")
    for name in ("docs/deep/er", "empty", "indexed", "sort/zdir", "sort/adir",
                 ".hidden", ".well-known", "many", "long"):
        (root / name).mkdir(parents=True)
    (root / "indexed/index.html").write_bytes(b"index\n")
    (root / "indexed/other.txt").write_bytes(b"other\n")
    (root / ".secret").write_bytes(b"secret\n")
    (root / ".hidden/x.txt").write_bytes(b"secret\n")
    (root / ".well-known/x.txt").write_bytes(b"known\n")
    (root / "docs/page.html").write_bytes(b"page\n")
    for n, (name, size, when) in enumerate([
            ("b", 5, 3000), ("a", 9, 2000), ("ab", 5, 1000), ("B", 0, 3000),
            ("z.bin", 2000000, 1709210096), ("é", 1536, 1500)]):
        path = root / "sort" / name
        path.write_bytes(b"x" * size)
        os.utime(path, (n, when))
    os.utime(root / "sort/zdir", (0, 100))
    os.utime(root / "sort/adir", (0, 200))
    for n in range(MANY):
        (root / f"many/file-{n:05}.txt").touch()
    for n in range(640000 // 255 + 10):
        (root / f"long/{n:04}{'&' * 251}").touch()
    yield root
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="module")
def server(start_shared, site):
    """A server that lists."""
    return start_shared("--list", "on", "--workers", "1", root=site)


@pytest.fixture(scope="module")
def everything(start_shared, site):
    """A server that lists hidden names too."""
    return start_shared("--list", "on", "--dotfiles", "on", "--workers", "1",
                        root=site)


def read(server, target, *fields):
    """Return a listing."""
    return Listing(server.get(target, *fields), target)


@pytest.mark.quick
def test_off(start, site):
    """Nothing is listed unless that was asked for."""
    server = start(root=site)
    assert server.get("/docs/").status == 404
    assert server.get("/").status == 404


@pytest.mark.quick
def test_page(server):
    """Title, heading, way back, and a row for each entry."""
    page = read(server, "/docs/")
    assert page.title == "Index of /docs/"
    assert page.heading == "docs"
    assert page.caption == "Entries: 2"
    assert page.has_parent
    assert page.names() == [b"deep/", b"page.html"]
    assert [row.shown for row in page.rows] == ["deep/", "page.html"]
    assert [row.size for row in page.rows] == [None, "5 bytes"]
    assert [row.size_shown for row in page.rows] == ["", "5 B"]


@pytest.mark.quick
def test_root(server):
    """The root has no parent; what is hidden is not seen."""
    page = read(server, "/")
    assert (page.title, page.heading) == ("Index of /", "Home")
    assert not page.has_parent
    assert page.names() == [b"docs/", b"empty/", b"indexed/", b"long/",
                            b"many/", b"sort/"]


def test_dotfiles(everything, server):
    """--dotfiles on shows them; /.well-known/ is always open, and hidden."""
    assert read(everything, "/").names()[:2] == [b".hidden/", b".well-known/"]
    assert b".secret" in read(everything, "/").names()
    assert read(everything, "/.hidden/").names() == [b"x.txt"]
    assert server.get("/.hidden/").status == 404
    assert read(server, "/.well-known/").names() == [b"x.txt"]


def test_empty(server):
    """An empty directory is a page too."""
    page = read(server, "/empty/")
    assert (page.caption, page.names()) == ("Entries: 0", [])


@pytest.mark.quick
def test_index_wins(server):
    """A directory with an index is that; without a slash it redirects."""
    assert server.get("/indexed/?sort=size").body == b"index\n"
    res = server.get("/docs?sort=-size")
    assert res.status == 301
    assert res.get("Location") == "docs/?sort=-size"


@pytest.mark.parametrize("target", ["/nosuch/", "/docs/page.html/",
                                    "/docs/deep/nosuch/", "/nosuch"])
def test_nothing_there(server, target):
    """What is no directory is not found."""
    assert server.get(target).status == 404


def test_breadcrumbs(server):
    """From the root down, each link leads to what it says."""
    page = read(server, "/docs/deep/er/")
    assert [name for name, _, _ in page.crumbs] == ["Home", "docs", "deep",
                                                    "er"]
    assert [current for _, _, current in page.crumbs] == [None] * 3 + ["page"]
    assert [page.follow(href) for _, href, _ in page.crumbs] == [
        "/", "/docs/", "/docs/deep/", "/docs/deep/er/"]
    assert page.follow("../") == "/docs/deep/"


ORDERS = {
    "": ("name", "ascending", "adir zdir B a ab b z.bin é"),
    "?sort=name": ("name", "ascending", "adir zdir B a ab b z.bin é"),
    "?sort=-name": ("name", "descending", "zdir adir é z.bin b ab a B"),
    "?sort=size": ("size", "ascending", "adir zdir B ab b a é z.bin"),
    "?sort=-size": ("size", "descending", "adir zdir z.bin é a ab b B"),
    "?sort=time": ("modified", "ascending", "zdir adir ab é a B b z.bin"),
    "?sort=-time": ("modified", "descending", "adir zdir z.bin B b a é ab"),
}


@pytest.mark.quick
@pytest.mark.parametrize("query", ORDERS)
def test_order(server, query):
    """Directories first; the page says what it is sorted by, and each link
    sorts by what it says, the one in force the other way round."""
    column, direction, names = ORDERS[query]
    page = read(server, "/sort/" + query)
    shown = [row.shown.rstrip("/") for row in page.rows]
    assert " ".join(shown) == names
    assert {name.lower(): sort for name, (sort, _) in page.columns.items()
            if sort} == {column: direction}
    for name, (_, href) in page.columns.items():
        again = read(server, page.follow(href))
        sort, _ = again.columns[name]
        if name.lower() == column:
            assert sort != direction
        else:
            assert sort == ("ascending" if name == "Name" else "descending")


@pytest.mark.parametrize("query", [
    "?", "?sort", "?sort=", "?sort=nosuch", "?sort=NAME", "?sort=%73ize",
    "?sort=--size", "?x=1", "?&&&===", "?\"><script>", "?" + "a" * 400,
    "?sort=size-", "?sort=name;sort=size", "?x=1&sort=size"])
def test_query_junk(server, query):
    """Whatever else is asked is not echoed, and is the order by name."""
    res = server.get("/sort/" + query)
    assert res.summary() == server.get("/sort/").summary()


def test_query_of_others(server):
    """What follows does not matter; files do not look at queries."""
    assert server.get("/sort/?sort=-size&utm_source=x").body == \
        server.get("/sort/?sort=-size").body
    assert server.get("/docs/page.html?sort=-size").body == b"page\n"


def test_sizes_and_times(server):
    """For people in short, for programs exactly, in UTC."""
    rows = {row.shown: row for row in read(server, "/sort/").rows}
    assert (rows["z.bin"].size, rows["z.bin"].size_shown) == \
        ("2000000 bytes", "1.9 MiB")
    assert (rows["é"].size, rows["é"].size_shown) == ("1536 bytes", "1.5 KiB")
    assert rows["z.bin"].time == "2024-02-29T12:34:56Z"
    assert rows["z.bin"].time_shown == "2024-02-29 12:34"
    assert rows["zdir/"].time == "1970-01-01T00:01:40Z"


def test_changes_are_seen_at_once(server, site):
    """A listing is what is there when it is asked for."""
    folder = site / "changing"
    folder.mkdir()
    tags = set()
    with server.client() as client:
        for n in range(5):
            (folder / f"new-{n}").write_bytes(b"x")
            res = client.get("/changing/")
            names = Listing(res, "/changing/").names()
            assert names == [b"new-%d" % i for i in range(n + 1)]
            tags.add(res.get("ETag"))
        (folder / "new-0").write_bytes(b"longer")
        tags.add(client.get("/changing/").get("ETag"))
        (folder / "new-0").unlink()
        assert b"new-0" not in client.get("/changing/").body
    assert len(tags) == 6


@pytest.mark.quick
@pytest.mark.parametrize("target", ["/empty/", "/sort/?sort=size", "/many/"])
def test_validators(server, target):
    """HEAD says what GET says; the tag brings 304; there are no ranges."""
    whole = server.get(target)
    tag = whole.get("ETag")
    assert re.fullmatch(r'"[0-9a-f]{16}"', tag)
    assert whole.get("Last-Modified") is None
    assert whole.get("Accept-Ranges") is None
    head = server.get(target, method="HEAD")
    assert head.summary()[:2] == whole.summary()[:2]
    with server.client() as client:
        res = client.get(target, f"If-None-Match: {tag}")
        assert (res.status, res.get("ETag")) == (304, tag)
        assert client.get(target, 'If-None-Match: "x"').body == whole.body
        assert client.get(target, 'If-Match: "x"').status == 412
        res = client.get(target, "Range: bytes=0-9")
        assert (res.status, res.body) == (200, whole.body)
        res = client.get(target, f"If-Match: {tag}", method="HEAD")
        assert res.status == 200


@pytest.mark.quick
def test_methods(server):
    """As for files."""
    assert server.get("/docs/", method="OPTIONS").status == 204
    assert server.get("/docs/", "Content-Length: 0",
                      method="POST").status == 405


def scan(res):
    """Return caption and links of a page that is too long to be parsed."""
    assert res.status == 200
    tidy(res.body)
    caption = re.search(rb"<caption>(.*)</caption>", res.body)[1]
    return caption.decode(), re.findall(rb'"row"><a href="([^"]*)">', res.body)


@pytest.mark.quick
def test_many(server):
    """More than are listed: so many, valid, in order, and that is said."""
    caption, links = scan(server.get("/many/"))
    assert caption == f"Entries: {MOST}, and there are more"
    assert links[0] == b"../"
    assert len(set(links)) == len(links) == MOST + 1
    assert links[1:] == sorted(links[1:])
    assert scan(server.get("/many/?sort=-name"))[1][1:] == links[:0:-1]


def test_tag_of_a_long_page(server, site):
    """A change in any piece of it is another tag: the first row, and the last."""
    first, *_, last = scan(server.get("/many/"))[1][1:]
    tags = {server.get("/many/").get("ETag")}
    for n, name in enumerate([first, last]):
        os.utime(site / "many" / name.decode(), (0, 86400 * (n + 1)))
        tags.add(server.get("/many/", method="HEAD").get("ETag"))
    assert len(tags) == 3


def test_long_names(server):
    """The bytes of names have a bound too: fewer entries, and it is said."""
    caption, links = scan(server.get("/long/"))
    assert caption == f"Entries: {640000 // 255}, and there are more"
    assert len(links) - 1 == 640000 // 255


def memory_files(pid):
    """Count the files in memory that a process has open."""
    count = 0
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            count += "memfd:" in os.readlink(f"/proc/{pid}/fd/{fd}")
        except FileNotFoundError:
            pass
    return count


def test_slow_readers(start, site):
    """Pages that wait for their readers have a bound: who comes later gets
    503, small pages go on, and all is well when the readers are gone."""
    server = start("--list", "on", "--workers", "1", root=site)
    worker = server.workers()[0]
    size = len(server.get("/long/").body)
    assert size > 5 << 20, "more than a socket takes"
    most = (32 << 20) // ((size | 0xffff) + 1)
    readers = [Client(server.address, rcvbuf=4096) for _ in range(most)]
    for reader in readers:
        reader.send(request("/long/"))
    wait_for(lambda: memory_files(worker) == most, "that many files")
    res = server.get("/long/")
    assert (res.status, res.get("Retry-After")) == (503, "1")
    assert memory_files(worker) == most
    assert server.get("/long/", method="HEAD").status == 200
    assert server.get("/docs/").status == 200
    assert len(readers.pop().response().body) == size
    wait_for(lambda: memory_files(worker) == most - 1, "a file to be closed")
    assert len(server.get("/long/").body) == size
    for reader in readers:
        reader.reset()
    wait_for(lambda: memory_files(worker) == 0, "all files to be closed")


def test_pipelined_listings_end_a_turn(server):
    """A client that asks for much at once does not keep others waiting."""
    count = 20
    with server.client() as greedy, server.client() as other:
        other.get("/docs/page.html")
        greedy.send(request("/many/", method="HEAD") * count)
        greedy.response(head=True)
        other.get("/docs/page.html")
        lines = [line for line in server.log() if b"HEAD /many/" in line]
        assert len(lines) < count
        for _ in range(count - 1):
            assert greedy.response(head=True).status == 200


@pytest.mark.skipif(os.geteuid() != 0, reason="changes to another user")
def test_unreadable(start, public):
    """What may not be read is 403, and so is a directory without a way in."""
    root = public / "closed"
    for name in ("no-list", "no-entry", "open"):
        (root / name).mkdir(parents=True)
        (root / name / "x.txt").write_bytes(b"x\n")
    (root / "no-list").chmod(0o711)
    (root / "no-entry").chmod(0o744)
    server = start("--list", "on", "--user", "65534", root=root,
                   errors_ok=True)
    assert server.get("/no-list/").status == 403
    assert server.get("/no-list/x.txt").status == 200
    assert server.get("/no-entry/").status == 403
    assert read(server, "/open/").names() == [b"x.txt"]
    assert read(server, "/").names() == [b"no-entry/", b"no-list/", b"open/"]


@pytest.fixture(scope="module", params=test_links.MODES)
def linked(request, start_shared, tmp_path_factory):
    """A tree of links, with and without openat2, where nothing is hidden."""
    if request.param == "walk" and (RUNNER or not shutil.which("strace")):
        pytest.skip("needs strace and no emulator")
    base = tmp_path_factory.mktemp("listed-links")
    entry = test_links.build(base)
    server = start_shared(
        "--list", "on", "--dotfiles", "on", "--workers", "1", root=entry,
        prefix=test_links.STRACE if request.param == "walk" else ())
    server.tree = base / "root"
    yield server
    shutil.rmtree(base, ignore_errors=True)


@pytest.mark.quick
@pytest.mark.parametrize("folder", ["", "sub/deep/", "index-out/",
                                    "index-fifo/", "sub/roottop/",
                                    "..2024_01_01/"])
def test_listed_is_what_is_served(linked, folder):
    """Links, FIFOs, sockets: each is listed if it is served, and only then,
    as the file or directory that it is."""
    page = read(linked, "/" + folder)
    listed = {row.href: row for row in page.rows}
    names = os.listdir(linked.tree / folder)
    assert len(names) > 0
    for name in names:
        res = linked.get(f"/{folder}{name}")
        assert res.status in (200, 301, 404)
        assert (name in listed) == (res.status == 200), name
        assert (name + "/" in listed) == (res.status == 301), name
        if name in listed:
            assert listed[name].size == f"{len(res.body)} bytes"


def test_nothing_outside_is_listed(linked):
    """No directory outside the root, by whatever way."""
    for target in ("/out-folder/", "/sub/../../outfolder/", "/magic/",
                   "/loop-a/", "/abs-folder/"):
        res = linked.get(target)
        assert res.status == 404
        assert b"secret" not in res.body


def test_no_links(start, tmp_path):
    """--symlinks off: neither followed nor listed."""
    test_links.build(tmp_path)
    server = start("--list", "on", "--symlinks", "off",
                   root=tmp_path / "root")
    names = read(server, "/").names()
    assert b"file.txt" in names and b"rel" not in names
    assert b"dirlink/" not in names
    assert server.get("/dirlink/").status == 404


def test_device(linked):
    """Nor is a device listed."""
    path = linked.tree / "index-out/null"
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("needs the right to make a device")
    assert b"null" not in read(linked, "/index-out/").names()
    path.unlink()


@pytest.mark.quick
@pytest.mark.parametrize("target, method, status", [
    ("/nosuch", "GET", 404), ("/%zz", "GET", 400), ("/", "PUT", 405),
    ("/docs", "GET", 301), ("/", "WHAT", 501),
    pytest.param("/" + "a" * 20000, "GET", 414, id="long")])
def test_error_pages_are_valid(server, target, method, status):
    """The pages of errors and redirects."""
    res = server.get(target, "Content-Length: 0", method=method)
    assert res.status == status
    tree = parse(res.body)
    links = [a.get("href") for a in tree.iter("a")]
    assert links == (["/"] if status == 404 else [])
