"""Gather: keys, words, or whichever comes first.

https://www.twilio.com/docs/voice/twiml/gather
"""

from ventanilla_devstack.twilio.line import Key, Speech
from ventanilla_devstack.twilio.twiml.reading import Document, Verb
from ventanilla_devstack.twilio.voice.leg import Leg, Next
from ventanilla_devstack.twilio.voice.speech import as_heard, seconds_of, times

_TIMEOUT_SECONDS = 5.0


async def gather(leg: Leg, verb: Verb, document: Document) -> Next:
    """Ask, then listen. Without any input the next verb follows, unless the desk wants to know of that too."""
    await _prompt(leg, verb)
    digits, speech = await _collect(leg, verb)
    wants = verb.get("input", "dtmf").split()
    found: list[tuple[str, str]] = []
    if digits:
        found = [("Digits", digits)]
    elif speech is not None:
        found = [("SpeechResult", speech.text), ("Confidence", f"{speech.confidence:.8f}".rstrip("0"))]
    elif verb.get("actionOnEmptyResult") == "true":
        found = [(name, "") for name, kind in (("Digits", "dtmf"), ("SpeechResult", "speech")) if kind in wants]
    if not found:
        return None
    return leg.request(verb.get("action") or document.url, verb.get("method"), document, found)


async def _prompt(leg: Leg, verb: Verb) -> None:
    """What is said meanwhile: whoever presses a key need not hear the rest."""
    for child in verb.children:
        for _ in range(times(child)):
            if leg.line.waiting:
                return
            if child.name != "Pause":
                leg.line.tell(as_heard(child))
            await leg.until(leg.line.until_acts(seconds_of(child)))
            if leg.line.by_hand and child.get("loop") == "0":
                break  # it goes on for ever, and is heard once by somebody who need not wait


async def _collect(leg: Leg, verb: Verb) -> tuple[str, Speech | None]:
    wants = verb.get("input", "dtmf").split()
    finish, most = verb.get("finishOnKey", "#"), int(verb.number("numDigits", 0))
    timeout = verb.number("timeout", _TIMEOUT_SECONDS)
    digits = ""
    while True:
        event = await leg.until(leg.line.next_event(timeout))
        if event is None:
            return digits, None
        if isinstance(event, Key):
            if "dtmf" not in wants:
                continue
            if event.digit in finish:
                return digits, None
            digits += event.digit
            if most and len(digits) >= most:
                return digits, None
        elif "speech" in wants and not digits:
            return "", event
