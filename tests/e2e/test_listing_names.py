# SPDX-License-Identifier: MIT
"""Names in listings: whatever bytes they are, each is shown and leads to its
own file."""
import os
import re
import shutil

import pytest

from pages import Listing, as_shown

# Names that somebody might choose to break a page, a link or a terminal.
NASTY = [
    b"plain.txt", b"a b", b" lead", b"trail ", b"two  spaces", b"a:b",
    b"http:x", b"javascript:alert(1)", b"mailto:x", b"?query", b"#hash",
    b"a?b#c", b"100%", b"%41", b"%2e%2e", b"%00", b"...", b"..a", b"a..",
    b"~", b"\\", b"..\\..\\x", b"a\\b", b"&amp;", b"&lt", b"a&b=c",
    b"<script>alert(1)<", b"\"><img src=x onerror=alert(1)>", b"'",
    b"-->", b"]]>", b"<title>", b"<!--", b"$n$l", b"+", b"a+b",
    b"new\nline", b"cr\rlf\n", b"tab\there", b"nul\\0", b"\x1b[31mred",
    b"-rf", b"*", b"[x]", b"{y}", b"|", b"`id`", b"$(id)", b";", b"@", b"=",
    "é".encode(), "e\u0301".encode(), "日本語.txt".encode(), "😀".encode(),
    "👩‍👩‍👧".encode(), "שלום.txt".encode(), "مرحبا".encode(),
    "evil\u202etxt.exe".encode(), "\u2066\u202e".encode(),
    "\u2028\u2029".encode(), "\ufeffbom".encode(), "\ufffd".encode(),
    "\uffff\ufdd0".encode(), "\x80\x9f".encode(), b"\xff", b"\xc0\xaf",
    b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"ok\xe2\x82", b"\xe2\x82<b>",
    b"n" * 255, b"\xff" * 255, b"&" * 255, b"%" * 255, "é".encode() * 127,
]


def fill(folder, names):
    """Write a file for each name, whose content is a number of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {}
    for n, name in enumerate(names):
        content[name] = b"%d\n" % n
        with open(os.path.join(os.fsencode(folder), name), "wb") as file:
            file.write(content[name])
    return content


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """An empty folder, filled by the tests."""
    root = tmp_path_factory.mktemp("names")
    yield root
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="module")
def everything(start_shared, site):
    """A server that lists hidden names too."""
    return start_shared("--list", "on", "--dotfiles", "on", "--workers", "1",
                        root=site)


def read(server, target):
    """Return a listing."""
    return Listing(server.get(target), target)


def check_names(server, target, content):
    """Every name is shown, and leads to its own content."""
    page = read(server, target)
    assert sorted(page.names()) == sorted(content)
    with server.client() as client:
        for row in page.rows:
            assert re.fullmatch(r"[A-Za-z0-9._~%-]+", row.href)
            assert row.shown == as_shown(row.name)
            res = client.get(page.follow(row.href))
            assert (res.status, res.body) == (200, content[row.name])
    return page


@pytest.mark.quick
def test_names_of_one_byte(everything, site):
    """Each byte that a name can be, but for the dot, which is a directory."""
    names = [bytes([c]) for c in range(1, 256) if c not in b"/."]
    content = fill(site / "bytes", names)
    check_names(everything, "/bytes/", content)


@pytest.mark.quick
def test_nasty_names(everything, site):
    """Markup, schemes, escapes, control characters, no UTF-8, long names."""
    content = fill(site / "nasty", NASTY)
    page = check_names(everything, "/nasty/", content)
    assert not list(page.tree.iter("img"))


@pytest.mark.parametrize("name", NASTY, ids=range(len(NASTY)))
def test_nasty_directories(everything, site, name):
    """The same as directories: in the title, the heading, the breadcrumbs."""
    folder = os.path.join(os.fsencode(site), b"dirs", name)
    os.makedirs(folder)
    with open(os.path.join(folder, b"x"), "wb") as file:
        file.write(name)
    above = read(everything, "/dirs/")
    row = next(r for r in above.rows if r.name == name + b"/")
    assert row.shown == as_shown(name) + "/"
    page = read(everything, above.follow(row.href))
    assert page.heading == as_shown(name)
    assert page.crumbs[-1][0] == as_shown(name)
    assert page.title == f"Index of /dirs/{as_shown(name)}/".strip()
    assert everything.get(page.follow("x")).body == name
    assert page.follow("../") == "/dirs/"
    shutil.rmtree(folder)


def test_deep_and_long(everything, site):
    """As deep as is served, in names that grow when they are written."""
    folder = os.open(site, os.O_RDONLY)
    target = "/"
    for _ in range(64):
        os.mkdir(b"&" * 60, dir_fd=folder)
        inner = os.open(b"&" * 60, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
        target += "%26" * 60 + "/"
    os.mkdir("beyond", dir_fd=folder)
    os.close(os.open("file", os.O_CREAT, dir_fd=folder))
    os.close(folder)
    page = read(everything, target)
    assert len(page.crumbs) == 65
    assert page.follow(page.crumbs[0][1]) == "/"
    assert page.follow(page.crumbs[1][1]) == "/" + "%26" * 60 + "/"
    for row in page.rows:
        assert everything.get(page.follow(row.href)).status == 200
    shutil.rmtree(site / ("&" * 60))
