# SPDX-License-Identifier: MIT
"""What operators copy: the units of systemd, the manifest for Kubernetes, and
the workflow that tests every architecture."""
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from kubernetes import client
from kubernetes.utils import parse_quantity

from harness import BUILD, SCRATCHD, run

TOP = Path(__file__).resolve().parents[2]
DEPLOY = TOP / "src/deploy"
MOST_EXPOSED = 1.5  # of 10, as systemd-analyze counts
# What Kubernetes' client calls them, as YAML has them.
PLAIN = {"str": [str], "int": [int], "bool": [bool], "object": [int, str],
         "list": [list], "dict": [dict]}
# Fields that came after Debian's client, which is of Kubernetes 1.22.
NEWER = {("V1Handler", "sleep"): "dict(str, int)"}


@pytest.fixture
def units(tmp_path):
    """The units, with the program where it was built."""
    text = (DEPLOY / "scratchd.service").read_text()
    assert "ExecStart=/usr/local/bin/scratchd /srv/www\n" in text
    (tmp_path / "scratchd.service").write_text(text.replace(
        "/usr/local/bin/scratchd", str(BUILD / "scratchd")))
    shutil.copy(DEPLOY / "scratchd.socket", tmp_path)
    return tmp_path


def analyze(*args):
    """Run systemd-analyze, which needs no systemd that runs."""
    return subprocess.run(["systemd-analyze", *map(str, args)], text=True,
                          capture_output=True, timeout=60, check=False)


def test_units_are_valid(units):
    """Every line is known and means something."""
    done = analyze("verify", "--man=no", units / "scratchd.service",
                   units / "scratchd.socket")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_unit_is_hardened(units):
    """systemd's own measure of what the service could reach."""
    done = analyze("security", "--offline=yes", "--no-pager",
                   f"--threshold={int(MOST_EXPOSED * 10)}",
                   units / "scratchd.service")
    assert done.returncode == 0, done.stdout[-400:]
    level = float(re.search(r"exposure level for .*: ([\d.]+)",
                            done.stdout)[1])
    assert 0 < level <= MOST_EXPOSED


def syscall_sets():
    """The sets of system calls that systemd knows, by name."""
    sets, name = {}, ""
    for line in analyze("syscall-filter", "--no-pager").stdout.splitlines():
        if line.startswith("@"):
            name = line
            sets[name] = set()
        elif line.startswith("    ") and name and "#" not in line:
            sets[name].add(line.strip())
    return sets


def expand(sets, name):
    """Every call of a set, with those of the sets that it is made of."""
    calls = set()
    for call in sets[name]:
        calls |= expand(sets, call) if call[0] == "@" else {call}
    return calls


def test_unit_allows_every_call():
    """Its filter lets the calls of calls.def through, but for those of --user:
    systemd has made that choice."""
    sets = syscall_sets()
    lists = re.findall(r"^SystemCallFilter=(~?)(.+)$",
                       (DEPLOY / "scratchd.service").read_text(), re.M)
    allowed = set()
    for forbid, names in lists:
        for name in names.split():
            calls = expand(sets, name) if name[0] == "@" else {name}
            allowed = allowed - calls if forbid else allowed | calls
    calls = re.findall(r'^CALL\((\w+), ".*?", "(\w+)"',
                       (TOP / "src/kernel/calls.def").read_text(), re.M)
    needed = {name for name, roles in calls if set(roles) & set("mMwWL")}
    needed -= {"setgroups", "setresgid", "setresuid"}
    assert len(needed) > 30
    assert needed - allowed == set()


