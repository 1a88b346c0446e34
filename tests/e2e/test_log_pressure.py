# SPDX-License-Identifier: MIT
"""The access log where others hold its other end, or do not take what comes."""
import fcntl
import json
import os
import re

import pytest

from harness import LOG_LINE
from test_metrics import Counted
from wire import request, wait_for

# So many lines of that length are more than any of these holds.
ROUNDS, BATCH, QUERY = 20, 40, "q" * 900
BLOCKED = ("pipe", "fifo", "socket", "terminal")


def ask(server, first, count):
    """Requests on one connection, each with a number of its own."""
    with server.client() as client:
        client.send(b"".join(request(f"/probe.txt?{first + n}-{QUERY}")
                             for n in range(count)))
        for _ in range(count):
            assert client.response().body == b"probe\n"


@pytest.mark.parametrize("form", ["combined", "json"])
@pytest.mark.parametrize("blocking", [True, False])
@pytest.mark.parametrize("kind", [*BLOCKED, "file"])
def test_flags_are_left_alone(ends, start, tree, kind, blocking, form):
    """O_NONBLOCK is of what others hold as well: a shell, the next program of a
    pipeline. Nothing of the flags changes, in need either."""
    log, writer = ends
    os.set_blocking(writer.fileno(), blocking)
    flags = fcntl.fcntl(writer, fcntl.F_GETFL)
    server = start("--workers", "1", "--access-log", form, root=tree,
                   stdout=writer, errors_ok=True)
    for number in range(ROUNDS):
        ask(server, number * BATCH, BATCH)
        assert fcntl.fcntl(writer, fcntl.F_GETFL) == flags
    server.stop()
    assert fcntl.fcntl(writer, fcntl.F_GETFL) == flags
    writer.close()
    log.thread.start()
    assert log.finish().count(b"/probe.txt?0-") == 1


def numbers(data, form):
    """The numbers of the requests of a log, which is of whole lines."""
    assert data.endswith(b"\n")
    if form == "json":
        targets = [json.loads(line)["target"] for line in data.splitlines()]
    else:
        lines = [LOG_LINE.fullmatch(line) for line in data.splitlines()]
        assert all(lines)
        targets = [line[3].decode().split()[1] for line in lines]
    return [int(re.match(r"/probe\.txt\?(\d+)-q", target)[1])
            for target in targets]


@pytest.mark.quick
@pytest.mark.parametrize("form", ["combined", "json"])
@pytest.mark.parametrize("kind", BLOCKED)
def test_every_line_is_read_or_counted(ends, start, tree, form):
    """Nobody reads, then somebody does: what was read, each line once, and what
    the counter says was lost are the requests, while it runs and at its end.
    What waits comes by itself, and not with the next request's."""
    log, writer = ends
    counted = Counted(start, tree, "--workers", "1", "--access-log", form,
                      stdout=writer, errors_ok=True)
    writer.close()
    asked = 0
    for _ in range(ROUNDS):
        ask(counted.server, asked, BATCH)
        asked += BATCH
    lost = counted.value("log_lines_dropped_total")
    assert 0 < lost < asked
    log.thread.start()
    wait_for(lambda: log.data.count(b"\n") + lost == asked, "all lines")
    assert counted.value("log_lines_dropped_total") == lost
    counted.server.stop()
    found = numbers(log.finish(), form)
    assert len(found) == len(set(found)) == asked - lost
    said = counted.server.stderr.read_text()
    assert sum(map(int, re.findall(r"access log: (\d+) line", said))) == lost


@pytest.mark.quick
@pytest.mark.parametrize("form", ["combined", "json"])
@pytest.mark.parametrize("kind", BLOCKED)
def test_end_while_nobody_reads(ends, start, tree, kind, form):
    """What never went out is counted as well; a line that a terminal has not
    all of, too."""
    log, writer = ends
    # A pipe takes whole lines; in a terminal another worker's may follow a part.
    workers = "1" if kind == "terminal" else "2"
    server = start("--workers", workers, "--access-log", form, root=tree,
                   stdout=writer, errors_ok=True)
    writer.close()
    for number in range(ROUNDS):
        ask(server, number * BATCH, BATCH)
    server.stop()
    log.thread.start()
    data = log.finish()
    if kind == "terminal":
        data = data[:data.rindex(b"\n") + 1]
    found = numbers(data, form)
    said = server.stderr.read_text()
    lost = sum(map(int, re.findall(r"access log: (\d+) line", said)))
    assert len(found) == len(set(found))
    assert len(found) + lost == ROUNDS * BATCH and lost > 0


@pytest.mark.quick
@pytest.mark.parametrize("kind", BLOCKED)
def test_end_waits_for_the_reader(ends, start, tree):
    """What waits when the server is told to end is not lost if somebody reads
    it."""
    log, writer = ends
    counted = Counted(start, tree, "--workers", "1", stdout=writer,
                      errors_ok=True)
    writer.close()
    for number in range(ROUNDS):
        ask(counted.server, number * BATCH, BATCH)
    lost = counted.value("log_lines_dropped_total")
    assert lost > 0
    log.thread.start()
    counted.server.stop()
    assert len(numbers(log.finish(), "combined")) == ROUNDS * BATCH - lost
