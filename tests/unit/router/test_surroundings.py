from datetime import UTC, datetime, timedelta

import pytest

from router.domain.surroundings import NOTHING_KNOWN, domain_of, open_now, surroundings
from ventanilla_contracts.routing import CustomerFacts, OpenSpan

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def span(start: float, end: float) -> OpenSpan:
    return OpenSpan(opens_at=MONDAY + timedelta(hours=start), closes_at=MONDAY + timedelta(hours=end))


HOURS = {"office": (span(9, 14), span(16, 19)), "never": ()}


@pytest.mark.parametrize(
    ("hour", "is_open"),
    [(8.99, False), (9, True), (13.99, True), (14, False), (15, False), (16, True), (19, False), (30, False)],
)
def test_a_calendar_is_open_from_the_opening_until_just_before_the_closing(hour: float, is_open: bool) -> None:
    now = MONDAY + timedelta(hours=hour)

    assert open_now(HOURS, MONDAY + timedelta(days=14), now) == {"office": is_open, "never": False}


def test_behind_what_the_hours_were_written_down_for_nothing_is_known() -> None:
    until = MONDAY + timedelta(days=14)

    assert open_now(HOURS, until, until) == {}
    assert open_now(HOURS, until, until - timedelta(seconds=1))["office"] is False


def test_a_calendar_that_the_desk_does_not_have_is_not_there() -> None:
    assert "night" not in open_now(HOURS, MONDAY + timedelta(days=14), MONDAY)


def test_what_is_known_is_whole_or_nothing() -> None:
    assert surroundings(None, None, {}) is NOTHING_KNOWN
    known = surroundings(CustomerFacts(vip=True), None, {"office": True}, 7)
    assert known.revision == 7
    assert known.context is not None
    assert known.context.model_dump(exclude_defaults=True) == {"customer": {"vip": True}, "open_now": {"office": True}}


@pytest.mark.parametrize(
    ("address", "domain"),
    [("Ana@ACME.example", "acme.example"), ("+34600", ""), ("", ""), ('"a@b"@c.example', "c.example")],
)
def test_the_domain_of_an_address(address: str, domain: str) -> None:
    assert domain_of(address) == domain
