"""The end of a call settles its waits: nobody is rung for it any more, and who talked is found out where a word was
lost.
"""

from datetime import timedelta
from typing import Any

import pytest

from intake_phone.domain.calls.legs import LEG
from intake_phone.domain.calls.record import CallRecord, Noted
from intake_phone.domain.calls.ringing import Ring, Waits
from intake_phone.domain.calls.turn import Entry
from intake_phone.domain.calls.waiting import SERVED_FIELD, Name, name_form
from intake_phone.errors import TwilioAway
from intake_phone.handlers.legs.place import Placer
from intake_phone.handlers.legs.settle import Settler
from tests.unit.intake_phone.test_ringing import ANA, EVA, NORA, TOLD, TOM, Desk
from ventanilla_runtime.delivery import Delivery

BEN = "CA" + "b" * 32
LATE = Delivery("desk.phone.accepted.v1.talked", b"", {}, "PHONE", "2026-11-28T09:00:00Z", 1, 9, 0, "")
SERVED = CallRecord((Noted("04", "teams", {}, (Entry(4, 0, "answered", "support", "first-line"),), waited_seconds=7),))


class Ends(Desk):
    """A desk whose callers' calls end; `recordings` are of agents' legs."""

    def __init__(self, *members: Any) -> None:
        super().__init__(members or (EVA, TOM, NORA))
        self.recordings: dict[str, list[str]] = {}

    @property
    def settler(self) -> Settler:
        placer = Placer(self.bucket, self.phones, 15.0, lambda: self.at)
        return Settler(state=self.bucket, rings=self.bucket, placer=placer, staff=self)

    async def ends(self, *, patient: bool = False) -> Waits:
        return await self.settler.settle(ANA, patient=patient)

    async def recorded(self, leg: str) -> list[str]:
        return self.recordings.get(leg, [])

    async def talk(self, record: CallRecord = SERVED) -> Ring | None:
        found = await self.settler.talk(await self.ends(), record, self.recorded)
        return found[1] if found else None

    async def talked(self, leg: str, by: str, call: str = ANA, delivery: Delivery = TOLD) -> None:
        form = {"CallSid": by, LEG: f"{ANA}.3/{leg}", "DialCallSid": call, "At": str(self.clock())}
        await self.ringer.talked(form, delivery)

    async def served(self) -> None:
        await self.ringer.gone(name_form(Name(ANA, 3)) | {SERVED_FIELD: "1"}, TOLD)


async def test_who_hangs_up_before_the_queue_is_rung_for_no_longer() -> None:
    desk = Ends()
    await desk.waits(in_turn=True)
    await desk.ends(patient=True)
    await desk.ended("eva.1", "canceled")
    await desk.waits(in_turn=True, rounds=1)

    assert (desk.rung, len(desk.phones.ended)) == ([EVA.phone], 1)


async def test_a_word_that_somebody_waits_is_too_late_after_the_end_of_the_call() -> None:
    desk = Ends()
    await desk.ends(patient=True)
    await desk.waits()

    assert (desk.rung, desk.states) == ([], [])


async def test_a_wait_that_ends_while_its_word_is_read_is_told_of_as_ended() -> None:
    desk = Ends()
    create = desk.bucket.create_all

    async def gone_meanwhile(keys: list[str], value: bytes) -> list[bool]:
        if keys == [f"ring.{ANA}.3.wish"]:
            await desk.gone()
        return await create(keys, value)

    desk.bucket.create_all = gone_meanwhile  # type: ignore[method-assign,assignment]  # between two writes
    await desk.waits()
    assert (desk.states, desk.rung) == (["waiting", "over"], [])


async def test_what_rings_for_an_ended_call_while_twilio_is_away_is_stopped_a_little_later() -> None:
    desk = Ends(EVA)
    await desk.waits()
    desk.phones.error = TwilioAway("down")
    with pytest.raises(TwilioAway):
        await desk.ends(patient=True)
    assert (await desk.ends()).over, "the ticket does not wait for it for ever"


async def test_a_talk_of_which_nobody_heard_at_first_is_told_by_the_agents_leg() -> None:
    desk = Ends()
    await desk.waits(in_turn=True)
    desk.at += timedelta(seconds=30)
    for _ in range(2):
        await desk.talked("eva.1", desk.phones.made[0].sid)
    await desk.ended("eva.1", "completed")

    [talk] = [await desk.talk(CallRecord())]
    assert talk is not None
    assert talk.taken is not None
    assert (talk.taken.name, desk.rung, desk.states) == ("Eva", [EVA.phone], ["waiting", "answered"])


async def test_a_talk_that_was_heard_of_is_not_told_twice() -> None:
    desk = Ends()
    await desk.waits()
    await desk.taken("eva.1", desk.phones.made[0].sid, call=BEN)
    writes = desk.bucket.writes
    await desk.talked("eva.1", desk.phones.made[0].sid, call="")

    assert desk.bucket.writes == writes
    assert not (await desk.bucket.waits(ANA)).at(3).over, "it was with somebody else"


