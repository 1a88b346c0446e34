# SPDX-License-Identifier: MIT
"""_headers: fields by the path, and two files that moved from a service."""
import gzip

import pytest

from test_rules import write

SITE = {
    "index.html": b"home\n",
    "404.html": b"top 404\n",
    "app.js": b"1;\n" * 100,
    "app.js.gz": gzip.compress(b"1;\n" * 100),
    "data.bin": b"0123456789" * 50,
    "docs/index.html": b"docs\n",
    "pics/a.png": b"png",
    "both.txt": b"both\n",
    "over.txt": b"over\n",
    "_redirects": "/rewritten /both.txt 200\n/moved /both.txt\n"
                  "/gone/* /404.html 410\n",
    "_headers": f"""\
# For everything.
/*
  X-Frame-Options: DENY
  Cache-Control: no-cache
/app.js
  Vary: Origin
  X-Content-Type-Options: none
/data.bin
  Content-Type: application/x-data
  Content-Language: de
  Content-Location: /data
  Expires: Thu, 01 Dec 1994 16:00:00 GMT
/pics/*
  Cache-Control: public
  Cache-Control: max-age=31536000
  Cache-Control: immutable
  Set-Cookie: a=1
  Set-Cookie: b=2
/:folder/:file
  X-Depth: 2
/both.txt
  X-Both: 1
/rewritten
  X-Rewritten: 1
/404.html
  X-Missing: 1
/gone/*
  X-Gone: 1
/moved
  X-Moved: 1
/over*
  X-Long-1: {"a" * 3900}
/over.*
  X-Long-2: {"b" * 3900}
""",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site with rules for fields."""
    return write(tmp_path_factory.mktemp("headers"), SITE)


@pytest.fixture(scope="module")
def rules(start_shared, site):
    """A server of it."""
    return start_shared(root=site)


@pytest.mark.quick
def test_fields(rules):
    """Those of all paths that match; a later one has the last word."""
    res = rules.get("/")
    assert res.get("X-Frame-Options") == "DENY"
    assert res.get("Cache-Control") == "no-cache"
    assert res.get("X-Content-Type-Options") == "nosniff"
    res = rules.get("/pics/a.png?x")
    assert res.get("Cache-Control") == "public, max-age=31536000, immutable"
    assert res.all("Set-Cookie") == ["a=1", "b=2"]
    assert (res.get("X-Frame-Options"), res.get("X-Depth")) == ("DENY", "2")
    for target in ["/both.txt", "//both.txt", "/%62oth.txt"]:
        res = rules.get(target)
        assert (res.get("X-Both"), res.get("X-Depth")) == ("1", None)
        assert res.get("X-Rewritten") is None


def test_fields_that_replace_ours(rules):
    """No field is there twice, and Vary says both reasons."""
    res = rules.get("/app.js", "Accept-Encoding: gzip")
    assert res.get("Content-Encoding") == "gzip"
    assert res.get("Vary") == "Accept-Encoding, Origin"
    assert res.get("X-Content-Type-Options") == "none"
    tag = res.get("ETag")
    res = rules.get("/app.js", "Accept-Encoding: gzip", "If-None-Match: " + tag)
    assert (res.status, res.get("ETag")) == (304, tag)
    assert res.get("Vary") == "Accept-Encoding, Origin"
    res = rules.get("/data.bin")
    assert res.get("Content-Type") == "application/x-data"
    res = rules.get("/data.bin", "Range: bytes=0-0,-1")
    assert res.status == 206
    assert res.get("Content-Type").startswith("multipart/byteranges")
    assert res.body.count(b"Content-Type: application/x-data") == 2
    res = rules.get("/data.bin", "Range: bytes=2-3")
    assert (res.status, res.body) == (206, b"23")
    assert res.get("Content-Type") == "application/x-data"


@pytest.mark.quick
def test_not_modified(rules):
    """304 has what the 200 would have, but for what describes content."""
    tag = rules.get("/data.bin").get("ETag")
    res = rules.get("/data.bin", f"If-None-Match: {tag}")
    assert res.status == 304
    assert res.get("Cache-Control") == "no-cache"
    assert res.get("Content-Location") == "/data"
    assert res.get("Expires") == "Thu, 01 Dec 1994 16:00:00 GMT"
    assert res.get("X-Frame-Options") == "DENY"
    assert res.get("Content-Language") is None
    assert res.get("Content-Type") is None
    assert rules.get("/data.bin").get("Content-Language") == "de"


def test_by_which_path(rules):
    """The path as it was asked for; a page with an error's status has its
    own, since what is meant for a picture is not for its absence."""
    res = rules.get("/rewritten")
    assert (res.status, res.body) == (200, b"both\n")
    assert (res.get("X-Rewritten"), res.get("X-Both")) == ("1", None)
    res = rules.get("/pics/none.png")
    assert res.status == 404
    assert (res.get("X-Missing"), res.get("X-Frame-Options")) == ("1", "DENY")
    assert res.get("Cache-Control") == "no-cache"
    assert res.get("Set-Cookie") is None
    res = rules.get("/gone/x")
    assert (res.status, res.get("X-Gone")) == (410, None)
    assert res.get("X-Missing") == "1"


def test_answers_without_a_file(rules):
    """Redirects and the server's own pages are not the site's."""
    for target, field, status in [("/moved", "X-Moved", 301),
                                  ("/docs", "X-Frame-Options", 301),
                                  ("/%zz", "X-Frame-Options", 400)]:
        res = rules.get(target)
        assert (res.status, res.get(field)) == (status, None)
    res = rules.get("/both.txt", "If-Match: \"x\"")
    assert (res.status, res.get("X-Both")) == (412, None)
    res = rules.get("/both.txt", "Range: bytes=9-")
    assert (res.status, res.get("X-Both")) == (416, None)


def test_too_many_fields(rules):
    """Rather no answer than one without a field that the site wants."""
    with rules.client() as client:
        assert client.get("/over.txt").status == 500
        assert client.get("/over.txt", method="HEAD").status == 500
        assert client.get("/both.txt").status == 200


def test_long_fields_fit(start, tmp_path):
    """The longest fields of a rule, answered again and again at once."""
    root = write(tmp_path / "root", {
        "index.html": b"x" * 4000,
        "_headers": f"/*\nX-A: {'a' * 3700}\nContent-Type: {'t' * 128}\n"})
    server = start(root=root)
    with server.client() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 20)
        for _ in range(20):
            res = client.response()
            assert (res.status, len(res.get("X-A"))) == (200, 3700)
            assert res.get("Content-Type") == "t" * 128


def test_application(start, site):
    """The page of an application has its own entry."""
    server = start("--spa", "index.html", root=site)
    res = server.get("/both/page")
    assert (res.status, res.body) == (200, b"home\n")
    assert res.get("X-Frame-Options") == "DENY"
    write(site, {"_headers": "/page\n  X-Page: 1\n/index.html\n  X-Spa: 1\n"})
    res = start("--spa", "index.html", root=site).get("/page")
    assert (res.get("X-Page"), res.get("X-Spa")) == (None, "1")


CSP = ("default-src 'self'; script-src 'self' https://plausible.io; style-src "
       "'self' 'unsafe-inline'; img-src 'self' data: https:; connect-src "
       "'self' https://api.example.com; frame-ancestors 'none'")

MOVED = {
    "index.html": b"<!doctype html><div id=root></div>\n",
    "assets/index-4f3a2b1c.js": b"console.log(1)\n",
    "assets/index-4f3a2b1c.css": b"body{}\n",
    "fonts/inter.woff2": b"wOF2",
    "favicon.ico": b"icon",
    "manifest.webmanifest": b"{}",
    "robots.txt": b"User-agent: *\n",
    "_redirects": """\
# Marketing
/pricing-old     /pricing        301
/blog/feed.xml   /rss.xml        301
/docs/*          https://docs.example.com/:splat   301!
/u/:name         /profile?user=:name   302
/search q=:q     /find/:q        302

# API, by the client
/api/*           https://api.example.com/v1/:splat  307

# React Router
/*               /index.html     200
""",
    "_headers": f"""\
/*
  Strict-Transport-Security: max-age=63072000; includeSubDomains; preload
  X-Frame-Options: DENY
  X-Content-Type-Options: nosniff
  Referrer-Policy: strict-origin-when-cross-origin
  Permissions-Policy: camera=(), microphone=(), geolocation=()
  Content-Security-Policy: {CSP}

/
  Cache-Control: public, max-age=0, must-revalidate
/index.html
  Cache-Control: public, max-age=0, must-revalidate

# Vite names these by what is in them.
/assets/*
  Cache-Control: public, max-age=31536000, immutable

/fonts/*
  Access-Control-Allow-Origin: *
  Cache-Control: public, max-age=31536000, immutable

/manifest.webmanifest
  Content-Type: application/manifest+json
""",
}


@pytest.mark.quick
def test_site_that_moved(start, tmp_path):
    """An application as its owner brings it along, without a word changed."""
    server = start(root=write(tmp_path / "root", MOVED))
    with server.client() as client:
        for target in ["/", "/index.html", "/app/settings", "/a/b.c?x=1"]:
            res = client.get(target)
            assert (res.status, res.body) == (200, MOVED["index.html"])
            assert res.get("Content-Security-Policy") == CSP
            assert res.get("X-Content-Type-Options") == "nosniff"
        res = client.get("/")
        assert res.get("Cache-Control") == "public, max-age=0, must-revalidate"
        res = client.get("/assets/index-4f3a2b1c.js")
        assert res.body == MOVED["assets/index-4f3a2b1c.js"]
        assert res.get("Cache-Control") == "public, max-age=31536000, immutable"
        res = client.get("/fonts/inter.woff2", "Origin: https://a.example")
        assert res.get("Access-Control-Allow-Origin") == "*"
        assert res.get("Content-Type") == "font/woff2"
        res = client.get("/manifest.webmanifest")
        assert res.get("Content-Type") == "application/manifest+json"
        for target, status, location in [
                ("/pricing-old?utm_source=x", 301, "/pricing?utm_source=x"),
                ("/docs/a/b", 301, "https://docs.example.com/a/b"),
                ("/u/jane", 302, "/profile?user=jane"),
                ("/search?q=a+b", 302, "/find/a+b"),
                ("/api/users?page=2", 307,
                 "https://api.example.com/v1/users?page=2")]:
            res = client.get(target)
            assert (res.status, res.get("Location")) == (status, location)
        assert client.get("/search").body == MOVED["index.html"]
        assert client.get("/api/x", method="POST").status == 307
        assert client.get("/app", method="POST").status == 405
        for target in ["/_headers", "/_redirects"]:
            assert client.get(target).body == MOVED["index.html"]
