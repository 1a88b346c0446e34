# SPDX-License-Identifier: MIT
"""`make dist` and `make release`: what is published of a version."""
import os
import platform
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest

from harness import BUILD, RUNNER, TOP, clean_env, run

VERSION, = re.findall(r"^VERSION +:= (.*)$", (TOP / "Makefile").read_text(), re.M)

# What readelf calls the machine of each port.
MACHINES = {
    "aarch64": ("ELF64", "little endian", "AArch64"),
    "arm": ("ELF32", "little endian", "ARM"),
    "i386": ("ELF32", "little endian", "Intel 80386"),
    "ppc64le": ("ELF64", "little endian", "PowerPC64"),
    "riscv64": ("ELF64", "little endian", "RISC-V"),
    "s390x": ("ELF64", "big endian", "IBM S/390"),
    "x86_64": ("ELF64", "little endian", "Advanced Micro Devices X86-64"),
}

pytestmark = pytest.mark.skipif(
    BUILD != TOP / "build" / platform.machine() or bool(RUNNER) or
    os.environ.get("CC") != "gcc", reason="once is enough")


def make(where, *args):
    """Run make, apart from the one that runs the tests."""
    env = {name: value for name, value in clean_env().items()
           if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    done = subprocess.run(["make", "-s", *args], cwd=where, env=env, text=True,
                          capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def copy_sources(to, umask):
    """The files of this project, as another user's checkout has them."""
    names = ("Makefile", "LICENSE", "README.md", "arch", "include", "linker.ld",
             "src", "tests")
    old = os.umask(umask)
    try:
        to.mkdir(parents=True)
        for name in names:
            if (TOP / name).is_dir():
                shutil.copytree(TOP / name, to / name, copy_function=shutil.copyfile,
                                ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(TOP / name, to / name)
    finally:
        os.umask(old)


def test_tarball_is_reproducible(tmp_path):
    """Neither the time, nor the place, nor the user's umask is in it."""
    tarballs = []
    for place, umask in (("a", 0o022), ("another/place", 0o077)):
        copy_sources(tmp_path / place, umask)
        (tmp_path / place / "src/deploy/dist").chmod(0o755)
        make(tmp_path / place, "dist")
        tarballs += (tmp_path / place / "build").glob("scratchd-*.tar.gz")
        os.utime(tmp_path / place / "Makefile", (10 ** 9, 10 ** 9))
    first, second = (tarball.read_bytes() for tarball in tarballs)
    assert first == second
    with tarfile.open(tarballs[0]) as tar:
        names = tar.getnames()
        assert names == sorted(names)
        top = tarballs[0].name.removesuffix(".tar.gz")
        assert {f"{top}/Makefile", f"{top}/src/scratchd/main.c"} <= set(names)
        for member in tar:
            assert (member.uid, member.gid, member.mtime) == (0, 0, 0)
            assert member.uname == member.gname == ""
            assert "/build/" not in member.name


@pytest.fixture(scope="module", name="published")
def fixture_published():
    """The directory that `make release` makes."""
    make(TOP, "release")
    return TOP / "build/release"


def test_published(published):
    """The sources, a program for each port, and sums by which all are right."""
    arches = make(TOP, "print-ARCHES").split()
    assert set(arches) == set(MACHINES) == {
        port.stem for port in (TOP / "arch").glob("*.h")} - {"generic", "nolibc"}
    files = {f"scratchd-{VERSION}.tar.gz", "SHA256SUMS"} | {
        f"scratchd-{VERSION}-linux-{arch}" for arch in arches}
    assert {p.name for p in published.iterdir()} == files
    done = subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=published,
                          capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(done.stdout.splitlines()) == sorted(
        f"{name}: OK" for name in files - {"SHA256SUMS"})


@pytest.mark.parametrize("arch", MACHINES)
def test_published_program(published, arch):
    """It is for its machine, asks for no loader and no library, and runs."""
    program = published / f"scratchd-{VERSION}-linux-{arch}"
    told = subprocess.run(["readelf", "-hldW", program], capture_output=True,
                          text=True, check=True).stdout
    assert (*(re.search(rf"^ *{name}: +(?:2's complement, )?(.*)$", told, re.M)[1]
              for name in ("Class", "Data", "Machine")),) == MACHINES[arch]
    assert re.search(r"^ *Type: +DYN ", told, re.M)
    segments = re.findall(r"^  ([A-Z_]+) +0x", told, re.M)
    assert "LOAD" in segments and not {"INTERP", "DYNAMIC"} & set(segments)
    assert "\nThere is no dynamic section in this file.\n" in told
    runner = [] if arch == platform.machine() else [f"qemu-{arch}"]
    done = run([*runner, program, "--version"])
    assert (done.returncode, done.stdout) == (0, f"scratchd {VERSION}\n")


def test_published_sources(published, tmp_path):
    """Elsewhere they build to the same programs, and pack to the same tarball."""
    tarball = published / f"scratchd-{VERSION}.tar.gz"
    with tempfile.TemporaryDirectory(dir=tmp_path) as place:
        subprocess.run(["tar", "-xzf", tarball], cwd=place, check=True)
        top, = Path(place).iterdir()
        assert top.name == f"scratchd-{VERSION}"
        for name in ("Dockerfile", "LICENSE", "README.md", "tests/run", "tests/setup"):
            assert (top / name).read_bytes() == (TOP / name).read_bytes()
        make(top)
        make(TOP)
        for program in make(TOP, "print-PROGRAMS").split():
            assert (top / program).read_bytes() == (TOP / program).read_bytes(), program
        make(top, "dist")
        again = top / "build" / tarball.name
        assert again.read_bytes() == tarball.read_bytes()
