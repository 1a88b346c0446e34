# SPDX-License-Identifier: MIT
"""Requests that the server and nginx are both asked, by name, and where the
two are meant to differ."""
from site_tree import LAST_MODIFIED

LATER = "Fri, 01 Mar 2024 00:00:00 GMT"
EARLIER = "Wed, 28 Feb 2024 00:00:00 GMT"


def ask(target, *fields, method="GET", version="HTTP/1.1", host="Host: test",
        body=b""):
    """Return the bytes of one request."""
    lines = [f"{method} {target} {version}", *([host] if host else []),
             *fields, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


# Plain targets, by GET.
TARGETS = [
    # Files and their types.
    "/probe.txt", "/letters.txt", "/nothing.txt", "/index.html", "/style.css",
    "/app.js", "/data.json", "/x.svg", "/noext", "/UPPER.HTML", "/medium.bin",
    "/docs/page.html", "/empty/deeper/x.txt",
    # Directories.
    "/", "/docs/", "/docs", "/docs?x=1", "/docs/?x=1", "/empty/", "/empty",
    "/sp%20ace", "/sp%20ace/", "/evil.example", "/x:y", "/x%3Ay/", "/docs//",
    # Nothing there.
    "/nosuch", "/nosuch/", "/docs/nosuch", "/probe.txt/", "/probe.txt/x",
    "/nosuch?probe.txt", "/Probe.txt", "/probe.tx", "/probe.txtx",
    # Names.
    "/a%20b.txt", "/100%25.txt", "/caf%C3%A9.txt", "/caf%c3%a9.txt",
    "/a+b&c.txt", "/a%2Bb%26c.txt", "/%70robe.txt", "/probe%2Etxt",
    "/probe.txt?", "/probe.txt?a=b&c", "/probe.txt?%00", "/probe.txt?/../x",
    # Dot segments and slashes.
    "//probe.txt", "/./probe.txt", "/docs/../probe.txt", "/docs/./page.html",
    "/docs/..", "/docs/.", "/../probe.txt", "/../../etc/passwd",
    "/docs/../../probe.txt", "/%2e%2e/probe.txt", "/docs/%2e%2e/probe.txt",
    "/docs/.%2e/probe.txt", "/docs%2Fpage.html", "/docs%2fpage.html",
    "/..%2fprobe.txt", "/%252e%252e/probe.txt", "/docs///page.html",
    "/nosuch/../probe.txt", "/probe.txt/../letters.txt", "/...", "/docs/...",
    "/docs;/page.html", "/probe.txt;v=1", "/docs\\page.html",
    # Escapes that are none.
    "/%", "/%4", "/%zz", "/%00", "/probe.txt%00", "/probe%0Atxt", "/%ff",
    # Hidden, and links.
    "/.secret", "/.git/config", "/docs/.hidden", "/.well-known/security.txt",
    "/.well-known/", "/inside", "/outside", "/dangling",
    # Other forms of target.
    "http://test/probe.txt", "http://test", "http://test/docs",
    "HTTP://TEST/probe.txt", "https://test/probe.txt", "http:///probe.txt",
    "ftp://test/probe.txt", "probe.txt", "*", "test:80", "?x", "#x",
    "/probe.txt#x", "/a b", "/\xe9", "/" + "a" * 300, "/" + "a/" * 100,
]

# One field with GET /letters.txt.
FIELDS = [
    "Range: bytes=0-0", "Range: bytes=0-4", "Range: bytes=5-",
    "Range: bytes=-5", "Range: bytes=-26", "Range: bytes=-27",
    "Range: bytes=-0", "Range: bytes=25-25", "Range: bytes=25-30",
    "Range: bytes=26-", "Range: bytes=26-30", "Range: bytes=99-100",
    "Range: bytes=5-4", "Range: bytes=", "Range: bytes=-", "Range: bytes=a-b",
    "Range: bytes=0-4x", "Range: bytes 0-4", "Range: items=0-4",
    "Range: Bytes=0-4", "Range: bytes=0-4,6-8", "Range: bytes=0-4, 6-8",
    "Range: bytes=0-25,0-25", "Range: bytes=0-99999999999999999999",
    "Range: bytes=99999999999999999999-", "Range: bytes= 0-4",
    "If-Modified-Since: " + LAST_MODIFIED, "If-Modified-Since: " + LATER,
    "If-Modified-Since: " + EARLIER, "If-Modified-Since: x",
    "If-Modified-Since: ", "If-Unmodified-Since: " + LAST_MODIFIED,
    "If-Unmodified-Since: " + LATER, "If-Unmodified-Since: " + EARLIER,
    "If-Unmodified-Since: x", "If-None-Match: *", "If-None-Match: \"x\"",
    "If-None-Match: W/\"x\"", "If-None-Match: x", "If-Match: *",
    "If-Match: \"x\"", "If-Match: W/\"x\"",
    "Connection: close", "Connection: keep-alive", "Connection: Close",
    "Connection: foo, close", "Connection: upgrade", "Upgrade: h2c",
    "Accept: image/png", "Accept-Encoding: gzip, br", "Accept-Encoding: *;q=0",
    "Cookie: a=b; c=d", "Cache-Control: no-cache", "X-Y:z", "X-Empty:",
    "X-Long: " + "x" * 3000, "Content-Length: 0", "DNT: 1",
    "Expect: 100-continue", "Expect: x",
]

# A range and a condition for it, with GET /letters.txt.
IF_RANGE = [
    "If-Range: " + LAST_MODIFIED, "If-Range: " + LATER,
    "If-Range: " + EARLIER, "If-Range: \"x\"", "If-Range: x",
]

# Several ranges of /medium.bin, which has 100001 bytes.
SEVERAL = [
    "0-9,1000-1009", "0-9,1000-1009,50000-50099,99999-100000",
    "90000-90009,5000-5009", "-10,0-9", "0-9,-10", "0-0,200000-", "5-4,7-8",
    "200000-,300000-", "0-9,1000-1009,x", ", 0-9 ,, 1000-1009,",
    "0-49999,50200-", "0-99999,50000-100000", "0-9,1000-",
    ",".join(f"{1000 * i}-{1000 * i + 9}" for i in range(16)),
    ",".join(f"{1000 * i}-{1000 * i + 9}" for i in range(17)),
    ",".join(f"{i}-{i}" for i in range(0, 2000, 200)),
]

# Accept-Encoding with GET /packed.css, beside which a packed.css.gz lies.
CODINGS = [
    "gzip", "GZIP", "x-gzip", "gzip, deflate, br", "br", "identity", "*",
    "gzip;q=0", "gzip;q=0.000", "gzip;q=0.001", "gzip; q=1.0",
    "gzip;q=1.001", "gzip ;q=0.5", "gzip;Q=0.5", "gzip;q=", "*;q=0",
    "identity;q=0", "identity;q=0, gzip", "gzip, identity;q=0.5", "xgzip",
    "gzip2", "",
]
GZIP = "Accept-Encoding: gzip"

# Whole requests.
RAW = {
    "HEAD": ask("/letters.txt", method="HEAD"),
    "HEAD /": ask("/", method="HEAD"),
    "HEAD nosuch": ask("/nosuch", method="HEAD"),
    "HEAD docs": ask("/docs", method="HEAD"),
    "HEAD Range": ask("/letters.txt", "Range: bytes=0-4", method="HEAD"),
    "POST": ask("/letters.txt", "Content-Length: 2", method="POST",
                body=b"ab"),
    "POST empty": ask("/letters.txt", "Content-Length: 0", method="POST"),
    "POST chunked": ask("/letters.txt", "Transfer-Encoding: chunked",
                        method="POST", body=b"2\r\nab\r\n0\r\n\r\n"),
    "PUT": ask("/letters.txt", "Content-Length: 2", method="PUT",
               body=b"ab"),
    "DELETE": ask("/letters.txt", method="DELETE"),
    "PATCH": ask("/letters.txt", method="PATCH"),
    "OPTIONS": ask("/letters.txt", method="OPTIONS"),
    "TRACE": ask("/letters.txt", method="TRACE"),
    "CONNECT": ask("test:80", method="CONNECT"),
    "unknown method": ask("/letters.txt", method="BREW"),
    "get": ask("/letters.txt", method="get"),
    "bad method": ask("/letters.txt", method="G@T"),
    "GET with body": ask("/letters.txt", "Content-Length: 2", body=b"ab"),
    "1.0": ask("/letters.txt", version="HTTP/1.0"),
    "1.0 without Host": ask("/letters.txt", version="HTTP/1.0", host=None),
    "1.0 keep-alive": ask("/letters.txt", "Connection: keep-alive",
                          version="HTTP/1.0"),
    "1.2": ask("/letters.txt", version="HTTP/1.2"),
    "2.0": ask("/letters.txt", version="HTTP/2.0"),
    "http/1.1": ask("/letters.txt", version="http/1.1"),
    "no version": b"GET /letters.txt\r\nHost: test\r\n\r\n",
    "empty line first": b"\r\n" + ask("/letters.txt"),
    "two spaces": b"GET  /letters.txt HTTP/1.1\r\nHost: test\r\n\r\n",
    "bare LF": b"GET /letters.txt HTTP/1.1\nHost: test\n\n",
    "CR in line": b"GET /letters.txt\r HTTP/1.1\r\nHost: test\r\n\r\n",
    "no Host": ask("/letters.txt", host=None),
    "empty Host": ask("/letters.txt", host="Host:"),
    "two Hosts": ask("/letters.txt", "Host: test"),
    "Host with port": ask("/letters.txt", host="Host: test:8080"),
    "Host with slash": ask("/letters.txt", host="Host: tes/t"),
    "Host with space": ask("/letters.txt", host="Host: tes t"),
    "Host with bad port": ask("/letters.txt", host="Host: test:x"),
    "Host of IPv6": ask("/letters.txt", host="Host: [::1]:80"),
    "space before colon": ask("/letters.txt", "X : y"),
    "no colon": ask("/letters.txt", "X"),
    "empty name": ask("/letters.txt", ": y"),
    "folded": ask("/letters.txt", "X: y", " z"),
    "NUL in value": ask("/letters.txt", "X: a\0b"),
    "two lengths": ask("/letters.txt", "Content-Length: 2",
                       "Content-Length: 2", method="POST", body=b"ab"),
    "two other lengths": ask("/letters.txt", "Content-Length: 2",
                             "Content-Length: 3", method="POST", body=b"ab"),
    "negative length": ask("/letters.txt", "Content-Length: -1"),
    "length is no number": ask("/letters.txt", "Content-Length: x"),
    "length and chunked": ask("/letters.txt", "Content-Length: 2",
                              "Transfer-Encoding: chunked", method="POST",
                              body=b"2\r\nab\r\n0\r\n\r\n"),
    "unknown coding": ask("/letters.txt", "Transfer-Encoding: x",
                          method="POST"),
    "gzip, chunked": ask("/letters.txt", "Transfer-Encoding: gzip, chunked",
                         method="POST", body=b"0\r\n\r\n"),
    "body too long": ask("/letters.txt", "Content-Length: 99999999",
                         method="POST"),
    "head too long": ask("/letters.txt", "X: " + "x" * 40000),
    "target too long": ask("/" + "x" * 40000),
    "Content-Range": ask("/letters.txt", "Content-Range: bytes 0-4/26"),
    "OPTIONS of an absolute form": ask("http://test", method="OPTIONS"),
    "Expect, empty elements": ask("/letters.txt", "Expect: , 100-continue,"),
    "HEAD of several ranges": ask("/medium.bin", "Range: bytes=0-9,1000-1009",
                                  method="HEAD"),
    "several ranges, If-Range": ask(
        "/medium.bin", "Range: bytes=0-9,1000-1009",
        f"If-Range: {LAST_MODIFIED}"),
    "several ranges, If-Range fails": ask(
        "/medium.bin", "Range: bytes=0-9,1000-1009", f"If-Range: {LATER}"),
    "gzip without asking": ask("/packed.css"),
    "gzip, HEAD": ask("/packed.css", GZIP, method="HEAD"),
    "gzip, 1.0": ask("/packed.css", GZIP, version="HTTP/1.0"),
    "gzip, Range": ask("/packed.css", GZIP, "Range: bytes=5-9"),
    "gzip, several ranges": ask("/packed.css", GZIP,
                                "Range: bytes=0-0,200-209"),
    "gzip, not modified": ask("/packed.css", GZIP,
                              f"If-Modified-Since: {LAST_MODIFIED}"),
    "gzip, modified": ask("/packed.css", GZIP, f"If-Modified-Since: {EARLIER}"),
    "gzip, none but": ask("/packed.css", GZIP, "If-None-Match: *"),
    "gzip, If-Match": ask("/packed.css", GZIP, "If-Match: \"x\""),
    "gzip of an old file": ask("/stale.css", GZIP),
    "gzip of an index": ask("/packed/", GZIP),
    "gzip alone": ask("/packed.css.gz", GZIP),
    "gzip of nothing": ask("/alone.css", GZIP),
    "gzip through a proxy": ask("/packed.css", GZIP, "Via: 1.1 proxy"),
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x00\xf4\x01\x00\x00\xf0\x03\x03" + b"\0" * 40,
}

REQUESTS = {f"GET {t[:40]}": ask(t) for t in TARGETS}
REQUESTS |= {f[:60]: ask("/letters.txt", f) for f in FIELDS}
REQUESTS |= {f"{f} with Range": ask("/letters.txt", "Range: bytes=0-4", f)
             for f in IF_RANGE}
REQUESTS |= {f"Ranges: {r[:40]} ({r.count(',')})":
             ask("/medium.bin", f"Range: bytes={r}") for r in SEVERAL}
REQUESTS |= {f"Accept: {c}": ask("/packed.css", f"Accept-Encoding: {c}")
             for c in CODINGS}
REQUESTS |= RAW
