# SPDX-License-Identifier: MIT
"""_redirects: where a rule sends a request, and what of the file is said."""
import os
import re

import pytest

from wire import RUNNER

FILES = {
    "index.html": b"home\n",
    "404.html": b"top 404\n",
    "about.html": b"about\n",
    "letters.txt": b"abcdefghijklmnopqrstuvwxyz",
    "app.js": b"1;\n",
    "docs/index.html": b"docs\n",
    "docs/404.html": b"docs 404\n",
    "keepsake.txt": b"kept\n",
    "gone.html": b"gone page\n",
    "there/index.html": b"there\n",
    "sub/_redirects": b"a file like any other\n",
    ".secret": b"secret\n",
    "_redirects.br": b"secret\n",
}

REDIRECTS = """\
# From the old site.
/old                /new
/temp               /new                     302
/other              /new                     303
/keep               /new                     307
/keepsake.txt       /new                     307
/move               /new                     308
/ext/*              https://e.example/x/:splat?from=us  302
/blog/:year/:slug   /posts/:slug-:year.html
/news/*             /blog/:splat
/root/*             /:splat
/twice/*            /:splat/b.example/:splat
/shop id=:id tag=sale /sale/:id              302
/shop id=:id        /item/:id                302
/shop               /all
/frag               /new#part
/about.html         /new
/there              /new
/app.js             /index.html              200!
/letters.txt        /new                     302!
/page               /about.html              200
/alphabet           /real/letters.txt        200
/noext              /about                   200
/folder             /docs                    200
/lost               /nosuch                  200
/self-config        /_redirects              200
/dotfile            /.secret                 200
/gone               /gone.html               410
/law/*              /gone.html               451
/maintenance        /gone                    503!
/docs/private/*     /404.html                404
/caf%C3%A9          /coffee
/first              /1
/first              /2
/%77ord             /decoded
/long/*             /abcdefghijklmnopqrstuvwxyz/:splat
"""


def write(folder, files):
    """Write the files of a site; a text is a file as well."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site with rules for redirects."""
    files = {**FILES, "real/letters.txt": FILES["letters.txt"],
             "_redirects": REDIRECTS}
    return write(tmp_path_factory.mktemp("rules"), files)


@pytest.fixture(scope="module")
def rules(start_shared, site):
    """A server of it."""
    return start_shared(root=site)


@pytest.mark.quick
@pytest.mark.parametrize("target, status, location", [
    ("/old", 301, "/new"), ("/old/", 301, "/new"), ("//old", 301, "/new"),
    ("/x/../old", 301, "/new"), ("/%6fld", 301, "/new"),
    ("/OLD", 404, None), ("/old/x", 404, None),
    ("/temp", 302, "/new"), ("/other", 303, "/new"),
    ("/keep", 307, "/new"), ("/move", 308, "/new"),
    ("/old?a=1&b=%20", 301, "/new?a=1&b=%20"),
    ("/frag?a", 301, "/new?a#part"),
    ("/ext/a/b/?q=1", 302, "https://e.example/x/a/b/?from=us"),
    ("/ext", 302, "https://e.example/x/?from=us"),
    ("/extra", 404, None),
    ("/blog/2024/hi%20you", 301, "/posts/hi%20you-2024.html"),
    ("/blog/2024", 404, None),
    ("/news/2024/x?y", 301, "/blog/2024/x?y"),
    ("/shop", 301, "/all"), ("/shop?x=1", 301, "/all?x=1"),
    ("/shop?id=7", 302, "/item/7"),
    ("/shop?tag=sale&id=7", 302, "/sale/7"),
    ("/shop?id=7&tag=new", 301, "/all?id=7&tag=new"),
    ("/shop?id=", 301, "/all?id="),
    ("/first", 301, "/1"), ("/word", 301, "/decoded"),
    ("/caf%c3%a9", 301, "/coffee"),
])
def test_redirect(rules, target, status, location):
    """The first rule that matches says where to go; the slash at the end and
    the way in which a path is written make no difference."""
    res = rules.get(target)
    assert (res.status, res.get("Location")) == (status, location)


