# SPDX-License-Identifier: MIT
"""make TRACE=1: each system call, as strace would show it."""
import os
import re
import shutil
import signal
import subprocess
import time

import pytest

import trace
import trace_qemu
from harness import BUILD, HELLO, SCRATCHD, can_bind, clean_env, run
from wire import RUNNER, TIMEOUT, Client, request, wait_for

pytestmark = pytest.mark.quick
strace = pytest.mark.skipif(bool(RUNNER) or not shutil.which("strace"),
                            reason="strace sees the emulator's calls")
qemu = pytest.mark.skipif(not RUNNER or "qemu-" not in RUNNER[0]
                          or not shutil.which("strace"),
                          reason="no QEMU whose processes strace tells apart")

FORM = (b"POST /form HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"
        b"User-Agent: curl/7.88.1\r\nAccept: */*\r\nContent-Length: 8\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\nname=you")

# Of a large file.
END = 5 << 30

# Of a small file, on a connection that is kept: the second request for it.
REQUEST = ["epoll_pwait", "clock_gettime", "recvfrom", "statx", "sendto",
           "write"]


@pytest.fixture(scope="module", autouse=True)
def traced():
    """The programs that trace."""
    trace.build()


def strace_to(folder):
    """Return the command of a strace that writes a file for each process."""
    folder.mkdir()
    return ["strace", "-ff", "-qq", "-o", str(folder / "strace")]


def run_hello(folder, prefix=()):
    """Answer one form, and return what was said on standard error."""
    with open(folder / "out", "wb") as out, open(folder / "err", "wb") as err:
        proc = subprocess.Popen(
            [*prefix, *trace.program("hello"), "127.0.0.1:0"],
            stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=clean_env(),
            start_new_session=True)
    try:
        port = wait_for(lambda: re.search(
            r":(\d+)\n", (folder / "out").read_text()), "its address")[1]
        with Client(("127.0.0.1", int(port))) as client:
            client.send(FORM)
            client.head()
        wait_for(lambda: "close(4)" in (folder / "err").read_text(),
                 "the end of the connection")
    finally:
        os.killpg(proc.pid, signal.SIGTERM)
        proc.wait(TIMEOUT)
    return (folder / "err").read_text()


def same(traced, seen):
    """Assert that both have the same processes with the same calls."""
    assert sorted(traced) == sorted(seen)
    for pid, calls in seen.items():
        # A call that a signal ends has no line.
        lines = [c for c in calls if not c.endswith("<unfinished ...>")
                 and " = ? ERESTART" not in c]
        assert traced[pid] == lines


@strace
def test_hello_beside_strace(tmp_path):
    """The same calls with the same arguments and results."""
    text = run_hello(tmp_path, strace_to(tmp_path / "log"))
    seen = trace.by_strace(tmp_path / "log")
    same(trace.by_trace(text), seen)
    assert len(next(iter(seen.values()))) > 15


def readme_calls():
    """The calls that README's "hello, call by call" shows."""
    text = (trace.TOP / "README.md").read_text()
    part = text.split("## hello, call by call")[1].split("\n## ")[0]
    blocks = re.findall(r"^```\n(.*?)^```", part, re.M | re.S)
    return [trace.plain(line) for block in blocks
            for line in block.splitlines()]


def without_numbers(line):
    """A call without what is another number each time, and without the flag
    that machines of 64 bits do not need."""
    line = line.replace("|O_LARGEFILE", "")
    line = re.sub(r"0x[0-9a-f]{6,}", "PLACE", line)
    line = re.sub(r"(mprotect\(PLACE, )\d+", r"\1SIZE", line)
    line = re.sub(r"tv_(n?sec)=\d+", r"tv_\1=N", line)
    line = re.sub(r"htons\(\d+\)", "htons(N)", line)
    # The kernel may tell of the client's end a moment before it calls it so.
    line = line.replace("revents=POLLIN|POLLHUP", "revents=POLLIN")
    # A set of signals: MIPS has twice as many.
    line = re.sub(r"((?:rt_sigprocmask|ppoll)\(.*, )16\) =", r"\g<1>8) =", line)
    return re.sub(r'(write\(1, "hello: listening on 127.0.0.1:).*', r"\1",
                  line)


