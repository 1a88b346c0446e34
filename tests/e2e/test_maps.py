# SPDX-License-Identifier: MIT
"""What the pages of a running server may be used for."""
import mmap
import re
from collections import namedtuple
from pathlib import Path

import pytest

import elf_file
import harness
from wire import RUNNER

PROGRAM = harness.BUILD / "scratchd"
Mapping = namedtuple("Mapping", "start end rights name")

# An emulator reads the text of its program, and never runs it.
SEEN = "rw" if RUNNER else "rwx"


def mappings(pid):
    """What /proc/PID/maps has; vsyscall is the kernel's, out of reach."""
    text = Path(f"/proc/{pid}/maps").read_text()
    found = re.findall(
        r"^(\w+)-(\w+) (\S{3})\S \w+ \S+ \d+ *(.*)$", text, re.M)
    return [Mapping(int(start, 16), int(end, 16), rights, name)
            for start, end, rights, name in found if name != "[vsyscall]"]


def rights_within(found, segment, base):
    """The rights of the pages of a segment, all of which are there."""
    page = mmap.PAGESIZE
    start = base + segment.address & -page
    end = base + segment.address + segment.memory + page - 1 & -page
    parts = [m for m in found if m.start < end and m.end > start]
    covered = sum(min(m.end, end) - max(m.start, start) for m in parts)
    assert covered == end - start, (segment, parts)
    return {m.rights for m in parts}


def check_program(found, base, seen="rwx"):
    """Each segment is what it should be, as far as that is seen: constants,
    text, constants that were relocated and then sealed, variables."""
    headers, text, sealed, data = elf_file.segments(PROGRAM.read_bytes())
    for segment, rights in ((headers, "r--"), (text, "r-x"),
                            (sealed, "r--"), (data, "rw-")):
        want = "".join(r if r in seen else "-" for r in rights)
        assert rights_within(found, segment, base) == {want}, segment


@pytest.mark.quick
def test_rights_of_pages(server):
    """Of the master and of its workers."""
    first = elf_file.segments(PROGRAM.read_bytes())[0]
    for pid in [server.pid, *server.workers()]:
        found = mappings(pid)
        base = min(m.start for m in found if m.name == str(PROGRAM))
        check_program(found, base - first.address, SEEN)
        if not RUNNER:
            assert not [m for m in found if {"w", "x"} <= set(m.rights)]
            assert [m.rights for m in found if m.name == "[stack]"] == ["rw-"]


def emulated(text):
    """What an emulator says of its program's pages: each time that one maps
    some, all of them are listed."""
    return [[Mapping(int(start, 16), int(end, 16), rights, "")
             for start, end, rights in re.findall(
                 r"^(\w+)-(\w+) \w+ (\S{3})$", block, re.M)]
            for block in text.split("page layout changed following ")]


@pytest.mark.quick
@pytest.mark.skipif(not RUNNER, reason="of programs that are emulated")
def test_rights_of_emulated_pages(start, tree, tmp_path, monkeypatch):
    """What the program may execute is known to the emulator alone. A worker
    maps memory once, and its master twice before; other mappings after the
    start are the emulator's own, for a processor's tables."""
    log = tmp_path / "pages"
    monkeypatch.setattr(harness, "RUNNER", [
        *RUNNER, "-d", "page", "-D", str(log)])
    server = start("--workers", "1", root=tree)
    assert server.get("/probe.txt").body == b"probe\n"
    loading, known, running = re.split(
        r"(^start_brk .*?^entry .*?$)", log.read_text(), 1, re.M | re.S)
    known = {name: int(value, 16)
             for name, value in re.findall(r"^(\w+) +0x(\w+)$", known, re.M)}
    base = known["entry"] - elf_file.entry(PROGRAM.read_bytes())
    lists = emulated(running)[1:][-3:]
    assert len(lists) == 3
    for found in lists:
        check_program(found, base)
        assert [m.rights for m in found
                if m.start <= known["start_stack"] < m.end] == ["rw-"]
    for found in emulated(loading + running):
        assert not [m for m in found if {"w", "x"} <= set(m.rights)]