@pytest.mark.quick
@pytest.mark.parametrize("target, location", [
    ("/root//evil.example", "/evil.example"),
    ("/root///evil.example/", "/evil.example/"),
    ("/root/%5Cevil.example", "/%5Cevil.example"),
    ("/root/\\evil.example", "/%5Cevil.example"),
    ("/root/%09/evil.example", "/%09/evil.example"),
    ("/root/", "/"), ("/root", "/"),
    ("/root/.//evil.example", "/evil.example"),
    ("/root/x/..//evil.example", "/evil.example"),
    ("/twice/", "/b.example/"), ("/twice", "/b.example/"),
    ("/root/a%0d%0aSet-Cookie:%20x=1", "/a%0D%0ASet-Cookie:%20x=1"),
    ("/root/a%3fb%23c", "/a%3Fb%23c"),
    ("/root/100%25", "/100%25"),
    ("/root/%ff%22%3c", "/%FF%22%3C"),
    ("/shop?id=/evil.example", "/item//evil.example"),
    ("/shop?id=%0d%0aX:1", "/item/%0d%0aX:1"),
    ("/old?\"<\\>", "/new?%22%3C%5C%3E"),
])
def test_location_cannot_be_bent(rules, target, location):
    """Neither to another host nor into another field."""
    res = rules.get(target)
    assert res.get("Location") == location
    assert res.get("Set-Cookie") is None and res.get("X") is None


@pytest.mark.parametrize("target, status", [
    ("/root/%2fevil.example", 400), ("/root/%00", 400), ("/root/%zz", 400),
    ("/long/" + "%01" * 1400, 414), ("/old?" + "\"" * 2000, 414)])
def test_redirect_refused(rules, target, status):
    """What cannot be read, or leads to a Location that is too long."""
    res = rules.get(target)
    assert (res.status, res.get("Location")) == (status, None)


def test_file_wins(rules):
    """Where there is a file a rule has to be forced."""
    assert rules.get("/about.html").body == b"about\n"
    assert rules.get("/there").get("Location") == "there/"
    assert rules.get("/there/").body == b"there\n"
    res = rules.get("/letters.txt")
    assert (res.status, res.get("Location")) == (302, "/new")
    assert rules.get("/app.js").body == b"home\n"


@pytest.mark.quick
def test_rewrite(rules):
    """200: a file of the site under another name, with all that it has."""
    with rules.client() as client:
        for target in ["/page", "/page/", "/page?x=1", "/noext"]:
            res = client.get(target)
            assert (res.status, res.body) == (200, b"about\n")
            assert res.get("Location") is None
        assert client.get("/folder").body == b"docs\n"
        res = client.get("/alphabet")
        tag, date = res.get("ETag"), res.get("Last-Modified")
        assert res.body == FILES["letters.txt"]
        assert res.get("Content-Type") == "text/plain; charset=utf-8"
        res = client.get("/alphabet", f"If-None-Match: {tag}")
        assert (res.status, res.get("ETag")) == (304, tag)
        res = client.get("/alphabet", f"If-Modified-Since: {date}")
        assert res.status == 304
        assert client.get("/alphabet", "If-Match: \"x\"").status == 412
        res = client.get("/alphabet", "Range: bytes=2-4")
        assert (res.status, res.body) == (206, b"cde")
        assert client.get("/alphabet", "Range: bytes=0-0,25-").status == 206
        assert client.get("/alphabet", "Range: bytes=99-").status == 416
        res = client.get("/alphabet", method="HEAD")
        assert (res.status, res.get("Content-Length")) == (200, "26")


@pytest.mark.parametrize("target", [
    "/lost", "/self-config", "/dotfile", "/_redirects", "//_redirects",
    "/%5fredirects", "/./_redirects", "/_redirects/", "/_redirects.br",
    "/_headers", "/x/../_redirects"])
def test_not_served(rules, target):
    """Rules are for the server, and a rewrite leads to no more than a client
    could ask for."""
    res = rules.get(target)
    assert (res.status, res.body) == (404, b"top 404\n")


