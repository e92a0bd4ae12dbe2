"""Who calls or writes, as far as the network says: a number in E.164, or why there is none. Nothing here ever raises.

A caller id is a claim of the network, never a proof: it makes somebody `plausible` at most. What stands in for a
withheld number is what a keypad makes of a word (`ANONYMOUS` is 266696687) or the word itself; none of these is a
number that anybody has.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType

MOST_CHARS: Final = 320
_KEYPAD_WORDS: Final = frozenset({"266696687", "7378742833", "86282452253", "8656696", "2562533"})
"""ANONYMOUS, RESTRICTED, UNAVAILABLE, UNKNOWN, BLOCKED: how Twilio shows a caller who withholds the number."""
_WORDS: Final = frozenset(
    (
        "anonymous",
        "restricted",
        "unavailable",
        "unknown",
        "private",
        "blocked",
        "withheld",
        "nocallerid",
        "privatenumber",
    )
)
_LETTERS: Final = re.compile(r"[^a-z]+")
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}\Z")
_SHORT: Final = re.compile(r"\+?[0-9]{3,6}\Z")
_NAME: Final = re.compile(r"(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9 &_+.-]{1,11}\Z")
_NOT_TEXTABLE: Final = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
        PhoneNumberType.PAGER,
    }
)
_PAID_FOR: Final = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})
"""The ticket service plans no call to these (`tickets.domain.staffing.phones`), nor to numbers of no country."""
_NO_COUNTRY_S: Final = frozenset({808, 870, 878, 881, 882, 883, 888, 979})
"""Codes of satellites, ships and networks of the whole world: a minute costs several euros. 800 is free to call."""


class Kind(StrEnum):
    """What stood where a caller's number is expected."""

    NUMBER = "number"
    WITHHELD = "withheld"
    SHORT_CODE = "short_code"
    NAME = "name"
    """A sender's name in place of a number, as in texts of companies."""
    CLIENT = "client"
    SIP = "sip"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody at the other end.

    Attributes:
        channel: `phone` or `whatsapp`.
        number: E.164 (`+34600111222`), or empty. Never in a log: `shown` is for that.
        country: ISO 3166 region of the number, for example ES; empty where there is none or it has no country.
        textable: a text may arrive there: a mobile number, or one of which that cannot be said.
    """

    kind: Kind
    channel: str = "phone"
    number: str = field(default="", repr=False)
    country: str = ""
    textable: bool = False

    @property
    def anonymous(self) -> bool:
        """Whether nobody can be called back at what was shown."""
        return not self.number

    @property
    def shown(self) -> str:
        """For logs and pages: enough to recognise a number that one knows, never the whole."""
        return masked_number(self.number) if self.number else str(self.kind)


WITHHELD: Final = Caller(Kind.WITHHELD)


def read_caller(raw: object, region: str | None = None) -> Caller:
    """Who that is, from a field such as `From`.

    Args:
        raw: whatever stood there, `None` and what is no text included.
        region: ISO 3166 region in which a number without `+` is dialled, or None: then it is malformed.
    """
    text = raw.strip() if isinstance(raw, str) else ""
    return _caller(text, region) if len(text) <= MOST_CHARS else Caller(Kind.MALFORMED)


@lru_cache(maxsize=4_096)
def _caller(text: str, region: str | None) -> Caller:
    scheme, colon, rest = text.partition(":")
    scheme = scheme.lower()
    if colon and scheme == "whatsapp":
        caller = _plain(rest.strip(), region)
        return Caller(caller.kind, "whatsapp", caller.number, caller.country, bool(caller.number))
    if colon and scheme == "client":
        return Caller(Kind.CLIENT)
    if colon and scheme in ("sip", "sips"):
        return WITHHELD if _is_withheld(rest.partition("@")[0]) else Caller(Kind.SIP)
    if colon and scheme == "tel":
        return _plain(rest.partition(";")[0].strip(), region)
    return _plain(text, region)


def e164(raw: object, region: str | None = None) -> str | None:
    """A number in E.164 that a network could route, or None."""
    return read_caller(raw, region).number or None


def dialled_number(digits: str, region: str | None = None) -> str | None:
    """The number in E.164 that somebody typed, or None: only one that exists, so that no card number passes for one.

    None that costs whoever calls it extra, either: the desk calls no such number back.

    Args:
        digits: `0034600111222`, or without `00` as it is dialled in `region`; without a region, with the country's
            code.
    """
    if digits.startswith("00") or region is None:
        parsed = _parsed(f"+{digits.removeprefix('00')}", None)
    else:
        parsed = _parsed(digits, region)
    if parsed is None or not phonenumbers.is_valid_number(parsed) or _is_paid_for(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def costs_extra(number: str) -> bool:
    """Whether whoever calls a number in E.164 pays extra for it."""
    parsed = _parsed(number, None)
    return parsed is not None and _is_paid_for(parsed)


def is_e164(text: str) -> bool:
    """Whether a text is a number in E.164 as it stands, and one that can exist."""
    return bool(_E164.match(text)) and e164(text) == text


def is_region(text: str) -> bool:
    """Whether a text is an ISO 3166 region that has a plan of numbers."""
    return text in phonenumbers.SUPPORTED_REGIONS


def masked_number(number: str) -> str:
    """`+34•••••••22`: the country's code and the last two digits."""
    parsed = _parsed(number, None)
    code = f"+{parsed.country_code}" if parsed else ""
    hidden = len(number) - len(code) - 2
    return f"{code}{'•' * hidden}{number[-2:]}" if code and hidden > 0 else "•" * min(len(number), 15)


def _is_paid_for(parsed: PhoneNumber) -> bool:
    return parsed.country_code in _NO_COUNTRY_S or phonenumbers.number_type(parsed) in _PAID_FOR


def _plain(text: str, region: str | None) -> Caller:
    if _is_withheld(text):
        return WITHHELD
    if _SHORT.match(text):
        return Caller(Kind.SHORT_CODE)
    parsed = _parsed(text, region)
    if parsed is not None and phonenumbers.is_possible_number(parsed):
        number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        if _E164.match(number):
            country = phonenumbers.region_code_for_number(parsed) or ""
            textable = phonenumbers.number_type(parsed) not in _NOT_TEXTABLE
            return Caller(Kind.NUMBER, "phone", number, country if country.isalpha() else "", textable)
    return Caller(Kind.NAME if _NAME.match(text) else Kind.MALFORMED)


def _is_withheld(text: str) -> bool:
    if text.removeprefix("+") in _KEYPAD_WORDS:
        return True
    letters = _LETTERS.sub("", text.lower())
    return not text or (letters in _WORDS and not any(char.isdigit() for char in text))


def _parsed(text: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except NumberParseException:
        return None
