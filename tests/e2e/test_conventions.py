# SPDX-License-Identifier: MIT
"""What site owners know from elsewhere: 404.html, an application of one page,
clean URLs, and what of dotfiles and links is served."""
import hashlib
import os
import shutil

import pytest

from site_tree import pattern
from test_links import STRACE
from wire import RUNNER

SITE = {
    "index.html": b"home\n",
    "404.html": b"top 404\n",
    "about.html": b"about\n",
    "both.html": b"both, a page\n",
    "both/index.html": b"both, a folder\n",
    "both/sub.html": b"sub\n",
    "exact": b"exact, a file\n",
    "exact.html": b"exact, a page\n",
    "plain/index.html": b"plain\n",
    "docs/404.html": b"docs 404\n",
    "docs/deep/page.html": b"page\n",
    "big/404.html": b"<!doctype html>" + pattern(200000),
    "folder/404.html/x": b"x\n",
    "v1.2/index.html": b"version\n",
    "app.js": b"1;\n",
    "hidden/.html": b"secret\n",
    ".secret": b"secret\n",
    ".git/404.html": b"git 404\n",
    ".well-known/x": b"known\n",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site with every convention."""
    folder = tmp_path_factory.mktemp("conventions") / "root"
    for name, content in SITE.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder.parent / "outside.html").write_bytes(b"outside\n")
    (folder / "leaky").mkdir()
    (folder / "leaky/404.html").symlink_to("../../outside.html")
    (folder / "fifo").mkdir()
    os.mkfifo(folder / "fifo/404.html")
    (folder / "link.html").symlink_to("about.html")
    (folder / "link").symlink_to("plain")
    yield folder
    shutil.rmtree(folder.parent, ignore_errors=True)


@pytest.fixture(scope="module")
def plain(start_shared, site):
    """A server with the defaults."""
    return start_shared(root=site)


@pytest.fixture(scope="module")
def single(start_shared, site):
    """A server of an application of one page, with clean URLs."""
    return start_shared("--spa", "index.html", "--clean-urls", "on",
                        root=site)


@pytest.mark.quick
@pytest.mark.parametrize("target, body", [
    ("/nosuch", b"top 404\n"), ("/nosuch/a/b/c.png", b"top 404\n"),
    ("/docs/nosuch", b"docs 404\n"), ("/docs/", b"docs 404\n"),
    ("/docs/deep/nosuch", b"docs 404\n"), ("/docs/none/x/", b"docs 404\n"),
    ("/about.html/x", b"top 404\n"), ("/folder/nosuch", b"top 404\n"),
    ("/fifo/nosuch", b"top 404\n"), ("/leaky/nosuch", b"top 404\n"),
    ("/.git/nosuch", b"top 404\n"), ("/.git/404.html", b"top 404\n"),
    ("/.secret", b"top 404\n"), ("/about", b"top 404\n")])
def test_own_page_for_404(plain, target, body):
    """The nearest 404.html up the tree, never one that is not served."""
    res = plain.get(target)
    assert (res.status, res.body) == (404, body)
    assert res.get("ETag") is None and res.get("Last-Modified") is None
    assert res.get("Accept-Ranges") is None


@pytest.mark.parametrize("depth", [60, 63, 64, 65, 66, 500, 2000])
def test_own_page_for_404_of_a_deep_path(plain, depth):
    """However deep the path is that is not there."""
    res = plain.get("/docs" + "/a" * depth)
    assert (res.status, res.body) == (404, b"docs 404\n")


def test_own_page_for_404_by_method(plain):
    """HEAD has its length; no condition and no range touches it."""
    with plain.client() as client:
        res = client.get("/nosuch", method="HEAD")
        assert (res.status, res.get("Content-Length")) == (404, "8")
        for field in ("If-None-Match: *", "If-Match: \"x\"",
                      "Range: bytes=0-1"):
            res = client.get("/nosuch", field)
            assert (res.status, res.body) == (404, b"top 404\n")
        assert client.get("/nosuch", method="POST").status == 405


def test_own_page_for_404_is_large(plain):
    """A page that is sent from its file; the connection stays in step."""
    want = hashlib.sha256(SITE["big/404.html"]).digest()
    with plain.client() as client:
        for _ in range(2):
            res = client.get("/big/nosuch")
            assert res.status == 404
            assert hashlib.sha256(res.body).digest() == want
        assert client.get("/404.html").body == b"top 404\n"


def test_own_page_for_404_is_looked_for_each_time(start, tmp_path):
    """One that comes, changes and goes between requests of a connection."""
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    with start(root=root).client() as client:
        assert b"404 Not Found" in client.get("/a/x").body
        (root / "404.html").write_bytes(b"top\n")
        assert client.get("/a/x").body == b"top\n"
        (root / "a/404.html").write_bytes(b"near\n")
        assert client.get("/a/x").body == b"near\n"
        (root / "a/404.html").unlink()
        assert client.get("/a/x").body == b"top\n"


@pytest.mark.quick
@pytest.mark.parametrize("target", [
    "/nosuch", "/user/17", "/a/b/c/", "/v9.9/page", "/old.html", "/x.HTM",
    "/docs/nosuch", "/.git/config"])
def test_single_page(single, target):
    """A page that is missing is the application, with 200."""
    res = single.get(target)
    assert (res.status, res.body) == (200, b"home\n")
    assert res.get("Content-Type") == "text/html; charset=utf-8"
    again = single.get(target, f"If-None-Match: {res.get('ETag')}")
    assert again.status == 304


@pytest.mark.parametrize("target, body", [
    ("/nosuch.js", b"top 404\n"), ("/img/logo.png", b"top 404\n"),
    ("/docs/x.css", b"docs 404\n"), ("/nosuch.map?v=1", b"top 404\n")])
def test_single_page_misses_assets(single, target, body):
    """What is asked for as another kind of file is missing."""
    res = single.get(target)
    assert (res.status, res.body) == (404, body)


def test_single_page_keeps_what_there_is(single):
    """Files, folders and their redirects come first."""
    with single.client() as client:
        assert client.get("/app.js").body == b"1;\n"
        assert client.get("/plain/").body == b"plain\n"
        assert client.get("/plain").get("Location") == "plain/"
        assert client.get("/x", method="POST").status == 405


def test_single_page_that_is_missing(start, site):
    """Without the file itself it is 404 as ever."""
    server = start("--spa", "nosuch.html", root=site)
    res = server.get("/user/17")
    assert (res.status, res.body) == (404, b"top 404\n")
    res = server.get("/docs/deep/x")
    assert (res.status, res.body) == (404, b"docs 404\n")


@pytest.mark.quick
@pytest.mark.parametrize("target, body", [
    ("/about", b"about\n"), ("/about?x=1", b"about\n"),
    ("/about.html", b"about\n"), ("/both", b"both, a page\n"),
    ("/both/", b"both, a folder\n"), ("/both/sub", b"sub\n"),
    ("/exact", b"exact, a file\n"), ("/link", b"about\n")])
def test_clean_urls(single, target, body):
    """A page without its extension, also beside a folder of its name."""
    res = single.get(target)
    assert (res.status, res.body) == (200, body)


def test_clean_urls_need_a_page(start, site):
    """No page of that name: a folder is redirected to, the rest is 404."""
    server = start("--clean-urls", "on", root=site)
    with server.client() as client:
        assert client.get("/plain").status == 301
        assert client.get("/nosuch").status == 404
        assert client.get("/about/").status == 404
        assert client.get("/hidden/").status == 404
        assert client.get("/.git/404").status == 404


def test_dotfiles_on(start, site):
    """Names that begin with a dot are served if the option says so."""
    server = start("--dotfiles", "on", root=site)
    with server.client() as client:
        assert client.get("/.secret").body == b"secret\n"
        assert client.get("/.well-known/x").body == b"known\n"
        assert client.get("/.git/nosuch").body == b"git 404\n"
        assert client.get("/../.secret").body == b"secret\n"


@pytest.mark.parametrize("mode", ["kernel", "walk"])
def test_symlinks_off(start, site, mode):
    """No link is followed, neither file nor folder, in either way."""
    if mode == "walk" and (RUNNER or not shutil.which("strace")):
        pytest.skip("needs strace and no emulator")
    server = start("--symlinks", "off", root=site,
                   prefix=STRACE if mode == "walk" else ())
    with server.client() as client:
        assert client.get("/link.html").status == 404
        assert client.get("/link/index.html").status == 404
        assert client.get("/link/").status == 404
        assert client.get("/about.html").body == b"about\n"
        assert client.get("/plain/").body == b"plain\n"


@pytest.mark.parametrize("mode", ["kernel", "walk"])
def test_symlinks_off_lets_root_be_one(start, site, tmp_path, mode):
    """ROOT is the operator's own word."""
    if mode == "walk" and (RUNNER or not shutil.which("strace")):
        pytest.skip("needs strace and no emulator")
    (tmp_path / "entry").symlink_to(site)
    server = start("--symlinks", "off", root=tmp_path / "entry",
                   prefix=STRACE if mode == "walk" else ())
    assert server.get("/about.html").body == b"about\n"
