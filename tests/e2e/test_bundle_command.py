# SPDX-License-Identifier: MIT
"""scratchd bundle, the command: what it says and writes, what comes out again,
and that nothing damaged is started."""
import os
import re
import shutil
import struct
import subprocess

import pytest
import xxhash

from bundle_tree import FILES, SHOWN, make
from elf_file import segments
from harness import BUILD, SCRATCHD, TOP, clean_env, is_current, run
from wire import RUNNER, fetch

PAGE = 65536  # the largest that there are
SMALL_PAGE = 4096

# Why one is refused.
DAMAGED = "its index is damaged: the checksum is another one"
ELSEWHERE = "its index is not where it should be"
NO_END = "its end is missing"
NO_SEGMENT = "its segment is not there: was the program stripped?"
NO_PROGRAM = "not a scratchd of this version, of any architecture"
NO_SIZE = "not of a size that a bundle has"
ADVICE = "-o: name a place with room, where you may write"
NOWHERE = ["--listen", "unix:/nowhere/s"]


@pytest.mark.quick
def test_what_is_said(site, tmp_path):
    """Each name that is left out, what is wrong with the rules, and the sum;
    the same bytes each time."""
    said = make(site, tmp_path / "b")
    for name in (".git", ".secret", "docs/.hidden", "_headers.br", "fifo",
                 "absolute", "outside", "dangling", "a/above",
                 ".well-known/.x", "linked/.hidden", "hollow", "hollow/below",
                 "hollow/below/hollow"):
        assert f"scratchd: bundle: left out: '{name}': " in said, name
    assert said.count("left out") == 14
    assert "scratchd: _headers:7: 'wrong': " in said
    count = len(SHOWN) + 5  # and what the links lead to
    size = (tmp_path / "b").stat().st_size
    br, zstd, gzip = (len(FILES[f"text.txt.{end}"]) for end in ("br", "zst", "gz"))
    assert said.endswith(f": {count} files, 1 br of {br}, 1 zstd of {zstd}, "
                         f"1 gzip of {gzip}, in all {size} bytes\n"), said
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o755
    copy = tmp_path / "copy"
    shutil.copytree(site, copy, symlinks=True, copy_function=shutil.copy2,
                    ignore=lambda _, names: ["fifo"])
    os.rename(copy / "docs", copy / "other")
    os.rename(copy / "other", copy / "docs")
    make(copy, tmp_path / "c")
    assert (tmp_path / "b").read_bytes() == (tmp_path / "c").read_bytes()


@pytest.mark.quick
def test_variants_are_counted(tmp_path):
    """By their codings, and those alone that are sent for another file."""
    root = tmp_path / "root"
    root.mkdir()

    def count(*names, size=1):
        for name in names:
            (root / name).write_bytes(b"x" * size)
            os.utime(root / name, (1, 1))
        said = make(root, tmp_path / "b")
        return re.search(r": (\d+ files, .*), in all \d+ bytes\n$", said)[1]

    assert count("a", "b") == "2 files, 0 br of 0, 0 zstd of 0, 0 gzip of 0"
    assert count("a.gz", "none.gz", "none.txt.br") == \
        "5 files, 0 br of 0, 0 zstd of 0, 1 gzip of 1"
    assert count("a.br", "b.br", "c", "c.br", "b.zst", "c.gz", "c.zst", size=7) == \
        "12 files, 3 br of 21, 2 zstd of 14, 2 gzip of 8"
    os.utime(root / "c", (2, 2))
    assert count() == "12 files, 2 br of 14, 1 zstd of 7, 1 gzip of 1"


@pytest.mark.quick
def test_older_variant_is_named(tmp_path):
    """One that would be sent if it were not older than its file, or as new."""
    root = tmp_path / "root"
    (root / "docs").mkdir(parents=True)
    for name, time in (("docs/a", 2), ("docs/a.br", 2), ("docs/a.gz", 1),
                       ("docs/a.zst", 3), ("none.gz", 1)):
        (root / name).write_bytes(b"x")
        os.utime(root / name, (time, time))
    assert make(root, tmp_path / "b").splitlines()[:-1] == [
        "scratchd: bundle: not sent: 'docs/a.gz': older than its file"]


