"""What Twilio says when it will not: the library tells it in three forms, of which lists have the poorest."""

import json
from dataclasses import dataclass
from typing import Final

from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.response import Response

_TEXT_CHARS: Final = 300


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal.

    Attributes:
        status: of the answer; 0: there was none that could be read.
        code: Twilio's own, https://www.twilio.com/docs/api/errors; 0 without one.
    """

    status: int
    code: int
    text: str


def refusal_in(error: TwilioException) -> Refusal:
    """What an exception of the library's tells."""
    if isinstance(error, TwilioRestException):
        return Refusal(int(error.status or 0), _whole(error.code), _line(error.msg))
    if isinstance(error, TwilioServiceException):
        return Refusal(int(error.status or 0), _whole(error.code), _line(error.detail or error.title))
    # A page of a list that could not be had: the answer itself stands among the arguments.
    answer = next((one for one in error.args if isinstance(one, Response)), None)
    if answer is None:
        return Refusal(0, 0, _line(error))
    try:
        told = json.loads(answer.text)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        return Refusal(int(answer.status_code or 0), 0, "")
    return Refusal(int(answer.status_code or 0), _whole(told.get("code")), _line(told.get("message")))


def _whole(code: object) -> int:
    text = str(code or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _line(text: object) -> str:
    return " ".join(str(text or "").split())[:_TEXT_CHARS]
