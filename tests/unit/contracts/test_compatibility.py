import copy
from typing import Any

import pytest

from ventanilla_contracts import topology as rows
from ventanilla_contracts.compatibility import compare_schemas, compare_topologies
from ventanilla_contracts.events import EVENTS
from ventanilla_contracts.generation import schema_of, topology

OLD: dict[str, Any] = {
    "x-subject": "thing.v1.*",
    "type": "object",
    "properties": {
        "id": {"type": "string", "maxLength": 100},
        "count": {"type": "number", "minimum": 0},
        "word": {"type": "string", "enum": ["a", "b"]},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "any": {},
        "part": {"$ref": "#/$defs/Part"},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}, "maxItems": 5},
        "map": {"type": "object", "additionalProperties": {"type": "string"}},
        "when": {"type": "string", "format": "date-time"},
    },
    "required": ["id"],
    "$defs": {
        "Part": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "size": {"type": "integer"}},
            "required": ["name"],
        }
    },
}


def changed(*path: str, to: Any) -> dict[str, Any]:
    """The schema with one place set; None removes it."""
    schema = copy.deepcopy(OLD)
    place: Any = schema
    for word in path[:-1]:
        place = place[word]
    if to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return schema


def found(new: dict[str, Any]) -> tuple[list[str], list[str]]:
    findings = compare_schemas("thing.v1", OLD, new)
    return [str(f) for f in findings if f.breach], [str(f) for f in findings if not f.breach]


def test_a_schema_is_compatible_with_itself() -> None:
    assert found(OLD) == ([], [])


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (changed("properties", "word", to=None), "thing.v1: word: field removed"),
        (changed("$defs", "Part", "properties", "size", to=None), "thing.v1: part.size: field removed"),
        (changed("properties", "count", to={"type": "integer", "minimum": 0}), "type narrowed: number → integer"),
        (
            changed("properties", "note", to={"type": "string"}),
            "thing.v1: note: type narrowed: string or null → string",
        ),
        (changed("properties", "any", to={"type": "string"}), "thing.v1: any: type narrowed: anything → string"),
        (changed("properties", "id", "type", to="integer"), "type narrowed: string → integer"),
        (changed("required", to=["id", "word"]), "thing.v1: word: newly required"),
        (changed("$defs", "Part", "required", to=["name", "size"]), "thing.v1: part.size: newly required"),
        (changed("properties", "word", "enum", to=["a"]), "values narrowed: ['b'] removed"),
        (changed("properties", "id", "enum", to=["x"]), "values narrowed: anything → ['x']"),
        (changed("properties", "id", "maxLength", to=99), "limit narrowed: maxLength 100 → 99"),
        (changed("properties", "when", "maxLength", to=9), "limit narrowed: maxLength none → 9"),
        (changed("properties", "count", "minimum", to=1), "limit narrowed: minimum 0 → 1"),
        (changed("properties", "parts", "maxItems", to=4), "limit narrowed: maxItems 5 → 4"),
        (changed("properties", "id", "pattern", to="^x"), "pattern changed: none → ^x"),
        (changed("properties", "when", "format", to="date"), "format changed: date-time → date"),
        (
            changed("properties", "map", "additionalProperties", to={"type": "integer"}),
            "thing.v1: map{}: type narrowed",
        ),
        (changed("properties", "map", "additionalProperties", to=False), "further fields are no longer allowed"),
        (changed("additionalProperties", to=False), "further fields are no longer allowed"),
        (changed("x-subject", to="thing.v2.*"), "subject changed: thing.v1.* → thing.v2.*"),
    ],
)
def test_what_the_other_release_cannot_live_with_is_a_breach(new: dict[str, Any], reason: str) -> None:
    breaches, _ = found(new)
    assert any(reason in breach for breach in breaches), breaches


@pytest.mark.parametrize(
    "new",
    [
        changed("properties", "new", to={"type": "string", "default": ""}),
        changed("$defs", "Part", "properties", "new", to={"type": "integer", "default": 0}),
        changed("properties", "id", "description", to="said better"),
        changed("properties", "id", "title", to="Id"),
    ],
)
def test_a_new_field_with_a_default_and_better_words_change_nothing(new: dict[str, Any]) -> None:
    assert found(new) == ([], [])


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (changed("properties", "id", "maxLength", to=200), "limit widened: maxLength 100 → 200"),
        (changed("properties", "id", "maxLength", to=None), "limit widened: maxLength 100 → none"),
        (changed("properties", "word", "enum", to=["a", "b", "c"]), "values widened"),
        (changed("properties", "id", to={"anyOf": [{"type": "string"}, {"type": "null"}]}), "type widened"),
        (changed("properties", "count", "minimum", to=-1), "limit widened: minimum 0 → -1"),
        (changed("properties", "when", "format", to=None), "format date-time given up"),
        (changed("required", to=[]), "thing.v1: id: no longer required"),
    ],
)
def test_what_only_old_readers_refuse_is_a_note(new: dict[str, Any], reason: str) -> None:
    breaches, notes = found(new)
    assert breaches == []
    assert any(reason in note for note in notes), notes


