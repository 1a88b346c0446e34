# SPDX-License-Identifier: MIT
"""One sample: a fresh server, checked, warmed, driven, and what it took."""
import itertools
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import cases
import clients
from figures import foreign_seconds
from machine import CPUS, Clock
from servers import Server, Wish, on_cpus

# Others may use so much of one CPU while a sample is taken. The idle time of
# /proc/stat and the scheduler's sums differ by about half of it anyway, since
# the way into and out of idle belongs to neither.
QUIET = 0.08
TRIES = 3       # of a sample that others disturb
WARM = 300      # requests before the clock starts
PORTS = itertools.cycle(range(1100, 4000))


class NoGroup:
    """For the client: its CPU time comes from wait4."""

    def enter(self):
        """Stay where it is."""


@dataclass
class Plan:
    """What holds for every sample of a run."""
    folder: Path
    seconds: int = 2
    rounds: int = 5
    servers: tuple = ()
    repeats: int = 0    # disturbed samples that may still be repeated


@dataclass
class Sample:
    """What a server took for a case, in one round."""
    case: str
    series: str
    server: str
    round: int
    requests: int
    per_second: float
    user_us: float       # CPU time for each request, or unit of bytes
    system_us: float
    p50: float
    p99: float
    p999: float
    errors: int
    busy: float          # CPUs that the server kept busy
    client_busy: float
    foreign: float       # CPUs that others kept busy, stolen time with it
    stolen: float
    clean: bool
    kept: bool           # whether the server keeps connections

    @property
    def cpu_us(self):
        """User and system together."""
        return self.user_us + self.system_us

    def row(self):
        """Return it as a dictionary, for JSON."""
        return {**asdict(self), "cpu_us": self.cpu_us}


def cpus_of(series):
    """Return the server's CPUs and the client's."""
    if series == "one CPU":
        return {CPUS[0]}, {CPUS[0]}
    return {CPUS[0]}, {CPUS[-1]}


def wish_for(name, case, folder, root):
    """Return what a server is to do in a case. The floor never logs."""
    wish = Wish(root, folder, next(PORTS), target=case.target,
                floor=case.floor,
                connections=max(1024, case.connections + 500))
    if case.log and name != "floor":
        wish.log = folder / "access.log"
    return wish


def check(server, case, root):
    """Compare the bytes, then warm the server up. Return whether it keeps
    connections; a server that cannot do what the case is about is passed
    over."""
    content = (root / case.target[1:]).read_bytes()
    kept = server.get(case.target, content, 2)
    if case.pipeline > 1 and not server.pipelines(case.target, content,
                                                  case.pipeline):
        raise LookupError(f"{server.name} does not answer pipelined requests")
    if server.name != "floor":
        for number in range(0, case.files, 100):
            server.get(f"/{number}.txt", cases.content(number))
    if case.client == "wrk":
        server.get(case.target, content, WARM)
    return kept


def measure(server, case, series, plan):
    """Drive a server once. Return load, seconds of CPU and of others."""
    before = on_cpus(NoGroup(), cpus_of(series)[1])
    clock, used = Clock(), server.cpu()
    load, client = clients.run(server.url, case,
                               plan.seconds * case.longer, plan.folder,
                               before)
    now = server.cpu()
    capacity, idle, stolen = clock.elapsed()
    user, system = now[0] - used[0], now[1] - used[1]
    foreign = foreign_seconds(capacity, idle, (user, system, client))
    wall = capacity / os.cpu_count()
    return load, (user, system), (client / wall, foreign / wall,
                                  stolen / wall, wall)


def check_log(server, load):
    """A line for each request, or the log was not kept."""
    if server.wish.log:
        server.stop()
        with open(server.wish.log, "rb") as log:
            lines = sum(1 for _ in log)
        assert lines >= load.requests, \
            f"{server.name}: {lines} lines for {load.requests} requests"


def once(name, case, series, turn, plan):
    """Start a server, measure it once, stop it."""
    root = cases.root_of(case, plan.folder)
    server = Server(name, wish_for(name, case, plan.folder, root),
                    cpus_of(series)[0])
    try:
        kept = check(server, case, root)
        if case.client == "h2load" and not kept:
            case = replace(case, client="wrk")
        load, used, others = measure(server, case, series, plan)
        check_log(server, load)
    finally:
        server.stop()
    if not load.requests:
        raise LookupError(f"{name} answered nothing")
    client, foreign, stolen, wall = others
    count = load.bytes / case.unit if case.unit else load.requests
    return Sample(case.name, series, name, turn, load.requests,
                  load.requests / load.seconds, used[0] / count * 1e6,
                  used[1] / count * 1e6, load.p50, load.p99, load.p999,
                  load.errors, sum(used) / wall, client, foreign, stolen,
                  foreign <= QUIET, kept)


def take(name, case, series, turn, plan):
    """Measure until nobody disturbs it, or often enough; return the least
    disturbed sample."""
    best = once(name, case, series, turn, plan)
    for _ in range(TRIES - 1):
        if best.clean or not plan.repeats:
            break
        plan.repeats -= 1
        again = once(name, case, series, turn, plan)
        best = min(best, again, key=lambda sample: sample.foreign)
    return best
