"""Whatever is rendered is what Kubernetes takes."""

import jsonschema
import pytest
import yaml

from deploy.chart_generator.services import SERVICES
from tests.support.chart import CHART, REPOSITORY, SHAPES, lint, render, shaped
from tests.support.kubernetes_kinds import check, crds


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("service", SERVICES)
def test_helm_finds_nothing_and_kubernetes_takes_every_object(service: str, shape: str) -> None:
    assert "0 chart(s) failed" in lint(service, shape)
    objects = shaped(service, shape)
    assert objects
    for one in objects:
        check(one)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_values_for_a_ci_stand_for_themselves(shape: str) -> None:
    for one in render("router", CHART / "ci" / f"{shape}-values.yaml"):
        check(one)


@pytest.mark.parametrize("field", ["replica", "selectr"])
def test_a_field_that_kubernetes_does_not_know_is_found(field: str) -> None:
    (made,) = [one for one in shaped("router", "default") if one["kind"] == "Deployment"]
    with pytest.raises(jsonschema.ValidationError):
        check({**made, "spec": {**made["spec"], field: 2}})


def test_a_field_that_an_operator_does_not_know_is_found() -> None:
    (made,) = [one for one in shaped("router", "full") if one["kind"] == "ScaledObject"]
    with pytest.raises(jsonschema.ValidationError):
        check({**made, "spec": {**made["spec"], "minReplicas": 2}})


@pytest.mark.parametrize(
    ("file", "kinds"),
    [
        ("postgres/cluster", {"Cluster"}),
        ("postgres/backups", {"ObjectStore", "ScheduledBackup"}),
        ("postgres/one-server", {"Cluster"}),
        ("nats/certificate", {"Issuer", "Certificate"}),
    ],
)
def test_broker_and_database_are_what_their_operators_take(file: str, kinds: set[str]) -> None:
    source = (REPOSITORY / "deploy" / f"{file}.yaml").read_text(encoding="utf-8")
    objects = list(yaml.safe_load_all(source))
    assert {one["kind"] for one in objects} == kinds
    for one in objects:
        assert (one["apiVersion"], one["kind"]) in crds()
        check(one)


def test_the_cluster_takes_what_sends_its_log_into_the_backups() -> None:
    cluster, patch = (
        yaml.safe_load((REPOSITORY / "deploy" / "postgres" / f"{name}.yaml").read_text(encoding="utf-8"))
        for name in ("cluster", "archive")
    )
    check({**cluster, "spec": {**cluster["spec"], **patch["spec"]}})
    assert not set(patch["spec"]) & set(cluster["spec"])
    source = (REPOSITORY / "deploy" / "postgres" / "backups.yaml").read_text(encoding="utf-8")
    (store,) = [one for one in yaml.safe_load_all(source) if one["kind"] == "ObjectStore"]
    (plugin,) = patch["spec"]["plugins"]
    assert plugin["parameters"]["barmanObjectName"] == store["metadata"]["name"]
