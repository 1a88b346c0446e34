# SPDX-License-Identifier: MIT
"""h11, a strict parser that others wrote, and ours read the same bytes.

Every stored input of the targets request and conn is what a client sends. Both
have to find the same requests in it: method, target, length of the payload,
and whether the connection goes on. Each way in which they differ stands in one
of two tables with its reason. One that is in neither, above all a request that
h11 refuses and we accept, is a failure. Where that has a reason, the request in
a form that h11 accepts has to be the same, and all that stands behind it.
"""
import pathlib
import re
import subprocess

import h11
import pytest

HERE = pathlib.Path(__file__).parent
INPUTS = sorted(str(path) for folder in ("corpus", "regress")
                for target in ("request", "conn")
                for path in (HERE / folder / target).glob("*"))
PROGRAM = "build/fuzz/understood"

HOST = re.compile(rb"(\[[0-9A-Za-z:.]+\]|"
                  rb"([-._~!$&'()*+,;=0-9A-Za-z]|%[0-9A-Fa-f]{2})*)(:[0-9]*)?")


def fields(head, name):
    """The values of a field in the bytes of a head."""
    return re.findall(rb"(?im)^" + name + rb":[ \t]*(.*?)[ \t]*\r?$", head)


def bad_host(head):
    """Not a host that RFC 3986 knows."""
    return any(not HOST.fullmatch(h) for h in fields(head, b"host"))


# What we refuse and h11 accepts: our status, what the request looks like (the
# bytes from its first to the end of the input, and its head), and why.
STRICTER = [
    (400, lambda data, head: bad_host(head),
     "Host is a name or an address: RFC 9110 section 7.2"),
    (400, lambda data, head: re.search(rb"(?<!\r)\n", data),
     "a line ends in CRLF, not in LF: RFC 9112 section 2.2 lets us choose"),
    (400, lambda data, head: re.search(rb"\r\n[ \t]", head),
     "a folded line: RFC 9112 section 5.2"),
    (400, lambda data, head: b"#" in head.split(b"\n")[0],
     "a target has no fragment: RFC 9112 section 3.2"),
    (400, lambda data, head: re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", data),
     "a control byte in a field or in a chunk's extension: RFC 9110 section 5.5"),
    (400, lambda data, head: fields(head, b"transfer-encoding") and
     (fields(head, b"content-length") or b"HTTP/1.0" in head.split(b"\n")[0]),
     "a coding beside a length, or in 1.0: RFC 9112 sections 6.1 and 6.3"),
    (400, lambda data, head: len(fields(head, b"content-length")) > 1 or
     b"," in b"".join(fields(head, b"content-length")),
     "two lengths, even if they are the same: RFC 9112 section 6.3"),
    (417, lambda data, head: fields(head, b"expect"),
     "an expectation that is not 100-continue: RFC 9110 section 10.1.1"),
    (505, lambda data, head: not re.search(rb"HTTP/1\.[0-9]\r?$", head.split(b"\n")[0]),
     "h11 leaves the version to its caller"),
    (413, lambda data, head: True, "h11 has no limit on a body"),
]



def without_trailer(data):
    """A request whose trailers have another name than Transfer-Encoding."""
    end = data.index(b"\r\n\r\n")
    return data[:end] + re.sub(rb"(?im)^transfer-encoding(?=:)", b"X" * 17,
                               data[end:])


def without_blanks(data):
    """A request with zeros before a chunk's length, not spaces behind it."""
    return re.sub(rb"(?<=\n)([0-9A-Fa-f]+)([ \t]+)(?=;)",
                  lambda m: b"0" * len(m[2]) + m[1], data)


# What h11 refuses and we accept: how that begins what it says, what the request
# looks like, why, and the same request as h11 accepts it.
LAXER = [
    ("no request line received", lambda data, head: data.startswith(b"\r\n"),
     "empty lines before a request are passed over: RFC 9112 section 2.2",
     lambda data: re.sub(rb"^(\r\n)+", b"", data)),
    ("Only Transfer-Encoding: chunked is supported",
     lambda data, head: not fields(head, b"transfer-encoding")[1:],
     "a trailer field that must not be one is ignored: RFC 9110 section 6.5.1",
     without_trailer),
    ("illegal chunk header",
     lambda data, head: re.search(rb"\n[0-9A-Fa-f]+[ \t]+;", data),
     "white space before an extension must be read: RFC 9112 section 7.1.1",
     without_blanks),
]


def ours(paths):
    """What our parser finds in each file: a list of events, each with the
    place where the request begins."""
    found = {}
    out = subprocess.run([PROGRAM, *paths], check=True, timeout=60,
                         stdout=subprocess.PIPE).stdout
    for line in out.split(b"\n")[:-1]:
        word = line.split(b" ")
        if word[0] == b"file":
            events = found[line[5:].decode()] = []
        elif word[1] == b"answer":
            events.append((int(word[0]), ("answer", word[2], word[3],
                                          int(word[5]), word[6] == b"keep")))
        else:
            events.append((int(word[0]), (word[1].decode(), word[2].decode())))
    return found


