# SPDX-License-Identifier: MIT
"""The sandbox: what the processes of a server can still do, and who they are.

planted.c stands for somebody who commands a worker.
"""
import ctypes
import errno
import os
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from harness import BUILD, SCRATCHD, clean_env, run
from wire import RUNNER, request, wait_for

ARCH = os.environ.get("ARCH", "x86_64")
# An emulator has neither seccomp nor landlock; a kernel might lack one.
NATIVE = pytest.mark.skipif(bool(RUNNER), reason="needs the kernel itself")
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
STRACE = pytest.mark.skipif(bool(RUNNER) or not shutil.which("strace"),
                            reason="needs strace and this machine's programs")
KILLED = "was killed by signal 31: the sandbox forbade a system call"
# Where compilers keep the guard of the stack in thread-local storage alone,
# which there is none of: SSP in the Makefile.
UNGUARDED = {"s390x": ("gcc", "clang"), "ppc64le": ("clang",),
             "ppc64": ("clang",), "ppc": ("clang",)}
# Errors that the kernel gives for what it does not have.
NO_SECCOMP = ("-e", "inject=seccomp:error=EINVAL")
NO_LANDLOCK = ("-e", "inject=landlock_create_ruleset:error=ENOSYS")


def strace(tmp_path, *inject):
    """A tracer that makes the kernel an older one."""
    return ["strace", "-f", "-qq", "-o", str(tmp_path / "trace"), "-e",
            "trace=seccomp,landlock_create_ruleset", *inject]


def landlock_version():
    """What the kernel has: syscalls(2) has no wrapper for it."""
    return ctypes.CDLL(None).syscall(444, None, 0, 1)


def status(pid):
    """Return /proc/PID/status: {name: words}."""
    text = Path(f"/proc/{pid}/status").read_text()
    return {name: value.split() for name, _, value in
            (line.partition(":") for line in text.splitlines())}


@pytest.fixture
def planted(start, tmp_path):
    """Start planted.c in its own root."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "inside").write_text("inside\n")

    def start_it(*args, **kw):
        return start("--workers", "2", *args, program="planted", root=root,
                     cwd=root, errors_ok=True, **kw)
    return start_it


@pytest.mark.quick
def test_start_line(server):
    """It says what there is; an emulator has nothing of it."""
    line = re.search("^scratchd: start: .*$", server.stderr.read_text(), re.M)
    want = "sandbox: no seccomp, no landlock" if RUNNER else \
        f"sandbox: seccomp, landlock {landlock_version()}"
    assert line[0].endswith("; " + want)


@NATIVE
def test_each_process_is_confined(server):
    """A filter for all, one more for workers, and no new rights."""
    wait_for(lambda: all(status(worker)["Seccomp_filters"] == ["2"]
                         for worker in server.workers()), "the filters")
    for pid in [server.pid, *server.workers()]:
        assert status(pid)["Seccomp"] == ["2"]
        assert status(pid)["NoNewPrivs"] == ["1"]
    assert status(server.pid)["Seccomp_filters"] == ["1"]


@NATIVE
def test_off(start, tree):
    """Nothing is restricted but new rights."""
    server = start("--sandbox", "off", "--workers", "1", root=tree)
    assert "; sandbox: off\n" in server.stderr.read_text()
    assert server.get("/probe.txt").body == b"probe\n"
    for pid in [server.pid, *server.workers()]:
        assert status(pid)["Seccomp"] == ["0"]
        assert status(pid)["NoNewPrivs"] == ["1"]


@pytest.mark.quick
def test_require(start, tree):
    """It starts with all of it, and not with less."""
    if not RUNNER:
        server = start("--sandbox", "require", root=tree)
        assert server.get("/probe.txt").body == b"probe\n"
        return
    done = run([*SCRATCHD, "--sandbox", "require", "--listen", "127.0.0.1:0",
                str(tree)])
    assert (done.returncode, done.stderr) == (
        1, "scratchd: --sandbox require: sandbox: no seccomp, no landlock\n")


@STRACE
@pytest.mark.parametrize("inject, found", [
    (NO_SECCOMP, f"no seccomp, landlock {landlock_version()}"),
    (NO_LANDLOCK, "seccomp, no landlock"),
    (NO_SECCOMP + NO_LANDLOCK, "no seccomp, no landlock")])
def test_older_kernel(start, tree, tmp_path, inject, found):
    """auto makes do with what there is, require does not."""
    tracer = strace(tmp_path, *inject)
    server = start("--workers", "1", root=tree, prefix=tracer)
    assert f"; sandbox: {found}\n" in server.stderr.read_text()
    assert server.get("/probe.txt").body == b"probe\n"
    done = run([*tracer, *SCRATCHD, "--sandbox", "require", "--listen",
                "127.0.0.1:0", str(tree)])
    assert (done.returncode, done.stderr) == (
        1, f"scratchd: --sandbox require: sandbox: {found}\n")


@NATIVE
@pytest.mark.parametrize("name", [
    "open", "execve", "socket", "connect", "mprotect", "mmap", "fork", "kill",
    "setresuid", "ioctl", "stray", "foreign"])
def test_planted_call(planted, name):
    """It is the worker's last, and the server goes on."""
    if name == "stray" and BUILD.name.endswith("-nolibc"):
        pytest.skip("nolibc has its instruction wherever a call is made")
    if name == "foreign" and ARCH != "x86_64":
        pytest.skip("a process of this machine has one set of calls")
    server = planted()
    with server.client() as client:
        client.send(request(f"/{name}"))
        client.expect_eof()
    wait_for(lambda: KILLED in server.stderr.read_text(), "the report")
    assert server.get("/inside").body == b"inside\n"


