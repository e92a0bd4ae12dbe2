"""A customer's message in Slack as the desk's event."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from intake_chat.adapters.slack.people import profile_of
from intake_chat.domain.slack.events import Author, Said
from intake_chat.domain.slack.normalise import Fetched, Profile, received
from intake_chat.domain.slack.places import Conversation
from ventanilla_contracts.events import TEXT_LIMIT_CHARS, Attachment

ANA = Profile(name="Ana Pérez", mail="ana@cliente.example", language="es")


def said(text: str, *, ts: str = "10.000001", root: str = "10.000001", machine: bool = False) -> Said:
    where = Conversation("T1", "C1", root)
    return Said(where, ts, Author("T1", "U1"), text, "channel", root != ts, machine, ())


def test_the_first_message_begins_its_conversation() -> None:
    event = received(said("No puedo entrar\ndesde ayer"), ANA, {})

    assert event.id == "message.received.v1:slack/T1/C1/10.000001"
    assert (event.channel, event.account, event.subject) == ("slack", "T1/C1", "No puedo entrar")
    assert (event.sender.address, event.sender.name) == ("T1/U1", "Ana Pérez")
    assert (event.language, event.authentication.grade) == ("es", "verified")
    assert event.sent_at == datetime(1970, 1, 1, 0, 0, 10, 1, tzinfo=UTC)
    threading = event.threading
    assert (threading.message_id, threading.conversation, threading.in_reply_to) == (
        "T1/C1/10.000001", "T1/C1/10.000001", None,
    )  # fmt: skip


def test_a_reply_names_the_message_that_it_answers() -> None:
    threading = received(said("sigo igual", ts="11.000001"), ANA, {}).threading

    assert threading.conversation == threading.in_reply_to == "T1/C1/10.000001"
    assert threading.message_id == "T1/C1/11.000001"


def test_a_long_first_line_is_cut_between_words() -> None:
    subject = received(said("palabra " * 50), ANA, {}).subject

    assert len(subject) <= 121
    assert subject.endswith("palabra…")


def test_a_message_of_a_file_alone_is_called_by_its_name() -> None:
    file = Attachment(filename="error.png", content_type="image/png", size_bytes=1, sha256="0" * 64)

    assert received(said(""), ANA, {}, Fetched([file])).subject == "error.png"
    assert received(said(""), ANA, {}).subject == "Mensaje de Slack"


@pytest.mark.parametrize("text", ["\u200b\u200c\u200d\ufeff\u2060", "\u3164", "\ufe0f \u200d\n> \u2800"])
def test_a_message_of_signs_that_nobody_sees_is_called_a_message(text: str) -> None:
    assert received(said(text), ANA, {}).subject == "Mensaje de Slack"


def test_a_subject_is_read_as_it_is_written_and_keeps_what_emoji_and_letters_are_made_of() -> None:
    family = "👨\u200d👩\u200d👧 می\u200cخواهم"
    odd = f"\u200b\n\u202eexe.\u2066x\u2069 \x07bell\x1b[31m\x9b\tand {family}"

    assert received(said(odd), ANA, {}).subject == f"exe.x bell[31m and {family}"


def test_a_name_has_no_signs_that_nobody_sees() -> None:
    profile = {"real_name": "\u2060\u200d", "display_name": "\u202eAna\x1b \n Pérez"}

    assert profile_of({"profile": profile, "name": "ana"}).name == "Ana Pérez"


def test_too_long_a_text_is_cut_and_says_so() -> None:
    event = received(said("a" * (TEXT_LIMIT_CHARS + 1)), ANA, {})

    assert event.text_cut
    assert len(event.text) == TEXT_LIMIT_CHARS


def test_a_machine_is_no_person() -> None:
    event = received(said("build failed", machine=True), Profile(), {})

    assert (event.automation, event.authentication.grade) == ("auto-generated", "claimed")


COLLEAGUE = Profile(name="Eva", mail="eva@desk.example", mail_confirmed=True, team="T1", full=True)
ANSWER = said("lo miro", ts="11.000001")


def test_whoever_answers_below_somebodys_message_proves_who_of_the_desk_they_may_be() -> None:
    assert received(ANSWER, COLLEAGUE, {}).authentication.member_mail == "eva@desk.example"


@pytest.mark.parametrize(
    ("answer", "profile"),
    [
        ({}, {"mail_confirmed": False}),
        ({}, {"full": False}),
        ({}, {"team": "T2"}),
        ({}, {"mail": None}),
        ({}, {"mail": "eva"}),
        ({}, {"mail": f"{'e' * 400}@desk.example"}),
        ({"author": Author("T2", "U1")}, {}),
        ({"author": Author("T2", "U1")}, {"team": "T2"}),
        ({"machine": True}, {}),
        ({"reply": False}, {}),
        ({"where": Conversation("T1", "D1", "10.000001")}, {}),
    ],
)
def test_of_everybody_else_no_address_is_told(answer: dict[str, Any], profile: dict[str, Any]) -> None:
    event = received(replace(ANSWER, **answer), replace(COLLEAGUE, **profile), {})

    assert event.authentication.member_mail is None
