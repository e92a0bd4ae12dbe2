"""The account: what endangers it, who is told, how often; and that what cannot be asked changes nothing."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from intake_phone.domain.account import AccountNumber, AccountState, danger_of, goes_to, shown_address
from intake_phone.errors import TwilioAway, TwilioBusy, TwilioRefused
from intake_phone.handlers.account.alarms import Alarms
from intake_phone.handlers.account.numbers import DeskNumbers
from intake_phone.handlers.account.watch import AccountWatch
from ventanilla_contracts.events import ChannelEndangered
from ventanilla_runtime.errors import BrokerAway
from ventanilla_runtime.metrics import REGISTRY
from ventanilla_runtime.publish import MSG_ID, Outgoing, PubAck

NOON = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
SID = "AC" + "0" * 32


def state(status: str = "active", balance: str | None = "42.10", kind: str = "Full") -> AccountState:
    return AccountState("Desk", status, kind, None if balance is None else Decimal(balance), "USD")


class World:
    """An account, a broker and a clock."""

    def __init__(self) -> None:
        self.answers: list[AccountState | Exception] = []
        self.kept: dict[str, bytes] = {}
        self.told: list[Outgoing] = []
        self.away = False
        self.now = NOON
        self.trouble = "not looked at"
        self.listed: list[AccountNumber] | Exception = []
        self.known = DeskNumbers(self)

    async def state(self) -> AccountState:
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, Exception):
            raise found
        return found

    async def numbers(self) -> Sequence[AccountNumber]:
        if isinstance(self.listed, Exception):
            raise self.listed
        return self.listed

    async def get(self, key: str) -> bytes | None:
        return self.kept.get(key)

    async def put_all(self, keys: Sequence[str], value: bytes) -> None:
        self.kept |= dict.fromkeys(keys, value)

    async def publish(self, message: Outgoing) -> PubAck:
        if self.away:
            raise BrokerAway("no broker")
        self.told.append(message)
        return PubAck(message.stream, len(self.told))

    def alarms(self) -> Alarms:
        return Alarms(self, self, "desk", SID, lambda: self.now)

    def stopped(self, why: str) -> None:
        self.trouble = why

    def watch(self, low: float | None = 5.0, every_seconds: float = 300) -> AccountWatch:
        return AccountWatch(
            account=self,
            numbers=self.known,
            alarms=self.alarms(),
            stopped=self.stopped,
            trouble=lambda: self.trouble,
            every_seconds=every_seconds,
            low=low,
        )


@pytest.mark.parametrize(
    ("seen", "low", "connection", "words"),
    [
        (state(), 5.0, None, ""),
        (state(balance="4.99"), 5.0, "balance", "4.99 USD left"),
        (state(balance="-3.20"), 5.0, "balance", "the account owes money (balance -3.20 USD)"),
        (state(balance="-310"), None, None, ""),
        (state(balance=None), 5.0, None, ""),
        (state("suspended", "-0.01"), None, "account", "the account is suspended (balance -0.01 USD)"),
        (state("closed", None), 5.0, "account", "an unknown balance"),
    ],
)
def test_an_account_is_in_danger_without_money_or_when_it_is_suspended(
    seen: AccountState, low: float | None, connection: str | None, words: str
) -> None:
    found = danger_of(seen, low)

    assert (found.connection if found else None) == connection
    assert words in (found.problem if found else "")


async def test_an_alarm_names_the_account_and_is_raised_once_a_day_by_all_replicas_together() -> None:
    world = World()
    world.answers = [state("suspended")]
    first, second = world.watch(), world.watch()
    for watch in (first, second, first):
        await watch.look()
    world.now += timedelta(hours=13)
    await second.look()

    assert [(one.stream, one.subject) for one in world.told] == [("OPERATIONS", "desk.channel.endangered.v1.phone")] * 2
    event = ChannelEndangered.model_validate_json(world.told[0].body)
    assert (event.channel, event.account, event.connection) == ("phone", SID, "account")
    assert "suspended" in event.problem
    assert len({one.headers[MSG_ID] for one in world.told}) == 2


async def test_replicas_that_notice_at_once_say_the_same_id() -> None:
    world = World()
    await world.alarms().endangered("account", "gone")
    world.kept.clear()  # the second one has not seen the first one's note
    await world.alarms().endangered("account", "gone")

    assert len({one.headers[MSG_ID] for one in world.told}) == 1


async def test_little_money_is_a_worry_and_none_is_a_problem() -> None:
    world = World()
    world.answers = [state(balance="1"), state("suspended", "-1"), state()]
    watch = world.watch()

    await watch.look()
    assert (world.trouble, "the account's money is low" in (watch.worry() or "")) == ("", True)
    assert "USD" not in (watch.worry() or "")
    await watch.look()
    assert "suspended" in world.trouble
    assert "USD" not in world.trouble
    assert watch.worry() is None
    await watch.look()
    assert (world.trouble, watch.worry()) == ("", None)
    assert [json.loads(one.body)["connection"] for one in world.told] == ["balance", "account"]


async def test_a_token_that_is_refused_is_told_as_what_it_is() -> None:
    world = World()
    world.answers = [TwilioRefused(20003, "Authenticate", 401)]
    await world.watch().look()

    assert "INTAKE_PHONE_TWILIO_AUTH_TOKEN" in world.trouble
    assert len(world.told) == 1


@pytest.mark.parametrize("error", [TwilioAway("no answer"), TwilioBusy("wait", 2)])
async def test_what_cannot_be_asked_changes_nothing(error: Exception) -> None:
    world = World()
    world.answers = [state("suspended"), error]
    watch = world.watch()
    await watch.look()
    before = world.trouble
    await watch.look()

    assert world.trouble == before
    assert len(world.told) == 1


async def test_twilio_that_does_not_answer_is_named_until_it_does_again() -> None:
    world = World()
    world.answers = [TwilioAway("Twilio did not answer: ClientConnectorError"), TwilioBusy("wait", 2), state()]
    watch = world.watch()
    assert watch.away() is None
    await watch.look()
    assert watch.away() == (
        "Twilio did not answer: ClientConnectorError; let INTAKE_PHONE_TWILIO_URL be reached from here"
    )
    await watch.look()
    assert watch.away() is None, "whoever wants a pause is there"
    world.answers = [TwilioAway("no answer"), state()]
    await watch.look()
    await watch.look()
    assert watch.away() is None


async def test_an_alarm_that_the_broker_did_not_take_is_raised_at_the_next_look() -> None:
    world = World()
    world.answers = [state("suspended")]
    world.away = True
    watch = world.watch()
    await watch.look()
    assert "suspended" in world.trouble
    assert "USD" not in world.trouble
    world.away = False
    await watch.look()

    assert len(world.told) == 1


async def test_it_looks_until_it_is_told_to_stop() -> None:
    world = World()
    world.answers = [state(), state("suspended")]
    watch = world.watch(every_seconds=0.001)
    running = asyncio.ensure_future(watch.run())
    async with asyncio.timeout(5):
        while not world.told:
            await asyncio.sleep(0.001)
        watch.stop()
        await running


async def test_a_refusal_that_somebody_else_met_is_looked_at_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake_phone.handlers.account.watch.SOON_SECONDS", 0.001)
    world = World()
    world.answers = [state()]
    watch = world.watch(every_seconds=3_600)
    running = asyncio.ensure_future(watch.run())
    async with asyncio.timeout(5):
        while world.trouble:
            await asyncio.sleep(0.001)
        world.trouble = "Twilio refuses everything"
        while world.trouble:
            await asyncio.sleep(0.001)
        watch.stop()
        await running


def test_an_address_is_shown_without_a_password() -> None:
    assert shown_address("https://me:hunter2@shop.example/calls?x=a@b") == "https://shop.example/calls?x=a@b"
    assert shown_address("") == ""
    assert shown_address("https://a.example/" + "x" * 200, 20) == "https://a.example/xx…"


@pytest.mark.parametrize(
    ("url", "is_ours"),
    [
        ("https://a.example/twilio/voice", True),
        (" https://a.example/twilio/voice#rc=2&rp=all ", True),
        ("https://a.example/twilio/voice/", False),
        ("https://a.example/twilio/voice?x=1", False),
        ("http://a.example/twilio/voice", False),
        ("", False),
    ],
)
def test_an_address_is_a_door_of_ours_or_not(url: str, is_ours: bool) -> None:
    assert goes_to(url, "https://a.example/twilio/voice") is is_ours


async def test_what_numbers_can_do_is_looked_at_with_the_account_and_holds_while_nobody_can_tell() -> None:
    desk, other = "+34910000100", "+34910000200"
    world = World()
    world.answers, watch = [state()], world.watch()
    assert world.known.can_text(desk), "nothing is known yet"

    world.listed = [AccountNumber("PN1", desk, texts=False), AccountNumber("PN2", other)]
    await watch.look()
    assert (world.known.can_text(desk), world.known.can_text(other)) == (False, True)

    for away in (TwilioAway("nobody answers"), TwilioBusy("a pause", 1.0), TwilioRefused(20003, "no", 401)):
        world.listed = away
        await watch.look()
        assert (world.known.can_text(desk), world.trouble) == (False, "")

    world.listed = [AccountNumber("PN1", desk)]
    await watch.look()
    assert world.known.can_text(desk)


async def test_metrics_show_money_and_whether_the_account_works_once_somebody_has_asked() -> None:
    world = World()
    world.answers = [state(balance="3.50"), TwilioAway("no answer"), state(status="suspended")]
    watch = world.watch(low=5.0)

    await watch.look()
    assert REGISTRY.get_sample_value("intake_phone_twilio_balance", {"currency": "USD"}) == 3.5
    assert REGISTRY.get_sample_value("intake_phone_twilio_balance_low") == 5.0
    assert REGISTRY.get_sample_value("intake_phone_twilio_account_works") == 1
    asked_at = REGISTRY.get_sample_value("intake_phone_twilio_account_asked_timestamp_seconds")

    await watch.look()  # what cannot be asked changes nothing, and its time says so
    assert REGISTRY.get_sample_value("intake_phone_twilio_account_asked_timestamp_seconds") == asked_at

    await watch.look()
    assert REGISTRY.get_sample_value("intake_phone_twilio_account_works") == 0
