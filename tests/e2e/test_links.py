# SPDX-License-Identifier: MIT
"""What is followed below the root, and what is not.

Every test runs twice: as the kernel resolves (openat2), and with openat2
made to fail by strace, so that the server walks by itself. Both must give
the same answers. Under an emulator openat2 is missing anyway.
"""
import os
import shutil
import socket
import stat

import pytest

from wire import RUNNER

STRACE = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=openat2",
          "-e", "inject=openat2:error=ENOSYS")
MODES = ["kernel", "walk"]
CHAIN_MAX = 40

LINKS = {
    "rel": "file.txt",
    "dotted": "./sub/../file.txt",
    "sub/up": "../file.txt",
    "sub/deep/up2": "../../file.txt",
    "sub/deep/side": "../inner.txt",
    "dirlink": "sub",
    "dirslash": "sub/",
    "sub/roottop": "..",
    "filelink-as-folder": "file.txt/",
    "out": "../outside.txt",
    "out-folder": "../outfolder",
    "sub/out2": "../../outside.txt",
    "back": "../root/file.txt",
    "through": "dirlink/../../outside.txt",
    "loop-a": "loop-b",
    "loop-b": "loop-a",
    "self": "self",
    "dangling": "nosuch.txt",
    "to-fifo": "fifo",
    "magic": "/proc/self/root/etc/passwd",
    "..data": "..2024_01_01",
    "mounted.txt": "..data/mounted.txt",
    "index-out/index.html": "../../outside.txt",
    "index-in/index.html": "../file.txt",
}


def build(base):
    """Write the tree below base: root, and what lies beside it."""
    root = base / "root"
    for folder in ("sub/deep", "index-out", "index-in", "index-fifo",
                   "..2024_01_01"):
        (root / folder).mkdir(parents=True)
    (base / "outfolder").mkdir()
    (root / "file.txt").write_bytes(b"file\n")
    (root / "sub/inner.txt").write_bytes(b"inner\n")
    (root / "sub/index.html").write_bytes(b"sub\n")
    (root / "..2024_01_01/mounted.txt").write_bytes(b"mounted\n")
    (base / "outside.txt").write_bytes(b"outside\n")
    (base / "outfolder/secret.txt").write_bytes(b"outside\n")
    (base / "outfolder/index.html").write_bytes(b"outside\n")
    for name, target in LINKS.items():
        (root / name).symlink_to(target)
    (root / "abs").symlink_to(root / "file.txt")
    (root / "abs-folder").symlink_to(root / "sub")
    (root / "chain-0").symlink_to("file.txt")
    for n in range(1, CHAIN_MAX + 2):
        (root / f"chain-{n}").symlink_to(f"chain-{n - 1}")
    os.link(root / "file.txt", root / "hard.txt")
    os.mkfifo(root / "fifo")
    os.mkfifo(root / "index-fifo/index.html")
    with socket.socket(socket.AF_UNIX) as sock:
        here = os.getcwd()
        os.chdir(root)
        sock.bind("socket")
        os.chdir(here)
    (base / "entry").symlink_to("root")
    return base / "entry"


@pytest.fixture(scope="module", params=MODES)
def linked(request, start_shared, tmp_path_factory):
    """A server of the tree, in each mode."""
    if request.param == "walk" and (RUNNER or not shutil.which("strace")):
        pytest.skip("needs strace and no emulator")
    prefix = STRACE if request.param == "walk" else ()
    base = tmp_path_factory.mktemp("links")
    entry = build(base)
    server = start_shared("--workers", "1", root=entry, prefix=prefix)
    server.tree = base / "root"
    yield server
    shutil.rmtree(base, ignore_errors=True)


