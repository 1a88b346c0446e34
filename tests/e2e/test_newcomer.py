# SPDX-License-Identifier: MIT
"""What somebody meets who tries it out: each mistake is one line that says what
to do, and on a terminal it says what comes next."""
import contextlib
import html
import os
import platform
import pty
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from harness import (BUILD, LISTENING, LOG_LINE, SCRATCHD, TOP, children, clean_env,
                     free_port, run)
from wire import RUNNER, TIMEOUT, fetch, wait_for

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="changes to another user")
# `make run` makes one site for all builds, which run beside each other.
HERE = pytest.mark.skipif(
    BUILD != TOP / "build" / platform.machine() or bool(RUNNER) or
    os.environ.get("CC") != "gcc", reason="make's affair, and once is enough")


def on_terminal(*argv, until, cwd=None):
    """Run a program whose standard error is a terminal; return what it says up
    to a text, or to its end."""
    ours, theirs = pty.openpty()
    said = b""
    with subprocess.Popen(argv, stdin=theirs, stdout=subprocess.DEVNULL,
                          stderr=theirs, cwd=cwd, env=clean_env(),
                          start_new_session=True,
                          preexec_fn=lambda: os.close(os.open(
                              os.ttyname(2), os.O_RDWR))) as proc:
        os.close(theirs)
        with contextlib.suppress(OSError):  # EIO: nobody has it open any more
            while until not in said and (piece := os.read(ours, 4096)):
                said += piece
        proc.terminate()
    os.close(ours)
    return said.decode().replace("\r\n", "\n")


def serve(*args, cwd):
    """What a server says at its start, on a terminal."""
    return on_terminal(*SCRATCHD, "--listen", "127.0.0.1:0", *args,
                       until=b"listening on", cwd=cwd)


NO_SITE = ("scratchd: no site here yet: make index.html, or name the site's "
           "directory: scratchd DIRECTORY\n")


def test_no_site(tmp_path):
    """One line, and only where it is true and somebody reads it."""
    assert serve(cwd=tmp_path).startswith(NO_SITE + "scratchd: start: ")
    assert serve("--list", "on", cwd=tmp_path).startswith("scratchd: start: ")
    (tmp_path / "index.html").write_text("hi\n")
    assert serve(cwd=tmp_path).startswith("scratchd: start: ")
    assert "make home.htm, or" in serve("--index", "home.htm", cwd=tmp_path)


def test_no_site_and_no_terminal(start, tmp_path):
    """A log is not told. (The harness takes no other lines than the usual.)"""
    start(cwd=tmp_path).stop()


def failure(*args, **kw):
    """The one line of a server that does not start."""
    done = run([*SCRATCHD, *args], **kw)
    assert done.returncode in (1, 2) and done.stdout == ""
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.quick
def test_root_does_not_exist(tmp_path):
    """ROOT has a name, and the name stands there."""
    assert failure("--listen", "127.0.0.1:0", str(tmp_path / "none")) == (
        f"scratchd: open {tmp_path}/none: ENOENT (no such file or directory): "
        "name the directory of the site\n")
    (tmp_path / "file").write_text("x")
    assert "ENOTDIR (not a directory): name the" in failure(
        "--listen", "127.0.0.1:0", str(tmp_path / "file"))


def test_port_in_use(start, tree):
    """Another one is there."""
    port = start(root=tree).address[1]
    for args in (("--listen", f"127.0.0.1:{port}"),
                 ("--listen", "127.0.0.1:0", "--metrics", f"127.0.0.1:{port}")):
        assert failure(*args, str(tree)).endswith(
            f"127.0.0.1:{port}: EADDRINUSE (address already in use): "
            "try another port\n")


@ROOT
def test_port_80_without_the_right(tree):
    """Who is not root takes another port."""
    first = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
    if first <= 80:
        pytest.skip("here everybody may")
    # What the right is is a capability, which root can do without, too.
    drop = ["setpriv", "--bounding-set=-net_bind_service",
            "--inh-caps=-net_bind_service"]
    done = subprocess.run([*drop, *SCRATCHD, "--listen", "127.0.0.1:80",
                           str(tree)],
                          capture_output=True, text=True, timeout=30,
                          env=clean_env(), check=False)
    assert (done.returncode, done.stderr) == (
        1, "scratchd: bind 127.0.0.1:80: EACCES (permission denied): "
        "ports below 1024 are root's; try another port\n")


