"""What the thread of a card is told of a handover and of a merge: the note, where the rest is, both tickets."""

from typing import Any

import pytest

from intake_chat.errors import Overtaken
from intake_chat.handlers.cards.wishes import CardWishes
from tests.unit.intake_chat.card_world import Bucket, World
from tests.unit.intake_chat.test_cards import changed
from tests.unit.intake_chat.test_tell_thread import spoken, told
from ventanilla_devstack.slack.blocks import check_blocks
from ventanilla_runtime.delivery import Batch

VIA = "slack:T1/UEVA"


def hand_over(world: World, note: str = "probado el router") -> None:
    """Eva escalates the ticket from a dialog, with a note."""
    world.desk.now |= {"team": "network", "tier": "2", "assignee": "omar"}
    ends: dict[str, Any] = {"from": {"team": "first-line", "tier": "1"}, "to": {"team": "network", "tier": "2"}}
    world.desk.happens("ticket.escalated", "agent:eva", why="la red", via=VIA, **ends)
    world.desk.happens("ticket.changed", "agent:eva", why="escalated", field="team", old="first-line", new="network")
    message = spoken(9, note, kind="note")
    world.desk.happens("note.added", "agent:eva", message, via=VIA, handover="escalate")


async def test_a_handover_note_stands_below_the_new_card_and_on_the_old_one() -> None:
    world = await told(World())
    hand_over(world)
    await world.keep(lines=True)

    [thread] = world.slack.threads.values()
    assert [post.text for post in thread.values()] == [
        "Eva lo ha escalado de Primera línea a Redes. Motivo: la red",
        "Nota de Eva: probado el router",
    ]
    [left] = world.slack.channels["C1"].values()
    shown = str(left.blocks)
    assert "Motivo: la red" in shown
    assert "Nota de Eva: probado el router" in shown
    assert not check_blocks(left.blocks, "message")


async def test_a_new_cards_thread_begins_with_where_to_read_what_was_said_before() -> None:
    world = await told(World())
    hand_over(world)
    await world.keep(lines=True)
    world.desk.happens("message.added", message=spoken(10))
    await world.keep(lines=True)

    [thread] = world.slack.threads.values()
    first, *others = thread.values()
    assert first.blocks[0]["elements"][0]["text"] == (
        "Estaba en <#C1>; lo dicho allí está en el hilo de su tarjeta. <https://desk.example/desk/7|Leer entero>"
    )
    assert not check_blocks(first.blocks, "message")
    assert not any("Estaba en" in str(post.blocks) for post in others)


async def test_a_card_that_replaces_a_deleted_one_says_where_to_read_what_was_said() -> None:
    world = await told(World())
    world.slack.channels.clear()
    world.desk.happens("message.added", message=spoken(2))
    with pytest.raises(Overtaken):
        await world.keep(lines=True)
    await world.keep(lines=True)

    [post] = [post for thread in world.slack.threads.values() for post in thread.values()]
    assert post.blocks[0]["elements"][0]["text"] == "<https://desk.example/desk/7|Leer entero>"


@pytest.mark.parametrize(
    ("detail", "lines"),
    [({}, []), ({"via": VIA}, []), ({"problem": 3, "update": 1}, ["Nota de Eva: dicho en un diálogo"])],
)
async def test_only_a_note_of_the_thread_itself_is_not_said_again(detail: dict[str, Any], lines: list[str]) -> None:
    world = await told(World())
    world.desk.happens(
        "note.added", "agent:eva", spoken(2, "dicho en un diálogo", kind="note"), **{"via": VIA} | detail
    )
    await world.keep(lines=True)

    assert world.slack.lines() == lines


async def test_a_surviving_ticket_wishes_for_a_line_of_the_merge() -> None:
    bucket = Bucket()
    await CardWishes(bucket).handle(Batch([changed(7, "merged")]))

    assert "wanted.7.lines" in bucket.values


@pytest.mark.parametrize(
    ("action", "detail", "text"),
    [
        ("ticket.merged_in", {"ticket": 5}, "Eva ha unido aquí el #5."),
        ("ticket.merged", {"into": 5}, "Eva lo ha unido con el #5."),
        ("ticket.merged_out", {"ticket": 5}, "Eva ha separado el #5 de este."),
        ("ticket.unmerged", {"from": 5}, "Eva lo ha separado del #5: sigue por su cuenta."),
    ],
)
async def test_a_merge_is_told_with_a_link_to_the_other_ticket(action: str, detail: dict[str, Any], text: str) -> None:
    world = await told(World())
    world.desk.happens(action, "agent:eva", **detail)
    await world.keep(lines=True)

    [line] = world.slack.lines()
    assert line == f"{text} <https://desk.example/desk/5|Leer entero>"
