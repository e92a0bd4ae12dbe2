"""Why a text was not sent or did not arrive, in the desk's words: from Twilio's codes.

https://www.twilio.com/docs/api/errors
"""

from collections.abc import Mapping
from typing import Final

OPTED_OUT: Final = "opted_out"
WINDOW_CLOSED: Final = "window_closed"
FILE_REFUSED: Final = "file_refused"
NO_TEXTS: Final = "no_texts"
"""No text ever arrives at that number, whoever sends it: a landline, which not every country's numbers show."""
OTHER: Final = "refused"
_REASONS: Final[Mapping[str, frozenset[int]]] = {
    OPTED_OUT: frozenset({21610, 63032, 63050}),
    WINDOW_CLOSED: frozenset({63016}),
    NO_TEXTS: frozenset({21614, 21635, 30006}),
    "no_address": frozenset({21211, 21214, 21217, 21604, 21612, 30005, 63003, 63024}),
    "not_allowed": frozenset({21408, 21215, 30454, 63005, 63031}),
    "blocked": frozenset({30004, 30007, 30034, 63018, 63049, 63051}),
    "unreachable": frozenset({30003, 30008, 30010, 63013}),
    "sender_unusable": frozenset({21212, 21606, 21659, 21660, 21661, 63002, 63007}),
    FILE_REFUSED: frozenset({11200, 12300, 30019, 63019, 63021}),
}
FAILED_STATES: Final = frozenset({"failed", "undelivered", "canceled"})
READ_STATE: Final = "read"
ARRIVED_STATES: Final = frozenset({"delivered", READ_STATE})
STATE_AT: Final = "at"
"""In what is told of a state: when it came about, whole seconds since 1970; only Twilio's lists say so."""


def reason_of(code: int | None) -> str:
    """The desk's word for a code of Twilio's."""
    return next((reason for reason, codes in _REASONS.items() if code in codes), OTHER)
