# SPDX-License-Identifier: MIT
"""The image: what is in it, how little it may do, and that it serves and stops."""

import errno
import json
import os
import select
import shutil
import signal
import socket
import stat
import subprocess
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from engine import PORT, TOP, Process, run

SITE = TOP / "tests" / "site"
PROFILE = Path("/usr/share/containers/seccomp.json")
# The program's own bound; a few bytes of a tar archive are not counted in an image.
BINARY_MAX = 97280


def get(connection, target, **headers):
    """One request; return its status, its type and its body."""
    connection.request("GET", target, headers=headers)
    response = connection.getresponse()
    return response.status, response.getheader("Content-Type"), response.read()


def assert_serves_site(container):
    """Every file of the sample site comes whole, over one connection."""
    connection = container.connect()
    files = [path for path in SITE.rglob("*") if path.is_file()]
    assert len(files) > 5
    for path in files:
        status, _, body = get(connection, f"/{path.relative_to(SITE)}")
        assert (status, body) == (200, path.read_bytes()), path
    assert get(connection, "/docs/")[2] == (SITE / "docs" / "index.html").read_bytes()
    connection.close()


def tree(root):
    """All below a directory: {path: mode}."""
    return {str(path.relative_to(root)): path.lstat().st_mode for path in root.rglob("*")}


