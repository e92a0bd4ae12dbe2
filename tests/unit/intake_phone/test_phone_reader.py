"""What was accepted is read: texts of one person in their order, and nobody waits for somebody else's recording."""

import asyncio
from collections.abc import Mapping

import orjson
import pytest

from intake_phone.domain.calls.legs import LEG
from intake_phone.domain.texts.received import received
from intake_phone.domain.texts.text import read_text
from intake_phone.errors import Senseless, TwilioAway
from intake_phone.handlers.read import Reader
from tests.support.polling import eventually
from ventanilla_contracts.events import MessageReceived
from ventanilla_runtime.delivery import Batch, Delivery
from ventanilla_runtime.publish import MSG_ID, Outgoing, PubAck

DESK = "+34910000100"


class Around:
    """The broker, and readers that a test holds up or lets fail."""

    def __init__(self) -> None:
        self.published: list[Outgoing] = []
        self.gates: dict[str, asyncio.Event] = {}
        self.errors: dict[str, Exception] = {}

    async def publish(self, message: Outgoing) -> PubAck:
        self.published.append(message)
        return PubAck(message.stream, len(self.published))

    async def text(self, form: Mapping[str, str], _delivery: Delivery) -> MessageReceived:
        body = form["Body"]
        if body in self.gates:
            await self.gates[body].wait()
        if error := self.errors.get(body):
            raise error
        return received(read_text(form))

    @property
    def words(self) -> list[str]:
        return [str(orjson.loads(one.body)["text"]) for one in self.published]

    def reader(self) -> Reader:
        return Reader(self, "desk", dict.fromkeys(("text", "call", "talked", "leg"), self.text))


def told(body: str, number: str = "+34600000001", kind: str = "text", **more: str) -> Delivery:
    form = {"AccountSid": "AC" + "0" * 32, "MessageSid": "SM" + body.encode().hex().rjust(32, "0")[-32:],
            "From": number, "To": DESK, "Body": body, **more}  # fmt: skip
    return Delivery(f"desk.phone.accepted.v1.{kind}", orjson.dumps(form), {}, "PHONE", "x", 1, 1, 10**18, "")


async def test_texts_of_one_person_are_published_in_their_order_and_hold_nobody_up() -> None:
    around = Around()
    around.gates["uno"] = asyncio.Event()
    batch = Batch([told("uno"), told("dos"), told("otro", "+34600000002")])
    handling = asyncio.create_task(around.reader().handle(batch))
    await eventually(lambda: around.words == ["otro"])
    around.gates["uno"].set()
    await handling
    await asyncio.gather(*batch.kept.values())

    assert around.words == ["otro", "uno", "dos"]
    assert {one.stream for one in around.published} == {"INTAKE"}
    assert all(one.headers[MSG_ID].startswith("message.received.v1:sms/SM") for one in around.published)


@pytest.mark.parametrize("kind", ["talked", "call"])
async def test_that_a_call_has_ended_or_its_agent_talked_is_read_before_the_end_of_the_agents_leg(kind: str) -> None:
    around = Around()
    around.gates["antes"] = asyncio.Event()
    before = {"CallSid": "CA1"} if kind == "call" else {LEG: "CA1.3/eva.1"}
    batch = Batch(
        [told("antes", kind=kind, **before), told("fin", kind="leg", **{LEG: "CA1.3/eva.1"}), told("otra", kind="leg")]
    )
    handling = asyncio.create_task(around.reader().handle(batch))
    await eventually(lambda: around.words == ["otra"])
    around.gates["antes"].set()
    await handling
    await asyncio.gather(*batch.kept.values())

    assert around.words == ["otra", "antes", "fin"]


async def test_a_call_whose_recording_takes_long_is_kept_beside_what_follows() -> None:
    around = Around()
    around.gates["largo"] = asyncio.Event()
    batch = Batch([told("largo", kind="call"), told("corto", kind="call")])
    await around.reader().handle(batch)

    assert around.words == ["corto"]
    assert len(batch.kept) == 1
    around.gates["largo"].set()
    await asyncio.gather(*batch.kept.values())
    assert around.words == ["corto", "largo"]


async def test_what_twilio_does_not_give_now_comes_later_and_rubbish_never() -> None:
    around = Around()
    around.errors = {"tarde": TwilioAway("down"), "nada": Senseless("no id")}
    late, senseless, garbage = told("tarde"), told("nada", "+34600000002"), told("x", "+34600000003")
    garbage.body = b"[1"
    unknown = told("y", "+34600000004", kind="fax")
    batch = Batch([late, senseless, garbage, unknown, told("sí", "+34600000005")])
    await around.reader().handle(batch)

    assert list(batch.postponed) == [late]
    assert set(batch.rejected) == {senseless, garbage, unknown}
    assert around.words == ["sí"]
