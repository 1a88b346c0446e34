# SPDX-License-Identifier: MIT
"""aarch64 with pages of 16 and of 64 KiB, which some of its kernels have: QEMU
gives its program such pages, by what the auxiliary vector says and by where it
maps (qemu-aarch64 -p)."""
import os
import platform
import re
import shutil
from pathlib import Path

import pytest

import bundle_tree
import harness
import wire
from elf_file import segments

BUILD = harness.TOP / "build/aarch64"
PROGRAM = BUILD / "scratchd"
HOST = harness.TOP / "build" / platform.machine() / "scratchd"
EMULATOR = "qemu-aarch64"
# Once is enough: where aarch64 is tested, and where all is.
HERE = harness.BUILD in (BUILD, harness.TOP / "build" / platform.machine()) \
    and wire.RUNNER in ([], [EMULATOR])

pytestmark = [
    pytest.mark.skipif(not HERE, reason="on this machine or aarch64, once"),
    pytest.mark.skipif(not shutil.which(EMULATOR),
                       reason=f"there is no {EMULATOR}"),
    pytest.mark.skipif(not harness.is_current(PROGRAM),
                       reason=f"needs {PROGRAM} as the sources are")]


@pytest.fixture(params=[4096, 16384, 65536])
def page(request, monkeypatch):
    """The size of a page, for every program that a test starts."""
    runner = [EMULATOR, "-p", str(request.param)]
    monkeypatch.setattr(harness, "RUNNER", runner)
    monkeypatch.setattr(harness, "BUILD", BUILD)
    monkeypatch.setattr(bundle_tree, "SCRATCHD", [*runner, str(PROGRAM)])
    return request.param


def sealed_bytes():
    """How long the constants are that start.c seals: theirs is the first
    segment that may be written to."""
    return next(s.length for s in segments(PROGRAM.read_bytes())
                if s.flags == 6)


def test_size_is_what_the_program_sees(page):
    """It seals from the beginning of a page, whose size is AT_PAGESZ to it."""
    done = harness.run([*harness.RUNNER, "-strace", str(PROGRAM), "--version"])
    begin, length = re.search(
        r"mprotect\(0x([0-9a-f]+),(\d+),PROT_READ\) = 0", done.stderr).groups()
    begin, length = int(begin, 16), int(length)
    assert begin == (begin + length - sealed_bytes()) & -page
    assert length > sealed_bytes(), "it begins a page by chance"


def test_serves(start, tree, page):
    """Files, small and large, from several workers that begin anew."""
    (tree / "large.bin").write_bytes(os.urandom(300000))
    server = start("--workers", "2", root=tree)
    assert f"-p {page}".encode() in Path(
        f"/proc/{server.pid}/cmdline").read_bytes().replace(b"\0", b" ")
    for _ in range(2):
        assert server.get("/probe.txt").body == b"probe\n"
        assert server.get("/letters.txt", "Range: bytes=1-2").body == b"bc"
        assert server.get("/large.bin").body == \
            (tree / "large.bin").read_bytes()
        assert server.get("/nosuch").status == 404
        server.signal(1)
        wire.wait_for(lambda: "reload: new" in server.stderr.read_text(),
                      "a reload")
    (tree / "large.bin").unlink()


@pytest.mark.usefixtures("page")
def test_bundle(start, site, tmp_path):
    """Made with such pages, and served with them. A kernel maps each segment
    by whole pages, address and offset alike, where QEMU would make do."""
    file = tmp_path / "bundle"
    bundle_tree.make(site, file, "--base", str(PROGRAM))
    found = segments(file.read_bytes())
    assert len(found) == len(segments(PROGRAM.read_bytes())) + 1
    for segment in found:
        assert segment.offset % 65536 == segment.address % 65536
    server = start("--workers", "1", root=None, program=str(file),
                   errors_ok=True)  # of what the site's rules have wrong
    for name in ("copied.txt", "sent.txt", "larger.txt", "large.bin",
                 "docs/page.html"):
        assert server.get(f"/{name}").body == bundle_tree.FILES[name]
    assert server.get("/nosuch").body == bundle_tree.FILES["404.html"]
    assert "a bundle of " in server.stderr.read_text()


@pytest.mark.parametrize("page", [65536], indirect=True)
@pytest.mark.usefixtures("page")
@pytest.mark.skipif(not harness.is_current(HOST),
                    reason=f"needs {HOST} as the sources are")
def test_bundle_of_this_machine(site, tmp_path):
    """Made by this machine's own program, with its pages, it is the same."""
    emulated, native = tmp_path / "emulated", tmp_path / "native"
    bundle_tree.make(site, emulated, "--base", str(PROGRAM))
    done = harness.run([str(HOST), "bundle", str(site), "-o", str(native),
                        "--base", str(PROGRAM)])
    assert done.returncode == 0, done
    assert native.read_bytes() == emulated.read_bytes()
