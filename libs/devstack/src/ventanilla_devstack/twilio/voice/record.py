"""Record: the caller's words, until a key, silence, the end of the tape or of the call.

https://www.twilio.com/docs/voice/twiml/record
"""

from urllib.parse import urljoin

from ventanilla_devstack.twilio import fields
from ventanilla_devstack.twilio.line import Heard, Key
from ventanilla_devstack.twilio.records import Wish
from ventanilla_devstack.twilio.twiml.reading import Document, Verb
from ventanilla_devstack.twilio.voice.leg import Break, HungUp, Leg, Next
from ventanilla_devstack.twilio.voice.recordings import begin, finish, transcription

_TIMEOUT_SECONDS, _MOST_SECONDS = 5.0, 3600.0
_KEYS = "1234567890*#"


def wish_of(verb: Verb, document: Document) -> Wish:
    """Where the desk wants to be told of a recording."""
    address = verb.get("recordingStatusCallback")
    return Wish(
        urljoin(document.url, address) if address else "",
        verb.get("recordingStatusCallbackMethod", "POST"),
        frozenset(verb.get("recordingStatusCallbackEvent", "completed").split()),
    )


async def record(leg: Leg, verb: Verb, document: Document) -> Next:
    """Record. Nothing said: no recording, and the next verb. Else the action, also when the caller has hung up."""
    if verb.get("playBeep") != "false":
        leg.line.tell(Heard("beep", ""))
    recording = begin(leg.site, leg.call, "RecordVerb", wish_of(verb, document))
    seconds, digits = 0.0, ""
    broken: Break | None = None
    try:
        seconds, digits = await _listen(leg, verb, recording.words)
    except _CutOff as cut:
        seconds, broken = cut.seconds, cut.reason
        digits = "hangup" if isinstance(broken, HungUp) else ""
    finish(leg.site, recording, seconds)
    if verb.get("transcribe") == "true" and verb.get("transcribeCallback") and seconds:
        told = transcription(leg.site.exchange, recording, leg.call, leg.site.url)
        address = urljoin(document.url, verb.get("transcribeCallback"))
        leg.site.callbacks.send("recording", recording.sid, address, "POST", told)
    following = leg.request(
        verb.get("action") or document.url,
        verb.get("method"),
        document,
        [
            ("RecordingUrl", fields.recording_url(leg.site.exchange, recording, leg.site.url)),
            ("RecordingSid", recording.sid),
            ("RecordingDuration", str(round(seconds))),
            ("Digits", digits),
        ],
    )
    if broken is not None:
        if seconds and isinstance(broken, HungUp):
            await leg.report(following)
        raise broken
    return following if seconds else None


class _CutOff(Exception):
    def __init__(self, seconds: float, reason: Break) -> None:
        super().__init__("cut off")
        self.seconds, self.reason = seconds, reason


async def _listen(leg: Leg, verb: Verb, words: list[str]) -> tuple[float, str]:
    finish_keys = verb.get("finishOnKey", _KEYS)
    silence = verb.number("timeout", _TIMEOUT_SECONDS) or _TIMEOUT_SECONDS
    most = verb.number("maxLength", _MOST_SECONDS)
    trim = verb.get("trim", "trim-silence") == "trim-silence"
    seconds = 0.0
    try:
        while True:
            event = await leg.until(leg.line.next_event(min(silence, most - seconds)))
            if event is None:
                # What nobody said is cut off at the end; with nothing said at all there is no recording.
                return (seconds + (0.0 if trim else silence) if seconds else 0.0), ""
            if isinstance(event, Key):
                if event.digit in finish_keys:
                    return seconds, event.digit
                continue
            if not leg.line.by_hand:
                await leg.elapse(min(event.seconds, most - seconds))
            words.append(event.text)
            seconds += min(event.seconds, most - seconds)
            if seconds >= most:
                return seconds, ""
    except Break as reason:
        raise _CutOff(seconds, reason) from reason
