# SPDX-License-Identifier: MIT
"""The manual page, README's table and --help name the same options, values
and defaults."""
import re
import subprocess

import pytest

from harness import BUILD, SCRATCHD, TOP, run


def by_help():
    """Options of --help: {name: (letter, value, default)}."""
    found = re.findall(
        r"^  (?:-(\w), |    )--(\S+) (\S*) +(.*?)(?: \[([^][]*)\])?$",
        run([*SCRATCHD, "--help"]).stdout, re.M)
    return {name: (letter, value, default)
            for letter, name, value, _, default in found}


def by_readme():
    """Options of README's table, in the same form."""
    options = {}
    for line in (TOP / "README.md").read_text().splitlines():
        cells = [c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) != 3 or "`--" not in cells[0]:
            continue
        for letter, name, value in re.findall(
                r"(?:`-(\w)`, )?`--([\w-]+) ?([^`]*)`", cells[0]):
            options[name] = (letter, value.replace("\\|", "|"),
                             cells[2].replace("`", ""))
    return options


def by_manual():
    """Options of the manual page, in the same form."""
    text = (TOP / "src/man/scratchd.1").read_text()
    items = re.split(r"^\.(?=It Fl)", text, flags=re.M)[1:]
    options = {}
    for item in items:
        head, body = item.split("\n", 1)
        letter, name, value = re.fullmatch(
            r"It (?:Fl (\w) , )?Fl -(\S+)(?: Ar (\S+))?", head).groups("")
        default = re.search(r"^Default: (.*)\.$", body.split("\n.El")[0],
                            re.M)
        options[name] = (letter, value, default[1] if default else "")
    return options


@pytest.mark.quick
def test_same_options():
    """None is missing anywhere, and each is written alike."""
    options = by_help()
    assert len(options) > 20
    assert by_manual() == options
    readme = by_readme()
    assert set(readme) == set(options)
    for name, (letter, value, default) in options.items():
        assert readme[name][:2] == (letter, value), name
        assert readme[name][2].startswith(default), name
        assert bool(default) == bool(readme[name][2]), name


def test_defaults_are_true():
    """The numbers are those of the program's own text: options.c."""
    text = (TOP / "src/serve/options.c").read_text()
    for name, (_, value, default) in by_help().items():
        if value in ("S", "BYTES") and default.isdigit():
            field = name.replace("-", "_")
            number = re.search(rf"\.{field} = (.*),", text)[1]
            assert eval(number) == int(default), name  # "1 << 20"


    limits = (TOP / "src/serve/limits.c").read_text()
    size = re.search(r"#define CACHE_SIZE \((.*)\)", limits)[1]
    assert by_help()["cache-size"][2] == f"{eval(size)} or fewer"


def test_variables():
    """Each has one, which says so when its value is wrong."""
    for name, (_, value, _) in by_help().items():
        if not value or name == "health-path":  # any text may be one
            continue
        variable = "SCRATCHD_" + name.upper().replace("-", "_")
        done = run([*SCRATCHD, "."], env={variable: "/\n"})
        assert done.returncode == 2, name
        assert done.stderr.startswith(f"scratchd: {variable}: "), name


def manual(width):
    """The manual page as text of so many columns."""
    text = subprocess.run(
        ["mandoc", "-T", "ascii", "-O", f"width={width}",
         str(TOP / "src/man/scratchd.1")], check=True, capture_output=True,
        text=True).stdout
    return re.sub(".\b", "", text)


def usage(command):
    """What a command says if it is used in a wrong way, but for its name."""
    done = run([*SCRATCHD, command, "--wrong"])
    said = re.fullmatch(rf"scratchd: {command}: usage: scratchd (.*)\n",
                        done.stderr)
    assert done.returncode == 2 and said, done
    return said[1]


def test_same_usage():
    """Program, synopsis and README agree on what there is, and how it is
    written."""
    first = run([*SCRATCHD, "--help"]).stdout.splitlines()[0]
    probe, forms = usage("probe").split(", URL: ")
    said = [first.removeprefix("usage: scratchd "), probe,
            *usage("bundle").split(", ")]
    page = manual(200)
    synopsis = re.search(r"\nSYNOPSIS\n(.*?)\n\n", page, re.S)[1]
    assert re.findall(r"^ +scratchd (.*)$", synopsis, re.M) == said
    assert len(synopsis.splitlines()) == len(said)
    for form in forms.split(" or "):
        assert f" {form}" in page, form
    readme = (TOP / "README.md").read_text()
    for line in said:
        assert re.search(rf"^build/x86_64/scratchd {re.escape(line)}(  |$)",
                         readme, re.M), line


def test_manual_is_readable():
    """As text of 80 columns, with the sections that a manual has."""
    plain = manual(78)
    for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "ENVIRONMENT",
                    "SIGNALS", "EXIT STATUS", "EXAMPLES"):
        assert f"\n{section}\n" in plain
    assert max(len(line) for line in plain.splitlines()) <= 78


def test_install(tmp_path):
    """Both where they belong, and away again."""
    program = BUILD / "scratchd"
    make = ["make", "-s", "-C", str(TOP), f"BUILD={BUILD}", "-o",
            str(program), f"DESTDIR={tmp_path}", "PREFIX=/usr"]
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    subprocess.run([*make, "install"], check=True, env=env)
    files = {str(p.relative_to(tmp_path)): p.stat().st_mode & 0o777
             for p in tmp_path.rglob("*") if p.is_file()}
    assert files == {"usr/bin/scratchd": 0o755,
                     "usr/share/man/man1/scratchd.1": 0o644}
    installed = tmp_path / "usr/bin/scratchd"
    assert installed.read_bytes() == program.read_bytes()
    subprocess.run([*make, "uninstall"], check=True, env=env)
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]