@pytest.mark.parametrize("name", ["beyond", "frame"])
def test_planted_fault(planted, name):
    """An index outside of its array, or a broken frame, is the worker's end."""
    compiler = "clang" if "clang" in os.environ.get("CC", "gcc") else "gcc"
    if name == "frame" and compiler in UNGUARDED.get(ARCH, ()):
        pytest.skip("a stack guard would need thread-local storage")
    if BUILD.name.startswith("loongarch64"):
        pytest.skip("clang's trap is an access to the address 0 there")
    server = planted("--sandbox", "off")
    with server.client() as client:
        client.send(request(f"/{name}"))
        client.expect_eof()
    # The instruction that traps, on s390x a comparison that does; a jump to
    # nowhere would be SIGSEGV.
    traps = f"{signal.SIGILL}|{signal.SIGTRAP}|{signal.SIGFPE}"
    wait_for(lambda: re.search(f"was killed by signal ({traps})\n",
                               server.stderr.read_text()), "the report")
    assert server.get("/inside").body == b"inside\n"


@NATIVE
@pytest.mark.parametrize("name, result", [
    ("open2", -errno.EACCES), ("open2-new", -errno.EACCES),
    ("open2-inside", 0)])
def test_files(planted, name, result):
    """openat2 may be called: what it opens is judged by landlock."""
    assert int(planted().get(f"/{name}").body) == result


@STRACE
@pytest.mark.parametrize("name, result", [
    ("open", -errno.EACCES), ("open2-new", -errno.EACCES),
    ("open2-inside", 0), ("connect", -errno.EACCES),
    ("execve", -errno.EACCES)])
def test_landlock_alone(planted, tmp_path, name, result):
    """Files outside of ROOT, new ones, programs and connections are out of
    reach without a filter as well."""
    server = planted(prefix=strace(tmp_path, *NO_SECCOMP))
    assert int(server.get(f"/{name}").body) == result


def tracer_of(pid):
    """Who traces a process; 0: nobody."""
    return int(status(pid)["TracerPid"][0])


@STRACE
@pytest.mark.parametrize("version, files, size, connect, kill", [
    (1, 0x1fff, "8", errno.ECONNREFUSED, 0),
    (2, 0x3fff, "8", errno.ECONNREFUSED, 0),
    (3, 0x7fff, "8", errno.ECONNREFUSED, 0), (4, 0x7fff, "16", errno.EACCES, 0),
    (5, 0xffff, "16", errno.EACCES, 0),
    (6, 0xffff, "24", errno.EACCES, errno.EPERM),
    (99, 0xffff, "24", errno.EACCES, errno.EPERM)])
def test_landlock_version(planted, tmp_path, version, files, size, connect, kill):
    """Of each version up to 6 all is asked for that it can forbid, and nothing
    that it does not know (Documentation/userspace-api/landlock.rst): of the
    fourth on no connections, of the sixth on no signals to the master. A tracer tells the
    master, and it alone, which one there is; when that has gone, another sees
    what new workers ask for."""
    if landlock_version() < min(version, 6):
        pytest.skip(f"needs a kernel with version {version}")
    server = planted(prefix=[
        "strace", "-D", "-I", "2", "-qq", "-o", "/dev/null", "-e",
        "trace=seccomp,landlock_create_ruleset", "-e",
        f"inject=landlock_create_ruleset:retval={version}", *NO_SECCOMP])
    assert f"; sandbox: no seccomp, landlock {version}\n" in server.stderr.read_text()
    assert int(server.get("/connect").body) == -connect
    assert int(server.get("/kill").body) == -kill
    assert int(server.get("/open2-new").body) == -errno.EACCES
    assert int(server.get("/open2-inside").body) == 0
    os.kill(tracer_of(server.pid), signal.SIGTERM)
    wait_for(lambda: not tracer_of(server.pid), "the end of a tracer")

    def seen():
        return "".join(p.read_text() for p in tmp_path.glob("seen.*"))

    # A file for each process: their lines do not interrupt each other.
    with subprocess.Popen([
            "strace", "-ff", "-qq", "-X", "raw", "-o", tmp_path / "seen", "-e",
            "trace=landlock_create_ruleset", "-p", str(server.pid)]) as tracer:
        try:
            wait_for(lambda: tracer_of(server.pid), "another tracer")
            server.reload()
            wait_for(lambda: seen().count("\n") == 2, "both workers")
        finally:
            tracer.terminate()
    asked = re.findall(r"\(\{handled_access_fs=(\w+).*\}, (\d+), 0\)",
                       seen())
    assert len(asked) == 2
    assert set(asked) == {(hex(files), size)}


