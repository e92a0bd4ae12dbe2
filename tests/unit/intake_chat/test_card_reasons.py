"""Why a ticket has its priority and its team: what the card says is true now, and asks no more than it must."""

from typing import Any

import pytest

from intake_chat.domain.slack.cards.standing import set_by, why_now
from tests.unit.intake_chat.card_world import World

ROUTED = "por una regla"
"""What the router says in `card_world`."""


def why_of(world: World, channel: str = "C1") -> str:
    """The sentence of the card in a channel."""
    [post] = world.slack.channels[channel].values()
    [why] = [block["elements"][0]["text"] for block in post.blocks[4:] if block["type"] == "context"]
    return str(why)


async def test_what_the_router_said_stands_until_somebody_changes_it() -> None:
    world = World()
    await world.keep()

    assert why_of(world) == ROUTED


async def test_whoever_changes_the_priority_and_why_is_on_the_card() -> None:
    world = World()
    await world.keep()
    world.desk.now["priority"] = "urgent"
    world.desk.happens("ticket.changed", "agent:eva", why="toda la oficina", field="priority", old="high", new="urgent")
    await world.keep()

    assert why_of(world) == f"Prioridad urgente: la puso Eva («toda la oficina»). Al llegar: {ROUTED}"


async def test_after_a_handover_the_card_says_who_sent_it_there() -> None:
    world = World()
    await world.keep()
    world.desk.now |= {"team": "network", "tier": "2", "priority": "low"}
    world.desk.happens("ticket.escalated", "agent:eva", why="la red", **{"from": {}, "to": {}})
    for field, old, new in (("team", "first-line", "network"), ("tier", "1", "2")):
        world.desk.happens("ticket.changed", "agent:eva", why="escalated; by turns", field=field, old=old, new=new)
    world.desk.happens("ticket.changed", "desk", why="rules: noche", field="priority", old="high", new="low")
    await world.keep()

    assert why_of(world, "C2") == (
        "Prioridad baja: la puso una regla (noche). En Redes, nivel 2: la mandó Eva («la red»)."
    )


async def test_a_ticket_that_was_opened_by_hand_says_by_whom() -> None:
    world = World()
    world.desk.routed = ""
    world.desk.happens("ticket.created", "agent:eva")
    await world.keep()
    assert why_of(world) == "Eva la abrió a mano."

    world.desk.now["priority"] = "low"
    world.desk.happens("ticket.changed", "agent:tom", field="priority", old="high", new="low")
    await world.keep()
    assert why_of(world) == "Prioridad baja: la puso Tom. Eva la abrió a mano."


async def test_a_ticket_that_was_split_off_says_out_of_which_one_by_whom_and_why() -> None:
    world = World()
    world.desk.placed = ("high", "first-line", "1")  # as the rules wanted the message where it stood before
    world.desk.now["related_to"] = 3
    world.desk.happens("ticket.created", "customer")
    world.desk.happens("ticket.split_off", "agent:eva", why="otra cosa", **{"from": 3, "messages": ["m1"]})
    await world.keep()
    assert why_of(world) == "De la #3: la separó Eva («otra cosa»)."

    world.desk.now["priority"] = "low"
    world.desk.happens("ticket.changed", "agent:tom", field="priority", old="high", new="low")
    await world.keep()
    assert why_of(world) == "Prioridad baja: la puso Tom. De la #3: la separó Eva («otra cosa»)."


async def test_the_history_is_asked_only_when_priority_team_or_tier_changed() -> None:
    world = World()
    world.desk.placed = ("high", "first-line", "1")
    await world.keep()
    for status in ("open", "pending", "open"):
        world.desk.now["status"] = status
        await world.keep()
    assert world.desk.histories == 0

    world.desk.now["priority"] = "urgent"
    await world.keep()
    await world.keep()
    assert world.desk.histories == 1


def entry(field: str, new: Any, why: str) -> dict[str, Any]:
    return {
        "action": "ticket.changed",
        "actor": "agent:eva",
        "at": "t",
        "why": why,
        "detail": {"field": field, "new": new},
    }


@pytest.mark.parametrize("why", ["", "es de ellos; seguro"])
def test_why_a_colleague_got_it_is_not_why_the_team_did(why: str) -> None:
    both = "; ".join(filter(None, (why, "by turns")))

    found = set_by([entry("team", "network", both), entry("assignee", "omar", both)])

    assert found == {"team": {"actor": "agent:eva", "why": why}}


def test_the_sentence_in_english() -> None:
    ticket = {"priority": "high", "team": "technical", "tier": "2"}
    by = {"priority": {"actor": "agent:eva", "why": "whole office."}}

    said = why_now(ticket, "Goes to first-line.", by, {"eva": "Eva Sanz"}, "Technical", "en")

    assert said == "Priority high: set by Eva Sanz (“whole office”). When it came: Goes to first-line."
