"""The JSON Schema of rule files, made from what the reader takes: editors complete and check while somebody types.

It knows form and words, not what a file declares: `router check` finds the rest. Draft 7, which editors support best.
"""

import json
from typing import Any, Final

from router.adapters.rule_actions import CONTINUE
from router.adapters.rule_conditions import COMBINERS, INLINE_LIST_LIMIT, OPERATORS, PATTERN_LIMIT_CHARS, WITH_LIST
from router.adapters.rule_file import DECLARED, FORMAT, LIST_LIMIT, NEEDED, OPTIONAL_DEFAULTS, WITHOUT_DEFAULT
from router.adapters.rule_groups import GROUP_KEYS, GROUP_LIMIT, NAME, RULE_KEYS
from router.domain.facts import CATALOGUE, Fact, Kind
from router.domain.rules import FIELDS, LISTS, REPLY_FIELDS, SCALES, TITLE_LANGUAGES
from ventanilla_contracts.words import LEVELS, PRIORITIES, TYPES

Schema = dict[str, Any]

SCHEMA_ID: Final = "https://ventanilla.example/schemas/rules-1.json"
_TEXT: Final[Schema] = {"type": ["string", "number", "boolean"]}
"""`12` and `no` are texts here, whatever YAML thinks of them."""
_TRUTH: Final[Schema] = {"type": "boolean"}
_NUMBER: Final[Schema] = {"type": "integer"}
_NAME: Final[Schema] = {"type": ["string", "integer"], "pattern": "^" + NAME.pattern.removesuffix(r"\Z") + "$"}
_VALUES: Final = {"type": TYPES, **SCALES}
_DESCRIPTIONS: Final = {
    "rules": "Version of the rule language.",
    "name": "Name of the rule set.",
    "zone": "Where the desk's day begins, for the time. facts; UTC without it.",
    "calendar": "The desk's calendar that time.open speaks of.",
    "teams": "What rules may name as a team.",
    "policies": "What rules may name as a service-level policy.",
    "categories": "What rules may name as a category.",
    "skills": "What rules may ask for as a skill.",
    "templates": "Acknowledgement templates that rules may name.",
    "defaults": "What a message gets where no rule says otherwise.",
    "matrix": "Impact, then urgency, then the priority.",
    "lists": "Words and domains that conditions name as {list: name}.",
    "groups": "Rules, tried in this order.",
}


def rule_schema() -> Schema:
    """The schema, as it is published."""
    properties: Schema = {
        "rules": {"enum": [int(FORMAT), FORMAT]},
        "name": _ref("name"),
        "description": {"type": "string"},
        "zone": {"type": "string"},
        "calendar": _TEXT,
        **{key: _texts(LIST_LIMIT) for key in DECLARED},
        "defaults": _defaults(),
        "matrix": _matrix(),
        "lists": {"type": "object", "propertyNames": _ref("name"), "additionalProperties": _texts(LIST_LIMIT)},
        "groups": {"type": "array", "minItems": 1, "maxItems": GROUP_LIMIT, "items": _ref("group")},
    }
    for key, text in _DESCRIPTIONS.items():
        properties[key] = {"description": text, "allOf": [properties[key]]}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": SCHEMA_ID,
        "title": "Ventanilla rules",
        **_object(properties, required=NEEDED),
        "definitions": {
            "name": _NAME,
            "group": _group(),
            "rule": _rule("then"),
            "reply-rule": _rule("reply-then"),
            "when": {"anyOf": [_ref("condition"), {"type": "array", "minItems": 1, "items": _ref("when")}]},
            "condition": _condition(),
            "then": _then(tuple(FIELDS), bounds=True),
            "reply-then": _then(REPLY_FIELDS, bounds=True),
            "list": _object({"list": {"anyOf": [_TEXT, _texts(LIST_LIMIT)]}}, required=("list",)),
            **{_kind_of(name): _fact(fact) for name, fact in CATALOGUE.items()},
        },
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name.replace(' ', '%20')}"}


def _object(properties: Schema, required: tuple[str, ...] = ()) -> Schema:
    found: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return {**found, "required": list(required)} if required else found


def _texts(limit: int) -> Schema:
    return {"type": "array", "minItems": 1, "maxItems": limit, "items": _TEXT}


def _words(words: tuple[str, ...]) -> Schema:
    """One of a few words; those that are digits may be written as numbers."""
    return {"enum": [*words, *(int(word) for word in words if word.isdigit())]}


def _defaults() -> Schema:
    keys = [key for key in FIELDS if key not in WITHOUT_DEFAULT]
    required = tuple(key for key in keys if key not in OPTIONAL_DEFAULTS)
    return _object({key: _action(key, bounds=False) for key in keys}, required=required)


