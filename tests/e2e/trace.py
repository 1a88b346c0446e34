# SPDX-License-Identifier: MIT
"""What builds with TRACE=1 say, and what strace says of them, as lists of
calls that can be compared."""
import errno
import fcntl
import ipaddress
import os
import re
import subprocess
from pathlib import Path

from harness import BUILD, clean_env
from wire import RUNNER

TOP = Path(__file__).resolve().parents[2]
TRACED = BUILD.parent / f"{BUILD.name}-trace"

# PID SECONDS CALL(ARGUMENTS) = RESULT <SECONDS>
LINE = re.compile(r"(\d+) \d+\.\d{6} (\w+\(.*?)(?: <\d+\.\d{6}>)?$")
# errno.def says these in words of its own.
OWN_WORDS = {"EAGAIN": "try again later", "ECHILD": "no child process",
             "ENOSYS": "not in this kernel"}
PORT = "nolibc" if "nolibc" in BUILD.name else "native"


def build():
    """Make the programs that trace, beside those under test."""
    env = {name: value for name, value in clean_env().items()
           if name not in ("MAKEFLAGS", "MAKELEVEL", "BUILD")}
    cc = [f"CC={os.environ['CC']}"] if "CC" in os.environ else []
    # Two suites may run beside each other.
    with open(BUILD / "trace.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(
            ["make", "-s", "TRACE=1", f"BUILD={TRACED}", f"PORT={PORT}", *cc,
             f"ARCH={os.environ.get('ARCH', 'x86_64')}",
             f"{TRACED}/hello", f"{TRACED}/scratchd"],
            cwd=TOP, env=env, check=True)


def program(name):
    """Return the command that runs the one of that name."""
    return [*RUNNER, str(TRACED / name)]


def plain(line):
    """Return a call in the form in which both write it: without the padding
    before the result, with an errno's text in strace's words but for capitals,
    and without what only one knows."""
    line = re.sub(r"\) +(= |\?)", r") \1", line)
    line = re.sub(r"( = -1 (E[A-Z0-9]+) )\((.*)\)$", lambda m: m[1] + (
        os.strerror(getattr(errno, m[2])) if OWN_WORDS.get(m[2]) == m[3]
        else m[3]).lower(), line)
    line = re.sub(
        r'inet_pton\(AF_INET6, "([^"]*)", &sin6_addr\)',
        lambda m: f"inet_pton {ipaddress.ip_address(m[1])}", line)
    # strace 6.1 is older than these.
    line = line.replace("|LANDLOCK_ACCESS_FS_TRUNCATE"
                        "|LANDLOCK_ACCESS_FS_IOCTL_DEV", "|0xc000")
    line = re.sub(r"(handled_access_fs=[^,}]*), [^}]*\}", r"\1}", line)
    line = line.replace("TIOCOUTQ", "SIOCOUTQ")
    line = re.sub(r"\|0x8 /\* MFD_\w+ \*/", "|MFD_NOEXEC_SEAL", line)
    return line.strip()


def by_trace(text):
    """Return {process: its calls} of what a program that traces has said."""
    calls = {}
    for pid, call in re.findall(LINE.pattern, text, re.M):
        calls.setdefault(int(pid), []).append(plain(call))
    return calls


def name_of(line):
    """Return the name of a call."""
    return line.split("(", 1)[0]


def without_trace(pid, lines):
    """Take out of a process's calls those that the trace made. Around each
    call are two looks at the clock, and then its line is written; before the
    first one the trace asks what its process is."""
    group, calls = [], []
    for line in lines:
        group.append(line)
        # QEMU shows where a line is, and not what is in it.
        is_line = line.startswith((f'write(2, "{pid} ', "write(2,0x"))
        if name_of(line) == "exit_group":  # its line was written before it
            group = [group[0], line, group[0], group[1]]
        elif not is_line or len(group) == 2:
            continue
        if not calls and name_of(group[1]) == "getpid":
            del group[1]
        assert [name_of(g) for g in group] == [
            "clock_gettime", name_of(group[1]), "clock_gettime",
            "write"], group
        calls.append(group[1])
        group = []
    return calls


def by_strace(folder):
    """Return the same of what strace -ff has written into a folder."""
    calls = {}
    for file in folder.glob("strace.*"):
        pid = int(file.suffix[1:])
        lines = [plain(line) for line in file.read_text().splitlines()
                 if re.match(r"\w+\(", line)
                 and not line.startswith("execve(")]
        calls[pid] = without_trace(pid, lines)
    return calls
