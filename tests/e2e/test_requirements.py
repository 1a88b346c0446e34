# SPDX-License-Identifier: MIT
"""requirements.txt, line by line: nothing that must hold is without a test."""
import ast
import functools
import re
from pathlib import Path

import pytest

import casefile

HERE = Path(__file__).parent
LINE = re.compile(r"(3986|6585|911[012]) (\d+(?:\.\d+)*) \| (MUST|SHOULD) \| (\S[^|]*\S)"
                  r" \| (\S[^|]*\S)")
pytestmark = pytest.mark.quick


def load():
    """Return (line number, RFC, section, level, what, tests) of each line."""
    rows = []
    text = (HERE / "requirements.txt").read_text()
    for number, line in enumerate(text.splitlines(), 1):
        if line and not line.startswith("#"):
            match = LINE.fullmatch(line)
            assert match, f"line {number} cannot be read: {line!r}"
            section = [int(n) for n in match[2].split(".")]
            rows.append((number, int(match[1]), section, *match.groups()[2:]))
    return rows


@functools.cache
def cases():
    """Return the file and name of each text case."""
    return {(c.file, c.name) for c in casefile.load()}


@functools.cache
def functions(path):
    """Return the names of the functions and methods of a Python file."""
    return {node.name for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.FunctionDef)}


def exists(test):
    """Whether there is a test of that name."""
    case = re.fullmatch(r"([a-z-]+): (.+)", test)
    if case:
        return case.groups() in cases()
    file, _, name = test.partition("::")
    if file.startswith("unit/"):
        path = HERE.parent / file
        return path.is_file() and f"RUN({name});" in path.read_text()
    return (HERE / file).is_file() and name in functions(HERE / file)


@pytest.mark.parametrize("row", load(), ids=lambda r: f"line {r[0]}")
def test_requirement(row):
    """A MUST has tests, and so has a SHOULD that has no reason for none."""
    _, _, _, level, _, tests = row
    if tests.startswith("- "):
        assert level == "SHOULD"
        return
    missing = [t for t in tests.split("; ") if not exists(t)]
    assert not missing


def test_order():
    """By RFC and section, nothing said twice."""
    rows = load()
    assert len(rows) > 200
    places = [row[1:3] for row in rows]
    assert places == sorted(places)
    assert len({row[4] for row in rows}) == len(rows)
