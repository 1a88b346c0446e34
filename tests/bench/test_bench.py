# SPDX-License-Identifier: MIT
"""What a measurement computes and reads, where a mistake would go unnoticed.
It takes a second and is a part of `make lint`."""
import pytest

import clients
import figures
import plots
import report

WRK = """Running 2s test @ http://127.0.0.1:9001/
  1 threads and 64 connections
Requests/sec: 111505.64
result requests=122629 us=1099756 bytes=6376708 connect=1 read=2 write=3 \
status=4 timeout=5 p50=28 p99=88 p999=1332
"""
H2LOAD = """Stopped all clients for thread #0

finished in {took}, 3886.00 req/s, 3.80GB/s
requests: 7772 total, 7780 started, 7772 done, 7770 succeeded, {bad}
status codes: {status}
traffic: 7.59GB (8149874640) total, 159.49KB (163317) headers (space savings \
0.00%), 7.59GB (8154775552) data
"""


def h2load(took="2.00s", bad="0 failed, 0 errored, 0 timeout",
           status="7772 2xx, 0 3xx, 0 4xx, 0 5xx"):
    """Return a report."""
    return H2LOAD.format(took=took, bad=bad, status=status)


def log(times, status=200):
    """Return h2load's log of requests that took so long."""
    return "".join(f"1795500004127183\t{status}\t{t}\n" for t in times)


def test_median():
    """Odd and even counts, in any order."""
    assert figures.median([3, 1, 2]) == 2
    assert figures.median([4, 1, 3, 2]) == 2.5
    assert figures.median([7]) == 7
    with pytest.raises(ValueError):
        figures.median([])


def test_percentile():
    """Nearest rank: of a hundred values the 99th, not one in between."""
    hundred = list(range(100, 0, -1))
    assert figures.percentile(hundred, 50) == 50
    assert figures.percentile(hundred, 99) == 99
    assert figures.percentile(hundred, 99.9) == 100
    assert figures.percentile([5], 1) == 5
    with pytest.raises(ValueError):
        figures.percentile([], 50)


def test_median_ratio():
    """The median of ratios, which is not the ratio of medians; rounds that
    one of them does not have are left out."""
    of, to = {0: 10, 1: 40, 2: 30}, {0: 10, 1: 20, 2: 60}
    assert figures.median_ratio(of, to) == 1
    assert figures.median(of.values()) / figures.median(to.values()) == 1.5
    assert figures.median_ratio({0: 10, 5: 1}, {0: 5, 6: 1}) == 2
    assert figures.median_ratio({0: 1}, {1: 1}) is None
    assert figures.median_ratio({0: 1}, {0: 0}) is None


def test_foreign():
    """What was neither idle nor ours, stolen time with it; never negative."""
    assert figures.foreign_seconds(4, 1, (1, 0.5, 1)) == 0.5
    assert figures.foreign_seconds(4, 1, (2, 1.01)) == 0


def test_spread():
    """Half of the range."""
    assert figures.spread([9, 10, 13]) == 0.2
    assert figures.spread([0, 0]) == 0


@pytest.mark.parametrize("value, text", [
    (None, "-"), (0, "0"), (0.01234, "0.0123"), (1.234, "1.23"),
    (12.345, "12.3"), (999.6, "1,000"), (123456, "123,456")])
def test_significant(value, text):
    """Three digits that count."""
    assert figures.significant(value) == text


def test_wrk():
    """Every kind of error counts."""
    load = clients.parse_wrk(WRK)
    assert (load.requests, load.bytes, load.errors) == (122629, 6376708, 15)
    assert load.seconds == 1.099756
    assert (load.p50, load.p99, load.p999) == (28, 88, 1332)
    with pytest.raises(ValueError):
        clients.parse_wrk("unable to connect to 127.0.0.1:1 refused\n")


@pytest.mark.parametrize("took, seconds", [
    ("2.00s", 2), ("950.50ms", 0.9505), ("999us", 0.000999)])
def test_h2load(took, seconds):
    """Its units, its exact count of bytes, percentiles from its log."""
    load = clients.parse_h2load(h2load(took), log(range(1, 101)))
    assert load.seconds == pytest.approx(seconds)
    assert (load.requests, load.bytes) == (7772, 8149874640)
    assert (load.errors, load.p50, load.p99) == (0, 50, 99)


def test_h2load_errors():
    """Failures and statuses are errors, and have no part in percentiles."""
    text = h2load(bad="1 failed, 2 errored, 3 timeout",
                  status="7000 2xx, 10 3xx, 20 4xx, 30 5xx")
    load = clients.parse_h2load(text, log([7]) + log([9], 404))
    assert load.errors == 66
    assert load.p999 == 7
    with pytest.raises(ValueError):
        clients.parse_h2load(text, log([9], 404))
    with pytest.raises(ValueError):
        clients.parse_h2load("finished in nothing", "")


def test_curl():
    """A line for each download."""
    load = clients.parse_curl("200 100 0.5\n200 100 0.25\n404 9 0.1\n", 1.5)
    assert (load.requests, load.bytes, load.errors) == (3, 209, 1)
    assert (load.seconds, load.p50) == (1.5, 250000)
    with pytest.raises(ValueError):
        clients.parse_curl("", 1)


def sample(server, turn, cpu, **more):
    """Return a sample of case W1."""
    return {"case": "W1", "series": "s", "server": server, "round": turn,
            "cpu_us": cpu, "user_us": cpu / 4, "system_us": cpu * 3 / 4,
            "per_second": 1e6 / cpu, "p50": 1, "p99": 2, "p999": 3,
            "errors": 0, "busy": 1, "client_busy": 1, "foreign": 0,
            "clean": True, "kept": True, **more}


def test_summary():
    """Medians, ratios from the same round, and what a reader has to know."""
    samples = [sample("nginx", 0, 10), sample("nginx", 1, 20),
               sample("nginx", 2, 60), sample("floor", 0, 5),
               sample("x", 0, 10), sample("x", 1, 40, clean=False, errors=3),
               sample("x", 2, 30)]
    row = report.summary(samples, "x")
    assert (row["cpu_us"], row["to_base"], row["to_floor"]) == (30, 1, 2)
    assert report.marks(row) == " ~1 !3"
    assert report.marks(report.summary(samples, "nginx")) == ""


def test_tables():
    """A server without a figure has a dash, and each row as many cells."""
    class Case:
        """As little of one as the tables look at."""
        name, title = "W1", "title"

    samples = [sample("x", 0, 20), sample("nginx", 0, 10)]
    text = report.overview(samples, [Case], "s")
    assert "| x | 20.0 (2.00) |" in text
    lines = report.details(samples, Case, "s").splitlines()[2:]
    assert len({line.count("|") for line in lines}) == 1
    block = plots.block("a", [["x", 1], ["y", 2]])
    assert block == "$a << END\nx 1\ny 2\nEND\n"
