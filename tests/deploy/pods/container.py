"""One container of a pod as a `podman run`: what a kubelet makes of a pod's specification.

What is not understood is refused, so that nothing in the chart is passed over in silence.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]

_RUNTIME = ("--cgroup-manager=cgroupfs", "run", "--rm", "--runtime", "runc", "--log-driver", "none", "--pull", "never")
_LIMITS = ("--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096")
_UNITS = {"Ki": 1024, "Mi": 1024**2, "Gi": 1024**3, "": 1}
_POD = {
    "automountServiceAccountToken", "enableServiceLinks", "serviceAccountName", "terminationGracePeriodSeconds",
    "securityContext", "volumes", "containers", "restartPolicy", "activeDeadlineSeconds", "topologySpreadConstraints",
}  # fmt: skip
_CONTAINER = {
    "name", "image", "imagePullPolicy", "command", "args", "env", "ports", "resources", "volumeMounts", "lifecycle",
    "securityContext", "startupProbe", "livenessProbe", "readinessProbe",
}  # fmt: skip


class NotThereYet(Exception):
    """A pod names a Secret or a ConfigMap, or a key of one, that is missing: it stays in `ContainerCreating`."""


@dataclass(frozen=True, slots=True)
class Node:
    """Where pods run.

    Attributes:
        folder: for their volumes and logs.
        hosts: names of Services → addresses, as the cluster's DNS would answer.
        objects: (kind, name) → content of each Secret and ConfigMap.
        environment: with which podman finds the images.
    """

    folder: Path
    hosts: dict[str, str]
    objects: dict[tuple[str, str], Mapping[str, str]]
    environment: dict[str, str]

    def content(self, kind: str, name: str, items: list[Json] | None) -> dict[str, str]:
        """The files that a volume gets of an object.

        Raises:
            NotThereYet: it lacks something.
        """
        found = self.objects.get((kind, name))
        if found is None:
            raise NotThereYet(f'{kind} "{name}" not found')
        if items is None:
            return dict(found)
        if missing := [item["key"] for item in items if item["key"] not in found]:
            raise NotThereYet(f'{kind} "{name}" has no key {missing[0]}')
        return {item["path"]: found[item["key"]] for item in items}


def words(node: Node, spec: Json, name: str, address: str) -> list[str]:
    """The command that runs the one container of a pod until it ends.

    Raises:
        NotThereYet: something that it mounts is missing.
    """
    (container,) = spec["containers"]
    if strange := (set(spec) - _POD) | (set(container) - _CONTAINER):
        raise NotImplementedError(f"this rig does not know {sorted(strange)}")
    told = list(_environment(container.get("env") or [], address))
    command = container.get("command") or []
    arguments = [*command[1:], *(container.get("args") or [])]
    return [
        "podman",
        *_RUNTIME,
        *_LIMITS,
        *("--name", name, "--hostname", name, "--network", "host"),
        *(word for host, where in node.hosts.items() for word in ("--add-host", f"{host}:{where}")),
        *_security(spec, container),
        *_memory(container),
        *_mounts(node, spec, container, name),
        *(word for one in told for word in ("--env", one)),
        *(["--entrypoint", command[0]] if command else []),
        container["image"],
        *arguments,
    ]


def bytes_of(quantity: str) -> int:
    """A quantity of Kubernetes, such as `64Mi`, in bytes."""
    number, unit = re.fullmatch(r"(\d+)(\D*)", quantity).groups()  # type: ignore[union-attr]  # else a traceback is right
    return int(number) * _UNITS[unit]


def _environment(entries: list[Json], address: str) -> Iterator[str]:
    """`NAME=value`; every pod of this node shares its network, so that each listens at an address of its own."""
    for one in entries:
        if "value" not in one:
            raise NotImplementedError(f"this rig does not know {one}")
        value = one["value"].replace("$$(", "$(")
        yield f"{one['name']}={address if one['name'].endswith(('_HTTP_HOST', '_SMTP_HOST')) else value}"


def _security(spec: Json, container: Json) -> list[str]:
    told = {**(spec.get("securityContext") or {}), **(container.get("securityContext") or {})}
    found = []
    if told.get("runAsUser") is not None:
        found += ["--user", f"{told['runAsUser']}:{told.get('runAsGroup', 0)}"]
    assert told.get("runAsUser") != 0 or not told.get("runAsNonRoot"), "container has runAsNonRoot and runs as root"
    if told.get("fsGroup") is not None:
        found += ["--group-add", str(told["fsGroup"])]
    if told.get("readOnlyRootFilesystem"):
        found += ["--read-only", "--read-only-tmpfs=false"]
    if told.get("allowPrivilegeEscalation") is False:
        found += ["--security-opt", "no-new-privileges"]
    if (told.get("seccompProfile") or {}).get("type", "Unconfined") == "Unconfined":
        found += ["--security-opt", "seccomp=unconfined"]
    return found + [f"--cap-drop={one.lower()}" for one in (told.get("capabilities") or {}).get("drop", [])]


def _memory(container: Json) -> list[str]:
    most = (container.get("resources") or {}).get("limits", {}).get("memory")
    return ["--memory", str(bytes_of(most)), "--memory-swap", str(bytes_of(most))] if most else []


def _mounts(node: Node, spec: Json, container: Json, name: str) -> Iterator[str]:
    group = (spec.get("securityContext") or {}).get("fsGroup")
    volumes = {volume["name"]: volume for volume in spec.get("volumes") or []}
    # All that is mounted must be there before anything is laid out.
    contents = {key: _content(node, volume) for key, volume in volumes.items() if "emptyDir" not in volume}
    for mount in container.get("volumeMounts") or []:
        volume = volumes[mount["name"]]
        where = mount["mountPath"]
        if "emptyDir" in volume:
            assert volume["emptyDir"]["medium"] == "Memory"
            yield from ("--tmpfs", f"{where}:rw,exec,size={bytes_of(volume['emptyDir']['sizeLimit'])},mode=2777")
            continue
        here = node.folder / name / mount["name"]
        _lay_out(here, *contents[mount["name"]], group)
        yield from ("--volume", f"{here}:{where}:ro")


def _content(node: Node, volume: Json) -> tuple[dict[str, str], int]:
    if "projected" in volume:
        files: dict[str, str] = {}
        for source in volume["projected"]["sources"]:
            ((kind, told),) = source.items()
            files |= node.content(_KINDS[kind], told["name"], told.get("items"))
        return files, volume["projected"]["defaultMode"]
    if "secret" in volume:
        told = volume["secret"]
        return node.content("Secret", told["secretName"], told.get("items")), told["defaultMode"]
    told = volume["configMap"]
    return node.content("ConfigMap", told["name"], told.get("items")), told["defaultMode"]


_KINDS = {"secret": "Secret", "configMap": "ConfigMap"}


def _lay_out(here: Path, files: Mapping[str, str], mode: int, group: int | None) -> None:
    """As a kubelet does: a folder with a hidden name, a link `..data` to it, and a link for each file."""
    inner = here / "..2026_11_28"
    inner.mkdir(parents=True)
    (here / "..data").symlink_to(inner.name)
    for name, content in files.items():
        path = inner / name
        path.write_text(content, encoding="utf-8")
        path.chmod(mode if group is None else mode | 0o040)
        os.chown(path, 0, 0 if group is None else group)
        (here / name).symlink_to(f"..data/{name}")
