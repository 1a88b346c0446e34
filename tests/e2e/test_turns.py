# SPDX-License-Identifier: MIT
"""How much is sent before the worker looks for others again."""
import os
import re
import shutil
import signal

import pytest

from wire import RUNNER, request

MANY = 64
SIZE = 2 << 20
ALL = 16 << 20  # SEND_ALL of src/serve/worker.c


@pytest.mark.skipif(bool(RUNNER) or not shutil.which("strace"),
                    reason="needs strace and a program of this machine")
def test_large_files_share_a_turn(start, tmp_path):
    """Many ask for a large file at the same time: who comes then shall not wait
    until each of them has been sent a MiB. The more there are, the less each is
    sent in a turn, and all get the whole file."""
    root = tmp_path / "root"
    root.mkdir()
    with open(root / "large", "wb") as large:
        large.truncate(SIZE)
    log = tmp_path / "calls"
    server = start("--workers", "1", root=root, prefix=[
        "strace", "-f", "-qq", "-o", str(log), "-e", "signal=none",
        "-e", "trace=sendfile,epoll_pwait"])
    worker, = server.workers()
    clients = [server.client() for _ in range(MANY)]
    for client in clients:
        assert client.get("/large", method="HEAD").status == 200
    os.kill(worker, signal.SIGSTOP)
    for client in clients:
        client.send(request("/large"))
    os.kill(worker, signal.SIGCONT)
    for client in clients:
        assert client.response().body == bytes(SIZE)
        client.close()
    server.stop()
    turns = [sum(map(int, re.findall(r" sendfile\(.*\) = (\d+)$", turn, re.M)))
             for turn in log.read_text().split(" epoll_pwait(")]
    assert 1 << 20 < max(turns) <= ALL
