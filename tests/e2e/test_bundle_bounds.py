# SPDX-License-Identifier: MIT
"""scratchd bundle where it is at its bounds: the largest sites that it takes,
and those that it does not."""
import os
import re
import shutil
import struct
import tempfile
from pathlib import Path

import pytest

from bundle_tree import make
from harness import BUILD, SCRATCHD, run
from wire import RUNNER

MIB = 1 << 20
FILES = 100_000
LONG = 120  # seconds, where the disk or the memory is slow
MARKER = b"SCRATCHD-BUNDLE2"
BOUND = (r"no room: at most 100000 files, 64 MiB of paths, 3968 MiB, "
         r"for 32 bits 1024 MiB")


def sparse(path, size, *marks):
    """A file of zeros that takes no room, but for (offset, bytes)."""
    with open(path, "wb") as file:
        file.truncate(size)
        for at, data in marks:
            file.seek(at)
            file.write(data)


def refused(site, *args):
    """The name of the file for which there is no room. It is found before
    anything is opened to be written."""
    done = run([*SCRATCHD, "bundle", str(site), "-o", "/nowhere/b", *args],
               timeout=60)
    assert done.returncode == 1 and done.stdout == "", done
    said = re.fullmatch(rf"scratchd: bundle: '(.*)': {BOUND}\n", done.stderr)
    assert said, done
    return said[1]


def of_32_bits():
    """What `bundle` takes for a program: headers, of which one is spare, and
    the marker."""
    headers = struct.pack("<8I", 1, 0, 0, 0, 256, 256, 5, 4096) + bytes(32)
    head = b"\x7fELF\x01\x01\x01".ljust(16, b"\0") + struct.pack(
        "<HHIIIIIHHHHHH", 3, 3, 1, 0, 52, 0, 0, 52, 32, 2, 0, 0, 0)
    return (head + headers).ljust(128, b"\0") + MARKER.ljust(128, b"\0")


@pytest.mark.skipif(bool(RUNNER), reason="copies gigabytes")
def test_more_than_2_gib(start, tmp_path):
    """Offsets of more than 31 bits: of the bundle, and within a file."""
    if shutil.disk_usage(tmp_path).free < 5 << 30:
        pytest.skip(f"needs 5 GiB of room in {tmp_path}")
    root, file = tmp_path / "root", tmp_path / "b"
    root.mkdir()
    half, size = 1 << 31, (1 << 31) + 9 * MIB
    sparse(root / "a.bin", 5 * MIB, (5 * MIB - 3, b"one"))
    sparse(root / "b.bin", size, (half - 4, b"upto2GiB"), (size - 3, b"two"))
    (root / "c.txt").write_bytes(b"behind all that\n")
    try:
        make(root, file, timeout=LONG)
        assert file.stat().st_size > half + 14 * MIB
        server = start(root=None, program=file)
        with server.client() as client:
            assert client.get("/a.bin", "Range: bytes=-4").body == b"\0one"
            for spec, want in (
                    ("-4", b"\0two"), ("0-1", b"\0\0"),
                    (f"{half - 6}-{half + 5}", b"\0\0upto2GiB\0\0"),
                    (f"{half - 5 * MIB - 2}-{half - 5 * MIB + 1}", bytes(4))):
                got = client.get("/b.bin", f"Range: bytes={spec}")
                assert (got.status, got.body) == (206, want), spec
                assert got.get("Content-Range").endswith(f"/{size}")
            parts = client.get("/b.bin", f"Range: bytes=-3,{half}-{half + 3}")
            assert parts.body.index(b"\r\n\r\ntwo\r\n") < \
                parts.body.index(b"\r\n\r\n2GiB\r\n")
            got = client.get("/b.bin", method="HEAD")
            assert got.get("Content-Length") == str(size)
            assert client.get("/c.txt").body == b"behind all that\n"
        server.stop()
        done = run([*SCRATCHD, "bundle", "--list", str(file)], timeout=LONG)
        assert done.returncode == 0 and f" {size} --- /b.bin\n" in done.stdout
    finally:
        file.unlink(missing_ok=True)
        shutil.rmtree(root)


@pytest.mark.quick
def test_too_large(tmp_path):
    """The file with which it is too much is named, whoever is to carry it."""
    root = tmp_path / "root"
    root.mkdir()
    sparse(root / "b", 5 << 30)
    assert refused(root) == "b"
    sparse(root / "b", 3967 * MIB)
    for name, size in (("a", 1), ("c", MIB - 64), ("d", 1)):
        sparse(root / name, size)
    # Each begins at a multiple of 64; with c it is the bound.
    is_large = (BUILD / "scratchd").read_bytes()[4] == 2
    assert refused(root) == ("d" if is_large else "b")
    (tmp_path / "base").write_bytes(of_32_bits())
    sparse(root / "b", 1023 * MIB)
    assert refused(root, "--base", str(tmp_path / "base")) == "d"
    (root / "d").unlink()
    sparse(root / "b", MIB)
    make(root, tmp_path / "made", "--base", str(tmp_path / "base"))


@pytest.fixture
def quick_folder(tmp_path):
    """A folder in memory, where names cost little, if there is room."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or shutil.disk_usage(memory).free < 1 << 30:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


@pytest.mark.skipif(bool(RUNNER), reason="makes 100,000 files")
def test_most_files(start, tmp_path, quick_folder):
    """As many files as there may be, each in a directory of its own, and then
    one more."""
    root, file = quick_folder / "root", tmp_path / "b"
    names = [f"{i // 1000:02}/{i % 1000:03}/index.html" for i in range(FILES)]
    special = {names[i]: f"number {i}".encode()
               for i in (0, FILES // 2, FILES - 1)}
    for name in names:
        os.makedirs(root / os.path.dirname(name))
    for name, data in special.items():
        (root / name).write_bytes(data)
    try:
        sources = [root / name for name in ("00/s.txt", "50/s.txt")]
        for source in sources:
            source.write_bytes(b"one of many\n")
        # ext4 takes 65,000 links of a file.
        for i, name in enumerate(names):
            if name not in special:
                os.link(sources[2 * i // FILES], root / name)
        sources[0].unlink()
        assert refused(root) == names[-1]
        sources[1].unlink()
        said = make(root, file, timeout=LONG)
        assert f": {FILES} files, " in said
        server = start(root=None, program=file)
        with server.client() as client:
            for name, data in special.items():
                assert client.get("/" + name).body == data
            assert client.get("/99/998/").body == b"one of many\n"
            for target in ("/00/s.txt", "/50/s.txt", "/99/9990/", "/~"):
                assert client.get(target).status == 404
        text = server.stderr.read_text()
        assert f"a bundle of {FILES} files" in text
    finally:
        file.unlink(missing_ok=True)
        shutil.rmtree(root)
