# SPDX-License-Identifier: MIT
"""For as long as one likes: `make soak MINUTES=30`, a third of one by default.

Two servers of the same site, the files of which are replaced all the time. One
is reloaded every second, so its workers come and go and its master must not
grow; the other never is, so its workers must not. Clients verify each body by
its hash, while others are slow with what they send and read, or vanish. Memory
(PSS) and descriptors go to build/ARCH/soak.csv and soak.svg.
"""
import os
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
     "" using 1:4 with lines lw 2 title "steady, all processes"
set ylabel "descriptors"
plot "{csv}" using 1:3 with lines lw 2 title "reloaded, master", \\
     "" using 1:5 with lines lw 2 title "steady, all processes"
"""


def pss(pid):
    """The proportional set size of a process, KiB."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(text.split("\nPss:")[1].split()[0])


def descriptors(pid):
    """How many it has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


class Watch:
    """Takes a sample of both servers each second."""

    def __init__(self, reloaded, steady):
        self.reloaded = reloaded
        self.steady = steady
        self.rows = []

    def go_on(self, stop):
        """Until it is over."""
        begin = time.monotonic()
        while not stop.wait(1):
            all_of = [self.steady.pid, *children(self.steady.pid)]
            self.rows.append((round(time.monotonic() - begin),
                              pss(self.reloaded.pid),
                              descriptors(self.reloaded.pid),
                              sum(map(pss, all_of)),
                              sum(map(descriptors, all_of))))

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


def test_soak(tmp_path, capsys):
    """No byte is wrong, no request is lost, and nothing grows."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "abuse.bin").write_bytes(bytes(8 << 20))
    site = Site(root)
    servers = []
    for name in ("reloaded", "steady"):
        (tmp_path / name).mkdir()
        servers.append(Server(tmp_path / name, "--workers", "2",
                              "--cache-size", "1000000", "--access-log",
                              "off", "--header-timeout", "2",
                              "--write-timeout", "2", root=root))
    reloaded, steady = servers
    readers = [Reader(site, server.address, seed)
               for seed, server in enumerate(2 * servers)]
    watch = Watch(reloaded, steady)
    stop = threading.Event()
    workers = steady.workers()
    try:
        with attacks.under_attack(attacks.slow_heads, steady.address), \
                attacks.under_attack(attacks.slow_readers, steady.address):
            run_all([site.go_on, watch.go_on, lambda s: reload(reloaded, s),
                     *(reader.go_on for reader in readers)], stop, SECONDS)
        assert steady.workers() == workers
        wait_for(lambda: len(reloaded.workers()) == 2, "the last reload")
        for server in servers:
            server.stop()
    finally:
        for server in servers:
            if not server.stopped:
                server.kill()
    watch.draw()
    answers = sum(reader.answers for reader in readers)
    times = sorted(t for reader in readers for t in reader.times)
    with capsys.disabled():
        print(f"\nsoak: {SECONDS:.0f} s, {answers} answers, "
              f"{sum(r.bytes for r in readers) >> 20} MiB verified, "
              f"{site.number} files replaced, "
              f"{sum(r.asked_anew for r in readers)} asked anew, "
              f"p99 {1000 * times[int(0.99 * len(times))]:.0f} ms; "
              f"growth (last, early) of PSS {watch.growth(1)}, "
              f"{watch.growth(3)} KiB, of descriptors {watch.growth(2)}, "
              f"{watch.growth(4)}")
    assert [w for reader in readers for w in reader.wrong] == []
    assert all(reader.answers for reader in readers)
    for column, slack in ((1, 300), (3, 2000), (2, 2), (4, 150)):
        last, early = watch.growth(column)
        assert last <= 1.1 * early + slack, (column, last, early)
