"""What the router is told has the form that the contract promises."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tickets.domain.desk.router_facts import AHEAD, customer_fact, desk_fact, domain_fact
from tickets.domain.service_levels.calendars import ALWAYS, Calendar, is_open
from ventanilla_contracts.routing import CustomerFacts, DeskFacts, OrganisationFacts, customer_key, domain_key

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def row(**changes: Any) -> dict[str, Any]:
    values = {
        "kind": "email", "address": "ana@acme.example", "language": "es", "created_at": NOON, "organisation": "ACME",
        "vip": True, "plan": "gold", "tags": ["pilot"], "open_tickets": 2, "tickets": 5, "own_vip": None,
        "own_tags": None,
    }  # fmt: skip
    return {**values, **changes}


def test_of_a_customer_the_router_knows_tickets_language_and_organisation() -> None:
    key, value = customer_fact(row())

    assert key == customer_key("email", "ana@acme.example")
    assert CustomerFacts.model_validate_json(value) == CustomerFacts(
        organisation=OrganisationFacts(name="ACME", vip=True, plan="gold", tags=("pilot",)),
        open_tickets=2,
        tickets=5,
        language="es",
        since=NOON,
    )


def test_what_is_not_known_is_neither_yes_nor_no() -> None:
    _, value = customer_fact(row(organisation=None, language=None))

    facts = CustomerFacts.model_validate_json(value)
    assert (facts.organisation, facts.vip, facts.language) == (None, None, None)


def test_a_domain_without_an_organisation_is_forgotten() -> None:
    key, value = domain_fact({"domain": "acme.example", "name": "ACME", "vip": None, "plan": None, "tags": []})
    gone = domain_fact({"domain": "acme.example", "name": None, "vip": None, "plan": None, "tags": None})

    assert key == domain_key("acme.example")
    assert OrganisationFacts.model_validate_json(value or b"") == OrganisationFacts(name="ACME")
    assert gone == (key, None)


def test_the_desk_names_its_words_and_when_it_is_open() -> None:
    words = {"teams": ["network"], "categories": ["outage"], "skills": ["sap"]}

    _, value = desk_fact(words, ["acknowledgement"], ["gold"], [ALWAYS], NOON)

    facts = DeskFacts.model_validate_json(value)
    assert (facts.teams, facts.skills, facts.policies) == (("network",), ("sap",), ("gold",))
    assert facts.hours[ALWAYS.name][0].opens_at == NOON
    assert facts.hours_until == NOON + AHEAD


def test_of_a_calendar_with_very_many_slots_the_router_knows_how_far_it_was_told() -> None:
    quarters = tuple((start, start + 5) for start in range(0, 1440, 15))
    calendar = Calendar("quarters", "1", "UTC", dict.fromkeys(range(1, 8), quarters))
    words: dict[str, list[str]] = {"teams": [], "categories": [], "skills": []}

    _, value = desk_fact(words, [], [], [calendar, ALWAYS], NOON)

    facts = DeskFacts.model_validate_json(value)
    told = facts.hours["quarters"]
    assert facts.hours_until is not None
    assert told[-1].closes_at < facts.hours_until < NOON + AHEAD
    at = NOON
    while at < facts.hours_until:  # until then what was told is the calendar, minute by minute
        assert any(span.opens_at <= at < span.closes_at for span in told) == is_open(calendar, at)
        at += timedelta(minutes=1)
    assert is_open(calendar, facts.hours_until)
