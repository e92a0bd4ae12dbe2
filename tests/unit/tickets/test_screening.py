"""What is held back for a person, and what the list of the allowed lifts and does not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.tickets.builders import ANA, NOON, SIGNER, incoming, surroundings, ticket
from tickets.domain.settling.incoming import Incoming
from tickets.domain.settling.matching import assign
from tickets.domain.settling.screening import Screen, SenderList
from tickets.domain.settling.threads import KnownReference

ALLOWED = SenderList({ANA: "allow"})


def suspect(n: int = 1, *, dmarc_failed: bool = False, **changes: Any) -> Incoming:
    message = incoming(n, **changes)
    return replace(message, claim=replace(message.claim, dmarc_failed=dmarc_failed))


def ends(messages: list[Incoming], screen: Screen | None = None, **known: Any) -> list[tuple[str, str]]:
    found = assign(messages, surroundings(**known), SIGNER, screen)
    return [(assignment.outcome, assignment.reason) for assignment in found]


@pytest.mark.parametrize(
    ("entries", "address", "said"),
    [
        ({}, ANA, None),
        ({ANA: "deny"}, ANA, "deny"),
        ({"cliente.example": "deny"}, ANA, "deny"),
        ({"cliente.example": "deny"}, "ana@correo.cliente.example", "deny"),
        ({"cliente.example": "deny"}, "ana@otrocliente.example", None),
        ({"cliente.example": "deny", ANA: "allow"}, ANA, "allow"),
        ({"cliente.example": "deny", "correo.cliente.example": "allow"}, "ana@correo.cliente.example", "allow"),
        ({"example": "deny"}, ANA, "deny"),
        ({"cliente.example": "deny"}, "", None),
        ({"cliente.example": "deny"}, "x@" + "a." * 5_000 + "cliente.example", "deny"),
    ],
)
def test_an_address_counts_more_than_its_domain(entries: dict[str, str], address: str, said: str | None) -> None:
    assert SenderList(entries).says(address) == said


def test_denied_mail_waits_whatever_it_proves() -> None:
    known = {"tickets": {7: ticket(7)}, "references": {"1@c.example": [KnownReference(7, own=True)]}}
    reply = incoming(2, replies_to=("1@c.example",))

    assert ends([reply], **known) == [("appended", "customer_message_id")]
    denying = Screen(SenderList({"cliente.example": "deny"}))
    assert ends([incoming(1), reply], denying, **known) == [("quarantined", "denied")] * 2


def test_our_own_mail_is_ignored_even_if_our_domain_is_denied() -> None:
    ours = incoming(
        1, message_id=SIGNER.message_id(7, "0123456789abcdef", "desk.example"), sender="soporte@desk.example"
    )

    assert ends([ours], Screen(SenderList({"desk.example": "deny"}))) == [("ignored", "own_loop")]


@pytest.mark.parametrize("reason", ["spam", "suspicion", "lookalike"])
def test_the_list_of_the_allowed_lifts_suspicion_of_a_proven_sender_alone(reason: str) -> None:
    decision = {"quarantine": reason}
    screen = Screen(ALLOWED)

    assert ends([incoming(1, decision=decision, grade="verified")], screen) == [("created", "")]
    assert ends([incoming(1, decision=decision, grade="plausible")], screen) == [("created", "")]
    assert ends([incoming(1, decision=decision, grade="claimed")], screen) == [("quarantined", reason)]
    assert ends([suspect(decision=decision, grade="verified", dmarc_failed=True)], screen)[0][0] == "quarantined"


def test_what_else_a_rule_holds_back_holds_for_the_allowed_too() -> None:
    decision = {"quarantine": "legal must look"}

    assert ends([incoming(1, decision=decision, grade="verified")], Screen(ALLOWED)) == [
        ("quarantined", "legal must look")
    ]


def test_any_suspicion_is_told_by_its_kind() -> None:
    message = incoming(1, decision={"quarantine": "suspicion"}, suspicion="lookalike")

    assert ends([message]) == [("quarantined", "lookalike")]


@pytest.mark.parametrize(
    ("changes", "end"),
    [
        ({}, ("created", "")),
        ({"suspicion": "display_name"}, ("quarantined", "unverified_join")),
        ({"dmarc_failed": True}, ("quarantined", "unverified_join")),
    ],
)
def test_whoever_names_a_ticket_without_proof_waits_if_suspicious_besides(
    changes: dict[str, Any], end: tuple[str, str]
) -> None:
    stranger = suspect(sender="eva@otra.example", subject="Re: Hola [#7]", **changes)

    assert ends([stranger], tickets={7: ticket(7)}) == [end]
    assert ends([suspect(sender="eva@otra.example", **changes)])[0][0] == "created", "it names no ticket"


def replies(count: int, *, every_seconds: float = 1, **changes: Any) -> list[Incoming]:
    token = SIGNER.reply_token(7)
    return [
        incoming(n, reply_token=token, accepted_at=NOON + timedelta(seconds=n * every_seconds), **changes)
        for n in range(1, count + 1)
    ]


def test_a_writer_who_adds_to_a_ticket_faster_than_people_do_is_held_up() -> None:
    found = ends(replies(5), Screen(loop_limit=3), tickets={7: ticket(7)})

    assert found == [("appended", "reply_token")] * 3 + [("quarantined", "loop_suspected")] * 2


def test_what_came_in_before_counts_and_what_is_older_than_ten_minutes_does_not() -> None:
    at = NOON.timestamp()
    recent = {7: [(ANA, at - 599), (ANA, at - 700), ("eva@otra.example", at - 1)]}

    found = ends(replies(3), Screen(loop_limit=3), tickets={7: ticket(7)}, recent=recent)

    assert [end for end, _ in found] == ["appended", "appended", "appended"], (
        "the second is too old when the third comes"
    )
    recent = {7: [(ANA, at - 1), (ANA, at - 2)]}
    assert [end for end, _ in ends(replies(2), Screen(loop_limit=3), tickets={7: ticket(7)}, recent=recent)] == [
        "appended",
        "quarantined",
    ]


def test_a_slow_conversation_is_never_held_up() -> None:
    found = ends(replies(50, every_seconds=300), Screen(loop_limit=3), tickets={7: ticket(7)})

    assert {end for end, _ in found} == {"appended"}


def test_two_writers_do_not_count_for_each_other() -> None:
    mixed = [*replies(3), *(replace(m, id=incoming(n + 10).id, accepted=incoming(n + 10).accepted,
             sender_address="bob@cliente.example") for n, m in enumerate(replies(3)))]  # fmt: skip

    assert {end for end, _ in ends(mixed, Screen(loop_limit=3), tickets={7: ticket(7)})} == {"appended"}


def test_the_turns_of_a_loop_count_in_the_ticket_that_the_batch_opens() -> None:
    chain = [incoming(1), *(incoming(n, replies_to=("1@cliente.example",)) for n in range(2, 7))]

    found = ends(chain, Screen(loop_limit=3))

    assert [end for end, _ in found] == ["created", "appended", "appended", "quarantined", "quarantined", "quarantined"]


def test_too_many_tickets_of_one_sender_wait_and_the_allowed_do_not() -> None:
    flood = [incoming(n) for n in range(1, 5)]
    hour = NOON.replace(minute=0)

    def screen(senders: SenderList = ALLOWED) -> Screen:
        return Screen(senders, allowances={(ANA, hour): 2})

    assert [end for end, _ in ends(flood, screen())] == ["created", "created", "quarantined", "quarantined"]
    assert ends(flood, screen())[-1] == ("quarantined", "too_many")
    proven = [replace(message, grade="verified") for message in flood]
    assert {end for end, _ in ends(proven, screen())} == {"created"}
    by_domain = Screen(allowances={("@cliente.example", hour): 1})
    assert [end for end, _ in ends(flood, by_domain)].count("created") == 1


def test_answers_with_proof_get_through_a_flood() -> None:
    screen = Screen(allowances={(ANA, NOON.replace(minute=0)): 0})

    assert ends(replies(2), screen, tickets={7: ticket(7)}) == [("appended", "reply_token")] * 2
