# SPDX-License-Identifier: MIT
"""What QEMU's own -strace says of a program that traces, and whether it is the
same: QEMU decodes the registers itself, by another hand and on every machine.

It writes a line in pieces, those of all processes into one file: a strace of
QEMU tells whose they are.
"""
import ast
import errno
import os
import re
import resource
import select
import signal
import socket

from harness import clean_env
from trace import name_of, without_trace

ARCH = os.environ.get("ARCH", "x86_64")
ORDER = "big" if ARCH in ("aarch64_be", "armeb", "mips", "ppc", "ppc64",
                          "s390x") else "little"
IS_MIPS = ARCH.startswith("mips")

# What QEMU 7.2 knows by number only, beside pwritev2, whose number is another
# on each machine. MIPS counts from 4000.
UNKNOWN = {414: "ppoll", 437: "openat2", 444: "landlock_create_ruleset"}
RENAMED = {"clock_gettime64": "clock_gettime", "mmap2": "mmap",
           "sendfile64": "sendfile"}

# What QEMU writes as numbers, and no module of Python has.
NUMBERS = {"AT_FDCWD": -100, "AT_STATX_SYNC_AS_STAT": 0, "EPOLL_CTL_ADD": 1,
           "EPOLL_CTL_DEL": 2, "PR_SET_NO_NEW_PRIVS": 38,
           "PR_SET_PDEATHSIG": 1, "SECCOMP_SET_MODE_FILTER": 1,
           "SFD_CLOEXEC": os.O_CLOEXEC, "SFD_NONBLOCK": os.O_NONBLOCK,
           "SOL_IPV6": socket.IPPROTO_IPV6, "SOL_TCP": socket.IPPROTO_TCP}
MODULES = (os, resource, select, signal, socket)

NUMBER = re.compile(r"-?(?:0|[1-9]\d*)|0x[0-9a-f]+")
PIECE = re.compile(r'^write\(\d+<.*?>, "((?:[^"\\]|\\.)*)", \d+\) ', re.M)


def watch(folder):
    """Return the command and the environment of a run that QEMU writes of."""
    folder.mkdir()
    log = folder / "log"
    return (["strace", "-ff", "-qq", "-y", "-s", "4096", "-e", "trace=write",
             "-P", str(log), "-o", str(folder / "strace")],
            clean_env(QEMU_STRACE="1", QEMU_LOG_FILENAME=str(log)))


def rename(call):
    """Return a call of QEMU's by the name that it has in the trace."""
    number = re.fullmatch(r"Unknown syscall (\d+)", call)
    if number:
        return UNKNOWN.get(int(number[1]) % 1000, "pwritev2") + "()"
    name = name_of(call)
    if name == "waitid":  # riscv32's wait4: arch/nolibc.h
        return "wait4()"
    return RENAMED.get(name, name) + call[len(name):]


def with_unseen(lines):
    """Put the call in that QEMU's MIPS refuses before it writes of it: where
    the trace looks at the clock twice, and there is none between."""
    whole = []
    for line in lines:
        whole.append(line)
        if [name_of(w) for w in whole[-4:]] == [
                "write", "clock_gettime", "clock_gettime", "write"]:
            whole.insert(-2, "landlock_create_ruleset()")
    return whole


def by_qemu(folder):
    """Return {process: its calls} of what QEMU has written into a folder."""
    calls = {}
    for file in folder.glob("strace.*"):
        pid = int(file.suffix[1:])
        text = "".join(ast.literal_eval(f'"{piece}"')
                       for piece in PIECE.findall(file.read_text()))
        lines = re.findall(rf"^{pid} (\w+\(.*|Unknown syscall \d+)$", text,
                           re.M)
        if lines:
            lines = [rename(line) for line in lines]
            calls[pid] = without_trace(
                pid, with_unseen(lines) if IS_MIPS else lines)
    return calls


def split(text):
    """Split at the commas that are within nothing."""
    parts, depth = [""], 0
    for token in re.findall(r'"(?:[^"\\]|\\.)*"|/\*.*?\*/|.', text):
        depth += (token in "([{") - (token in ")]}")
        if token == "," and not depth:
            parts.append("")
        elif not token.startswith("/*"):
            parts[-1] += token
    return [part.strip() for part in parts]


