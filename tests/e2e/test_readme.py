# SPDX-License-Identifier: MIT
"""What README.md shows is what there is: its commands run, and what they name
exists. Those about containers are tried in tests/container."""
import os
import platform
import re
import resource
import shlex
import subprocess

import pytest

import site_tree
from harness import BUILD, RUNNER, SCRATCHD, TOP, clean_env, is_current, run

README = (TOP / "README.md").read_text()
FENCE = r"^```\w*\n(.*?)^```$"
FENCES = re.findall(FENCE, README, re.S | re.M)
# A span may go on in the next line.
SPANS = [" ".join(span.split()) for span in
         re.findall(r"`([^`]+)`", re.sub(FENCE, "", README, flags=re.S | re.M))]
COMMANDS = SPANS + [line for fence in FENCES for line in fence.splitlines()]
# What is no command or option of ours: containers', compilers', curl's.
OTHERS = r"(docker|podman|buildah|apt-get|curl|chmod|--read-only) |-f\w+"
PROGRAM = "build/x86_64/scratchd"  # as README has it

HERE = pytest.mark.skipif(
    BUILD != TOP / "build" / platform.machine() or bool(RUNNER) or
    os.environ.get("CC") != "gcc", reason="one way of building it is enough")


def make(*args):
    """Run make, apart from the one that runs the tests; return what it says."""
    env = {name: value for name, value in clean_env().items()
           if name not in ("MAKEFLAGS", "MAKELEVEL", "BUILD", "CC", "ARCH", "RUNNER")}
    return subprocess.run(["make", "-s", *args], cwd=TOP, env=env, check=True,
                          capture_output=True, text=True, timeout=300).stdout


def shown(begin, **places):
    """The words of the command of README that begins so, with the program under
    test and what stands in a word's place here."""
    command, = {command for command in COMMANDS if command.startswith(begin)}
    words = shlex.split(command.replace("[", "").replace("]", ""))
    words = [places.get(word, word) for word in words]
    return SCRATCHD + words[1:] if words[0] == PROGRAM else words


def succeed(words):
    """Run a program that has to end well; return what it says."""
    done = run([str(word) for word in words])
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@HERE
def test_own_program(start, tree):
    """Its example is built as it says, and greets."""
    assert "make APP=greet.c" in COMMANDS
    example, = (fence for fence in FENCES if "serve/app.h" in fence)
    (BUILD / "greet.c").write_text(example)
    make(f"APP={BUILD}/greet.c")
    server = start(program="greet", root=tree)
    assert server.get("/greet/w%6frld").body == b"world"
    assert server.get("/probe.txt").body == b"probe\n"


def test_serves_a_directory(start, tree):
    """The first command, and what it says at the start."""
    is_64_bit = (BUILD / "scratchd").read_bytes()[4] == 2  # EI_CLASS
    if not is_64_bit or resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 16384 + 64:
        pytest.skip("README shows a machine of 64 bits, with more descriptors")
    assert shown(f"{PROGRAM} /path/to/site") == [*SCRATCHD, "/path/to/site"]
    server = start("--workers", "2", "--cache-size", str(16 << 20), root=tree)
    assert server.get("/probe.txt").body == b"probe\n"
    said, = re.findall(r"^scratchd: start: .*$", server.stderr.read_text(), re.M)
    native, emulated = re.findall(r"^scratchd: start: .*$", README, re.M)
    if not RUNNER:
        # What the kernel of a test machine may lack.
        said = re.sub(r"\bno (seccomp|landlock)\b", r"\1", said)
    assert said == (emulated if RUNNER else native)


@HERE
def test_under_qemu(start, tree, monkeypatch):
    """Compiled for another machine, and served by its emulator."""
    assert "make ARCH=aarch64" in COMMANDS
    make("ARCH=aarch64")
    emulator, program, site = shown(
        "qemu-aarch64 build/aarch64/scratchd tests/site")
    monkeypatch.setattr("harness.RUNNER", [emulator])
    server = start(program=TOP / program, root=TOP / site)
    assert server.get("/").status == 200
    assert f"; {re.findall('; (no openat2.*)', README)[0]}\n" in server.stderr.read_text()


