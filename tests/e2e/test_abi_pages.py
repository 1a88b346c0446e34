# SPDX-License-Identifier: MIT
"""The pages that `make site` makes, and that their tables are true.

Registers, errors, and what is lost are held against the kernel tree's nolibc,
which others wrote, and a C function's registers against the compiler; numbers
against the kernel's headers; the stack against the port's own start, nolibc's
and the compiler; page sizes and byte order against the linker. What the kernel
does with them at run time is for tests/unit: test_stub.c makes the same calls
by the port's stub and by nolibc's, test_start.c looks at the stack. Of the page
sizes between the least and the largest nothing here knows.
"""
import os
import re
import subprocess

import pytest

import pages
import tour
from harness import BUILD, clean_env

pytestmark = pytest.mark.quick
ARCH = os.environ.get("ARCH", "x86_64")
CC = os.environ.get("CC", "gcc")
KERNEL = tour.TOP / os.environ.get("KERNEL_DIR", "build/kernel")
PORTS = {p.stem: p.read_text() for p in (tour.TOP / "arch").glob("*.h")}
if ARCH not in PORTS:
    pytest.skip("the pages have the ports that are written by hand",
                allow_module_level=True)
PORT = PORTS[ARCH]
TRIPLE = re.search(r"^ \* compiler: (\S+)", PORT, re.M)[1]
COMPILER = [CC, f"--target={TRIPLE}"] if "clang" in CC else [CC]
# On i386 nolibc names registers by letters of constraints.
LETTERS = {letter: ("r" if ARCH == "x86_64" else "e") + name for letter, name
           in zip("abcdSD", ("ax", "bx", "cx", "dx", "si", "di"))}
