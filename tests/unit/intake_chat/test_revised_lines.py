"""The line about an answer that was edited or taken back: its buttons, what it says, and that no change is missed."""

import asyncio
from dataclasses import replace
from typing import Any

import orjson
import pytest

from intake_chat.domain.slack.foreign import NotOurs
from intake_chat.domain.slack.replies.line import ReplyLine, message_named
from intake_chat.handlers.agents.revised_lines import RevisedLines
from intake_chat.handlers.cards.record import reply_key, told_key
from intake_chat.handlers.cards.wishes import CardWishes
from tests.unit.intake_chat.test_reply_lines import LINE, PATH, SENT, FakeBucket, Rig
from ventanilla_runtime.delivery import Batch, Delivery

MESSAGE = "0190b5a0-1111-8222-8333-444455556666"
AT = ("GET", f"/tickets/7/messages/{MESSAGE}")
DELIVERED = {
    **SENT,
    "delivery": "delivered",
    "delivery_detail": "1.2",
    "message_id": MESSAGE,
    "changeable_until": "2026-12-27T12:00:00Z",
}
Json = dict[str, Any]


class Bucket(FakeBucket):
    """Keys that can be created too."""

    async def create_all(self, keys: Any, value: bytes) -> list[bool]:
        made = [key not in self.values for key in keys]
        await self.put_all([key for key, new in zip(keys, made, strict=True) if new], value)
        return made


def revised(kind: str = "edited", state: str = "delivered", number: int = 1, **more: Any) -> Json:
    """A message as the ticket service shows it."""
    gone = kind == "deleted"
    return {
        "id": MESSAGE,
        "text": "" if gone else "A las <13>",
        "deleted_at": "2026-11-27T12:00:00Z" if gone else None,
        "changeable_until": None if gone and state != "failed" else "2026-12-27T12:00:00Z",
        "revision": {"number": number, "kind": kind, "state": state, "detail": more.pop("detail", "")},
        **more,
    }


class Lines(Rig):
    """Lines with one that says that an answer is delivered."""

    def __init__(self) -> None:
        super().__init__()
        self.bucket: Bucket = Bucket()
        self.begin()
        self.desk.answers[PATH] = DELIVERED
        self.desk.answers[AT] = {"id": MESSAGE, "text": "Hola", "revision": None}
        self.wishes = RevisedLines(self.bucket, now=lambda: self.now)

    async def delivered(self) -> None:
        await self.written(replace(LINE, text="La clave es 1234"))
        await self.later()
        await self.later(2)

    async def becomes(self, message: Json, tag: str = "") -> None:
        self.desk.answers[AT] = message
        await self.wishes.ask(7, MESSAGE, tag or str(self.bucket.written))
        await self.later(1)

    @property
    def words(self) -> str:
        [(*_, text, blocks)] = self.board.lines.values()
        return f"{text} {blocks}"


async def test_two_lines_in_one_place_are_changed_one_after_the_other() -> None:
    """Or the one that asked first could show last what stands no more."""
    rig, changes, gate = Lines(), [], asyncio.Event()
    rig.desk.answers[AT] = revised()
    at = replace(LINE, channel="C1", root="1.1", ts="1.0", shown="sent")
    keys = [key for line in (at, replace(at, id=f"{MESSAGE}-x", message=MESSAGE))
            for key in rig.lines.keys_of(line.id, line.written())]  # fmt: skip

    async def update(channel: str, ts: str, make: Any, *, yields_seconds: float = 0.0) -> bool:
        changes.append("begun")
        await gate.wait()
        changes.append("done")
        return True

    rig.board.update = update  # type: ignore[method-assign]  # a Slack that takes its time
    both = [asyncio.create_task(rig.lines.tend(key)) for key in keys]
    await asyncio.sleep(0.02)
    begun = list(changes)
    gate.set()
    await asyncio.gather(*both)

    assert (len(keys), begun, changes) == (2, ["begun"], ["begun", "done", "begun", "done"])


async def test_a_delivered_answer_in_a_chat_has_buttons_for_its_author_and_mail_has_none() -> None:
    rig = Lines()
    await rig.delivered()

    [(*_, blocks)] = rig.board.lines.values()
    edit, take_back = next(one["elements"] for one in blocks if one["type"] == "actions")
    assert (edit["action_id"], take_back["action_id"]) == ("reply_edit", "reply_take_back")
    assert message_named(edit["value"]) == message_named(take_back["value"]) == (7, MESSAGE, "UEVA")
    assert (edit["text"]["text"], take_back["text"]["text"]) == ("Corregir", "Retirar")
    assert take_back["confirm"]["deny"]["text"] == "Cancelar", "Slack asks before"
    mailed = Rig()
    mailed.desk.answers[PATH] = {**DELIVERED, "changeable_until": None}
    await mailed.written()
    await mailed.later()
    assert mailed.buttons() == []
    assert not [key for key in mailed.bucket.values if key.startswith("told.")]