def one_request(conn):
    """The next request that h11 finds, or how it ends."""
    request, payload = None, 0
    while True:
        event = conn.next_event()
        if isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            payload += len(event.data)
        elif isinstance(event, h11.EndOfMessage):
            return "answer", request.method, request.target, payload
        else:
            return "more", "body" if request else "head"


def theirs(data):
    """What h11 finds: a list of events."""
    conn = h11.Connection(h11.SERVER, max_incomplete_event_size=16384)
    events = []
    conn.receive_data(data)
    while True:
        try:
            event = one_request(conn)
        except h11.RemoteProtocolError as error:
            return events + [("refuse", str(error))]
        if event[0] != "answer":
            return events + [event]
        # Not 2xx, with which CONNECT would end HTTP.
        conn.send(h11.Response(status_code=405,
                               headers=[("Content-Length", "0")]))
        conn.send(h11.EndOfMessage())
        keeps = conn.our_state is h11.DONE and conn.their_state is h11.DONE
        events.append(event + (keeps,))
        if not keeps:
            return events
        conn.start_next_cycle()


def stricter(we, they, data):
    """Why we refuse what h11 does not, or not yet; or None."""
    if they[0] in ("refuse", "more"):
        return "we refuse a line when it is there, h11 when the head is"
    head = data.split(b"\r\n\r\n")[0]
    for status, like, why in STRICTER:
        if we[1] == str(status) and like(data, head):
            return why
    return None


def amended(they, data):
    """A request that h11 refuses for a reason, as it accepts it; or None."""
    head = data.split(b"\r\n\r\n")[0]
    for said, like, _, amend in LAXER:
        if they[0] == "refuse" and they[1].startswith(said) and \
                like(data, head) and amend(data) != data:
            return amend(data)
    return None


def is_kept(we, they, data):
    """The same but for what h11 does not know, RFC 9112 section 9.3: HTTP/1.0
    goes on if the client says keep-alive."""
    head = data.split(b"\r\n\r\n")[0]
    return we[0] == they[0] == "answer" and we[:4] == they[:4] and we[4] and \
        re.search(rb" HTTP/1\.0\r?\n", head) and \
        b"keep-alive" in b",".join(fields(head, b"connection")).lower()


def ends(we, they, data):
    """Whether there is a reason behind which neither reads on."""
    return we[0] == "refuse" and stricter(we, they, data) or \
        we[0] == "more" and they[0] == "refuse" and b"\n" not in data


def moved(events, length):
    """Events as they are where so many bytes less stand before them."""
    return [(at - length, event) for at, event in events]


def difference(events, data):
    """The first event that differs, without a reason, or None."""
    found = theirs(data)
    for number, (at, we) in enumerate(events):
        they = found[number] if number < len(found) else ("nothing",)
        if we == they:
            continue
        if they[0] != "nothing" and ends(we, they, data[at:]):
            return None
        behind = events[number + 1:]
        end = behind[0][0] if behind else len(data)
        if is_kept(we, they, data[at:end]):
            return difference(moved(behind, end), data[end:])
        again = amended(they, data[at:end])
        if again is None:
            return we, they, data[at:]
        return difference([(0, we)] + moved(behind, end - len(again)),
                          again + data[end:])
    if len(found) > len(events):
        return "nothing", found[len(events)], data
    return None


def test_h11_agrees_on_what_is_stored():
    """All inputs; what is wrong with each is printed."""
    assert len(INPUTS) > 20
    wrong = {}
    for path, events in ours(INPUTS).items():
        found = difference(events, pathlib.Path(path).read_bytes())
        if found:
            wrong[path] = found
    assert not wrong


HEAD = b"GET / HTTP/1.1\r\nHost: a\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"


@pytest.mark.parametrize("data", [
    HEAD + b"X : y\r\n\r\n",
    HEAD + b"X\r\n\r\n",
    b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    HEAD + b"Host: b\r\n\r\n",
    POST + b"Content-Length: +1\r\n\r\n1",
    POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n1",
    POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n",
])
def test_both_refuse(tmp_path, data):
    """What makes request smuggling."""
    path = tmp_path / "input"
    path.write_bytes(data)
    assert ours([str(path)])[str(path)][0][1][0] == "refuse"
    assert theirs(data)[0][0] == "refuse"


SECOND = HEAD.replace(b"/", b"/second", 1) + b"\r\n"


@pytest.mark.parametrize("data", [
    b"\r\n\r\n" + HEAD + b"\r\n\r\n" + SECOND,
    POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
    b"Transfer-Encoding: x\r\n\r\n" + SECOND,
    b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n" + SECOND,
    POST + b"Transfer-Encoding: chunked\r\n\r\n1 \t;a\r\na\r\n0 ;b\r\n\r\n" + SECOND,
])
def test_what_is_behind_a_reason_is_compared(tmp_path, data):
    """Also the request that has it: a lie about either is found."""
    path = tmp_path / "input"
    path.write_bytes(data)
    events = ours([str(path)])[str(path)]
    assert [event[1][0] for event in events] == ["answer", "answer", "more"]
    assert events[1][1][2] == b"/second"
    assert difference(events, data) is None
    for number in 0, 1:
        at, (what, method, _, *rest) = events[number]
        lie = [*events]
        lie[number] = at, (what, method, b"/lie", *rest)
        assert difference(lie, data)