@pytest.mark.quick
@pytest.mark.parametrize("target, body", [
    ("/file.txt", b"file\n"), ("/hard.txt", b"file\n"),
    ("/rel", b"file\n"), ("/dotted", b"file\n"), ("/sub/up", b"file\n"),
    ("/sub/deep/up2", b"file\n"), ("/sub/deep/side", b"inner\n"),
    ("/dirlink/inner.txt", b"inner\n"), ("/dirslash/inner.txt", b"inner\n"),
    ("/dirlink/", b"sub\n"), ("/dirlink/up", b"file\n"),
    ("/dirlink/deep/up2", b"file\n"), ("/sub/roottop/file.txt", b"file\n"),
    ("/sub/roottop/sub/roottop/rel", b"file\n"),
    ("/mounted.txt", b"mounted\n"), ("/index-in/", b"file\n"),
    ("/chain-30", b"file\n"), (f"/chain-{CHAIN_MAX - 1}", b"file\n")])
def test_inside_is_followed(linked, target, body):
    """Links that stay inside the root, also through `..` and folders."""
    res = linked.get(target)
    assert (res.status, res.body) == (200, body)


@pytest.mark.quick
@pytest.mark.parametrize("target", [
    "/out", "/out-folder", "/out-folder/", "/out-folder/secret.txt",
    "/out-folder/nosuch", "/sub/out2", "/dirlink/out2", "/back", "/through",
    "/abs", "/abs-folder", "/abs-folder/inner.txt", "/magic", "/loop-a",
    "/self", "/self/x", "/dangling", f"/chain-{CHAIN_MAX}",
    f"/chain-{CHAIN_MAX + 1}", "/to-fifo", "/..data/mounted.txt",
    "/rel/", "/rel/x", "/filelink-as-folder"])
def test_outside_is_not_found(linked, target):
    """Links that leave the root, absolute ones, loops and dead ends."""
    res = linked.get(target)
    assert res.status == 404
    assert b"outside" not in res.body


def test_linked_folder_redirects(linked):
    """A link to a folder is a folder."""
    res = linked.get("/dirlink?q")
    assert res.status == 301
    assert res.get("Location") in ("dirlink/?q", "/dirlink/?q",
                                   "./dirlink/?q")


@pytest.mark.parametrize("target", ["/index-out/", "/index-fifo/"])
def test_index_that_leads_nowhere(linked, target):
    """An index outside the root or without bytes is no index."""
    res = linked.get(target)
    assert res.status in (403, 404)
    assert b"outside" not in res.body


@pytest.mark.quick
@pytest.mark.parametrize("target", ["/fifo", "/socket", "/fifo/", "/fifo/x"])
def test_not_a_file(linked, target):
    """A FIFO without a writer would block whoever opens it."""
    assert linked.get(target).status == 404
    assert linked.get("/file.txt").status == 200


def test_device(linked):
    """Nor is a device opened: /dev/zero would never end."""
    path = linked.tree / "zero"
    if not path.exists():
        try:
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
        except PermissionError:
            pytest.skip("needs the right to make a device")
    assert linked.get("/zero").status == 404


def test_exchange_of_file_and_link(linked):
    """A name that turns from a file to a link out and back, while it is
    asked for: the file or 404, never what lies outside."""
    path, other = linked.tree / "flip", linked.tree / "flip.new"
    path.write_bytes(b"inside\n")
    with linked.client() as client:
        for turn in range(40):
            if turn % 2:
                other.write_bytes(b"inside\n")
            else:
                other.symlink_to("../outside.txt")
            os.rename(other, path)
            res = client.get("/flip")
            assert (res.status == 200) == bool(turn % 2)
            assert b"outside" not in res.body


def test_kubernetes_update(linked):
    """A mounted volume changes by renaming one link over another."""
    tree = linked.tree
    (tree / "..new").mkdir(exist_ok=True)
    (tree / "..new/mounted.txt").write_bytes(b"updated\n")
    (tree / "..tmp").symlink_to("..new")
    with linked.client() as client:
        assert client.get("/mounted.txt").body == b"mounted\n"
        os.rename(tree / "..tmp", tree / "..data")
        assert client.get("/mounted.txt").body == b"updated\n"
    (tree / "..tmp").symlink_to("..2024_01_01")
    os.rename(tree / "..tmp", tree / "..data")
