# SPDX-License-Identifier: MIT
"""Clients that people use: curl, wget, and h11 as a strict reader."""
import filecmp
import socket
import subprocess

import h11
import pytest

from compared import ask
from harness import Server
from site_tree import LAST_MODIFIED, LETTERS
from wire import wait_for


def run(*argv, **kw):
    """Run a client; return what it wrote."""
    done = subprocess.run([str(a) for a in argv], capture_output=True,
                          timeout=60, check=False, **kw)
    assert done.returncode == 0, (argv, done)
    return done.stdout


@pytest.fixture(name="url")
def fixture_url(server):
    """Where the server is."""
    return f"http://127.0.0.1:{server.ports[0]}"


def curl(*argv, **kw):
    """Run curl without its progress."""
    return run("curl", "-sS", *argv, **kw)


def status(*argv, **kw):
    """The last status that curl saw, and how many connections it made."""
    return curl("-o", "/dev/null", "-w", "%{http_code} %{num_connects}\n",
                *argv, **kw).decode().split("\n")[-2]


def test_curl_files(url, tree):
    """Small and large, names that have to be encoded, compression offered."""
    assert curl(f"{url}/letters.txt") == LETTERS
    assert curl("--compressed", f"{url}/letters.txt") == LETTERS
    assert curl("--http1.0", f"{url}/letters.txt") == LETTERS
    assert curl("--http1.0", f"{url}/big.bin") \
        == (tree / "big.bin").read_bytes()
    assert status("--http1.0", "-I", f"{url}/letters.txt") == "200 1"
    assert curl(f"{url}/a%20b.txt") == b"space\n"
    assert curl(f"{url}/caf%C3%A9.txt") == b"utf-8\n"
    assert curl("-L", f"{url}/docs") == b"docs\n"
    assert curl(f"{url}/big.bin") == (tree / "big.bin").read_bytes()


@pytest.mark.parametrize("spec, want", [
    ("0-3", LETTERS[:4]), ("20-", LETTERS[20:]), ("-3", LETTERS[-3:])])
def test_curl_range(url, spec, want):
    """A part of a file."""
    assert curl("-r", spec, f"{url}/letters.txt") == want


def test_curl_resumes(url, tree, tmp_path):
    """A download that was cut off goes on where it was."""
    whole = (tree / "big.bin").read_bytes()
    out = tmp_path / "big.bin"
    out.write_bytes(whole[:3000001])
    got = curl("-C", "-", "-o", out, "-w", "%{http_code} %{size_download}",
               f"{url}/big.bin")
    assert got.split() == [b"206", str(len(whole) - 3000001).encode()]
    assert out.read_bytes() == whole


def test_curl_asks_whether_it_changed(url, tmp_path):
    """By entity tag and by time: 304, and nothing is sent."""
    tag = tmp_path / "tag"
    curl("--etag-save", tag, "-o", "/dev/null", f"{url}/letters.txt")
    assert tag.read_text().startswith('"')
    assert status("--etag-compare", tag, f"{url}/letters.txt") == "304 1"
    assert status("-z", LAST_MODIFIED, f"{url}/letters.txt") == "304 1"
    assert status("-z", "Wed, 28 Feb 2024 00:00:00 GMT",
                  f"{url}/letters.txt") == "200 1"


def test_curl_keeps_its_connection(url):
    """The second and third request need no new one, after errors too."""
    got = curl("-w", "%{http_code} %{num_connects}\n", "-o", "/dev/null",
               f"{url}/nosuch", "-o", "/dev/null", f"{url}/letters.txt",
               "-o", "/dev/null", f"{url}/%zz")
    assert got == b"404 1\n200 0\n400 0\n"


