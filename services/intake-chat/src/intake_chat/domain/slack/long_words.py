"""Words for a customer that are longer than a message of Slack: cut by us, where it can be seen that they are.

Slack itself cuts at 40,000 characters, in the middle of what stands there, and says so to nobody but the app.
"""

from typing import Final

from intake_chat.domain.slack.mrkdwn import escaped
from intake_chat.domain.slack.words import LANGUAGES

LONGEST: Final = 39_000
"""Characters of a message, as they are written in Slack's markup."""
_WORD: Final = 200
"""So many characters at the end are looked through for the end of a word."""
_THERE: Final = (
    "… (El mensaje no cabe entero aquí. Léalo en: {page})",
    "… (The message is too long for this place. Read it at: {page})",
)
_ASK: Final = (
    "… (El mensaje no cabe entero aquí. Pida el resto con el número {number}.)",
    "… (The message is too long for this place. Ask for the rest by the number {number}.)",
)
_NOWHERE: Final = (
    "… (El mensaje no cabe entero aquí. Pida el resto.)",
    "… (The message is too long for this place. Ask for the rest.)",
)


def fitting(said: str, more: str, *, page: str | None, number: int | None, language: str) -> str:
    """What is said and more below it, both in Slack's markup, in one message; what is said is cut if it must be.

    Args:
        page: where the customer reads the whole; without one they are told the ticket's number.
    """
    if not is_too_long(said, more):
        return _joined(said, more)
    which = LANGUAGES.index(language) if language in LANGUAGES else 1
    words = _THERE if page else _ASK if number is not None else _NOWHERE
    ends = [escaped(words[which].format(page=page, number=number)), *filter(None, [more])]
    room = LONGEST - sum(len(end) + 2 for end in ends)
    return "\n\n".join([_cut(said, room), *ends])


def is_too_long(said: str, more: str) -> bool:
    """Whether what is said is cut, so that it and more below it are one message."""
    return len(_joined(said, more)) > LONGEST


def _joined(said: str, more: str) -> str:
    return "\n\n".join(filter(None, (said, more)))


def _cut(marked: str, room: int) -> str:
    """The beginning of words in Slack's markup, with no half of an escaped sign or of a word at its end."""
    beginning = marked[:room]
    if (sign := beginning.rfind("&")) > beginning.rfind(";"):
        beginning = beginning[:sign]
    word = max(beginning.rfind(gap, len(beginning) - _WORD) for gap in " \n")
    return (beginning[:word] if word > 0 else beginning).rstrip()
