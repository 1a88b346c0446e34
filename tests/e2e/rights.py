# SPDX-License-Identifier: MIT
"""Which calls src/kernel/calls.def lets each role make, and which were made.

A role is a letter of calls.def, or more: "F" behind a worker's stands for the
same where it serves files, "L" for the same where openat2 is missing.
"""
import re
from collections import defaultdict

from harness import TOP

ROW = re.compile(r'^CALL\((\w+), ".*?", "(\w+)"', re.M)
CALL = re.compile(r"^(\w+)\(", re.M)
FILTER = re.compile(r"^seccomp\(SECCOMP_SET_MODE_FILTER, .* = 0$", re.M)
STARTED = re.compile(r"^execve\(.* = 0$", re.M)


def rows():
    """Return {call: its letters}."""
    return dict(ROW.findall((TOP / "src/kernel/calls.def").read_text()))


def allowed(role):
    """Return the calls that a role may make."""
    return {call for call, letters in rows().items() if set(letters) & set(role)}


def own(role):
    """Return those that it may make for its last letter's sake."""
    return allowed(role[-1])


def phases(text):
    """Split what a process did, as strace has it, where it got its filter. The
    call that installs it is the last of the first part."""
    began = list(STARTED.finditer(text))
    if began:
        text = text[began[-1].end():]
    place = FILTER.search(text)
    cut = place.end() if place else len(text)
    return CALL.findall(text[:cut]), CALL.findall(text[cut:])


class Record:
    """made: {role: {call: the scenarios in which it was made}}."""

    def __init__(self, folder):
        self.folder = folder
        self.made = defaultdict(lambda: defaultdict(list))

    def tracer(self, scenario):
        """Return the command in front of a program that is to be watched."""
        (self.folder / scenario).mkdir()
        return ["strace", "-ff", "-qq", "-s", "0", "-e", "signal=none",
                "-o", str(self.folder / scenario / "strace")]

    def has(self, text, scenario):
        """Return whether strace has seen it so far."""
        return any(text in file.read_text()
                   for file in (self.folder / scenario).iterdir())

    def add(self, scenario, role, calls):
        """Note them."""
        for call in dict.fromkeys(calls):
            self.made[role][call].append(scenario)

    def command(self, scenario, role):
        """Take in a program of one process, and of one role."""
        file, = (self.folder / scenario).iterdir()
        self.add(scenario, role, sum(phases(file.read_text()), []))

    def server(self, scenario, walks=False, files=True):
        """Take in a server: the master is the process that was executed. A
        worker that has no filter yet is not concerned by what openat2 does."""
        suffix = "L" if walks else ""
        worker = "WF" if files else "W"
        for file in (self.folder / scenario).iterdir():
            text = file.read_text()
            before, after = phases(text)
            master = bool(STARTED.search(text))
            self.add(scenario, "m" + suffix if master else "w", before)
            self.add(scenario, ("M" if master else worker) + suffix, after)

    def unused(self, role):
        """Return the rights of a role that no scenario made use of."""
        made = (calls for of, calls in self.made.items() if of.startswith(role))
        return sorted(own(role).difference(*made))

    def beyond(self, role):
        """Return what it did without a right, and where."""
        return {call: where for call, where in self.made[role].items()
                if call not in allowed(role)}
