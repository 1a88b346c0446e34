# SPDX-License-Identifier: MIT
"""Files of rules that are wrong from end to end, and nobody who reads it."""
import os
import signal
import subprocess

from harness import SCRATCHD, children, clean_env
from wire import TIMEOUT, wait_for

BAD = "nonsense\n" * 3000


def test_many_wrong_lines(start, tmp_path):
    """Twenty of a file are said, and how many more there are."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "_redirects").write_text(BAD)
    said = start(root=root, errors_ok=True).stderr.read_text()
    lines = [s for s in said.splitlines() if ": _redirects:" in s]
    assert len(lines) == 21
    assert lines[-1] == "scratchd: _redirects: and 2980 more"


def test_nobody_reads(tmp_path):
    """The master goes on when its standard error is a full pipe."""
    root = tmp_path / "root"
    root.mkdir()
    reader, writer = os.pipe()
    with subprocess.Popen(
            [*SCRATCHD, "--listen", "127.0.0.1:0", "--workers", "1",
             str(root)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=writer, env=clean_env()) as proc:
        try:
            before = wait_for(lambda: children(proc.pid), "a worker")
            os.set_blocking(writer, False)
            size = 4096
            while size:
                try:
                    os.write(writer, b"x" * size)
                except BlockingIOError:
                    size //= 2
            os.set_blocking(writer, True)
            (root / "_redirects").write_text(BAD)
            proc.send_signal(signal.SIGHUP)
            wait_for(lambda: children(proc.pid) and
                     before[0] not in children(proc.pid), "a new worker")
            proc.terminate()
            assert proc.wait(TIMEOUT) == 0
        finally:
            proc.kill()
            os.close(reader)
            os.close(writer)