def test_names_of_rules_elsewhere(rules):
    """Only in the root are they what they are."""
    assert rules.get("/sub/_redirects").body == FILES["sub/_redirects"]


@pytest.mark.parametrize("target, status, body", [
    ("/gone", 410, b"gone page\n"), ("/law/a/b.js", 451, b"gone page\n"),
    ("/maintenance", 503, b"gone page\n"),
    ("/docs/private/x", 404, b"top 404\n"), ("/docs/x", 404, b"docs 404\n")])
def test_page_with_a_status(rules, target, status, body):
    """The page is sent whole and is no answer that a validator is for."""
    with rules.client() as client:
        for field in ["Accept: */*", "If-None-Match: *", "Range: bytes=0-1"]:
            res = client.get(target, field)
            assert (res.status, res.body) == (status, body)
            assert res.get("ETag") is None
        res = client.get(target, method="HEAD")
        assert res.status == status
        assert res.get("Content-Length") == str(len(body))


def test_methods(rules):
    """A redirect is an answer to any method; files are for GET and HEAD."""
    with rules.client() as client:
        for method in ["POST", "PUT", "DELETE", "PATCH", "HEAD"]:
            res = client.get("/keep?x=1", method=method)
            assert (res.status, res.get("Location")) == (307, "/new?x=1")
            assert (res.body == b"") == (method == "HEAD")
        for target in ["/page", "/gone", "/about.html", "/there", "/nosuch"]:
            res = client.get(target, method="POST")
            assert res.status == 405
            assert res.get("Allow") == "GET, HEAD, OPTIONS"
            assert res.get("Location") is None
        assert client.get("/keep", method="OPTIONS").status == 204
        assert client.get("/keep", method="TRACE").status == 405
        client.send(b"POST /keep HTTP/1.1\r\nHost: a\r\n"
                    b"Content-Length: 5\r\n\r\nhello")
        assert client.response().status == 307
        assert client.get("/page").status == 200


def test_method_leaves_no_file_open(rules):
    """A file that was found and is not sent is closed."""
    def count():
        return sum(len(os.listdir(f"/proc/{w}/fd")) for w in rules.workers())
    with rules.client() as client:
        client.get("/there", method="POST")
        before = count()
        for _ in range(5):
            for target in ["/about.html", "/app.js", "/keepsake.txt"]:
                assert client.get(target, method="POST").status == 405
        # A connection of a test before may have ended meanwhile.
        assert count() <= before


REPORT = re.compile(r"^scratchd: (_\w+:\d+: .*)$", re.M)


def reports(server):
    """Return what was said about lines so far."""
    return REPORT.findall(server.stderr.read_text())


def test_reports(start, tmp_path):
    """Each line that is no rule is said, with its number; the others hold."""
    root = write(tmp_path / "root", {
        "index.html": b"home\n",
        "_redirects": b"# rules\r\n/a /b\r\n/c\r\n\r\n"
                      b"/d https://e.example/ 200\n/e /f 302 Country=us\n"
                      b"/it's\x01 /x\n/" + b"l" * 2000 + b" /x\n/g /h",
        "_headers": "X-Early: 1\n/*\n  X-A: 1\n  Connection: close\n"
                    "  bad line\n  X-B: 2\n"})
    server = start(root=root, errors_ok=True)
    assert reports(server) == [
        "_redirects:3: '/c': no target",
        "_redirects:5: '/d https://e.example/ 200': "
        "proxying is not supported",
        "_redirects:6: '/e /f 302 Country=us': "
        "status or condition is not supported",
        "_redirects:7: '/it\\x27s\\x01 /x': control byte",
        "_redirects:8: '/" + "l" * 59 + "': longer than 1000 bytes",
        "_headers:1: 'X-Early: 1': no path above it",
        "_headers:4: 'Connection: close': not for a rule to set",
        "_headers:5: 'bad line': neither a path nor 'Name: value'"]
    text = server.stderr.read_text()
    assert text.index("_headers:5") < text.index("listening")
    assert server.get("/a").get("Location") == "/b"
    assert server.get("/g").get("Location") == "/h"
    assert server.get("/c").status == 404
    res = server.get("/")
    assert (res.get("X-A"), res.get("X-B")) == ("1", "2")
    assert res.get("Connection") is None


