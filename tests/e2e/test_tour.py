# SPDX-License-Identifier: MIT
"""arch/TOUR.md shows what is there: lines, instructions, and what commands
print. `python3 tests/e2e/tour.py` brings the first two up to date."""
import os
import platform
import re
import shutil
import subprocess
from collections import Counter

import pytest

import test_calls
import tour
import trace
from harness import BUILD, clean_env, free_port
from wire import RUNNER, wait_for

pytestmark = pytest.mark.quick
ARCH = os.environ.get("ARCH", "x86_64")
CC = os.environ.get("CC", "gcc")
TEXT = tour.TOUR.read_text()


def test_ten_stations():
    """Each has code, something to try, and three architectures' code."""
    stations = re.split(r"^## \d+\. ", TEXT, flags=re.M)[1:]
    assert len(stations) == 10
    for station in stations:
        arches = [m[0] for m in tour.BLOCK.findall(station)]
        assert arches == ["x86_64", "aarch64", "riscv64"], station[:40]
        assert "```console\n$ " in station, station[:40]
        assert tour.LINK.search(station), station[:40]


@pytest.mark.parametrize("symbol, path, line", [
    (m[0], m[2], int(m[3])) for m in tour.LINK.findall(TEXT)])
def test_link(symbol, path, line):
    """It leads to the line that says what it names."""
    assert line == tour.find_line(path, symbol), tour.RENEW


def test_other_links():
    """The files are there."""
    for path in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (tour.TOUR.parent / path).exists(), path


def registers(said):
    """Return what the row of a port has to hold, by its statements."""
    calls, c = said["arguments"].split(), said["function"].split()
    return [f"`{said['instruction']}`", said["number"], ", ".join(calls[:3]),
            f"**{calls[3]}**", "" if c[3] == calls[3] else c[3],
            ", ".join(calls[4:]), said["result"],
            ", ".join(said["lost"].split())]


def test_registers():
    """The table of station 3 has what each port states."""
    station = re.search(r"^## 3\. .*?(?=^## )", TEXT, re.M | re.S)[0]
    head, _, *rows = [[cell.strip() for cell in line[1:-1].split("|")]
                      for line in station.splitlines()
                      if line.startswith("|")]
    assert head == [
        "", "instruction", "number", "arguments 1, 2, 3", "**argument 4**",
        "of a C function, if elsewhere", "arguments 5, 6", "result",
        "lost besides"]
    rows = {name: [re.sub(
        r"r(\d+) to r(\d+)", lambda m: ", ".join(
            f"r{n}" for n in range(int(m[1]), int(m[2]) + 1)), cell)
        for cell in row] for name, *row in rows}
    assert rows == {f"[{port}]({port}.h)": registers(said)
                    for port, said in tour.ports().items()}


def test_cost_of_a_request():
    """Station 9 counts and names the calls that the table has, which is
    measured, with a log and without."""
    head, *rows = map(str.split, test_calls.TABLE.strip().splitlines())
    cost = {name: Counter({row[0]: int(row[at]) for row in rows if row[at] != "-"})
            for at, name in enumerate(head) if at}
    small = cost["small"]
    number = dict(enumerate(("four", "five", "six", "seven"), 4))
    every, named, without = re.search(
        r"\*\*(\w+) system calls\*\* (.*?)\.\n(\w+) without a log\.", TEXT,
        re.S).groups()
    assert every == number[small.total()]
    assert without.lower() == number[small.total() - small["write"]]
    assert sorted(re.findall(r"`(\w+)`", named)) == sorted(small)
    for words, more in (
            (f"Sixteen requests at once cost the same {every} together",
             cost["batch"] == small),
            ("A large file takes a `sendfile` more",
             cost["large"] - small == Counter(sendfile=1)),
            ("a new connection two `accept4`, the second of which finds that "
             "there is no other, a `shutdown`, for which the answer waits if "
             "nothing comes behind it, to go with it in one packet "
             "(`MSG_MORE`), and a `close`",
             cost["close"] - small == Counter(accept4=2, shutdown=1, close=1)),
            ("the first request for a file ten more",
             (cost["first"] - small).total() == 10)):
        assert words in " ".join(TEXT.split()) and more, words


@pytest.mark.parametrize("block", [
    m for m in tour.BLOCK.findall(TEXT) if m[0] == ARCH],
    # There are none for an architecture that the tour does not show.
    ids=lambda m: f"{m[1]}-{m[2]}" if isinstance(m, tuple) else "none")
def test_instructions(block):
    """The compiler that the tour names made these."""
    if BUILD != tour.TOP / "build" / ARCH or not CC.endswith("gcc"):
        pytest.skip("another way of building it")
    version = subprocess.run([CC, "-dumpversion"], check=True, text=True,
                             capture_output=True).stdout.split(".")[0].strip()
    if version != "12":
        pytest.skip(f"the tour was made with gcc 12, and this is {version}")
    assert tour.disassemble(BUILD, *block[1:5]) == block[5], tour.RENEW


@pytest.fixture
def shell(tmp_path):
    """A function that runs a command of the tour, with its servers there."""
    trace.build()
    place = {"build/hello.trace": f"{tmp_path}/hello.trace",
             "build/scratchd.trace": f"{tmp_path}/scratchd.trace",
             "8080 2>": f"{free_port()} 2>", "8081": str(free_port())}
    place["127.0.0.1:8080/"] = f"127.0.0.1:{place['8080 2>'][:-3]}/"

    def here(text):
        for name, value in place.items():
            text = text.replace(name, value)
        return text

    for name in ("hello", "scratchd"):
        (tmp_path / f"{name}.trace").touch()
    begin = re.search(r"```sh\nmake && make TRACE=1\n(.*)\n(.*)\n```", TEXT)
    servers = [subprocess.Popen(
        ["bash", "-c", f"exec {here(line)}"], cwd=tour.TOP,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=clean_env(),
        start_new_session=True) for line in begin.groups()]
    try:
        wait_for(lambda: all(
            "listen" in (tmp_path / f"{name}.trace").read_text()
            for name in ("hello", "scratchd")), "both servers")
        yield lambda script: subprocess.run(
            ["bash", "-c", here(script)], cwd=tour.TOP, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, check=False, timeout=30,
            env=clean_env()).stdout
    finally:
        for server in servers:
            try:
                os.killpg(server.pid, 9)
            except ProcessLookupError:
                pass
            server.wait(10)


def differences(shell, block):
    """Run a block's commands in one shell; return what is not as it says."""
    commands = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.M)
    said = shell("\n".join(f"{c}\necho @@@" for c, _ in commands))
    return [f"$ {command}\n{got}"
            for (command, want), got in zip(commands, said.split("@@@\n"))
            if not re.fullmatch(re.escape(want).replace(r"\.\.\.", ".+"),
                                got)]


def test_commands(shell):
    """Each prints what stands below it, one after the other; "..." stands
    for what is another thing each time. Once a second the server looks at
    its clock twice: then it is tried again."""
    if RUNNER or ARCH != platform.machine() or BUILD != tour.TOP / "build" \
            / ARCH or CC != "gcc" or not shutil.which("curl"):
        pytest.skip("the tour is on this machine, and has curl")
    blocks = re.findall(r"^```console\n(.*?)^```$", TEXT, re.M | re.S)
    for block in blocks:
        wrong = differences(shell, block) and differences(shell, block)
        assert not wrong, "\n".join(wrong)