@ROOT
def test_unreadable_file(start, public):
    """It is said once, however often it is asked for."""
    for name in ("a", "b"):
        (public / name).write_text("x")
        (public / name).chmod(0)
    server = start("--workers", "1", "--user", "65534", root=public,
                   errors_ok=True)
    for name in ("a", "a", "b"):
        assert server.get(f"/{name}").status == 403
    lines = server.stderr.read_text().splitlines()
    assert [line for line in lines if "EACCES" in line] == [
        "scratchd: open /a: EACCES (permission denied): chmod -R a+rX does it "
        "for a site"]


def test_bundle_of_no_scratchd(tree, tmp_path):
    """--base takes a scratchd."""
    for base in ("/bin/sh", __file__):
        assert failure("bundle", str(tree), "-o", str(tmp_path / "out"),
                       "--base", base).endswith(
            ": not a scratchd of this version, of any architecture\n")


@pytest.mark.quick
def test_bundle_of_no_site(tmp_path):
    """The same advice as for a server's ROOT."""
    (tmp_path / "file").write_text("x")
    for name, reason in (("none", "ENOENT (no such file or directory)"),
                         ("file", "ENOTDIR (not a directory)")):
        assert failure("bundle", str(tmp_path / name), "-o",
                       str(tmp_path / "out")) == (
            f"scratchd: bundle: open {tmp_path}/{name}: {reason}: "
            "name the directory of the site\n")


@ROOT
@pytest.mark.parametrize("what, call", [("a/x.txt", "open a/x.txt"),
                                        ("a", "read a")])
def test_bundle_of_what_is_unreadable(public, what, call):
    """Nothing is made without it."""
    (public / "a").mkdir()
    (public / "a").chmod(0o755)
    (public / "a" / "x.txt").write_text("x")
    (public / what).chmod(0)
    out = public / "out"
    out.mkdir(mode=0o777)
    out.chmod(0o777)
    # Where this tree is may be closed to the user.
    program = shutil.copy(BUILD / "scratchd", public)
    done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534",
                           "--clear-groups", *RUNNER, program, "bundle",
                           str(public), "-o", str(out / "b")],
                          capture_output=True, text=True, timeout=TIMEOUT,
                          env=clean_env(), check=False)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        1, f"scratchd: bundle: {call}: EACCES (permission denied): "
        "chmod -R a+rX does it for a site")
    assert not list(out.iterdir())


def test_bundle_for_another_machine(tree, tmp_path):
    """Which does not run here, where the kernel says ENOEXEC and no more. The
    summary says what is to be done; of the program's own kind it does not."""
    own = (BUILD / "scratchd").read_bytes()
    at = own.index(b"SCRATCHD-BUNDLE2") + 24
    here = own[at:at + 16].rstrip(b"\0")
    for machine, said in (
            (here.ljust(16, b"\0"), ""),
            ((here + b"el").ljust(16, b"\0"), here.decode() + "el"),
            (b"vax".ljust(16, b"\0"), "vax"),
            (b"no\nNUL".ljust(16, b"x"), "no\\x0aNULxxxxxxxxxx")):
        (tmp_path / "base").write_bytes(own[:at] + machine + own[at + 16:])
        done = run([*SCRATCHD, "bundle", str(tree), "-o",
                    str(tmp_path / "out"), "--base", str(tmp_path / "base")])
        assert done.returncode == 0
        assert done.stderr.endswith(
            f" bytes, for {said}: run it there, or by qemu-user\n"
            if said else " bytes\n"), done


@contextlib.contextmanager
def make_run(*args, stderr=subprocess.PIPE, **env):
    """`make run`, as on a machine that knows nothing of tests. In the end
    nothing of it is left."""
    env.update((name, value) for name, value in os.environ.items()
               if name in ("PATH", "HOME"))
    with subprocess.Popen(["make", "run", *args], cwd=TOP, env=env,
                          stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=stderr,
                          start_new_session=True) as made:
        try:
            yield made
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(made.pid, signal.SIGKILL)


