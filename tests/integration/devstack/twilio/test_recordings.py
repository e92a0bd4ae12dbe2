"""Voicemail, and recordings of whole calls."""

import base64
import io
import wave

import aiohttp
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.integration.devstack.twilio.conftest import rest
from tests.integration.devstack.twilio.desk import Desk
from ventanilla_devstack.twilio.seed import CARMEN, DESK_ES, EVA
from ventanilla_devstack.twilio.server import LocalTwilio
from ventanilla_devstack.twilio.voice.recordings import words_in

RECORD = '<Record action="/recorded" {} recordingStatusCallback="/recording"/><Say>Nada grabado</Say>'


async def sound(twilio: LocalTwilio, url: str, *, signed_in: bool = True) -> tuple[int, str, bytes]:
    secret = base64.b64encode(f"{twilio.account.sid}:{twilio.account.auth_token}".encode()).decode()
    headers = {"Authorization": f"Basic {secret}"} if signed_in else {}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as answer:
        return answer.status, answer.content_type, await answer.read()


async def test_a_voicemail_is_recorded_until_a_key_and_can_be_fetched(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/voice"] = RECORD.format('finishOnKey="#" maxLength="60"')
    desk.replies["/recorded"] = "<Say>Gracias</Say>"

    caller = twilio.call(CARMEN, DESK_ES)
    caller.speak("No puedo imprimir", seconds=6)
    caller.press("1#")
    await caller.hear("Gracias")
    await caller.ended()
    await twilio.callbacks.settle()

    told, action = desk.at("/recording")[0], desk.at("/recorded")[0]
    assert (action["Digits"], action["RecordingDuration"], told["RecordingDuration"]) == ("#", "6", "6")
    assert (told["RecordingStatus"], told["RecordingSource"]) == ("completed", "RecordVerb")
    status, kind, content = await sound(twilio, told["RecordingUrl"] + ".wav")
    assert (status, kind) == (200, "audio/x-wav")
    with wave.open(io.BytesIO(content)) as opened:
        assert opened.getnframes() / opened.getframerate() == 6
    assert words_in(content) == "No puedo imprimir"
    assert (await sound(twilio, told["RecordingUrl"] + ".mp3"))[1] == "audio/mpeg"
    assert (await sound(twilio, told["RecordingUrl"], signed_in=False))[0] == 401


async def test_a_caller_who_hangs_up_has_left_a_voicemail(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/voice"] = RECORD.format('recordingStatusCallbackEvent="in-progress completed absent"')

    caller = twilio.call(CARMEN, DESK_ES)
    caller.speak("Hola", seconds=3)
    await caller.wait(1)
    caller.hang_up()
    await caller.ended()
    await twilio.callbacks.settle()

    action = desk.at("/recorded")[0]
    assert (action["Digits"], action["CallStatus"], action["RecordingDuration"]) == ("hangup", "completed", "3")
    assert [each["RecordingStatus"] for each in desk.at("/recording")] == ["in-progress", "completed"]


async def test_silence_is_no_recording_and_the_next_verb_follows(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/voice"] = RECORD.format('timeout="3" recordingStatusCallbackEvent="absent completed"')

    caller = twilio.call(CARMEN, DESK_ES)
    await caller.hear("")  # the beep
    await caller.wait(3)
    await caller.hear("Nada grabado")
    await caller.ended()
    await twilio.callbacks.settle()

    assert desk.at("/recorded") == []
    assert [each["RecordingStatus"] for each in desk.at("/recording")] == ["absent"]


async def test_a_tape_is_full_some_time(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/voice"] = RECORD.format('maxLength="30"')

    caller = twilio.call(CARMEN, DESK_ES)
    caller.speak("bla " * 100, seconds=100)
    await caller.ended()

    assert desk.at("/recorded")[0]["RecordingDuration"] == "30"


async def test_a_recording_by_rest_is_paused_for_a_card_number(twilio: LocalTwilio, desk: Desk, client: Client) -> None:
    desk.replies["/voice"] = f'<Dial callerId="{DESK_ES}">{EVA}</Dial>'
    caller = twilio.call(CARMEN, DESK_ES)
    agent = await twilio.hands.ringing(EVA)
    agent.answer()
    call = client.calls(caller.call.sid)

    made = await rest(call.recordings.create, recording_status_callback=f"{desk.url}/recording")
    caller.speak("Buenos días", seconds=2)
    await agent.hear("Buenos días")
    paused = await rest(call.recordings("Twilio.CURRENT").update, status="paused")
    caller.speak("4111 1111 1111 1111", seconds=9)
    await agent.hear("4111")
    await rest(call.recordings(made.sid).update, status="in-progress")
    agent.speak("Gracias")
    await caller.hear("Gracias")
    caller.hang_up()
    await caller.ended()
    await twilio.callbacks.settle()

    assert (paused.status, made.source) == ("paused", "StartCallRecordingAPI")
    assert twilio.exchange.recordings[made.sid].words == ["Buenos días", "Gracias"]
    assert desk.at("/recording")[0]["RecordingSid"] == made.sid
    assert int(desk.at("/recording")[0]["RecordingDuration"]) < 9


async def test_recordings_are_listed_and_deleted(twilio: LocalTwilio, desk: Desk, client: Client) -> None:
    desk.replies["/voice"] = RECORD.format("")
    caller = twilio.call(CARMEN, DESK_ES)
    caller.speak("Hola")
    caller.press("#")
    await caller.ended()

    (found,) = await rest(client.recordings.list, call_sid=caller.call.sid)
    fetched = await rest(client.recordings(found.sid).fetch)
    assert fetched.call_sid == caller.call.sid
    assert await rest(client.recordings(found.sid).delete)

    with pytest.raises(TwilioRestException) as gone:
        await rest(client.recordings(found.sid).fetch)
    assert (gone.value.status, gone.value.code) == (404, 20404)
    assert (await sound(twilio, f"{fetched.media_url}.wav"))[0] == 404


async def test_a_call_is_deleted_once_it_is_over_and_its_recordings_are_their_own(
    twilio: LocalTwilio, desk: Desk, client: Client
) -> None:
    desk.replies["/voice"] = RECORD.format("")
    caller = twilio.call(CARMEN, DESK_ES)
    caller.speak("Hola")
    with pytest.raises(TwilioRestException) as going_on:
        await rest(client.calls(caller.call.sid).delete)
    caller.press("#")
    await caller.ended()

    assert (going_on.value.status, going_on.value.code) == (409, 20009)
    assert await rest(client.calls(caller.call.sid).delete)
    with pytest.raises(TwilioRestException) as gone:
        await rest(client.calls(caller.call.sid).fetch)
    assert (gone.value.status, gone.value.code) == (404, 20404)
    assert len(await rest(client.recordings.list)) == 1
