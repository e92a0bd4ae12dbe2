"""A call of the desk's is made once for its key: whoever dies, whatever Twilio answers, however many try."""

from datetime import UTC, datetime, timedelta

import pytest

from intake_phone.domain.calls.placing import Placing, read_placing, written
from intake_phone.errors import TwilioAway, TwilioBusy, TwilioFailed, TwilioRefused, TwilioUnreached
from intake_phone.handlers.legs.place import Placer
from intake_phone.ports.calling import MadeCall, Wanted
from tests.unit.intake_phone.around_calls import Bucket, Phones

NOW = datetime(2026, 11, 28, 10, tzinfo=UTC)
EVA = Wanted("+34600000011", "+34910000100", "https://desk.example/leg", "https://desk.example/told", 20)
KEY = "ring.CA1.3.out.eva.1"


class Trying:
    """A bucket and Twilio, and placers that come to them one after the other."""

    def __init__(self) -> None:
        self.bucket = Bucket()
        self.phones = Phones(self.clock)
        self.at = NOW

    def clock(self) -> float:
        return self.at.timestamp()

    @property
    def placer(self) -> Placer:
        return Placer(self.bucket, self.phones, 15.0, lambda: self.at)

    async def place(self, key: str = KEY) -> Placing:
        return await self.placer.place(key, EVA)

    def pass_by(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


async def test_a_call_is_made_once_however_often_it_is_asked_for() -> None:
    trying = Trying()
    first = await trying.place()
    assert (await trying.place(), len(trying.phones.made)) == (first, 1)
    assert (await trying.place("ring.CA1.3.out.eva.2")).sid != first.sid


@pytest.mark.parametrize("after", [1.0, 60.0])
async def test_a_call_that_was_made_without_our_knowing_is_found(after: float) -> None:
    trying = Trying()
    trying.phones.answer_is_lost = True
    with pytest.raises(TwilioAway):
        await trying.place()
    trying.pass_by(after)
    assert (await trying.place()).sid == trying.phones.made[0].sid
    assert len(trying.phones.made) == 1


async def test_a_call_that_was_not_made_is_made_when_nobody_can_be_at_it_any_more() -> None:
    trying = Trying()
    trying.phones.error = TwilioAway("down")
    with pytest.raises(TwilioAway):
        await trying.place()
    trying.phones.error = None
    trying.pass_by(5)
    with pytest.raises(TwilioAway, match="under way"):
        await trying.place()
    trying.pass_by(20)
    assert (await trying.place()).sid
    assert len(trying.phones.made) == 1


@pytest.mark.parametrize("error", [TwilioBusy("slower", 2), TwilioUnreached("no route")])
async def test_what_was_surely_not_done_is_made_at_once_the_next_time_and_keeps_no_telephone(error: Exception) -> None:
    trying = Trying()
    trying.phones.error = error
    with pytest.raises(type(error)):
        await trying.place()
    trying.phones.error = None
    assert (await trying.place("back.1.1.out.eva.1")).sid
    assert (await trying.place()).sid


@pytest.mark.parametrize("made", [False, True])
async def test_of_what_twilio_itself_says_that_it_failed_its_list_is_asked_soon(made: bool) -> None:
    trying = Trying()
    trying.phones.answer_is_lost, trying.phones.lost_with = made, TwilioFailed("503")
    trying.phones.error = None if made else TwilioFailed("503")
    with pytest.raises(TwilioFailed):
        await trying.place()
    trying.phones.error = None
    trying.pass_by(3)
    assert (await trying.place()).sid
    assert len(trying.phones.made) == 1


@pytest.mark.parametrize(("made", "calls"), [(False, 1), (True, 2)])
async def test_whom_nobody_rings_for_any_more_keeps_no_telephone_from_others(made: bool, calls: int) -> None:
    trying = Trying()
    trying.phones.answer_is_lost, trying.phones.lost_with = made, TwilioFailed("503")
    trying.phones.error = None if made else TwilioFailed("503")
    with pytest.raises(TwilioFailed):
        await trying.place()
    trying.phones.error = None
    trying.pass_by(1)
    if not made:
        with pytest.raises(TwilioBusy):
            await trying.place("ring.CA2.3.out.eva.1")
        trying.pass_by(2)
    other = await trying.place("ring.CA2.3.out.eva.1")
    assert len(trying.phones.made) == calls
    known = read_placing(trying.bucket.values["ring.CA1.3.out.eva.1"])
    assert known is not None
    assert (known.sid == trying.phones.made[0].sid) is made
    assert other.sid == trying.phones.made[-1].sid


async def test_an_answer_that_comes_after_others_have_found_the_call_takes_no_telephone_from_them() -> None:
    trying = Trying()
    make = trying.phones.make_call

    async def slow(wanted: Wanted) -> MadeCall:
        trying.phones.make_call = make  # type: ignore[method-assign]  # once
        made = await make(wanted)
        await trying.placer.found_out(KEY)
        trying.phones.answer_is_lost = True
        with pytest.raises(TwilioAway):
            await trying.place("ring.CA2.3.out.eva.1")
        return made

    trying.phones.make_call = slow  # type: ignore[method-assign]  # as above
    assert (await trying.place()).sid == trying.phones.made[0].sid
    [kept_for] = [value for key, value in trying.bucket.values.items() if key.startswith("dial.")]
    assert kept_for.endswith(b" ring.CA2.3.out.eva.1")


async def test_what_became_of_a_call_is_found_out_for_whoever_gives_it_up() -> None:
    trying = Trying()
    trying.phones.answer_is_lost = True
    assert await trying.placer.found_out(KEY) is None
    with pytest.raises(TwilioAway):
        await trying.place()
    found = await trying.placer.found_out(KEY)
    assert found is not None
    assert found.sid == trying.phones.made[0].sid
    assert (await trying.place("back.1.1.out.eva.1")).sid, "the telephone is free"


async def test_what_may_be_under_way_is_not_given_up_before_it_cannot_be_any_more() -> None:
    trying = Trying()
    trying.phones.error = TwilioAway("broken off")
    with pytest.raises(TwilioAway):
        await trying.place()
    trying.phones.error = None
    with pytest.raises(TwilioAway, match="under way"):
        await trying.placer.found_out(KEY)
    trying.pass_by(21)
    found = await trying.placer.found_out(KEY)
    assert found is not None
    assert (found.sid, found.tried) == ("", 0)
    assert (await trying.place("back.1.1.out.eva.1")).sid, "the telephone is free"
    assert (await trying.place()).sid, "a new try is one of its own"


async def test_a_refusal_is_final_and_told_again() -> None:
    trying = Trying()
    trying.phones.error = TwilioRefused(21215, "not allowed")
    refused = await trying.place()
    assert (refused.refused, refused.sid) == ("21215: not allowed", "")
    trying.phones.error = None
    assert (await trying.place(), trying.phones.made) == (refused, [])


async def test_of_two_calls_in_doubt_to_one_telephone_none_takes_the_other_ones() -> None:
    trying = Trying()
    trying.phones.error = TwilioAway("503")
    with pytest.raises(TwilioAway):
        await trying.place()
    trying.phones.error = None
    trying.phones.answer_is_lost = True
    trying.pass_by(1.5)
    for _ in range(3):
        with pytest.raises(TwilioBusy, match="another call to this telephone"):
            await trying.place("back.1.1.out.eva.1")
    trying.pass_by(30)
    with pytest.raises(TwilioAway):
        await trying.place()  # made, and nobody hears of it
    first = await trying.place()
    second = await trying.place("back.1.1.out.eva.1")
    assert len({first.sid, second.sid}) == len(trying.phones.made) == 2


async def test_a_telephone_is_not_held_for_ever_by_whoever_died() -> None:
    trying = Trying()
    trying.bucket.dies_after = 1
    with pytest.raises(Bucket.Killed):
        await trying.place()
    trying.bucket.dies_after = None
    with pytest.raises(TwilioBusy):
        await trying.place("back.1.1.out.eva.1")
    trying.pass_by(60)
    assert (await trying.place("back.1.1.out.eva.1")).sid


async def test_a_call_under_another_key_is_not_taken_for_this_one() -> None:
    trying = Trying()
    other = await trying.place("ring.CA2.3.out.eva.1")
    trying.phones.answer_is_lost = True
    with pytest.raises(TwilioAway):
        await trying.place()
    trying.pass_by(30)
    found = await trying.place()
    assert found.sid != other.sid
    assert len(trying.phones.made) == 2


@pytest.mark.parametrize("step", range(4))
async def test_a_kill_at_each_step_makes_no_second_call(step: int) -> None:
    trying = Trying()
    trying.bucket.dies_after = step
    with pytest.raises(Bucket.Killed):
        await trying.place()
    trying.bucket.dies_after = None
    trying.pass_by(60)
    await trying.place()
    assert len(trying.phones.made) == 1


@pytest.mark.parametrize("value", [None, b"", b"1", b"[]", b"[1,2]", b'["x",1,"",""]', b"{}"])
def test_what_cannot_be_read_is_nothing(value: bytes | None) -> None:
    assert read_placing(value) is None
    placing = Placing(1.0, 2.0, "CA1", "")
    assert read_placing(written(placing)) == placing
