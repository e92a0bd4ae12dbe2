"""The lines that programs draw between an answer and the message below it: "-----Original Message-----" and kin."""

from typing import Final

from intake_email.domain.quoting.phrases import (
    ANSWERED,
    EARLIER,
    FORWARD_ENDS,
    FORWARDED,
    FORWARDED_ALONE,
    FORWARDED_BY,
    as_phrase,
)

_PHRASES: Final = frozenset((*ANSWERED, *FORWARDED))
_FORWARDED: Final = frozenset(FORWARDED)
_ALONE: Final = frozenset(FORWARDED_ALONE)
_EARLIER: Final = frozenset(EARLIER)
# Written by a server over the message that it keeps below.
_STAMP: Final = "original message processed by david"
_RULE_CHARS = "-_=*–—─━~#+ \t\xa0"
_RULE_STARTS = "-_=*–—─━~#+"
_LINE_LIMIT = 160
_PHRASE_LIMIT = 60
_SHORTEST_RULE = 3


def is_separator(line: str) -> bool:
    """Whether a stripped line separates an answer from the message below it, or begins with what does."""
    if "rocessed by david" in line and line.lower().lstrip("[ ").startswith(_STAMP):
        return True
    if line[0] not in _RULE_STARTS:
        return line[-1] in ":：" and len(line) <= _PHRASE_LIMIT and as_phrase(line[:-1].rstrip()) in _ALONE
    if line[1:2] not in _RULE_CHARS or (line[1:2] == " " and line[-1] not in _RULE_CHARS):
        return False  # "- forwarded message" is an item of a list
    phrase = line[:_LINE_LIMIT].lstrip(_RULE_CHARS)
    # Yahoo and flattened HTML go on behind the rule with the head of the message.
    end = phrase.find("--")
    return _is_phrase(phrase[:end].strip(_RULE_CHARS) if end > 0 else phrase.strip(_RULE_CHARS + ":"))


def begins_forward(line: str) -> bool:
    """Whether a stripped line, with a rule or without, stands above a message that is passed on, not answered."""
    phrase = as_phrase(line[:_LINE_LIMIT].strip(_RULE_CHARS + ":："))
    return phrase in _FORWARDED or phrase.startswith(FORWARDED_BY)


def ends_forward(line: str) -> bool:
    """Whether a stripped line ends a message that stands between rules: "----- End forwarded message -----"."""
    if line[0] not in _RULE_STARTS or line[:2].strip(_RULE_CHARS):
        return False
    return as_phrase(line[:_LINE_LIMIT].strip(_RULE_CHARS)).startswith(FORWARD_ENDS)


def is_divider(line: str) -> bool:
    """Whether a stripped line is a rule with a few words in it, in whatever language: only heads stand below such."""
    return len(line) <= _PHRASE_LIMIT + 20 and line[:4] == "----" and line[-4:] == "----"


def names_earlier(line: str) -> bool:
    """Whether a stripped line is a forum's headline of earlier messages: "*Previous Replies*"."""
    return len(line) <= _PHRASE_LIMIT and as_phrase(line.strip("*_#: \t")) in _EARLIER


def is_announcement(line: str) -> bool:
    """Whether a stripped line names a message below it without a rule: "Forwarded message:"."""
    return len(line) <= _PHRASE_LIMIT and _is_phrase(line.strip(_RULE_CHARS + ":："))


def separator_within(line: str) -> int:
    """Where a separator begins in the middle of a line, -1 where there is none: flattened HTML glues lines together."""
    start = line.find("-----")
    if start < 1:
        return -1
    phrase = line[start : start + 120].lstrip("- ")
    end = phrase.find("--")
    return start if end > 0 and _is_phrase(phrase[:end].strip()) else -1


def is_rule(line: str) -> bool:
    """Whether a stripped line is only drawn: dashes, underscores, equals signs."""
    return len(line) >= _SHORTEST_RULE and line[0] in _RULE_CHARS and not line.strip(_RULE_CHARS)


def _is_phrase(text: str) -> bool:
    text = as_phrase(text)
    if text in _PHRASES:
        return True
    # Lotus Notes: "----- Forwarded by Ana Ruiz/ACME on 01/02/2010 10:00 AM -----" and its translations.
    # mutt: "----- Forwarded message from Ana Ruiz <ana@…> -----".
    return text.startswith(FORWARDED_BY) and ("@" in text or any(character.isdigit() for character in text[-40:]))