def test_bundle(start, tree, tmp_path):
    """Site and server in one file, which is served, listed and taken apart."""
    file, out = tmp_path / "file", tmp_path / "out"
    succeed(shown(f"{PROGRAM} bundle /path/to/site -o server",
                  **{"/path/to/site": tree, "server": file}))
    same = tmp_path / "same"
    succeed(shown(f"{PROGRAM} bundle SITE -o ", SITE=tree,
                  FILE=same, EXECUTABLE=BUILD / "scratchd"))
    assert same.read_bytes() == file.read_bytes()
    assert "/probe.txt" in succeed(shown(f"{PROGRAM} bundle --list ", FILE=file))
    succeed(shown(f"{PROGRAM} bundle --extract ", FILE=file, DIR=out))
    served = {name: data for name, data in site_tree.FILES.items()
              if not re.search(r"(^|/)\.(?!well-known/)", name)}
    assert {str(p.relative_to(out)): p.read_bytes()
            for p in out.rglob("*") if p.is_file()} == served
    assert start(program=file, root=None).get("/probe.txt").body == b"probe\n"


def test_probe(start, tree, tmp_path):
    """A server that is well is 0, one that does not answer 1, what is no URL 2."""
    server = start(root=tree)
    command = f"{PROGRAM} probe URL"
    url = "http://127.0.0.1:8080/path"
    assert url in SPANS
    url = url.replace(":8080/path", f":{server.ports[0]}/probe.txt")
    succeed(shown(command, URL=url, S="5"))
    gone = f"unix:{tmp_path}/s.sock:/path"
    for bad, status in (gone, 1), ("probe", 2):
        done = run(shown(command, URL=bad, S="1"))
        assert (done.returncode, done.stderr.count("\n")) == (status, 1)


def test_rules(start, tmp_path):
    """The examples of _redirects and _headers mean what stands beside them; a
    line that was not understood would be on stderr."""
    for name in ("_redirects", "_headers"):
        (tmp_path / name).write_text(next(
            fence for fence in FENCES if fence.startswith(f"# {name}")))
    (tmp_path / "index.html").write_text("home\n")
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets/x.css").write_text("a{}\n")
    server = start(root=tmp_path)
    for target, location, status in (
            ("/old", "/new", 301), ("/shop?id=7", "/item/7", 301),
            ("/blog/2024/a/b", "https://blog.example/2024/a/b", 302)):
        res = server.get(target)
        assert (res.status, res.get("Location")) == (status, location)
    assert server.get("/no/such/page").body == b"home\n"
    assert server.get("/assets/x.css").get("Cache-Control") == \
        "public, max-age=31536000, immutable"


@HERE
def test_make_commands():
    """Each target is one of `make help`, each variable is somebody's, each
    architecture has a port."""
    targets = set(re.findall(r"^  ([a-z0-9-]+):", make("help"), re.M))
    sources = "".join(
        path.read_text() for pattern in ("Makefile", "src/deploy/*", "tests/*/run",
                                         "tests/bench/*.py") for path in TOP.glob(pattern))
    commands = [shlex.split(re.split("&&", c)[-1]) for c in COMMANDS
                if re.search(r"(^|&& )make( |$)", c)]
    assert len(commands) > 20
    for word in sum((command[1:] for command in commands), []):
        name, is_set, value = word.partition("=")
        if not is_set:
            assert word in targets, word
            continue
        assert re.search(rf"\b{name}\b", sources), word
        if name == "ARCH" and value != "NAME":
            assert (TOP / f"arch/{value}.h").exists() or \
                (TOP / f"arch/nolibc/{value}.h").exists(), word


def test_packages():
    """What README would have installed, tests/setup installs for its tests."""
    setup = set(re.findall(r"[\w.-]+", (TOP / "tests/setup").read_text()))
    installed = [word for command in COMMANDS
                 for part in re.findall(r"apt-get install ([^&]+)", command)
                 for word in part.split() if word != "-y"]
    assert len(installed) > 5 and set(installed) <= setup


def rows(count):
    """The rows of README's tables that have so many cells."""
    tables = [[cell.strip().replace(",", "") for cell in line[2:-2].split("|")]
              for line in README.splitlines() if line.startswith("| ")]
    return [row for row in tables if len(row) == count]


def is_near(said, size):
    """Whether a number of README's is one that the next change may make."""
    return abs(int(said) - size) <= size / 100


