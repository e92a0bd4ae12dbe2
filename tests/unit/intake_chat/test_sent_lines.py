"""A reply whose line nobody asked for gets it by its ticket's event, card or no card."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from intake_chat.domain.slack.replies.line import ReplyLine
from intake_chat.errors import DeskRefused
from intake_chat.handlers.agents.sent_lines import SentLines
from intake_chat.handlers.cards.record import reply_key
from intake_chat.handlers.cards.wishes import CardWishes
from tests.unit.intake_chat.test_reply_lines import PATH, SENT, Rig
from ventanilla_runtime.delivery import Batch, Delivery

HELD = {"id": "5f0c", "name": "Eva <Ruiz>", "via": "slack:T1/UEVA"}
MESSAGE = ("GET", "/tickets/7/messages/m1")
SAID = {"text": "Ya va", "attachments": [{"filename": "guia.pdf"}]}


def told(held: Any = HELD, at: float = 100.0, type_: str = "ticket.message_added.v1") -> Delivery:
    body = {
        "id": "e1", "ticket": {"number": 7}, "message_id": "m1", "kind": "agent", "held": held,
        "occurred_at": datetime.fromtimestamp(at, UTC).isoformat(),
    }  # fmt: skip
    return Delivery("s", orjson.dumps(body), {"ce-type": type_}, "TICKETS", "x", 1, 1, 10**18, "")


def wishes(rig: Rig) -> CardWishes:
    return CardWishes(rig.bucket, sent=SentLines(rig.bucket, "es", lambda: rig.now).of_event)


async def test_a_reply_whose_line_was_lost_is_told_to_its_author_although_its_ticket_has_no_card() -> None:
    rig = Rig(card=False)
    rig.desk.answers |= {
        PATH: {**SENT, "delivery": "delivered", "message_id": "m1"},
        MESSAGE: SAID,
    }
    for _ in range(2):
        await wishes(rig).handle(Batch([told()]))
        await rig.later()

    [(channel, root, text)] = rig.shown
    assert (channel, root) == ("DUEVA", "")
    assert text.startswith("✓✓ Eva")
    assert "Ya va" in str(rig.board.lines)
    assert "Adjuntos: guia.pdf" in str(rig.board.lines)


async def test_one_that_could_not_be_sent_is_told_with_its_words() -> None:
    rig = Rig(card=False)
    rig.desk.answers[PATH] = {**SENT, "state": "failed", "delivery": None, "why": "ask them", "text": "Ya va"}
    await wishes(rig).handle(Batch([told(type_="ticket.message_changed.v1")]))
    await rig.later()

    [(channel, _, text)] = rig.shown
    assert (channel, text[:1]) == ("DUEVA", "⚠")
    assert "Ya va" in str(rig.board.lines)


@pytest.mark.parametrize("value", [b"", b"{}"], ids=["its end was shown", "it is looked after"])
async def test_a_line_that_there_is_or_was_is_not_asked_for_again(value: bytes) -> None:
    rig = Rig(card=False)
    await rig.bucket.put_all([reply_key("5f0c")], value)
    await wishes(rig).handle(Batch([told()]))

    assert await rig.bucket.get(reply_key("5f0c")) == value


@pytest.mark.parametrize(
    ("held", "at"),
    [
        (HELD | {"via": "api:rota"}, 100.0),
        (HELD | {"id": "../x"}, 100.0),
        ("5f0c", 100.0),
        (None, 100.0),
        (HELD, 100.0 - 90_000),
    ],
)
async def test_of_other_replies_and_of_those_of_long_ago_there_is_no_line(held: Any, at: float) -> None:
    rig = Rig(card=False)
    await wishes(rig).handle(Batch([told(held, at)]))

    assert not [key for key in rig.bucket.values if key.startswith("reply.")]


async def test_a_reply_that_the_desk_has_forgotten_is_let_go() -> None:
    rig = Rig(card=False)
    rig.desk.answers[PATH] = DeskRefused(404, "not_found", "this ticket has no such reply")
    await wishes(rig).handle(Batch([told()]))
    await rig.later()

    assert rig.shown == []
    assert ReplyLine.parse(await rig.bucket.get(reply_key("5f0c")) or b"") is None
