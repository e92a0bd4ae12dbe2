"""What Kubernetes, and the operators that bring kinds of their own, take of an object."""

import json
from functools import cache
from typing import Any, Final

import jsonschema
import kubernetes_validate
import kubernetes_validate.utils
import yaml

from tests.support.chart import REPOSITORY, Manifest

# It reads a megabyte of definitions anew for each object.
kubernetes_validate.utils.schema_contents = cache(kubernetes_validate.utils.schema_contents)
VERSIONS: Final = ("1.32", "1.36")
_CRDS: Final = REPOSITORY / "tests" / "data" / "crds"


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
