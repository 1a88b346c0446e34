# SPDX-License-Identifier: MIT
"""What README and the Dockerfile's head tell who has docker or podman."""

import platform
import re

import pytest

import dockerd
from engine import CONFINED, PORT, TOP, example_of, run
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
