"""A stand-in for a server that makes words of sound: `POST /v1/audio/transcriptions`, beside the local Twilio.

https://platform.openai.com/docs/api-reference/audio/createTranscription. It hears nothing: it says the words that the
local Twilio has written into its recordings. What it is given is checked as strictly as the real ones do.
"""

import re
from dataclasses import dataclass
from typing import Final

from aiohttp import BodyPartReader, web

from ventanilla_devstack.twilio.faults import Fault
from ventanilla_devstack.twilio.seed import TRANSCRIPTIONS
from ventanilla_devstack.twilio.voice.recordings import words_in
from ventanilla_devstack.twilio.voice.site import Site

_WHAT: Final = f"POST {TRANSCRIPTIONS}"
_MOST_BYTES: Final = 25 * 1024 * 1024
_MOST_FIELD_BYTES: Final = 4_096
_MOST_PARTS: Final = 20
_KEPT: Final = 100
_ENDINGS: Final = frozenset({"flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm"})
_FORMS: Final = ("json", "text", "verbose_json")
_LANGUAGE: Final = re.compile(r"[a-z]{2}")
_FAULTS: Final = {
    "internal_error": (500, "server_error", "The server had an error while processing your request."),
    "unavailable": (503, "server_error", "The engine is currently overloaded, please try again later."),
    "too_many": (429, "rate_limit_exceeded", "Rate limit reached for requests"),
}


@dataclass(frozen=True, slots=True)
class Transcribed:
    """One request that was answered: what was asked for, and how large the sound was."""

    model: str
    language: str
    size_bytes: int
    words: str


class _Refused(Exception):  # never leaves this module
    def __init__(self, text: str, parameter: str, status: int = 400) -> None:
        super().__init__(text)
        self.parameter = parameter
        self.status = status


class Transcriber:
    """The door.

    Attributes:
        made: the last requests that got words, oldest first.
    """

    def __init__(self, site: Site) -> None:
        """The door.

        Args:
            site: whose faults it has: those whose `about` names it, such as `/v1/audio`; others are REST's.
        """
        self._site = site
        self.made: list[Transcribed] = []

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One recording, and its words."""
        fault = self._site.faults.hit(lambda one: bool(one.about) and one.about in _WHAT)
        if fault is not None and (broken := await self._fail(fault, request)) is not None:
            return broken
        try:
            sound, fields = await _read(request)
            asked = _checked(sound, fields)
        except _Refused as refused:
            return _error(refused.status, "invalid_request_error", str(refused), refused.parameter)
        self.made.append(asked)
        del self.made[:-_KEPT]
        if fault is not None and fault.kind == "cut_after":
            return _cut(request)
        if fields.get("response_format") == "text":
            return web.Response(text=f"{asked.words}\n")
        answer: dict[str, object] = {"text": asked.words}
        if fields.get("response_format") == "verbose_json":
            answer |= {"task": "transcribe", "language": asked.language, "segments": []}
        return web.json_response(answer)

    async def _fail(self, fault: Fault, request: web.Request) -> web.StreamResponse | None:
        if fault.kind == "wait":
            await self._site.exchange.pace.sleep(fault.seconds)
            return None
        if fault.kind == "cut_before":
            return _cut(request)
        if fault.kind == "cut_after":
            return None
        status, kind, text = _FAULTS[fault.kind]
        return _error(status, kind, text)


async def _read(request: web.Request) -> tuple[tuple[str, bytes], dict[str, str]]:
    """((file name, sound), fields) of a form."""
    if request.content_type != "multipart/form-data":
        raise _Refused("You must provide a form: multipart/form-data", "file")
    name, sound = "", b""
    fields: dict[str, str] = {}
    try:
        reader = await request.multipart()
        for _ in range(_MOST_PARTS):
            part = await reader.next()
            if part is None:
                break
            if not isinstance(part, BodyPartReader):
                raise _Refused("forms within forms are not taken", "file")
            if part.name == "file":
                name, sound = part.filename or "", await _bounded(part, _MOST_BYTES)
            else:
                fields[part.name or ""] = (await _bounded(part, _MOST_FIELD_BYTES)).decode("utf-8", "replace")
    except (ValueError, AssertionError) as error:  # no boundary, or broken off
        raise _Refused("the form cannot be read", "file") from error
    return (name, sound), fields


async def _bounded(part: BodyPartReader, most: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(64 * 1024):
        content += chunk
        if len(content) > most:
            raise _Refused(f"Maximum content size limit ({most}) exceeded", part.name or "", 413)
    return bytes(content)


def _checked(file: tuple[str, bytes], fields: dict[str, str]) -> Transcribed:
    name, sound = file
    if not sound:
        raise _Refused("you must provide a file", "file")
    if name.rpartition(".")[2].lower() not in _ENDINGS:
        raise _Refused(f"Invalid file format. Supported formats: {sorted(_ENDINGS)}", "file")
    model, language = fields.get("model", ""), fields.get("language", "")
    if not model.strip():
        raise _Refused("you must provide a model parameter", "model")
    if language and not _LANGUAGE.fullmatch(language):
        raise _Refused(
            f"Invalid language '{language[:40]}'. Language parameter must be in ISO-639-1 format", "language"
        )
    if fields.get("response_format", "json") not in _FORMS:
        raise _Refused(f"response_format must be one of {', '.join(_FORMS)}", "response_format")
    return Transcribed(model, language, len(sound), words_in(sound))


def _error(status: int, kind: str, text: str, parameter: str | None = None) -> web.Response:
    error = {"message": text, "type": kind, "param": parameter, "code": None}
    return web.json_response({"error": error}, status=status)


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
