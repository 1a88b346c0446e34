# SPDX-License-Identifier: MIT
"""`make image`: an image for each architecture, run, the foreign ones under QEMU."""

import hashlib
import json
import platform
import re
import subprocess

import pytest

from engine import TOP
from test_container import SITE, archive, assert_serves_site

HOST = platform.machine()
ARCHES = sorted(path.stem for path in (TOP / "arch").glob("*.h")
                if path.stem not in ("generic", "nolibc"))
# What registries call those that have another name there.
NAMES = {"x86_64": "amd64", "aarch64": "arm64", "i386": "386"}
PLATFORMS = {arch: NAMES.get(arch, arch) for arch in ARCHES}

# Less than so many KiB is an image without a site.
KIB = {"x86_64": 100, "arm": 100, "riscv64": 100, "aarch64": 120, "i386": 128, "s390x": 128,
       "ppc64le": 136}


def said_of(made, arch, name="scratchd"):
    """What is said of the image of one architecture: its name, and three sizes in bytes: of the
    program, of the image, and of what a registry sends of it."""
    line = re.search(rf"^({name}:[\d.]+-{arch}): program (\d+) bytes, image (\d+) bytes, "
                     r"(\d+) to pull$", made, re.M)
    return line[1], *map(int, line.groups()[1:])


def name_of(made, arch, name="scratchd"):
    """The image of one architecture."""
    return said_of(made, arch, name)[0]


def emulated(arch):
    """Options that put QEMU and what it is linked with before the entry point.

    The kernel of the tests' machine need not know about other architectures
    (binfmt_misc), and everything but the entry point is the image's own.
    """
    if arch == HOST:
        return []
    return [f"--volume=/usr/bin/qemu-{arch}:/usr/bin/qemu:ro", "--volume=/lib64:/lib64:ro",
            f"--volume=/lib/{HOST}-linux-gnu:/lib/{HOST}-linux-gnu:ro",
            '--entrypoint=["/usr/bin/qemu","/scratchd"]']


def test_list_has_every_architecture(engine, made):
    """One name stands for them all, and the machine takes its own."""
    assert len(made.splitlines()) == len(ARCHES)
    listed = json.loads(engine.podman("manifest", "inspect", "localhost/scratchd:latest"))
    found = {m["platform"]["architecture"]: m["digest"] for m in listed["manifests"]}
    assert set(found) == {PLATFORMS[arch] for arch in ARCHES}
    assert len(set(found.values())) == len(ARCHES)


def blob_of(folder, part, suffix=""):
    """What an entry of a manifest names, which is there and is what it should be."""
    digest = part["digest"].removeprefix("sha256:")
    data = (folder / f"{digest}{suffix}").read_bytes()
    assert (hashlib.sha256(data).hexdigest(), len(data)) == (digest, part["size"])
    return data


def test_published(engine, bundled, tmp_path):
    """By README's command, into a directory in place of a registry: the list, each image that it
    names, and all that they are made of, in Docker's format."""
    assert bundled
    command = re.search(r"`buildah (manifest push [^`]+) docker://REGISTRY/www`",
                        (TOP / "README.md").read_text())[1]
    engine.buildah(*command.split(), f"dir:{tmp_path}/www")
    folder = tmp_path / "www"
    listed = json.loads((folder / "manifest.json").read_text())
    kind = "application/vnd.docker."
    assert listed["mediaType"] == f"{kind}distribution.manifest.list.v2+json"
    named = {"manifest.json", "version"}
    found = {}
    for entry in listed["manifests"]:
        assert entry["mediaType"] == f"{kind}distribution.manifest.v2+json"
        image = json.loads(blob_of(folder, entry, ".manifest.json"))
        layer, = image["layers"]
        config = json.loads(blob_of(folder, image["config"]))
        assert layer["mediaType"].startswith(f"{kind}image.rootfs.diff.tar")
        assert blob_of(folder, layer)
        assert image["mediaType"] == entry["mediaType"]
        assert image["config"]["mediaType"] == f"{kind}container.image.v1+json"
        found[config["architecture"]] = entry["platform"]
        named |= {part["digest"].removeprefix("sha256:") for part in (layer, image["config"])}
        named.add(entry["digest"].removeprefix("sha256:") + ".manifest.json")
    platforms = {name: {"architecture": name, "os": "linux"} for name in PLATFORMS.values()}
    platforms["arm"]["variant"] = "v7"
    assert found == platforms
    assert {path.name for path in folder.iterdir()} == named


