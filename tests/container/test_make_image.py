# SPDX-License-Identifier: MIT
"""`make image` where something is wrong, with what stands in for make and buildah."""

import os
import platform
import subprocess

import pytest

from engine import TOP

HOST = platform.machine()
SCRIPT = TOP / "src" / "deploy" / "image"
# Root as one whom the modes of files stop, too.
MORTAL = ["setpriv", "--bounding-set=-dac_override,-dac_read_search",
          "--inh-caps=-dac_override,-dac_read_search"]


class Stage:
    """A directory with a program to pack, and commands that only say what they were asked."""

    def __init__(self, root):
        self.root = root
        (root / "build" / HOST).mkdir(parents=True)
        (root / "build" / HOST / "scratchd").write_bytes(b"program")
        (root / "Dockerfile").write_text("FROM scratch\n")
        (root / "bin").mkdir()
        self.calls = root / "calls"
        self.calls.touch()
        self.command("make", f'case $2 in print-BUILD) echo build/{HOST} ;; print-*) echo {HOST} ;; esac')
        self.command("buildah", "")

    def command(self, name, script):
        """Put a command before those of the machine."""
        path = self.root / "bin" / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >>{self.calls}\n{script}\n')
        path.chmod(0o755)

    def image(self, site="", prefix=()):
        """Run the script; return its status and what it writes."""
        done = subprocess.run(
            [*prefix, SCRIPT], cwd=self.root, capture_output=True, text=True, timeout=60,
            check=False, stdin=subprocess.DEVNULL,
            env={"PATH": f"{self.root}/bin:{os.environ['PATH']}", "SITE": str(site)})
        return done.returncode, done.stdout, done.stderr


@pytest.fixture(name="stage")
def fixture_stage(tmp_path):
    """A stage of its own for each test."""
    return Stage(tmp_path)


@pytest.mark.parametrize("name, mode, said", [
    ("typo", None, "there is no such directory"),
    ("Dockerfile", None, "this is no directory; give the one that holds the pages"),
    ("closed", 0o311, "there is no right to read it"),
    ("barred", 0o600, "there is no right to read it")])
def test_no_site(stage, name, mode, said):
    """It is said in one line before anything is made, or an image taken away."""
    site = stage.root / name
    if mode:
        site.mkdir(mode=mode)
    assert stage.image(site, MORTAL) == (1, "", f"image: SITE={site}: {said}\n")
    assert stage.calls.read_text() == ""


def test_one_compiler(stage):
    """Who has but the compiler of this machine gets an image for it, and is told of each other
    architecture what would help."""
    stage.command("make", f'case $*: in print-BUILD:|*" print-BUILD:") echo build/{HOST} ;; '
                  f'*print-ARCHES:) echo other {HOST} ;; *ARCH=other*) exit 2 ;; '
                  f'*print-VERSION:) echo 1 ;; esac')
    stage.command("buildah", 'for last; do :; done; case $1 in push) mkdir "${last#dir:}" ;; esac')
    status, said, wrong = stage.image()
    assert (status, wrong) == (
        0, "image: other is left out: no compiler for it (sh tests/setup installs one)\n")
    assert [line.split(":")[:2] for line in said.splitlines()] == [["scratchd", f"1-{HOST}"]]
    assert "other" not in "".join(line for line in stage.calls.read_text().splitlines()
                                  if line.startswith("buildah"))


def test_push_fails(stage):
    """An image is pushed to be measured, and what keeps it from that is said."""
    stage.command("buildah", 'case $1 in push) echo "Error: no space left" >&2; exit 125 ;; esac')
    assert stage.image() == (125, "", "Error: no space left\n")
    assert stage.calls.read_text().splitlines()[-1].startswith("buildah push ")
