"""Texts to customers: once, whatever dies in between, and always reported."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from intake_phone.domain.texts.opt_out import Wish
from intake_phone.errors import TwilioAway, TwilioBusy, TwilioRefused
from intake_phone.handlers.texts.say import Speaker
from intake_phone.handlers.texts.subscriptions import TEXTLESS_SECONDS, WINDOW_SECONDS, Subscriptions
from intake_phone.ports.phone import Sent
from ventanilla_contracts.chat_events import ChatForm
from ventanilla_contracts.events import Attachment, NotificationRequested, Party
from ventanilla_runtime.delivery import Batch, Delivery
from ventanilla_runtime.publish import Outgoing, PubAck
from ventanilla_runtime.state import Entry

NOON = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
DESK, CARMEN = "+34910000100", "+34600000001"


class World:
    """State that outlives a replica, and what Twilio has."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.texts: list[tuple[str, dict[str, Any]]] = []
        self.reports: list[str] = []
        self.failing: list[tuple[Exception, bool]] = []
        self.now = NOON
        self.gone: set[str] = set()

    async def address_of(self, file: Attachment) -> str | None:
        return None if file.filename in self.gone else f"https://phone.example/twilio/media/{file.filename}"

    async def create_all(self, keys: Sequence[str], value: bytes) -> list[bool]:
        made = [key not in self.values for key in keys]
        self.values |= {key: value for key in keys if key not in self.values}
        return made

    async def put_all(self, keys: Sequence[str], value: bytes) -> None:
        self.values |= dict.fromkeys(keys, value)

    async def get(self, key: str) -> bytes | None:
        return self.values.get(key)

    async def read(self, key: str) -> Entry:
        return Entry(self.values.get(key), 0)

    async def replace(self, key: str, value: bytes, revision: int) -> int:  # nobody else writes here
        self.values[key] = value
        return revision

    async def publish(self, message: Outgoing) -> PubAck:
        self.reports.append(message.body.decode())
        return PubAck(message.stream, len(self.reports))

    async def send_text(self, fields: Mapping[str, Any]) -> Sent:
        error, done = self.failing.pop(0) if self.failing else (None, True)
        sid = f"SM{len(self.texts) + 1:032}"
        if done:
            self.texts.append((sid, dict(fields)))
        if error is not None:
            raise error
        return Sent(sid, "queued")

    async def texts_to(self, sender: str, recipient: str, since: float) -> Sequence[tuple[Sent, str]]:
        found = [(Sent(sid, "sent"), one["body"]) for sid, one in self.texts if one["to"] == recipient]
        return found[::-1]

    def speaker(self, templates: Mapping[str, str] | None = None) -> Speaker:
        """A replica that has just started."""
        return Speaker(
            publisher=self,
            state=self,
            twilio=self,
            files=self,
            subscriptions=self.subscriptions(),
            prefix="desk",
            status_url="https://phone.example/twilio/status/text",
            templates=templates,
            now=lambda: self.now,
        )

    def subscriptions(self) -> Subscriptions:
        return Subscriptions(self, clock=self.clock)

    def clock(self) -> float:
        return self.now.timestamp()

    @property
    def bodies(self) -> list[str]:
        return [one["body"] for _, one in self.texts]


def wanted(id_: str = "n1", text: str = "Ya está arreglado.", **more: Any) -> NotificationRequested:
    values: dict[str, Any] = {
        "id": id_,
        "medium": "sms",
        "to": Party(address=CARMEN),
        "text": text,
        "language": "es",
        "automatic": False,
        "chat": ChatForm(account=DESK, conversation=f"sms/{DESK}/{CARMEN}", page="https://desk.example/s/1"),
        "requested_at": NOON,
        "expires_at": NOON + timedelta(days=3),
        **more,
    }
    return NotificationRequested(**values)


def delivered(request: NotificationRequested, deliveries: int = 1) -> Delivery:
    body = request.model_dump_json().encode()
    return Delivery("desk.notification.requested.v1.sms", body, {}, "OUTBOUND", "x", 1, deliveries, 10**18, "")


async def say(world: World, *requests: NotificationRequested, deliveries: int = 1, **more: Any) -> Batch:
    batch = Batch([delivered(request, deliveries) for request in requests])
    await world.speaker(**more).handle(batch)
    return batch


async def test_a_text_is_sent_with_an_address_for_its_state_and_reported() -> None:
    world = World()
    await say(world, wanted())

    [(_, fields)] = world.texts
    assert (fields["from_"], fields["to"], fields["body"]) == (DESK, CARMEN, "Ya está arreglado.")
    assert fields["status_callback"] == "https://phone.example/twilio/status/text?id=n1&medium=sms"
    assert '"type"' not in world.reports[0]
    assert '"notification_id":"n1"' in world.reports[0]


async def test_what_is_published_again_is_reported_again_and_sent_once() -> None:
    world = World()
    for _ in range(3):
        await say(world, wanted(), deliveries=2)

    assert len(world.texts) == 1
    assert len(world.reports) == 3


@pytest.mark.parametrize("done", [True, False])
async def test_what_twilio_may_have_taken_is_looked_for_before_it_is_sent_again(done: bool) -> None:
    world = World()
    world.failing = [(TwilioAway("cut"), done)]

    first = await say(world, wanted())
    assert len(first.postponed) == 1
    assert world.reports == []
    await say(world, wanted(), deliveries=2)

    assert world.bodies == ["Ya está arreglado."]
    assert len(world.reports) == 1


