"""The published schema: fresh, and of one mind with the reader."""

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from intake_phone.adapters.flow_file import default_flow_text, read_flow_text
from intake_phone.domain.flows.node_fields import NODE_KINDS
from intake_phone.errors import FlowRefused
from intake_phone.flow_schema import flow_schema, schema_text
from tests.unit.intake_phone.samples import HEAD, MENU

FILE = Path(__file__).parents[3] / "services" / "intake-phone" / "phone-flow.schema.json"
VALIDATOR = jsonschema.Draft7Validator(flow_schema())


class EditorLoader(yaml.SafeLoader):
    """YAML 1.2's core schema, as the editors' language server reads it: `on` and a date are texts."""


EditorLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] in ("int", "float", "null")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
EditorLoader.add_implicit_resolver(  # type: ignore[no-untyped-call]  # PyYAML's stubs leave it untyped
    "tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf")
)


def schema_problems(source: str) -> list[str]:
    """What the schema has against a flow file."""
    content: Any = yaml.load(source, EditorLoader)
    return [f"{'/'.join(map(str, error.path))}: {error.message[:200]}" for error in VALIDATOR.iter_errors(content)]


def test_the_committed_schema_is_fresh() -> None:
    assert FILE.read_text(encoding="utf-8") == schema_text(), "run: python -m intake_phone.flow_schema"


def test_it_is_a_schema_itself() -> None:
    jsonschema.Draft7Validator.check_schema(flow_schema())


@pytest.mark.parametrize("source", [default_flow_text(), HEAD + MENU])
def test_flows_that_are_read_hold_against_it(source: str) -> None:
    read_flow_text(source, "f.yaml", first_year=2026)

    assert schema_problems(source) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("do: hang_up", "do: hangup"),
        ("do: voicemail", "do: voicemail, most_seconds: 5"),
        ("do: voicemail", "do: voicemail, sya: question"),
        ("say: question", "sya: question"),
        ('key: "1"', 'key: "12"'),
        ('"+34910000000"', '"910"'),
        ("languages: [es, en]", "languages: [es, fr]"),
        ("start: menu\n", ""),
        ("do: hang_up", "do: reject, busy: maybe"),
    ],
)
def test_what_it_refuses_the_reader_refuses_too(old: str, new: str) -> None:
    source = (HEAD + MENU).replace(old, new)
    assert source != HEAD + MENU

    assert schema_problems(source)
    with pytest.raises(FlowRefused):
        read_flow_text(source, "f.yaml", first_year=2026)


def test_the_fields_of_a_kind_are_the_attributes_of_its_node() -> None:
    for kind, (made, fields) in NODE_KINDS.items():
        assert list(fields) == list(made.__dataclass_fields__), kind
