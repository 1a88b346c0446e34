# SPDX-License-Identifier: MIT
"""Plots as SVG, drawn by gnuplot."""
import shutil
import subprocess

from figures import median
from report import by_round, select, servers_of, summary

COLOURS = {"floor": "#888888", "scratchd": "#c1272d", "bundle": "#e88a8e",
           "unguarded": "#f3c1c3", "trusting": "#8c1c21",
           "nginx": "#0a8f3c", "lighttpd": "#2b6cb0", "h2o": "#8a5fbf",
           "webfs": "#d98e04", "busybox": "#4d4d4d", "mini-httpd": "#9aa5b1"}
STYLE = """\
set terminal svg size {size} font "sans-serif,12" background "#ffffff"
set output "{out}"
set border 3 lc rgb "#666666"
set tics nomirror
set grid ytics lc rgb "#dddddd"
set key {key}
"""


def draw(script):
    """Run gnuplot, where there is one. Return whether it drew."""
    if not shutil.which("gnuplot"):
        return False
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
    return True


def block(name, rows):
    """Return a data block of gnuplot."""
    lines = [" ".join(str(cell) for cell in row) for row in rows]
    return f"${name} << END\n" + "\n".join(lines) + "\nEND\n"


def costs(samples, cases, series, out):
    """Bars: the CPU time of each server in each case, as ratio to nginx's."""
    names = {case.name for case in cases}
    servers = servers_of([s for s in samples if s["series"] == series
                          and s["case"] in names])
    rows = []
    for case in cases:
        part = select(samples, case.name, series)
        ratios = [summary(part, server)["to_base"]
                  if by_round(part, server, "cpu_us") else None
                  for server in servers]
        if any(ratios):
            rows.append([case.name, *(f"{r:.3f}" if r else "NaN"
                                      for r in ratios)])
    if not rows:
        return False
    script = STYLE.format(size="1000,420", out=out,
                          key="outside right top reverse Left")
    script += block("data", rows)
    script += f"""\
set title "CPU time of the server for the same work, nginx = 1 ({series})"
set style data histogram
set style histogram clustered gap 1
set style fill solid 1.0 noborder
set logscale y 2
set yrange [0.0625:64]
set ytics (0.0625, 0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64)
"""
    script += "plot " + ", ".join(
        f"$data using {i + 2}:xtic(1) title '{server}' "
        f"lc rgb '{COLOURS[server]}'"
        for i, server in enumerate(servers)) + "\n"
    return draw(script)


def growth(samples, points, title, xlabel, out):
    """Lines: the CPU time of a request by something that grows. points maps
    a case's name to the number."""
    script = STYLE.format(size="800,420", out=out,
                          key="outside right top reverse Left")
    plots = []
    for i, server in enumerate(servers_of(samples)):
        rows = []
        for name, number in points.items():
            cost = [s["cpu_us"] for s in samples
                    if s["case"] == name and s["server"] == server]
            if cost:
                rows.append([number, f"{median(cost):.3f}"])
        if rows:
            script += block(f"s{i}", rows)
            plots.append(f"$s{i} using 1:2 with linespoints title '{server}' "
                         f"pt 7 ps 0.6 lw 2 "
                         f"lc rgb '{COLOURS[server]}'")
    if not plots:
        return False
    script += f"""\
set title "{title}"
set xlabel "{xlabel}"
set ylabel "CPU time of a request, microseconds"
set logscale x 10
set format x "%.0f"
set yrange [0:*]
"""
    return draw(script + "plot " + ", ".join(plots) + "\n")
