"""What every way in promises, whatever the channel: said yes is kept, once, and nothing stops the rest.

A new channel gets an entry in `channel` and nothing else changes here.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.contract.intakes.channels import Channel, Mail, Said, SlackOverHttp, Texts
from tests.support.chat_desk import chat_desk
from tests.support.desk import RunningDesk
from tests.support.phone_desk import phone_settings
from tests.support.polling import eventually
from tests.support.streams import stored
from ventanilla_devstack.slack.server import LocalSlack
from ventanilla_devstack.twilio.server import LocalTwilio
from ventanilla_runtime.publish import MSG_ID, Outgoing, Publisher

pytestmark = pytest.mark.asyncio(loop_scope="module")
SECONDS = 90
"""What a killed process was just reading comes again only when its time to acknowledge is over."""


All = tuple[RunningDesk, LocalSlack, LocalTwilio]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def everything(servers_folder: Path) -> AsyncIterator[All]:
    folder = servers_folder / "intakes"
    try:
        async with (
            LocalTwilio(pace=0.001) as twilio,
            LocalSlack() as slack,
            chat_desk(folder, slack, http=True, more=phone_settings(twilio)) as desk,
        ):
            await asyncio.gather(desk.add("intake-email"), desk.add("intake-phone"))
            yield desk, slack, twilio
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def desk(everything: All) -> RunningDesk:
    return everything[0]


@pytest.fixture(params=["mail", "slack", "texts"])
def channel(everything: All, request: pytest.FixtureRequest) -> Channel:
    desk, slack, twilio = everything
    if request.param == "mail":
        return Mail(desk)
    return SlackOverHttp(desk, slack) if request.param == "slack" else Texts(desk, twilio)


async def tickets(desk: RunningDesk, subject: str) -> int:
    found = await desk.query("SELECT number FROM ticket WHERE subject = $1", subject)
    return len(found)


async def one_ticket(desk: RunningDesk, subject: str) -> None:
    """Exactly one, once nothing is under way any more."""

    async def settled() -> bool:
        ledger = await desk.api("GET", "/intake/ledger")
        assert await tickets(desk, subject), subject
        for row in ledger["channels"].values():
            assert not row["in_flight"], ledger
            assert not row["missing"], ledger
        return True

    await eventually(settled, SECONDS)
    [[messages]] = await desk.query(
        "SELECT count(*) FROM message WHERE kind = 'customer' AND ticket_number IN"
        " (SELECT number FROM ticket WHERE subject = $1)",
        subject,
    )
    assert (await tickets(desk, subject), messages) == (1, 1)


async def test_a_duplicate_makes_nothing_twice(desk: RunningDesk, channel: Channel) -> None:
    given = channel.message(f"{channel.service} duplicate")

    said = await asyncio.gather(*(channel.hand_in(given) for _ in range(3)))
    await one_ticket(desk, f"{channel.service} duplicate")
    late = await channel.hand_in(given)

    assert {*said, late} == {Said.YES}
    await one_ticket(desk, f"{channel.service} duplicate")


async def test_a_replay_of_what_was_accepted_changes_nothing(desk: RunningDesk, channel: Channel) -> None:
    subject = f"{channel.service} replay"
    assert await channel.hand_in(channel.message(subject)) is Said.YES
    await one_ticket(desk, subject)
    broker = await desk.broker.connect(channel.service)
    publisher = Publisher(broker)
    await publisher.start()
    last = (await stored(await desk.broker.connect(), channel.stream))[-1]

    again = {**{name: value for name, value in last.headers.items() if not name.startswith("Nats-")}, MSG_ID: subject}
    await publisher.publish(Outgoing(channel.stream, last.subject, last.body, again))

    await one_ticket(desk, subject)


async def test_too_much_is_refused_for_good_and_the_next_one_is_taken(desk: RunningDesk, channel: Channel) -> None:
    assert await channel.hand_in(channel.oversized()) is Said.NO
    assert await channel.hand_in(channel.message(f"{channel.service} after too much")) is Said.YES

    await one_ticket(desk, f"{channel.service} after too much")


async def test_rubbish_is_kept_for_a_person_or_refused_and_stops_nobody(desk: RunningDesk, channel: Channel) -> None:
    assert await channel.hand_in(channel.malformed()) in (Said.YES, Said.NO)
    assert await channel.hand_in(channel.message(f"{channel.service} after rubbish")) is Said.YES

    await one_ticket(desk, f"{channel.service} after rubbish")


async def test_somebody_of_whom_nothing_is_known_is_heard_and_nothing_is_claimed(
    desk: RunningDesk, channel: Channel
) -> None:
    subject = f"{channel.service} unknown"
    assert await channel.hand_in(channel.from_nobody(subject)) is Said.YES

    await one_ticket(desk, subject)


async def test_without_the_provider_a_message_waits_and_is_not_lost(desk: RunningDesk, channel: Channel) -> None:
    subject = f"{channel.service} provider away"
    with channel.without_provider():
        assert await channel.hand_in(channel.from_nobody(subject)) is Said.YES

        await one_ticket(desk, subject)


async def test_who_is_killed_after_the_yes_loses_nothing(desk: RunningDesk, channel: Channel) -> None:
    subject = f"{channel.service} killed"
    intake = desk.services[channel.service]
    given = channel.message(subject)

    said = await channel.hand_in(given)
    await intake.kill()
    assert said is Said.YES
    assert await channel.hand_in(given) is Said.AGAIN
    await intake.start()

    await one_ticket(desk, subject)
    assert await channel.hand_in(given) is Said.YES
    await one_ticket(desk, subject)


async def test_without_the_broker_nobody_hears_a_yes_and_the_repetition_is_taken(
    desk: RunningDesk, channel: Channel
) -> None:
    subject = f"{channel.service} broker away"
    given = channel.message(subject)
    await asyncio.to_thread(desk.nats.stop)
    said = await channel.hand_in(given)
    await asyncio.to_thread(desk.nats.start)

    assert said is Said.AGAIN
    await eventually(lambda: _taken(channel, given), SECONDS)
    await one_ticket(desk, subject)


async def _taken(channel: Channel, given: bytes) -> bool:
    return await channel.hand_in(given) is Said.YES
