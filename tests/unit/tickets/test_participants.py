"""Whom a mail brings along, and who gets a reply."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from tests.unit.tickets.builders import ANA, BOX, NOON, incoming, settler, ticket
from tickets.domain.correspondence.participants import (
    ASIDE,
    NO_COMPANY,
    Participant,
    Person,
    can_be_copied,
    company_of,
    without_tag,
)
from tickets.domain.correspondence.recipients import Wanted, party_fields, recipients_of
from tickets.domain.settling.incoming import Incoming
from tickets.domain.settling.matching import Assignment
from tickets.errors import Invalid, Refused

LUIS, EVA = "luis@cliente.example", "eva@otra.example"
OWN = {BOX}


def copied(*people: str, to: tuple[str, ...] = (BOX,), **changes: Any) -> Incoming:
    addressed = {
        "to": [{"address": address, "name": ""} for address in to],
        "cc": [{"address": address, "name": "X"} for address in people],
    }
    named = frozenset({ANA, *to, *people})
    return incoming(**{"grade": "verified", "named": named, "addressed": orjson.dumps(addressed).decode(), **changes})


def names(people: Any) -> list[str]:
    return [person.address for person in people]


def test_people_in_to_and_cc_of_a_proven_mail_join_in_their_order() -> None:
    company = company_of(copied(LUIS, EVA, LUIS, to=(BOX, "jefe@cliente.example")), {ANA}, OWN)

    assert names(company.joining) == ["jefe@cliente.example", LUIS, EVA]
    assert not company.suggested


@pytest.mark.parametrize(
    "changes",
    [
        {"grade": "claimed"},
        {"grade": "something new"},
        {"sender": "stranger@x.example", "sender_address": "s@x.example"},
    ],
)
def test_without_proof_they_are_only_suggested(changes: dict[str, Any]) -> None:
    company = company_of(copied(LUIS, **changes), {ANA}, OWN)

    assert (names(company.joining), names(company.suggested)) == ([], [LUIS])


@pytest.mark.parametrize(
    "changes",
    [{"automation": "auto-replied"}, {"automation": "list"}, {"automation": "bounce"}, {"channel": "webchat"}],
)
def test_machines_and_lists_bring_nobody_along(changes: dict[str, Any]) -> None:
    assert company_of(copied(LUIS, **changes), {ANA}, OWN) == NO_COMPANY


@pytest.mark.parametrize(
    "address",
    [
        BOX,
        "soporte+t.7-abc@desk.example",
        "noreply@cliente.example",
        "no-reply+x@cliente.example",
        "postmaster@x.example",
        "",
    ],
)
def test_own_addresses_and_those_of_machines_never_join(address: str) -> None:
    assert company_of(copied(address), {ANA}, OWN) == NO_COMPANY
    assert not can_be_copied(address, OWN)


def test_whoever_takes_part_or_was_removed_is_not_named_again() -> None:
    assert company_of(copied(LUIS, EVA), {ANA, LUIS}, OWN, {EVA}) == NO_COMPANY


def test_beyond_the_limit_people_are_suggested() -> None:
    people = [f"p{number}@cliente.example" for number in range(30)]

    company = company_of(copied(*people), {ANA, "one@cliente.example"}, OWN)

    assert names(company.joining) == people[:19]
    assert names(company.suggested) == people[19:]


def test_an_address_without_its_plus_part_is_the_mailbox() -> None:
    assert without_tag("soporte+t.x+y@desk.example") == BOX
    assert without_tag(BOX) == BOX


def test_a_mail_that_opens_a_ticket_writes_who_joins_and_what_was_left_out() -> None:
    message = copied(LUIS, notes=("parts_cut",))

    rows = settler().settle([Assignment(message, "created", target=-1)])

    (row,) = rows.participants
    assert (row.ticket_number, row.person.address, row.role, row.added_at) == (100, LUIS, "cc", message.accepted_at)
    actions = [line.action for line in rows.history]
    assert {"participants.added", "message.incomplete", "ticket.created"} <= set(actions)


def test_a_second_mail_of_the_batch_does_not_add_the_same_person_again() -> None:
    first, second = copied(LUIS), copied(LUIS, event_id="message.received.v1:2")

    rows = settler().settle([Assignment(first, "created", target=-1), Assignment(second, "appended", target=-1)])

    assert len(rows.participants) == 1


def test_suggestions_stand_beside_other_findings_of_the_message() -> None:
    message = copied(LUIS, grade="claimed", findings='{"protection": "pgp-signed"}')

    (row,) = settler().settle([Assignment(message, "created", target=-1)]).messages

    assert orjson.loads(row.findings or "") == {
        "protection": "pgp-signed",
        "suggested_cc": [{"address": LUIS, "name": "X"}],
    }


def people(*others: Participant) -> list[Participant]:
    return [Participant(7, Person(ANA, "Ana"), "requester", NOON), *others]


def in_copy(address: str, minutes: int = 0, **changes: Any) -> Participant:
    return Participant(
        7, Person(address, "Luis"), changes.pop("role", "cc"), NOON + timedelta(minutes=minutes), **changes
    )


def test_by_default_the_requester_gets_it_with_everybody_in_copy() -> None:
    gone = in_copy("gone@x.example", left_at=NOON)
    beside = in_copy("beside@x.example", role=ASIDE)

    found = recipients_of(ticket(), people(in_copy(LUIS, 5), gone, beside), Wanted(), OWN)

    assert (names(found.to), names(found.cc), names(found.bcc)) == ([ANA], [LUIS], [])
    assert found.since == NOON + timedelta(minutes=5)
    assert not found.aside
    assert not found.alone
    assert party_fields(found) == {
        "to": {"address": ANA, "name": "Ana"},
        "cc": [{"address": LUIS, "name": "Luis"}],
    }


def test_each_gets_it_once_and_names_are_filled_in() -> None:
    wanted = Wanted(to=[Person(LUIS), Person(LUIS)], cc=[Person(ANA), Person(LUIS)], bcc=[Person(ANA), Person(EVA)])

    found = recipients_of(ticket(), people(in_copy(LUIS)), wanted, OWN)

    assert [names(found.to), names(found.cc), names(found.bcc)] == [[LUIS], [ANA], [EVA]]
    assert found.to[0].name == "Luis"
    assert found.newcomers == []
    assert found.since is None  # Eva may read nothing of what was said


def test_a_mail_that_the_requester_does_not_get_is_aside() -> None:
    found = recipients_of(ticket(), people(in_copy(LUIS)), Wanted(to=[Person(EVA)], cc=[]), OWN)

    assert found.aside
    assert found.addressed()["aside"] is True
    assert names(found.newcomers) == [EVA]


def test_nobody_to_answer_to_is_refused_and_impossible_people_are_invalid() -> None:
    caller = ticket(requester_address="+34600000000")

    with pytest.raises(Refused):
        recipients_of(caller, [], Wanted(), OWN)
    with pytest.raises(Invalid) as raised:
        recipients_of(ticket(), people(), Wanted(cc=[Person(LUIS), Person(BOX)]), OWN)
    assert raised.value.pointer == "/cc/1"
    assert names(recipients_of(caller, [], Wanted(to=[Person(EVA)]), OWN).to) == [EVA]
