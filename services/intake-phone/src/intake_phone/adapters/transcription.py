"""Words of a recording, by whatever speaks `POST /v1/audio/transcriptions`: whisper.cpp, vLLM, OpenAI, and others.

https://platform.openai.com/docs/api-reference/audio/createTranscription. The recording goes to the configured address
and nowhere else.
"""

import asyncio
from typing import Final

import aiohttp
import orjson

from intake_phone.adapters.bodies import read_body
from intake_phone.errors import NotTranscribed

_MOST_CHARS: Final = 20_000
_ANSWER_BYTES: Final = 1024 * 1024


class Transcription:
    """Asks a server for words."""

    def __init__(self, session: aiohttp.ClientSession, url: str, key: str, model: str, seconds: float) -> None:
        """Nothing is asked yet.

        Args:
            url: of the transcriptions, such as `http://whisper:8000/v1/audio/transcriptions`.
            key: shown as a bearer token; "" shows none.
            seconds: how long one recording may take.
        """
        self._session = session
        self._url = url
        self._headers = {"authorization": f"Bearer {key}"} if key else {}
        self._model = model
        self._seconds = seconds

    async def words(self, sound: bytes, media_type: str, language: str) -> str:
        """What is said in a recording; "" for silence.

        Raises:
            NotTranscribed: the server does not say; the recording stays what it is.
        """
        form = aiohttp.FormData()
        form.add_field("file", sound, filename="recording.wav", content_type=media_type)
        for name, value in (("model", self._model), ("language", language), ("response_format", "json")):
            form.add_field(name, value)
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._session.post(self._url, data=form, headers=self._headers, allow_redirects=False) as answer,
            ):
                if answer.status != 200:
                    raise NotTranscribed(f"the server answered {answer.status}")
                body = await read_body(answer, _ANSWER_BYTES)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NotTranscribed(f"the server did not answer: {type(error).__name__}") from error
        return _text_in(body)


def _text_in(body: bytes) -> str:
    try:
        found = orjson.loads(body)
        return " ".join(str(found["text"]).replace("\x00", "").split())[:_MOST_CHARS]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise NotTranscribed("the answer has no text") from error
