# SPDX-License-Identifier: MIT
"""Reads the text cases; test_cases.py documents their format."""
import re
from pathlib import Path

FOLDER = Path(__file__).parent / "cases"
ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|.)")
SIMPLE = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"0": b"\0", b"\\": b"\\"}
FLAGS = {"quick", "whole"}


class Expected:
    """What one response must be."""

    def __init__(self, statuses, head):
        self.statuses = [int(s) for s in statuses.split("|")]
        self.head = head
        self.fields = []
        self.body = None
        self.body_regexp = None


class Case:
    """One case of a file."""

    def __init__(self, file, name, flags):
        self.file = file
        self.name = name
        self.flags = flags
        self.steps = []
        self.expected = []
        self.end = None

    @property
    def fin(self):
        """Whether the client closes its side."""
        return "fin" in self.steps

    def data(self):
        """Return all bytes that the case sends."""
        return b"".join(s for s in self.steps if isinstance(s, bytes))

    def send(self, data):
        """Append to the last step, or begin a new one."""
        if self.steps and isinstance(self.steps[-1], bytes):
            self.steps[-1] += data
        else:
            self.steps.append(data)


def unescape(text):
    """Return the bytes that a text with escapes stands for."""
    def one(match):
        code = match[1]
        return bytes([int(code[1:], 16)]) if code[:1] == b"x" and \
            len(code) == 3 else SIMPLE[code]
    return ESCAPE.sub(one, text.encode())


def parse_expected(case, text):
    """Take in one line of an expected response."""
    status = re.fullmatch(r"(\d{3}(?:\|\d{3})*)( head)?", text)
    if status:
        case.expected.append(Expected(status[1], bool(status[2])))
        return
    want = case.expected[-1]
    if text.startswith("body ~ "):
        want.body_regexp = text[7:].encode()
    elif text.startswith("body "):
        assert text[5] == text[-1] == '"', text
        want.body = unescape(text[6:-1])
    elif text.startswith("!"):
        want.fields.append((text[1:], "absent", None))
    elif " ~ " in text:
        name, value = text.split(" ~ ", 1)
        want.fields.append((name, "matches", value))
    elif ": " in text:
        name, value = text.split(": ", 1)
        want.fields.append((name, "is", value))
    else:
        want.fields.append((text, "present", None))


def parse_line(case, line):
    """Take in one line of a case."""
    if line.startswith(">* "):
        count, text = line[3:].split(" ", 1)
        case.send(unescape(text) * int(count))
    elif line.startswith("> "):
        case.send(unescape(line[2:]))
    elif line.startswith("< "):
        parse_expected(case, line[2:])
    elif line in ("pause", "fin"):
        case.steps.append(line)
    elif line in ("= open", "= close", "= told"):
        case.end = line[2:]
    else:
        raise ValueError(f"cannot read {line!r}")


def parse_file(path):
    """Return the cases of one file."""
    cases = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        title = re.fullmatch(r"== (.+?)(?: \[([a-z ]+)\])?", line)
        try:
            if title:
                cases.append(Case(path.stem, title[1],
                                  set((title[2] or "").split())))
                assert cases[-1].flags <= FLAGS, "unknown flag"
            else:
                parse_line(cases[-1], line)
        except (ValueError, AssertionError, KeyError, IndexError) as failure:
            raise ValueError(f"{path.name}:{number}: {failure}") from failure
    return cases


def load():
    """Return the cases of every file, in order."""
    cases = []
    for path in sorted(FOLDER.glob("*.http")):
        cases += parse_file(path)
    names = [(c.file, c.name) for c in cases]
    assert len(set(names)) == len(names), "two cases of one name"
    for case in cases:
        assert case.steps and case.end, f"{case.file}:{case.name} is not whole"
    return cases
