"""What the thread of a card is told of a handover and of a merge: the note, where the rest is, both tickets."""

from typing import Any

import pytest

from intake_chat.errors import InDoubt, Overtaken, SlackAway
from intake_chat.handlers.cards.wishes import CardWishes
from intake_chat.ports.cards import Post
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


def below(world: World, channel: str) -> list[Post]:
    """What stands in the thread of the card in a channel."""
    return [post for (place, _), thread in world.slack.threads.items() if place == channel for post in thread.values()]


async def test_a_handover_note_stands_below_the_new_card_and_on_the_old_one() -> None:
    world = await told(World())
    hand_over(world)
    await world.keep(lines=True)

    thread = below(world, "C2")
    assert [post.text for post in thread] == [
        "Eva la ha escalado de Primera línea a Redes. Motivo: la red",
        "Nota de Eva: probado el router",
    ]
    [left] = world.slack.channels["C1"].values()
    shown = str(left.blocks)
    assert "Motivo: la red" in shown
    assert "Nota de Eva: probado el router" in shown
    assert not check_blocks(left.blocks, "message")


async def test_the_thread_of_the_old_card_hears_of_the_handover_with_its_note() -> None:
    world = await told(World())
    hand_over(world)
    await world.keep(lines=True)
    await world.keep(lines=True)

    [line] = below(world, "C1")
    assert line.text == "#7 está ahora con Redes, en <#C2>."
    assert "Nota de Eva: probado el router" in str(line.blocks)
    assert not check_blocks(line.blocks, "message")


@pytest.mark.parametrize("happened", [True, False])
async def test_that_line_is_said_once_though_nobody_saw_its_end(happened: bool) -> None:
    world = await told(World())
    hand_over(world)
    if happened:
        world.slack.lost.append("say")
        with pytest.raises(SlackAway):
            await world.keep(lines=True)
    else:
        world.slack.refuse["say"] = "invalid_auth"  # the app's token, for a moment
        with pytest.raises(SlackAway):
            await world.keep(lines=True)
    with pytest.raises(InDoubt):
        await world.keep(lines=True)
    world.at += 6
    await world.keep(lines=True)

    assert [post.text for post in below(world, "C1")] == ["#7 está ahora con Redes, en <#C2>."]
    assert len(below(world, "C2")) == 2
    assert world.bucket.kept().leaving is None


async def test_a_new_cards_thread_begins_with_where_to_read_what_was_said_before() -> None:
    world = await told(World())
    hand_over(world)
    await world.keep(lines=True)
    world.desk.happens("message.added", message=spoken(10))
    await world.keep(lines=True)

    first, *others = below(world, "C2")
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


async def test_messages_that_left_for_a_new_ticket_are_told_with_the_reason() -> None:
    bucket = Bucket()
    await CardWishes(bucket).handle(Batch([changed(7, "links")]))
    assert "wanted.7.lines" in bucket.values

    world = await told(World())
    world.desk.happens("ticket.split", "agent:eva", why="es otra cosa", to=9, messages=["m1", "m2"])
    await world.keep(lines=True)

    [line] = world.slack.lines()
    assert line.startswith("Eva ha pasado 2 mensajes de esta a una nueva, la #9. <https://desk.example/desk/9|")
    assert line.endswith("Motivo: es otra cosa")


@pytest.mark.parametrize(
    ("action", "detail", "text"),
    [
        ("ticket.merged_in", {"ticket": 5}, "Eva ha unido aquí la #5."),
        ("ticket.merged", {"into": 5}, "Eva la ha unido con la #5."),
        ("ticket.merged_out", {"ticket": 5}, "Eva ha separado la #5 de esta."),
        ("ticket.unmerged", {"from": 5}, "Eva la ha separado de la #5: sigue por su cuenta."),
    ],
)
async def test_a_merge_is_told_with_a_link_to_the_other_ticket(action: str, detail: dict[str, Any], text: str) -> None:
    world = await told(World())
    world.desk.happens(action, "agent:eva", **detail)
    await world.keep(lines=True)

    [line] = world.slack.lines()
    assert line == f"{text} <https://desk.example/desk/5|Leer entero>"


@pytest.mark.parametrize(
    ("turn", "text"),
    [
        (("open", "closed", [], ["spam"]), "Eva la ha cerrado como basura, sin decir nada a quien escribió."),
        (
            ("closed", "open", ["vip", "spam"], ["vip"]),
            "Eva dice que no es basura: está abierta otra vez, sin decir nada a quien escribió. Motivo: era un cliente",
        ),
        (("closed", "open", ["vip"], []), "Eva: de «cerrado» a «abierto»."),
    ],
)
async def test_what_is_spam_and_what_is_none_after_all_is_said_so(turn: tuple[Any, ...], text: str) -> None:
    world = await told(World())
    why = {"why": "era un cliente"} if turn[0] == "closed" else {}
    world.desk.happens("ticket.changed", "agent:eva", field="status", old=turn[0], new=turn[1], **why)
    world.desk.happens("ticket.changed", "agent:eva", field="tags", old=turn[2], new=turn[3], **why)
    await world.keep(lines=True)

    [line] = world.slack.lines()
    assert line == text


@pytest.mark.parametrize(
    ("action", "detail", "text"),
    [
        (
            "sender.listed",
            {"sender": "ofertas@ventas.example", "why": "#7: manda ofertas"},
            (
                "Eva ha bloqueado a ofertas@ventas.example en toda la mesa: lo que escriba espera en cuarentena desde"
                " ahora. Motivo: manda ofertas"
            ),
        ),
        (
            "sender.listed",
            {"sender": "ventas.example", "listed_until": "2026-12-27T15:00:00+00:00"},
            (
                "Eva ha bloqueado a ventas.example en toda la mesa: hasta el"
                " <!date^1798383600^{date_short_pretty} {time}|2026-12-27 15:00 UTC> lo que escriba espera en"
                " cuarentena."
            ),
        ),
        (
            "sender.listed",
            {"sender": "T1/U9"},
            "Eva ha bloqueado a quien escribió en toda la mesa: lo que escriba espera en cuarentena desde ahora.",
        ),
        (
            "sender.unlisted",
            {"sender": "ofertas@ventas.example"},
            (
                "Eva ha desbloqueado a ofertas@ventas.example: lo que escriba vuelve a entrar."
                " Lo que espera en cuarentena sigue allí."
            ),
        ),
    ],
)
async def test_who_blocked_a_sender_or_let_them_through_again_is_told(
    action: str, detail: dict[str, Any], text: str
) -> None:
    world = await told(World())
    world.desk.happens(action, "agent:eva", **detail)
    await world.keep(lines=True)

    [line] = world.slack.lines()
    assert line == text


async def test_a_sender_who_is_blocked_is_a_wish_for_a_line() -> None:
    bucket = Bucket()
    await CardWishes(bucket).handle(Batch([changed(7, "sender")]))

    assert "wanted.7.lines" in bucket.values


@pytest.mark.parametrize(("thread", "said"), [("", False), ("C2/{card}", False), ("C1/1.0", True)])
async def test_a_note_below_the_old_card_is_said_below_the_new_one(thread: str, said: bool) -> None:
    world = await told(World())
    hand_over(world)
    await world.keep(lines=True)
    [(card, _)] = world.slack.channels["C2"].items()
    detail = {"thread": thread.format(card=card)} if thread else {}
    note = spoken(11, "también falla el otro", kind="note")
    world.desk.happens("note.added", "agent:eva", note, via=VIA, **detail)
    await world.keep(lines=True)

    assert ("Nota de Eva: también falla el otro" in [post.text for post in below(world, "C2")]) is said
