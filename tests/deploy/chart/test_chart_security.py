"""Pods of every kind are restricted, secrets stay in Secrets, and YAML says what was meant."""

import re
from collections.abc import Iterator

import pytest
import yaml

from deploy.chart_generator.services import SERVICES, settings_of
from deploy.chart_generator.settings_schema import is_secret, variable
from tests.support.chart import (
    LOADER,
    SERVERS,
    SHAPES,
    container,
    environment,
    of_kind,
    pods,
    render,
    shaped,
    text,
    texts_in,
    values_of,
)
from tests.support.pod_security import violations

EVERYTHING = pytest.mark.parametrize(
    ("service", "shape"), [(service, shape) for service in SERVICES for shape in SHAPES]
)
_TRAPS = re.compile(
    r"(?i:y|n|yes|no|on|off|true|false|null|~)|[-+]?[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|0[xo][0-9a-fA-F]+|[0-9]+(:[0-9]+)+"
)
_TEXT_MAPS = ("labels", "annotations", "matchLabels", "nodeSelector", "data")


@EVERYTHING
def test_every_pod_may_run_in_a_restricted_namespace(service: str, shape: str) -> None:
    found = dict(pods(shaped(service, shape)))
    assert found
    assert {name: violations(pod) for name, pod in found.items() if violations(pod)} == {}


@EVERYTHING
def test_every_pod_can_write_only_where_memory_is_and_knows_nothing_of_the_api_server(service: str, shape: str) -> None:
    for name, pod in pods(shaped(service, shape)):
        spec = pod["spec"]
        assert container(pod)["securityContext"]["readOnlyRootFilesystem"] is True, name
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["enableServiceLinks"] is False, name
        assert all("sizeLimit" in volume["emptyDir"] for volume in spec["volumes"] if "emptyDir" in volume), name
        assert container(pod)["resources"]["limits"]["memory"], name
        assert not any("subPath" in mount for mount in container(pod)["volumeMounts"]), name


def test_the_check_of_pod_security_finds_what_is_wrong() -> None:
    good = next(pod for name, pod in pods(shaped("router", "default")) if name.startswith("Deployment"))
    spec, (one,) = good["spec"], good["spec"]["containers"]

    def with_container(**changes: object) -> list[str]:
        return violations({"spec": {**spec, "containers": [{**one, **changes}]}})

    assert violations(good) == []
    assert with_container(securityContext={})
    assert with_container(securityContext={**one["securityContext"], "capabilities": {"drop": ["NET_RAW"]}})
    assert with_container(securityContext={**one["securityContext"], "privileged": True})
    assert with_container(ports=[{"containerPort": 25, "hostPort": 25}])
    for wrong in (
        {"hostNetwork": True},
        {"securityContext": {}},
        {"securityContext": {**spec["securityContext"], "runAsUser": 0}},
        {"securityContext": {**spec["securityContext"], "seccompProfile": {"type": "Unconfined"}}},
        {"volumes": [{"name": "root", "hostPath": {"path": "/"}}]},
        {"initContainers": [{"name": "bare"}]},
    ):
        assert violations({"spec": {**spec, **wrong}}), wrong


@EVERYTHING
def test_no_secret_is_made_and_none_stands_in_a_variable_an_argument_or_a_config_map(service: str, shape: str) -> None:
    objects = shaped(service, shape)
    assert of_kind(objects, "Secret") == []
    secret = {variable(service, name) for name, field in settings_of(service).model_fields.items() if is_secret(field)}
    assert secret
    for name, pod in pods(objects):
        assert not secret & set(environment(pod)), name
    everything = "\n".join(line for one in objects for line in texts_in(one))
    assert not re.search(r"randAlphaNum|changeme|://[^/\s:@]+:[^/\s@]+@", everything)


def test_a_secret_cannot_be_given_as_a_setting() -> None:
    with pytest.raises(Exception, match=r"slackBotToken|additional properties"):
        render("intake-chat", *values_of("intake-chat", "default"), {"settings": {"slackBotToken": "xoxb-1"}})


def _plain_scalars(node: yaml.Node, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], yaml.ScalarNode]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _plain_scalars(value, (*place, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _plain_scalars(value, (*place, "[]"))
    elif isinstance(node, yaml.ScalarNode) and not node.style:
        yield place, node


@EVERYTHING
def test_what_has_to_be_a_text_is_one_in_yaml_of_any_version(service: str, shape: str) -> None:
    written = text(service, *values_of(service, shape))
    checked = 0
    for document in yaml.compose_all(written, Loader=LOADER):
        for place, scalar in _plain_scalars(document):
            in_text_map = any(one in place for one in _TEXT_MAPS)
            if (
                in_text_map
                or place[-1:] in (("value",), ("image",), ("name",))
                or place[-2:-1] in (("args",), ("command",))
            ):
                checked += 1
                assert not _TRAPS.fullmatch(scalar.value), f"{'.'.join(place)}: {scalar.value}"
    assert checked > 10


@pytest.mark.parametrize(
    "trap", ["y", "no", "on", "1e3", "0x1F", "0123", "12:30:45", "null", "~", "2026-11-28", "1_000", ""]
)
def test_a_value_that_looks_like_something_else_stays_the_text_it_is(trap: str) -> None:
    values = {
        "extraEnv": [{"name": "TRAP", "value": trap}],
        "settings": {"prefix": trap},
        "podAnnotations": {"example.com/trap": trap},
        "image": {"tag": "0123"},
    }
    (made,) = of_kind(render("router", *values_of("router", "default"), values), "Deployment")
    pod = made["spec"]["template"]
    assert environment(pod)["TRAP"] == environment(pod)["ROUTER_PREFIX"] == trap
    assert pod["metadata"]["annotations"]["example.com/trap"] == trap
    assert container(pod)["image"] == "ventanilla/router:0123"


def test_large_numbers_are_written_out_and_nothing_is_expanded() -> None:
    values = {
        "settings": {"sizeLimitBytes": 104857600, "idleSeconds": 0.5, "hostname": "$(HOME)", "verifySenders": False}
    }
    (made,) = of_kind(render("intake-email", *values_of("intake-email", "default"), values), "Deployment")
    told = environment(made["spec"]["template"])
    assert told["INTAKE_EMAIL_SIZE_LIMIT_BYTES"] == "104857600"
    assert told["INTAKE_EMAIL_IDLE_SECONDS"] == "0.5"
    assert told["INTAKE_EMAIL_VERIFY_SENDERS"] == "false"
    assert told["INTAKE_EMAIL_HOSTNAME"] == "$$(HOME)"  # Kubernetes reads $(NAME) as a variable, and $$( as $(


@pytest.mark.parametrize("service", SERVERS)
def test_a_variable_of_the_operator_wins_and_stands_there_once(service: str) -> None:
    prefix = str(settings_of(service).model_config.get("env_prefix"))
    values = {"extraEnv": [{"name": f"{prefix}LOG_LEVEL", "value": "warning"}], "settings": {"logLevel": "debug"}}
    (made,) = of_kind(render(service, *values_of(service, "default"), values), "Deployment")
    names = [one["name"] for one in container(made["spec"]["template"])["env"]]
    assert len(names) == len(set(names))
    assert environment(made["spec"]["template"])[f"{prefix}LOG_LEVEL"] == "warning"