def test_curl_sends_a_body(url, tree):
    """What is not wanted is refused, whether it was announced or chunked."""
    with open(tree / "medium.bin", "rb") as body:
        assert status("-T", "-", f"{url}/letters.txt", stdin=body) == "405 1"
    assert status("-d", "a=b", f"{url}/letters.txt") == "405 1"
    assert status("-H", "Expect: 100-continue", "--data-binary",
                  f"@{tree}/medium.bin", f"{url}/letters.txt") == "405 1"
    assert status("--data-binary", f"@{tree}/big.bin",
                  f"{url}/letters.txt") == "413 1"


def test_curl_stays_in_the_root(url):
    """Dot segments that the client was told to leave as they are."""
    for path in ("/../outside.txt", "/docs/../../outside.txt",
                 "/%2e%2e/outside.txt", "/outside", "/..%5coutside.txt"):
        assert status("--path-as-is", url + path) == "404 1"
    assert status("--path-as-is", f"{url}/..%2foutside.txt") == "400 1"
    assert curl("--path-as-is", f"{url}/docs/.././//letters.txt") == LETTERS


def test_wget_mirrors(url, tmp_path):
    """All that the pages link to; a second time nothing is fetched."""
    site = tmp_path / "site"
    (site / "sub").mkdir(parents=True)
    (site / "index.html").write_text(
        '<a href="sub/">sub</a> <img src="a.png"> <a href="b%20c.txt">b</a>')
    (site / "sub/index.html").write_text('<a href="../">up</a>')
    (site / "a.png").write_bytes(bytes(range(256)) * 1000)
    (site / "b c.txt").write_text("b c\n")
    out = tmp_path / "out"
    server = Server(tmp_path, root=site)
    try:
        for _ in range(2):
            run("wget", "-q", "-m", "-nH", "-P", out,
                f"http://127.0.0.1:{server.ports[0]}/")
        same = filecmp.dircmp(site, out)
        assert same.left_list == same.right_list
        for name in ("index.html", "sub/index.html", "a.png", "b c.txt"):
            assert filecmp.cmp(site / name, out / name, shallow=False)
        # The log is written behind the answers.
        statuses = wait_for(lambda: [
            line.split(b'" ')[1][:3] for line in server.log()
            if b" 304 " in b"".join(server.log())], "an answer of 304")
        assert statuses.count(b"200") == 4
    finally:
        server.stop()


def test_wget_resumes(url, tree, tmp_path):
    """A download that was cut off."""
    whole = (tree / "big.bin").read_bytes()
    (tmp_path / "big.bin").write_bytes(whole[:1234567])
    run("wget", "-q", "-c", f"{url}/big.bin", cwd=tmp_path)
    assert (tmp_path / "big.bin").read_bytes() == whole


def h11_answers(server, data, methods):
    """Read the answers to data with h11; return them and its last state."""
    conn = h11.Connection(h11.CLIENT)
    answers = []
    with socket.create_connection(server.address, 20) as sock:
        sock.sendall(data)
        for number, method in enumerate(methods):
            if number:
                conn.start_next_cycle()
            conn.send(h11.Request(method=method, target="/",
                                  headers=[("Host", "test")]))
            conn.send(h11.EndOfMessage())
            head, body = None, b""
            while True:
                event = conn.next_event()
                if event is h11.NEED_DATA:
                    conn.receive_data(sock.recv(65536))
                elif isinstance(event, h11.Response):
                    head = event
                elif isinstance(event, h11.Data):
                    body += bytes(event.data)
                elif isinstance(event, h11.EndOfMessage):
                    break
            answers.append((head.status_code, len(body)))
        state = conn.their_state
        if state is h11.MUST_CLOSE:
            assert sock.recv(1) == b""
        else:
            assert state is h11.DONE
            sock.sendall(ask("/probe.txt"))
            assert sock.recv(65536).startswith(b"HTTP/1.1 200 ")
    return answers, state


