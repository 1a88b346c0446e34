# SPDX-License-Identifier: MIT
"""The command line and the environment."""
import re
import socket

import pytest

from harness import SCRATCHD, clean_env, free_port, run
from wire import wait_for

OPTIONS = ["listen", "workers", "access-log", "max-connections", "max-body",
           "max-header", "header-timeout", "body-timeout", "write-timeout",
           "keepalive-timeout", "grace", "index", "list", "spa",
           "clean-urls", "dotfiles", "symlinks", "health-path", "env-js", "metrics",
           "trusted-proxy", "user", "sandbox", "help", "version"]


def refused(done, *words):
    """Assert that a start was refused: one line, status 2."""
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert done.stderr.startswith("scratchd: "), done
    assert done.stderr.count("\n") == 1 and done.stderr.endswith("\n"), done
    for word in words:
        assert word in done.stderr, done


@pytest.mark.quick
@pytest.mark.parametrize("option, value", [
    ("--workers", "x"), ("--workers", "0"), ("--workers", "-1"),
    ("--workers", ""), ("--workers", "2x"), ("--workers", " 2"),
    ("--workers", "99999999999999999999"), ("--workers", "1000000"),
    ("--max-connections", "0"), ("--max-connections", "1e3"),
    ("--max-body", "-1"), ("--max-body", "18446744073709551616"),
    ("--max-header", "0"), ("--max-header", "x"),
    ("--header-timeout", "0"), ("--body-timeout", "1.5"),
    ("--write-timeout", "x"), ("--keepalive-timeout", "0"),
    ("--grace", "0"), ("--grace", "99999999999999999999"),
    ("--access-log", "xml"), ("--access-log", ""),
    ("--listen", "nonsense"), ("--listen", "127.0.0.1:"),
    ("--listen", "127.0.0.1:99999"), ("--listen", "127.0.0.1:x"),
    ("--listen", "256.0.0.1:80"), ("--listen", "1.2.3:80"),
    ("--listen", "127.0.0.1:80:90"), ("--listen", ""),
    ("--index", "a/b"), ("--index", ""), ("--spa", "../x"),
    ("--spa", ".x"), ("--clean-urls", "yes"), ("--list", "On"),
    ("--dotfiles", ""), ("--symlinks", "on"), ("--sandbox", "on"),
    ("--user", ""), ("--user", "0"), ("--user", "1:0"), ("--user", "www"),
    ("--user", "1:"), ("--user", ":1"), ("--user", "1:2:3"),
    ("--user", "4294967295"), ("--user", "1:4294967295")])
def test_wrong_value(option, value):
    """One line that names option, value and reason."""
    done = run([*SCRATCHD, option, value, "."])
    refused(done)
    want = rf"scratchd: {option}: '{re.escape(value)}': \S.*\n"
    assert re.fullmatch(want, done.stderr), done.stderr


@pytest.mark.parametrize("args, word", [
    (["--nosuch"], "--nosuch"), (["-z"], "-z"), (["--nosuch=1"], "--nosuch"),
    (["--worker", "1"], "--worker"), (["--workers"], "--workers"),
    (["-w"], "-w"), (["-w", "x"], "'x'"), (["--help=1"], "--help"),
    ([".", "two"], "two")])
def test_wrong_usage(args, word):
    """Unknown options, missing values, too many arguments."""
    refused(run([*SCRATCHD, *args]), word)


def test_wrong_value_is_shown_safely():
    """A control byte of the command line does not reach the terminal."""
    done = run([*SCRATCHD, "--workers", "\x1b[31m\n2"])
    refused(done)
    assert "\x1b" not in done.stderr


@pytest.mark.quick
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help(option):
    """Every option and its variable, on stdout."""
    done = run([*SCRATCHD, option])
    assert (done.returncode, done.stderr) == (0, "")
    for name in OPTIONS:
        assert re.search(rf"--{name}\b", done.stdout), name
    assert "SCRATCHD_" in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) <= 80


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_version(option):
    """Name and version, on stdout."""
    done = run([*SCRATCHD, option])
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"scratchd \d+\.\d+\S*\n", done.stdout)


@pytest.mark.parametrize("root, name", [
    ("/nonexistent", "ENOENT"), ("/etc/passwd", "ENOTDIR")])
def test_unusable_root(root, name):
    """A failure of the kernel: the call, what it was about, the errno."""
    done = run([*SCRATCHD, "--listen", "127.0.0.1:0", root])
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert re.fullmatch(rf"scratchd: \w+ {root}: {name} \(.+\): name .+\n",
                        done.stderr)


def test_address_of_nobody():
    """An address that this machine does not have (RFC 5737)."""
    done = run([*SCRATCHD, "--listen", "192.0.2.1:0", "."])
    assert done.returncode == 1
    assert re.fullmatch(r"scratchd: bind 192\.0\.2\.1:0: EADDRNOTAVAIL "
                        r"\(.+\)\n", done.stderr)


@pytest.mark.quick
@pytest.mark.parametrize("args", [
    ["-l", "127.0.0.1:0"], ["--listen=127.0.0.1:0"],
    ["--listen", "127.0.0.1:0", "-w", "1"],
    ["--listen", "127.0.0.1:0", "--"]])