def test_unit_names_what_is_there():
    """The program is where `make install` puts it, variables are in the file
    that its head names, and those that it shows are the program's."""
    text = (DEPLOY / "scratchd.service").read_text()
    prefix, = re.findall(r"^PREFIX +\?= (.*)$", (TOP / "Makefile").read_text(), re.M)
    assert f"\nExecStart={prefix}/bin/scratchd /srv/www\n" in text
    file, = re.findall(r"^EnvironmentFile=-(.*)$", text, re.M)
    assert f"Options go into {file}, as" in text
    shown = [word.split("=") for word in re.findall(r"SCRATCHD_\w+=[\w:/.]+\w", text)]
    assert len(shown) == 2
    for name, value in shown:
        option = name.removeprefix("SCRATCHD_").lower().replace("_", "-")
        done = run([*SCRATCHD, f"--{option}", value, "--version"])
        assert (done.returncode, done.stderr) == (0, ""), name
        folder = re.fullmatch(r"unix:/run/(\w+)/.*", value)
        assert not folder or f"\nRuntimeDirectory={folder[1]}\n" in text


def manifest():
    """The objects of the manifest, by kind."""
    text = (DEPLOY / "kubernetes.yaml").read_text()
    return {o["kind"]: o for o in yaml.safe_load_all(text)}


def mistakes(value, kind, where):
    """What of a value is not of the API, each with its place. A kind is a class
    of Kubernetes' Python client, which is generated from the API's description.

    The API server takes unknown fields without a word (unless it is asked to
    be strict), so a misspelt one is lost.
    """
    # Either a word, or list[KIND], or dict(str, KIND).
    shape, part_kind = re.fullmatch(r"(\w+)(?:\W(?:str, )?(.+)\W)?", kind).groups()
    model = getattr(client, kind, None)
    if type(value) not in ([dict] if model else PLAIN.get(shape, [])):
        return [f"{where}: {value!r} is not {kind}"]
    if shape == "list":
        return [m for i, part in enumerate(value)
                for m in mistakes(part, part_kind, f"{where}[{i}]")]
    if shape == "dict":
        return [m for name, part in value.items()
                for m in mistakes(part, part_kind, f"{where}.{name}")]
    if not model:
        return []
    found, given = [], {}
    names = {name: ours for ours, name in model.attribute_map.items()}
    for name, part in value.items():
        if name in names:
            given[names[name]] = part
            part_kind = model.openapi_types[names[name]]
        else:
            part_kind = NEWER.get((kind, name))
        found += mistakes(part, part_kind, f"{where}.{name}") \
            if part_kind else [f"{where}: there is no field {name}"]
    try:
        model(**given)  # Misses what is required.
    except ValueError as error:
        found.append(f"{where}: {error}")
    return found


def check(thing):
    """What is wrong with one object of a manifest."""
    group, _, version = thing["apiVersion"].rpartition("/")
    version, kind = version.capitalize(), thing["kind"]
    api = getattr(client, f"{group.capitalize() or 'Core'}{version}Api", None)
    snake = re.sub(r"\B(?=[A-Z])", "_", kind).lower()
    if not hasattr(api, f"create_namespaced_{snake}"):
        return [f"{kind} is not of {thing['apiVersion']}"]
    return mistakes(thing, version + kind, kind)


def test_manifest_is_of_the_api():
    """Every field is one that Kubernetes has, of its type, and none is missing."""
    assert [m for o in manifest().values() for m in check(o)] == []


@pytest.mark.parametrize("path, value, said", [
    ("spec.replica", 3, "Deployment.spec: there is no field replica"),
    ("spec.replicas", "3", "Deployment.spec.replicas: '3' is not int"),
    ("spec.template.spec.containers.0.securityContext.runAsNonRoot", 1,
     "Deployment.spec.template.spec.containers[0].securityContext.runAsNonRoot: 1 is not bool"),
    ("spec.template.spec.containers.0.resources.limits.memory", 64,
     "Deployment.spec.template.spec.containers[0].resources.limits.memory: 64 is not str"),
    ("spec.template.spec.containers.0.args", "--version",
     "Deployment.spec.template.spec.containers[0].args: '--version' is not list[str]"),
    ("spec.strategy", "Recreate",
     "Deployment.spec.strategy: 'Recreate' is not V1DeploymentStrategy"),
    ("spec.selector", None,
     "Deployment.spec: Invalid value for `selector`, must not be `None`"),
    ("apiVersion", "v1", "Deployment is not of v1"),
])
def test_manifest_of_another_api(path, value, said):
    """What the test before this one would find."""
    place = deployment = manifest()["Deployment"]
    *parents, name = path.split(".")
    for parent in parents:
        place = place[int(parent) if parent.isdigit() else parent]
    place[name] = value
    if value is None:
        del place[name]
    assert check(deployment) == [said]


