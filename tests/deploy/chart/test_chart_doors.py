"""What the world and the neighbours may reach, and what is watched."""

import ipaddress
import json
import re
from typing import Any

import pytest
import yaml

from intake_chat.adapters.slack.http_door import PATH as SLACK_PATH
from intake_phone.adapters.twilio.doors import PREFIX as TWILIO_PREFIX
from intake_phone.adapters.twilio.media_door import PATH as MEDIA_PATH
from tests.support.chart import (
    CHART,
    REPOSITORY,
    SERVERS,
    SHAPES,
    Manifest,
    of_kind,
    pods,
    render,
    shaped,
    values_of,
)

_HIDDEN = ("/metrics", "/livez", "/readyz", "/doorz")
_SHOWN = ("intake-chat", "intake-phone", "tickets", "portal")


def is_shown(ingress: Manifest, path: str) -> bool:
    """Whether an Ingress passes a path on, as Kubernetes defines Exact and Prefix."""
    for rule in ingress["spec"]["rules"]:
        for one in rule["http"]["paths"]:
            prefix = one["path"].rstrip("/")
            if path == one["path"] or (
                one["pathType"] == "Prefix" and (path == prefix or path.startswith(f"{prefix}/"))
            ):
                return True
    return False


@pytest.mark.parametrize("service", _SHOWN)
def test_health_and_metrics_are_never_shown_to_the_world(service: str) -> None:
    objects = shaped(service, "full")
    (ingress,), (route,) = of_kind(objects, "Ingress"), of_kind(objects, "HTTPRoute")
    assert not any(is_shown(ingress, path) for path in _HIDDEN)
    assert all(rule["host"] for rule in ingress["spec"]["rules"])
    (rule,) = route["spec"]["rules"]
    as_route = {(one["path"]["value"], one["path"]["type"].removeprefix("Path")) for one in rule["matches"]}
    assert as_route == {(one["path"], one["pathType"]) for one in ingress["spec"]["rules"][0]["http"]["paths"]}
    for made in of_kind(objects, "Service"):
        assert made["spec"]["type"] == "ClusterIP"


def test_providers_reach_what_they_are_told_to_call() -> None:
    (chat,) = of_kind(shaped("intake-chat", "full"), "Ingress")
    assert is_shown(chat, SLACK_PATH)
    assert not is_shown(chat, "/")
    (phone,) = of_kind(shaped("intake-phone", "full"), "Ingress")
    assert is_shown(phone, f"{TWILIO_PREFIX}/voice")
    assert is_shown(phone, f"{MEDIA_PATH}x/y")
    assert not is_shown(phone, "/twiliox")


def test_people_reach_every_page_of_the_portal_and_programs_the_api() -> None:
    (portal,) = of_kind(shaped("portal", "full"), "Ingress")
    routes = re.compile(r'Route\(\s*"(/[^"]*)"')
    sources = (REPOSITORY / "services" / "portal" / "src" / "portal" / "adapters").glob("*.py")
    paths = {path for source in sources for path in routes.findall(source.read_text(encoding="utf-8"))}
    assert {"/", "/s/{token}", "/p/{token}", "/desk"} <= paths
    assert [path for path in paths if not is_shown(portal, re.sub(r"\{[^}]*\}", "x", path))] == []
    (tickets,) = of_kind(shaped("tickets", "full"), "Ingress")
    assert is_shown(tickets, "/api/v1/tickets")
    assert is_shown(tickets, "/openapi.json")


def test_the_mail_door_keeps_the_address_of_whoever_knocks() -> None:
    objects = shaped("intake-email", "full")
    (smtp,) = [one for one in of_kind(objects, "Service") if one["metadata"]["name"].endswith("-smtp")]
    assert smtp["spec"]["type"] == "LoadBalancer"
    assert smtp["spec"]["externalTrafficPolicy"] == "Local"
    assert smtp["spec"]["ports"] == [
        {"name": "smtp", "port": 25, "targetPort": "smtp", "protocol": "TCP", "nodePort": 30025}
    ]
    (inside,) = [
        one for one in of_kind(shaped("intake-email", "default"), "Service") if "smtp" in one["metadata"]["name"]
    ]
    assert inside["spec"]["type"] == "ClusterIP"
    assert "externalTrafficPolicy" not in inside["spec"]


def _policy(service: str, **values: Any) -> Manifest:
    (made,) = of_kind(
        render(service, *values_of(service, "default"), {"networkPolicy": {"enabled": True, **values}}), "NetworkPolicy"
    )
    return made


def _ports(rules: list[Any]) -> set[Any]:
    return {port["port"] for rule in rules for port in rule["ports"]}


