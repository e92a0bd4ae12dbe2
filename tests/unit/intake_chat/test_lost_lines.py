"""Replies whose line was lost, or that were not sent: their author finds them in Slack, with their words."""

from typing import Any

import pytest

from intake_chat.domain.slack.replies.line import ReplyLine
from intake_chat.handlers.cards.record import reply_key
from tests.unit.intake_chat.card_world import World
from ventanilla_devstack.slack.blocks import check_blocks

ANSWER = {"id": "m2", "kind": "agent", "text": "Pruebe <ahora>", "attachments": [{"filename": "guia.pdf"}]}
WHY = "eva neither has nor follows ticket 7 and is not of the team technical that it is with; ask them"
EVA: dict[str, Any] = {"actor": "agent:eva", "via": "slack:T1/UEVA"}


async def told() -> World:
    """A world whose card stands, and whose thread has been told everything."""
    world = World()
    world.desk.happens("ticket.created", message={"id": "m1", "text": "hola"})
    await world.keep(lines=True)
    return world


def asked_for(world: World) -> ReplyLine | None:
    """The line that is to be shown of the reply."""
    return ReplyLine.parse(world.bucket.values.get(reply_key("5f0c"), (b"", 0))[0])


async def test_a_reply_from_slack_whose_line_was_lost_gets_it_when_the_history_tells_of_it() -> None:
    world = await told()
    world.desk.happens("reply.sent", message=ANSWER, held="5f0c", **EVA)
    await world.keep(lines=True)
    await world.keep(lines=True)

    line = asked_for(world)
    assert line is not None
    assert (line.id, line.number, line.user, line.name, line.text) == ("5f0c", 7, "UEVA", "Eva", "Pruebe <ahora>")
    assert line.files == ("guia.pdf",)
    assert world.slack.lines() == [], "its own line says it"


async def test_a_line_that_the_composer_has_asked_for_is_left_alone() -> None:
    world = await told()
    await world.bucket.put_all([reply_key("5f0c")], b"")
    world.desk.happens("reply.sent", message=ANSWER, held="5f0c", **EVA)
    await world.keep(lines=True)

    assert (asked_for(world), world.slack.lines()) == (None, [])


@pytest.mark.parametrize(
    "more", [{"actor": "agent:eva"}, {**EVA, "at": "1969-11-01T00:00:00+00:00"}], ids=["by the API", "of long ago"]
)
async def test_of_other_replies_the_thread_is_told_in_a_line(more: dict[str, Any]) -> None:
    world = await told()
    at = more.pop("at", None)
    world.desk.happens("reply.sent", message=ANSWER, held="5f0c", **more)
    world.desk.entries[-1] |= {"at": at} if at else {}
    await world.keep(lines=True)

    assert world.slack.lines() == ["Eva ha respondido al cliente: Pruebe &lt;ahora&gt;"]
    assert asked_for(world) is None


@pytest.mark.parametrize("known", [False, True], ids=["line lost", "line shown"])
async def test_a_reply_that_was_not_sent_is_told_with_its_words_and_calls_its_author(known: bool) -> None:
    world = await told()
    world.desk.held["5f0c"] = {"text": "Pruebe <ahora>"}
    if known:
        await world.bucket.put_all([reply_key("5f0c")], b"")
    world.desk.happens("reply.unsent", reply="5f0c", **{**EVA, "why": ""})
    world.desk.entries[-1]["detail"]["why"] = WHY
    await world.keep(lines=True)

    [post] = [post for thread in world.slack.threads.values() for post in thread.values()]
    assert post.text == "⚠ La respuesta de <@UEVA> no se envió:"
    assert "Pruebe <ahora>" in str(post.blocks)
    assert "Ni llevas ni sigues la #7" in str(post.blocks)
    [button] = next(block["elements"] for block in post.blocks if block["type"] == "actions")
    assert (button["action_id"], button["value"]) == ("reply_retry", "7:5f0c")
    assert not check_blocks(post.blocks, "message")
    assert (asked_for(world) is None) is known, "who may not read this channel is told directly"


@pytest.mark.parametrize("shown", [True, False], ids=["of the composer", "by the API"])
async def test_that_its_customer_does_not_read_it_a_reply_with_a_line_of_its_own_says_there(shown: bool) -> None:
    world = await told()
    if shown:
        await world.bucket.put_all([reply_key("5f0c")], b"")
    world.desk.now["assignee"] = "eva"
    world.desk.happens("notification.unread", "desk", ANSWER, kind="agent", held="5f0c")
    await world.keep(lines=True)

    assert len(world.slack.lines()) == (0 if shown else 1)


async def test_that_a_template_went_in_place_of_an_answer_is_told_with_its_words_and_calls_nobody() -> None:
    world = await told()
    world.desk.now["assignee"] = "eva"
    world.desk.happens("reply.sent", "agent:eva", ANSWER)
    world.desk.happens("notification.template", "desk", ANSWER, kind="agent")
    await world.keep(lines=True)

    [_, post] = [post for thread in world.slack.threads.values() for post in thread.values()]
    assert "le llegó la plantilla" in post.text
    assert "<@UEVA>" not in str(post.blocks)
    assert "Pruebe <ahora>" in str(post.blocks)


async def test_an_answer_by_the_api_that_its_customer_does_not_read_calls_the_assignee() -> None:
    world = await told()
    world.desk.now["assignee"] = "eva"
    world.desk.happens("reply.sent", "agent:eva", ANSWER)
    world.desk.happens("notification.unread", "desk", ANSWER, kind="agent")
    await world.keep(lines=True)

    [_, post] = [post for thread in world.slack.threads.values() for post in thread.values()]
    assert post.text.startswith("⚠ La cuenta de Slack del solicitante está desactivada")
    assert "<@UEVA> ⚠" in str(post.blocks)
    assert "Pruebe <ahora>" in str(post.blocks)
    assert not check_blocks(post.blocks, "message")
