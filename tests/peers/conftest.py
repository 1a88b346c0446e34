# SPDX-License-Identifier: MIT
"""Fixtures: a site, the server under test, and other programs around it."""
import gzip
import os
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "e2e"))

import site_tree  # noqa: E402  found by the line above
from harness import Server  # noqa: E402
from programs import start_haproxy, start_nginx  # noqa: E402

# What is too long for the server shall be what it says to it.
PROXY = """
        client_max_body_size 0;
        large_client_header_buffers 4 64k;
        location / {{
            proxy_pass http://upstream;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
"""
# What is compressed, to something that is long enough for two ranges.
SHEET = b"".join(b".c%d{}\n" % (i * i) for i in range(500))
UPSTREAM = "upstream upstream {{ server 127.0.0.1:{port}; keepalive 16; }}"


@pytest.fixture(scope="session")
def tree(tmp_path_factory):
    """The common site, and what only these tests ask for."""
    base = tmp_path_factory.mktemp("tree")
    root = base / "root"
    site_tree.write(root)
    more = {"big.bin": site_tree.pattern(8 << 20),
            "medium.bin": site_tree.pattern(100001),
            "caf\u00e9.txt": b"utf-8\n", "style.css": b"p{}\n",
            "app.js": b"1;\n", "data.json": b"{}\n", "x.svg": b"<svg/>\n",
            "noext": b"no extension\n", "UPPER.HTML": b"<p>\n",
            "a+b&c.txt": b"plus\n", "packed.css": SHEET,
            "packed.css.gz": gzip.compress(SHEET, mtime=0),
            "packed/index.html": b"<p>\n" * 200, "stale.css": SHEET,
            "packed/index.html.gz": gzip.compress(b"<p>\n" * 200, mtime=0),
            "stale.css.gz": gzip.compress(b"old\n", mtime=0),
            "alone.css.gz": gzip.compress(SHEET, mtime=0)}
    for name, content in more.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(content)
        os.utime(root / name, (site_tree.MTIME, site_tree.MTIME))
    os.utime(root / "stale.css.gz", (site_tree.MTIME - 9, site_tree.MTIME - 9))
    (base / "outside.txt").write_bytes(b"outside\n")
    (root / "inside").symlink_to("probe.txt")
    (root / "outside").symlink_to("../outside.txt")
    (root / "dangling").symlink_to("nosuch")
    yield root
    shutil.rmtree(base, ignore_errors=True)


@pytest.fixture(scope="session")
def server(tree, tmp_path_factory):
    """scratchd; at the end it has to stop cleanly."""
    running = Server(tmp_path_factory.mktemp("scratchd"), "--workers", "1",
                     root=tree)
    try:
        yield running
    except BaseException:
        running.kill()
        raise
    running.stop()


@pytest.fixture(scope="session")
def nginx(tree, tmp_path_factory):
    """nginx, which serves the same tree."""
    program = start_nginx(tmp_path_factory.mktemp("nginx"),
                          f"root {tree}; gzip_static on; gzip_vary on;",
                          "charset utf-8;")
    yield program
    program.stop()


@pytest.fixture(scope="session", params=["nginx", "haproxy"])
def proxy(request, server, tmp_path_factory):
    """A reverse proxy in front of the server."""
    folder = tmp_path_factory.mktemp(request.param)
    port = server.ports[0]
    if request.param == "nginx":
        program = start_nginx(folder, PROXY.format(),
                              UPSTREAM.format(port=port))
    else:
        program = start_haproxy(folder, port)
    yield program
    program.stop()


@pytest.fixture(scope="session")
def old_proxy(server, tmp_path_factory):
    """nginx as it is without further words: it speaks HTTP/1.0 to the server,
    and closes each connection."""
    program = start_nginx(
        tmp_path_factory.mktemp("old"),
        f"location / {{ proxy_pass http://127.0.0.1:{server.ports[0]}; }}")
    yield program
    program.stop()
