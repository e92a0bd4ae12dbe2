import json
from functools import cache
from typing import Any

import jsonschema
import pytest
import yaml

from ventanilla_contracts.broker_rights import RIGHTS
from ventanilla_contracts.events import EVENT_LIMIT_BYTES, EVENTS, Event
from ventanilla_contracts.examples import EXAMPLES
from ventanilla_contracts.generation import asyncapi, generate, schema_of, subject_of, topology
from ventanilla_contracts.topology import CONSUMERS

generated = cache(generate)
"""Once for all tests that only look at it: it takes half a second."""


def test_generating_twice_gives_the_same_files() -> None:
    assert generated() == generate()


def test_every_event_has_a_schema_an_example_and_a_place_in_the_document() -> None:
    files = generated()
    for event in EVENTS:
        assert f"schemas/{event.type}.json" in files
        assert f"examples/{event.type}.json" in files
    assert set(asyncapi()["channels"]) == {event.type for event in EVENTS} | {
        "mail.accepted.v1",
        "chat.accepted.v1",
        "phone.accepted.v1",
    }


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_a_schema_is_a_valid_2020_12_schema_that_says_what_it_is(event: type[Event]) -> None:
    schema = schema_of(event)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:ventanilla:schema:{event.type}"
    assert schema["title"] == event.__name__
    assert schema["description"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.type)
def test_an_example_holds_for_schema_and_model(example: Event) -> None:
    text = generated()[f"examples/{example.type}.json"]

    validator = jsonschema.Draft202012Validator(schema_of(type(example)), format_checker=jsonschema.FormatChecker())
    validator.validate(json.loads(text))
    assert type(example).model_validate_json(text) == example
    assert len(text.encode()) < EVENT_LIMIT_BYTES


@pytest.mark.parametrize(
    ("event_type", "subject"),
    [
        ("message.received.v1", "message.received.v1.*"),
        ("ticket.created.v1", "ticket.created.v1"),
        ("notification.failed.v1", "notification.failed.v1.*"),
        ("deadletter.v1", "deadletter.*"),
        ("redrive.v1", "redrive.v1.*"),
        ("timer.late.v1", "timer.late.v1"),
    ],
)
def test_an_event_has_its_subject(event_type: str, subject: str) -> None:
    [event] = [event for event in EVENTS if event.type == event_type]
    assert subject_of(event) == subject


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [v for k, v in value.items() if k == "$ref"] + [r for v in value.values() for r in references(v)]
    return [r for item in value for r in references(item)] if isinstance(value, list) else []


def test_every_reference_in_the_document_leads_somewhere() -> None:
    files = generated()
    document = yaml.safe_load(files["asyncapi.yaml"])
    for reference in references(document):
        if reference.startswith("./"):
            assert reference.removeprefix("./") in files
            continue
        place: Any = document
        for word in reference.removeprefix("#/").split("/"):
            place = place[word]
        assert place


def test_every_right_to_publish_and_every_consumer_is_an_operation() -> None:
    operations = set(asyncapi()["operations"])
    for rights in RIGHTS:
        sent = {name for name in operations if name.startswith(f"{rights.service}.send.")}
        kinds = {subject.rpartition(".")[0] for subject in rights.publishes}  # of a channel's events each has its own
        assert len(sent) >= len(kinds), rights.service
    for consumer in CONSUMERS:
        assert any(name.startswith(f"{consumer.service}.receive.") for name in operations)
    assert "tickets.send.redrive.v1" in operations
    assert "router.receive.message.received.v1" in operations
    assert "router.send.ticket.created.v1" not in operations


def test_channels_of_the_document_have_no_wild_cards_left() -> None:
    for channel in asyncapi()["channels"].values():
        assert "*" not in channel["address"]
        assert channel["address"].count("{") == len(channel.get("parameters", {}))


def test_the_topology_names_every_stream_consumer_and_user() -> None:
    data = topology()
    assert data["streams"]["INTAKE"]["subjects"] == ["message.received.v1.*"]
    assert data["consumers"]["router"]["service"] == "router"
    assert set(data["permissions"]) == {"operator", "topology", "backup", *(rights.service for rights in RIGHTS)}
