#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""make bench, make bench-growth: speed and memory beside other servers.

    run.py bench|bench-growth

From the environment, which is where make puts its variables:

    ROUNDS   how often each server runs for each case       default 5, 3
    SECONDS  how long                                       default 2
    ONLY     cases: W1 to W11, balance; or connections, files
    SERVERS  names from servers.py
    SERIES   "two" and "one": the CPUs of server and client; default both

What comes out is build/bench/NAME.md, NAME.json and SVG files.
"""
import dataclasses
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import cases
import machine
import once
import plots
import report
import sample
import servers

OUT = Path("build/bench").resolve()
TROUBLE = (LookupError, RuntimeError, OSError, AssertionError, ValueError)
GROWTH_SERVERS = "floor scratchd trusting bundle nginx lighttpd h2o"
CONNECTIONS = (1, 10, 100, 1000, 10000)
FILES = (1, 10, 100, 1000, 10000, 100000)


class Run:
    """Samples that are being collected, and what was passed over."""

    def __init__(self, name, plan, wanted):
        self.record = OUT / f"{name}.json"
        self.plan = plan
        self.wanted = wanted
        self.samples = []
        self.passed_over = {}
        self.began = time.monotonic()

    def wants(self, name):
        """Whether a case is to be run."""
        return not self.wanted or name in self.wanted

    def say(self, text):
        """A line for whoever waits."""
        print(f"{time.monotonic() - self.began:6.0f} s  {text}", flush=True)

    def attempt(self, what, server, function, *args):
        """Call function; note why there is no result."""
        if (what, server) in self.passed_over:
            return None
        try:
            return function(*args)
        except TROUBLE as error:
            self.passed_over[what, server] = str(error)
            self.say(f"{what:5} {server}: {error}")
            return None

    def servers_for(self, case):
        """Return the servers of a case: a bundle of one file is compared with
        bundles' kin alone; where there are many files so is who trusts its
        cache, and a bundle of them."""
        if case.bundle:
            return [s for s in ("floor", "scratchd", "bundle", "nginx")
                    if s in self.plan.servers or s == "bundle"]
        return [s for s in self.plan.servers
                if case.files or s not in ("bundle", "trusting")]

    def interleave(self, case, series):
        """A B C A B C."""
        if case.bundle and not self.has_bundle(case):
            return
        for turn in range(self.plan.rounds):
            for server in self.servers_for(case):
                got = self.attempt(case.name, server, sample.take, server,
                                   case, series, turn, self.plan)
                if got:
                    self.samples.append(got.row())
                    self.say(f"{case.name:5} {series}  {server:10} "
                             f"{got.cpu_us:8.2f} µs  {got.per_second:9.0f}/s"
                             f"{'' if got.clean else '  disturbed'}")
        self.record.write_text(json.dumps(self.samples, indent=1))

    def has_bundle(self, case):
        """Whether the server can make one."""
        wish = sample.wish_for("bundle", case, self.plan.folder,
                               cases.root_of(case, self.plan.folder))
        return self.attempt(case.name, "bundle", servers.command, "bundle",
                            wish)

    def notes(self):
        """Return a list of what there is no figure for, and why."""
        return "".join(f"- {what}, {server}: {why.splitlines()[0]}\n"
                       for (what, server), why in self.passed_over.items()
                       if why)

    def repeat(self, what, names, function):
        """Call function for each server in each round; flatten lists."""
        rows = []
        for _ in range(self.plan.rounds):
            for server in names:
                got = self.attempt(what, server, function, server, self.plan)
                rows += got if isinstance(got, list) else [got] if got else []
        return rows


def heading(name, missing):
    """Return what stands above the tables."""
    told = {key: os.environ[key] for key in
            ("ROUNDS", "SECONDS", "ONLY", "SERVERS", "SERIES")
            if os.environ.get(key)}
    command = " ".join(["make", name, *(f"{key}={shlex.quote(value)}"
                                        for key, value in told.items())])
    versions = machine.packages(
        [package for _, package in servers.KINDS.values() if package]
        + ["wrk", "nghttp2-client", "curl"])
    lines = machine.description()
    lines.append("Programs: " + ", ".join(
        f"{package} {version}" for package, version in versions.items()))
    lines += missing
    return (f"`{command}`, {time.strftime('%Y-%m-%d', time.gmtime())}\n\n"
            + "".join(f"- {line}\n" for line in lines) + "\n")


def apart(run, names):
    """Measure and report what is no matter of load."""
    text = ""
    if run.wants("W7"):
        run.say("W7    memory")
        rows = [row for server in names if (row := run.attempt(
            "W7", server, once.memory, server, run.plan))]
        text += "\n## W7: memory\n\n" + report.memory(rows) + \
            "\nUser memory is the processes' PSS. The kernel's is the growth " \
            "of its slabs,\nwith the client's end of each connection.\n"
    if run.wants("W8"):
        run.say("W8    start")
        text += "\n## W8: start\n\n" + report.starts(
            run.repeat("W8", [*names, *(once.BUNDLES if "scratchd" in names
                                        else ())], once.start))
    if run.wants("balance"):
        run.say("balance")
        rows = []
        for case in cases.CASES:
            if case.name in cases.ONE_CPU:
                rows += run.repeat(
                    f"balance {case.name}",
                    [s for s in names if s in once.BALANCED],
                    lambda name, plan, c=case: once.balance(name, c, plan))
        text += "\n## Two workers: the idler's part of the busier's\n\n" + \
            report.balance(rows)
    return text


def bench(run, series):
    """All of make bench; return its report but for the heading."""
    chosen = [case for case in cases.CASES if run.wants(case.name)]
    for case in chosen:
        for one in series:
            if one == "two CPUs" or case.name in cases.ONE_CPU:
                run.interleave(case, one)
    text = report.METHOD.format(rounds=run.plan.rounds,
                                seconds=run.plan.seconds)
    for one in series:
        if any(s["series"] == one for s in run.samples):
            text += f"\n## CPU time of a request, {one}\n\n"
            text += report.overview(run.samples, chosen, one)
            plots.costs(run.samples, chosen, one,
                        OUT / f"cost-{one.replace(' ', '-').lower()}.svg")
    text += "\n" + "".join(f"- {case.name}: {case.title}\n"
                           for case in chosen)
    text += apart(run, [s for s in run.plan.servers
                        if s not in ("bundle", "trusting")])
    text += "\n## Each case\n"
    for case in chosen:
        for one in series:
            if report.select(run.samples, case.name, one):
                text += "\n" + report.details(run.samples, case, one)
    return text + "\nNo figure:\n\n" + run.notes()


def growth(run, series):
    """All of make bench-growth."""
    plain = cases.CASES[0]
    # To open so many takes wrk a second or two, and is in the figure.
    grown = {"connections": [dataclasses.replace(
                 plain, name=f"{n:,} conn.", connections=n,
                 title="13 bytes, kept connections",
                 longer=4 if n == CONNECTIONS[-1] else 1)
                 for n in CONNECTIONS],
             "files": [dataclasses.replace(
                 plain, name=f"{n:,} files", target="/0.txt", files=n,
                 title="1 KiB, 64 kept connections, files at random")
                 for n in FILES]}
    text = report.METHOD.format(rounds=run.plan.rounds,
                                seconds=run.plan.seconds)
    for what, chosen in grown.items():
        if not run.wants(what):
            continue
        for one in series:
            for case in chosen:
                run.interleave(case, one)
            points = {case.name: getattr(case, what) for case in chosen}
            part = [s for s in run.samples
                    if s["series"] == one and s["case"] in points]
            text += f"\n## CPU time of a request by {what}, {one}\n\n"
            text += report.overview(part, chosen, one)
            name = f"growth-{what}-{one.replace(' ', '-').lower()}.svg"
            plots.growth(part, points, f"{chosen[0].title}, {one}", what,
                         OUT / name)
    return text + "\nNo figure:\n\n" + run.notes()


def main():
    """Read the wishes, run, write the report."""
    name = sys.argv[1]
    # Servers are stopped on every way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    subprocess.run(["tests/setup", "build", "test", "bench"], check=True)
    machine.enter_namespace()
    missing = machine.prepare()
    is_growth = name == "bench-growth"
    given = os.environ.get
    names = (given("SERVERS") or (GROWTH_SERVERS if is_growth else
                                  servers.USUAL)).split()
    unknown = [n for n in names if n not in servers.KINDS]
    if unknown:
        sys.exit(f"no such server: {unknown}; there is {list(servers.KINDS)}")
    OUT.mkdir(parents=True, exist_ok=True)
    folder = OUT / "work"
    folder.mkdir(exist_ok=True)
    rounds = int(given("ROUNDS") or (3 if is_growth else 5))
    # Disturbed samples may make it longer by a quarter or so.
    plan = sample.Plan(folder, int(given("SECONDS") or 2), rounds,
                       tuple(names), rounds * len(names) * 2)
    run = Run(name, plan, (given("ONLY") or "").split())
    wanted = (given("SERIES") or ("one" if is_growth else "two one")).split()
    series = [f"{word} CPU{'s' if word == 'two' else ''}" for word in wanted]
    head = heading(name, missing)
    os.sched_setaffinity(0, {machine.CPUS[-1]})
    text = head + (growth if is_growth else bench)(run, series)
    (OUT / f"{name}.md").write_text(text)
    print(text)
    run.say(f"{OUT}/{name}.md")


if __name__ == "__main__":
    main()
