"""Merging as values: what stands against it, who goes along, what the two tickets are like, and the way back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.tickets.builders import ANA, BOX, NOON, incoming, settler, ticket
from tickets.domain.correspondence.participants import ASIDE, IN_COPY, MOST_COPIED, Participant, Person
from tickets.domain.joining.merging import (
    MOST_MERGED,
    Standing,
    joining,
    merged,
    must_be_its_own,
    must_fit,
    must_reach,
    unmerged,
    with_merged,
)
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.settling.matching import Assignment
from tickets.errors import Refused

PIA, LEO = "pia@otra.example", "leo@cliente.example"
LATER = NOON + timedelta(hours=1)


def of_pia(number: int = 9, **changes: Any) -> TicketRow:
    return ticket(number, requester_id=2, requester_address=PIA, requester_name="Pía", **changes)


def part(address: str, role: str = IN_COPY, *, left: bool = False) -> Participant:
    return Participant(1, Person(address), role, NOON, left_at=LATER if left else None)


REQUESTERS = part(ANA, "requester"), part(PIA, "requester")


def test_a_ticket_of_its_own_may_be_worked_on() -> None:
    must_be_its_own(ticket(5))
    with pytest.raises(Refused, match="ticket 5 was merged into 9; work on that one"):
        must_be_its_own(ticket(5, merged_into=9))


@pytest.mark.parametrize(
    ("here", "there", "merged_here", "merged_there", "words"),
    [
        ({"merged_into": 3}, {}, (), (), "was merged into 3 already"),
        ({"merged_into": 9}, {}, (), (5,), "was merged into 9 already"),
        ({}, {"merged_into": 3}, (), (), "ticket 9 was merged into 3; name that one"),
        ({}, {"merged_into": 5}, (9,), (), "they are one"),
        ({"status": "closed"}, {}, (), (), "ticket 5 is closed"),
        ({}, {"status": "closed"}, (), (), "ticket 9 is closed and takes no messages"),
        ({}, {}, (3, 4), (), r"others were merged \(3, 4\); merge 9 into 5"),
        ({}, {}, (), tuple(range(100, 100 + MOST_MERGED)), "50 tickets were merged into 9"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_can_be_done(
    here: dict[str, Any], there: dict[str, Any], merged_here: tuple[int], merged_there: tuple[int], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        must_fit(ticket(5, **here), ticket(9, **there), merged_here, merged_there)


def test_other_mailboxes_of_the_desk_are_no_obstacle_but_having_none_is() -> None:
    must_reach(ticket(5, account="ventas@desk.example"), ticket(9))
    with pytest.raises(Refused, match="merge 9 into 5"):
        must_reach(ticket(5), ticket(9, account="slack:T1"))
    with pytest.raises(Refused, match=r"has no mail address.*link the two instead"):
        must_reach(replace(of_pia(5), requester_address="U42"), ticket(9))


def test_nobody_is_sent_round_in_a_circle_where_neither_way_goes() -> None:
    mail, chat = ticket(5), replace(of_pia(9), account="T1/D1", requester_address="T1/U1", channel="slack")
    for one, other in ((mail, chat), (chat, mail)):
        with pytest.raises(Refused, match="link the two instead"):
            must_reach(one, other)


def test_nobody_is_merged_away_from_their_conversation_into_a_ticket_without_any() -> None:
    there: dict[str, Any] = {"account": "T1/D1", "requester_address": "T1/U1", "conversation": "T1/D1/1.000001"}
    must_reach(ticket(5, channel="slack", **there), ticket(9, channel="slack", **there))
    with pytest.raises(Refused, match="merge 9 into 5"):
        must_reach(ticket(5, channel="slack", **there), ticket(9, channel="portal", **there))


def test_two_people_are_joined_only_if_somebody_shares() -> None:
    here, there = [REQUESTERS[0]], [REQUESTERS[1]]
    with pytest.raises(Refused, match='"share": true'):
        joining(ticket(5), of_pia(9), here, there, {BOX}, share=False)

    found = joining(ticket(5), of_pia(9), here, there, {BOX}, share=True)

    assert [person.address for person in found.people] == [ANA]
    assert found.left_out == []


def test_whom_one_customer_had_in_copy_is_left_out_unless_shared() -> None:
    here, there = [REQUESTERS[0], part(LEO)], [REQUESTERS[0]]

    alone = joining(ticket(5), ticket(9), here, there, {BOX}, share=False)
    shared = joining(ticket(5), ticket(9), here, there, {BOX}, share=True)

    assert (alone.people, alone.left_out) == ((), [LEO])
    assert ([one.address for one in shared.people], shared.left_out) == ([LEO], [])


def test_who_is_there_already_or_was_taken_out_does_not_join() -> None:
    zoe, bot = "zoe@cliente.example", "noreply@cliente.example"
    here = [REQUESTERS[0], part(LEO), part(zoe), part(bot), part("x@y.example", ASIDE)]
    there = [REQUESTERS[0], part(LEO), part(zoe, left=True)]

    found = joining(ticket(5), ticket(9), here, there, {BOX}, share=True)

    assert (found.people, found.left_out) == ([], [bot, zoe])


@pytest.mark.parametrize(
    ("there", "words"),
    [(part(ANA, ASIDE), "was written to aside in 9"), (part(ANA, left=True), "was taken out of 9; add them there")],
)
def test_a_requester_who_cannot_hear_is_not_merged_away(there: Participant, words: str) -> None:
    with pytest.raises(Refused, match=words):
        joining(ticket(5), of_pia(9), [REQUESTERS[0]], [REQUESTERS[1], there], {BOX}, share=True)


def test_no_more_are_in_copy_than_a_ticket_may_have() -> None:
    crowd = [part(f"p{number}@cliente.example") for number in range(MOST_COPIED)]
    with pytest.raises(Refused, match=f"more than {MOST_COPIED} people"):
        joining(ticket(5), of_pia(9), [REQUESTERS[0]], [REQUESTERS[1], *crowd], {BOX}, share=True)


def test_merging_closes_and_un_merging_gives_back_what_was() -> None:
    before = ticket(5, status="solved", solved_at=NOON)
    standing = Standing(1, 5, 9, LATER, shared=False, status="solved", solved_at=NOON)

    closed, changes = merged(before, 9, LATER)
    back, undone = unmerged(closed, standing, LATER, waits=False)

    assert (closed.status, closed.merged_into, closed.closed_at, closed.version) == ("closed", 9, LATER, 4)
    assert [(one.field, one.new) for one in changes] == [("status", "closed"), ("merged_into", 9)]
    assert (back.status, back.merged_into, back.solved_at, back.closed_at) == ("solved", None, NOON, None)
    assert [(one.field, one.old) for one in undone] == [("status", "closed"), ("merged_into", 9)]


@pytest.mark.parametrize(
    ("before", "after"), [("solved", "open"), ("pending", "open"), ("new", "new"), ("open", "open")]
)
def test_a_customer_who_waits_wakes_a_ticket_that_parts_again(before: str, after: str) -> None:
    standing = Standing(1, 5, 9, LATER, shared=False, status=before, solved_at=NOON if before == "solved" else None)

    back, _ = unmerged(ticket(5, status="closed", merged_into=9), standing, LATER, waits=True)

    assert (back.status, back.solved_at) == (after, None)


def test_the_other_ticket_wakes_only_for_somebody_who_waits() -> None:
    quiet, changes = with_merged(ticket(9, status="solved", solved_at=NOON), [], [5], LATER)
    woken, _ = with_merged(ticket(9, status="solved", solved_at=NOON), [], [5], LATER, waits=True)

    assert (quiet.status, quiet.version, quiet.solved_at) == ("solved", 4, NOON)
    assert [(one.field, one.old, one.new) for one in changes] == [("merged", [], [5])]
    assert (woken.status, woken.version, woken.solved_at) == ("open", 4, None)


def test_what_came_by_a_merged_ticket_lies_in_the_other_and_its_ids_lead_back() -> None:
    message = incoming(2, replies_to=("1@cliente.example",))

    rows = settler(tickets={9: ticket(9)}).settle([Assignment(message, "appended", "reply_token", 9, came_by=5)])

    [stored] = rows.messages
    assert (stored.ticket_number, stored.came_by) == (9, 5)
    assert {number for _, _, number, _, _ in rows.references} == {5}
    assert rows.history[0].ticket_number == 9
    assert rows.history[0].detail["came_by"] == 5