async def test_two_that_say_the_same_in_doubt_are_two_texts() -> None:
    world = World()
    world.failing = [(TwilioAway("cut"), True), (TwilioAway("cut"), False)]
    await say(world, wanted("n1", "Sí."))
    await say(world, wanted("n2", "Sí."))
    await say(world, wanted("n1", "Sí."), deliveries=2)
    await say(world, wanted("n2", "Sí."), deliveries=2)

    assert world.bodies == ["Sí.", "Sí."]


async def test_long_words_go_in_order_and_go_on_where_they_broke_off() -> None:
    world = World()
    text = "\n\n".join(f"Párrafo {place}. " + "palabra " * 90 for place in range(4))
    world.failing = [(TwilioAway("cut"), True)]

    await say(world, wanted(text=text))
    await say(world, wanted(text=text), deliveries=2)

    assert [body[:5] for body in world.bodies] == ["(1/2)", "(2/2)"]
    assert all(len(body) <= 1_600 for body in world.bodies)


async def test_later_words_to_the_same_person_wait_for_earlier_ones() -> None:
    world = World()
    world.failing = [(TwilioBusy("429", 2.0), False)]
    batch = await say(
        world, wanted("n1", "uno"), wanted("n2", "dos"), wanted("n3", "tres", to=Party(address="+34600000002"))
    )

    assert len(batch.postponed) == 2
    assert world.bodies == ["tres"]


async def test_whoever_wants_no_texts_gets_none_and_the_desk_is_told() -> None:
    world = World()
    await world.subscriptions().note("sms", DESK, CARMEN, Wish.STOP)
    await say(world, wanted())
    assert world.texts == []
    assert '"reason":"opted_out"' in world.reports[0]

    await world.subscriptions().note("sms", DESK, CARMEN, Wish.START)
    await say(world, wanted("n2"))
    assert len(world.texts) == 1


async def test_twilio_tells_of_an_opt_out_too_and_it_is_kept() -> None:
    world = World()
    world.failing = [(TwilioRefused(21610, "Attempt to send to unsubscribed recipient"), False)]
    await say(world, wanted())
    await say(world, wanted("n2"))

    assert world.texts == []
    assert all('"reason":"opted_out"' in one for one in world.reports)


async def test_a_refusal_is_final_and_named() -> None:
    world = World()
    world.failing = [(TwilioRefused(21614, "not a mobile number"), False)]
    await say(world, wanted())
    await say(world, wanted(), deliveries=2)

    assert world.texts == []
    assert '"reason":"no_texts"' in world.reports[0]
    assert len(world.reports) == 2


async def test_where_no_text_arrives_is_learnt_for_a_while_or_until_one_comes_from_there() -> None:
    world = World()
    known = world.subscriptions
    world.failing = [(TwilioRefused(21614, "not a mobile number"), False)]
    await say(world, wanted())
    assert await known().is_textless(CARMEN)
    assert not await known().wants_none("sms", DESK, CARMEN), "nobody asked for that"

    world.now += timedelta(seconds=TEXTLESS_SECONDS)
    assert not await known().is_textless(CARMEN)

    await known().none_arrives(CARMEN)
    await known().heard("whatsapp", DESK, CARMEN, sid="SM1")
    assert await known().is_textless(CARMEN)
    await known().heard("sms", DESK, CARMEN, sid="SM2")
    assert not await known().is_textless(CARMEN)


async def test_whatsapp_takes_free_words_for_a_day_and_a_template_after_it() -> None:
    world = World()
    request = wanted(medium="whatsapp", ticket_number=4711)
    await world.subscriptions().heard("whatsapp", DESK, CARMEN)
    world.now += timedelta(seconds=WINDOW_SECONDS - 60)
    await say(world, request)
    assert world.texts[0][1]["to"] == f"whatsapp:{CARMEN}"

    world.now += timedelta(minutes=2)
    await say(world, request.model_copy(update={"id": "n2"}))
    assert '"reason":"window_closed"' in world.reports[1]

    await say(world, request.model_copy(update={"id": "n3"}), templates={"es": "HX1"})
    assert world.texts[1][1]["content_sid"] == "HX1"
    assert "4711" in world.texts[1][1]["content_variables"]
    assert ['"template":true' in one for one in world.reports] == [False, False, True]


async def test_what_no_phone_can_take_is_rejected() -> None:
    world = World()
    batch = await say(world, wanted(to=Party(address="ana@cliente.example")), wanted("n2", medium="fax"))
    assert len(batch.rejected) == 2


async def test_another_replica_that_is_sending_is_left_alone() -> None:
    world = World()
    gate = asyncio.Event()
    slow = world.speaker()
    send = world.send_text

    async def waits(fields: Mapping[str, Any]) -> Sent:
        await gate.wait()
        return await send(fields)

    world.send_text = waits  # type: ignore[method-assign]  # it waits
    first = asyncio.create_task(slow.handle(Batch([delivered(wanted())])))
    await asyncio.sleep(0)
    second = await say(world, wanted())
    gate.set()
    await first

    assert len(second.postponed) == 1
    assert len(world.texts) == 1
