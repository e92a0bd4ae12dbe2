"""The verbs and nouns that we know: their attributes, what each may be, what may stand in them.

From https://www.twilio.com/docs/voice/twiml and its pages for each verb. Each check comes with the number of the
warning that Twilio has for it; 12200 is the one for everything without a number of its own.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

Check = Callable[[str], bool]
SCHEMA = 12200
E164 = re.compile(r"\+[1-9]\d{6,14}")
_KEYS = re.compile(r"[0-9*#]*")
_VOICE = re.compile(r"(man|woman|alice)|(Polly|Google)\.[A-Za-z0-9-]+(-(Neural|Generative))?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?(-[A-Z]{2})?")


def whole(low: int, high: int) -> Check:
    """A whole number within bounds."""
    return lambda text: text.isascii() and text.isdigit() and low <= int(text) <= high


def one_of(*words: str) -> Check:
    """One of these words."""
    return lambda text: text in words


def many_of(*words: str) -> Check:
    """Some of these words, between spaces."""
    return lambda text: bool(text.split()) and set(text.split()) <= set(words)


def matching(pattern: re.Pattern[str]) -> Check:
    """Of a form."""
    return lambda text: bool(pattern.fullmatch(text))


def anything(_text: str) -> bool:
    """No check."""
    return True


def is_url(text: str) -> bool:
    """An address, absolute or relative to the document."""
    try:
        return urlsplit(text).scheme in ("", "http", "https")
    except ValueError:
        return False


_method, _bool = one_of("GET", "POST"), one_of("true", "false")
_recording_events = many_of("in-progress", "completed", "absent")
_call_events = many_of("initiated", "ringing", "answered", "completed")
_wishes: dict[str, tuple[Check, int]] = {
    "recordingStatusCallback": (is_url, SCHEMA),
    "recordingStatusCallbackMethod": (_method, SCHEMA),
    "recordingStatusCallbackEvent": (_recording_events, SCHEMA),
    "trim": (one_of("trim-silence", "do-not-trim"), SCHEMA),
}
_status: dict[str, tuple[Check, int]] = {
    "statusCallback": (is_url, SCHEMA),
    "statusCallbackMethod": (_method, SCHEMA),
    "statusCallbackEvent": (_call_events, SCHEMA),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """What an element may be.

    Attributes:
        attributes: a name to its check and the number of the warning.
        children: what may stand in it.
        nested: the number of the warning for anything else in it.
    """

    attributes: Mapping[str, tuple[Check, int]] = field(default_factory=dict)
    children: frozenset[str] = frozenset()
    nested: int = SCHEMA


_SSML = frozenset({"break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"})
VOICE: dict[str, Rule] = {
    "Say": Rule(
        {
            "voice": (matching(_VOICE), 13511),
            "language": (matching(_LANGUAGE), SCHEMA),
            "loop": (whole(0, 1000), 13510),
        },
        _SSML,
    ),
    "Play": Rule({"loop": (whole(0, 1000), 13410), "digits": (matching(re.compile(r"[0-9*#w,A-D]+")), SCHEMA)}),
    "Pause": Rule({"length": (whole(0, 14400), 13910)}),
    "Gather": Rule(
        {
            "action": (is_url, SCHEMA),
            "method": (_method, 13312),
            "input": (many_of("dtmf", "speech"), SCHEMA),
            "finishOnKey": (matching(_KEYS), 13310),
            "timeout": (lambda text: text == "auto" or whole(0, 600)(text), 13313),
            "speechTimeout": (lambda text: text == "auto" or whole(1, 600)(text), SCHEMA),
            "numDigits": (whole(1, 1000), 13314),
            "maxSpeechTime": (whole(1, 600), SCHEMA),
            "language": (matching(_LANGUAGE), SCHEMA),
            "hints": (anything, SCHEMA),
            "profanityFilter": (_bool, SCHEMA),
            "bargeIn": (_bool, SCHEMA),
            "enhanced": (_bool, SCHEMA),
            "debug": (_bool, SCHEMA),
            "speechModel": (anything, SCHEMA),
            "dtmfDetection": (anything, SCHEMA),
            "partialResultCallback": (is_url, SCHEMA),
            "partialResultCallbackMethod": (_method, SCHEMA),
            "actionOnEmptyResult": (_bool, SCHEMA),
        },
        frozenset({"Say", "Play", "Pause"}),
        13320,
    ),
    "Record": Rule(
        {
            "action": (is_url, SCHEMA),
            "method": (_method, 13610),
            "timeout": (whole(0, 600), 13611),
            "maxLength": (whole(1, 14400), 13612),
            "finishOnKey": (matching(_KEYS), 13613),
            "playBeep": (_bool, 13616),
            "transcribe": (_bool, 13614),
            "transcribeCallback": (is_url, SCHEMA),
            **_wishes,
        }
    ),
    "Dial": Rule(
        {
            "action": (is_url, SCHEMA),
            "method": (_method, 13210),
            "timeout": (whole(1, 600), 13212),
            "hangupOnStar": (_bool, 13213),
            "timeLimit": (whole(1, 86400), 13216),
            "callerId": (anything, 13214),
            "answerOnBridge": (_bool, SCHEMA),
            "ringTone": (anything, SCHEMA),
            "sequential": (_bool, SCHEMA),
            "record": (
                one_of(
                    "true", "false", "do-not-record", "record-from-answer", "record-from-ringing",
                    "record-from-answer-dual", "record-from-ringing-dual",
                ),
                13217,
            ),
            "referUrl": (is_url, SCHEMA),
            "referMethod": (_method, SCHEMA),
            "recordingTrack": (one_of("inbound", "outbound", "both"), SCHEMA),
            **_wishes,
        },
        frozenset({"Number", "Queue", "Client", "Sip", "Conference"}),
        13215,
    ),
    "Number": Rule(
        {
            "url": (is_url, SCHEMA),
            "method": (_method, 13221),
            "sendDigits": (matching(re.compile(r"[0-9*#w]+")), 13222),
            "byoc": (anything, SCHEMA),
            "machineDetection": (one_of("Enable", "DetectMessageEnd"), SCHEMA),
            "machineDetectionTimeout": (whole(3, 59), SCHEMA),
            "amdStatusCallback": (is_url, SCHEMA),
            "amdStatusCallbackMethod": (_method, SCHEMA),
            **_status,
        }
    ),
    "Queue": Rule({"url": (is_url, 14211), "method": (_method, 14210)}),
    "Client": Rule(
        {"url": (is_url, SCHEMA), "method": (_method, SCHEMA), **_status}, frozenset({"Identity", "Parameter"})
    ),
    "Sip": Rule(
        {"url": (is_url, SCHEMA), "method": (_method, 13241), "username": (anything, SCHEMA),
         "password": (anything, SCHEMA), **_status}
    ),
    "Enqueue": Rule(
        {
            "action": (is_url, 14203),
            "method": (_method, 14201),
            "waitUrl": (is_url, 14202),
            "waitUrlMethod": (_method, 14206),
            "maxQueueSize": (whole(1, 5000), SCHEMA),
        }
    ),
    "Leave": Rule(),
    "Hangup": Rule(),
    "Reject": Rule({"reason": (one_of("rejected", "busy"), SCHEMA)}),
    "Redirect": Rule({"method": (_method, 13710)}),
}  # fmt: skip
"""Verbs of a call, and the nouns within them."""

MESSAGING: dict[str, Rule] = {
    "Message": Rule(
        {
            "to": (anything, 14101),
            "from": (anything, 14102),
            "action": (is_url, SCHEMA),
            "method": (_method, 14104),
            "statusCallback": (is_url, 14105),
        },
        frozenset({"Body", "Media"}),
    ),
    "Body": Rule(),
    "Media": Rule(),
    "Redirect": Rule({"method": (_method, 13710)}),
}
"""Verbs of an answer to a text."""

NOUNS = frozenset({"Number", "Queue", "Client", "Sip", "Conference", "Body", "Media"})
"""What stands in verbs only."""