def test_hello_in_readme(tmp_path):
    """README's "hello, call by call" is what happens, on every machine."""
    calls, = trace.by_trace(run_hello(tmp_path)).values()
    shown = readme_calls()
    assert shown[0].startswith("execve(")
    assert shown[-1] == "accept4(3, NULL, NULL, 0) = ..."
    assert [without_numbers(c) for c in calls] \
        == [without_numbers(c) for c in shown[1:-1]]


def site(folder, name="quote\"d \x01\x017"):
    """A site in folder, with a file of that name."""
    root = folder / "root"
    (root / "dir").mkdir(parents=True)
    (root / "small").write_bytes(b"hello, world\n")
    (root / "large").write_bytes(b"x" * 100000)
    (root / "dir" / name).write_bytes(b"y")
    return root


def drive(server):
    """Ask for something of each kind, and wait for the log."""
    ask(server)
    wait_for(lambda: len(server.log()) == 9, "the log")


def ask(server):
    """Ask for something of each kind."""
    with server.client() as client:
        for target in ("/small", "/small", "/large", "/missing", "/dir/"):
            client.get(target)
        client.send(request("/small") * 3)
        for _ in range(3):
            assert client.response().status == 200
        client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
                    "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        client.response()


def start_traced(start, root, **kw):
    """Start a scratchd that traces."""
    return start("--workers", "1", "--list", "on", *kw.pop("args", ()),
                 root=root, program=f"../{trace.TRACED.name}/scratchd",
                 errors_ok=True, **kw)


@strace
def test_scratchd_beside_strace(start, tmp_path):
    """Master and worker, from the first call to the last, in the sandbox."""
    server = start_traced(start, site(tmp_path), args=[
        "--listen", f"unix:{tmp_path}/socket",
        *["--listen", "[::1]:0"] * can_bind("::1")],
        prefix=strace_to(tmp_path / "log"))
    drive(server)
    server.stop()
    text = server.stderr.read_text()
    assert "sandbox: seccomp, landlock " in text
    traced = trace.by_trace(text)
    assert len(traced) == 2
    same(traced, trace.by_strace(tmp_path / "log"))


@strace
def test_bundle_beside_strace(tmp_path):
    """What makes files has other calls."""
    folder = tmp_path / "log"
    command = [*trace.program("scratchd"), "bundle"]
    done = run([*strace_to(folder), *command, str(site(tmp_path)), "-o",
                str(tmp_path / "made")])
    assert done.returncode == 0, done
    same(trace.by_trace(done.stderr), trace.by_strace(folder))


def check_unseen(text):
    """Assert what QEMU does not show: what is behind pointers, and on s390x
    what is in mmap's block of arguments."""
    assert re.search(r'statx\(\d+, "", [^{]*\{stx_mask=.*, stx_mode=S_IFREG'
                     r"\|0\d{3}, stx_size=100000, \.\.\.\}\) +=", text)
    assert ":0001\", &sin6_addr)" in text or not can_bind("::1")
    for arguments in re.findall(r"mmap\((.*)\) +=", text):
        assert re.fullmatch(r"NULL, \d{7,}, PROT_READ\|PROT_WRITE, "
                            r"MAP_(SHARED|PRIVATE)\|MAP_ANONYMOUS"
                            r"\|MAP_NORESERVE, -1, 0", arguments)
    kept = set(re.findall(r"EPOLL_CTL_ADD, \d+, \{events=\w.*?, (data=\{.*?\})",
                          text))
    assert kept.issuperset(re.findall(r"\{events=EPOLL\w+, (data=\{.*?\})",
                                      text))
    data = [int(number).to_bytes(8, trace_qemu.ORDER)
            for number in re.findall(r"u32=\d+, u64=(\d+)", text)]
    assert [int(number) for number in re.findall(r"\{u32=(\d+)", text)] \
        == [int.from_bytes(d[:4], trace_qemu.ORDER) for d in data]