@HERE
def test_sizes():
    """The programs are as large as the tables say: of this machine, and of each
    architecture that has been built of the sources as they are."""
    version = run(["gcc", "-dumpversion"]).stdout.strip()
    parts = [row for row in rows(9) if row[0] in ("hello", "scratchd")]
    assert len(parts) == 4
    if f"gcc {version}" not in [row[2] for row in parts]:
        pytest.skip(f"README's sizes are not those that gcc {version} makes")
    sizes = {row[0]: row[2:4] for row in rows(5) if row[1].isdigit()}
    assert sorted(sizes) == sorted(
        path.stem for path in (TOP / "arch").glob("*.h")
        if path.stem not in ("generic", "nolibc"))
    sizes |= {f"{row[0]}-nolibc": row[1:3] for row in rows(4) if row[1].isdigit()}
    assert len(sizes) == 15
    seen = [where for where in sizes if is_current(TOP / f"build/{where}/scratchd")]
    assert platform.machine() in seen
    wrong = {}
    for where in seen:
        built = [(TOP / f"build/{where}/{name}").stat().st_size
                 for name in ("hello", "scratchd")]
        if not all(map(is_near, sizes[where], built)):
            wrong[where] = sizes[where], built
    assert wrong == {}


def test_lines_of_the_ports():
    """Each port has as many lines as the table says; those on nolibc about so
    many in the file that all share, and at most so many in the others."""
    def lines(path):
        return path.read_text().count("\n")

    said = {row[0]: int(row[1]) for row in rows(5) if row[1].isdigit()}
    assert said == {path.stem: lines(path) for path in (TOP / "arch").glob("*.h")
                    if path.stem not in ("generic", "nolibc")}
    shared, own = map(int, re.search(
        r"about (\d+) lines, which all machines share, and at most (\d+) of each",
        " ".join(README.split())).groups())
    assert abs(shared - lines(TOP / "arch/nolibc.h")) <= shared / 10
    most = max(map(lines, (TOP / "arch/nolibc").glob("*.h")))
    assert own - 10 < most <= own


SECTIONS = [[".text"], [".rodata"], [".data", ".data.rel.ro", ".got", ".dynamic"], [".bss"]]


@HERE
def test_sizes_of_sections():
    """Those of one architecture, by both compilers, as far as it is built."""
    wrong, count = {}, 0
    for program, arch, compiler, *said, _ in rows(9):
        name, version = compiler.split() if arch == "x86_64" else ("", "")
        where = TOP / f"build/{arch}{'-clang' * (name == 'clang')}"
        if not name or not is_current(where / "scratchd") or \
                run([name, "-dumpversion"]).stdout.split(".")[0].strip() != version:
            continue
        count += 1
        file = where / program
        found = {words[0]: int(words[1]) for words in map(str.split, succeed(
            ["size", "-A", "-d", file]).splitlines()) if len(words) == 3 and words[1].isdigit()}
        built = [file.stat().st_size,
                 *(sum(found.get(n, 0) for n in names) for names in SECTIONS)]
        if not all(map(is_near, said, built)):
            wrong[program, compiler] = said, built
    if not count:
        pytest.skip("README's sections are those of x86_64, and of other compilers")
    assert wrong == {}


@pytest.mark.quick
def test_options():
    """Each option that README names is one that the program says it has. Other
    programs' are those of their own lines."""
    option = r"(?<![\w=-])--?[a-zA-Z][\w-]*"
    said = [run([*SCRATCHD, *command, "--help"]) for command in ([], ["bundle"], ["probe"])]
    known = set(re.findall(option, "".join(done.stdout + done.stderr for done in said)))
    named = {name for command in COMMANDS if not re.match(OTHERS, command)
             for name in re.findall(option, command)}
    assert len(named) > 30
    assert named - known == set()


def test_links():
    """What README links to exists, and what it calls a function of a file is."""
    links = re.findall(r"\]\(([^)\s]+)\)", README)
    assert len(links) > 20
    for link in links:
        if link.startswith("#"):
            anchor = re.findall(r"^#+ (.*)$", README, re.M)
            assert link[1:] in [re.sub(r"[^\w -]", "", a.lower()).replace(" ", "-")
                                for a in anchor], link
        elif not link.startswith("https://"):
            assert (TOP / link).exists(), link
    for line in README.splitlines():
        names = re.findall(r"`(\w+)\(\)`", line)
        sources = "".join((TOP / file).read_text() for file in
                          re.findall(r"\]\((src/[^)]+\.c)\)", line))
        for name in names if sources else []:
            assert re.search(rf"\b{name}\(", sources), name


def test_paths():
    """Files that are named without a link."""
    places = [TOP / place for place in (".", "src", "include", "tests")]
    paths = [span for span in SPANS if re.fullmatch(
        r"(src|tests|arch|include|base|kernel|net|http|site|serve)/[\w./-]+", span)
        and "NAME" not in span]
    assert len(paths) > 5
    for path in paths:
        assert any((place / path).exists() for place in places), path
