"""Whether a text asks for no more texts, for texts again, or what this number is.

Twilio reads its own English words before us and acts on them (https://help.twilio.com/articles/223134027): where it
says what it understood (`OptOutType`), that counts. A word that is understood here alone is acted on here alone.
"""

import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

MOST_CHARS: Final = 40
"""A text that only asks for this is one word; nobody looks for it in a longer one."""
_TWILIO: Final[Mapping[str, frozenset[str]]] = {
    "stop": frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}),
    "start": frozenset({"start", "unstop"}),  # `yes` is an answer to anything, and Twilio takes it so too
    "help": frozenset({"help", "info"}),
}
_OURS: Final[Mapping[str, frozenset[str]]] = {
    "stop": frozenset({"baja", "darme de baja", "darse de baja", "alto", "parar", "no mas", "cancelar"}),
    "start": frozenset({"alta", "darme de alta", "darse de alta"}),
    "help": frozenset({"ayuda"}),
}


class Wish(StrEnum):
    """What a text asks for beside, or in place of, help with something."""

    NONE = "none"
    STOP = "stop"
    START = "start"
    HELP = "help"


def wish_of(body: str, opt_out_type: str = "") -> Wish:
    """What a text asks for.

    Args:
        body: the whole text; only one that says nothing else counts.
        opt_out_type: `OptOutType` of the webhook, or empty: Twilio understood it and has answered.
    """
    told = opt_out_type.strip().lower()
    if told in _TWILIO:
        return Wish(told)
    word = _plain(body)
    for wish in _TWILIO:
        if word in _TWILIO[wish] or word in _OURS[wish]:
            return Wish(wish)
    return Wish.NONE


def is_spanish(body: str) -> bool:
    """Whether a wish was said with one of our own words, which are all Spanish."""
    word = _plain(body)
    return any(word in words for words in _OURS.values())


def is_answered_by_twilio(body: str, opt_out_type: str = "", *, whatsapp: bool = False) -> bool:
    """Whether Twilio itself has answered this wish, so that an answer of ours would be the second one.

    Args:
        whatsapp: where Twilio answers only when it says so.
    """
    if opt_out_type.strip().lower() in _TWILIO:
        return True
    # Twilio compares the text as it stands, without the spaces around it: "STOP." and "¡Stop!" are ours.
    word = body.strip().lower()
    return not whatsapp and any(word in words for words in _TWILIO.values())


def _plain(body: str) -> str:
    """The words without accents, capitals and signs; empty for a text that says more."""
    if len(body) > MOST_CHARS:
        return ""
    letters = unicodedata.normalize("NFKD", body.casefold())
    kept = (sign if sign.isalnum() else " " for sign in letters if not unicodedata.combining(sign))
    return " ".join("".join(kept).split())
