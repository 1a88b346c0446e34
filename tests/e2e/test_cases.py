# SPDX-License-Identifier: MIT
r"""Replays the text cases in cases/*.http.

A file is a list of cases, one topic each. Empty lines and lines that begin
with `#` mean nothing. A case is:

    == name [flags]         flags: quick (in the one-minute choice),
                            whole (not replayed in two pieces)
    > GET / HTTP/1.1\r\n    bytes to send, exactly these: line ends are
    > Host: a\r\n           written out. Escapes: \r \n \t \0 \\ \xHH.
    > \r\n                  ${etag:/path} stands for that file's ETag.
    >* 300 ab               the text "ab" 300 times
    pause                   let the server see what has been sent so far
    fin                     close the sending side
    < 200                   a response; `< 400|501` leaves a choice, and
                            `< 200 head` has no body (answer to HEAD).
                            Interim (1xx) responses are passed over.
    < Name: value           ... with exactly one such field, of this value
    < Name ~ regexp         ... or of a value that matches as a whole
    < Name                  ... or of any value
    < !Name                 ... without such a field
    < body "text"           ... and this body (the same escapes)
    < body ~ regexp         ... or a body in which the regexp is found
    = open                  afterwards the connection takes a new request,
    = close                 or the server has closed it, without reset,
    = told                  or what the last response's Connection says

Each case is sent twice: as written, and again on one connection for each
place where its bytes can be cut in two. The answers must be the same.
"""
import re
import time

import pytest

from casefile import load
from wire import Client

PROBE = b"GET /probe.txt HTTP/1.1\r\nHost: probe\r\n\r\n"
SPLIT_MAX = 400
CASES = load()


def params(cases):
    """Return the pytest parameters for cases."""
    return [pytest.param(c, id=f"{c.file}:{c.name}",
                         marks=[pytest.mark.quick] if "quick" in c.flags
                         else [])
            for c in cases]


def expand(data, server):
    """Replace ${etag:/path} by the entity tag of that file."""
    def etag(match):
        return server.get(match[1].decode()).get("ETag").encode()
    return re.sub(rb"\$\{etag:([^}]+)\}", etag, data)


def check_expected(want, got):
    """Assert that a response is the expected one."""
    assert got.status in want.statuses, got
    for name, test, value in want.fields:
        if test == "absent":
            assert got.get(name) is None, got
        elif test == "present":
            assert got.get(name) is not None, got
        elif test == "is":
            assert got.get(name) == value, got
        else:
            assert re.fullmatch(value, got.get(name) or ""), got
    if want.body is not None:
        assert got.body == want.body, got
    if want.body_regexp:
        assert re.search(want.body_regexp, got.body), got


def check_end(case, client, last):
    """Assert that the connection is left as the case says.

    A server that closes says so (RFC 9112 section 9.6), but for a client
    that closed first or cannot read it.
    """
    silent = case.fin or b"HTTP/1.0" in case.data() or last is None
    end = case.end
    if end == "told":
        end = "close" if last.says_close() else "open"
    if end == "close":
        assert silent or last.says_close(), last
        client.expect_eof()
        return
    assert last is None or not last.says_close(), last
    assert client.buf == b"", f"unexpected bytes: {client.buf!r}"
    client.send(PROBE)
    got = client.response()
    assert (got.status, got.body) == (200, b"probe\n")


def receive(case, client):
    """Receive and check all that the case expects; return summaries."""
    got = []
    for want in case.expected:
        got.append(client.response(head=want.head))
        check_expected(want, got[-1])
    # RFC 9110 section 15.2.
    assert not (b"HTTP/1.0" in case.data() and client.interim)
    check_end(case, client, got[-1] if got else None)
    return [g.summary() for g in got]


@pytest.mark.parametrize("case", params(CASES))
def test_case(server, case):
    """The case as it is written."""
    with server.client() as client:
        for step in case.steps:
            if step == "pause":
                time.sleep(0.05)
            elif step == "fin":
                client.fin()
            else:
                client.try_send(expand(step, server))
        receive(case, client)


def split_cases():
    """Return the cases that are short enough to be cut everywhere."""
    return [c for c in CASES if "whole" not in c.flags
            and 1 < len(c.data()) < SPLIT_MAX]


@pytest.mark.parametrize("case", params(split_cases()))
def test_split(server, case):
    """RFC 9112 section 2.2: a message is a sequence of octets, and where
    the packets end means nothing."""
    data = expand(case.data(), server)
    clients = []
    for at in range(1, len(data)):
        client = Client(server.address)
        client.send(data[:at])
        clients.append(client)
    time.sleep(0.005)
    for at, client in enumerate(clients, 1):
        client.try_send(data[at:])
        if case.fin:
            client.fin()
    first = None
    for at, client in enumerate(clients, 1):
        try:
            summary = receive(case, client)
            first = first or summary
            assert summary == first
        except (AssertionError, OSError) as failure:
            raise AssertionError(f"cut after {data[:at]!r}") from failure
        finally:
            client.reset()
