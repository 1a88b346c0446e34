# SPDX-License-Identifier: MIT
"""What README.md shows is what there is."""
import os
import platform
import re
import subprocess
from pathlib import Path

import pytest

from harness import BUILD, clean_env

ROOT = Path(__file__).resolve().parents[2]


def test_own_program(start, tree):
    """Its example is built as it says, and greets."""
    host = platform.machine()
    if BUILD != ROOT / "build" / host or os.environ.get("CC") != "gcc":
        pytest.skip("one way of building it is enough")
    example, = (code for code in re.findall(
        r"```c\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
        if "serve/app.h" in code)
    (BUILD / "greet.c").write_text(example)
    env = {name: value for name, value in clean_env().items()
           if name not in ("MAKEFLAGS", "MAKELEVEL", "BUILD", "CC", "ARCH")}
    subprocess.run(["make", "-s", f"APP={BUILD}/greet.c"], cwd=ROOT,
                   env=env, check=True)
    server = start(program="greet", root=tree)
    assert server.get("/greet/w%6frld").body == b"world"
    assert server.get("/probe.txt").body == b"probe\n"
