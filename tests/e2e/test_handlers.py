# SPDX-License-Identifier: MIT
"""serve/app.h: what a program with handlers of its own is promised."""
import pytest

import site_tree
from harness import BUILD
from wire import TIMEOUT, chunked, post, request, wait_for

LARGE = bytes(ord("a") + i // 7 % 26 for i in range(300000))
pytestmark = pytest.mark.quick


@pytest.fixture(scope="module")
def handlers(start_shared, tree):
    """A server of the common site and handlers.c."""
    return start_shared("--workers", "2", "--body-timeout", "2",
                        program="handlers", root=tree)


@pytest.mark.parametrize("path, body", [
    ("/one/x", "[x]"), ("/one/a%20b%2c", "[a b,]"), ("//one/./x", "[x]"),
    ("/two/a/and/b", "[a][b]"), ("/two/a/../z/and/b?c", "[z][b]"),
    ("/rest/", "[]"), ("/rest/a/b/c.txt", "[a/b/c.txt]"),
    ("/rest/of/it", "[of/it]"), ("/slash/x/", "[x]"), ("/foo/y", ""),
])
def test_parameters(handlers, path, body):
    """Of the path, decoded; the first row that matches is taken."""
    res = handlers.get(path)
    assert (res.status, res.body.decode()) == (200, body)
    assert handlers.get(path, method="HEAD").get("Content-Length") \
        == str(len(body))


@pytest.mark.parametrize("path", [
    "/one", "/one/", "/one/x/", "/one/x/y", "/two/a/and/", "/two//and/b",
    "/two/a/or/b", "/rest", "/slash/x", "/onex", "/One/x", "/one%2fx",
    "/item/1", "/one/" + "x" * 2000,
])
def test_no_route(handlers, path):
    """Such a path is looked for in ROOT."""
    assert handlers.get(path).status in (400, 404)


def test_site_beside_routes(handlers):
    """Files are served as ever, and a handler can answer with one."""
    assert handlers.get("/probe.txt").body == b"probe\n"
    res = handlers.get("/letters.txt", "Range: bytes=1-2")
    assert (res.status, res.body) == (206, b"bc")
    tag = handlers.get("/letters.txt").get("ETag")
    assert handlers.get("/letters.txt", f"If-None-Match: {tag}").status == 304


@pytest.mark.parametrize("method, path, allow", [
    ("PUT", "/item/1", "GET, HEAD, OPTIONS, PROPFIND, DELETE, BREW"),
    ("POST", "/one/x", "GET, HEAD, OPTIONS"),
    ("DELETE", "/gather", "GET, HEAD, OPTIONS, POST"),
    ("DELETE", "/probe.txt", "GET, HEAD, OPTIONS"),
])
def test_allow(handlers, method, path, allow):
    """RFC 9110 sections 10.2.1 and 15.5.6: all that is possible there."""
    res = handlers.get(path, method=method)
    assert (res.status, res.get("Allow")) == (405, allow)
    res = handlers.get(path, method="OPTIONS")
    assert (res.status, res.get("Allow")) == (204, allow)


def test_methods_of_its_own(handlers):
    """A method that no RFC knows; a status without content."""
    assert handlers.get("/item/7", method="BREW").body == b"[7]"
    assert handlers.get("/item/7", method="PROPFIND").body == b"[7]"
    assert handlers.get("/one/7", method="BREW").status == 501
    with handlers.client() as client:
        assert client.get("/item/7", method="DELETE").status == 204
        assert client.get("/one/7").body == b"[7]"


@pytest.mark.parametrize("query, value", [
    ("q=a", b"a"), ("x=1&q=a%20b+c", b"a b c"), ("%71=a", b"a"),
    ("q", b""), ("q=", b""), ("q=1&q=2", b"1"), ("q=a=b", b"a=b"),
    ("&&q=a&", b"a"), ("q=%", b"%"), ("q=%4", b"%4"), ("q=%zz", b"%zz"),
    ("q=%00%ff", b"\0\xff"), ("q=" + "x" * 256, b"x" * 256),
])
def test_query(handlers, query, value):
    """Decoded as a form."""
    assert handlers.get(f"/query?{query}").body == value


@pytest.mark.parametrize("query", [
    "", "?", "?qq=a", "?x=q", "?Q=a", "?=q", "?q=" + "x" * 257])
def test_query_without(handlers, query):
    """It is not there, or too long for the handler."""
    assert handlers.get(f"/query{query}").status == 422


@pytest.mark.parametrize("name, value", [
    ("X-Test", "a,+b"), ("x", "%09tab%09"), ("X", "caf%E9"),
    ("X-Long", "v" * 3000)])
def test_field(handlers, name, value):
    """A field of the handler's."""
    res = handlers.get(f"/field?n={name}&v={value}")
    assert res.body == b"added"
    assert len(res.all(name)) == 1


@pytest.mark.parametrize("name, value", [
    ("X", "a%0d%0aY:+z"), ("X", "a%0ab"), ("X", "a%00"), ("X%3a", "a"),
    ("X%0d%0aY", "a"), ("", "a"), ("X+Y", "a"), ("X", "v" * 4095)])
def test_hostile_field(handlers, name, value):
    """What could end its line is not sent at all."""
    res = handlers.get(f"/field?n={name}&v={value}")
    assert res.body == b"refused"
    assert not res.all("Y") and not res.all("X")


@pytest.mark.parametrize("size", [0, 1, 999, 1000])
@pytest.mark.parametrize("make", [post, chunked])
def test_gathered(handlers, size, make):
    """The whole body, up to its bound; the connection stays in step."""
    body = site_tree.pattern(size)
    with handlers.client() as client:
        for _ in range(3):
            client.send(make("/gather", body))
            assert client.response().body == body
        client.send(make("/gather", body) + request("/one/x"))
        assert client.response().body == body
        assert client.response().body == b"[x]"


@pytest.mark.parametrize("make", [post, chunked])
def test_gathered_too_much(handlers, make):
    """413, and the connection ends."""
    res = handlers.ask(make("/gather", bytes(1001)))
    assert res.status == 413 and res.says_close()


def test_body_in_pieces(handlers):
    """As it arrives, and as chunks cut it."""
    pieces = [b"%d" % i for i in range(300)]
    with handlers.client() as client:
        data = chunked("/gather", *pieces)
        client.send(data[:-1])
        assert client.quiet(0.1)
        client.send(data[-1:])
        assert client.response().body == b"".join(pieces)
    with handlers.client() as client:
        for byte in chunked("/gather", b"abc", b"defg"):
            client.send(bytes([byte]))
        assert client.response().body == b"abcdefg"


def test_body_without_use(handlers):
    """It is passed over, up to the option's limit."""
    with handlers.client() as client:
        client.send(post("/ignore", bytes(100000)))
        assert client.response().body == b""
        client.send(post("/ignore", bytes(2000000))[:100])
        assert client.response().status == 413


def test_continue(handlers):
    """RFC 9110 section 10.1.1: 100 where the body is wanted, and once."""
    fields = ["Expect: 100-continue", "Content-Length: 3"]
    for path, answer in ("/gather", b"abc"), ("/sum", b"3"):
        with handlers.client() as client:
            client.send(request(path, *fields, method="POST"))
            assert client.response(interim=True).status == 100
            assert client.quiet(0.1)
            client.send(b"abc")
            assert client.response(interim=True).body == answer
            client.send(request("/one/x"))
            assert client.response().body == b"[x]"
            # It has begun to send: it does not wait.
            client.send(request(path, *fields, method="POST") + b"abc")
            assert client.response(interim=True).body == answer


def test_continue_of_an_old_client(handlers):
    """RFC 9110 section 10.1.1: HTTP/1.0 knows no 1xx."""
    with handlers.client() as client:
        client.send("POST /gather HTTP/1.0\r\nExpect: 100-continue\r\n"
                    "Content-Length: 3\r\n\r\n")
        assert client.quiet(0.1)
        client.send(b"abc")
        assert client.response(interim=True).body == b"abc"


@pytest.mark.parametrize("path, status", [
    ("/refuse", 403), ("/one/x", 405), ("/gather", 413)])
def test_continue_is_not_said_in_vain(handlers, path, status):
    """The answer does not depend on the body: it comes at once."""
    fields = ["Expect: 100-continue", "Content-Length: 1001"]
    with handlers.client() as client:
        client.send(request(path, *fields, method="POST"))
        res = client.response(interim=True)
        assert res.status == status and res.says_close()
        client.expect_eof()


def test_refused_body(handlers):
    """An answer before the body has come ends the connection after it."""
    with handlers.client() as client:
        client.send(request("/refuse", "Content-Length: 1000000",
                            method="POST") + bytes(50000))
        res = client.response()
        assert (res.status, res.body) == (403, b"refused")
        assert res.says_close()
        client.try_send(bytes(10000))
        client.fin()
        client.expect_eof()


@pytest.mark.parametrize("make", [post, chunked])
def test_streamed_body(handlers, make):
    """More than any buffer holds, and the answer after it."""
    with handlers.client() as client:
        client.send(make("/sum", bytes(3_000_000)) + request("/one/x"))
        assert client.response().body == b"3000000"
        assert client.response().body == b"[x]"
        client.send(make("/sum", b""))
        assert client.response().body == b"0"


def test_answer_within_the_body(handlers):
    """The stream is complete while the body still arrives."""
    with handlers.client() as client:
        client.send(request("/ten", "Content-Length: 100", method="POST")
                    + b"0123")
        assert client.head().get("Transfer-Encoding") == "chunked"
        assert client.take(9) == b"0004\r\n012"
        client.send(b"456789abcdefgh")
        assert client.take(19) == b"3\r\n0006\r\n456789\r\n0\r"
        client.fin()
        assert client.take(3) == b"\n\r\n"
        client.expect_eof()


@pytest.mark.parametrize("count", [0, 1, 10, 2000, 100000])
def test_lines(handlers, count):
    """A stream of a length that nobody knew before."""
    with handlers.client() as client:
        client.send(request(f"/lines/{count}") + request("/one/x"))
        res = client.response()
        assert res.get("Transfer-Encoding") == "chunked"
        assert res.body == b"".join(
            b"line %d\n" % i for i in range(1, count + 1))
        assert client.response().body == b"[x]"
        res = client.get(f"/lines/{count}", method="HEAD")
        assert res.status == 200 and client.quiet(0.05)


def test_lines_to_an_old_client(handlers):
    """RFC 9112 section 6.1: HTTP/1.0 gets no chunks, but the end."""
    with handlers.client() as client:
        client.send("GET /lines/3000 HTTP/1.0\r\nConnection: keep-alive"
                    "\r\n\r\n")
        head = client.head()
        assert head.says_close()
        assert not head.all("Transfer-Encoding")
        assert not head.all("Content-Length")
        while client.fill():
            pass
        assert client.buf.endswith(b"line 3000\n")
        assert client.buf.count(b"\n") == 3000


@pytest.mark.parametrize("size", [0, 1, 512, 100_001])
def test_known_length(handlers, size):
    """What is written beyond the promise is not sent."""
    with handlers.client() as client:
        client.send(request(f"/known/{size}") + request("/one/x"))
        res = client.response()
        assert res.get("Content-Length") == str(size)
        assert res.body == b"." * size
        assert client.response().body == b"[x]"


def test_broken_promise(handlers):
    """A stream that is too short must not look complete."""
    for path in "/short/7", "/unfinished/5":
        with handlers.client() as client:
            client.send(request(path))
            assert client.head().status == 200
            while client.fill():
                pass
            assert client.buf == (b"little" if "short" in path else b"")
    assert handlers.get("/short/6").body == b"little"


def test_slow_stream(handlers):
    """A handler that has nothing to say is asked again."""
    with handlers.client() as client:
        client.send(request("/slow/4") + request("/one/x"))
        assert client.response().body == b"tick\n" * 4
        assert client.response().body == b"[x]"


def test_later(handlers):
    """A handler may reply after a while; others go on meanwhile."""
    with handlers.client() as client:
        client.send(request("/later/3"))
        assert handlers.get("/one/x").body == b"[x]"
        assert client.response().body == b"at last"


def test_nothing(handlers):
    """A handler that does not reply at all."""
    with handlers.client() as client:
        res = client.get("/nothing")
        assert res.status == 500 and res.says_close()
        client.expect_eof()


def test_large_memory(handlers):
    """The call's own memory is sent from where it is, to its last byte."""
    with handlers.client(rcvbuf=4096) as client:
        client.send(request("/large") * 2 + request("/one/x"))
        assert client.response().body == LARGE
        assert client.response().body == LARGE
        assert client.response().body == b"[x]"


def test_file(start, tree):
    """A descriptor of the handler's own: the program itself, which lies
    outside of ROOT."""
    handlers = start("--sandbox", "off", program="handlers", root=tree)
    res = handlers.get("/file")
    assert res.get("Content-Type") == "application/x-program"
    assert res.body == (BUILD / "handlers").read_bytes()
    assert handlers.get("/file", method="HEAD").get("Content-Length") \
        == str(len(res.body))


def counts(server):
    """How many calls were started, complete and cancelled."""
    return [int(n) for n in server.get("/counts").body.split()]


def test_each_end_is_told(handlers):
    """`end` once for each `start`, whatever becomes of the client."""
    before = counts(handlers)
    handlers.get("/lines/10")
    handlers.get("/later/1")
    for leave in ("close", "reset", "fin"):
        for path in "/lines/1000000000", "/slow/1000000000", "/later/1000000":
            client = handlers.client()
            client.send(request(path))
            if "later" not in path:
                client.head()
            getattr(client, leave)()
            if leave == "fin":
                client.close()
    # In the middle of a body.
    with handlers.client() as client:
        client.send(request("/sum", "Content-Length: 9", method="POST")
                    + b"abc")
    # Too slow: the deadline of a body.
    with handlers.client() as client:
        client.send(request("/sum", "Content-Length: 9", method="POST")
                    + b"abc")
        assert client.response().status == 408
        client.expect_eof()
    after = [before[0] + 13, before[1] + 2, before[2] + 11]
    wait_for(lambda: counts(handlers) == after, "the ends", TIMEOUT)


def test_nobody_is_stopped_by_a_stream(handlers):
    """An endless one that nobody reads, and one that is read."""
    with handlers.client(rcvbuf=4096) as idle, handlers.client() as busy:
        idle.send(request("/lines/1000000000"))
        busy.send(request("/lines/1000000000"))
        for _ in range(20):
            assert busy.fill()
            busy.buf = b""
            assert handlers.get("/one/x").body == b"[x]"