def archive(size):
    """Bytes of a tar of a file and the two directories beside it: a header for each, the file
    in whole blocks, and two blocks at the end."""
    return (3 + -(-size // 512) + 2) * 512


def test_image_holds_one_file(engine, image):
    """The program and the empty root of a site; the size is the program's."""
    root = Path(engine.podman("image", "mount", image))
    try:
        found = tree(root)
        size = (root / "scratchd").stat().st_size
    finally:
        engine.podman("image", "unmount", image)
    assert sorted(found) == ["scratchd", "srv", "srv/www"]
    assert stat.S_ISREG(found["scratchd"]) and found["scratchd"] & 0o777 == 0o755
    assert stat.S_ISDIR(found["srv/www"])
    assert size <= BINARY_MAX
    # The history repeats the Dockerfile, which `make image` leaves out.
    assert engine.inspect("image", image)["Size"] < archive(size) + 4096


def test_image_config(engine, image):
    """What an orchestrator reads: who runs, what, where it listens, how it stops."""
    config = engine.inspect("image", image)["Config"]
    assert config["Entrypoint"] == ["/scratchd"]
    assert "Cmd" not in config
    assert config["User"] == "65534:65534"
    assert config["WorkingDir"] == "/srv/www"
    assert list(config["ExposedPorts"]) == [f"{PORT}/tcp"]
    assert config["StopSignal"] == "SIGTERM"
    assert config["Labels"]["org.opencontainers.image.description"]
    assert config["Labels"]["org.opencontainers.image.licenses"] == "MIT"


def test_health_check(start, engine, image, site_image):
    """The image's own: it needs nothing but the program, and is told the truth."""
    command = engine.inspect("image", image)["Healthcheck"]["Test"]
    assert command[0] == "CMD"
    container = start(site_image)
    container.connect().close()
    assert engine.podman("healthcheck", "run", container.name) == ""
    health = engine.inspect("container", container.name)["State"]["Health"]
    assert health["Status"] == "healthy"
    assert engine.podman("exec", container.name, *command[1:]) == ""
    done = engine.attempt("exec", container.name, *command[1:-1],
                          command[-1].replace("8080", "8081"))
    assert done.returncode == 1 and "ECONNREFUSED" in done.stderr


def test_confinement(start, site_image):
    """The tests below mean what they say: the kernel confirms each restriction."""
    container = start(site_image)
    container.connect().close()
    status = container.status()
    assert status["NSpid"][1:] == ["1"], "it is not the first process"
    assert status["Uid"] == ["65534"] * 4 and status["Gid"] == ["65534"] * 4
    assert {int(status[name][0], 16) for name in ("CapEff", "CapPrm", "CapBnd")} == {0}
    assert status["NoNewPrivs"] == ["1"]
    assert int(status["Seccomp_filters"][0]) == 2, "not the runtime's filter and the server's own"
    mounts = Path(f"/proc/{container.pid}/mountinfo").read_text().splitlines()
    root = next(line.split() for line in mounts if line.split()[4] == "/")
    assert "ro" in root[5].split(",")


def test_serves_a_site_in_the_image(start, site_image):
    """FROM scratchd, COPY site /srv/www: no option is needed."""
    assert_serves_site(start(site_image))


def test_serves_a_mounted_site(start, image):
    """The same site, mounted read-only on the image as it is."""
    assert_serves_site(start(image, f"--volume={SITE}:/srv/www:ro"))


def test_options_keep_the_root(start, site_image):
    """Options after the image's name are added, and ROOT stays what it was."""
    container = start(site_image, args=["-l", "9090", "--workers", "1"])
    assert get(container.connect(9090), "/mark.png")[0] == 200


def test_without_a_site(start, image):
    """The bare image runs and answers 404."""
    assert get(start(image).connect(), "/")[0] == 404


def profile_without(call):
    """The runtimes' profile, with every rule about a call taken out."""
    profile = json.loads(PROFILE.read_text())
    for rule in profile["syscalls"]:
        rule["names"] = [name for name in rule["names"] if name != call]
    profile["syscalls"] = [rule for rule in profile["syscalls"] if rule["names"]]
    return profile


def test_older_profile(start, site_image, tmp_path):
    """Runtimes from before 2021 forbid openat2 (EPERM): the site is served all the same."""
    profile = profile_without("openat2")
    profile.update(defaultAction="SCMP_ACT_ERRNO", defaultErrno="EPERM", defaultErrnoRet=1)
    changed = tmp_path / "seccomp.json"
    changed.write_text(json.dumps(profile))
    assert_serves_site(start(site_image, f"--security-opt=seccomp={changed}"))


def test_without_ipv6(start, site_image, tmp_path):
    """As on a kernel that has none: no option is needed, it listens on IPv4, and says so."""
    profile = profile_without("socket")
    for family, test, verdict in ((socket.AF_INET6, "SCMP_CMP_EQ", "SCMP_ACT_ERRNO"),
                                  (socket.AF_INET6, "SCMP_CMP_NE", "SCMP_ACT_ALLOW")):
        profile["syscalls"].append({
            "names": ["socket"], "action": verdict, "args": [
                {"index": 0, "value": int(family), "op": test}]})
    profile["syscalls"][-2]["errnoRet"] = errno.EAFNOSUPPORT
    changed = tmp_path / "seccomp.json"
    changed.write_text(json.dumps(profile))
    container = start(site_image, f"--security-opt=seccomp={changed}")
    assert_serves_site(container)
    assert f"scratchd: listening on 0.0.0.0:{PORT}\n" in container.logs()


def test_logs(start, site_image):
    """The runtime's log has the start line and a line for each request."""
    container = start(site_image)
    get(container.connect(), "/style.css")
    deadline = time.monotonic() + 5
    while '"GET /style.css HTTP/1.1" 200' not in container.logs():
        assert time.monotonic() < deadline, container.logs()
        time.sleep(0.05)
    assert "scratchd: listening on " in container.logs()


def test_arbitrary_user(start, site_image):
    """As OpenShift runs images: a number that nobody heard of, in root's group."""
    container = start(site_image, "--user=1234567890:0")
    assert_serves_site(container)
    assert container.status()["Uid"] == ["1234567890"] * 4


def test_orphans_are_reaped(start, site_image):
    """As process 1 it inherits what others leave behind, and buries it."""
    container = start(site_image)
    container.connect().close()
    enter = ["nsenter", f"--target={container.pid}", "--pid"]
    children = Path(f"/proc/{container.pid}/task/{container.pid}/children")
    workers = set(children.read_text().split())
    subprocess.run([*enter, "sh", "-c", "sleep 1 &"], check=True, timeout=10)
    orphan, = set(children.read_text().split()) - workers
    deadline = time.monotonic() + 10
    while Path(f"/proc/{orphan}").exists():
        assert time.monotonic() < deadline, "a zombie stays"
        time.sleep(0.05)
    assert_serves_site(container)


def test_little_memory(start, engine, image, tmp_path):
    """16 MiB are enough for a site of four times that and for the health check, and no worker is
    killed for it."""
    tmp_path.chmod(0o755)
    for i in range(2000):
        (tmp_path / f"{i}.bin").write_bytes(i.to_bytes(2, "big") * 16384)
    container = start(image, "--memory=16m", "--memory-swap=16m",
                      f"--volume={tmp_path}:/srv/www:ro", args=["--access-log", "off"])
    for connection in [container.connect() for _ in range(4)]:
        for i in range(2000):
            assert get(connection, f"/{i}.bin")[2] == i.to_bytes(2, "big") * 16384
        connection.close()
    group = dict(reversed(line.split(":")[1:]) for line in
                 Path(f"/proc/{container.pid}/cgroup").read_text().splitlines())
    path = next(path for path, names in group.items() if "memory" in names.split(",") or not names)
    limit, = (file.read_text() for file in (
        Path(f"/sys/fs/cgroup/memory{path}/memory.limit_in_bytes"),
        Path(f"/sys/fs/cgroup{path}/memory.max")) if file.exists())
    assert int(limit) == 16 << 20
    assert engine.podman("healthcheck", "run", container.name) == ""
    assert "worker" not in container.logs().split("listening on")[1]


def test_little_memory_in_a_flood(start, image):
    """More heads than there is memory for, each as long as may be and without an end: those that
    have waited longest give way (408), and no worker is killed."""
    container = start(image, "--memory=16m", "--memory-swap=16m", f"--volume={SITE}:/srv/www:ro",
                      args=["--access-log", "off"])
    head = b"GET / HTTP/1.1\r\nHost: a\r\nX: " + 15000 * b"a"
    flood = []
    for _ in range(1500):
        flood.append(container.connect())
        flood[-1].sock.sendall(head)
        if len(flood) % 100 == 0:
            assert_serves_site(container)
    answers = 0
    for connection in flood:
        connection.sock.setblocking(False)
        with suppress(BlockingIOError, ConnectionResetError):
            answers += connection.sock.recv(12) == b"HTTP/1.1 408"
        connection.close()
    assert answers > 500
    assert "worker" not in container.logs().split("listening on")[1]


@contextmanager
def run_by_crun(bundle):
    """A container of a directory that holds config.json and rootfs.

    crun wants a /dev until the container is made, and is done with it when it
    is started, which the standard makes a second step.
    """
    crun = ["crun", "--cgroup-manager=disabled", f"--root={bundle}/state"]
    # It does not start where both versions of control groups are mounted.
    alone = ["unshare", "--mount", "sh", "-c", 'umount -q /sys/fs/cgroup/unified; exec "$@"', "sh"]
    log = bundle / "log"
    (bundle / "rootfs" / "dev").mkdir()
    with log.open("w") as output:
        subprocess.run([*alone, *crun, "create", f"--bundle={bundle}",
                        f"--pid-file={bundle}/pid", "bare"], timeout=60, check=False,
                       stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    assert log.read_text() == ""
    try:
        shutil.rmtree(bundle / "rootfs" / "dev")
        run(*crun, "start", "bare")
        yield Process(int((bundle / "pid").read_text()), log.read_text)
    finally:
        run(*crun, "delete", "--force", "bare")


def test_nothing_but_the_image(engine, site_image, tmp_path):
    """No /proc, no /dev, no /tmp, no mount but the root, which is read-only.

    podman mounts the first two, and runc needs them; so this one is unpacked,
    and run with a configuration by hand.
    """
    about = engine.inspect("image", site_image)
    config = about["Config"]
    shutil.copytree(engine.podman("image", "mount", site_image), tmp_path / "rootfs")
    engine.podman("image", "unmount", site_image)
    (tmp_path / "config.json").write_text(json.dumps({
        "ociVersion": "1.0.2", "mounts": [], "root": {"path": "rootfs", "readonly": True},
        "process": {"args": config["Entrypoint"], "env": config["Env"],
                    "cwd": config["WorkingDir"], "user": {"uid": 1234567890, "gid": 0},
                    "noNewPrivileges": True, "capabilities": {}},
        "linux": {"namespaces": [{"type": name} for name in (
            "pid", "mount", "network", "ipc", "uts")]}}))
    with run_by_crun(tmp_path) as server:
        assert_serves_site(server)
        assert get(server.connect(), "/healthz")[::2] == (200, b"ok\n")
        kind, *probe = about["Healthcheck"]["Test"]
        assert kind == "CMD"
        run("nsenter", f"--target={server.pid}", "--mount", "--pid", "--net", "--ipc", "--uts",
            "--root", "--setuid=1234567890", *probe)
        assert server.status()["NSpid"][1:] == ["1"]
        assert server.status()["Uid"] == ["1234567890"] * 4
        mounts = Path(f"/proc/{server.pid}/mountinfo").read_text().splitlines()
        assert [line.split()[4:6] for line in mounts] == [["/", "ro,relatime"]]
        assert sorted(os.listdir(f"/proc/{server.pid}/root")) == ["scratchd", "srv"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stops_within_a_second(start, site_image, number):
    """As process 1, to which signals mean nothing by themselves; an idle client waits."""
    container = start(site_image)
    idle = container.connect()
    assert get(idle, "/")[0] == 200
    process = os.pidfd_open(container.pid)
    try:
        signal.pidfd_send_signal(process, number)
        ended, _, _ = select.select([process], [], [], 1)
    finally:
        os.close(process)
    assert ended, "it still runs after a second"
    assert container.wait() == 0


def test_podman_stop(start, engine, site_image):
    """The runtime's own stop needs no kill (which would be status 137)."""
    container = start(site_image)
    container.connect().close()
    engine.podman("stop", "--time=5", container.name)
    assert container.wait() == 0
