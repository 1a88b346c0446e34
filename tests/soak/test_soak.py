# SPDX-License-Identifier: MIT
"""For as long as one likes: `make soak MINUTES=30`, a third of one by default.

Three servers of the same site, the files of which are replaced all the time.
One is reloaded every second and one has a worker killed every two, so their
workers come and go and their masters must not grow; the third never is, so its
workers must not. Clients send all kinds of requests and verify each answer
against what the file was meanwhile; beside them others are slow with what they
send and read, or vanish. Memory (PSS) and descriptors go to
build/ARCH/soak.csv and soak.svg.
"""
import contextlib
import os
import re
import shutil
import signal
import statistics
import subprocess
import threading
import time
from pathlib import Path

import pytest

import attacks
from harness import BUILD, Server, children
from traffic import Reader, Site, run_all
from wire import RUNNER, wait_for

pytestmark = pytest.mark.skipif(
    bool(RUNNER), reason="an emulator's own memory would be measured")

SECONDS = 60 * float(os.environ.get("MINUTES") or 1 / 3)
PLOT = """\
set terminal svg size 900,600 font "sans-serif,12" background "#ffffff"
set output "{out}"
set datafile separator ","
set key outside right top
set grid ytics lc rgb "#dddddd"
set xlabel "seconds"
set yrange [0:*]
set multiplot layout 2,1
set ylabel "PSS, KiB"
plot "{csv}" using 1:2 with lines lw 2 title "reloaded, master", \\
     "" using 1:4 with lines lw 2 title "killed, master", \\
     "" using 1:6 with lines lw 2 title "steady, all processes"
set ylabel "descriptors"
plot "{csv}" using 1:3 with lines lw 2 title "reloaded, master", \\
     "" using 1:5 with lines lw 2 title "killed, master", \\
     "" using 1:7 with lines lw 2 title "steady, all processes"
"""


def pss(pid):
    """The proportional set size of a process, KiB."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(text.split("\nPss:")[1].split()[0])


def descriptors(pid):
    """How many it has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


class Watch:
    """Takes a sample of the servers each second."""

    def __init__(self, reloaded, killed, steady):
        self.masters = reloaded, killed
        self.steady = steady
        self.rows = []

    def go_on(self, stop):
        """Until it is over."""
        begin = time.monotonic()
        while not stop.wait(1):
            row = [round(time.monotonic() - begin)]
            for master in self.masters:
                row += pss(master.pid), descriptors(master.pid)
            all_of = [self.steady.pid, *children(self.steady.pid)]
            row += sum(map(pss, all_of)), sum(map(descriptors, all_of))
            self.rows.append(row)

    def draw(self):
        """Write the samples down, and the plot where there is gnuplot."""
        csv, out = BUILD / "soak.csv", BUILD / "soak.svg"
        csv.write_text("".join(",".join(map(str, row)) + "\n"
                               for row in self.rows))
        if shutil.which("gnuplot"):
            subprocess.run(["gnuplot"], text=True, check=True,
                           input=PLOT.format(csv=csv, out=out))

    def growth(self, column):
        """The last quarter beside the one from the second on."""
        values = [row[column] for row in self.rows]
        quarter = max(1, len(values) // 4)
        return (statistics.median(values[-quarter:]),
                statistics.median(values[quarter:2 * quarter]))


def reload(server, stop):
    """SIGHUP every second."""
    while not stop.wait(1):
        server.signal(signal.SIGHUP)


def kill(server, stop):
    """SIGKILL for one of the workers, every two seconds."""
    while not stop.wait(2):
        os.kill(server.workers()[0], signal.SIGKILL)


def report(readers, site, watch):
    """A line for whoever has waited."""
    times = sorted(t for reader in readers for t in reader.times)
    answers = {kind: sum(r.answers[kind] for r in readers)
               for kind in readers[0].answers}
    growth = ", ".join(f"{early} to {last}" for last, early in
                       map(watch.growth, range(1, 7)))
    return (f"\nsoak: {SECONDS:.0f} s, {sum(answers.values())} answers "
            f"({', '.join(f'{n} {kind}' for kind, n in answers.items())}), "
            f"{sum(r.bytes for r in readers) >> 20} MiB verified, "
            f"{site.number} files replaced, "
            f"{[r.asked_anew for r in readers]} asked anew, "
            f"p99 {1000 * times[int(0.99 * len(times))]:.0f} ms; growth of PSS "
            f"(KiB) and descriptors: {growth}")


def test_soak(tmp_path, capsys):
    """No byte is wrong or too old, no request is lost, and nothing grows."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "abuse.bin").write_bytes(bytes(8 << 20))
    site = Site(root)
    servers = []
    for name in ("reloaded", "killed", "steady"):
        (tmp_path / name).mkdir()
        servers.append(Server(
            tmp_path / name, "--workers", "2", "--cache-size", "1000000",
            "--access-log", "off", "--header-timeout", "2", "--body-timeout",
            "2", "--write-timeout", "2", root=root, errors_ok=name == "killed"))
    reloaded, killed, steady = servers
    readers = [Reader(site, server, seed, breaks=server is killed)
               for seed, server in enumerate(2 * servers)]
    watch = Watch(*servers)
    stop = threading.Event()
    workers = steady.workers()
    try:
        with contextlib.ExitStack() as attackers:
            for attack in (attacks.slow_heads, attacks.slow_bodies,
                           attacks.slow_readers):
                attackers.enter_context(
                    attacks.under_attack(attack, steady.address))
            run_all([site.go_on, watch.go_on, lambda s: reload(reloaded, s),
                     lambda s: kill(killed, s),
                     *(reader.go_on for reader in readers)], stop, SECONDS)
        assert steady.workers() == workers
        for server in (reloaded, killed):
            wait_for(lambda s=server: len(s.workers()) == 2, "two workers")
        for server in servers:
            server.stop()
    finally:
        for server in servers:
            if not server.stopped:
                server.kill()
    said = killed.stderr.read_text()
    deaths = re.findall(r"^scratchd: worker \d+ was killed by signal 9$", said, re.M)
    watch.draw()
    with capsys.disabled():
        print(report(readers, site, watch))
    assert [w for reader in readers for w in reader.wrong] == []
    assert all(n for reader in readers for n in reader.answers.values())
    assert len(deaths) >= SECONDS / 4
    assert said.count(" was ") + said.count(" ended ") == len(deaths), said
    # Who was not reloaded has no reason to close a connection that is in use.
    assert [r.asked_anew for r in readers
            if r.address == steady.address] == [0, 0]
    for column, slack in enumerate((300, 2, 300, 2, 2000, 150), 1):
        last, early = watch.growth(column)
        assert last <= 1.1 * early + slack, (column, last, early)