@pytest.mark.parametrize("kind", ["scratchd", "www"])
@pytest.mark.parametrize("arch", ARCHES)
def test_config(engine, image, made, bundled, arch, kind):
    """The same as of the image that the Dockerfile makes, with a site inside as well."""
    name = name_of(bundled if kind == "www" else made, arch, kind)
    ours = engine.inspect("image", name)
    theirs = engine.inspect("image", image)
    assert ours["Architecture"] == PLATFORMS[arch]
    version = ours["Config"]["Labels"].pop("org.opencontainers.image.version")
    assert f":{version}-" in name
    assert ours["Config"] == {**theirs["Config"], "Labels": ours["Config"]["Labels"]}
    # Which buildah made it, by which the same image would be another.
    theirs["Config"]["Labels"].pop("io.buildah.version")
    assert ours["Config"]["Labels"] == theirs["Config"]["Labels"]
    assert ours["Healthcheck"]["Test"] == theirs["Healthcheck"]["Test"]


def parts_of(engine, name, folder):
    """What an image is made of, as bytes: its one layer, its configuration, its manifest."""
    engine.podman("save", "--quiet", "--format=docker-dir", f"--output={folder}", name)
    manifest = folder / "manifest.json"
    parts = json.loads(manifest.read_text())
    layer, = parts["layers"]
    return layer["size"], parts["config"]["size"], manifest.stat().st_size


def sent_of(engine, name, folder):
    """Bytes of its blobs and of its manifest as a registry is sent them."""
    engine.podman("push", "--quiet", "--compress", "--format=v2s2", name, f"dir:{folder}")
    parts = json.loads((folder / "manifest.json").read_text())
    layer, = parts["layers"]
    assert layer["mediaType"].endswith(".tar.gzip")
    return layer["size"] + parts["config"]["size"] + (folder / "manifest.json").stat().st_size


@pytest.mark.parametrize("arch", ARCHES)
def test_size(engine, made, arch, tmp_path):
    """The program in a tar, and 2.75 KiB that describe it. podman stores the manifest twice."""
    name, program, stored, pulled = said_of(made, arch)
    size = engine.inspect("image", name)["Size"]
    layer, config, manifest = parts_of(engine, name, tmp_path / "image")
    assert program == (TOP / "build" / arch / "scratchd").stat().st_size
    assert layer == archive(program)
    assert stored == layer + config + manifest
    assert pulled == sent_of(engine, name, tmp_path / "sent")
    assert layer + config + manifest <= size <= layer + config + 2 * manifest < layer + 2816
    assert size < KIB[arch] << 10


@pytest.mark.parametrize("arch", ARCHES)
def test_size_with_a_site(engine, made, bundled, arch, tmp_path):
    """The site follows the program at once, and has 256 bytes beside each file."""
    name, program, stored, pulled = said_of(bundled, arch, "www")
    names = name_of(made, arch), name
    without, size = (engine.inspect("image", name)["Size"] for name in names)
    files = [path.stat().st_size for path in SITE.rglob("*") if path.is_file()]
    assert sum(files) < size - without < sum(files) + 256 * len(files) + 1024
    layer, config, manifest = parts_of(engine, names[1], tmp_path / "image")
    subprocess.run([TOP / "build" / HOST / "scratchd", "bundle", SITE, "-o", tmp_path / "server",
                    "--base", TOP / "build" / arch / "scratchd"], check=True)
    assert program == (tmp_path / "server").stat().st_size
    assert layer == archive(program) and stored == layer + config + manifest
    assert size <= layer + config + 2 * manifest < layer + 2816
    # Compressed, as a registry sends it.
    assert pulled == sent_of(engine, name, tmp_path / "sent") < (100 << 10) + sum(files)


@pytest.mark.parametrize("kind", ["scratchd", "www"])
@pytest.mark.parametrize("arch", ARCHES)
def test_runs(start, engine, made, bundled, arch, kind):
    """It serves a site that is mounted, or the one inside, beside which there is nothing in the
    image to read; its check tells that it does, and it stops when it is told to."""
    name = name_of(bundled if kind == "www" else made, arch, kind)
    mounts = [] if kind == "www" else [f"--volume={SITE}:/srv/www:ro"]
    container = start(name, *mounts, *emulated(arch))
    assert_serves_site(container)
    assert ("a bundle of " in container.logs()) == (kind == "www")
    _, *check = engine.inspect("image", name)["Healthcheck"]["Test"]
    check = [*([] if arch == HOST else ["/usr/bin/qemu"]), *check]
    assert engine.podman("exec", container.name, *check) == ""
    done = engine.attempt("exec", container.name, *check[:-1], check[-1].replace("8080", "8081"))
    assert done.returncode == 1 and "ECONNREFUSED (connection refused)" in done.stderr
    engine.podman("stop", "--time=10", container.name)
    assert container.wait() == 0
