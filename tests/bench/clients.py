# SPDX-License-Identifier: MIT
"""The load generators, and how to read what they say.

wrk drives what is many small answers. h2load drives large files: it takes
them with half of wrk's CPU time, and the client must not be what is measured.
It does not come back to a server that has closed its connection, and there
wrk takes its place.
curl makes the one large download, since that is what makes them in life.
"""
import os
import re
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from figures import percentile

LUA = Path(__file__).with_name("wrk.lua")


@dataclass
class Load:
    """What a client has seen. Times in microseconds, 0 for unknown."""
    requests: int
    seconds: float
    bytes: int
    errors: int
    p50: float
    p99: float
    p999: float


def parse_wrk(text):
    """Read the line that wrk.lua prints.

    A server that closes each connection on its own, without announcing it,
    would show as errors: they are counted, all of them.
    """
    line = re.search(r"^result (.*)$", text, re.M)
    if not line:
        raise ValueError(f"wrk said: {text[-500:]}")
    n = {key: int(value) for key, value in
         (word.split("=") for word in line[1].split())}
    errors = sum(n[key] for key in ("connect", "read", "write", "status",
                                    "timeout"))
    return Load(n["requests"], n["us"] / 1e6, n["bytes"], errors,
                n["p50"], n["p99"], n["p999"])


def parse_h2load(text, log):
    """Read h2load's report, and its log: a line for each request with start,
    status and time in microseconds, of which the percentiles are made."""
    done = re.search(r"^finished in ([\d.]+)(us|ms|s),", text, re.M)
    counts = re.search(r"^requests: \d+ total, \d+ started, (\d+) done, "
                       r"\d+ succeeded, (\d+) failed, (\d+) errored, "
                       r"(\d+) timeout", text, re.M)
    status = re.search(r"^status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, "
                       r"(\d+) 5xx", text, re.M)
    traffic = re.search(r"^traffic: \S+ \((\d+)\) total", text, re.M)
    if not (done and counts and status and traffic):
        raise ValueError(f"h2load said: {text[-500:]}")
    rows = [line.split("\t") for line in log.splitlines()]
    times = [int(row[2]) for row in rows if row[1] == "200"]
    if not times:
        raise ValueError("h2load: no request was answered")
    errors = sum(int(n) for n in counts.groups()[1:])
    errors += sum(int(n) for n in status.groups()[1:])
    unit = {"us": 1e-6, "ms": 1e-3, "s": 1.0}[done[2]]
    return Load(int(counts[1]), float(done[1]) * unit, int(traffic[1]),
                errors, *(percentile(times, p) for p in (50, 99, 99.9)))


def parse_curl(text, seconds):
    """Read a line for each download: status, bytes, seconds."""
    rows = [line.split() for line in text.splitlines()]
    times = [float(row[2]) * 1e6 for row in rows]
    if not times:
        raise ValueError("curl: no download")
    return Load(len(rows), seconds, sum(int(row[1]) for row in rows),
                sum(row[0] != "200" for row in rows),
                *(percentile(times, p) for p in (50, 99, 99.9)))


def wrk(url, case, seconds):
    """The command that drives a case by wrk."""
    command = ["wrk", "-t1", f"-c{case.connections}", f"-d{seconds}",
               "--timeout", "10s", "-s", str(LUA)]
    for field in case.fields:
        command += ["-H", field]
    command.append(url + case.target)
    if case.pipeline > 1:
        command += ["--", "pipeline", str(case.pipeline)]
    elif case.files:
        command += ["--", "files", str(case.files)]
    return command


def h2load(url, case, seconds, log):
    """The command that drives a case by h2load."""
    return ["h2load", "--h1", "-t1", f"-c{case.connections}",
            f"--duration={seconds}", f"--log-file={log}", url + case.target]


def curl(url, case, seconds):
    """The command that downloads one file over and over, one at a time."""
    count = max(3, round(5 * seconds))
    return ["curl", "-s", "-o", "/dev/null", "-w",
            "%{http_code} %{size_download} %{time_total}\n",
            f"{url}{case.target}?[1-{count}]"]


def run(url, case, seconds, folder, before):
    """Run the client of a case to its end.

    before is called in its process, to put it where it belongs. Return the
    load and the CPU seconds that the client took.
    """
    log = folder / "h2load.log"
    log.unlink(missing_ok=True)
    command = {"wrk": lambda: wrk(url, case, seconds),
               "h2load": lambda: h2load(url, case, seconds, log),
               "curl": lambda: curl(url, case, seconds)}[case.client]()
    out = folder / "client.out"
    begin = time.monotonic()
    with open(out, "wb") as said:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                 stdout=said, stderr=subprocess.STDOUT,
                                 preexec_fn=before)
        # One that waits for ever is ended, and its sample with it.
        limit = threading.Timer(5 * seconds + 20, child.kill)
        limit.start()
        _, status, used = os.wait4(child.pid, 0)
        limit.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
    text = out.read_text(errors="replace")
    if child.returncode:
        raise ValueError(f"{command[0]} failed: {text[-500:]}")
    elapsed = time.monotonic() - begin
    cpu = used.ru_utime + used.ru_stime
    if case.client == "wrk":
        load = parse_wrk(text)
        # It takes the time of a batch, compares it with what a request takes
        # on average, and fills in those that it believes to have missed.
        if case.pipeline > 1:
            load.p50 = load.p99 = load.p999 = 0
        return load, cpu
    if case.client == "h2load":
        return parse_h2load(text, log.read_text()), cpu
    return parse_curl(text, elapsed), cpu
