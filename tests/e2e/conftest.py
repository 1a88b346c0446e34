# SPDX-License-Identifier: MIT
"""Fixtures: servers that are started for a module or for one test."""
import resource
import shutil
import tempfile
from pathlib import Path

import pytest

import bundle_tree
import site_tree
from harness import Server
from log_ends import log_ends


def pytest_configure(config):
    """Register the marker of the one-minute choice (`-m quick`)."""
    config.addinivalue_line(
        "markers", "quick: belongs to the choice that runs in one minute")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard), hard))


def pytest_report_header():
    """Say what is under test."""
    from harness import BUILD, RUNNER
    return f"build: {BUILD}, runner: {' '.join(RUNNER) or 'none'}"


class Starter:
    """Starts servers and stops all of them at the end."""

    def __init__(self, folder):
        self.folder = folder
        self.servers = []

    def __call__(self, *args, **kw):
        place = self.folder / f"server-{len(self.servers)}"
        place.mkdir()
        server = Server(place, *args, **kw)
        self.servers.append(server)
        return server

    def finish(self):
        """Stop every server; report the first failure after all are down."""
        failures = []
        for server in self.servers:
            try:
                server.stop()
            except (AssertionError, OSError) as failure:
                server.kill()
                failures.append(failure)
        if failures:
            raise failures[0]


@pytest.fixture
def ends(kind, tmp_path):
    """A Reader of a log, and what it reads, of a kind that log_ends.py knows."""
    with log_ends(kind, tmp_path) as both:
        yield both


@pytest.fixture
def start(tmp_path):
    """A function that starts a server for one test."""
    starter = Starter(tmp_path)
    yield starter
    starter.finish()


@pytest.fixture(scope="module")
def start_shared(tmp_path_factory):
    """A function that starts a server for the tests of one module."""
    folder = tmp_path_factory.mktemp("shared")
    starter = Starter(folder)
    yield starter
    starter.finish()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """The common site, written anew for each module."""
    folder = tmp_path_factory.mktemp("site")
    site_tree.write(folder)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def server(start_shared, tree):
    """A server of the common site with default limits."""
    return start_shared("--workers", "2", root=tree)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The tree for bundles."""
    root = tmp_path_factory.mktemp("bundle") / "site"
    root.mkdir()
    bundle_tree.write(root)
    yield root
    shutil.rmtree(root.parent, ignore_errors=True)


@pytest.fixture(scope="module")
def bundle(site):
    """The bundle of it."""
    file = site.parent / "bundle"
    bundle_tree.make(site, file)
    return file


@pytest.fixture
def public():
    """A folder that every user can read; pytest's own are for one alone."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    (folder / "page.txt").write_text("page\n")
    yield folder
    shutil.rmtree(folder)
