"""Dashboards: they ask for what the code shows, say what they show, and fit every Grafana and every namespace."""

import json
import re
from typing import Any

import pytest

from tests.support.prometheus_queries import DASHBOARDS, SCRAPED, asked_by, dashboards, known_series, panels, rules

ALL = dashboards()
RECORDED = {rule["record"] for _, rule in rules() if "record" in rule}


@pytest.mark.parametrize("name", ALL)
def test_every_query_asks_for_what_the_code_shows(name: str) -> None:
    series = known_series()
    for panel in panels(ALL[name]):
        for target in panel["targets"]:
            for asked in asked_by(target["expr"]):
                assert asked.name in series.keys() | RECORDED, f"{panel['title']}: {asked.name}"
                assert asked.labels <= series.get(asked.name, SCRAPED) | SCRAPED, f"{panel['title']}: {asked}"


@pytest.mark.parametrize("name", ALL)
def test_every_panel_says_what_it_shows_and_in_what_unit(name: str) -> None:
    for panel in panels(ALL[name]):
        assert panel["title"]
        assert panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"], panel["title"]
        assert panel["targets"], panel["title"]
        assert all(target["legendFormat"] for target in panel["targets"]), panel["title"]


@pytest.mark.parametrize("name", ALL)
def test_no_data_source_is_fixed_and_every_selector_goes_by_the_chosen_namespaces(name: str) -> None:
    dashboard = ALL[name]
    assert {one["name"] for one in dashboard["templating"]["list"]} >= {"datasource", "namespace"}
    sources = re.findall(r'"uid": "([^"]*)"', json.dumps({**dashboard, "uid": ""}))
    assert set(sources) <= {"${datasource}", ""}
    for panel in panels(dashboard):
        for target in panel["targets"]:
            for asked in asked_by(target["expr"]):
                assert "namespace" in asked.labels, f"{panel['title']}: {target['expr']}"


def test_dashboards_have_a_schema_that_grafana_knows_and_addresses_that_stay() -> None:
    assert {dashboard["schemaVersion"] for dashboard in ALL.values()} == {39}
    assert {dashboard["uid"] for dashboard in ALL.values()} == {f"ventanilla-{name}" for name in ALL}
    assert len(ALL) == 6


@pytest.mark.parametrize("name", ALL)
def test_no_panel_lies_over_another(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in ALL[name]["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
    ids = [panel["id"] for panel in ALL[name]["panels"]]
    assert len(ids) == len(set(ids))


def test_a_dashboard_is_small_enough_for_a_config_map() -> None:
    sizes: dict[str, Any] = {path.name: path.stat().st_size for path in DASHBOARDS.glob("*.json")}
    assert max(sizes.values()) < 200_000
