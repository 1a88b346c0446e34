# SPDX-License-Identifier: MIT
"""What README and the Dockerfile's head tell who has docker or podman."""

import platform
import re
import subprocess
import time
from contextlib import contextmanager

import pytest

import dockerd
from engine import CONFINED, PORT, TOP, Process, example_of, run
from test_container import SITE, assert_serves_site

README = (TOP / "README.md").read_text()
COMMANDS = [line.split() for line in re.findall(
    r"\b(?:docker|podman) ((?:build|run) [^`\n]+)",
    README + (TOP / "Dockerfile").read_text().split("FROM ")[0].replace('"', ""))]
RIGHTS = " ".join(re.search(r"`(--read-only [^`]+)`", README)[1].split())


@pytest.mark.parametrize("words", [*COMMANDS, ["run", *RIGHTS.split()]], ids=" ".join)
def test_options(words):
    """docker and podman know each of them."""
    for program in dockerd.client() or "docker", "podman":
        known = run(program, words[0], "--help")
        for option in words:
            name = re.escape(option.split("=")[0])
            assert not option.startswith("-") or re.search(
                rf"^ +(-\w, )?{name}[, ]", known, re.M), (program, option)


def test_site_is_mounted(start, image):
    """As README runs it; the port is the one that it listens on."""
    words = next(words for words in COMMANDS if words[0] == "run" and "-v" in words)
    assert words[-1] == "scratchd"
    assert words[words.index("-p") + 1].split(":")[1] == str(PORT)
    mount = words[words.index("-v") + 1].replace("/path/to/site", str(SITE))
    assert_serves_site(start(image, "-v", mount))


def test_rights():
    """The tests take away what README says it does without."""
    for option in RIGHTS.replace("-opt ", "-opt=").split():
        assert option in CONFINED


def test_bundle_alone(start, engine, tmp_path):
    """The Dockerfile's example of a bundle: one file, and a user by number."""
    program = TOP / "build" / platform.machine() / "scratchd"
    run(program, "bundle", str(SITE), "-o", str(tmp_path / "www"))
    (tmp_path / "Dockerfile").write_text(example_of("FROM scratch\n"))
    engine.build(tmp_path, "localhost/scratchd-bundle:test")
    container = start("localhost/scratchd-bundle:test")
    assert_serves_site(container)
    assert container.status()["Uid"] == ["65534"] * 4


# A network of the test's own stands for the host's: its port 8080 is free, and
# the bridge and the rules that podman makes are gone with it.
HOST = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
# Where podman's own limits are above the hard ones it does not start.
LIMITS = ["--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024", "--timeout=300"]


def lacking():
    """What a port that is published needs of a machine and this one does not grant."""
    found = []
    for command in (["true"], ["ip", "link", "add", "bridge0", "type", "bridge"],
                    ["ip", "link", "add", "one", "type", "veth", "peer", "name", "two"],
                    ["iptables", "--table", "nat", "--list"],
                    ["sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"]):
        done = subprocess.run([*HOST, *command], capture_output=True, text=True, timeout=60,
                              check=False, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            found.append(f"{' '.join(command)}: {done.stderr.strip()}")
    return found


@contextmanager
def as_written(engine, words, log):
    """podman in the foreground, as a user runs it, until SIGTERM."""
    with log.open("w") as output:
        podman = subprocess.Popen([*HOST, *engine.command, words[0], *LIMITS, *words[1:]],
                                  stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + 60
        while "listening on" not in log.read_text():
            if podman.poll() is not None or time.monotonic() > deadline:
                reasons = lacking()
                if reasons:
                    pytest.skip(f"no port is published here: {'; '.join(reasons)}: "
                                f"{log.read_text()}")
                pytest.fail(f"podman lacks nothing, and says {log.read_text()}")
            time.sleep(0.02)
        yield Process(podman.pid, log.read_text)
    finally:
        podman.terminate()
        ended = podman.wait(60)
    assert ended == 0, log.read_text()


def test_two_commands(engine, bundled, tmp_path):
    """README's second command runs what its first one made, and the host has its port."""
    assert bundled
    command = "podman run --rm -p 8080:8080 www"
    assert f"\n{command}\n" in README
    with as_written(engine, command.split()[1:], tmp_path / "log") as host:
        assert_serves_site(host)
        assert engine.podman("ps", "--format={{.Ports}}") == "0.0.0.0:8080->8080/tcp"
    assert engine.podman("ps", "--all", "--quiet", "--filter=ancestor=www") == ""
