# SPDX-License-Identifier: MIT
"""What operators copy: the units of systemd, the manifest for Kubernetes, and
the workflow that tests every architecture."""
import json
import re
import shutil
import subprocess

import pytest
import yaml
from kubernetes import client
from kubernetes.utils import parse_quantity

import rights
from harness import BUILD, SCRATCHD, TOP, run
from wire import fetch, wait_for

DEPLOY = TOP / "src/deploy"
MOST_EXPOSED = 1.5  # of 10, as systemd-analyze counts
# What Kubernetes' client calls them, as YAML has them.
PLAIN = {"str": [str], "int": [int], "bool": [bool], "object": [int, str],
         "list": [list], "dict": [dict]}
# Seconds in which every node has heard that a pod ends; kube-proxy alone waits
# for up to one (minSyncPeriod).
ENDPOINTS = 5
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
    needed = rights.allowed("mMwWFL")
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


def end_mistakes(pod):
    """What is wrong with how a pod ends: it goes on serving until every node has
    heard of its end, then it drains, and it is killed only after both."""
    found = []
    pause = pod["containers"][0].get("lifecycle", {}).get("preStop", {}).get(
        "sleep", {}).get("seconds", 0)
    if pause < ENDPOINTS:
        found.append(f"{pause} s are no time to be heard of")
    grace = int(re.search(r"^\| `--grace S` \|.*\| (\d+) \|$",
                          (TOP / "README.md").read_text(), re.M)[1])
    words = [*pod["containers"][0]["args"],
             *(e["name"] for e in pod["containers"][0]["env"])]
    if "--grace" in words or "SCRATCHD_GRACE" in words:
        found.append("not the default of --grace, which is counted here")
    if pod["terminationGracePeriodSeconds"] <= pause + grace:
        found.append("killed while it drains")
    return found


def test_manifest_ends():
    """Nothing is lost of what comes at the end."""
    pod = manifest()["Deployment"]["spec"]["template"]["spec"]
    assert end_mistakes(pod) == []


@pytest.mark.parametrize("sleep, period, said", [
    ({"seconds": 0}, 20, "0 s are no time to be heard of"),
    ({"seconds": ENDPOINTS - 1}, 20, f"{ENDPOINTS - 1} s are no time to be heard of"),
    ({}, 20, "0 s are no time to be heard of"),
    ({"seconds": ENDPOINTS}, ENDPOINTS + 8, "killed while it drains"),
    ({"seconds": 12}, 20, "killed while it drains")])
def test_manifest_of_another_end(sleep, period, said):
    """What the test before this one would find."""
    pod = manifest()["Deployment"]["spec"]["template"]["spec"]
    pod["containers"][0]["lifecycle"]["preStop"]["sleep"] = sleep
    pod["terminationGracePeriodSeconds"] = period
    assert end_mistakes(pod) == [said]


def test_manifest_starts(start, tree):
    """With its arguments and variables a server starts, and its probes and its
    ports find it. The ports are others here, and so is the address: a test
    listens to nobody else."""
    spec = manifest()["Deployment"]["spec"]["template"]["spec"]
    container = spec["containers"][0]
    env = {e["name"]: e["value"] for e in container["env"]}
    ports = {p["name"]: p["containerPort"] for p in container["ports"]}
    args = list(container["args"])
    metrics = args.index("--metrics") + 1
    assert args[metrics] == str(ports["metrics"])
    args[metrics] = "127.0.0.1:0"
    server = start(*args, root=tree, env=env)
    server.own_stdout = False  # it is not of the combined format
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        probe = container[name]["httpGet"]
        assert server.get(probe["path"]).body == b"ok\n"
        assert probe["port"] in ports
    assert server.get("/probe.txt").body == b"probe\n"
    line, = wait_for(server.log, "the log")
    assert json.loads(line)["target"] == "/probe.txt"
    port = re.search(r"^scratchd: metrics on 127\.0\.0\.1:(\d+)$",
                     server.stderr.read_text(), re.M)[1]
    assert b"\nscratchd_" in fetch(("127.0.0.1", int(port)), "/metrics").body
    # With the ports as they are, too.
    done = run([*SCRATCHD, *container["args"], "--version"], env=env)
    assert (done.returncode, done.stderr) == (0, "")


def jobs_of_the_workflow():
    """The jobs, by name."""
    return yaml.safe_load(
        (TOP / ".github/workflows/test.yml").read_text())["jobs"]


def workflow_mistakes(jobs):
    """What of the workflow is not README's test command, for this architecture
    and then for each of the others, or what takes longer, and nothing that makes
    light of it."""
    text = (TOP / "README.md").read_text()
    command = re.search(r"^sh tests/setup && make test$", text, re.M)[0]
    of_one = command.replace("make", "make ARCH=${{ matrix.arch }}")
    of_long = command.replace("make test", "make ${{ matrix.what }}")
    found = []
    for name, last in (("test", command), ("emulated", of_one),
                       ("long", of_long)):
        steps = jobs[name]["steps"]
        lines = [step["run"] for step in steps if "run" in step]
        if lines != ["apt-get update && apt-get install -y make", last]:
            found.append(f"{name}: {lines}")
        # With `if` or `continue-on-error` a step is passed over.
        if [set(step) for step in steps] != [{"uses"}, {"run"}, {"run"}] \
                or {"if", "continue-on-error"} & set(jobs[name]):
            found.append(f"{name}: more than what is to be run")
    arches = {p.stem for p in (TOP / "arch").glob("*.h")}
    arches -= {"generic", "nolibc", "x86_64"}
    listed = jobs["emulated"]["strategy"]["matrix"]["arch"]
    if sorted(listed) != sorted(arches):
        found.append(f"architectures: {listed}")
    targets = [what.split()[0] for what in
               jobs["long"]["strategy"]["matrix"]["what"]]
    if targets != ["proof", "proof-planted", "fuzz", "soak"]:
        found.append(f"what takes long: {targets}")
    if set(jobs) != {"test", "emulated", "long"}:
        found.append(f"jobs: {sorted(jobs)}")
    return found


def test_workflow():
    """It runs README's test command, and e2e for each other port."""
    assert workflow_mistakes(jobs_of_the_workflow()) == []


@pytest.mark.parametrize("path, value, said", [
    ("test.steps.2.run", "sh tests/setup && make test-quick",
     "test: ['apt-get update && apt-get install -y make', "
     "'sh tests/setup && make test-quick']"),
    ("test.steps.2.run", "sh tests/setup && make test || true",
     "test: ['apt-get update && apt-get install -y make', "
     "'sh tests/setup && make test || true']"),
    ("emulated.steps.2.run", "sh tests/setup && make test",
     "emulated: ['apt-get update && apt-get install -y make', "
     "'sh tests/setup && make test']"),
    ("test.steps.2.continue-on-error", True,
     "test: more than what is to be run"),
    ("emulated.if", "false", "emulated: more than what is to be run"),
    ("emulated.strategy.matrix.arch", ["aarch64"],
     "architectures: ['aarch64']"),
    ("long.strategy.matrix.what", ["proof", "fuzz MINUTES=3"],
     "what takes long: ['proof', 'fuzz']"),
    ("other", {}, "jobs: ['emulated', 'long', 'other', 'test']"),
])
def test_another_workflow(path, value, said):
    """What the test before this one would find."""
    place = jobs = jobs_of_the_workflow()
    *parents, name = path.split(".")
    for parent in parents:
        place = place[int(parent) if parent.isdigit() else parent]
    place[name] = value
    assert workflow_mistakes(jobs) == [said]