def _matrix() -> Schema:
    row = _object({urgency: _words(PRIORITIES) for urgency in LEVELS}, required=LEVELS)
    return _object(dict.fromkeys(LEVELS, row), required=LEVELS)


def _group() -> Schema:
    properties: Schema = {
        "name": _ref("name"),
        "description": {"type": "string"},
        "match": {"enum": ["first", "all"], "description": "The first rule that matches ends the group, or none does."},
        "on": {"enum": ["message", "reply"], "description": "reply: only answers, and only what changes in a ticket."},
        "called": {**_TRUTH, "description": "Tried only if a rule continues with it."},
        "rules": {"type": "array", "minItems": 1},
    }
    assert set(properties) == set(GROUP_KEYS)
    for_replies = {"properties": {"on": {"const": "reply"}}, "required": ["on"]}
    return {
        **_object(properties, required=("name", "match", "rules")),
        "if": for_replies,
        "then": {"properties": {"rules": {"items": _ref("reply-rule")}}},
        "else": {"properties": {"rules": {"items": _ref("rule")}}},
    }


def _rule(then: str) -> Schema:
    title = {"type": "string", "minLength": 1, "maxLength": 120}
    properties: Schema = {
        "name": _ref("name"),
        "title": _object(dict.fromkeys(TITLE_LANGUAGES, title), required=TITLE_LANGUAGES),
        "when": {"description": "What must hold; without it the rule always matches.", "allOf": [_ref("when")]},
        "then": _ref(then),
        "description": {"type": "string"},
    }
    assert set(properties) == set(RULE_KEYS)
    return _object(properties, required=("name", "title", "then"))


def _condition() -> Schema:
    properties: Schema = {name: _ref(_kind_of(name)) for name in CATALOGUE}
    several = {"type": "array", "minItems": 1, "items": _ref("when")}
    properties |= {"all": several, "any": several, "not": _ref("when"), "cel": {"type": "string", "maxLength": 2_000}}
    assert set(COMBINERS) <= set(properties)
    return {**_object(properties), "minProperties": 1}


def _kind_of(name: str) -> str:
    """Name of the definition that a fact shares with its like."""
    fact = CATALOGUE[name]
    if fact.words:
        return name
    return "text that people write" if fact.wording else fact.kind.value


def _fact(fact: Fact) -> Schema:
    operators = (*OPERATORS[fact.kind], *(("mentions",) if fact.wording else ()))
    one, several = _operand(fact), _operands(fact)
    comparison = {operator: _operator(fact, operator) for operator in operators}
    return {
        "description": f"A {fact.kind.value}." if fact.kind is not Kind.TRUTH else "True or false.",
        "anyOf": [one, several, {**_object(comparison), "minProperties": 1}],
    }


def _operator(fact: Fact, operator: str) -> Schema:
    if operator == "known":
        return _TRUTH
    if operator == "matches":
        return {"type": "string", "maxLength": PATTERN_LIMIT_CHARS, "description": "RE2 pattern."}
    if operator == "mentions":
        return {"anyOf": [_texts(INLINE_LIST_LIMIT), _ref("list")]}
    if operator not in WITH_LIST:
        return _operand(fact)
    return _operands(fact) if fact.kind is Kind.NUMBER else {"anyOf": [_operands(fact), _ref("list")]}


def _operand(fact: Fact) -> Schema:
    if fact.words:
        return _words(fact.words)
    return {Kind.NUMBER: _NUMBER, Kind.TRUTH: _TRUTH}.get(fact.kind, _TEXT)


def _operands(fact: Fact) -> Schema:
    return {"type": "array", "minItems": 1, "maxItems": INLINE_LIST_LIMIT, "items": _operand(fact)}


def _then(keys: tuple[str, ...], *, bounds: bool) -> Schema:
    properties: Schema = {key: _action(key, bounds=bounds) for key in keys}
    properties[CONTINUE] = {"description": "Group that is gone through too.", "allOf": [_ref("name")]}
    return {**_object(properties), "minProperties": 1}


def _action(key: str, *, bounds: bool) -> Schema:
    if key == "acknowledge":
        return {"type": ["boolean", "string"], "description": "false: no automatic answer; or the name of a template."}
    if key == "quarantine":
        return {"anyOf": [_TEXT, {"const": False}], "description": "Why it waits for a person; false: it need not."}
    if key in LISTS:
        return {"anyOf": [_TEXT, _texts(20)]}
    if key not in _VALUES:
        return _TEXT
    value = _words(_VALUES[key])
    if key not in SCALES or not bounds:
        return value
    return {"anyOf": [value, {**_object({"at_least": value, "at_most": value}), "minProperties": 1}]}


def schema_text() -> str:
    """The schema as the file holds it."""
    return json.dumps(rule_schema(), indent=2, ensure_ascii=False) + "\n"
