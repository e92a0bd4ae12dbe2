"""Who took a call, whose the ticket is then, and what counts as an answer."""

from typing import Any

import pytest

from tests.unit.tickets.builders import ANA, NOON, incoming, settler, ticket
from tickets.domain.rows import Settlement
from tickets.domain.service_levels.from_history import CALL_TAKEN, events_of
from tickets.domain.service_levels.log import PersonAnswered
from tickets.domain.settling.matching import Assignment
from tickets.domain.settling.taken_calls import TAKEN_BY, WHY, Takers, with_taker
from tickets.domain.staffing.assigning import Choice

KNOWN = Takers({"eva": frozenset({"first-line"})}, frozenset({"first-line", "network"}))


def joined(taken_by: str | None = "eva", automation: str = "no", **before: Any) -> Settlement:
    """What a call that an agent took makes of a ticket."""
    message = incoming(1, taken_by=taken_by, automation=automation)
    settling = settler(tickets={7: ticket(**before)}, takers=KNOWN)
    return settling.settle([Assignment(message, "appended", "conversation", target=7)])


def answers(rows: Settlement) -> list[type]:
    events = (event for line in rows.history for event in events_of(line.at, line.actor, line.action, line.detail, 0))
    return [type(event) for event in events if isinstance(event, PersonAnswered)]


@pytest.mark.parametrize(
    ("taken_by", "team", "choice"),
    [
        ("eva", "first-line", Choice("eva", WHY)),
        ("eva", "network", None),
        ("eva", "retired", Choice("eva", WHY)),  # of a team that is not in use: anybody's
        ("bob", "first-line", None),
        (None, "first-line", None),
    ],
)
def test_a_ticket_is_of_whoever_took_the_call_where_they_may_have_it(
    taken_by: str | None, team: str, choice: Choice | None
) -> None:
    assert KNOWN.owner(incoming(taken_by=taken_by), team) == choice


def test_a_call_that_joins_a_ticket_is_its_first_answer_and_gives_it_to_whoever_took_it() -> None:
    rows = joined()

    after = rows.changed[7]
    assert (after.assignee, after.status, after.first_response_at) == ("eva", "open", rows.messages[0].accepted_at)
    assert rows.answered == {7: after.first_response_at}
    assert answers(rows) == [PersonAnswered]
    assert f'"{TAKEN_BY}":"eva"' in rows.messages[0].addressed


def test_somebody_elses_ticket_stays_theirs_and_its_first_answer_is_not_moved() -> None:
    rows = joined(assignee="bob", first_response_at=NOON)

    assert (rows.changed[7].assignee, rows.changed[7].first_response_at) == ("bob", NOON)
    assert (rows.answered, answers(rows)) == ({}, [PersonAnswered])


def test_a_call_of_somebody_asked_aside_is_no_answer_to_the_customer() -> None:
    rows = joined(aside=frozenset({ANA}))

    assert (rows.answered, answers(rows)) == ({}, [])
    assert [line.detail.get("aside") for line in rows.history if line.action == CALL_TAKEN] == [True]


@pytest.mark.parametrize(("taken_by", "automation"), [("bob", "no"), (None, "no"), ("eva", "auto-generated")])
def test_whoever_is_nobody_of_the_desk_or_a_machine_has_talked_with_nobody(
    taken_by: str | None, automation: str
) -> None:
    rows = joined(taken_by, automation)

    assert (rows.changed[7].assignee, rows.answered, answers(rows)) == (None, {}, [])
    assert TAKEN_BY not in rows.messages[0].addressed


def test_a_call_that_nobody_took_is_stored_as_it_came() -> None:
    message = incoming()

    assert with_taker(message, None) is message


@pytest.mark.parametrize(
    ("before", "followers"),
    [
        ({"team": "network"}, ["eva"]),
        ({"team": "network", "assignee": "bob"}, ["eva"]),
        ({"team": "first-line"}, []),  # it is theirs
        ({"team": "first-line", "assignee": "bob"}, []),  # their team's: they take part in it anyway
    ],
)
def test_whoever_took_a_call_that_went_to_a_team_that_they_are_not_of_follows_it(
    before: dict[str, Any], followers: list[str]
) -> None:
    rows = joined(**before)

    assert [(number, agent) for number, agent, _ in rows.followers] == [(7, agent) for agent in followers]