async def test_where_twilio_does_not_say_with_whom_they_talked_it_is_sure_once_the_wait_is_over() -> None:
    desk = Ends()
    await desk.waits(in_turn=True)
    with pytest.raises(TwilioAway):
        await desk.talked("eva.1", desk.phones.made[0].sid, call="")
    await desk.served()
    await desk.talked("eva.1", desk.phones.made[0].sid, call="")
    ring = (await desk.bucket.waits(ANA)).at(3)
    assert ring.taken is not None
    assert desk.states == ["waiting"], "the end of the call tells the rest"


async def test_whoever_still_waits_after_somebody_talked_to_nobody_knows_whom_is_rung_for_on() -> None:
    desk = Ends()
    await desk.waits(in_turn=True)
    await desk.talked("eva.1", desk.phones.made[0].sid, call="", delivery=LATE)
    await desk.ended("eva.1", "completed")
    assert desk.rung == [EVA.phone, TOM.phone]


async def test_a_leg_that_lasted_as_long_as_a_talk_waits_for_the_word_of_it_before_the_next_one_rings() -> None:
    desk = Ends()
    await desk.waits(in_turn=True)
    form = {LEG: f"{ANA}.3/eva.1", "CallStatus": "completed", "CallDuration": "31"}
    with pytest.raises(TwilioAway):
        await desk.ringer.leg_ended(form, TOLD)
    assert desk.rung == [EVA.phone]
    await desk.ringer.leg_ended(form, LATE)
    await desk.ringer.leg_ended({**form, LEG: f"{ANA}.3/tom.1", "CallDuration": "20"}, TOLD)
    assert desk.rung == [EVA.phone, TOM.phone, NORA.phone]


async def test_after_a_talk_of_which_nobody_knows_with_whom_nobody_is_rung() -> None:
    desk = Ends()
    await desk.waits(in_turn=True)
    await desk.served()
    await desk.ended("eva.1", "completed")
    assert (desk.rung, desk.states) == ([EVA.phone], ["waiting"])


async def test_the_end_of_a_call_waits_for_the_word_of_who_talked_and_takes_the_only_one_who_can_have() -> None:
    desk = Ends(EVA, TOM)
    await desk.waits(in_turn=True)
    await desk.ended("eva.1", "no-answer")
    desk.phones.statuses[desk.phones.made[1].sid] = "in-progress"
    with pytest.raises(TwilioAway):
        await desk.ends(patient=True)
    talk = await desk.talk()
    assert talk is not None
    assert talk.taken is not None
    assert (talk.taken.name, talk.taken.leg, talk.taken.at) == ("Tom", desk.phones.made[1].sid, desk.clock() + 7)
    assert await desk.talk(CallRecord()) is None, "nothing says that anybody talked"


async def test_of_two_who_can_have_talked_the_recording_tells_who_did_and_two_tell_nothing() -> None:
    desk = Ends(EVA, TOM)
    await desk.waits(queue="first-line.recorded")
    for place, agent in enumerate(("eva", "tom")):
        await desk.ended(f"{agent}.1", "completed")
        desk.recordings[desk.phones.made[place].sid] = ["RE1"] * place
    talk = await desk.talk(CallRecord())
    assert talk is not None
    assert talk.taken is not None
    assert talk.taken.handle == "tom"
    desk.recordings[desk.phones.made[0].sid] = ["RE2"]
    assert await desk.talk() is None, "one of them talked to somebody else"


async def test_a_leg_whose_end_nobody_told_is_asked_for_once_it_should_have_ended_long_ago() -> None:
    desk = Ends(EVA, TOM)
    await desk.waits(in_turn=True)
    desk.phones.statuses[desk.phones.made[0].sid] = "busy"
    desk.at += timedelta(seconds=20)
    await desk.waits(in_turn=True, rounds=1)
    assert (desk.phones.asked, len(desk.rung)) == ([], 1)
    desk.at += timedelta(seconds=20)
    await desk.waits(in_turn=True, rounds=2)
    assert (desk.phones.asked, desk.rung) == ([desk.phones.made[0].sid], [EVA.phone, TOM.phone])


async def test_while_an_agent_listens_or_twilio_is_away_a_leg_goes_on() -> None:
    desk = Ends(EVA, TOM)
    await desk.waits(in_turn=True)
    desk.phones.statuses[desk.phones.made[0].sid] = "in-progress"
    desk.at += timedelta(seconds=40)
    await desk.waits(in_turn=True, rounds=1)
    desk.phones.error = TwilioAway("down")
    await desk.waits(in_turn=True, rounds=2)
    assert desk.rung == [EVA.phone]
