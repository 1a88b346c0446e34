# SPDX-License-Identifier: MIT
"""The part of Kubernetes' API that src/deploy/kubernetes.yaml speaks, from its
reference (v1.30): each field that a kind has there, as far as it is of use
here, what it holds, and which have to be. The API server takes unknown fields
without a word (unless it is asked to be strict), so a misspelt one is lost.

A dict is an object, its names with "!" are required; a list of one is a list of
such; a set has the words that may stand there; a function is a test.
"""
import re

STRING = str
COUNT = ("a number from 0", lambda v: type(v) is int and v >= 0)
POSITIVE = ("a number from 1", lambda v: type(v) is int and v >= 1)
PORT = ("a port", lambda v: type(v) is int and 0 < v < 65536)
BOOL = ("true or false", lambda v: type(v) is bool)
NAME = ("a DNS label", lambda v: isinstance(v, str) and
        re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", v))
PORT_NAME = ("a port's name", lambda v: isinstance(v, str) and
             re.fullmatch(r"(?=.*[a-z])[a-z0-9](-?[a-z0-9])*", v) and len(v) <= 15)
PORT_OR_NAME = ("a port or its name", lambda v: PORT[1](v) or PORT_NAME[1](v))
QUANTITY = ("a quantity", lambda v: re.fullmatch(
    r"\d+(\.\d+)?(m|k|M|G|Ki|Mi|Gi)?", str(v)))
AMOUNT = ("a number or a percentage", lambda v: COUNT[1](v) or
          re.fullmatch(r"\d+%", str(v)))
VARIABLE = ("a variable's name", lambda v: isinstance(v, str) and
            re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", v))
LABELS = ("strings by label", lambda v: isinstance(v, dict) and all(
    isinstance(x, str) and len(x) <= 63 and
    re.fullmatch(r"([a-z0-9.-]+/)?[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?", k)
    for k, x in v.items()))

META = {"name!": NAME, "namespace": NAME, "labels": LABELS, "annotations": LABELS}
POD_META = {"labels!": LABELS, "annotations": LABELS}
SELECTOR = {"matchLabels": LABELS}
SECCOMP = {"type!": {"RuntimeDefault", "Localhost", "Unconfined"}}
RESOURCES = {"cpu": QUANTITY, "memory": QUANTITY, "ephemeral-storage": QUANTITY}
PROBE = {"httpGet": {"path": STRING, "port!": PORT_OR_NAME, "scheme": {"HTTP", "HTTPS"}},
         "exec": {"command": [STRING]}, "initialDelaySeconds": COUNT,
         "periodSeconds": POSITIVE, "timeoutSeconds": POSITIVE,
         "failureThreshold": POSITIVE, "successThreshold": POSITIVE}
HOOK = {"sleep": {"seconds!": COUNT}, "exec": {"command": [STRING]}}
CONTAINER = {
    "name!": NAME, "image!": STRING, "args": [STRING], "command": [STRING],
    "imagePullPolicy": {"Always", "IfNotPresent", "Never"},
    "env": [{"name!": VARIABLE, "value": STRING}],
    "ports": [{"name": PORT_NAME, "containerPort!": PORT,
               "protocol": {"TCP", "UDP", "SCTP"}}],
    "resources": {"requests": RESOURCES, "limits": RESOURCES},
    "securityContext": {
        "allowPrivilegeEscalation": BOOL, "readOnlyRootFilesystem": BOOL,
        "privileged": BOOL, "runAsNonRoot": BOOL, "runAsUser": COUNT,
        "runAsGroup": COUNT, "seccompProfile": SECCOMP,
        "capabilities": {"add": [STRING], "drop": [STRING]}},
    "startupProbe": PROBE, "readinessProbe": PROBE, "livenessProbe": PROBE,
    "lifecycle": {"preStop": HOOK, "postStart": HOOK},
    "volumeMounts": [{"name!": NAME, "mountPath!": STRING, "readOnly": BOOL}]}
POD = {
    "automountServiceAccountToken": BOOL, "serviceAccountName": NAME,
    "terminationGracePeriodSeconds": COUNT,
    "securityContext": {"runAsNonRoot": BOOL, "runAsUser": COUNT,
                        "runAsGroup": COUNT, "fsGroup": COUNT,
                        "seccompProfile": SECCOMP},
    "topologySpreadConstraints": [{
        "maxSkew!": POSITIVE, "topologyKey!": STRING,
        "whenUnsatisfiable!": {"DoNotSchedule", "ScheduleAnyway"},
        "labelSelector": SELECTOR}],
    "containers!": [CONTAINER], "initContainers": [CONTAINER]}
KINDS = {
    ("apps/v1", "Deployment"): {
        "replicas": COUNT, "revisionHistoryLimit": COUNT, "minReadySeconds": COUNT,
        "selector!": SELECTOR,
        "strategy": {"type": {"RollingUpdate", "Recreate"},
                     "rollingUpdate": {"maxUnavailable": AMOUNT, "maxSurge": AMOUNT}},
        "template!": {"metadata!": POD_META, "spec!": POD}},
    ("v1", "Service"): {
        "type": {"ClusterIP", "NodePort", "LoadBalancer"}, "selector": LABELS,
        "ports!": [{"name": PORT_NAME, "port!": PORT, "targetPort": PORT_OR_NAME,
                    "protocol": {"TCP", "UDP", "SCTP"}}]},
    ("policy/v1", "PodDisruptionBudget"): {
        "minAvailable": AMOUNT, "maxUnavailable": AMOUNT, "selector": SELECTOR},
}


def mistakes(value, schema, where):
    """What of a value the schema does not allow, each with its place."""
    if isinstance(schema, dict):
        if not isinstance(value, dict):
            return [f"{where}: not an object"]
        names = {name.rstrip("!"): part for name, part in schema.items()}
        found = [f"{where}: no {name[:-1]}" for name in schema
                 if name.endswith("!") and name[:-1] not in value]
        for name, part in value.items():
            found += mistakes(part, names[name], f"{where}.{name}") \
                if name in names else [f"{where}: there is no field {name}"]
        return found
    if isinstance(schema, list):
        if not isinstance(value, list) or not value:
            return [f"{where}: not a list of something"]
        return [m for i, part in enumerate(value)
                for m in mistakes(part, schema[0], f"{where}[{i}]")]
    if isinstance(schema, set):
        return [] if value in schema else [f"{where}: {value} is none of {sorted(schema)}"]
    if schema is STRING:
        return [] if isinstance(value, str) else [f"{where}: not a string"]
    return [] if schema[1](value) else [f"{where}: {value!r} is not {schema[0]}"]


def check(thing):
    """What is wrong with one object of a manifest."""
    kind = (thing.get("apiVersion"), thing.get("kind"))
    if kind not in KINDS:
        return [f"no kind {kind}"]
    return mistakes(thing, {"apiVersion!": STRING, "kind!": STRING,
                            "metadata!": META, "spec!": KINDS[kind]}, kind[1])