@HERE
@pytest.mark.parametrize("target", ["run", "unit", "sim", "e2e", "e2e-quick"])
def test_without_qemu(target):
    """What runs programs of another machine says what is missing, before
    anything is built."""
    other = next(arch for arch in ("aarch64", "riscv64")
                 if not str(BUILD).endswith(arch))
    env = {name: os.environ[name] for name in ("PATH", "HOME")
           if name in os.environ}
    done = run(["make", "-s", target, f"ARCH={other}", "RUNNER=qemu-none"],
               cwd=TOP, env=env)
    assert (done.returncode, done.stdout) == (
        2, "make: there is no qemu-none: apt-get install qemu-user\n")


def find_program(pid, path):
    """Return the process id of a program, at pid or below it, or None."""
    with contextlib.suppress(FileNotFoundError):
        if os.readlink(f"/proc/{pid}/exe") == str(path):
            return pid
    return next(filter(None, (find_program(child, path)
                              for child in children(pid))), None)


@HERE
def test_run(tmp_path):
    """README's first command, where 8080 may be taken: it says where it is,
    shows its page, with the request that asked for it, and ends."""
    port = free_port()
    said = tmp_path / "stderr"
    with said.open("w") as stderr, \
            make_run(PORT=str(port), stderr=stderr) as made:

        def ports():
            assert made.poll() is None, \
                f"{made.communicate(timeout=TIMEOUT)[0]}{said.read_text()}"
            return LISTENING.findall(said.read_text())

        assert wait_for(ports, "the start line", 60) == [str(port)]
        before = said.read_text()
        address = ("127.0.0.1", port)
        page = fetch(address, "/?a=<b>", "User-Agent: somebody")
        assert page.status == 200
        assert b"<title>scratchd is running</title>" in page.body
        shown = html.unescape(page.body.decode())
        assert "GET /?a=<b> HTTP/1.1\nHost: test\nUser-Agent: somebody</" \
            in shown and b"<b>" not in page.body
        for path in ("/welcome/style.css", "/tour.html", "/calls.html"):
            assert fetch(address, path).status == 200
        os.kill(find_program(made.pid, BUILD / "welcome"), signal.SIGTERM)
        out, _ = made.communicate(timeout=TIMEOUT)
    assert (made.returncode, said.read_text()) == (0, before)
    log = [line for line in out.splitlines() if LOG_LINE.fullmatch(line.encode())]
    assert len(log) == 4 and '"GET /?a=<b> HTTP/1.1" 200' in log[0]


@HERE
def test_run_on_the_other_port():
    """PORT=nolibc is make's, and no port to listen on."""
    with make_run("-s", "PORT=nolibc", "RUNNER=printenv PORT",
                  "-o", f"build/{platform.machine()}-nolibc/welcome") as made:
        out, _ = made.communicate(timeout=60)
    assert out == "\n"


def test_bundle_shows_progress(tmp_path):
    """On a terminal, for a large site, in one line that is gone at the end."""
    site = tmp_path / "site"
    site.mkdir()
    for i in range(600):
        (site / f"{i}.txt").write_text(f"{i}\n")
    command = [*SCRATCHD, "bundle", str(site), "-o", str(tmp_path / "out")]
    quiet = run(command).stderr
    assert quiet.startswith("scratchd: bundle: ") and quiet.count("\n") == 1
    said = on_terminal(*command, until=b" bytes\r\n")
    shown, _, rest = said.partition("\x1b[K")
    assert rest == quiet
    assert shown == "".join(f"scratchd: bundle: {n} of 600 files, 0 MiB\r"
                            for n in (256, 512))
    for i in range(255, 600):
        (site / f"{i}.txt").unlink()
    assert on_terminal(*command, until=b" bytes\r\n").count("\r") == 0


def test_bundle_shows_progress_of_large_files(tmp_path):
    """Bytes count as well, within a file."""
    (tmp_path / "site").mkdir()
    for name, size in (("a", 150), ("b", 1)):
        (tmp_path / "site" / name).touch()
        os.truncate(tmp_path / "site" / name, size << 20)
    said = on_terminal(*SCRATCHD, "bundle", str(tmp_path / "site"), "-o",
                       str(tmp_path / "out"), until=b" bytes\r\n")
    (tmp_path / "out").unlink()
    shown, _, rest = said.partition("\x1b[K")
    assert shown == "".join(f"scratchd: bundle: {done} of 2 files, {mib} MiB\r"
                            for done, mib in ((0, 64), (0, 128)))
    assert rest.endswith(" bytes\n") and rest.count("\n") == 1
