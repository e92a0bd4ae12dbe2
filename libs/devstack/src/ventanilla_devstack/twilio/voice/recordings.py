"""Recordings: how they are made, what is told of them, and their sound.

The sound is real (8 kHz, 16 bit, mono): a quiet tone as long as what was recorded, up to a minute of it. The words that
were spoken stand in a comment of the WAV, so that a stand-in for transcription has something to read.
"""

import array
import math
import struct
import sys

from ventanilla_devstack.twilio import fields
from ventanilla_devstack.twilio.exchange import Exchange
from ventanilla_devstack.twilio.ids import new_sid
from ventanilla_devstack.twilio.line import Line
from ventanilla_devstack.twilio.records import Call, Recording, Wish
from ventanilla_devstack.twilio.voice.site import Site

_RATE, _SOUND_SECONDS = 8_000, 60
_HERTZ, _LOUDNESS = 440, 1_500
_WORDS = 500
# A frame of MPEG-1 layer III, 32 kbit/s, 44.1 kHz, mono, with nothing in it but silence: 104 bytes, 26 ms.
_MP3_FRAME, _MP3_FRAME_SECONDS = b"\xff\xfb\x10\xc4" + bytes(100), 1152 / 44_100


def begin(site: Site, call: Call, source: str, wish: Wish, *, channels: int = 1) -> Recording:
    """A recording that starts now."""
    now = site.exchange.pace.now()
    recording = Recording(new_sid("RE"), call.sid, source, now, channels=channels, wish=wish, updated=now)
    site.exchange.add_recording(recording)
    tell(site, recording)
    return recording


def finish(site: Site, recording: Recording, seconds: float) -> None:
    """A recording is over; with nothing on it there is none."""
    recording.seconds = seconds
    recording.status = "completed" if seconds > 0 else "absent"
    tell(site, recording)


def tell(site: Site, recording: Recording) -> None:
    """Tell whoever wished to know of the state that it is in."""
    exchange = site.exchange
    recording.updated = exchange.pace.now()
    exchange.changed()
    wish = recording.wish
    if wish.url and recording.status in wish.events:
        told = fields.recording_status(exchange, recording, site.url)
        site.callbacks.send("recording", recording.sid, wish.url, wish.method, told)


class Tape:
    """A recording that runs beside a call, until it is stopped or the call ends."""

    def __init__(self, site: Site, call: Call, line: Line, recording: Recording) -> None:
        self.recording = recording
        self._site, self._call, self._line = site, call, line
        self._since: float | None = self._now()
        line.tapes.append(self._hear)
        site.tapes[recording.sid] = self

    def pause(self) -> None:
        """Nothing that follows is on it."""
        if self._since is not None:
            self.recording.seconds += self._now() - self._since
            self._since = None
            self.recording.status = "paused"

    def resume(self) -> None:
        """Go on."""
        if self._since is None:
            self._since = self._now()
            self.recording.status = "in-progress"

    def stop(self) -> None:
        """It is done."""
        self.pause()
        self._site.tapes.pop(self.recording.sid, None)
        if self._hear in self._line.tapes:
            self._line.tapes.remove(self._hear)
        finish(self._site, self.recording, max(self.recording.seconds, 1.0))

    def _hear(self, words: str) -> None:
        if self._since is not None and len(self.recording.words) < _WORDS:
            self.recording.words.append(words)

    def _now(self) -> float:
        return self._site.exchange.pace.clock() + self._call.skipped


def wav(recording: Recording) -> bytes:
    """Its sound as a WAV."""
    seconds = min(max(recording.seconds, 0.1), _SOUND_SECONDS)
    step = 2 * math.pi * _HERTZ / _RATE
    second = array.array("h", (round(_LOUDNESS * math.sin(step * number)) for number in range(_RATE)))
    samples = (second * math.ceil(seconds))[: int(seconds * _RATE)]
    if sys.byteorder == "big":
        samples.byteswap()
    sound = samples.tobytes()
    comment = " ".join(recording.words).encode()[:8_000]
    comment += b"\0" * (2 - len(comment) % 2)
    notes = b"INFOICMT" + struct.pack("<I", len(comment)) + comment
    form = struct.pack("<HHIIHH", 1, 1, _RATE, _RATE * 2, 2, 16)
    chunks = b"".join(
        name + struct.pack("<I", len(content)) + content
        for name, content in ((b"fmt ", form), (b"LIST", notes), (b"data", sound))
    )
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def mp3(recording: Recording) -> bytes:
    """As long a silence as an MP3."""
    seconds = min(max(recording.seconds, 0.1), _SOUND_SECONDS)
    return _MP3_FRAME * math.ceil(seconds / _MP3_FRAME_SECONDS)


def words_in(content: bytes) -> str:
    """The words in the comment of one of our WAVs; for whoever stands in for transcription."""
    at = content.find(b"ICMT")
    if at < 0 or len(content) < at + 8:
        return ""
    (length,) = struct.unpack_from("<I", content, at + 4)
    return content[at + 8 : at + 8 + length].rstrip(b"\0").decode(errors="replace")


def transcription(exchange: Exchange, recording: Recording, call: Call, base_url: str) -> list[tuple[str, str]]:
    """The callback of Record's own transcription."""
    sid = new_sid("TR")
    address = f"{base_url}/{fields.API_VERSION}/Accounts/{exchange.account.sid}/Transcriptions/{sid}"
    return [
        *fields.voice(exchange, call),
        ("TranscriptionSid", sid),
        ("TranscriptionText", " ".join(recording.words)),
        ("TranscriptionStatus", "completed"),
        ("TranscriptionType", "fast"),
        ("TranscriptionUrl", address),
        ("RecordingSid", recording.sid),
        ("RecordingUrl", fields.recording_url(exchange, recording, base_url)),
        ("url", address),
    ]