# The return address is in an lr that the kernel has for itself, and nolibc
# takes another register than r7 where r7 is the frame pointer.
NOT_LOST = {"arm": {"lr", "r7"}}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the pages."""
    folder = tmp_path_factory.mktemp("pages") / "site"
    subprocess.run(["src/deploy/site", str(folder)], cwd=tour.TOP, check=True,
                   env=clean_env())
    return folder


def rows(site, name):
    """Return the rows of the table of a page, as {head: {column: text}}."""
    tree = pages.parse((site / name).read_bytes())
    table = next(tree.iter("table"))
    names = [pages.text(c) for c in next(table.iter("tr"))][1:]
    body = [row for part in table.iter("tbody") for row in part.iter("tr")]
    assert body
    return {pages.text(row[0]): dict(zip(names, map(pages.text, row[1:])))
            for row in body}


@pytest.fixture(scope="module")
def abi(site):
    """What the page says of this architecture."""
    return {fact: columns[ARCH]
            for fact, columns in rows(site, "abi.html").items()}


def numbered(abi, name):
    """Return what is said of the first, the second and so on."""
    return [value for fact, value in abi.items()
            if re.fullmatch(rf"{name} \d", fact)]


def test_pages_are_valid(site):
    """Every page, and every link between them and into the sources."""
    files = sorted([*site.glob("*.html"), *site.glob("source/**/*.html")])
    assert len(files) > 20
    places = {}
    for file in files:
        tree = pages.parse(file.read_bytes())
        places[file] = {e.get("id") for e in tree.iter()}
    for file in files:
        for link in re.findall(r' href="([^":]*)"', file.read_text()):
            path, _, place = link.partition("#")
            to = (file.parent / path).resolve()
            if to == site.resolve():
                continue  # the welcome page
            assert to.exists(), f"{file}: {link}"
            assert not place or place in places[to], f"{file}: {link}"


def test_complete(site):
    """A column for each port and a row for each call, nothing empty."""
    ports = {p.stem for p in (tour.TOP / "arch").glob("*.h")}
    ports -= {"generic", "nolibc"}
    for name in ("abi.html", "calls.html"):
        for head, columns in rows(site, name).items():
            assert ports <= set(columns), head
            assert all(columns[p] for p in ports), (head, columns)
    calls = re.findall(r"^CALL\((\w+)",
                       (tour.TOP / "src/kernel/calls.def").read_text(), re.M)
    assert [head.split("(")[0] for head in rows(site, "calls.html")] == calls


def test_others_are_named(site):
    """Who has no column is told where what would be in it stands."""
    names = sorted(p.stem for p in (tour.TOP / "arch/nolibc").glob("*.h"))
    for name in ("abi.html", "calls.html"):
        text = (site / name).read_text()
        said = re.search(r"<p>Not here: (.*?)\. They have no port", text)
        assert said and said[1].split(", ") == names
        assert 'href="source/arch/nolibc.h.html"' in text


def test_tour_leads_to_the_registers(site):
    """From the station about them, to their page and to each port."""
    text = (site / "tour.html").read_text()
    station = re.search(r'id="station-3".*?<h2', text, re.S)[0]
    assert '<a href="abi.html">' in station
    for port in tour.ports():
        assert f'<a href="source/arch/{port}.h.html">{port}</a>' in station


def nolibc_says():
    """Return of nolibc's source its my_syscall6(), the parts of the asm
    statement there (code, written, read, lost), and its _start()."""
    family = {"arm64": "aarch64", "x86": ARCH}
    name = tour.ports()[ARCH]["kernel"]
    text = (KERNEL / f"nolibc/arch-{family.get(name, name)}.h").read_text()
    macro = re.search(r"#define my_syscall6\(.*?\n\}\)", text, re.S)[0]
    parts = re.split(r"^\s*: ", macro, flags=re.M)
    marks = re.search(r"_NOLIBC_SYSCALL_CLOBBERLIST[\s\\]+(.*?)\n\n", text,
                      re.S)
    parts[3] += marks[1] if marks else ""
    start = re.search(r" _start\(void\).*?^\}", text, re.S | re.M)[0]
    return macro, parts, start


def nolibc_places(macro, code):
    """Return {variable: register} of my_syscall6()."""
    places = {f"_{name.lstrip('_')}": LETTERS[letter] for letter, name in
              re.findall(r'"[=+]?([abcdSD])"\s*\((\w+)\)', macro)}
    for name, place in re.findall(
            r'register long (\w+)\s+__asm__\s*\("?(\w+)"?\)', macro):
        place = place.replace("_NOLIBC_SYSCALL_REG", "r7")  # on arm
        places[name] = f"r{place}" if place.isdigit() else place
    if ARCH == "i386":
        places["_num"] = places["_eax"]
        places["_arg6"] = re.search(r"4\(%%esp\),%%(\w+)", code)[1]
    return places


def test_registers_as_nolibc_has_them(abi):
    """Whoever wrote nolibc read the kernel, too: where the number and the
    arguments go, where the result is, and which others are lost, no more and
    no fewer."""
    macro, (code, written, _, lost), _ = nolibc_says()
    instruction = abi["instruction"].split()[0]
    assert re.search(rf'"\s*{instruction}\b', code)
    places = nolibc_places(macro, code)
    names = ["_num", *(f"_arg{n}" for n in range(1, 7))]
    assert [abi["number of the call"], *numbered(abi, "argument")] == \
        [places[name] for name in names]
    result = places[re.search(r"(\w+);[\s\\]+\}\)$", macro)[1]]
    assert abi["result"] == result
    changed = {places[n] for n in re.findall(r'"[=+]\w"\s*\((\w+)\)', written)}
    changed |= set(re.findall(r'"(\w+)"', lost)) - {"memory", "cc"}
    assert set(abi["not preserved"].split()) - {"none"} == \
        changed - {result} - NOT_LOST.get(ARCH, set())


def test_errors_as_nolibc_has_them(abi):
    """A range of results, or a bit beside the errno, which then is negated.
    That the stub's errors are negative is checked in unit/test_stub.c."""
    _, (code, *_), _ = nolibc_says()
    stub = re.search(r"#define ARCH_STUB(.*?)\n\n", PORT, re.S)[1]
    behind = stub.partition("arch_syscall_return:")[2]
    if "neg " in code:
        assert re.search(r"\bbns\b", code) and "bnslr" in behind
        assert re.search(r"\bneg 3, 3\b", behind)
        said = "summary overflow in cr0; the result is the errno, positive"
    else:
        most = re.search(r"#define MAX_ERRNO (\d+)",
                         (KERNEL / "nolibc/errno.h").read_text())[1]
        assert not re.search(rf"\bneg|\b{abi['result']}\b", behind)
        said = f"-{most} to -1"
    assert abi["an error is"] == said


def test_stack_as_it_is_aligned(abi):
    """The port's start hands that register on, and aligns it to what the
    compiler relies on; nolibc's does the same, but leaves it as it is on
    s390x. That the kernel gives it so is checked in unit/test_start.c."""
    name, size = re.fullmatch(r"(\w+) points at argc, a multiple of (\d+)",
                              abi["stack at entry"]).groups()
    macros = subprocess.run(
        [*COMPILER, "-dM", "-E", "-x", "c", "/dev/null"], check=True,
        capture_output=True, text=True).stdout
    assert f"#define __BIGGEST_ALIGNMENT__ {size}\n" in macros
    if ARCH == "ppc64le":
        name = name.lstrip("r")
    entry = re.search(r"#define ARCH_ENTRY(.*?)\n\n", PORT, re.S)[1]
    _, _, start = nolibc_says()
    align = rf"[#$ ]-{size}\b|bic [^\n]*#{int(size) - 1}\b" \
        rf"|clrrdi [^\n]* {int(size).bit_length() - 1}\b"
    for code in entry, start:
        assert re.search(rf"\b(mov|mv|mr|lgr)\s[^\n]*\b{name}\b", code)
        assert re.search(align, code) or (ARCH == "s390x" and code == start)


