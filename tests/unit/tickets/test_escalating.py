"""Where a ticket may go, and what is said about it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.unit.tickets.builders import ticket
from tickets.adapters.words import Templates
from tickets.domain.correspondence.told_times import time_told
from tickets.domain.service_levels.calendars import Calendar
from tickets.domain.service_levels.policies import Desk, Ref
from tickets.domain.service_levels.promising import Standing
from tickets.domain.staffing.escalating import (
    DE_ESCALATE,
    ESCALATE,
    Destination,
    Handover,
    agent_values,
    check_promise,
    customer_values,
    destination_of,
    must_be_open,
    works_by,
)
from tickets.domain.staffing.people import Team
from tickets.errors import Invalid, NotFound, Refused

NETWORK, MAKERS = Team("network", "Redes", "Networks", "2"), Team("makers", tier="3")


def test_a_tier_leads_to_the_one_team_that_works_in_it() -> None:
    assert destination_of(ESCALATE, ticket(), Destination(tier="2"), None, [NETWORK]) == ("network", "2")


def test_a_team_leads_to_its_tier() -> None:
    assert destination_of(ESCALATE, ticket(), Destination(team="makers"), MAKERS, []) == ("makers", "3")
    assert destination_of(DE_ESCALATE, ticket(tier="3"), Destination(team="network"), NETWORK, []) == ("network", "2")


@pytest.mark.parametrize(
    ("kind", "tier", "where", "named", "there", "error", "words"),
    [
        (ESCALATE, "1", Destination(team="nets"), None, [], NotFound, "no team 'nets'"),
        (ESCALATE, "1", Destination(team="old"), Team("old", tier="2", active=False), [], NotFound, "retired"),
        (ESCALATE, "1", Destination(tier="3"), None, [], NotFound, "no team of this desk works in tier 3"),
        (ESCALATE, "1", Destination(tier="2"), None, [NETWORK, Team("sap", tier="2")], Invalid, "network, sap"),
        (ESCALATE, "1", Destination("3", "network"), NETWORK, [], Invalid, "works in tier 2"),
        (ESCALATE, "2", Destination(tier="2"), None, [NETWORK], Refused, "in tier 2 already"),
        (ESCALATE, "3", Destination(team="network"), NETWORK, [], Refused, "use POST …/de-escalate"),
        (DE_ESCALATE, "1", Destination(team="network"), NETWORK, [], Refused, "use POST …/escalate"),
    ],
)
def test_what_cannot_be_says_why(
    kind: str,
    tier: str,
    where: Destination,
    named: Team | None,
    there: list[Team],
    error: type[Exception],
    words: str,
) -> None:
    with pytest.raises(error, match=words):
        destination_of(kind, ticket(tier=tier), where, named, there)


def test_a_closed_ticket_goes_nowhere() -> None:
    with pytest.raises(Refused, match="is closed"):
        must_be_open(ticket(status="closed"))


def test_a_solved_ticket_goes_nowhere_before_it_is_open_again() -> None:
    with pytest.raises(Refused, match="reopen it first"):
        must_be_open(ticket(status="solved"))


def test_a_team_works_by_its_own_calendar_else_by_that_of_the_desk() -> None:
    def calendar(name: str) -> Calendar:
        return Calendar(name, "1", "UTC", {1: ((0, 60),)})

    desk = Desk({Ref(name, "1"): calendar(name) for name in ("office", "default")}, {})

    def told(of_team: str | None, *in_force: str) -> str:
        standing = Standing(None, None, dict.fromkeys(in_force, "1"), desk)
        return works_by(Team("network", calendar=of_team), standing, "Europe/Madrid").name

    assert told("office", "office", "default") == "office"
    assert told("always") == "always"
    assert told(None, "office", "default") == told("retired", "default") == "default"
    assert told(None, "office") == "weekdays"


def test_nobody_promises_the_past_or_the_far_future() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)

    check_promise(None, now)
    check_promise(now + timedelta(days=3), now)
    with pytest.raises(Invalid, match="over already"):
        check_promise(now, now)
    with pytest.raises(Invalid, match="30 days"):
        check_promise(now + timedelta(days=31), now)


def test_the_customer_reads_who_has_it_and_when_they_hear_next_in_their_language() -> None:
    promised = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
    render = Templates().render

    def told(zone: str) -> dict[str, Any]:
        return time_told(promised, "network", {}, zone)

    es = render("escalated", "es", customer_values(ticket(), NETWORK, "https://s/1", told("Europe/Madrid")))
    en = render("escalated", "en", customer_values(ticket(language="en"), NETWORK, "https://s/1", told("UTC")))

    assert "en manos de Redes" in es.text
    assert "el martes 24 de noviembre a las 12:00 (Europe/Madrid)" in es.text
    assert "now with Networks" in en.text
    assert "by Tuesday 24 November, 11:00 (UTC)" in en.text
    assert "[#7]" in es.subject
    assert "https://s/1" in (en.html or "")


@pytest.mark.parametrize(("language", "promise"), [("es", "noticias"), ("en", "hear from us")])
def test_where_no_time_is_named_the_mail_says_who_has_it_and_nothing_of_a_time(language: str, promise: str) -> None:
    values = customer_values(ticket(language=language), NETWORK, "https://s/1", None)

    words = Templates().render("escalated", language, values)

    assert NETWORK.title(language) in words.text
    assert promise not in words.text + (words.html or "")
    assert "\n\n\n" not in words.text


def test_who_follows_a_ticket_reads_the_reason_and_how_to_answer() -> None:
    handover = Handover(ESCALATE, "first-line", "1", "eva", "network", "2", "needs the network team")
    values = agent_values(ticket(), handover, {"network": "Redes"}, "Eva Ruiz")

    for language in ("es", "en"):
        words = Templates().render("handed_over", language, values)
        assert "needs the network team" in words.text
        assert "Eva Ruiz" in words.text
        assert "Redes" in words.subject
        assert "Hola" in words.subject


@pytest.mark.parametrize(("language", "who"), [("es", "Lo ha entregado la mesa:"), ("en", "The desk handed it over:")])
def test_what_nobody_handed_over_the_desk_did(language: str, who: str) -> None:
    handover = Handover(ESCALATE, "first-line", "1", "eva", "network", "2", "nobody took it in time")

    words = Templates().render("handed_over", language, agent_values(ticket(), handover, {}, ""))

    assert who in words.text
