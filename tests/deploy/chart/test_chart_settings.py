"""Everything a service can be told can be said in values, and what is rendered is what the service reads."""

import os
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from deploy.chart_generator.__main__ import CHART, chart_files, values_schema
from deploy.chart_generator.services import HOLD_SECRETS, SAID_ELSEWHERE, SERVICES, settings_of
from deploy.chart_generator.settings_schema import camel, is_secret, variable
from deploy.chart_generator.values_table import Undocumented, table
from deploy.chart_generator.values_table import values_of as documented
from tests.support.chart import (
    SERVERS,
    container,
    deployment,
    of_kind,
    pods,
    render,
    shaped,
    values_of,
)
from tests.support.chart_pods import lay_out

_SECRETS = {
    "nats_password": "p@ss:/w0rd%",
    "tickets_token": "vnt_0123456789abcdef",
    "secret": "0123456789abcdef0123456789abcdef",
    "smtp_url": "smtp://intake-email-smtp:25",
    "relay_url": "smtp://desk:secret@relay.example:587?starttls=required",
    "slack_bot_token": "xoxb-1234567890-abcdefghijklmnop",
    "slack_app_token": "xapp-1-A012345-6789-abcdef",
    "twilio_auth_token": "0123456789abcdef0123456789abcdef",
    "postgres_host": "desk-rw.desk.svc",
    "postgres_port": "5433",
    "postgres_user": "ventanilla",
    "postgres_password": "a:b@c/d?e#f%g h",
    "postgres_database": "ventanilla",
    "postgres_url": "postgresql://desk@desk-rw/ventanilla",
}
"""What the Secrets of an operator hold, by the file that it becomes."""


def known_secret(_: str, __: str, path: str) -> str:
    """What an operator has put where this file comes from."""
    return _SECRETS[path]


