# SPDX-License-Identifier: MIT
"""The same Dockerfile built by BuildKit, and the images run by docker."""

import os
import sys
import time
from pathlib import Path

import pytest

import dockerd
from dockerd import Docker
from engine import BASE, TOP, base_tar, run
from test_container import SITE, assert_serves_site

IMAGE = "scratchd:docker"
# It takes none of dockerd's options, and says so.
FAILS = "/usr/bin/unshare"


@pytest.mark.parametrize("reasons, outcome, said", [
    ([], pytest.fail.Exception, "dockerd does not start, "),
    (["no moon", "no stars"], pytest.skip.Exception, "dockerd cannot run here: no moon; no stars: ")])
def test_daemon_that_does_not_start(monkeypatch, reasons, outcome, said):
    """A failure where it could, and the reasons where it could not."""
    monkeypatch.setattr(dockerd, "lacking", lambda: reasons)
    # Either one; the other would end this test as it ends those of docker.
    with pytest.raises((pytest.fail.Exception, pytest.skip.Exception)) as ended:
        Docker(FAILS)
    assert ended.type is outcome
    assert str(ended.value).startswith(said) and "unrecognized option" in str(ended.value)


@pytest.mark.parametrize("prefix, said", [
    (["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"],
     ["no CAP_SYS_ADMIN", "no namespaces: unshare: ", "no mounts: unshare: "]),
    (["unshare", "--mount", "sh", "-c", 'umount --all --types cgroup,cgroup2; exec "$@"', "sh"],
     ["no control groups are mounted"])])
def test_what_a_machine_lacks(prefix, said):
    """The test before this one takes its word; a part is taken away, and it says which."""
    lines = run(*prefix, sys.executable, "-B", "-c",
                "import dockerd; print(*dockerd.lacking(), sep='\\n')",
                env={**os.environ, "PYTHONPATH": str(Path(dockerd.__file__).parent)}).splitlines()
    for reason in said:
        assert [line for line in lines if line.startswith(reason)], lines


@pytest.fixture(scope="module", name="docker")
def fixture_docker():
    """docker with a daemon of its own; at the end nothing of it is left."""
    tools = Docker()
    try:
        yield tools
    finally:
        tools.close()


@pytest.fixture(scope="module", name="built")
def fixture_built(docker):
    """The project's Dockerfile, built as it stands, without a network."""
    docker.call("import", str(base_tar()), BASE)
    docker.call("build", "--network=none", f"--build-arg=BASE={BASE}", f"--tag={IMAGE}", str(TOP),
                seconds=900)
    return IMAGE


def test_same_image(engine, image, docker, built, tmp_path):
    """BuildKit makes of the Dockerfile what buildah makes of it, byte for byte."""
    theirs = engine.inspect("image", image)
    config = docker.inspect("image", built)["Config"]
    del theirs["Config"]["Labels"]["io.buildah.version"]
    assert {name: config[name] for name in theirs["Config"]} == theirs["Config"]
    assert config["Healthcheck"] == theirs["Healthcheck"]
    docker.call("cp", docker.call("create", built) + ":/scratchd", str(tmp_path))
    program = (tmp_path / "scratchd").read_bytes()
    try:
        root = Path(engine.podman("image", "mount", image))
        assert program == (root / "scratchd").read_bytes()
    finally:
        engine.podman("image", "unmount", image)
    # docker counts files, and there is no other.
    assert docker.inspect("image", built)["Size"] == len(program)


def test_confined(docker, built):
    """By docker's own profile, as a user of no name, in 16 MiB, on a root that is read-only."""
    container = docker.start(built, "--user=1234567890:0", "--memory=16m", "--memory-swap=16m",
                             "--health-interval=1s", f"--volume={SITE}:/srv/www:ro")
    assert_serves_site(container)
    status = container.status()
    assert status["NSpid"][1:] == ["1"] and status["Uid"] == ["1234567890"] * 4
    assert int(status["CapBnd"][0], 16) == 0 and status["NoNewPrivs"] == ["1"]
    assert status["Seccomp_filters"] == ["2"], "not docker's filter and the server's own"
    deadline = time.monotonic() + 30
    while "healthy" != (health := docker.inspect("container", container.name)["State"]["Health"])[
            "Status"]:
        assert health["Status"] == "starting" and time.monotonic() < deadline, health
        time.sleep(0.1)
    docker.call("stop", "--time=5", container.name)
    assert container.wait() == 0


def test_image_of_a_site(engine, bundled, docker, tmp_path):
    """What `make image SITE=...` made, with buildah, is an image for docker too."""
    assert bundled
    engine.podman("save", "--format=docker-archive", f"--output={tmp_path}/image", "www")
    docker.call("load", f"--input={tmp_path}/image")
    assert_serves_site(docker.start("localhost/www"))
