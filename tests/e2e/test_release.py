# SPDX-License-Identifier: MIT
"""`make dist` and `make release`: what is published of a version."""
import hashlib
import os
import platform
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from harness import BUILD, clean_env

TOP = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(
    BUILD != TOP / "build" / platform.machine() or
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


def test_release():
    """A program for each architecture, the sources, and sums that are right."""
    make(TOP, "release")
    out = TOP / "build/release"
    sums = dict(reversed(line.split()) for line in
                (out / "SHA256SUMS").read_text().splitlines())
    assert set(sums) == {p.name for p in out.iterdir()} - {"SHA256SUMS"}
    for name, digest in sums.items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == digest
    version = make(TOP, "print-VERSION").strip()
    arches = make(TOP, "print-ARCHES").split()
    assert set(sums) == {f"scratchd-{version}.tar.gz"} | {
        f"scratchd-{version}-linux-{arch}" for arch in arches}
    for arch in arches:
        told = subprocess.run(
            ["readelf", "-h", out / f"scratchd-{version}-linux-{arch}"],
            capture_output=True, text=True, check=True).stdout
        names = {"x86_64": "X86-64", "aarch64": "AArch64", "riscv64": "RISC-V"}
        assert names.get(arch, "") in told
        assert "Shared object file" in told
    done = subprocess.run(
        [out / f"scratchd-{version}-linux-{platform.machine()}", "--version"],
        capture_output=True, text=True, check=True)
    assert done.stdout == f"scratchd {version}\n"
