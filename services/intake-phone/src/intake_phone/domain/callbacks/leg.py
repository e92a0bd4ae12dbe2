"""What an agent hears who is to call a customer back: for which ticket, then the customer. Only a key takes it.

A private voicemail that picks up presses no key, so no customer is ever called by one.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from intake_phone.domain.callbacks.attempt import ASKED, DIALLED, Name, Wanted, leg_query
from intake_phone.domain.twiml import DialNumber, Gather, Hangup, Link, Say, Verb, Voice

ACCEPT_KEY: Final = "1"
KEY_SECONDS: Final = 8
RING_SECONDS: Final = 35
"""How long the customer's telephone rings."""


def question(
    name: Name, handle: str, wanted: Wanted, language: str, voice: Voice, words: Mapping[str, str]
) -> Sequence[Verb]:
    """For which ticket, and which number; then the key."""
    spelt = _spelt(str(wanted.ticket), words), _spelt(wanted.number, words)
    said = Say(words["back.whisper"].format(ticket=spelt[0], number=spelt[1]), voice)
    asked = Link("callback", leg_query(name, handle, language, ASKED))
    return [Gather(asked, [said], voice, KEY_SECONDS, 1)]


def connecting(
    name: Name, handle: str, wanted: Wanted, language: str, voice: Voice, words: Mapping[str, str]
) -> Sequence[Verb]:
    """The customer's telephone rings, and shows the desk's number."""
    dialled = Link("callback", leg_query(name, handle, language, DIALLED))
    return [Say(words["back.calling"], voice), DialNumber(dialled, wanted.number, RING_SECONDS, wanted.desk)]


def unneeded(voice: Voice, words: Mapping[str, str]) -> Sequence[Verb]:
    """Nobody is to be called any more, or somebody else does."""
    return [Say(words["back.gone"], voice), Hangup()]


def after(outcome: str, voice: Voice, words: Mapping[str, str]) -> Sequence[Verb]:
    """What the agent hears when the customer's call has ended."""
    text = words.get(f"back.{outcome}")
    return [*([Say(text, voice)] if text else []), Hangup()]


def _spelt(digits: str, words: Mapping[str, str]) -> str:
    return ", ".join(words[f"digit.{digit}"] for digit in digits if f"digit.{digit}" in words)
