"""Whose telephone rings for a caller who waits, and that it stops: whatever comes twice, late or out of order."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from intake_phone.domain.calls.effects import RingTeam
from intake_phone.domain.calls.legs import LEG
from intake_phone.domain.calls.ringing import Ring, Taken, Wish, due_for
from intake_phone.domain.calls.waiting import Name, name_form, wish_form
from intake_phone.domain.telephones import Agent, Due, Leg, missed_key
from intake_phone.errors import Senseless, TwilioAway, TwilioFailed, TwilioRefused
from intake_phone.handlers.legs.place import Placer
from intake_phone.handlers.legs.ring import Ringer
from intake_phone.handlers.legs.tell import CallTeller
from tests.unit.intake_phone.around_calls import Bucket, Phones
from ventanilla_runtime.delivery import Delivery
from ventanilla_runtime.publish import Outgoing, PubAck

EVA, TOM, NORA = (Agent(name, name.title(), f"+3460000001{place}") for place, name in enumerate(("eva", "tom", "nora")))
TEAM = (EVA, TOM, NORA)
WISH = Wish("first-line", "first-line", True, 20, "n=support", "+34910000100", "es", 1_000.0, "+34600000001")
AT_ONCE = Wish("first-line", "first-line", False, 20, "n=support", "+34910000100", "es", 1_000.0)
TOLD = Delivery("desk.phone.accepted.v1.ring", b"", {}, "PHONE", "2026-11-28T09:00:00Z", 1, 1, 0, "")
ANA = "CA" + "a" * 32


def leg(agent: Agent, ended: str = "", number: int = 1) -> Leg:
    return Leg(agent.handle, number, "CA1", ended)


@pytest.mark.parametrize(
    ("wish", "legs", "chosen"),
    [
        (WISH, (), [(EVA, 1)]),
        (AT_ONCE, (), [(EVA, 1), (TOM, 1), (NORA, 1)]),
        (WISH, (leg(EVA),), []),
        (AT_ONCE, (leg(EVA),), [(TOM, 1), (NORA, 1)]),
        (WISH, (leg(EVA, "no-answer"),), [(TOM, 1)]),
        (WISH, (leg(EVA, "no-answer"), leg(TOM, "busy"), leg(NORA, "no-answer")), [(EVA, 2)]),
        (AT_ONCE, (leg(EVA, "declined"), leg(TOM, "no-answer")), [(NORA, 1), (TOM, 2)]),
        (WISH, tuple(leg(one, "no-answer", turn) for one in TEAM for turn in (1, 2, 3)), []),
    ],
)
def test_who_rings_next(wish: Wish, legs: tuple[Leg, ...], chosen: list[tuple[Agent, int]]) -> None:
    assert list(due_for(Ring(wish, legs), TEAM).fresh) == chosen


def test_nobody_rings_for_whoever_waits_no_longer() -> None:
    for over in (Ring(WISH, gone=True), Ring(WISH, taken=Taken("eva", "Eva", "CA9", 1_001.0)), Ring()):
        assert due_for(over, TEAM) == Due()


def test_who_speaks_the_language_is_rung_before_the_others() -> None:
    english, spanish = Agent("tom", "Tom", "+34600000011", ("en",)), Agent("eva", "Eva", "+34600000010", ("es", "en"))
    assert due_for(Ring(AT_ONCE), (english, spanish)).fresh == ((spanish, 1),)
    assert due_for(Ring(AT_ONCE, (leg(spanish, "declined"),)), (english, spanish)).fresh == ((english, 1),)


def test_a_wait_is_hopeless_when_nobody_rings_and_nobody_is_left() -> None:
    assert due_for(Ring(WISH), ()).hopeless
    assert not due_for(Ring(WISH, (leg(EVA),)), ()).hopeless
    assert not due_for(Ring(WISH, (leg(EVA, "declined"),)), (EVA, TOM)).hopeless
    assert due_for(Ring(WISH, (leg(EVA, "declined"), leg(TOM, "failed"))), (EVA, TOM)).hopeless


class Desk:
    """The ringer with a bucket, telephones and a team; what is told of calls is kept."""

    def __init__(self, team: Sequence[Agent] = TEAM) -> None:
        self.bucket = Bucket()
        self.at = datetime(2026, 11, 28, 10, tzinfo=UTC)
        self.phones = Phones(self.clock)
        self.members = team
        self.told: list[dict[str, Any]] = []

    def clock(self) -> float:
        return self.at.timestamp()

    async def team(self, name: str) -> Sequence[Agent]:
        return self.members if name == "first-line" else ()

    async def caller(self, number: str) -> tuple[str, tuple[int, ...]]:
        return "Ana Roldán", (4711,)

    async def publish(self, message: Outgoing) -> PubAck:
        self.told.append(orjson.loads(message.body))
        return PubAck("PHONE", len(self.told), False)

    @property
    def ringer(self) -> Ringer:
        """A new one each time: nothing is kept in it."""
        return Ringer(
            state=self.bucket,
            rings=self.bucket,
            placer=Placer(self.bucket, self.phones, 15.0, lambda: self.at),
            calls=self.phones,
            staff=self,
            teller=CallTeller(self, "desk"),
            doors="https://phone.example/twilio",
            now=lambda: self.at,
        )

    async def waits(self, *, in_turn: bool = False, rounds: int | None = 0, queue: str = "first-line") -> None:
        effect = RingTeam("first-line", queue, in_turn, 20, "n=support&v=1", "es", None, rounds)
        form = wish_form(Name(ANA, 3), effect, "+34910000100", "+34600000001", self.clock())
        await self.ringer.wanted(form, TOLD)

    async def ended(self, leg: str, status: str) -> None:
        form = {LEG: f"{ANA}.3/{leg}", "CallStatus": status}
        await self.ringer.leg_ended(form, TOLD)

    async def taken(self, leg: str, by: str, call: str = ANA) -> None:
        form = {"CallSid": call, LEG: f"{ANA}.3/{leg}", "DequeingCallSid": by, "At": str(self.clock())}
        await self.ringer.taken(form, TOLD)

    async def gone(self) -> None:
        await self.ringer.gone(name_form(Name(ANA, 3)), TOLD)

    @property
    def rung(self) -> list[str]:
        return [wanted.number for wanted in self.phones.wanted]

    @property
    def states(self) -> list[str]:
        return list(dict.fromkeys(event["state"] for event in self.told))


async def test_a_wait_that_is_told_of_again_rings_nobody_twice() -> None:
    desk = Desk()
    for rounds in (0, 0, 1, 1):
        await desk.waits(rounds=rounds)
    assert desk.rung == [EVA.phone, TOM.phone, NORA.phone]
    assert desk.states == ["waiting"]
    assert (desk.told[0]["caller"]["name"], desk.told[0]["tickets"]) == ("Ana Roldán", [4711])


async def test_in_turn_the_next_one_rings_when_one_has_not_answered() -> None:
    desk = Desk()
    await desk.waits(in_turn=True)
    for agent in ("eva", "eva", "tom"):
        await desk.ended(f"{agent}.1", "no-answer")
    assert desk.rung == [EVA.phone, TOM.phone, NORA.phone]


async def test_in_turn_whoever_may_have_been_rung_and_is_gone_holds_nobody_up() -> None:
    desk = Desk()
    desk.phones.error = TwilioAway("down")
    with pytest.raises(TwilioAway):
        await desk.waits(in_turn=True)
    desk.phones.error, desk.members = None, (TOM,)
    await desk.waits(in_turn=True)
    assert desk.rung == [TOM.phone]


async def test_at_once_who_did_not_answer_rings_again_with_the_next_round_only() -> None:
    desk = Desk((EVA, TOM))
    await desk.waits()
    await desk.ended("eva.1", "no-answer")
    await desk.ended("tom.1", "completed")
    assert len(desk.rung) == 2
    await desk.waits(rounds=1)
    assert desk.rung[2:] == [EVA.phone]


async def test_one_takes_the_caller_and_the_others_stop_ringing() -> None:
    desk = Desk()
    await desk.waits()
    desk.at += timedelta(seconds=21)
    for _ in range(2):
        await desk.taken("tom.1", desk.phones.made[1].sid)
    assert sorted(set(desk.phones.ended)) == sorted(made.sid for made in (desk.phones.made[0], desk.phones.made[2]))
    answered = desk.told[-1]
    assert (answered["state"], answered["agent"], answered["seconds"]) == ("answered", "tom", 21)
    await desk.waits(rounds=1)
    await desk.ended("tom.1", "completed")
    assert len(desk.rung) == 3


async def test_an_agent_may_take_another_caller_than_the_one_that_rang() -> None:
    desk = Desk((EVA,))
    await desk.waits()
    await desk.taken("eva.1", desk.phones.made[0].sid, call="CA" + "b" * 32)
    assert desk.states == ["waiting"], "the one that rang still waits"
    await desk.ended("eva.1", "completed")
    await desk.waits(rounds=1)
    assert desk.rung == [EVA.phone, EVA.phone], "having talked to somebody else is no refusal"


async def test_on_the_way_into_the_queue_nobody_is_rung_and_nobody_sees_who_comes() -> None:
    desk = Desk()
    await desk.waits(rounds=None)
    assert (desk.rung, desk.states) == ([], [])
    desk.at += timedelta(seconds=15)
    await desk.waits()
    assert (len(desk.rung), desk.states) == (3, ["waiting"])
    wish = (await desk.bucket.waits(ANA)).at(3).wish
    assert wish is not None
    assert wish.at == desk.clock(), "the wait begins in the queue"


@pytest.mark.parametrize("first", ["enters", "taken"])
async def test_whom_an_agent_takes_before_a_round_of_waiting_has_talked_whatever_is_read_first(first: str) -> None:
    desk = Desk()
    for word in ("enters", "taken") if first == "enters" else ("taken", "enters"):
        await (desk.waits(rounds=None) if word == "enters" else desk.taken("eva.1", "CA9"))
    await desk.waits()
    assert (desk.rung, desk.states) == ([], ["answered"])
    talk = (await desk.bucket.waits(ANA)).talk
    assert talk is not None
    assert (talk[0], talk[1].taken and talk[1].taken.handle) == (3, "eva")


async def test_whose_key_found_nobody_may_be_rung_again_for_whoever_still_waits() -> None:
    desk = Desk((EVA,))
    await desk.waits()
    await desk.bucket.create_all([f"ring.{ANA}.3.{missed_key('eva.1')}"], b"1")
    assert len((await desk.bucket.waits(ANA)).at(3).ongoing) == 1, "it goes on until it ends"
    await desk.ended("eva.1", "completed")
    await desk.waits(rounds=1)
    assert desk.rung == [EVA.phone, EVA.phone]
    assert not (await desk.bucket.waits(ANA)).at(3).nobody


@pytest.mark.parametrize("first", ["gone", "waits"])
async def test_who_hangs_up_is_rung_for_no_longer_whatever_comes_first(first: str) -> None:
    desk = Desk()
    for _ in range(2):
        await (desk.gone() if first == "gone" else desk.waits())
        await (desk.waits() if first == "gone" else desk.gone())
    assert len(desk.phones.ended) == len(desk.rung) == (0 if first == "gone" else 3)
    assert desk.states == ([] if first == "gone" else ["waiting", "over"])


async def test_what_may_ring_for_whoever_has_gone_is_found_and_stopped() -> None:
    desk = Desk((EVA,))
    desk.phones.answer_is_lost = True
    with pytest.raises(TwilioAway):
        await desk.waits()
    for _ in range(2):
        await desk.gone()
    assert desk.phones.ended == [desk.phones.made[0].sid]


@pytest.mark.parametrize("word", ["gone", "waits"])
async def test_whoever_has_gone_keeps_no_telephone_from_others_after_a_hiccup_of_twilios(word: str) -> None:
    desk = Desk((EVA,))
    desk.phones.error = TwilioFailed("503")
    with pytest.raises(TwilioFailed):
        await desk.waits()
    desk.phones.error = None
    with pytest.raises(TwilioAway, match="under way"):
        await desk.gone()
    desk.at += timedelta(seconds=3)
    await (desk.gone() if word == "gone" else desk.waits())
    assert (desk.rung, (await desk.bucket.waits(ANA)).at(3).ongoing) == ([], ())
    assert [value for key, value in desk.bucket.values.items() if key.startswith("dial.")] == [b"-"]


async def test_who_can_be_rung_by_nobody_is_let_out_of_the_queue() -> None:
    desk = Desk()
    desk.phones.error = TwilioRefused(21215, "not allowed")
    await desk.waits(in_turn=True)
    assert (await desk.bucket.waits(ANA)).at(3).nobody
    assert desk.rung == []


@pytest.mark.parametrize("step", range(1, 14))
async def test_a_kill_at_each_write_rings_each_telephone_once(step: int) -> None:
    desk = Desk()
    desk.bucket.dies_after = step

    async def goes_through() -> None:
        await desk.waits()
        await desk.taken("eva.1", desk.phones.made[0].sid)

    with pytest.raises(Bucket.Killed):
        await goes_through()
    desk.bucket.dies_after = None
    desk.at += timedelta(seconds=60)
    await desk.waits()
    await desk.taken("eva.1", desk.phones.made[0].sid)
    assert sorted(desk.rung) == sorted(agent.phone for agent in TEAM)
    ring = (await desk.bucket.waits(ANA)).at(3)
    assert ring.taken is not None
    assert [leg.handle for leg in ring.ongoing] == []


@pytest.mark.parametrize("form", [{}, {LEG: "CA1"}, {LEG: "CA1.x/eva.1"}, {LEG: "CA1.3/eva"}])
async def test_a_leg_without_a_name_is_nobodys(form: dict[str, str]) -> None:
    with pytest.raises(Senseless):
        await Desk().ringer.leg_ended(form, TOLD)
