"""What webhooks say of incoming texts: recorded ones, odd ones, anything."""

import os
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_phone.domain.texts.opt_out import Wish
from intake_phone.domain.texts.received import received
from intake_phone.domain.texts.text import MOST_MEDIA, SENT_AT, read_text
from intake_phone.errors import Senseless

_ACCOUNT, _SID = "AC" + "a" * 32, "SM" + "1" * 32
_FORM = {"AccountSid": _ACCOUNT, "MessageSid": _SID, "From": "+34600111222", "To": "+34910000001", "Body": "Hola"}


def test_a_plain_text() -> None:
    text = read_text(_FORM)
    assert (text.channel, text.sender.number, text.number, text.body) == ("sms", "+34600111222", "+34910000001", "Hola")
    assert text.source_id == f"{_ACCOUNT}/{_SID}"
    assert text.wish is Wish.NONE
    assert not text.cut_media


def test_a_text_on_whatsapp_has_a_profile() -> None:
    form = _FORM | {"From": "whatsapp:+34600111222", "To": "whatsapp:+34910000001", "ProfileName": " Ana "}
    text = read_text(form)
    assert (text.channel, text.sender.number, text.number, text.profile) == (
        "whatsapp",
        "+34600111222",
        "+34910000001",
        "Ana",
    )


def test_an_sms_and_the_same_sid_told_twice_are_one() -> None:
    assert read_text(_FORM).source_id == read_text(_FORM | {"SmsStatus": "received", "NumSegments": "2"}).source_id


def test_files_come_in_their_order_and_those_without_an_address_are_told() -> None:
    form = _FORM | {
        "NumMedia": "3",
        "MediaUrl0": "https://api.twilio.com/a",
        "MediaContentType0": "image/JPEG; x=1",
        "MediaUrl1": "file:///etc/passwd",
        "MediaUrl2": "https://api.twilio.com/c",
        "MediaContentType2": "no type",
    }
    text = read_text(form)
    assert [(each.url[-1], each.content_type) for each in text.media] == [
        ("a", "image/jpeg"),
        ("c", "application/octet-stream"),
    ]
    assert text.cut_media


@pytest.mark.parametrize("count", ["-1", "1e9", "99999999999999999999", "x", "٣", ""])
def test_a_count_of_files_that_is_none_counts_as_none(count: str) -> None:
    assert read_text(_FORM | {"NumMedia": count}).media == ()


def test_no_more_files_are_read_than_a_text_carries() -> None:
    many = {f"MediaUrl{place}": f"https://api.twilio.com/{place}" for place in range(200)}
    text = read_text(_FORM | {"NumMedia": "200"} | many)
    assert len(text.media) == MOST_MEDIA
    assert text.cut_media


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ({"Latitude": "40.4168", "Longitude": "-3.7038"}, "📍 (40.4168, -3.7038)"),
        (
            {"Latitude": "40.4", "Longitude": "-3", "Label": "Almacén", "Address": "Calle Mayor\n1"},
            "📍 Almacén, Calle Mayor 1 (40.4, -3)",
        ),
        ({"Latitude": "40.4"}, ""),
        ({"Latitude": "x", "Longitude": "1"}, ""),
        ({"Latitude": "1e9", "Longitude": "nan", "Label": "Almacén"}, ""),
    ],
)
def test_where_somebody_is_stands_in_the_ticket(told: dict[str, str], place: str) -> None:
    form = _FORM | {"From": "whatsapp:+34600111222", "To": "whatsapp:+34910000001", "Body": ""} | told
    event = received(read_text(form))
    assert event.text == place
    assert event.subject == (place or "Mensaje de WhatsApp")


def test_a_withheld_sender_is_served() -> None:
    text = read_text(_FORM | {"From": "anonymous"})
    assert text.sender.anonymous
    assert text.body == "Hola"


def test_numbers_words_and_addresses_stay_out_of_logs() -> None:
    shown = repr(read_text(_FORM | {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/secret"}))
    assert not any(secret in shown for secret in ("600111222", "Hola", "secret"))


@pytest.mark.parametrize("missing", ["AccountSid", "MessageSid"])
@pytest.mark.parametrize("value", ["", "SM1", "AC" + "Z" * 32, "SM" + "1" * 33])
def test_a_text_that_names_itself_by_nothing_is_refused(missing: str, value: str) -> None:
    with pytest.raises(Senseless):
        read_text(_FORM | {missing: value})


@given(st.dictionaries(st.sampled_from([*_FORM, "NumMedia", "MediaUrl0", "ProfileName", "OptOutType"]), st.text()))
def test_any_form_is_read_or_refused(fields: dict[str, str]) -> None:
    text = read_text({**fields, "AccountSid": _ACCOUNT, "MessageSid": _SID})
    assert "\x00" not in text.body


def _recorded() -> list[Path]:
    folder = os.environ.get("VENTANILLA_TWILIO_FORMS")
    return sorted(Path(folder).glob("*.form")) if folder else []


@pytest.mark.skipif(not _recorded(), reason="VENTANILLA_TWILIO_FORMS names no folder with recorded forms")
def test_recorded_texts_are_read() -> None:
    forms = {path.stem: dict(parse_qsl(path.read_text().strip(), keep_blank_values=True)) for path in _recorded()}
    assert read_text(forms["sms-stop"]).wish is Wish.STOP
    assert read_text(forms["whatsapp-inbound-text"]).channel == "whatsapp"
    image = read_text(forms["mms-inbound-image-empty-body"])
    assert (image.body, image.media[0].content_type) == ("", "image/jpeg")
    assert read_text(forms["sms-inbound-us-punctuation"]).body == "It's working!!!"


def test_a_text_of_twilios_list_says_when_it_was_sent_and_one_of_a_webhook_does_not() -> None:
    assert received(read_text(_FORM | {SENT_AT: "1764324000"})).sent_at == datetime(2025, 11, 28, 10, tzinfo=UTC)
    assert [received(read_text(_FORM | {SENT_AT: odd})).sent_at for odd in ("", "yesterday", "9" * 40)] == [None] * 3
    assert received(read_text(_FORM)).sent_at is None