@qemu
def test_scratchd_beside_qemu(start, tmp_path):
    """Master and worker as QEMU decodes them, and a position in a file that
    needs more than 32 bits."""
    root = site(tmp_path, "plain")
    with open(root / "sparse", "wb") as file:
        file.truncate(END)
    prefix, env = trace_qemu.watch(tmp_path / "log")
    server = start_traced(start, root, prefix=prefix, env=env, args=[
        "--listen", f"unix:{tmp_path}/socket",
        *["--listen", "[::1]:0"] * can_bind("::1")])
    drive(server)
    with server.client() as client:
        assert client.get("/sparse", "Range: bytes=-1000").status == 206
    server.stop()
    text = server.stderr.read_text()
    traced = trace.by_trace(text)
    assert len(traced) == 2
    trace_qemu.same(traced, trace_qemu.by_qemu(tmp_path / "log"))
    assert f"[{END - 1000}] => [{END}], 1000) = 1000 <" in text
    check_unseen(text)


@qemu
def test_log_beside_qemu(start, tmp_path):
    """A log that is a pipe has calls of its own."""
    prefix, env = trace_qemu.watch(tmp_path / "log")
    reader, writer = os.pipe()
    with open(reader, "rb") as log:
        with open(writer, "wb") as pipe:
            server = start_traced(start, site(tmp_path, "plain"),
                                  prefix=prefix, env=env, stdout=pipe)
        ask(server)
        server.stop()
        assert len(log.read().splitlines()) == 9
    text = server.stderr.read_text()
    trace_qemu.same(trace.by_trace(text),
                    trace_qemu.by_qemu(tmp_path / "log"))
    assert re.search(r'pwritev2\(1, \[\{iov_base="127.*, iov_len=\d+\}\], 1, '
                     r"-1, RWF_NOWAIT\) = ", text)


@qemu
def test_bundle_beside_qemu(tmp_path):
    """Positions of 64 bits are where a machine has them."""
    prefix, env = trace_qemu.watch(tmp_path / "log")
    done = run([*prefix, *trace.program("scratchd"), "bundle",
                str(site(tmp_path, "plain")), "-o", str(tmp_path / "made")],
               env=env)
    assert done.returncode == 0, done
    traced = trace.by_trace(done.stderr)
    trace_qemu.same(traced, trace_qemu.by_qemu(tmp_path / "log"))
    calls, = traced.values()
    large = re.findall(r'pread64\(\d+, "x.*, 65536, (\d+)\) = (\d+)',
                       "\n".join(calls))
    assert large == [("0", "65536"), ("65536", "34464")]


def test_request(start, tmp_path):
    """A request's calls, on every machine: they are as many as the table of
    test_calls.py has, which is made with strace."""
    root = site(tmp_path)
    # What has just been written is not kept by the cache.
    wait_for(lambda: time.time() - os.stat(root / "small").st_ctime > 0.05,
             "a file that is not new")
    server = start_traced(start, root)
    with server.client() as client:
        for _ in range(4):
            client.get("/small")
    server.stop()
    worker = max(trace.by_trace(server.stderr.read_text()).items())[1]
    names = [trace.name_of(line) for line in worker]
    turns = " ".join(names).split("epoll_pwait")
    assert " ".join(REQUEST[1:]) in [turn.strip() for turn in turns], turns
    answer = [line for line in worker if line.startswith("recvfrom(")][1]
    assert re.match(r'recvfrom\(\d+, "GET /small HTTP/1\.1\\r\\nHost: \w+'
                    r'[^"]*"\.*, \d+, MSG_DONTWAIT, NULL, NULL\) = \d+$',
                    answer)


def test_option():
    """--trace is understood: by a build that traces, which does so anyway;
    and any other says where there is one."""
    done = run([*SCRATCHD, "--trace"])
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"scratchd: option: '--trace': this build holds no "
                        r"trace; make TRACE=1 .*\n", done.stderr)
    done = run([*trace.program("scratchd"), "--trace", "--help"])
    assert done.returncode == 0
    assert "exit_group(0)" in done.stderr


@pytest.mark.parametrize("name", ["hello", "scratchd"])
def test_no_trace_by_default(name):
    """The program that ships has none of it."""
    texts = [b"EPOLL_CTL_ADD", b"O_CLOEXEC", b"sa_family", b"iov_base"]
    shipped = (BUILD / name).read_bytes()
    traced = (trace.TRACED / name).read_bytes()
    for text in texts:
        assert text in traced
        assert text not in shipped
    assert b"trace_put" not in (BUILD / f"{name}.debug").read_bytes()
