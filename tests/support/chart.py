"""The Helm chart, rendered: what a release would bring into a cluster."""

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import yaml

from deploy.chart_generator.services import SERVICES
from tests.support.kubernetes_tools import find_helm

REPOSITORY: Final = Path(__file__).parents[2]
CHART: Final = REPOSITORY / "deploy" / "chart"
SERVERS: Final = tuple(service for service in SERVICES if service != "topology")
SHAPES: Final = ("default", "full", "existing-secrets")
"""The files in deploy/chart/ci."""
_SECONDS: Final = 60

Manifest = dict[str, Any]
LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same YAML, ten times as fast where libyaml is there."""

_PATHS: Final = {
    "intake-chat": ["chat.desk.example"],
    "intake-phone": ["phone.desk.example"],
    "tickets": ["api.desk.example"],
    "portal": ["desk.example", "hilfe.desk.example"],
}
"""Services that show something to the world, with names under which they may."""


class Refused(Exception):
    """helm does not render it; the text is what it says."""


def values_of(service: str, shape: str) -> list[Mapping[str, Any] | Path]:
    """Values of a service in one of the shapes: that of the chart's `ci`, with the service's own."""
    found: list[Mapping[str, Any] | Path] = [CHART / "ci" / f"{shape}-values.yaml"]
    found.append(REPOSITORY / "deploy" / "values" / f"{service}.yaml")
    if shape == "full" and service in _PATHS:
        hosts = _PATHS[service]
        found.append(
            {
                "ingress": {
                    "enabled": True,
                    "className": "public",
                    "annotations": {"example.com/redirect": "true"},
                    "hosts": hosts,
                    "tls": [{"secretName": "public-tls", "hosts": hosts}],
                },
                "httpRoute": {
                    "enabled": True,
                    "parentRefs": [{"name": "public", "namespace": "gateways"}],
                    "hostnames": hosts,
                },
            }
        )
    if shape == "full" and service in ("portal", "prober"):
        found.append({"keda": {"enabled": False}, "autoscaling": {"enabled": True, "behavior": {}}})
    if shape == "full" and service == "router":
        found.append({"rules": {"content": "name: ours\nrules: []\n", "note": 'why: "y"', "replaces": "0123"}})
    return found


def shaped(service: str, shape: str, *, release: str = "", namespace: str = "desk") -> list[Manifest]:
    """The objects of a release in one of the shapes. Rendered once; not to be changed."""
    return render(service, *values_of(service, shape), release=release, namespace=namespace)


def render(
    service: str, *values: Mapping[str, Any] | Path, release: str = "", namespace: str = "desk"
) -> list[Manifest]:
    """The objects of a release. Rendered once; not to be changed.

    Raises:
        Refused: by the schema or by the chart.
    """
    return _parsed(text(service, *values, release=release, namespace=namespace))


def text(service: str, *values: Mapping[str, Any] | Path, release: str = "", namespace: str = "desk") -> str:
    """What helm writes for a release.

    Raises:
        Refused: by the schema or by the chart.
    """
    given = tuple(str(one) if isinstance(one, Path) else json.dumps(one) for one in values)
    return _helm(("template", release or service, str(CHART), "--namespace", namespace), given)


@lru_cache(maxsize=256)
def _parsed(manifests: str) -> list[Manifest]:
    return [one for one in yaml.load_all(manifests, Loader=LOADER) if one]


def lint(service: str, shape: str) -> str:
    """What `helm lint --strict` says.

    Raises:
        Refused: it finds something.
    """
    given = tuple(str(one) if isinstance(one, Path) else json.dumps(one) for one in values_of(service, shape))
    return _helm(("lint", "--strict", str(CHART)), given)


@lru_cache(maxsize=256)
def _helm(words: tuple[str, ...], values: tuple[str, ...]) -> str:
    with TemporaryDirectory() as folder:
        options: list[str | Path] = []
        for number, value in enumerate(values):
            path = Path(value)
            if value.startswith("{"):  # JSON is YAML
                path = Path(folder, f"{number}.yaml")
                path.write_text(value, encoding="utf-8")
            options += ["--values", path]
        done = subprocess.run(
            [find_helm(), *words, *options], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    if done.returncode:
        raise Refused(done.stderr + done.stdout)
    return done.stdout


def forget() -> None:
    """Render anew what was rendered before."""
    _helm.cache_clear()


def of_kind(objects: Iterable[Manifest], kind: str) -> list[Manifest]:
    """Those of a kind."""
    return [one for one in objects if one["kind"] == kind]


def pods(objects: Iterable[Manifest]) -> Iterator[tuple[str, Manifest]]:
    """(name of its owner, pod or template of pods) of everything that runs."""
    for one in objects:
        name = f"{one['kind']} {one['metadata']['name']}"
        if one["kind"] == "Pod":
            yield name, one
        elif one["kind"] in ("Deployment", "Job"):
            yield name, one["spec"]["template"]
        elif one["kind"] == "CronJob":
            yield name, one["spec"]["jobTemplate"]["spec"]["template"]


def deployment(objects: Iterable[Manifest]) -> Manifest:
    """The one Deployment."""
    (found,) = of_kind(objects, "Deployment")
    return found


def container(pod: Manifest) -> Manifest:
    """The one container of a pod or of a template of pods."""
    (found,) = pod["spec"]["containers"]
    return dict(found)


def environment(pod: Manifest) -> dict[str, str]:
    """The variables of its container that have a value."""
    return {one["name"]: one["value"] for one in container(pod)["env"] if "value" in one}


def texts_in(node: Any) -> Iterator[str]:
    """All texts of an object, keys too."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield str(key)
            yield from texts_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts_in(value)
    elif isinstance(node, str):
        yield node
