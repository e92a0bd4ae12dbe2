"""Digits that must not be kept: what may be the number of a card."""

import re
from typing import Final

CARD_DIGITS: Final = 12
"""From so many digits on it may be a card's: they have 12 to 19. No check sum is asked for: people mistype them too."""
_LONG: Final = re.compile(rf"(?:[0-9][ .-]?){{{CARD_DIGITS},}}")


def kept_digits(digits: str, *, sensitive: bool) -> str:
    """What is kept of digits: themselves, or `x16` for sixteen that are not."""
    return f"x{len(digits)}" if sensitive or len(digits) >= CARD_DIGITS else digits


def without_cards(text: str) -> str:
    """A text in which long runs of digits are dots."""
    return _LONG.sub(lambda match: "•" * len(match[0].rstrip(" .-")), text)
