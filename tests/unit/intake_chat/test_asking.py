"""What comes in as an interaction is durable before it is answered, or given back."""

from typing import Any

import orjson
import pytest

from intake_chat.domain.slack.entry.asking import ask_dialog
from intake_chat.domain.slack.entry.happenings import Requested, what_happened
from intake_chat.domain.slack.people import Somebody
from intake_chat.errors import NotAccepted
from intake_chat.handlers.agents.registry import Registry
from intake_chat.handlers.customers.asking import Asking
from tests.unit.intake_chat.entry_rig import CARMEN, HOME, People, payload, shown


class Views:
    def __init__(self) -> None:
        self.opened: list[Any] = []
        self.told: list[str] = []

    async def open(self, trigger_id: str, view: Any) -> str:
        self.opened.append(view)
        return "V1"

    async def respond(self, response_url: str, message: Any) -> None:
        self.told.append(message["text"])


class Now:
    """Background work, done later by `settle`."""

    def __init__(self) -> None:
        self.works: list[Any] = []

    def start(self, work: Any) -> bool:
        self.works.append(work)
        return True

    async def settle(self) -> None:
        for work in self.works:
            await work
        self.works.clear()


class Desks:
    def __init__(self, *, away: bool = False) -> None:
        self.accepted: list[dict[str, Any]] = []
        self.views, self.now = Views(), Now()

        async def accept(body: bytes, envelope: Any, door: str) -> None:
            if away:
                raise NotAccepted("the broker is away")
            self.accepted.append(orjson.loads(body))

        parts: Any = {"views": self.views, "background": self.now, "people": People()}
        self.asking = Asking(accept=accept, **parts)


CARMEN_HERE = Somebody(HOME, CARMEN)


async def test_a_command_with_words_is_durable_before_it_is_answered_and_twice_the_same() -> None:
    desk = Desks()
    body = {"text": "la impresora", "trigger_id": "1.2.x"}
    answers = [await desk.asking.commanded(CARMEN_HERE, body) for _ in range(2)]

    assert [answer and answer["response_type"] for answer in answers] == ["ephemeral"] * 2
    first, again = (what_happened(envelope) for envelope in desk.accepted)
    assert isinstance(first, Requested)
    assert isinstance(again, Requested)
    assert first.source_id == again.source_id


async def test_what_cannot_be_stored_is_given_back() -> None:
    desk = Desks(away=True)
    answer = await desk.asking.commanded(CARMEN_HERE, {"text": "a <b>", "trigger_id": "1"})
    kept = await desk.asking.submitted(CARMEN_HERE, {"view": view("se cae")})
    await desk.asking.handed_in(CARMEN_HERE, {**payload(shown("1.000000")), "response_url": "https://x"})
    await desk.now.settle()

    assert answer is not None
    assert "a &lt;b&gt;" in answer["text"]
    assert kept is not None
    assert kept["response_action"] == "errors"
    assert "no se ha creado nada" in desk.views.told[0]


def view(text: str | None) -> dict[str, Any]:
    return {"id": "V1", "state": {"values": {"text": {"text": {"value": text}}}}}


@pytest.mark.parametrize("text", ["", "x" * 3_001])
async def test_a_command_that_is_no_request_yet_opens_the_dialog(text: str) -> None:
    desk = Desks()
    assert await desk.asking.commanded(CARMEN_HERE, {"text": text, "trigger_id": "1"}) is None
    await desk.now.settle()

    [dialog] = desk.views.opened
    assert dialog["callback_id"] == "ask"
    assert desk.accepted == []


async def test_the_dialog_asks_for_words_and_takes_them() -> None:
    desk = Desks()
    empty = await desk.asking.submitted(CARMEN_HERE, {"view": view(None)})
    taken = await desk.asking.submitted(CARMEN_HERE, {"view": view("se cae")})

    assert empty is not None
    assert taken is None
    assert [envelope["text"] for envelope in desk.accepted] == ["se cae"]


async def test_a_handed_in_message_is_stored_without_its_blocks() -> None:
    desk = Desks()
    await desk.asking.handed_in(
        CARMEN_HERE, {**payload(shown("1.000000", blocks=[{"type": "x"}])), "response_url": "u"}
    )
    await desk.now.settle()

    [envelope] = desk.accepted
    assert "blocks" not in envelope["message"]
    assert "mesa de ayuda" in desk.views.told[0]
    assert await desk.asking.handed_in(CARMEN_HERE, {"channel": {"id": "C1"}}) is None


async def test_what_nobody_wrote_is_refused_at_once() -> None:
    desk = Desks()
    joined = shown("1.000000", "joined the channel", subtype="channel_join")
    await desk.asking.handed_in(CARMEN_HERE, {**payload(joined), "response_url": "u"})
    await desk.now.settle()

    assert desk.accepted == []
    assert "no se ha creado nada" in desk.views.told[0]


async def test_all_ways_are_open_to_everybody() -> None:
    registry = Registry()
    Desks().asking.register(registry)

    assert set(registry.by_anybody) == {
        ("command", "/ticket"), ("submission", "ask"), ("action", "ask"), ("shortcut", "create_ticket"),
        ("shortcut", "new_ticket"),
    }  # fmt: skip


def test_the_end_of_what_is_too_long_for_the_dialog_is_shown_and_not_lost() -> None:
    text = "a" * 3_000 + "b" * 2_400 + "c" * 2_600
    dialog = ask_dialog("en", text)
    field, words, *rest = dialog["blocks"]

    assert field["element"]["initial_value"] == "a" * 3_000
    assert "3000 letters fit" in words["text"]["text"]
    assert "".join(one["text"]["text"] for one in rest) == text[3_000:]
    assert len(ask_dialog("es", "corto")["blocks"]) == 1
