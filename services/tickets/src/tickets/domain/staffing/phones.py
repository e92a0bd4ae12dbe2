"""Telephones of agents and customers: one way to write a number, and none that costs the desk money by itself."""

from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

MOST_PHONE_CHARS: Final = 40
ONE_PHONE_ONE_AGENT: Final = "who answers it must be one person: their name stands on the ticket"
"""Why no two agents at work have the same number."""
_PAID_FOR: Final = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})
_NO_COUNTRY_S: Final = frozenset({808, 870, 878, 881, 882, 883, 888, 979})
"""Codes of satellites, ships and networks of the whole world: a minute costs several euros. 800 is free to call."""
_KNOWN_DIGITS: Final = 2
_CODE_CHARS: Final = 3


def phone_of(text: str) -> str:
    """A number that the desk may ring, in E.164, as `number_of` has it.

    Raises:
        ValueError: says what is wrong with it, never the number itself: what is refused is logged.
    """
    number = number_of(text)
    if costs_extra(number):
        raise ValueError("is a number for which callers pay extra; the desk does not ring such")
    return number


def number_of(text: str) -> str:
    """A number in E.164 (`+34600111222`), whatever spaces, hyphens and brackets it is written with.

    Raises:
        ValueError: as `phone_of`.
    """
    if not text.strip().startswith("+"):
        raise ValueError("must begin with + and the country's code, for example +34600111222")
    try:
        parsed = phonenumbers.parse(text)
    except NumberParseException as error:
        raise ValueError("is no telephone number; write it like +34600111222") from error
    if parsed.extension or not phonenumbers.is_possible_number(parsed):
        raise ValueError("is no number that can be called as it stands; write it like +34600111222")
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def costs_extra(text: str) -> bool:
    """Whether that is a number, and one for which callers pay extra."""
    try:
        parsed = phonenumbers.parse(text)
    except NumberParseException:
        return False
    return parsed.country_code in _NO_COUNTRY_S or phonenumbers.number_type(parsed) in _PAID_FOR


def masked_phone(phone: str | None) -> str | None:
    """`+34•••••••22`: enough to recognise a number that one knows. None: there is none."""
    if phone is None:
        return None
    hidden = max(0, len(phone) - _CODE_CHARS - _KNOWN_DIGITS)
    return f"{phone[:_CODE_CHARS]}{'•' * hidden}{phone[-_KNOWN_DIGITS:]}"
