# SPDX-License-Identifier: MIT
"""Tables in Markdown, of samples as dictionaries (Sample.row())."""
from figures import median, median_ratio, significant, spread

BASE, FLOOR = "nginx", "floor"


def by_round(samples, server, what):
    """Return a figure of a server, by round."""
    return {s["round"]: s[what] for s in samples if s["server"] == server}


def servers_of(samples):
    """Return the servers in the order in which they ran first."""
    return list(dict.fromkeys(s["server"] for s in samples))


def select(samples, case, series):
    """Return the samples of a case in a series."""
    return [s for s in samples if s["case"] == case and s["series"] == series]


def summary(samples, server):
    """Return the medians of a server's samples of one case, and its ratios
    to the server that others know and to the floor."""
    mine = [s for s in samples if s["server"] == server]
    row = {what: median([s[what] for s in mine]) for what in (
        "cpu_us", "user_us", "system_us", "per_second", "p50", "p99", "p999",
        "busy", "client_busy", "foreign")}
    cost = by_round(samples, server, "cpu_us")
    row["spread"] = spread(list(cost.values()))
    row["to_base"] = median_ratio(cost, by_round(samples, BASE, "cpu_us"))
    row["to_floor"] = median_ratio(cost, by_round(samples, FLOOR, "cpu_us"))
    row["errors"] = sum(s["errors"] for s in mine)
    row["unclean"] = sum(not s["clean"] for s in mine)
    row["rounds"] = len(mine)
    row["kept"] = all(s["kept"] for s in mine)
    return row


def table(head, rows):
    """Return a table; the first column is of words, the others of numbers."""
    lines = ["| " + " | ".join(head) + " |",
             "|---|" + "---:|" * (len(head) - 1)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |"
              for row in rows]
    return "\n".join(lines) + "\n"


def marks(row):
    """Return what a reader has to know about a row."""
    text = ""
    if row["unclean"]:
        text += f" ~{row['unclean']}"
    if row["errors"]:
        text += f" !{row['errors']}"
    return text


def overview(samples, cases, series):
    """One table of all cases: CPU time and its ratio to nginx's."""
    rows = []
    chosen = [case for case in cases if select(samples, case.name, series)]
    for server in servers_of(samples):
        row = [server]
        for case in chosen:
            part = select(samples, case.name, series)
            if not by_round(part, server, "cpu_us"):
                row.append("-")
                continue
            s = summary(part, server)
            ratio = f" ({s['to_base']:.2f})" if s["to_base"] else ""
            row.append(significant(s["cpu_us"]) + ratio + marks(s))
        rows.append(row)
    return table(["µs", *(case.name for case in chosen)], rows)


def details(samples, case, series):
    """The table of one case."""
    part = select(samples, case.name, series)
    rows = []
    for server in servers_of(part):
        s = summary(part, server)
        rows.append([
            server + marks(s), significant(s["cpu_us"]),
            significant(s["user_us"]), significant(s["system_us"]),
            f"{s['spread'] * 100:.0f} %",
            f"{s['to_base']:.2f}" if s["to_base"] else "-",
            f"{s['to_floor']:.2f}" if s["to_floor"] else "-",
            significant(s["per_second"]),
            *(significant(s[p] or None) for p in ("p50", "p99", "p999")),
            f"{s['busy']:.2f}", f"{s['client_busy']:.2f}",
            "" if s["kept"] else "no"])
    return f"### {case.name}, {series}: {case.title}\n\n" + table(
        ["server", "CPU µs", "user", "system", "±", "× nginx", "× floor",
         "answers/s", "p50 µs", "p99", "p99.9", "CPUs", "client's",
         "keeps"], rows)


def memory(rows):
    """The table of W7."""
    def mib(n):
        return f"{n / (1 << 20):.2f}"
    return table(
        ["server", "at rest, MiB", "with 10,000 connections, MiB",
         "more, bytes a connection", "kernel's, bytes a connection"],
        [[r["server"], mib(r["before"]), mib(r["after"]),
          f"{r['each']:,.0f}", f"{r['kernel']:,.0f}"] for r in rows])


def starts(rows):
    """The table of W8."""
    servers = servers_of(rows)
    return table(
        ["server", "exec to first answer, ms", "CPU, ms"],
        [[server, *(significant(1e3 * median(
            [r[what] for r in rows if r["server"] == server]))
            for what in ("taken", "cpu"))] for server in servers])


def balance(rows):
    """The table of the two workers' shares."""
    found = {}
    for row in rows:
        found.setdefault((row["case"], row["server"]), []).append(row)
    return table(
        ["case, server", "by CPU time", "by requests"],
        [[", ".join(key), *(f"{median([r[what] for r in part]):.2f}"
                            for what in ("cpu", "requests"))]
         for key, part in found.items()])


METHOD = """\
A figure is the median of {rounds} rounds of {seconds} s; in a round each
server runs once, after the others, freshly started, checked for the exact
bytes, and warmed up. A ratio is the median of the rounds' ratios. CPU time is
user and system time of all processes of a server, as the scheduler counts it.
On the loopback device whoever sends also does the receiver's half of TCP, for
every server alike; the floor (tests/bench/floor.c) shows how much that is.
The series "two CPUs" has the server on one CPU and the client on another,
which is the bottleneck where CPUs (the server's share of one) is below 1.
"One CPU" has both on one: what a request costs a machine that is overloaded.
`~N` marks N rounds in which others used the machine all the same, `!N` so many
errors that the client saw; `keeps: no` is a server that closes every
connection. A number in parentheses is the ratio to nginx.
"""
