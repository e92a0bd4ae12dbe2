"""Whatever is rendered is what Kubernetes takes."""

import json
from functools import cache
from typing import Any

import jsonschema
import kubernetes_validate
import kubernetes_validate.utils
import pytest
import yaml

from deploy.chart_generator.services import SERVICES
from tests.support.chart import CHART, REPOSITORY, SHAPES, Manifest, lint, render, shaped

# It reads a megabyte of definitions anew for each object.
kubernetes_validate.utils.schema_contents = cache(kubernetes_validate.utils.schema_contents)
VERSIONS = ("1.32", "1.36")
_CRDS = REPOSITORY / "tests" / "data" / "crds"


def closed(schema: Any) -> Any:
    """The schema as strict validation reads it: fields that are not named are not there."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(value) for key, value in schema.items()}
    if "properties" in schema and isinstance(schema["properties"], dict):
        found.setdefault("additionalProperties", False)
    return found


@cache
def crds() -> dict[tuple[str, str], dict[str, Any]]:
    """(apiVersion, kind) → schema of its spec."""
    found = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(_CRDS.glob("*.yaml"))]
    return {(one["apiVersion"], one["kind"]): closed(one["spec"]) for one in found}


_known_good: set[str] = set()


def check(one: Manifest) -> None:
    """Hold an object against what Kubernetes, or the operator that reads it, knows of its kind."""
    text = json.dumps(one, sort_keys=True)
    if text in _known_good:
        return
    if (schema := crds().get((one["apiVersion"], one["kind"]))) is not None:
        jsonschema.validate(one["spec"], schema)
    else:
        for version in VERSIONS:
            kubernetes_validate.validate(one, version, strict=True)
    _known_good.add(text)


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
    ("file", "kinds"), [("cluster", {"Cluster", "ObjectStore", "ScheduledBackup"}), ("one-server", {"Cluster"})]
)
def test_the_database_is_what_its_operators_take(file: str, kinds: set[str]) -> None:
    source = (REPOSITORY / "deploy" / "postgres" / f"{file}.yaml").read_text(encoding="utf-8")
    objects = list(yaml.safe_load_all(source))
    assert {one["kind"] for one in objects} == kinds
    for one in objects:
        assert (one["apiVersion"], one["kind"]) in crds()
        check(one)