def test_spellings(start, tree, args):
    """Short and long, with a space and with an equals sign, and `--`."""
    server = start(*args, root=tree, listen=None)
    assert server.get("/probe.txt").status == 200


def test_root_before_options(start, tree):
    """The order is free."""
    server = start(str(tree), "--workers", "1", "--listen", listen=None,
                   root="127.0.0.1:0")
    assert server.get("/probe.txt").status == 200


def test_two_addresses(start, tree):
    """--listen may be repeated."""
    server = start("--listen", "127.0.0.1:0", root=tree)
    wait_for(lambda: len(server.find_ports()) == 2, "both start lines")
    for port in server.find_ports():
        server.address = ("127.0.0.1", port)
        assert server.get("/probe.txt").status == 200


@pytest.mark.quick
def test_environment(start, tree):
    """An option's variable does what the option does."""
    server = start(root=tree, listen=None, env=clean_env(
        SCRATCHD_LISTEN="127.0.0.1:0", SCRATCHD_WORKERS="3",
        SCRATCHD_MAX_BODY="10", SCRATCHD_INDEX="page.html",
        SCRATCHD_ACCESS_LOG="off", SCRATCHD_KEEPALIVE_TIMEOUT="1"))
    wait_for(lambda: len(server.workers()) == 3, "three workers")
    assert server.get("/docs/").body == b"page\n"
    with server.client() as client:
        assert client.get("/probe.txt").status == 200
        client.expect_eof()
    with server.client() as client:
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n")
        assert client.response().status == 413
    server.stop()
    assert server.log() == []


def listens(port):
    """Whether somebody takes connections at a port."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.quick
def test_command_line_wins(start, tree):
    """Over its own variable, and SCRATCHD_LISTEN over PORT."""
    port, other = free_port(), free_port()
    server = start("--workers", "1", root=tree, env=clean_env(
        SCRATCHD_WORKERS="3", SCRATCHD_LISTEN=f"127.0.0.1:{other}",
        PORT=str(port)))
    assert len(server.workers()) == 1
    assert len(server.ports) == 1 and server.ports[0] not in (port, other)
    assert server.get("/probe.txt").status == 200
    assert not listens(port) and not listens(other)
    second = start(root=tree, listen=None, env=clean_env(
        SCRATCHD_LISTEN=f"127.0.0.1:{other}", PORT=str(port)))
    assert second.ports == [other]
    assert second.get("/probe.txt").status == 200
    assert not listens(port)


@pytest.mark.quick
def test_port_variable(start, tree):
    """PORT is the port to listen on where nothing else says so, or a whole
    address."""
    port = free_port()
    for value in (str(port), f"127.0.0.1:{port}"):
        server = start(root=tree, listen=None, env=clean_env(PORT=value))
        assert server.ports == [port]
        assert server.get("/probe.txt").body == b"probe\n"
        done = run([*SCRATCHD, str(tree)], env=clean_env(PORT=value))
        assert done.returncode == 1
        assert re.search(rf"bind \S*:{port}: EADDRINUSE", done.stderr)
        server.stop()
    refused(run([*SCRATCHD, str(tree)], env=clean_env(PORT="x")),
            "PORT", "'x'")


@pytest.mark.parametrize("name, value", [
    ("SCRATCHD_WORKERS", "x"), ("SCRATCHD_LISTEN", "y"),
    ("SCRATCHD_GRACE", "0"), ("SCRATCHD_ACCESS_LOG", "xml")])
def test_wrong_variable(name, value):
    """A wrong value names the variable it came from."""
    refused(run([*SCRATCHD, "."], env=clean_env(**{name: value})),
            name, f"'{value}'")


def test_unknown_variables_are_ignored(start, tree):
    """Kubernetes sets such for a service that is called scratchd."""
    server = start(root=tree, env=clean_env(
        SCRATCHD_PORT="tcp://10.0.0.1:80", SCRATCHD_SERVICE_HOST="10.0.0.1",
        SCRATCHD_HELP="1", SCRATCHD_="", SCRATCHDWORKERS="x"))
    assert server.get("/probe.txt").status == 200


def test_root_folder_is_not_served_by_chance():
    """In "/" the default of ROOT would publish the whole machine."""
    refused(run([*SCRATCHD, "--listen", "127.0.0.1:0"], cwd="/"))


def test_root_folder_by_name(start):
    """Whoever says "/" means it."""
    server = start(root="/", cwd="/")
    assert server.get("/nosuch").status == 404


def test_wrong_variable_that_nobody_needs(start, tree):
    """--help helps nevertheless, and the command line wins."""
    env = clean_env(SCRATCHD_MAX_BODY="1M")
    refused(run([*SCRATCHD, "."], env=env), "SCRATCHD_MAX_BODY", "'1M'")
    done = run([*SCRATCHD, "--help"], env=env)
    assert (done.returncode, done.stderr) == (0, "")
    server = start("--max-body", "5", root=tree, env=env)
    with server.client() as client:
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n")
        assert client.response().status == 413