def test_reload(start, tmp_path):
    """SIGHUP takes up rules that are new, changed or gone."""
    root = write(tmp_path / "root", {"index.html": b"home\n"})
    server = start("--workers", "1", root=root, errors_ok=True)

    assert server.get("/a").status == 404
    write(root, {"_redirects": "/a /b\nbad\n", "_headers": "/*\nX-A: 1\n"})
    assert server.get("/a").status == 404
    server.reload()
    assert reports(server) == ["_redirects:2: 'bad': no target"]
    assert server.get("/a").get("Location") == "/b"
    assert server.get("/").get("X-A") == "1"
    write(root, {"_redirects": "/a /c 302\n"})
    (root / "_headers").unlink()
    server.reload()
    assert server.get("/a").get("Location") == "/c"
    assert server.get("/").get("X-A") is None
    (root / "_redirects").unlink()
    server.reload()
    assert server.get("/a").status == 404
    assert len(reports(server)) == 1


def test_files_that_cannot_be_read(start, tmp_path):
    """Said, and there are no rules; a link out of the root is not followed."""
    root = write(tmp_path / "root", {
        "index.html": b"home\n", "_redirects": b"/a /b\n" + b"#" * (3 << 20)})
    write(tmp_path, {"outside": "/*\nX-A: 1\n"})
    (root / "_headers").symlink_to("../outside")
    server = start(root=root, errors_ok=True)
    text = server.stderr.read_text()
    assert "scratchd: read _redirects: EFBIG (file too large)\n" in text
    assert "scratchd: read _headers: EXDEV (leads out of the root)\n" in text
    assert server.get("/a").status == 404
    assert server.get("/").get("X-A") is None
    (root / "_headers").unlink()
    (root / "_headers").mkdir()
    server = start(root=root, errors_ok=True)
    assert "scratchd: read _headers: E" in server.stderr.read_text()
    assert server.get("/_headers").status == 404


def test_rules_by_a_link(start, tmp_path):
    """A link inside is followed (Kubernetes mounts are made of them), unless
    links are off."""
    root = write(tmp_path / "root", {"index.html": b"home\n",
                                     "data/rules": "/a /b\n"})
    (root / "_redirects").symlink_to("data/rules")
    assert start(root=root).get("/a").status == 301
    server = start("--symlinks", "off", root=root, errors_ok=True)
    assert "read _redirects: ELOOP" in server.stderr.read_text()
    assert server.get("/a").status == 404


def test_many_rules(start, tmp_path):
    """All that fit: each is found, and one more is said."""
    lines = [f"/old/{i} /new/{i}" for i in range(2000)]
    lines += [f"/p{i}/* /q{i}/:splat" for i in range(101)]
    root = write(tmp_path / "root", {"index.html": b"home\n",
                                     "_redirects": "\n".join(lines)})
    server = start(root=root, errors_ok=True)
    assert [r.split(": ")[0] for r in reports(server)] == ["_redirects:2101"]
    with server.client() as client:
        for i in range(0, 2000, 199 if not RUNNER else 999):
            assert client.get(f"/old/{i}").get("Location") == f"/new/{i}"
        assert client.get("/p99/x").get("Location") == "/q99/x"
        assert client.get("/p100/x").status == 404


def test_rule_before_listing(start, tmp_path):
    """A directory that would be listed is no file that wins."""
    root = tmp_path / "root"
    write(root, {"_redirects": "/docs/ /manual 301\n/bare/x /y\n",
                 "docs/a.txt": "a\n", "bare/b.txt": "b\n"})
    server = start("--list", "on", root=root)
    res = server.get("/docs/")
    assert (res.status, res.get("Location")) == (301, "/manual")
    assert b"b.txt" in server.get("/bare/").body
    assert server.get("/docs/a.txt").body == b"a\n"
