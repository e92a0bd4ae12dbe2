"""What a request of Twilio's says that the caller, a phone or a queue did. Whatever is there is read; nothing
raises.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_OVER: Final = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
_DIGITS: Final = re.compile(r"[0-9*#]+\Z")
_SID: Final = re.compile(r"RE[0-9a-f]{32}\Z")
_CALL: Final = re.compile(r"CA[0-9a-f]{32}\Z")
_WORD: Final = re.compile(r"[a-z-]{1,40}\Z")
_WHOLE: Final = re.compile(r"[0-9]{1,9}\Z")
DIGIT_LIMIT: Final = 40
SPEECH_CHARS: Final = 500


@dataclass(frozen=True, slots=True)
class Heard:
    """One request. What it did not say is empty, or None where 0 would be an answer.

    Attributes:
        digits: keys pressed, out of 0-9, `*` and `#`. Never in a log, as `speech`: card numbers are said and typed.
        confidence: from 0 to 1; None where Twilio gave none, which it need not.
        dial: `DialCallStatus`. queue: `QueueResult`. queue_seconds: `QueueTime`. position: `QueuePosition`, from 1.
        recording: SID of a recording that has been made, and how long it is.
        hung_up: the call is over: what is answered is read by nobody.
        dialled: `DialCallSid`: whose call it was. dial_seconds: `DialCallDuration`: how long they talked.
    """

    digits: str = field(default="", repr=False)
    speech: str = field(default="", repr=False)
    confidence: float | None = None
    dial: str = ""
    queue: str = ""
    queue_seconds: int | None = None
    position: int | None = None
    recording: str = ""
    recording_seconds: int = 0
    hung_up: bool = False
    dialled: str = ""
    dial_seconds: int = 0

    @property
    def silent(self) -> bool:
        """Whether neither keys nor words came."""
        return not self.digits and not self.speech


def read_heard(fields: Mapping[str, str]) -> Heard:
    """What a webhook's form says."""

    def number(name: str) -> int | None:
        text = fields.get(name, "")
        return int(text) if _WHOLE.match(text) else None

    def word(name: str) -> str:
        text = fields.get(name, "")
        return text if _WORD.match(text) else ""

    # The action of a `<Record>` that the caller ended by hanging up has the word for it where the key would be.
    digits = fields.get("Digits", "")
    over = fields.get("CallStatus", "") in _OVER or digits == "hangup" or word("QueueResult") == "hangup"
    recording, dialled = fields.get("RecordingSid", ""), fields.get("DialCallSid", "")
    return Heard(
        digits[:DIGIT_LIMIT] if _DIGITS.match(digits) else "",
        fields.get("SpeechResult", "").strip()[:SPEECH_CHARS],
        _confidence(fields.get("Confidence", "")),
        word("DialCallStatus"),
        word("QueueResult"),
        number("QueueTime"),
        number("QueuePosition"),
        recording if _SID.match(recording) else "",
        number("RecordingDuration") or 0,
        over,
        dialled if _CALL.match(dialled) else "",
        number("DialCallDuration") or 0,
    )


def _confidence(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    # Models that give none write 0.0.
    return value if 0 < value <= 1 else None