H11 = {
    "GET": (ask("/letters.txt"), 200, 26, True),
    "empty": (ask("/nothing.txt"), 200, 0, True),
    "large": (ask("/big.bin"), 200, 8 << 20, True),
    "HEAD": (ask("/big.bin", method="HEAD"), 200, 0, True),
    "HEAD of nothing": (ask("/nosuch", method="HEAD"), 404, 0, True),
    "304": (ask("/letters.txt", "If-None-Match: *"), 304, 0, True),
    "206": (ask("/letters.txt", "Range: bytes=1-2"), 206, 2, True),
    "416": (ask("/letters.txt", "Range: bytes=99-"), 416, None, True),
    "412": (ask("/letters.txt", "If-Match: \"x\""), 412, None, True),
    "301": (ask("/docs"), 301, None, True),
    "404": (ask("/nosuch"), 404, None, True),
    "405": (ask("/", "Content-Length: 0", method="POST"), 405, None, True),
    "OPTIONS": (ask("*", method="OPTIONS"), 204, 0, True),
    "501": (ask("/", method="BREW"), 501, None, True),
    "400 of a target": (ask("/%zz"), 400, None, True),
    "400 of a field": (ask("/", "X : y"), 400, None, False),
    "505": (ask("/", version="HTTP/2.0"), 505, None, False),
    "close": (ask("/letters.txt", "Connection: close"), 200, 26, False),
    "1.0": (ask("/letters.txt", version="HTTP/1.0"), 200, 26, False),
}


@pytest.mark.parametrize("name", H11)
def test_h11_reads_it(server, name):
    """A strict reader agrees on framing, and on what becomes of the
    connection."""
    data, want, length, stays = H11[name]
    method = data.split(b" ")[0].decode()
    answers, state = h11_answers(server, data, [method])
    assert answers[0][0] == want
    assert length is None or answers[0][1] == length
    assert (state is h11.DONE) == stays


def h11_writes(server, *events):
    """Send what h11 makes of events; return the answer and h11's state."""
    conn = h11.Connection(h11.CLIENT)
    answer = None
    with socket.create_connection(server.address, 20) as sock:
        for event in events:
            sock.sendall(conn.send(event))
        while answer is None:
            event = conn.next_event()
            if event is h11.NEED_DATA:
                conn.receive_data(sock.recv(65536))
            elif isinstance(event, h11.Response):
                answer = event.status_code
        return answer, conn


@pytest.mark.parametrize("fields, body, want", [
    ([("Transfer-Encoding", "chunked")], [b"a" * 10, b"b" * 70000], 405),
    ([("Content-Length", "3")], [b"abc"], 405),
    ([("Transfer-Encoding", "chunked")], [b"c" * 65536] * 16 + [b"d"],
     413)])
def test_h11_writes_a_body(server, fields, body, want):
    """In chunks with a trailer as with a length, up to the limit."""
    request = h11.Request(method="POST", target="/letters.txt",
                          headers=[("Host", "test"), *fields])
    trailer = [("X-Sum", "1")] if fields[0][1] == "chunked" else []
    answer, _ = h11_writes(server, request,
                           *(h11.Data(data=data) for data in body),
                           h11.EndOfMessage(headers=trailer))
    assert answer == want


def test_h11_waits_for_100(server):
    """It is told finally, does not send its body, and may not go on."""
    answer, conn = h11_writes(server, h11.Request(
        method="POST", target="/letters.txt",
        headers=[("Host", "test"), ("Content-Length", "5"),
                 ("Expect", "100-continue")]))
    assert answer == 405
    assert not conn.client_is_waiting_for_100_continue
    assert conn.their_state is not h11.DONE


def test_h11_reads_a_pipeline(server):
    """Every answer of a burst, and then the connection is closed."""
    some = ["GET", "304", "HEAD", "206", "404", "large", "OPTIONS", "405"]
    burst = [H11[n] for n in some] + [H11["close"]]
    data = b"".join(b[0] for b in burst)
    methods = [b[0].split(b" ")[0].decode() for b in burst]
    answers, state = h11_answers(server, data, methods)
    assert [a[0] for a in answers] == [b[1] for b in burst]
    assert state is h11.MUST_CLOSE
