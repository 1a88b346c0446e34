# SPDX-License-Identifier: MIT
"""What is measured: the workloads, and the files that they ask for."""
import os
from dataclasses import dataclass
from pathlib import Path

SMALL = b"hello, world\n"
FILES = 10000
FILE_SIZE = 1024
# What a browser sends with each request, beside the first line and Host; all
# of the head has some 550 bytes.
BROWSER = (
    "Connection: keep-alive",
    'sec-ch-ua: "Chromium";v="130", "Not?A_Brand";v="99"',
    "sec-ch-ua-mobile: ?0",
    'sec-ch-ua-platform: "Linux"',
    "Upgrade-Insecure-Requests: 1",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Sec-Fetch-Site: none",
    "Sec-Fetch-Mode: navigate",
    "Sec-Fetch-Dest: document",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Accept-Language: en-US,en;q=0.9",
)


@dataclass(frozen=True)
class Case:
    """One workload."""
    name: str
    title: str
    target: str = "/small.txt"
    connections: int = 64
    client: str = "wrk"
    floor: str = "keep"
    pipeline: int = 1
    fields: tuple = ()     # of each request, besides what wrk sends
    files: int = 0         # so many different ones, at random
    log: bool = False
    bundle: bool = False   # scratchd's bundle beside the directory
    unit: int = 0          # cost for so many bytes instead of a request
    longer: int = 1        # times the usual seconds


MIB = 1 << 20
CASES = [
    Case("W1", "13 bytes, 64 kept connections"),
    Case("W1b", "13 bytes, 64 kept connections, a browser's head",
         fields=BROWSER),
    Case("W2", "4 KiB, 64 kept connections", "/page.html"),
    Case("W3", "13 bytes, 64 connections, 16 requests at a time",
         pipeline=16),
    Case("W4", "13 bytes, a connection for each request",
         fields=("Connection: close",), floor="once"),
    Case("W5", "1 MiB, 8 kept connections; for each MiB", "/1m.bin",
         connections=8, client="h2load", floor="file", unit=MIB),
    Case("W6", "100 MiB, one download after the other; for each MiB",
         "/big.bin", connections=1, client="curl", floor="file", unit=MIB),
    Case("W9", f"{FILES:,} files of 1 KiB at random, 64 kept connections",
         "/0.txt", files=FILES),
    Case("W10", "4 KiB, from a bundle beside the directory", "/page.html",
         bundle=True),
    Case("W11", "13 bytes, 64 kept connections, with an access log in a file",
         log=True),
]
ONE_CPU = ("W1", "W4")  # what the second series measures


def content(number):
    """Return the bytes of a numbered file, each different."""
    return (b"%09d " % number * (FILE_SIZE // 10 + 1))[:FILE_SIZE]


def fill(path, size):
    """Write a file that no two pages of are alike, if it is not there."""
    if path.exists() and path.stat().st_size == size:
        return
    with open(path, "wb") as file:
        for _ in range(size // MIB):
            file.write(os.urandom(MIB))


def make_site(folder):
    """Write the site of most cases, and return it."""
    root = folder / "site"
    root.mkdir(parents=True, exist_ok=True)
    (root / "small.txt").write_bytes(SMALL)
    (root / "page.html").write_bytes(b"<!doctype html>".ljust(4096, b"x"))
    fill(root / "1m.bin", MIB)
    fill(root / "big.bin", 100 * MIB)
    return root


def make_sized(folder, mib):
    """Write a site of the small file and so many MiB, and return it."""
    root = folder / f"sized-{mib}"
    root.mkdir(parents=True, exist_ok=True)
    (root / "small.txt").write_bytes(SMALL)
    fill(root / "rest.bin", mib * MIB)
    return root


def make_files(folder, count):
    """Write a site of so many files, and return it."""
    root = folder / f"files-{count}"
    done = folder / f"files-{count}.done"
    if done.exists():
        return root
    root.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (root / f"{number}.txt").write_bytes(content(number))
    done.touch()
    return root


def root_of(case, folder):
    """Return the root that a case is about."""
    if case.files:
        return make_files(Path(folder), case.files)
    return make_site(Path(folder))