def read(service: str, told: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The settings of a process with this environment and no other."""
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    return settings_of(service)()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_what_its_own_values_render(
    service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = shaped(service, "default")
    pod = dict(pods(objects))[f"Deployment {service}"] if service in SERVERS else next(iter(pods(objects)))[1]
    settings = read(service, lay_out(pod, tmp_path, known_secret), monkeypatch)
    if service in SERVERS:
        assert (settings.http_host, settings.http_port, settings.drain_seconds) == ("0.0.0.0", 8080, 18)
    if service not in ("portal", "prober"):
        assert settings.nats_password.get_secret_value() == _SECRETS["nats_password"]
        assert (settings.nats_user, settings.nats_url) == (service, "nats://nats:4222")
    if service == "intake-email":
        assert (settings.smtp_port, settings.mailboxes) == (8025, ("soporte@desk.example",))
        assert settings.relay_url.get_secret_value() == _SECRETS["relay_url"]
    if service in ("portal", "prober", "intake-chat", "intake-phone"):
        assert settings.tickets_url == "http://tickets:8080"
        assert settings.tickets_token.get_secret_value() == _SECRETS["tickets_token"]


@pytest.mark.parametrize("kind", ["Deployment", "Job"])
def test_the_secret_of_cloudnativepg_is_used_as_it_is_by_pods_and_by_the_migration(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = of_kind(shaped("tickets", "default"), kind)
    told = lay_out(one["spec"]["template"], tmp_path, known_secret)
    if kind == "Job":
        assert {name.split("_POSTGRES_")[0] for name in told} == {"TICKETS"}
        told["TICKETS_SECRET"] = _SECRETS["secret"]
    settings = read("tickets", told, monkeypatch)
    assert (settings.postgres_host, settings.postgres_port) == ("desk-rw.desk.svc", 5433)
    assert (settings.postgres_user, settings.postgres_database) == ("ventanilla", "ventanilla")
    assert settings.postgres_password.get_secret_value() == _SECRETS["postgres_password"]


def test_a_whole_address_of_the_database_replaces_its_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    objects = render("tickets", *values_of("tickets", "default"), {"postgres": {"keys": {"uri": "uri"}}})
    settings = read("tickets", lay_out(deployment(objects)["spec"]["template"], tmp_path, known_secret), monkeypatch)
    assert settings.postgres_url.get_secret_value() == _SECRETS["postgres_url"]
    assert settings.postgres_host == ""


@cache
def schema() -> dict[str, Any]:
    """What the chart takes, as the code says."""
    return values_schema()


def told_of(service: str) -> dict[str, Any]:
    """The part of the schema that is a service's own."""
    (found,) = [one for one in schema()["allOf"] if one["if"]["properties"]["service"]["const"] == service]
    return dict(found["then"]["properties"])


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_of_a_service_can_be_said(service: str) -> None:
    mine = told_of(service)
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    for name, field in settings_of(service).model_fields.items():
        if name in SAID_ELSEWHERE:
            place = values
            for key in SAID_ELSEWHERE[name].split("."):
                place = place[key]
        else:
            assert camel(name) in mine["secrets" if is_secret(field) else "settings"]["properties"], name
    assert all(SAID_ELSEWHERE[name] for name in SAID_ELSEWHERE)


def _example(kind: dict[str, Any]) -> Any:
    if "enum" in kind:
        return kind["enum"][0]
    if "anyOf" in kind:
        return "none" if {"enum": ["none"]} in kind["anyOf"] else ["a", "b"]
    if kind["type"] in ("integer", "number"):
        least = kind.get("minimum", kind.get("exclusiveMinimum", 0))
        return least + 1 if least + 1 <= kind.get("maximum", kind.get("exclusiveMaximum", least + 2)) else least
    return {"boolean": True, "string": "/etc/x" if "pattern" in kind else "text"}[kind["type"]]


@pytest.mark.parametrize("service", SERVERS)
def test_whatever_is_said_becomes_the_variable_that_the_service_reads(service: str) -> None:
    mine = told_of(service)
    said = {name: _example(one) for name, one in mine["settings"]["properties"].items()}
    secret = {name: {"existingSecret": "one", "key": "two"} for name in mine["secrets"]["properties"]}
    base = values_of(service, "default")
    pod = deployment(render(service, *base, {"settings": said, "secrets": secret}))["spec"]["template"]
    told = {one["name"] for one in container(pod)["env"]}
    for name, field in settings_of(service).model_fields.items():
        if name not in SAID_ELSEWHERE:
            assert variable(service, name) + ("_FILE" if is_secret(field) else "") in told
        if name in HOLD_SECRETS:
            assert f"{variable(service, name)}_FILE" in told


def test_what_follows_from_code_is_fresh() -> None:
    stale = [str(path) for path, text in chart_files().items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run `make generate`"


def test_every_value_has_a_comment_that_becomes_a_row_of_the_readme() -> None:
    source = (CHART / "values.yaml").read_text(encoding="utf-8")
    found = {value.path: value for value in documented(source)}
    assert found["keda.lagThreshold"].default == "`200`"
    assert found["service"].text.startswith("Which service this release is")
    assert set(yaml.safe_load(source)) <= {path.split(".")[0] for path in found}
    with pytest.raises(Undocumented, match=r"a\.b"):
        list(documented("a:\n  b: 1\n"))
    assert table("# -- One | two.\na: 1\n").endswith("| `a` | `1` | One \\| two. |\n")


def _levels(values: Any, place: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [place]
    for key, value in values.items():
        if isinstance(value, dict):
            found += _levels(value, (*place, key))
    return found


# What is Kubernetes' own, or has names that an operator chooses.
_OPEN = {
    ("affinity",), ("dnsConfig",), ("commonLabels",), ("annotations",), ("podAnnotations",), ("podLabels",),
    ("nodeSelector",), ("podSecurityContext", "seccompProfile"), ("files",),
}  # fmt: skip
_OPEN_ENDS = {"annotations", "podAnnotations", "labels", "behavior", "advanced", "requests", "limits"}


def test_a_typo_is_refused_at_every_level() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    closed = [
        place for place in _levels(values) if place not in _OPEN and place[-1:] not in {(end,) for end in _OPEN_ENDS}
    ]
    assert len(closed) > 30
    validator = jsonschema.Draft7Validator(schema())
    for service in SERVICES:
        good = {**values, "service": service}
        assert validator.is_valid(good)
    for place in closed:
        wrong: dict[str, Any] = {"typpo": 1}
        for key in reversed(place):
            wrong = {key: wrong}
        assert not validator.is_valid({"service": "router", **wrong}), f"{'.'.join(place)}.typpo is taken"


@pytest.mark.parametrize(
    "wrong",
    [
        {"replica": 3},
        {"settings": {"batchsize": 3}},
        {"settings": {"batchSize": "many"}},
        {"settings": {"slackLanguage": "es"}},
        {"secrets": {"natsPasswort": {}}},
        {"secrets": {"natsPassword": {"value": "hunter2"}}},
        {"files": {"one": {"existingSecret": "a", "existingConfigMap": "b"}}},
        {"keda": {"minReplicas": 0}},
        {"keda": {"consumers": ["routr"]}},
        {"image": {"digest": "abc"}},
        {"probes": {"liveness": {"periodSecond": 1}}},
        {"service": "tickts"},
        {"nats": {"url": "nats://router:hunter2@nats:4222"}},
    ],
)
def test_helm_refuses_what_is_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(Exception, match=r"values don't meet the specifications of the schema"):
        render("router", *values_of("router", "default"), wrong)
