# SPDX-License-Identifier: MIT
"""The access log, read by a program that others wrote for other servers."""
import json
import subprocess

from harness import Server
from wire import wait_for


def goaccess(data, *options):
    """What goaccess says about a log: the general part of its report."""
    done = subprocess.run(
        ["goaccess", "-", "--log-format=COMBINED", "--no-global-config",
         "--output=json", *options], input=data, capture_output=True,
        timeout=60, check=True)
    return json.loads(done.stdout)["general"]


def test_goaccess(tree, tmp_path):
    """Every line is understood, whatever stands in it."""
    server = Server(tmp_path, "--workers", "1", root=tree)
    try:
        with server.client() as client:
            client.get("/probe.txt", "User-Agent: Mozilla/5.0 \"quoted\\")
            client.get("/nosuch?a=\"b", "Referer: http://r.example/\u00e9 x")
            client.get("/letters.txt", "Range: bytes=0-4")
            client.get("/letters.txt", method="HEAD")
            client.get("/docs")
            client.send("DELETE / HTTP/1.0\r\n\r\n")
            client.response()
        data = wait_for(lambda: server.stdout.read_bytes().count(b"\n") == 6
                        and server.stdout.read_bytes(), "six lines")
    finally:
        server.stop()
    report = goaccess(data)
    assert report["total_requests"] == report["valid_requests"] == 6
    assert report["failed_requests"] == 0
    assert report["unique_not_found"] == 1