@NATIVE
def test_planted_calls_are_sound(planted):
    """Without the sandbox each of them does something."""
    server = planted("--sandbox", "off")
    results = {name: int(server.get(f"/{name}").body) for name in (
        "open", "open2", "open2-new", "socket", "connect", "mprotect", "mmap",
        "fork", "kill", "ioctl", "stray")}
    assert results.pop("connect") == -errno.ECONNREFUSED
    assert results.pop("stray") == -errno.EBADF
    assert results.pop("ioctl") in (0, -errno.ENOTTY)
    assert set(results.values()) == {0}


@NATIVE
@pytest.mark.skipif(ARCH != "x86_64", reason="i386's calls, from x86_64")
def test_foreign_call_is_sound(planted):
    """Without the sandbox it is made; where the kernel has no such calls, the
    instruction is a fault."""
    server = planted("--sandbox", "off")
    with server.client() as client:
        client.send(request("/foreign"))
        if not client.fill():
            assert "was killed by signal 11\n" in server.stderr.read_text()
            pytest.skip("this kernel has no calls of i386")
        assert int(client.response().body) == -errno.EBADF


@NATIVE
@ROOT
@pytest.mark.parametrize("user, uid, gid", [
    ("12345", "12345", "12345"), ("12345:23456", "12345", "23456")])
def test_user(start, public, user, uid, gid):
    """Master and workers are who --user says, and in no other group; what
    they had as root is bound."""
    server = start("--user", user, "--workers", "2", root=public,
                   extra_groups=[4, 5])
    assert server.get("/page.txt").body == b"page\n"
    for pid in [server.pid, *server.workers()]:
        got = status(pid)
        assert got["Uid"] == [uid] * 4
        assert got["Gid"] == [gid] * 4
        assert got["Groups"] == []
        assert set(got["CapPrm"] + got["CapEff"]) == {"0" * 16}


@NATIVE
@ROOT
def test_user_stays(start, public):
    """There is no way back, without a sandbox either."""
    server = start("--user", "12345", "--sandbox", "off", program="planted",
                   root=public)
    assert int(server.get("/setresuid").body) == -errno.EPERM


def is_free(port):
    """Whether one could listen there."""
    with socket.socket() as trial:
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@NATIVE
@ROOT
def test_user_binds_first(start, public):
    """A port that is root's alone; a new worker has it, too."""
    port = next(p for p in range(700, 1000) if is_free(p))
    server = start("--user", "12345", "--workers", "1",
                   listen=f"127.0.0.1:{port}", root=public)
    server.signal(signal.SIGHUP)
    wait_for(lambda: "reload: new" in server.stderr.read_text(), "new ones")
    assert server.get("/page.txt").body == b"page\n"


@ROOT
def test_user_cannot_open_root(public):
    """What SIGHUP would need is needed at the start."""
    root = public / "private"
    root.mkdir(0o700)
    done = run([*SCRATCHD, "--user", "12345", "--listen", "127.0.0.1:0",
                str(root)])
    assert done.returncode == 1
    assert done.stderr == \
        f"scratchd: open {root}: EACCES (permission denied): chmod -R a+rX " \
        "does it for a site\n"


@NATIVE
@ROOT
@pytest.mark.parametrize("user", ["23456", "12345"])
def test_user_is_not_permitted(public, user):
    """Nobody but root becomes somebody: one line, and no server."""
    program = public / "scratchd"
    shutil.copy(BUILD / "scratchd", program)
    done = run([str(program), "--user", user, "--listen", "127.0.0.1:0",
                str(public)], user=12345, group=12345, extra_groups=[])
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"scratchd: setgroups for --user: EPERM \(.*\)\n",
                        done.stderr), done.stderr


@STRACE
@ROOT
@pytest.mark.parametrize("call", ["setresgid", "setresuid"])
def test_user_is_verified(public, tmp_path, call):
    """A call that claims to have worked is not believed."""
    done = run(["strace", "-qq", "-o", str(tmp_path / "trace"), "-e",
                f"trace=/^{call}(32)?$", "-e",
                f"inject=/^{call}(32)?$:retval=0", *SCRATCHD,
                "--user", "12345", "--listen", "127.0.0.1:0", str(public)],
               env=clean_env())
    assert done.returncode == 1
    assert "for --user: EPERM" in done.stderr
