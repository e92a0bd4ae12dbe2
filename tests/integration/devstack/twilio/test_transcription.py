"""The stand-in for transcription: it says the words of the local Twilio's recordings, and refuses as real ones do."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from intake_phone.adapters.transcription import Transcription
from intake_phone.commands.desk_checks import silence
from intake_phone.errors import NotTranscribed
from ventanilla_devstack.twilio.records import Recording
from ventanilla_devstack.twilio.seed import TRANSCRIPTIONS
from ventanilla_devstack.twilio.server import LocalTwilio
from ventanilla_devstack.twilio.voice.recordings import wav, words_in


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as running:
        yield running


def recording(twilio: LocalTwilio, *words: str) -> bytes:
    """A WAV as the local Twilio serves it."""
    made = Recording("RE" + "0" * 32, "CA" + "0" * 32, "RecordVerb", twilio.pace.now(), seconds=2.0)
    made.words.extend(words)
    return wav(made)


def server(twilio: LocalTwilio, session: aiohttp.ClientSession, seconds: float = 5.0) -> Transcription:
    """The service's own way to ask."""
    return Transcription(session, f"{twilio.url}{TRANSCRIPTIONS}", "", "whisper-1", seconds)


async def test_the_words_of_a_recording_come_back_in_its_language(
    twilio: LocalTwilio, session: aiohttp.ClientSession
) -> None:
    sound = recording(twilio, "La impresora", "no imprime: ¡socorro!")

    assert await server(twilio, session).words(sound, "audio/wav", "es") == "La impresora no imprime: ¡socorro!"
    [made] = twilio.transcriber.made
    assert (made.model, made.language, made.size_bytes) == ("whisper-1", "es", len(sound))


async def test_silence_and_sound_from_elsewhere_have_no_words(
    twilio: LocalTwilio, session: aiohttp.ClientSession
) -> None:
    assert await server(twilio, session).words(silence(0.5), "audio/wav", "en") == ""
    assert words_in(b"RIFF....ICMT") == ""
    assert words_in(b"") == ""


@pytest.mark.parametrize(
    ("changed", "parameter", "status"),
    [
        ({"file": ("recording.exe", b"MZ")}, "file", 400),
        ({"file": ("recording.wav", b"")}, "file", 400),
        ({"model": ""}, "model", 400),
        ({"language": "es-ES"}, "language", 400),
        ({"language": "x" * 5_000}, "language", 413),
        ({"response_format": "poem"}, "response_format", 400),
    ],
)
async def test_what_real_ones_refuse_is_refused(
    twilio: LocalTwilio,
    session: aiohttp.ClientSession,
    changed: dict[str, str | tuple[str, bytes]],
    parameter: str,
    status: int,
) -> None:
    given = {"file": ("recording.wav", silence(0.1)), "model": "whisper-1", "language": "es", **changed}
    form = aiohttp.FormData()
    for name, value in given.items():
        if isinstance(value, tuple):
            form.add_field(name, value[1], filename=value[0])
        else:
            form.add_field(name, value)
    async with session.post(f"{twilio.url}{TRANSCRIPTIONS}", data=form) as answer:
        assert answer.status == status
        assert (await answer.json())["error"]["param"] == parameter
    assert twilio.transcriber.made == []


async def test_what_is_no_form_is_refused(twilio: LocalTwilio, session: aiohttp.ClientSession) -> None:
    url = f"{twilio.url}{TRANSCRIPTIONS}"
    async with session.post(url, json={"file": "x"}) as answer:
        assert answer.status == 400
    async with session.post(url, data=b"x", headers={"content-type": "multipart/form-data"}) as answer:
        assert answer.status == 400
    async with session.get(url) as answer:
        assert answer.status == 405


@pytest.mark.parametrize("kind", ["internal_error", "unavailable", "too_many", "cut_before", "cut_after"])
async def test_it_fails_on_demand_and_then_works_again(
    twilio: LocalTwilio, session: aiohttp.ClientSession, kind: str
) -> None:
    twilio.faults.add(kind, "/v1/audio")  # type: ignore[arg-type]  # one of the kinds
    sound = recording(twilio, "hola")
    with pytest.raises(NotTranscribed):
        await server(twilio, session).words(sound, "audio/wav", "es")
    assert await server(twilio, session).words(sound, "audio/wav", "es") == "hola"


async def test_faults_of_rest_are_not_its_own_and_its_own_not_theirs(
    twilio: LocalTwilio, session: aiohttp.ClientSession
) -> None:
    rest = twilio.faults.add("unavailable")
    own = twilio.faults.add("unavailable", TRANSCRIPTIONS)
    with pytest.raises(NotTranscribed):
        await server(twilio, session).words(silence(0.1), "audio/wav", "es")
    assert (rest.hits, own.hits) == (0, 1)


async def test_a_server_that_takes_too_long_is_not_waited_for(
    twilio: LocalTwilio, session: aiohttp.ClientSession
) -> None:
    twilio.faults.add("wait", TRANSCRIPTIONS, seconds=2_000)  # two seconds here
    with pytest.raises(NotTranscribed):
        await server(twilio, session, 0.1).words(silence(0.1), "audio/wav", "es")
