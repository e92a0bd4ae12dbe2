"""Calls that we made, found in Twilio's list: what each was for, as the word of its end would have said it."""

import re
from collections.abc import Mapping
from typing import Final

from intake_phone.domain.callbacks.attempt import BACK
from intake_phone.domain.calls.legs import LEG
from intake_phone.ports.lists import Kind

_KEY: Final = re.compile(r"(?P<what>ring|back)\.(?P<name>.+?\.[0-9]+)\.out\.(?P<handle>.+)\.(?P<number>[0-9]+)\Z")


def made_key(sid: str) -> str:
    """The key that says under which key a call of ours was made."""
    return f"made.{sid}"


def leg_end_id(sid: str, leg: str) -> str:
    """What names the end of an agent's leg, whoever tells it."""
    return f"{sid}.{leg}"


def end_of(key: str, sid: str, form: Mapping[str, str]) -> tuple[Kind, str, Mapping[str, str]] | None:
    """What the end of a call is to be accepted as: kind, id and form; None: nobody waits for it.

    Args:
        key: under which the call was made. form: as Twilio's list tells the end.
    """
    match = _KEY.match(key)
    if match is None:
        return None
    if match["what"] == "ring":
        leg = f"{match['handle']}.{match['number']}"
        return "leg", leg_end_id(sid, leg), {**form, LEG: f"{match['name']}/{leg}"}
    return "callback_leg", sid, {**form, BACK: f"{match['name']}/{match['handle']}"}
