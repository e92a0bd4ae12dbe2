"""A call of ours that is found in Twilio's list is told as its own webhook would have told it."""

import pytest

from intake_phone.domain.callbacks.attempt import BACK, leg_of, leg_query
from intake_phone.domain.callbacks.attempt import Name as Attempt
from intake_phone.domain.callbacks.attempt import read_leg as read_callback_leg
from intake_phone.domain.calls.legs import LEG
from intake_phone.domain.calls.made import end_of, leg_end_id
from intake_phone.domain.calls.waiting import Name, read_leg
from intake_phone.domain.telephones import out_key

ENDED = {"CallSid": "CA9", "CallStatus": "busy"}


@pytest.mark.parametrize("handle", ["eva", "eva.ruiz", "e-1_x"])
def test_the_end_of_a_leg_names_whom_it_was_for(handle: str) -> None:
    wait, attempt = Name("CA1", 3), Attempt("0f1c5e7a-52b1", 2)

    rung = end_of(f"{wait.prefix}{out_key(f'{handle}.2')}", "CA9", ENDED)
    assert rung is not None
    assert rung[:2] == ("leg", leg_end_id("CA9", f"{handle}.2"))
    assert read_leg(rung[2]) == (wait, f"{handle}.2")

    back = end_of(f"{attempt.prefix}{out_key(leg_of(handle))}", "CA9", ENDED)
    assert back is not None
    assert back[:2] == ("callback_leg", "CA9")
    assert read_callback_leg(back[2]) == (attempt, handle)
    assert back[2][BACK] in leg_query(attempt, handle).replace("%2F", "/")
    assert LEG not in back[2]


@pytest.mark.parametrize("key", ["", "page.p-1.call.1", "ring.CA1.3.wish", "text.SM1", "ring..out.x"])
def test_nobody_waits_for_the_end_of_any_other_call(key: str) -> None:
    assert end_of(key, "CA9", ENDED) is None
