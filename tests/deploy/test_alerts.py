"""Alerts: each one fires when it should and not before, is explained, and asks for what the code shows."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.prometheus_queries import ALERTS, SCRAPED, alerts, asked_by, known_series, rules

CASES = Path(__file__).parent / "alerts"
SEVERITIES = {"critical", "warning", "info"}
needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool (Debian: prometheus) is not installed here"
)


def promtool(*arguments: object) -> None:
    run = subprocess.run(["promtool", *map(str, arguments)], check=False, capture_output=True, text=True, timeout=100)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]


def told_cases() -> dict[str, list[list[Any]]]:
    """What each alert's tests expect: for each looked-at moment the alerts."""
    found: dict[str, list[list[Any]]] = {}
    for path in CASES.glob("*.yaml"):
        for case in yaml.safe_load(path.read_text())["tests"]:
            for look in case["alert_rule_test"]:
                found.setdefault(look["alertname"], []).append(look["exp_alerts"])
    return found


@needs_promtool
def test_prometheus_takes_every_rule() -> None:
    promtool("check", "rules", *sorted(ALERTS.glob("*.yaml")))


@needs_promtool
def test_every_alert_fires_when_it_should_and_not_before() -> None:
    promtool("test", "rules", *sorted(CASES.glob("*.yaml")))


def test_no_alert_is_without_a_case_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    cases = told_cases()
    for name, variants in alerts().items():
        looks = cases.get(name, [])
        assert [] in looks, f"{name}: no case in which it must not fire"
        fired = {told["exp_labels"]["severity"] for look in looks for told in look}
        assert fired == {rule["labels"]["severity"] for rule in variants}, name
    assert cases.keys() == alerts().keys()


@pytest.mark.parametrize("name", alerts())
def test_an_alert_says_how_bad_it_is_of_whom_and_where_it_is_explained(name: str) -> None:
    for rule in alerts()[name]:
        assert name.startswith("Ventanilla")
        assert rule["labels"]["severity"] in SEVERITIES
        assert rule["annotations"]["runbook_url"] == f"https://runbooks.example/{name}.md"
        assert len(rule["annotations"]["summary"]) <= 120
        assert rule["annotations"]["description"].endswith(".")


def test_rules_are_of_the_service_whose_release_brings_them() -> None:
    for file, rule in rules():
        if "alert" in rule:
            assert rule["labels"]["service"] == file


def test_rules_ask_only_for_what_the_code_shows() -> None:
    series = known_series()
    recorded = {rule["record"] for _, rule in rules() if "record" in rule}
    for file, rule in rules():
        for asked in asked_by(rule["expr"]):
            if asked.name in recorded:
                continue
            assert asked.name in series, f"{file}: {asked.name} is no metric of ours"
            unknown = asked.labels - series[asked.name] - SCRAPED
            assert not unknown, f"{file}: {asked.name} has no label {unknown}"


def test_every_rule_keeps_two_desks_in_one_prometheus_apart() -> None:
    for file, rule in rules():
        expression = rule["expr"]
        if "sum" in expression or "max " in expression:
            assert "namespace" in expression, f"{file}: {rule.get('alert') or rule['record']}"


def test_rule_files_are_tidy_yaml() -> None:
    for path in [*ALERTS.glob("*.yaml"), *CASES.glob("*.yaml")]:
        text = path.read_text()
        assert text.startswith("---\n"), path
        assert text.endswith("\n")
        assert not text.endswith("\n\n")
        for number, line in enumerate(text.splitlines(), 1):
            assert line == line.rstrip(), f"{path.name}:{number} ends in blanks"
            assert len(line) <= 150, f"{path.name}:{number} is too long"