@pytest.mark.skipif(bool(RUNNER) or not shutil.which("strace"),
                    reason="needs strace and a program of this machine")
@pytest.mark.parametrize("call, number, said", [
    ("pread64", 3, "read b: EIO (input/output error)"),
    ("pwrite64", 2, f"write OUT: ENOSPC (no space left on device): {ADVICE}"),
    ("renameat2", 1, f"rename OUT: EROFS (read-only file system): {ADVICE}")])
def test_failure_names_its_file(tmp_path, call, number, said):
    """What of the site could not be read, or where it could not be written."""
    root, out = tmp_path / "root", tmp_path / "out"
    root.mkdir()
    for name in "ab":
        (root / name).write_bytes(b"x")
    error = re.search(r"(E[A-Z]+) ", said)[1]
    done = run(["strace", "-qq", "-o", str(tmp_path / "trace"), f"--trace={call}",
                f"--inject={call}:error={error}:when={number}",
                *SCRATCHD, "bundle", str(root), "-o", str(out)])
    assert done.returncode == 1
    assert re.sub(rf"{re.escape(str(out))}\.\d+", "OUT", done.stderr) == \
        f"scratchd: bundle: {said}\n"
    assert sorted(os.listdir(tmp_path)) == ["root", "trace"]


@pytest.mark.quick
def test_list_and_extract(site, bundle, tmp_path):
    """What went in is what comes out."""
    done = run([*SCRATCHD, "bundle", "--list", str(bundle)])
    assert done.returncode == 0 and done.stderr == ""
    lines = [re.fullmatch(r"([0-9a-f]{16}) (\d+) ([b-][z-][g-]) /(.*)", line)
             for line in done.stdout.splitlines()]
    listed = {m[4]: (int(m[2]), m[3]) for m in lines}
    # github.com/Cyan4973/xxHash, XXH64 with seed 0: by its author's own code.
    for m in lines:
        if m[4] in FILES:
            assert m[1] == xxhash.xxh64(FILES[m[4]]).hexdigest(), m[4]
    assert listed["text.txt"] == (5000, "bzg")
    assert listed["stale.txt"] == (6, "---")
    assert len(listed) == len(SHOWN) + 5
    done = run([*SCRATCHD, "bundle", "--extract", str(bundle),
                str(tmp_path / "out")])
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    out = {str(p.relative_to(tmp_path / "out")): p.read_bytes()
           for p in (tmp_path / "out").rglob("*") if p.is_file()}
    linked = {"linked" + name[4:]: data for name, data in SHOWN.items()
              if name.startswith("docs/")}
    linked |= {name: FILES["one.bin"]
               for name in ("docs/one.bin", "linked/one.bin")}
    assert out == SHOWN | linked
    done = run([*SCRATCHD, "bundle", "--extract", str(bundle),
                str(tmp_path / "out")])
    assert done.returncode == 1
    assert done.stderr.endswith(": EEXIST (exists already): name a new directory\n")


@pytest.mark.quick
def test_usage(bundle, site, tmp_path):
    """Arguments that make no sense, and files that are none."""
    for args in ([], ["x"], ["-o", "x"], [str(site), "-o"], ["--list"],
                 ["--list", "x", "y"], ["--extract", "x"], ["x", "y", "-o", "z"],
                 ["x", "-o", "y", "--list", "z"], ["x", "-o", "y", "--base"],
                 ["x", "-o", "y", "-o", "z"], ["x", "-o", "y", "--fast"]):
        done = run([*SCRATCHD, "bundle", *args], cwd=tmp_path)
        assert done.returncode == 2, args
        assert "usage: scratchd bundle SITE -o FILE" in done.stderr
    for args, why in (
            (["none", "-o", "x"], "ENOENT"),
            ([str(site / "one.bin"), "-o", "x"], "ENOTDIR"),
            ([str(site), "-o", "none/x"], "bundle: open none/x"),
            ([str(site), "-o", "x", "--base", "none"],
             "none: ENOENT (no such file or directory): name a scratchd\n"),
            ([str(site), "-o", "x", "--base", str(site / "sent.txt")],
             "not a scratchd"),
            ([str(site), "-o", "x", "--base", str(bundle)],
             "a bundle already: name a scratchd\n"),
            (["--list", str(BUILD / "scratchd")], "no bundle"),
            (["--list", str(site / "empty.txt")], "empty.txt: ")):
        done = run([*SCRATCHD, "bundle", *args], cwd=tmp_path)
        assert done.returncode == 1 and why in done.stderr, (args, done)
        lines = [line for line in done.stderr.splitlines()
                 if "left out" not in line and "_headers:7" not in line]
        assert len(lines) == 1, done
    assert os.listdir(tmp_path) == []
    done = run([*RUNNER, str(bundle), "."])
    assert done.returncode == 2 and "ROOT: this is a bundle" in done.stderr
    done = run([*RUNNER, str(bundle), "--list", "on"])
    assert done.returncode == 2 and "--list: a bundle" in done.stderr