def test_registers_of_a_function(abi, tmp_path):
    """The compiler takes each argument of seven from where the page says."""
    flags = re.search(r"^ \* flags: (.*)", PORT, re.M)
    for index, place in enumerate(numbered(abi, "C function")):
        source = tmp_path / "f.c"
        source.write_text(
            "long f(long a, long b, long c, long d, long e, long g, long h)"
            f"\n{{ return {'abcdegh'[index]} + 1; }}\n")
        code = subprocess.run(
            [*COMPILER, *(flags[1].split() if flags else []), "-O2", "-w",
             "-fno-pic", "-fomit-frame-pointer", "-S", "-o", "-", source],
            check=True, capture_output=True, text=True).stdout
        register = re.search(r"[a-z]+\d*(?=\)?$)", place)[0]
        offset = re.match(r"\d*", place)[0]
        name = register[1:] if ARCH in ("ppc64le",) else register
        memory = rf"#?{offset or ''}\(%?{name}\)|\[{name}(, #{offset})?\]"
        assert re.search(memory if "(" in place else rf"\b{name}\b", code), \
            (place, code)


def test_layout_of_the_program(abi, tmp_path):
    """Byte order, and the pages that the linker reckons with: segments are
    apart by the largest, and the least is the common one. On arm lld leaves
    room for a larger one, which no kernel has there."""
    text = subprocess.run(["readelf", "-hlW", BUILD / "hello"], check=True,
                          capture_output=True, text=True).stdout
    assert f"{abi['byte order']} endian" in text
    sizes = [int(p) for p in abi["page sizes, KiB"].split(", ")]
    assert sizes == sorted(set(sizes))
    align = {int(a, 16) for a in
             re.findall(r"^ +LOAD .* (0x[0-9a-f]+)$", text, re.M)}
    largest = 64 if ARCH == "arm" and "clang" in CC else sizes[-1]
    assert align == {largest * 1024}
    subprocess.run(
        [f"{TRIPLE}-ld", "-r", "-b", "binary", "/dev/null", "-o",
         tmp_path / "common", "--defsym", "common=CONSTANT(COMMONPAGESIZE)"],
        check=True)
    text = subprocess.run(["nm", tmp_path / "common"], check=True,
                          capture_output=True, text=True).stdout
    assert int(re.search(r"(\w+) A common", text)[1], 16) == sizes[0] * 1024


def test_instruction_of_the_program(abi):
    """It is in the stub, once, and nowhere else."""
    if "nolibc" in BUILD.name:
        pytest.skip("not its own stub")
    text = subprocess.run(
        ["llvm-objdump", "-d", "--no-show-raw-insn", BUILD / "hello.debug"],
        check=True, capture_output=True, text=True).stdout
    name, _, operand = abi["instruction"].partition(" ")
    places = re.findall(rf"\t{name}l?[\t ]*{re.escape(operand)}\s*$", text,
                        re.M)
    if operand.startswith("$0x"):  # int $0x80 is $128
        places = re.findall(rf"\t{name}\t\${int(operand[1:], 16)}\b", text)
    assert len(places) == 1


def test_numbers_as_the_headers_have_them(site):
    """By the kernel's <asm/unistd.h> and this architecture's compiler."""
    text = subprocess.run(
        [*COMPILER, "-dM", "-E", "-nostdinc", "-isystem",
         KERNEL / f"uapi-{ARCH}", "-include", "asm/unistd.h", "-x", "c",
         "/dev/null"], check=True, capture_output=True, text=True).stdout
    numbers = dict(re.findall(r"#define __NR_(\w+) (.*)", text))
    base = int(numbers.get("SYSCALL_BASE", "0"), 0)
    other = {"mmap": "mmap2", "sendfile": "sendfile64",
             "clock_gettime": "clock_gettime64", "ppoll": "ppoll_time64"}
    for head, columns in rows(site, "calls.html").items():
        name = head.split("(")[0]
        if "64" not in ARCH and ARCH != "s390x":
            name = other.get(name, f"{name}32"
                             if f"{name}32" in numbers else name)
        value = re.sub(r".*SYSCALL_BASE ?\+ ?(\d+).*", r"\1", numbers[name])
        value = re.sub(r"__NR3264_(\w+)",
                       lambda m: numbers.get("3264_" + m[1], m[0]), value)
        assert int(columns[ARCH]) == int(value) + base, head


def test_places(site):
    """Each link to a call leads to a line that makes it."""
    tree = pages.parse((site / "calls.html").read_bytes())
    count = 0
    for row in tree.iter("tr"):
        for link in row.iter("a"):
            path, line = re.fullmatch(r"source/(.*)\.html#L(\d+)",
                                      link.get("href")).groups()
            text = (tour.TOP / path).read_text().splitlines()
            assert f"sys_{row.get('id')}(" in text[int(line) - 1]
            count += 1
    assert count > 60