@pytest.mark.parametrize(
    ("service", "comes_in", "goes_out"),
    [
        ("topology", set(), {53, 4222}),
        ("router", {"http"}, {53, 4222, 8080}),
        ("tickets", {"http"}, {53, 4222, 5432, 443, 8080}),
        ("portal", {"http"}, {53, 443, 8080}),
        ("intake-chat", {"http"}, {53, 4222, 443, 8080}),
        ("intake-phone", {"http"}, {53, 4222, 443, 8080}),
        ("prober", {"http"}, {53, 25, 465, 587, 443, 8080, 8025}),
        ("intake-email", {"http", "smtp"}, {53, 4222, 25, 465, 587, 2525, 143, 993, 443, 8080, 8025}),
    ],
)
def test_a_network_policy_lets_through_what_is_needed_and_nothing_else(
    service: str, comes_in: set[Any], goes_out: set[Any]
) -> None:
    made = _policy(service)
    assert made["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert _ports(made["spec"]["ingress"] or []) == comes_in
    assert _ports(made["spec"]["egress"]) == goes_out
    labels = made["spec"]["podSelector"]["matchLabels"]
    for _, pod in pods(shaped(service, "default")):
        assert labels.items() <= pod["metadata"]["labels"].items()


def test_providers_are_reached_outside_and_nobody_asks_the_cloud_who_we_are() -> None:
    (rule,) = [one for one in _policy("tickets")["spec"]["egress"] if {"port": 443, "protocol": "TCP"} in one["ports"]]
    v4, v6 = (one["ipBlock"] for one in rule["to"])
    assert (v4["cidr"], v6["cidr"]) == ("0.0.0.0/0", "::/0")
    assert any(ipaddress.ip_address("169.254.169.254") in ipaddress.ip_network(one) for one in v4["except"])


def test_who_may_ask_is_named_by_the_operator_beside_the_desks_own_pods() -> None:
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}}
    (rule,) = _policy("portal", httpFrom=[peer])["spec"]["ingress"]
    assert rule["from"] == [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "ventanilla"}}}, peer]


@pytest.mark.parametrize("service", SERVERS)
def test_prometheus_finds_the_port_under_the_services_name(service: str) -> None:
    objects = shaped(service, "full", release="mine")
    (monitor,) = of_kind(objects, "ServiceMonitor")
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    selector = monitor["spec"]["selector"]["matchLabels"]
    (found,) = [one for one in of_kind(objects, "Service") if selector.items() <= one["metadata"]["labels"].items()]
    assert found["metadata"]["labels"][monitor["spec"]["jobLabel"]] == service
    assert monitor["spec"]["endpoints"][0]["port"] in {port["name"] for port in found["spec"]["ports"]}


@pytest.mark.parametrize("path", sorted((CHART / "alerts").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_alerts_of_a_service_come_with_its_release_and_lead_to_the_operators_runbooks(path: Any) -> None:
    values = {"prometheusRule": {"enabled": True, "runbookUrl": "https://wiki.example/desk/"}}
    (made,) = of_kind(render(path.stem, *values_of(path.stem, "default"), values), "PrometheusRule")
    source = path.read_text(encoding="utf-8").replace("https://runbooks.example", "https://wiki.example/desk")
    # Of two desks in one Prometheus, one that was never there is not hidden by the other.
    anywhere, here = "absent(last_over_time(ventanilla_build_info{", f'namespace="{made["metadata"]["namespace"]}",'
    named = f'{here}cronjob="{made["metadata"]["name"]}-backup"'
    told = source.replace(anywhere, anywhere + here).replace('cronjob="topology-backup"', named)
    assert made["spec"] == yaml.safe_load(told)
    assert json.dumps(made).count("absent(") == (0 if path.stem == "topology" else 1)
    assert "runbooks.example" not in json.dumps(made)


def test_dashboards_arrive_as_they_are() -> None:
    made = [one for one in of_kind(shaped("topology", "full"), "ConfigMap") if "dashboard" in one["metadata"]["name"]]
    files = {path.name: path.read_text(encoding="utf-8") for path in (CHART / "dashboards").glob("*.json")}
    found = {name: json.loads(text) for one in made for name, text in one["data"].items()}
    assert found == {name: json.loads(text) for name, text in files.items()}
    assert all(one["metadata"]["labels"]["grafana_dashboard"] == "1" for one in made)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("service", SERVERS)
def test_every_port_that_is_named_exists(service: str, shape: str) -> None:
    objects = shaped(service, shape)
    (pod,) = [pod for name, pod in pods(objects) if name.startswith("Deployment")]
    there = {port["name"] for port in pod["spec"]["containers"][0]["ports"]}
    for made in of_kind(objects, "Service"):
        assert {port["targetPort"] for port in made["spec"]["ports"]} <= there