def test_manifest_fits_together():
    """Names, labels and ports refer to what is there."""
    objects = manifest()
    assert {kind: o["apiVersion"] for kind, o in objects.items()} == {
        "Deployment": "apps/v1", "Service": "v1",
        "PodDisruptionBudget": "policy/v1"}
    deployment = objects["Deployment"]["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["selector"]["matchLabels"] == labels
    assert objects["Service"]["spec"]["selector"] == labels
    assert objects["PodDisruptionBudget"]["spec"]["selector"][
        "matchLabels"] == labels
    assert deployment["replicas"] > objects["PodDisruptionBudget"]["spec"][
        "minAvailable"] >= 1
    pod = deployment["template"]["spec"]
    ports = {p["name"] for p in pod["containers"][0]["ports"]}
    for port in objects["Service"]["spec"]["ports"]:
        assert port["targetPort"] in ports
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert pod["containers"][0][name]["httpGet"]["port"] in ports
    for thing in (*objects.values(), pod["containers"][0]):
        name = thing.get("metadata", thing)["name"]
        assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", name)
    resources = pod["containers"][0]["resources"]
    for name, limit in resources["limits"].items():
        assert 0 < parse_quantity(resources["requests"][name]) <= parse_quantity(limit)
    for spread in pod["topologySpreadConstraints"]:
        assert spread["labelSelector"]["matchLabels"] == labels
        assert spread["whenUnsatisfiable"] in ("DoNotSchedule", "ScheduleAnyway")


def test_manifest_is_confined():
    """The restricted profile of Kubernetes' Pod Security Standards."""
    pod = manifest()["Deployment"]["spec"]["template"]["spec"]
    context = pod["securityContext"]
    assert context["runAsNonRoot"] is True and context["runAsUser"] > 0
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    container = pod["containers"][0]["securityContext"]
    assert container == {"allowPrivilegeEscalation": False,
                         "readOnlyRootFilesystem": True,
                         "capabilities": {"drop": ["ALL"]}}
    pause = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] > pause + 8


def test_manifest_starts(start, tree):
    """Its arguments and variables are a server's, where its probes find it."""
    spec = manifest()["Deployment"]["spec"]["template"]["spec"]
    container = spec["containers"][0]
    env = {e["name"]: e["value"] for e in container["env"]}
    done = run([*SCRATCHD, *container["args"], "--version"], env=env)
    assert (done.returncode, done.stderr) == (0, "")
    args = container["args"]
    assert args[args.index("--metrics") + 1] == str(next(
        p["containerPort"] for p in container["ports"]
        if p["name"] == "metrics"))
    server = start(root=tree, env=env)
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        path = container[name]["httpGet"]["path"]
        assert server.get(path).body == b"ok\n"


def test_workflow():
    """It runs README's test command, and e2e for each other port."""
    jobs = yaml.safe_load(
        (TOP / ".github/workflows/test.yml").read_text())["jobs"]
    command = re.search(r"^sh tests/setup && make test$",
                        (TOP / "README.md").read_text(), re.M)[0]
    assert command in [step.get("run") for step in jobs["test"]["steps"]]
    arches = {p.stem for p in (TOP / "arch").glob("*.h")}
    arches -= {"generic", "nolibc", "x86_64"}
    assert set(jobs["emulated"]["strategy"]["matrix"]["arch"]) == arches
