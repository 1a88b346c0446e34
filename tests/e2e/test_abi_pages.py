# SPDX-License-Identifier: MIT
"""The pages that `make site` makes, and that their tables are true: beside
the kernel tree's nolibc and headers, the compiler, and the linked program."""
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
# i386 has no names for registers in nolibc, but letters of constraints.
LETTERS = {"a": "eax", "b": "ebx", "c": "ecx", "d": "edx", "S": "esi",
           "D": "edi"}


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


def test_registers_as_nolibc_has_them(abi):
    """Whoever wrote nolibc read the kernel, too."""
    family = {"arm64": "aarch64", "x86": ARCH}
    name = re.search(r"^ \* kernel: (\S+)", PORT, re.M)[1]
    text = (KERNEL / f"nolibc/arch-{family.get(name, name)}.h").read_text()
    macro = re.search(r"#define my_syscall6\(.*?\n\}\)", text, re.S)[0]
    instruction = abi["instruction"].split()[0]
    assert re.search(rf'"\s*{instruction}\b', macro)
    found = re.findall(r'long (_num|_arg\d)\s+__asm__\s*\(("?\w+"?)\)', macro)
    if found:
        registers = [r.strip('"').lstrip("r" if ARCH == "s390x" else "")
                     for _, r in found]
        said = [abi["number of the call"], *numbered(abi, "argument")]
        if ARCH == "s390x":
            said = [r.lstrip("r") for r in said]
        if ARCH == "arm":  # r7 has two names, and one of them a macro
            registers[0] = "r7"
        assert said == registers
    else:
        letters = re.findall(r'"\+?([a-dSD])"\s*\(', macro)
        assert [abi["number of the call"], *numbered(abi, "argument")[:5]] \
            == [LETTERS[letter] for letter in letters]
    marks = re.search(r"_NOLIBC_SYSCALL_CLOBBERLIST[\s\\]+(.*?)\n\n", text,
                      re.S)
    lost = set(re.findall(r'"(\w+)"', macro.rsplit(":", 1)[1]
                          + (marks[1] if marks else "")))
    assert lost - {"memory", "cc", "lr"} <= set(abi["not preserved"].split())


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


def test_layout_of_the_program(abi):
    """Byte order, and an alignment that is enough for the largest page."""
    text = subprocess.run(["readelf", "-hlW", BUILD / "hello"], check=True,
                          capture_output=True, text=True).stdout
    assert f"{abi['byte order']} endian" in text
    align = {int(a, 16) for a in
             re.findall(r"^ +LOAD .* (0x[0-9a-f]+)$", text, re.M)}
    largest = max(int(p) for p in abi["page sizes, KiB"].split(", "))
    assert min(align) >= largest * 1024


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
