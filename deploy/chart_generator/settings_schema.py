"""JSON Schemas of what a service can be told, from the classes that read it."""

import ast
import inspect
import types
import typing
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import Any, Literal, Union

from annotated_types import Ge, Gt, Le, Lt
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import NoDecode

from deploy.chart_generator.services import HOLD_SECRETS, SAID_ELSEWHERE, settings_of

_BOUNDS = ((Ge, "ge", "minimum"), (Gt, "gt", "exclusiveMinimum"), (Le, "le", "maximum"), (Lt, "lt", "exclusiveMaximum"))
_TEXT: Mapping[str, Any] = {"type": "string"}
_LIST: Mapping[str, Any] = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string", "pattern": "^[^,]*$"}}]
}


def camel(name: str) -> str:
    """A setting's name as the chart writes it: `batch_size` → `batchSize`."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def settings_schema(service: str) -> dict[str, Any]:
    """What `settings` may hold in a release of the service."""
    fields = settings_of(service).model_fields
    explained = _explanations(settings_of(service))
    found = {
        camel(name): _described(dict(_TEXT) if name in HOLD_SECRETS else _schema(field), service, name, explained)
        for name, field in fields.items()
        if name not in SAID_ELSEWHERE and not is_secret(field)
    }
    return {"type": "object", "additionalProperties": False, "properties": dict(sorted(found.items()))}


def secrets_schema(service: str) -> dict[str, Any]:
    """What `secrets` may hold in a release of the service."""
    fields = settings_of(service).model_fields
    explained = _explanations(settings_of(service))
    source = {"allOf": [{"$ref": "#/definitions/secretSource"}]}
    found = {
        camel(name): _described(source, service, name, explained)
        for name, field in fields.items()
        if name not in SAID_ELSEWHERE and (is_secret(field) or name in HOLD_SECRETS)
    }
    return {"type": "object", "additionalProperties": False, "properties": dict(sorted(found.items()))}


def variable(service: str, name: str) -> str:
    """The environment variable of a setting."""
    return f"{settings_of(service).model_config.get('env_prefix', '')}{name}".upper()


def _described(schema: Mapping[str, Any], service: str, name: str, explained: Mapping[str, str]) -> dict[str, Any]:
    text = f"{variable(service, name)}. {explained.get(name, '')}".strip()
    return {**schema, "description": text}


def _schema(field: FieldInfo) -> dict[str, Any]:
    kind = _plain(field.annotation)
    if NoDecode in field.metadata:
        return dict(_LIST)
    if typing.get_origin(kind) is Literal:
        return {"enum": list(typing.get_args(kind))}
    if kind is bool:
        return {"type": "boolean"}
    if kind is int:
        return {"type": "integer", **_bounds(field)}
    if kind is float and field.default is not None and _may_be_none(field.annotation):
        return {"anyOf": [{"type": "number", **_bounds(field)}, {"enum": ["none"]}]}
    if kind is float:
        return {"type": "number", **_bounds(field)}
    if kind is Path:
        return {"type": "string", "pattern": "^/"}
    return dict(_TEXT)


def _bounds(field: FieldInfo) -> dict[str, Any]:
    return {
        word: getattr(bound, attribute)
        for bound in field.metadata
        for kind, attribute, word in _BOUNDS
        if isinstance(bound, kind)
    }


def _may_be_none(annotation: Any) -> bool:
    return type(None) in typing.get_args(annotation)


def _plain(annotation: Any) -> Any:
    """The type without None and without what is annotated to it."""
    if typing.get_origin(annotation) in (Union, types.UnionType):
        (annotation,) = (one for one in typing.get_args(annotation) if one is not type(None))
    if typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    return annotation


def is_secret(field: FieldInfo) -> bool:
    """Whether a setting is a secret by its type."""
    return _plain(field.annotation) is SecretStr


def _explanations(settings: type) -> dict[str, str]:
    """Setting → the docstring below it."""
    found: dict[str, str] = {}
    for kind in reversed(settings.__mro__):
        if kind.__module__.split(".")[0] in ("builtins", "typing", "pydantic", "pydantic_settings", "abc"):
            continue
        (body,) = (
            node.body for node in ast.parse(dedent(inspect.getsource(kind))).body if isinstance(node, ast.ClassDef)
        )
        for node, after in pairwise(body):
            if (
                isinstance(node, ast.AnnAssign)
                and isinstance(node.target, ast.Name)
                and isinstance(after, ast.Expr)
                and isinstance(after.value, ast.Constant)
            ):
                found[node.target.id] = " ".join(str(after.value.value).split())
    return found
