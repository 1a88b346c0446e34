# SPDX-License-Identifier: MIT
"""Where the answers differ from nginx's, and why: a reason, the keys that
differ, the names of the requests. Sections are those of RFC 9110 unless it
says 9112."""
from site_tree import LAST_MODIFIED

# One of the two does not give the file at all.
FILE = "accept-ranges body content-length content-type etag last-modified"

DIFFERENCES = [
    ("RFC 9239 made text/javascript the type of scripts again",
     "content-type", ["GET /app.js"]),
    ("a directory that has no index and no listing is not there: its name "
     "is nobody's affair", "status", ["GET /empty/", "GET /.well-known/"]),
    ("RFC 3986 section 5.2.4: no dot segment leads above the root, in either "
     "spelling", f"{FILE} open status",
     ["GET /../probe.txt", "GET /docs/../../probe.txt",
      "GET /%2e%2e/probe.txt"]),
    ("the same, and there is no such file", "open status",
     ["GET /../../etc/passwd"]),
    ("an encoded slash is data, and no file's name can hold it: what reads "
     "it as a separator disagrees with what stands before it",
     f"{FILE} status", ["GET /docs%2Fpage.html", "GET /docs%2fpage.html"]),
    ("a request that was framed well leaves the connection in step",
     "open",
     ["GET /..%2fprobe.txt", "GET /%", "GET /%4", "GET /%zz", "GET /%00",
      "GET /probe.txt%00", "GET http:///probe.txt", "GET probe.txt", "GET *",
      "GET test:80", "GET ?x", "TRACE",
      "If-Unmodified-Since: Wed, 28 Feb 2024 00:00:00 GMT",
      "If-Match: \"x\"", "If-Match: W/\"x\""]),
    ("names that begin with a dot are not served by default, but for "
     "/.well-known/ (RFC 8615)", f"{FILE} status",
     ["GET /.secret", "GET /.git/config", "GET /docs/.hidden"]),
    ("no link leads out of the root", f"{FILE} status", ["GET /outside"]),
    ("section 4.2: this is an origin of http alone, for what section 7.4 says "
     "of https without TLS",
     f"{FILE} status", ["GET ftp://test/probe.txt", "GET https://test/probe.txt"]),
    ("RFC 9112 section 3.2: a fragment is no part of a target",
     f"{FILE} open status", ["GET /probe.txt#x"]),
    ("RFC 3986 section 2: a byte above 127 has to be encoded",
     "open status", ["GET /\xe9"]),
    ("section 14.3: a 206 says that ranges are understood, as a 200 does",
     "accept-ranges",
     ["Range: bytes=0-0", "Range: bytes=0-4", "Range: bytes=5-",
      "Range: bytes=-5", "Range: bytes=-26", "Range: bytes=-27",
      "Range: bytes=25-25", "Range: bytes=25-30", "Range: Bytes=0-4",
      "Range: bytes= 0-4", f"If-Range: {LAST_MODIFIED} with Range"]),
    ("section 14.2: a field that is malformed is ignored",
     "accept-ranges body content-length content-range content-type etag "
     "last-modified status",
     ["Range: bytes=5-4", "Range: bytes=-", "Range: bytes=a-b",
      "Range: bytes=0-4x"]),
    ("section 14.1.2: a last position beyond the end means the end, however "
     "many digits it has",
     "accept-ranges body content-length content-range content-type etag "
     "last-modified status", ["Range: bytes=0-99999999999999999999"]),
    ("section 15.3.7.2: ranges with less between them than the head of a part "
     "are one", "accept-ranges body content-length content-range content-type",
     ["Range: bytes=0-4,6-8", "Range: bytes=0-4, 6-8"]),
    ("section 14.2: overlapping ranges are one; nginx sends all of it as 200",
     "content-range status", ["Range: bytes=0-25,0-25"]),
    ("section 12.5.3: whoever excludes every coding excludes identity, too",
     f"{FILE} status", ["Accept-Encoding: *;q=0"]),
    ("section 14.2: Range has no meaning with HEAD",
     "accept-ranges content-length content-range status", ["HEAD Range"]),
    ("section 13.1.3: not modified since a date that is later than the "
     "file's", "accept-ranges body content-length content-type "
     "last-modified status",
     ["If-Modified-Since: Fri, 01 Mar 2024 00:00:00 GMT"]),
    ("section 13.1.4: what is no date is ignored", f"{FILE} open status",
     ["If-Unmodified-Since: x"]),
    ("section 15.4.5: a 304 with an entity tag needs no date",
     "last-modified",
     [f"If-Modified-Since: {LAST_MODIFIED}", "If-None-Match: *"]),
    ("section 10.1.1: an expectation that is not known is 417",
     f"{FILE} open status", ["Expect: x"]),
    ("section 9.3.7: OPTIONS says what the resource allows",
     "body content-type status", ["OPTIONS"]),
    ("section 9.1: 501 for a method that is not known; 405 is for those that "
     "are", "status", ["unknown method"]),
    ("the same: methods are case-sensitive, and any token is one",
     "open status", ["get"]),
    ("section 9.3.6: CONNECT is known and not allowed", "open status",
     ["CONNECT"]),
    ("RFC 9112 section 6.3: where chunked is not the last coding the end of "
     "the body is not known, and that is 400", "status", ["unknown coding"]),
    ("RFC 9112 section 3.2: an empty Host is valid", f"{FILE} open status",
     ["empty Host"]),
    ("RFC 9112 section 3.2: Host has to be valid", f"{FILE} open status",
     ["Host with bad port"]),
    ("RFC 9112 sections 2.2, 3 and 5: what a server may repair here could "
     "be read otherwise by the next", f"{FILE} open status",
     ["two spaces", "bare LF", "no colon"]),
    ("HTTP/0.9 is answered with an error that can be read",
     "etag open status", ["no version"]),
    ("RFC 6585 section 5: 431 says what was too long", "status",
     ["head too long"]),
    ("section 15.6.6: another major version is 505", "status",
     ["HTTP/2 preface"]),
]