@pytest.mark.parametrize(
    ("message", "first", "buttons"),
    [
        (revised("edited", "queued"), "✓ ", ["reply_edit", "reply_take_back"]),
        (revised("edited", "delivered"), "✓✓", ["reply_edit", "reply_take_back"]),
        (revised("edited", "failed", detail="message_not_found: x"), "⚠ ", ["reply_edit", "reply_take_back"]),
        (revised("deleted", "queued"), "✓ ", []),
        (revised("deleted", "delivered"), "↩ ", []),
        (revised("deleted", "failed", detail="channel_not_found"), "⚠ ", ["reply_take_back"]),
    ],
)
async def test_the_same_line_says_what_was_made_of_the_answer(message: Json, first: str, buttons: list[str]) -> None:
    rig = Lines()
    await rig.delivered()

    await rig.becomes(message)

    [(channel, root, text)] = rig.shown
    assert (channel, root, text[:2]) == ("C1", "1.1", first)
    assert rig.buttons() == buttons
    assert ("A las <13>" in rig.words) is (message["deleted_at"] is None)
    reason = {"message_not_found: x": "ya no está en el hilo", "channel_not_found": "el canal ya no existe"}
    assert reason.get(message["revision"]["detail"], "") in rig.words


async def test_what_was_taken_back_is_not_read_in_the_line_nor_kept_with_it() -> None:
    rig = Lines()
    await rig.delivered()
    assert "1234" in rig.words

    await rig.becomes(revised("deleted", "queued"))
    on_its_way = rig.words
    rig.desk.answers[AT] = revised("deleted", "delivered")
    await rig.later(2)

    assert "1234" not in on_its_way + rig.words
    assert not [key for key, (_, value) in rig.bucket.values.items() if b"1234" in value]


async def test_it_is_looked_after_until_slack_has_done_it_and_then_no_more() -> None:
    rig = Lines()
    await rig.delivered()
    await rig.becomes(revised("edited", "queued"), "a")
    asked = len(rig.desk.asked)
    rig.begin()  # another keeper takes over
    await rig.later()
    rig.desk.answers[AT] = revised("edited", "delivered")
    await rig.later(2)

    assert rig.shown[0][2].startswith("✓✓")
    assert len(rig.desk.asked) > asked
    assert await rig.bucket.get(reply_key(f"{MESSAGE}-a")) == b""
    ended = len(rig.desk.asked)
    await rig.later(60)
    assert len(rig.desk.asked) == ended


async def test_of_two_quick_edits_the_line_shows_the_last() -> None:
    rig = Lines()
    await rig.delivered()
    rig.desk.answers[AT] = revised("edited", "queued", 2, text="A las 14")
    for tag in ("a", "b"):
        await rig.wishes.ask(7, MESSAGE, tag)
    await rig.later(1)

    assert "A las 14" in rig.words
    assert await rig.bucket.get(reply_key(f"{MESSAGE}-a")) == b"", "one wish is enough"
    rig.desk.answers[AT] = revised("edited", "delivered", 2, text="A las 14")
    await rig.later(2)
    assert rig.shown[0][2].startswith("✓✓")


@pytest.mark.parametrize("kind", ["edited", "deleted"])
async def test_a_change_before_the_line_said_delivered_is_not_missed(kind: str) -> None:
    rig = Lines()
    rig.desk.answers[AT] = revised(kind, "delivered")
    changeable = None if kind == "deleted" else "2026-12-27T12:00:00Z"
    rig.desk.answers[PATH] = {**DELIVERED, "revised": True, "changeable_until": changeable}
    await rig.delivered()
    await rig.later(1)

    assert ("A las <13>" in rig.words, "1234" in rig.words) == (kind == "edited", False)
    assert rig.shown[0][2].startswith("✓✓ La respuesta" if kind == "edited" else "↩")


async def test_the_tickets_event_asks_once_and_what_has_no_line_asks_nothing() -> None:
    rig = Lines()
    await rig.delivered()

    def event(message: str, id_: str = "e1", type_: str = "ticket.message_changed.v1") -> Delivery:
        body = {"id": id_, "ticket": {"number": 7}, "message_id": message, "kind": "edited"}
        return Delivery("s", orjson.dumps(body), {"ce-type": type_}, "TICKETS", "x", 1, 1, 10**18, "")

    wishes = CardWishes(rig.bucket, rig.wishes.of_event)
    others = [
        event("0190b5a0-9999-8222-8333-444455556666"),
        event("../told"),
        event(MESSAGE, type_="ticket.created.v1"),
    ]
    await wishes.handle(Batch([event(MESSAGE), event(MESSAGE), *others]))

    asked = [key for key in rig.bucket.values if key.startswith(f"reply.{MESSAGE}")]
    assert len(asked) == 1
    line = ReplyLine.parse(await rig.bucket.get(asked[0]) or b"")
    assert line is not None
    assert (line.message, line.ts, line.channel, line.shown) == (MESSAGE, "1.0", "C1", "")
    assert await rig.bucket.get(told_key(MESSAGE)) is not None


@pytest.mark.parametrize("value", ["", "7", "7:abc", "x:abc:UEVA", "7:a/b:UEVA"])
def test_a_button_of_somebody_elses_is_not_ours(value: str) -> None:
    with pytest.raises(NotOurs):
        message_named(value)