def test_a_new_required_field_is_a_breach_even_where_the_old_schema_has_no_such_field() -> None:
    new = changed("properties", "extra", to={"type": "string"})
    new["required"] = ["id", "extra"]
    assert found(new)[0] == ["thing.v1: extra: new field without a default"]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_every_event_is_compatible_with_itself(event: Any) -> None:
    assert compare_schemas(event.type, schema_of(event), schema_of(event)) == []


TOPOLOGY = topology()


def without(*path: str) -> dict[str, Any]:
    new = copy.deepcopy(TOPOLOGY)
    place: Any = new
    for word in path[:-1]:
        place = place[word]
    if isinstance(place, list):
        place.remove(path[-1])
    else:
        del place[path[-1]]
    return new


def test_a_topology_is_compatible_with_itself() -> None:
    assert compare_topologies(TOPOLOGY, TOPOLOGY) == []


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (without("events", "ticket.changed.v1"), "event ticket.changed.v1: removed"),
        (without("streams", "DELIVERY"), "stream DELIVERY: removed"),
        (
            without("streams", "DELIVERY", "subjects", "notification.failed.v1.*"),
            "stream DELIVERY: subject removed: notification.failed.v1.*",
        ),
        (without("consumers", "router"), "durable router: removed or renamed"),
        (without("buckets", "raw"), "bucket raw: removed"),
        (without("permissions", "router"), "user router: removed"),
    ],
)
def test_a_topology_that_the_last_release_cannot_run_on_is_a_breach(new: dict[str, Any], reason: str) -> None:
    findings = compare_topologies(TOPOLOGY, new)
    assert [finding.breach for finding in findings if reason in str(finding)] == [True], findings


def test_a_durable_that_reads_something_else_is_a_breach() -> None:
    new = copy.deepcopy(TOPOLOGY)
    new["consumers"]["router"]["subjects"] = ["message.received.v1.email"]
    assert [str(finding) for finding in compare_topologies(TOPOLOGY, new)] == [
        "durable router: subjects changed: ['message.received.v1.*'] → ['message.received.v1.email']"
    ]


def test_a_right_that_was_taken_away_is_a_note() -> None:
    new = without("permissions", "router", "publish", "$JS.API.INFO")
    [finding] = compare_topologies(TOPOLOGY, new)
    assert not finding.breach
    assert "may no longer publish $JS.API.INFO" in str(finding)


def test_what_was_added_to_a_topology_is_no_finding() -> None:
    new = copy.deepcopy(TOPOLOGY)
    new["streams"]["NEW"] = {**new["streams"]["INTAKE"], "subjects": ["new.v1"]}
    new["streams"]["INTAKE"]["subjects"].append("message.received.v2.*")
    assert compare_topologies(TOPOLOGY, new) == []


@pytest.mark.parametrize(
    ("revision", "rows", "told"),
    [
        (1, "other rows", "rows changed, and the revision is still 1: set REVISION to 2"),
        (0, "as before", "revision 1 → 0"),
        (2, "other rows", None),
        (2, "as before", None),
    ],
)
def test_rows_that_change_after_a_release_need_a_new_revision(revision: int, rows: str, told: str | None) -> None:
    released = {**TOPOLOGY, "revision": 1, "rows": "as before"}
    found = compare_topologies(released, {**TOPOLOGY, "revision": revision, "rows": rows})
    assert [finding.breach for finding in found] == ([True] if told else [])
    assert all(str(told) in str(finding) for finding in found)


def test_a_release_that_knew_no_revisions_had_none() -> None:
    before = {name: value for name, value in TOPOLOGY.items() if name not in ("revision", "rows")}
    assert compare_topologies(before, TOPOLOGY) == []
    [finding] = compare_topologies(before, {**TOPOLOGY, "revision": 0})
    assert str(finding) == (
        "topology: rows changed, and the revision is still 0: set REVISION to 1 in ventanilla_contracts/topology.py, so"
        " that jobs of the release before leave them as they are, and run `ventanilla-contracts generate`"
    )


@pytest.mark.parametrize("part", ["STREAMS", "BUCKETS", "CONSUMERS"])
def test_every_row_and_what_the_broker_is_told_besides_counts(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, part, getattr(rows, part)[:-1])
    assert topology()["rows"] != TOPOLOGY["rows"]


def test_what_every_row_says_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "DUPLICATE_WINDOW_SECONDS", 601)
    assert topology()["rows"] != TOPOLOGY["rows"]


@pytest.mark.parametrize(
    ("filters", "unheard"),
    [
        ((), ()),
        (("desk.call.changed.v1", "desk.chat.accepted.v1.*"), ()),
        (("desk.call.*.v1", "desk.chat.>"), ()),
        (("desk.chat.accepted.v1.slack", "desk.call.changed.v1"), ("chat.accepted.v1.*",)),
        (("other.call.changed.v1", "desk.call"), ("call.changed.v1", "chat.accepted.v1.*")),
    ],
)
def test_a_consumer_says_what_a_narrower_filter_keeps_from_it(
    filters: tuple[str, ...], unheard: tuple[str, ...]
) -> None:
    consumer = rows.Consumer("intake-chat", "x", "CHAT", ("call.changed.v1", "chat.accepted.v1.*"))
    assert consumer.unheard(filters, "desk") == unheard
