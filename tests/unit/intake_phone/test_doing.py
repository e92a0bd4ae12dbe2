"""What a call has done beside its documents: the recording around what must not be on it, a text once."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from intake_phone.domain.calls.effects import (
    PauseRecording,
    ResumeRecording,
    RingTeam,
    StartRecording,
    StopRinging,
    TextLink,
)
from intake_phone.domain.calls.legs import LEG
from intake_phone.domain.calls.links import Link, read_link
from intake_phone.domain.calls.state import State
from intake_phone.domain.calls.turn import Step
from intake_phone.domain.calls.waiting import Name, read_name, read_wish
from intake_phone.domain.numbers import read_caller
from intake_phone.errors import NotAccepted, TwilioAway
from intake_phone.handlers.calls.doing import Doer, NotPaused

CARMEN = read_caller("+34600000001")
NOW = datetime(2026, 11, 28, 10, tzinfo=UTC)


class Around:
    """Twilio and the bucket."""

    def __init__(self) -> None:
        self.done: list[Any] = []
        self.keys: set[str] = set()
        self.error: Exception | None = None
        self.hangs = False

    async def record_call(self, call: str, change: str) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if self.error:
            raise self.error
        self.done.append((call, change))

    async def create_all(self, keys: Sequence[str], value: bytes) -> list[bool]:
        made = [key not in self.keys for key in keys]
        self.keys.update(keys)
        return made

    async def put_all(self, keys: Sequence[str], value: bytes) -> None: ...

    async def get(self, key: str) -> bytes | None:
        return None

    async def accept(self, kind: str, sid: str, told: Mapping[str, str], door: str, seconds: float) -> None:
        if self.error:
            raise NotAccepted("the broker is away")
        self.done.append((kind, sid, dict(told)))

    def doer(self) -> Doer:
        return Doer(self, self, self, seconds=0.02, accept_seconds=0.02, stop_seconds=0.03, now=lambda: NOW)


async def test_a_recording_is_begun_paused_and_gone_on_with_in_order() -> None:
    around = Around()
    await around.doer().before("CA1", [StartRecording(), PauseRecording()])
    await around.doer().before("CA1", [ResumeRecording()])
    assert around.done == [("CA1", "start"), ("CA1", "pause"), ("CA1", "resume")]


@pytest.mark.parametrize("hangs", [True, False])
async def test_where_a_recording_cannot_be_paused_nothing_is_asked_for(hangs: bool) -> None:
    around = Around()
    around.error, around.hangs = TwilioAway("down"), hangs
    with pytest.raises(NotPaused):
        await around.doer().before("CA1", [PauseRecording()])
    await around.doer().before("CA1", [StartRecording(), ResumeRecording()])  # missing, which the ticket shows


async def test_a_link_is_kept_under_the_place_of_its_effect_or_it_is_said_that_it_is_not() -> None:
    around = Around()
    link = TextLink("+34600000001", "https://desk.example", "es")
    made = Step((), State("link", step=3), (StartRecording(), link))
    assert await around.doer().links_kept("CA1", "+34910000100", made)

    [(kind, name, form)] = around.done
    assert (kind, name) == ("link", "CA1.3.1")
    kept = Link("CA1", 3, 1, "link", "+34910000100", link.number, link.text, NOW.timestamp())
    assert read_link(form) == kept

    around.error = TwilioAway("down")
    assert not await around.doer().links_kept("CA1", "+34910000100", made)
    assert await around.doer().links_kept("CA1", "+34910000100", Step((), State("menu", step=3), (StartRecording(),)))


async def test_who_waits_and_who_waits_no_longer_is_told_of_under_names_that_do_not_change() -> None:
    around = Around()
    ring = RingTeam("first-line", "first-line", True, 20, "n=support&v=1", "es", None, 0)
    doer = around.doer()
    doer.beside("CA1", "+34910000100", CARMEN, Step((), State("support", step=3), (ring,)), came_from=2)
    left = Step((), State("message", step=4), (StopRinging("first-line"),))
    doer.beside("CA1", "+34910000100", CARMEN, left, came_from=3)
    await doer.close()

    (_, waits, form), (kind, gone, told) = around.done
    assert (waits, kind, gone, told) == ("CA1.3.0", "gone", "CA1.3", {"CallSid": "CA1", "Step": "3"})
    assert read_name(form) == Name("CA1", 3)
    wish = read_wish(form)
    assert (wish.caller, wish.in_turn, wish.leg, wish.at) == ("+34600000001", True, "n=support&v=1", NOW.timestamp())


async def test_a_wait_that_somebody_ended_and_a_talk_are_told_of_with_what_twilio_says_of_them() -> None:
    around = Around()
    doer = around.doer()
    served = Step((), State("support", step=3), (StopRinging("first-line", 9, served=True),))
    doer.beside("CA1", "+34910000100", CARMEN, served, came_from=3)
    await doer.talked("CA1.3/eva.1", "CA9", "CA1", 60)
    await doer.close()

    assert ("gone", "CA1.3", {"CallSid": "CA1", "Step": "3", "Served": "1"}) in around.done
    at = f"{NOW.timestamp() - 60:.3f}"
    told = {"CallSid": "CA9", LEG: "CA1.3/eva.1", "DialCallSid": "CA1", "At": at}
    assert ("talked", "CA9.CA1.3/eva.1", told) in around.done


async def test_a_word_that_the_broker_does_not_take_costs_no_call() -> None:
    around = Around()
    around.error = TwilioAway("down")
    doer = around.doer()
    doer.taken("CA1", "CA2.3/eva.1", "CA9")
    await doer.talked("CA2.3/eva.1", "CA9", "CA1", 60)
    await doer.close()
    assert around.done == []
