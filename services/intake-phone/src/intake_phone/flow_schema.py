"""The JSON Schema of flow files, made from what the reader takes: editors complete and check while somebody types.

It knows form and words, not what a file declares: reading finds the rest. Draft 7, which editors support best.
"""

import json
from typing import Any, Final

from intake_phone.domain.flows.flow import KEYS, NAME_CHARS
from intake_phone.domain.flows.hours import DAYS
from intake_phone.domain.flows.node_fields import NODE_KINDS, Field
from intake_phone.domain.flows.read_flow import FORMAT, NEEDED, NUMBER_LIMIT, PROMPT_CHARS, TEAM_LIMIT, TOP_KEYS
from intake_phone.domain.flows.read_hours import SLOT_LIMIT
from intake_phone.domain.flows.read_nodes import CHOICE_LIMIT, PHRASE_CHARS, PHRASE_LIMIT, URL_CHARS
from ventanilla_contracts.words import LANGUAGES

Schema = dict[str, Any]

SCHEMA_ID: Final = "https://ventanilla.example/schemas/phone-flow-1.json"
_NAME: Final[Schema] = {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": NAME_CHARS}
_KEY: Final[Schema] = {"enum": [*KEYS, *range(10)]}
_URL: Final[Schema] = {"type": "string", "pattern": "^https?://", "maxLength": URL_CHARS}
_E164: Final[Schema] = {"type": "string", "pattern": r"^\+[1-9][0-9]{6,14}$"}
_DESCRIPTIONS: Final = {
    "flow": "Version of the flow language.",
    "name": "Name of the flow.",
    "description": "For people.",
    "numbers": "Numbers of the account that it answers, in E.164; [] for all that no other flow answers.",
    "zone": "Time zone of calendars that say none; UTC without it.",
    "languages": "What is spoken; the first one until another is known.",
    "voices": "Language → its locale and Twilio's voice.",
    "teams": "What nodes may name as a team.",
    "start": "Node at which a call begins.",
    "fallback": "Node for a call that was not understood three times: a team, a transfer or a voicemail.",
    "confidence": "In per cent; speech that was heard with less is not understood.",
    "hang_up_words": "Words with which a caller ends the call at a menu.",
    "calendars": "Opening hours by name.",
    "prompts": "What is said, by name and language.",
    "nodes": "What happens, by name.",
}


def flow_schema() -> Schema:
    """The schema, as it is published."""
    languages: Schema = {"enum": list(LANGUAGES)}
    phrases = _list({"type": ["string", "number"], "maxLength": PHRASE_CHARS}, PHRASE_LIMIT)
    properties: Schema = {
        "flow": {"enum": [int(FORMAT), FORMAT]},
        "name": _NAME,
        "description": {"type": "string"},
        "numbers": {"type": "array", "maxItems": NUMBER_LIMIT, "items": _E164},
        "zone": {"type": "string"},
        "languages": _list(languages, len(LANGUAGES)),
        "voices": _by_language(_object({"locale": {"type": "string"}, "name": {"type": "string"}}, "locale", "name")),
        "teams": _list(_NAME, TEAM_LIMIT),
        "start": _NAME,
        "fallback": _NAME,
        "confidence": {"type": "integer", "minimum": 0, "maximum": 100},
        "hang_up_words": _by_language(phrases),
        "calendars": _by_name({"$ref": "#/definitions/calendar"}),
        "prompts": _by_name({"$ref": "#/definitions/prompt"}),
        "nodes": _by_name({"$ref": "#/definitions/node"}),
    }
    assert tuple(properties) == TOP_KEYS
    for key, text in _DESCRIPTIONS.items():
        properties[key] = {"description": text, "allOf": [properties[key]]}
    spoken = {"type": "string", "minLength": 1, "maxLength": PROMPT_CHARS}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": SCHEMA_ID,
        "title": "Ventanilla call flow",
        **_object(properties, *NEEDED),
        "definitions": {
            "calendar": _calendar(),
            "prompt": {**_by_language({"anyOf": [spoken, _object({"play": _URL}, "play")]}), "minProperties": 1},
            "node": {
                "type": "object",
                "required": ["do"],
                "properties": {"do": {"enum": list(NODE_KINDS)}},
                "allOf": [_node(kind) for kind in NODE_KINDS],
            },
            "choice": _object({"key": _KEY, "words": _by_language(phrases), "then": _NAME}, "key", "then"),
            "language": _object({"key": _KEY, "words": phrases}, "key"),
        },
    }


def schema_text() -> str:
    """The schema as the file holds it."""
    return json.dumps(flow_schema(), indent=2, ensure_ascii=False) + "\n"


def _object(properties: Schema, *required: str) -> Schema:
    found: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return {**found, "required": list(required)} if required else found


def _list(items: Schema, most: int) -> Schema:
    return {"type": "array", "minItems": 1, "maxItems": most, "items": items}


def _by_language(value: Schema) -> Schema:
    return _object(dict.fromkeys(LANGUAGES, value))


def _by_name(value: Schema) -> Schema:
    return {"type": "object", "propertyNames": _NAME, "additionalProperties": value}


def _calendar() -> Schema:
    slot: Schema = {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$"}
    slots: Schema = {"type": "array", "maxItems": SLOT_LIMIT, "items": slot}
    holidays = _object({"country": {"type": "string"}, "subdivision": {"type": "string"}}, "country")
    dates: Schema = {
        "type": "object",
        "propertyNames": {"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "additionalProperties": slots,
    }
    week = _object(dict.fromkeys(DAYS, slots))
    return _object({"zone": {"type": "string"}, "week": week, "dates": dates, "holidays": holidays}, "week")


def _node(kind: str) -> Schema:
    fields = NODE_KINDS[kind][1]
    properties = {"do": {"const": kind}, **{name: _field(field) for name, field in fields.items()}}
    required = [name for name, field in fields.items() if field.default is None]
    return {
        "if": {"properties": {"do": {"const": kind}}, "required": ["do"]},
        "then": _object(properties, "do", *required),
    }


def _field(field: Field) -> Schema:
    schema = _form(field)
    if field.default == "" or field.silent:
        schema = {"anyOf": [schema, {"type": "null"}]}
    described: Schema = {"description": field.meaning, "allOf": [schema]}
    return described if field.default in (None, "") else {**described, "default": field.default}


def _form(field: Field) -> Schema:
    match field.kind:
        case "whole":
            return {"type": "integer", "minimum": field.least, "maximum": field.most}
        case "truth":
            return {"type": "boolean"}
        case "word":
            return {"enum": list(field.words)}
        case "key":
            return _KEY
        case "number":
            return _E164
        case "url":
            return _URL
        case "choices":
            return _list({"$ref": "#/definitions/choice"}, CHOICE_LIMIT)
        case "languages":
            return _by_language({"$ref": "#/definitions/language"})
        case _:
            return _NAME


if __name__ == "__main__":
    print(schema_text(), end="")  # a command
