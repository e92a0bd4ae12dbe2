"""Which values facts can have, and which questions about them are slips of the pen: nothing ever answers yes.

A reader of rules does not insist on it, so that a set in force stays in force; whoever publishes a set does.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Final, NamedTuple

from router.domain.conditions import Claim, Condition

_VERDICTS: Final = ("pass", "fail", "softfail", "neutral", "none", "temperror", "permerror", "policy")
"""RFC 8601 section 2.7."""
_EQUAL: Final = ("is", "is_not", "in", "not_in")
_DATE_BEGINS: Final = re.compile(r"[0-9-]{1,10}\Z")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{1,8})*\Z")
_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\Z")


class Range(NamedTuple):
    """The whole numbers that a fact can be; `most` None: any."""

    least: int
    most: int | None = None

    def __str__(self) -> str:
        return f"at least {self.least}" if self.most is None else f"from {self.least} to {self.most}"


class Form(NamedTuple):
    """How the values of a fact look: whether a text can be one, and for people how they are written."""

    fits: Callable[[str], bool]
    written: str


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


_COUNT: Final = Range(0)
_CODE: Final = Form(lambda text: bool(_LANGUAGE.match(text)), "it is a code such as `es`, in small letters")
_VERDICT: Final = Form(lambda text: text in _VERDICTS, f"it is one of {', '.join(_VERDICTS)}")

RANGES: Final = {
    "time.hour": Range(0, 23),
    "time.weekday": Range(1, 7),
    "message.length": _COUNT,
    "message.recipients": _COUNT,
    "customer.open_tickets": _COUNT,
    "customer.tickets": _COUNT,
    "attachments.count": _COUNT,
    "attachments.bytes": _COUNT,
}
FORMS: Final = {
    "auth.spf": _VERDICT,
    "auth.dkim": _VERDICT,
    "auth.dmarc": _VERDICT,
    "auth.arc": _VERDICT,
    "message.language": _CODE,
    "customer.language": _CODE,
    "message.bounce_status": Form(lambda text: bool(_STATUS.match(text)), "it is a status code such as `5.1.1`"),
    "sender.domain": Form(lambda text: "@" not in text, "it is what stands behind the @"),
    "time.date": Form(_is_date, "it is a date such as `2026-12-24`"),
}
_PART_FORMS: Final[dict[tuple[str, str], Callable[[str], bool]]] = {
    **dict.fromkeys(
        (("sender.domain", operator) for operator in ("starts_with", "ends_with", "contains")),
        FORMS["sender.domain"].fits,
    ),
    ("time.date", "starts_with"): lambda text: bool(_DATE_BEGINS.match(text)),
}
"""What can be a part of such a value, where that is certain."""


def why_never(condition: Condition) -> tuple[str, str] | None:
    """Why nothing ever answers a question with yes, or never with no, and what to do; None: something may."""
    claim, constant = condition.claim, condition.constant
    if isinstance(constant, str):
        return f"“{condition.text}” fails whatever the message: {constant}", "let it ask for a fact"
    if constant is False:
        return f"“{condition.text}” is never true, whatever the message", "take the rule out, or let it ask for a fact"
    if claim is None:
        return None
    if claim.fact in RANGES:
        return _number(claim, RANGES[claim.fact])
    return _text(claim, FORMS[claim.fact]) if claim.fact in FORMS else None


def _number(claim: Claim, range_: Range) -> tuple[str, str] | None:
    numbers = [number for number in _operands(claim) if isinstance(number, int)]
    for number in numbers:
        outside = number < range_.least or (range_.most is not None and number > range_.most)
        if claim.operator in _EQUAL and outside:
            return f"{claim.fact} is never {number}", f"it is {range_}"
        above = range_.most is not None and number > range_.most
        below = number < range_.least
        if (claim.operator == "at_least" and above) or (claim.operator == "at_most" and below):
            return f"{claim.fact} is never {claim.operator.replace('_', ' ')} {number}", f"it is {range_}"
    return None


def _text(claim: Claim, form: Form) -> tuple[str, str] | None:
    fits = form.fits if claim.operator in _EQUAL else _PART_FORMS.get((claim.fact, claim.operator))
    if fits is None:
        return None
    for text in _operands(claim):
        if isinstance(text, str) and not fits(text):
            return f"{claim.fact} is never {text}", form.written
    return None


def _operands(claim: Claim) -> tuple[object, ...]:
    return claim.operand if isinstance(claim.operand, tuple) else (claim.operand,)