def segment(data):
    """Where the bundle is in a program's bytes."""
    return segments(data)[-1]


def refusal(program, folder):
    """Start it where it cannot listen: None if it got that far, or why not."""
    return judge(run([*RUNNER, str(program), *NOWHERE], cwd=folder))


def judge(done):
    """The same of what has run."""
    assert done.returncode == 1 and done.stdout == "", done
    line, = done.stderr.splitlines()
    if "/nowhere/s" in line:
        return None
    begin = "scratchd: bundle: "
    assert line.startswith(begin), line
    return line[len(begin):]


@pytest.fixture
def whole(tmp_path):
    """The bytes of a small bundle, where its segment begins, and its index."""
    root = tmp_path / "root"
    root.mkdir()
    for name in ("index.html", "a.txt", "b/c.txt"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(name.encode() * 1500)
    make(root, tmp_path / "b")
    data = (tmp_path / "b").read_bytes()
    start, size = segment(data).offset, segment(data).length
    assert start + size == len(data)
    return data, start, start + int.from_bytes(data[-64:-60], "little")


def flip(data, at, bits):
    """The same with one byte changed."""
    return data[:at] + bytes([data[at] ^ bits]) + data[at + 1:]


def test_damage(whole, tmp_path):
    """No byte of the index may change, and nothing may be missing."""
    data, start, index = whole
    assert refusal(tmp_path / "b", tmp_path) is None
    damaged = tmp_path / "damaged"

    def check(content, *reasons):
        damaged.write_bytes(content)
        damaged.chmod(0o755)
        assert refusal(damaged, tmp_path) in reasons

    end = len(data) - 64
    for at in range(index, end, 7 if not RUNNER else 97):
        check(flip(data, at, 1 << at % 8), DAMAGED)
    for at in range(end, len(data), 1 if not RUNNER else 13):
        for bits in (0x80, 1 << at % 8):
            check(flip(data, at, bits), DAMAGED, NO_END, ELSEWHERE)
    # Where the file ends within a page the rest reads as zeros; beyond that
    # there is nothing to read, which an emulator may not survive.
    size = len(data) - start
    cuts = [1, 8, 9, 63, 64, 65, 500, len(data) - index, 4096, size // 2,
            size - 1, size]
    last = (len(data) - 1) // SMALL_PAGE
    for cut in cuts:
        if not RUNNER or (len(data) - cut - 1) // SMALL_PAGE == last:
            check(data[:-cut], NO_END)
    # Contents are not looked at when it starts, but by --list.
    check(flip(data, start, 1), None)
    done = run([*SCRATCHD, "bundle", "--list", str(damaged)])
    assert done.returncode == 1
    assert "bundle: 'a.txt': its bytes are damaged" in done.stderr
    assert len(done.stdout.splitlines()) == 2


def test_damage_is_not_read(whole, tmp_path):
    """What does not start is not listed, and nothing is taken out of it."""
    data, start, index = whole
    end = len(data) - 64
    damaged = tmp_path / "damaged"
    for content, reason in (
            (flip(data, index, 1), DAMAGED),
            (flip(data, (index + end) // 2, 8), DAMAGED),
            (flip(data, end, 1), ELSEWHERE),
            (flip(data, end + 16, 64), NO_END),
            (flip(data, end + 48, 1), DAMAGED),
            (flip(data, len(data) - 1, 1), NO_END),
            (data[:-1], NO_PROGRAM), (data[:-64], NO_PROGRAM),
            (data[:index], NO_PROGRAM), (data[:start], NO_PROGRAM),
            (data[:100], NO_PROGRAM), (data[:1], NO_PROGRAM)):
        damaged.write_bytes(content)
        for args in (["--list"], ["--extract"]):
            out = [str(tmp_path / "out")] * (args == ["--extract"])
            done = run([*SCRATCHD, "bundle", *args, str(damaged), *out])
            assert (done.returncode, done.stdout, done.stderr) == (
                1, "", f"scratchd: bundle: '{damaged}': {reason}\n")
            assert not (tmp_path / "out").exists()
    damaged.write_bytes(flip(data, start, 1))
    done = run([*SCRATCHD, "bundle", "--extract", str(damaged), *out])
    assert (done.returncode, done.stderr) == (
        1, "scratchd: bundle: 'a.txt': its bytes are damaged\n")
    assert sorted(os.listdir(*out)) == ["b", "index.html"]


def start_or_kernel(program, folder):
    """As refusal(), or "kernel" where that refuses to run it: execve() fails,
    or does not return because the process is gone by then."""
    trace = folder / "trace"
    done = run(["strace", "-qq", "-e", "trace=execve", "-o", str(trace),
                str(program), *NOWHERE], cwd=folder)
    call = trace.read_text().splitlines()[0]
    assert call.startswith("execve(")
    if " = -1 E" in call:
        return "kernel"
    return judge(done)


@pytest.mark.skipif(bool(RUNNER) or not shutil.which("strace"),
                    reason="needs strace and a program of this machine")
def test_damaged_header(whole, tmp_path):
    """The program header of the segment, and the size that the marker says. An
    address among those of the program is left out: what the kernel then puts
    there nobody can look at any more."""
    data, start, _ = whole
    place = segment(data)
    offset, address, size = place.offset, place.address, place.length
    header = data.rindex(struct.pack("<QQ", offset, address), 0, 4096) - 8
    marker = data.index(size.to_bytes(8, "little"), 4096)
    damaged = tmp_path / "damaged"
    fields = ["type and flags", "offset", "vaddr", "paddr", "filesz",
              "memsz", "align", "size"]
    found = {field: set() for field in fields}
    for n, at in enumerate([*range(header, header + 56),
                            *range(marker, marker + 8)]):
        for bits in {1 << at % 8, 0x80, data[at]} - {0}:
            if fields[n // 8] != "vaddr" or not data[at] & bits:
                damaged.write_bytes(flip(data, at, bits))
                damaged.chmod(0o755)
                found[fields[n // 8]].add(start_or_kernel(damaged, tmp_path))
    damaged.write_bytes(data[:marker] + bytes(8) + data[marker + 8:])
    assert refusal(damaged, tmp_path) == NO_SIZE
    kernel = "kernel"
    assert found == {
        "type and flags": {NO_SEGMENT}, "offset": {NO_END, kernel},
        "vaddr": {None, kernel}, "paddr": {None},
        "filesz": {NO_SIZE, kernel}, "memsz": {None, kernel},
        "align": {None}, "size": {NO_SIZE}}


@pytest.mark.skipif(bool(RUNNER), reason="a thousand processes")
def test_commands_read_damaged_headers(whole, tmp_path):
    """Each byte of the headers of a bundle that is listed, and of a program
    that is to carry one: it is read, or refused in one line, and stays what it
    is."""
    data = {"--list": whole[0], "--base": (BUILD / "scratchd").read_bytes()}
    damaged, site, out = (tmp_path / name for name in ("damaged", "site", "out"))
    site.mkdir()
    commands = {"--list": [], "--base": [str(site), "-o", str(out)]}
    line = re.compile(rf"scratchd: bundle: '{damaged}': [^\n]+\n")
    codes = {name: set() for name in commands}
    for name, command in commands.items():
        is_64 = data[name][4] == 2
        count = int.from_bytes(data[name][56 if is_64 else 44:][:2], "little")
        for at in range((64 + 56 * count) if is_64 else (52 + 32 * count)):
            damaged.write_bytes(flip(data[name], at, 0x80))
            before = damaged.read_bytes()
            done = run([*SCRATCHD, "bundle", name, str(damaged), *command])
            codes[name].add(done.returncode)
            assert done.returncode in (0, 1), (name, at, done)
            assert done.returncode == 0 or line.fullmatch(done.stderr), \
                (name, at, done)
            assert damaged.read_bytes() == before
    assert codes == {"--list": {0, 1}, "--base": {0, 1}}


@pytest.mark.parametrize("path", [
    "//x", "/x", "../x", "/../x", "b/../../x", "b//x", "./x", "..", ".", "/",
    "b/..", "{tmp_path}/x"])
def test_hostile_path(tmp_path, path):
    """One that somebody has sealed with care, for who takes files out of it:
    where the path would lead, there is nothing afterwards."""
    root, out = tmp_path / "root", tmp_path / "out"
    root.mkdir()
    (root / ("a" * 200)).write_bytes(b"hostile\n")
    (root / "z").write_bytes(b"plain\n")
    make(root, tmp_path / "b")
    data = bytearray((tmp_path / "b").read_bytes())
    start = segment(data).offset
    index = start + int.from_bytes(data[-64:-60], "little")
    at = start + int.from_bytes(data[index + 16:index + 20], "little")
    assert data[at:at + 200] == b"a" * 200
    new = path.format(tmp_path=tmp_path).encode()
    data[at:at + len(new)] = new
    data[index + 20:index + 24] = len(new).to_bytes(4, "little")
    data[-16:-8] = xxhash.xxh64(data[index:-16]).digest()[::-1]
    (tmp_path / "b").write_bytes(data)
    before = sorted(os.listdir(tmp_path))
    slash_x = os.path.exists("/x")
    done = run([*SCRATCHD, "bundle", "--extract", str(tmp_path / "b"), str(out)])
    assert (done.returncode, done.stdout, done.stderr) == (
        1, "", f"scratchd: bundle: '{new.decode()}': no path of a file\n")
    assert sorted(os.listdir(tmp_path)) == sorted([*before, "out"])
    assert os.listdir(out) == ["z"] and os.path.exists("/x") == slash_x


@pytest.mark.skipif(bool(RUNNER), reason="needs the strip of this machine")
def test_stripped(bundle, tmp_path):
    """strip takes the segment away and leaves the marker."""
    file = tmp_path / "stripped"
    subprocess.run(["strip", "-o", file, bundle], check=True,
                   capture_output=True)
    for done in (run([file]), run([*SCRATCHD, "bundle", "--list", str(file)])):
        assert done.returncode == 1
        assert done.stderr.endswith("was the program stripped?\n"), done
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("arch", [
    p.stem for p in sorted((TOP / "arch").glob("*.h"))
    if " * compiler: " in p.read_text()])
def test_other_architecture(start, site, tmp_path, arch):
    """A bundle for any machine from any other; one base's pages have 64 KiB."""
    base = TOP / "build" / arch / "scratchd"
    emulator = [] if arch == os.uname().machine else [f"qemu-{arch}"]
    if not is_current(base) or (emulator and not shutil.which(emulator[0])):
        pytest.skip(f"needs {base} as the sources are, and what runs it")
    file = tmp_path / "b"
    said = make(site, file, "--base", str(base))
    where = "" if arch == os.environ.get("ARCH", "x86_64") else \
        f", for {arch}: run it there, or by qemu-user"
    assert re.search(rf" \d+ bytes{where}\n$", said), said
    place = segment(file.read_bytes())
    assert place.align == (PAGE if arch in ("aarch64", "ppc64le") else 4096)
    assert place.offset % place.align == place.address % place.align
    assert place.offset % 64 == 0
    # Nothing lies between the two.
    assert 0 <= place.offset - base.stat().st_size < 64
    proc = subprocess.Popen(
        [*emulator, file, "--listen", f"unix:{tmp_path}/s"], env=clean_env(),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        for line in proc.stderr:
            if "listening on" in line:
                break
        for name in ("large.bin", "docs/page.html"):
            got = fetch(f"{tmp_path}/s", f"/{name}")
            assert got.status == 200 and got.body == FILES[name]
    finally:
        proc.terminate()
        proc.communicate(timeout=30)