def parse(call):
    """Return a call's arguments and its result."""
    whole = re.fullmatch(r"\w+\((.*)\) = (.*)", call) \
        or re.fullmatch(r"\w+\((.*)\)()", call)
    return split(whole[1]), whole[2]


def number_of(names):
    """Return the number of a flag or of several: MIPS has others."""
    if IS_MIPS:
        return None
    total = 0
    for name in names.split("|"):
        found = [NUMBERS[name]] if name in NUMBERS else [
            getattr(module, name) for module in MODULES
            if hasattr(module, name)]
        assert found, f"{names}: is {name} one?"
        total |= found[0]
    return total


def in_trace(text):
    """Return flags, or a structure, as the trace has them, in any order."""
    text = re.sub(r"\b(sin6?|sun)_family", "sa_family", text)
    text = re.sub(r"\bIPPROTO_IP\b", "0", text)
    # QEMU does not look into these, and reads 10 in the host's byte order.
    text = re.sub(r"=(AF_INET6|10|2560),.*}", "=AF_INET6}", text)
    if ARCH.startswith("aarch64"):  # QEMU has two names for the bit there
        text = text.replace("O_LARGEFILE", "O_NOFOLLOW")
    text = text.replace("PF_", "AF_").replace(", ", ",")
    return set(text.split("|")) - {"AT_STATX_SYNC_AS_STAT"}


def is_same_argument(ours, theirs):
    """Whether both may be of the same argument. Of what is behind a pointer,
    QEMU has the address."""
    if not NUMBER.fullmatch(theirs):
        return in_trace(ours) == in_trace(theirs)
    value = int(theirs, 0)
    if ours == "NULL" or ours[0] in "\"[{":
        return (ours == "NULL") == (value == 0)
    if NUMBER.fullmatch(ours):
        # It cuts some addresses.
        bits = 32 if theirs.startswith("0x") else 64
        return (int(ours, 0) - value) % 2 ** bits == 0
    return number_of(ours) in (None, value)


def join_position(words):
    """Return the position that registers hold."""
    if ARCH not in ("arm", "armeb", "i386", "mips", "mipsel", "ppc", "riscv32"):
        return int(words[0])
    pair = words[:2] if ARCH in ("i386", "riscv32") else words[1:]
    low, high = pair if ORDER == "little" else reversed(pair)
    return int(low) % 2 ** 32 | int(high) % 2 ** 32 << 32


def arrange(name, words):
    """Return the arguments of a call of QEMU's as the trace has them."""
    if name in ("pread64", "pwrite64"):
        return [*words[:3], str(join_position(words[3:]))]
    if name == "clone":
        flags, *rest = words
        assert all(int(word.split("=")[1], 0) == 0 for word in rest), words
        assert int(flags, 0) == (18 if IS_MIPS else signal.SIGCHLD), words
        return ["child_stack=NULL", "flags=SIGCHLD"]
    # QEMU takes a pointer to the arguments for the first of them.
    if name == "mmap" and ARCH == "s390x":
        return []
    return words


def is_same_result(ours, theirs, arguments):
    """Whether both are the same, and so is what QEMU adds to it."""
    error = re.fullmatch(r"-1 errno=\d+ \((.*)\)", theirs)
    if error:
        return os.strerror(getattr(errno, ours.split()[1])) == error[1]
    value, _, more = theirs.partition(" (")
    if more:
        assert more[:-1].replace(" = ", "=").replace(",", ", ") in arguments
    return int(value, 0) == int(ours.split()[0], 0)


def is_same(ours, theirs):
    """Whether both are of the same call."""
    name = name_of(ours)
    if name_of(theirs) != name:
        return False
    mine, result = parse(ours)
    words, seen = parse(theirs)
    # Of what it does not know, QEMU has neither of both.
    return (not words[0] or all(map(is_same_argument, mine,
                                    arrange(name, words)))) \
        and (not seen or is_same_result(result, seen, mine))


def same(traced, seen):
    """Assert that both have the same processes with the same calls."""
    assert sorted(traced) == sorted(seen)
    for pid, calls in seen.items():
        assert list(map(name_of, traced[pid])) == list(map(name_of, calls))
        for ours, theirs in zip(traced[pid], calls):
            assert is_same(ours, theirs), f"{ours}\n{theirs}"
