"""Say, Play and Pause."""

from ventanilla_devstack.twilio.line import Heard, speaking_seconds
from ventanilla_devstack.twilio.twiml.reading import Document, Verb
from ventanilla_devstack.twilio.voice.leg import Leg, Next

_FOR_EVER = 1_000
_PLAY_SECONDS = 4.0
LANGUAGE = "en-US"


def as_heard(verb: Verb) -> Heard:
    """What a Say or a Play is to the ear."""
    if verb.name == "Say":
        voice = verb.get("voice", "man")
        spoken = voice.split(".", 1)[1] if "." in voice else ""
        language = verb.get("language") or ("-".join(spoken.split("-")[:2]) if spoken[:5].count("-") == 1 else LANGUAGE)
        return Heard("say", verb.text, language, voice)
    return Heard("keys" if verb.get("digits") else "play", verb.get("digits") or verb.text)


def seconds_of(verb: Verb) -> float:
    """How long a Say, a Play or a Pause takes."""
    if verb.name == "Pause":
        return verb.number("length", 1)
    if verb.name == "Say":
        return speaking_seconds(verb.text)
    return len(verb.get("digits")) * 0.5 if verb.get("digits") else _PLAY_SECONDS


def times(verb: Verb) -> int:
    """How often it is said; `0` is for ever."""
    return int(verb.number("loop", 1)) or _FOR_EVER


async def say(leg: Leg, verb: Verb, document: Document) -> Next:  # noqa: ARG001  # as every verb
    """Words or sounds; nobody can interrupt them."""
    for _ in range(times(verb)):
        leg.line.tell(as_heard(verb))
        await leg.elapse(seconds_of(verb))
    return None


async def pause(leg: Leg, verb: Verb, document: Document) -> Next:  # noqa: ARG001  # as every verb
    """Silence."""
    await leg.elapse(seconds_of(verb))
    return None
