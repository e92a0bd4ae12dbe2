"""What the chart's alerts and dashboards ask of Prometheus, and what the code can answer."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

import intake_chat.metrics
import intake_email.metrics
import intake_phone.metrics
import portal.metrics
import prober.metrics
import router.metrics
import tickets.metrics
import ventanilla_runtime.tls  # noqa: F401  # its metrics are in the registry, as those above
from ventanilla_runtime.metrics import REGISTRY

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "deploy/chart/alerts"
DASHBOARDS = ROOT / "deploy/chart/dashboards"
RUNBOOKS = ROOT / "docs/runbooks"
SERVICES = (intake_chat, intake_email, intake_phone, portal, prober, router, tickets)

_OURS = r"(?:ventanilla|tickets|router|intake_email|intake_chat|intake_phone|portal|prober|process)"
_NAME = re.compile(rf"\b({_OURS}[_:][\w:]+)(?:\{{([^}}]*)\}})?")
_LABEL = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
_SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}
SCRAPED = frozenset({"job", "instance", "namespace", "pod", "le", "slo"})
"""Labels that Prometheus, its operator and recording rules put there."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A metric in an expression, with the labels that its selector names."""

    name: str
    labels: frozenset[str]


def asked_by(expression: str) -> list[Asked]:
    """Every metric of ours that an expression asks for."""
    return [Asked(name, frozenset(_LABEL.findall(selector or ""))) for name, selector in _NAME.findall(expression)]


def known_series() -> dict[str, frozenset[str]]:
    """Name of each series that the code can show, with its labels."""
    found: dict[str, frozenset[str]] = {}
    for collector in list(REGISTRY._collector_to_names):
        labels = frozenset(getattr(collector, "_labelnames", ()))
        for family in collector.describe() if hasattr(collector, "describe") else collector.collect():
            for suffix in _SUFFIXES.get(family.type, ("",)):
                found[family.name + suffix] = labels
    for family in REGISTRY.collect():
        for sample in family.samples:
            found.setdefault(sample.name, frozenset(sample.labels))
    return found


def rules() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every rule of the chart with its file's name, without the ending."""
    for path in sorted(ALERTS.glob("*.yaml")):
        for group in yaml.safe_load(path.read_text())["groups"]:
            for rule in group["rules"]:
                yield path.stem, rule


def alerts() -> dict[str, list[dict[str, Any]]]:
    """The rules of each alert: one, or one for each severity."""
    found: dict[str, list[dict[str, Any]]] = {}
    for _, rule in rules():
        if "alert" in rule:
            found.setdefault(rule["alert"], []).append(rule)
    return found


def dashboards() -> dict[str, dict[str, Any]]:
    """Each dashboard by the name of its file."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(DASHBOARDS.glob("*.json"))}


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """Its panels that show something."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]
