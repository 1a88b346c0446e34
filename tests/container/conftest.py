# SPDX-License-Identifier: MIT
"""Fixtures: the project's image, and one derived from it that carries a site."""

import resource
import shutil

import pytest

from engine import BASE, TOP, Engine, example_of, require_tools

# Each connection to a container takes a descriptor.
most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

IMAGE = "localhost/scratchd:test"
SITE_IMAGE = "localhost/scratchd-site:test"


@pytest.fixture(scope="session")
def engine():
    """The container tools; at the end nothing that was started is left."""
    require_tools()
    tools = Engine()
    try:
        yield tools
    finally:
        tools.close()


@pytest.fixture(scope="session")
def image(engine):
    """The project's Dockerfile, built as it stands."""
    engine.make_base()
    engine.build(TOP, IMAGE, BASE=BASE)
    return IMAGE


@pytest.fixture(scope="session")
def site_image(engine, image, tmp_path_factory):
    """What a user makes of it, as the Dockerfile's head shows: the site inside."""
    context = tmp_path_factory.mktemp("context")
    shutil.copytree(TOP / "tests" / "site", context / "site")
    (context / "Dockerfile").write_text(
        example_of("FROM scratchd\n").replace("FROM scratchd\n", f"FROM {image}\n"))
    engine.build(context, SITE_IMAGE)
    return SITE_IMAGE


@pytest.fixture(scope="session")
def made(engine):
    """What `make image` said, once."""
    return engine.make_image()


@pytest.fixture(scope="session")
def bundled(engine):
    """What README tells who has a folder of HTML."""
    assert "\nmake image SITE=/path/to/site\n" in (TOP / "README.md").read_text()
    return engine.make_image(f"SITE={TOP / 'tests' / 'site'}")


@pytest.fixture
def start(engine):
    """A function that starts a container; those of a test end with it."""
    started = []

    def starter(*args, **options):
        started.append(engine.start(*args, **options))
        return started[-1]

    yield starter
    for container in started:
        engine.podman("rm", "--force", "--time=0", container.name)
