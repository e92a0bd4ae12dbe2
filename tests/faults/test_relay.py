"""The relay is the one neighbour that offers no exactly-once: what a failure at the worst moment costs, counted."""

import asyncio
import contextlib
import email
import email.policy
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.desk import RunningDesk, mail
from tests.support.listening import listening_as
from tests.support.polling import eventually
from ventanilla_devstack.ports import HOST, free_port


class Relay:
    """A mail relay that does what the test says: `answer` gets each mail and returns the reply, or None to hang up."""

    def __init__(self) -> None:
        self.port = free_port()
        self.taken: list[Any] = []
        self.answer: Any = self.take

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        answer = self.answer(message)
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer is None:
            server.transport.abort()
            return "421 gone"
        return str(answer)

    def take(self, message: Any) -> str:
        self.taken.append(message)
        return "250 2.0.0 queued"

    def ids(self) -> Counter[str]:
        """How often each Message-ID was taken."""
        return Counter(str(message["Message-ID"]) for message in self.taken)


@pytest.fixture
async def relay() -> AsyncIterator[Relay]:
    relay = Relay()
    async with listening_as(lambda: SMTP(relay, hostname="relay"), relay.port):
        yield relay


@pytest.fixture
async def desk(desk_folder: Path, relay: Relay) -> AsyncIterator[RunningDesk]:
    desk = RunningDesk(desk_folder, {"INTAKE_EMAIL_RELAY_URL": f"smtp://{HOST}:{relay.port}?starttls=off"})
    try:
        await desk.start()
        yield desk
    finally:
        await desk.end()


async def open_ticket(desk: RunningDesk, subject: str, *, acknowledged: bool = True) -> int:
    extra = {} if acknowledged else {"auto_submitted": "auto-generated"}
    await desk.send_later(mail(subject, "No puedo entrar en mi cuenta desde ayer.", **extra))

    async def found() -> list[dict[str, Any]]:
        items = (await desk.api("GET", "/tickets"))["items"]
        return [item for item in items if item["subject"] == subject]

    [ticket] = await eventually(found, 20)
    return int(ticket["number"])


async def deliveries(desk: RunningDesk, number: int, kind: str) -> list[str]:
    messages = (await desk.api("GET", f"/tickets/{number}/messages"))["items"]
    return [message["delivery"]["state"] for message in messages if message["kind"] == kind]


async def test_a_relay_that_answers_4xx_for_a_while_gets_every_mail_once_in_the_end(
    desk: RunningDesk, relay: Relay
) -> None:
    refusals = 0

    def busy(message: Any) -> str:
        nonlocal refusals
        refusals += 1
        return "451 4.3.0 try later"

    relay.answer = busy
    numbers = [await open_ticket(desk, f"Espera {n}") for n in range(3)]
    await eventually(lambda: refusals >= 3, 20)
    relay.answer = relay.take

    await eventually(lambda: len(relay.taken) == 3, 60)

    assert set(relay.ids().values()) == {1}
    for number in numbers:

        async def delivered(number: int = number) -> bool:
            return await deliveries(desk, number, "automatic") == ["delivered"]

        await eventually(delivered, 20)


async def test_a_mail_that_the_relay_refuses_for_good_is_reported_on_the_ticket(
    desk: RunningDesk, relay: Relay
) -> None:
    relay.answer = lambda message: "550 5.1.1 no such person"
    number = await open_ticket(desk, "No existe")

    async def failed() -> bool:
        return await deliveries(desk, number, "automatic") == ["failed"]

    await eventually(failed, 30)
    history = (await desk.api("GET", f"/tickets/{number}/history"))["items"]
    [line] = [entry for entry in history if entry["action"] == "notification.failed"]
    assert "5.1.1" in str(line)


@pytest.mark.timeout(240)
async def test_killed_between_the_relays_250_and_our_record_a_persons_mail_may_come_twice_and_an_automatic_one_never(
    desk: RunningDesk, relay: Relay
) -> None:
    kills = 0
    got = asyncio.Event()

    async def take_and_hold(message: Any) -> str:
        """The mail is taken; whether our side ever hears so is another matter."""
        relay.take(message)
        got.set()
        await asyncio.sleep(0.5)
        return "250 2.0.0 queued"

    numbers = {
        "agent": [await open_ticket(desk, f"Persona {n}", acknowledged=False) for n in range(3)],
        "automatic": [],
    }
    for number in numbers["agent"]:
        relay.answer = take_and_hold
        got.clear()
        await desk.api("POST", f"/tickets/{number}/replies", json={"text": "Ya está resuelto."})
        await asyncio.wait_for(got.wait(), 20)
        await desk.services["intake-email"].kill()
        kills += 1
        relay.answer = relay.take
        await desk.services["intake-email"].start()
    for n in range(3):
        relay.answer = take_and_hold
        got.clear()
        numbers["automatic"].append(await open_ticket(desk, f"Robot {n}"))
        await asyncio.wait_for(got.wait(), 20)
        await desk.services["intake-email"].kill()
        kills += 1
        relay.answer = relay.take
        await desk.services["intake-email"].start()

    async def reported() -> bool:
        states = [
            state
            for kind, found in numbers.items()
            for number in found
            for state in await deliveries(desk, number, kind)
        ]
        return "queued" not in states and len(states) == 6

    await eventually(reported, 60)

    persons = Counter({id_: count for id_, count in relay.ids().items() if _of(relay, id_)["Auto-Submitted"] is None})
    robots = relay.ids() - persons
    print(f"{kills} kills: {sum(persons.values()) - len(persons)} mails of persons came twice, of robots none")
    assert len(persons) == 3, "the same Message-ID each time"
    assert max(persons.values()) <= 2, "one kill costs one repetition at the most"
    assert len(robots) == 3
    assert max(robots.values()) == 1


def _of(relay: Relay, message_id: str) -> Any:
    return next(message for message in relay.taken if str(message["Message-ID"]) == message_id)


async def test_a_relay_that_dies_after_taking_a_mail_gets_it_again_with_the_same_message_id(
    desk: RunningDesk, relay: Relay
) -> None:
    number = await open_ticket(desk, "El relay muere", acknowledged=False)

    def take_and_die(message: Any) -> None:
        relay.take(message)
        relay.answer = relay.take

    relay.answer = take_and_die
    await desk.api("POST", f"/tickets/{number}/replies", json={"text": "Ya está resuelto."})

    async def delivered() -> bool:
        return await deliveries(desk, number, "agent") == ["delivered"]

    await eventually(delivered, 60)
    with contextlib.suppress(StopIteration):
        print(f"taken {len(relay.taken)} times under {len(relay.ids())} Message-ID")
    assert len(relay.ids()) == 1
    assert len(relay.taken) == 2
