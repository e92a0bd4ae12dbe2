"""Messages that leave a ticket: which may, and what becomes of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.unit.tickets.builders import ANA, BOX, NOON, ticket
from tickets.domain.correspondence.ways import CHATS
from tickets.domain.joining.splitting import Leaver, Wish, must_split, opening_lines, split_off
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.staffing.people import Team
from tickets.errors import Invalid, Refused
from ventanilla_contracts.history_text import said_of

FIRST = Leaver(UUID(int=1), "customer", "email", BOX, ANA, "Ana", "Factura", "x", "es", NOON, None, False, "verified")
SECOND = replace(FIRST, id=UUID(int=2), subject="Otra", accepted_at=NOON + timedelta(hours=1))
WISH = Wish([FIRST.id, SECOND.id], "it is an invoice")


def split(
    wish: Wish = WISH, team: Team | None = None, leavers: Sequence[Leaver] = (FIRST, SECOND), **old: Any
) -> TicketRow:
    return split_off(ticket(7, assignee="eva", **old), 8, leavers, wish, 5, team, CHATS)


def test_what_leaves_is_a_ticket_that_its_author_asked_at_that_time() -> None:
    made = split()

    assert (made.number, made.subject, made.status, made.related_to, made.requester_id) == (8, "Factura", "new", 7, 5)
    assert (made.created_at, made.updated_at) == (NOON, SECOND.accepted_at)
    assert (made.requester_address, made.requester_grade, made.assignee) == (ANA, "verified", "eva")
    assert made.first_response_at is None


def test_another_team_gets_it_in_its_tier_and_without_an_agent() -> None:
    made = split(team=Team("billing", tier="2"))

    assert (made.team, made.tier, made.assignee) == ("billing", "2", None)
    assert split(team=Team("first-line")).assignee == "eva"


@pytest.mark.parametrize(
    ("grade", "requester", "found"),
    [("", ANA, "plausible"), ("", "pia@otra.example", "claimed"), ("verified", "pia@otra.example", "verified")],
)
def test_an_identity_is_never_surer_than_it_was(grade: str, requester: str, found: str) -> None:
    made = split(leavers=[replace(FIRST, grade=grade)], requester_address=requester, requester_grade="plausible")

    assert made.requester_grade == found


def test_only_in_a_chat_it_goes_on_in_the_same_conversation() -> None:
    in_slack = [replace(FIRST, channel="slack")]

    assert split(leavers=in_slack, channel="slack", conversation="T/C/1").conversation == "T/C/1"
    assert split(channel="slack", conversation="T/C/1").conversation is None


def test_a_subject_is_found_where_none_is_given() -> None:
    assert split(Wish([], "r", "Mi factura")).subject == "Mi factura"
    assert split(leavers=[replace(FIRST, subject="")], subject="Impresora").subject == "Impresora"


def test_its_clocks_see_that_somebody_wrote_and_wrote_again() -> None:
    lines = opening_lines(split(), [FIRST, SECOND], 7)

    assert [(line.action, line.actor, line.at) for line in lines] == [
        ("ticket.created", "customer", NOON),
        ("message.added", "customer", SECOND.accepted_at),
    ]


def test_who_asks_has_opened_nothing_their_first_line_says_that_they_wrote_in_the_other_ticket() -> None:
    [first, *_] = opening_lines(split(), [FIRST, SECOND], 7)
    told = {"action": first.action, "actor": first.actor, "detail": first.detail}
    older = {**told, "detail": {name: value for name, value in first.detail.items() if name != "split_from"}}

    assert first.detail["split_from"] == first.detail["related_to"] == "7"
    said = [said_of(one, "es").plain(str) for one in (told, older)]
    assert said == ["El cliente escribió en la #7 el primer mensaje, por correo.",
                    "El cliente la abrió, por correo. Sigue a la #7."]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "found", "left", "words"),
    [
        ({}, [FIRST], 1, "is no message of ticket 7"),
        ({}, [FIRST, replace(SECOND, kind="agent")], 1, "only what customers wrote"),
        ({}, [FIRST, replace(SECOND, came_by=3)], 1, "un-merge that instead"),
        ({}, [FIRST, replace(SECOND, deleted=True)], 1, "was deleted"),
        ({}, [FIRST, replace(SECOND, author_address="pia@otra.example")], 1, "of several people"),
        ({}, [FIRST, SECOND], 0, "nothing its customer wrote would be left"),
        ({"status": "closed"}, [FIRST, SECOND], 1, "is closed"),
        ({"merged_into": 3}, [FIRST, SECOND], 1, "was merged into 3"),
    ],
)
def test_what_would_make_no_sense_stays(old: dict[str, Any], found: list[Leaver], left: int, words: str) -> None:
    with pytest.raises((Refused, Invalid), match=words):
        must_split(ticket(7, **old), WISH.messages, found, left)
