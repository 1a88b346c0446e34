# SPDX-License-Identifier: MIT
"""The machine: its description, a quiet corner of it, and its clocks."""
import os
import platform
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

INSIDE = "SCRATCHD_BENCH_NAMESPACE"
SYSCTLS = {
    # BBR, which some machines have by default, paces on the loopback device
    # too, and its timers hide what a server costs.
    "tcp_congestion_control": "reno",
    # No connection lingers after its end: neither do ports run out, nor does
    # a sample pay for the expiry of an earlier one's.
    "tcp_max_tw_buckets": "0",
    "tcp_max_syn_backlog": "65536",
    "ip_local_port_range": "4096 65535",
}
# Those that this program may use, before it is put on one of them.
CPUS = sorted(os.sched_getaffinity(0))
TICK = os.sysconf("SC_CLK_TCK")


def enter_namespace():
    """Run this program again, in a network of its own where that may be."""
    if INSIDE in os.environ:
        return
    command = ["unshare", "--net"]
    if os.geteuid():
        command += ["--user", "--map-root-user"]
    works = subprocess.run([*command, "true"], check=False,
                           stderr=subprocess.DEVNULL).returncode == 0
    os.environ[INSIDE] = "private" if works else "shared"
    if not works:
        command = []
    command += [sys.executable, "-B", *sys.argv]
    os.execvp(command[0], command)


def prepare():
    """Set up the network and the limits; return what could not be."""
    missing = []
    if os.environ[INSIDE] == "private":
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        Path("/proc/sys/net/core/somaxconn").write_text("65535")
        for name, value in SYSCTLS.items():
            try:
                Path("/proc/sys/net/ipv4", name).write_text(value)
            except OSError as error:
                missing.append(f"net.ipv4.{name} = {value}: {error.strerror}")
    else:
        missing.append("no network namespace of its own: the machine's "
                       f"settings hold ({congestion_control()})")
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (65536, max(limit, 65536)))
    except (ValueError, PermissionError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    if len(CPUS) < 2:
        missing.append("one CPU alone: the pinned series is a shared one")
    if not Group.parent():
        missing.append("no control group may be made: CPU time is that of "
                       "/proc, to 10 ms for processes that have ended")
    return missing


def congestion_control():
    """Return the one of this network."""
    return Path("/proc/sys/net/ipv4/tcp_congestion_control") \
        .read_text().strip()


def description():
    """Return lines about the machine, for whoever compares two of them."""
    def field(name):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith(name):
                return line.split(":", 1)[1].strip()
        return "unknown"

    flaws = Path("/sys/devices/system/cpu/vulnerabilities")
    mitigations = [f"{f.name}: {text}" for f in sorted(flaws.glob("*"))
                   if (text := f.read_text().strip()) != "Not affected"]
    virtual = "hypervisor" in field("flags").split()
    return [
        f"CPU: {field('model name')}, {os.cpu_count()} of them"
        f"{', a virtual machine' if virtual else ''}",
        f"Kernel: {platform.system()} {platform.release()}, congestion "
        f"control {congestion_control()}",
        f"Mitigations: {'; '.join(mitigations) or 'none needed'}",
        f"Load average at the start: {os.getloadavg()[0]:.2f}",
    ]


def descendants(pid):
    """Return pid and the process ids of all that it started."""
    found = [pid]
    for parent in found:
        try:
            text = Path(f"/proc/{parent}/task/{parent}/children").read_text()
        except OSError:
            continue
        found += [int(child) for child in text.split()]
    return found


def tree_cpu(pid):
    """Return user and system seconds of a process and its descendants.

    The sum is the scheduler's own, in nanoseconds; how it is divided is
    sampled by the tick.
    """
    user = system = exact = 0.0
    for one in descendants(pid):
        try:
            stat = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1]
            for task in Path(f"/proc/{one}/task").iterdir():
                exact += int((task / "schedstat").read_text().split()[0]) / 1e9
        except OSError:
            continue
        ticks = [int(n) / TICK for n in stat.split()[11:15]]
        user, system = user + ticks[0], system + ticks[1]
        exact += ticks[2] + ticks[3]
    part = user / (user + system) if user + system else 0.0
    return exact * part, exact * (1 - part)


class Group:
    """A control group: the kernel adds up the CPU time of what is in it, and
    of what was in it and has ended. Where none can be made, add up by hand."""

    count = 0

    def __init__(self):
        parent = self.parent()
        self.path = None
        if parent:
            Group.count += 1
            self.path = parent / f"scratchd-bench-{os.getpid()}-{Group.count}"
            self.path.mkdir()

    @staticmethod
    def parent():
        """Return where groups can be made, or None."""
        for line in Path("/proc/mounts").read_text().splitlines():
            fields = line.split()
            if fields[2] == "cgroup2" and os.access(fields[1], os.W_OK):
                return Path(fields[1])
        return None

    def enter(self):
        """Put this process into it: between fork and exec."""
        if self.path:
            (self.path / "cgroup.procs").write_text("0")

    def cpu(self, pid):
        """Return user and system seconds so far."""
        if not self.path:
            return tree_cpu(pid)
        words = (self.path / "cpu.stat").read_text().split()
        stat = dict(zip(words[::2], words[1::2]))
        return int(stat["user_usec"]) / 1e6, int(stat["system_usec"]) / 1e6

    def pids(self, pid):
        """Return the processes in it."""
        if not self.path:
            return descendants(pid)
        return [int(p) for p in (self.path / "cgroup.procs")
                .read_text().split()]

    def close(self):
        """End what is left in it, and remove it."""
        if not self.path:
            return
        kill = self.path / "cgroup.kill"
        if kill.exists():
            kill.write_text("1")
        end = time.monotonic() + 5
        while time.monotonic() < end:
            try:
                self.path.rmdir()
                return
            except OSError:
                time.sleep(0.01)


class Clock:
    """What the machine did between two moments."""

    def __init__(self):
        self.start = self.read()

    @staticmethod
    def read():
        """Return the time, idle and stolen CPU seconds of the machine."""
        with open("/proc/stat", encoding="ascii") as stat:
            fields = [int(n) / TICK for n in stat.readline().split()[1:]]
        return time.monotonic(), fields[3] + fields[4], fields[7]

    def elapsed(self):
        """Return seconds of all CPUs together, how many of them were idle,
        and how many the hypervisor gave to others."""
        now = self.read()
        return ((now[0] - self.start[0]) * os.cpu_count(),
                now[1] - self.start[1], now[2] - self.start[2])


def packages(names):
    """Return Debian's versions of packages."""
    if not shutil.which("dpkg-query"):
        return {}
    text = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *names],
        capture_output=True, text=True, check=False).stdout
    return dict(line.split() for line in text.splitlines())
