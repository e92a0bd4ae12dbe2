"""Who somebody is, whose a message is, and what of a history may stay."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tickets.adapters.person_streams import Sweep
from tickets.adapters.postgres.person_store import StillNamed
from tickets.domain.privacy.ownership import Traces, Whose, is_newer, whose, whose_key, writers_of
from tickets.domain.privacy.person import BLACK, Identity, NoIdentity, person_of, read_identity
from tickets.domain.privacy.readable import mail_text
from tickets.domain.privacy.scrubbing import scrubbed
from tickets.domain.service_levels.from_history import SEEN, events_of
from tickets.handlers.privacy.report import FORGETTING, Outcome, with_earlier
from tickets.handlers.privacy.take_out import Taken

ANA = person_of(
    [Identity("email", "ana@cliente.example"), Identity("phone", "+34600111222"), Identity("slack", "T01AB/U02CD")],
    ["Ana  García", "Ana", ""],
)
TRACES = Traces(
    ANA,
    tickets=frozenset({6, 7}),
    notifications=frozenset({"n-1"}),
    sources=frozenset({"CA1"}),
    shared=frozenset({6}),
)


@pytest.mark.parametrize(
    ("given", "identity"),
    [
        ("Ana@Cliente.example", Identity("email", "ana@cliente.example")),
        ("email: ana@cliente.example", Identity("email", "ana@cliente.example")),
        ("+34 600 111-222", Identity("phone", "+34600111222")),
        ("phone:+34600111222", Identity("phone", "+34600111222")),
        ("T01AB/U02CD", Identity("slack", "T01AB/U02CD")),
        ("webchat:abc", Identity("webchat", "abc")),
        ("EMAIL:ana@cliente.example", Identity("email", "ana@cliente.example")),
        ("ana@MÜLLER.example", Identity("email", "ana@müller.example")),
        ('"ana b"@cliente.example', Identity("email", '"ana b"@cliente.example')),
    ],
)
def test_somebody_is_named_as_people_write_them(given: str, identity: Identity) -> None:
    assert read_identity(given) == identity


@pytest.mark.parametrize(
    "given",
    [
        "", "Ana", "600111222", "@x", "email:+34600111222", "phone:ana@x.example", "fax:1", "<ana@x.example>",
        "ana@x.example.", "ana@x.example,", "mailto:ana@x.example", "ana@x..example", "ana@-x.example", "a b@x.example",
    ],
)  # fmt: skip
def test_what_names_nobody_says_how_somebody_is_named(given: str) -> None:
    with pytest.raises(NoIdentity, match=r"ana@cliente\.example"):
        read_identity(given)


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("Escriba a <ana@cliente.example>.", f"Escriba a <{BLACK}>."),
        ("ANA@CLIENTE.EXAMPLE, 34600111222 y +34600111222", f"{BLACK}, {BLACK} y {BLACK}"),
        ("Dice ana garcía que sí", f"Dice {BLACK} que sí"),
        ("<@U02CD> lo sabe", f"<@{BLACK}> lo sabe"),
        ("mariana@cliente.example y ana@cliente.example.org son otras", None),
        ("Ana es un nombre frecuente", None),
        ("340346001112229", None),
    ],
)
def test_only_what_names_them_is_taken_out_of_a_text(text: str, without: str | None) -> None:
    assert ANA.taken_out(text) == (without or text)
    assert ANA.stands_in(text) == (without is not None)


def event(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


HERS = base64.b64encode(event(channel="sms", sender={"address": "+34600111222"})).decode()
BOB = {"address": "bob@otra.example", "name": "Bob"}
HER = {"address": "Ana@cliente.example", "name": "Ana"}


@pytest.mark.parametrize(
    ("stream", "body", "kind"),
    [
        ("INTAKE", event(channel="email", sender=HER), Whose.THEIRS),
        ("INTAKE", event(channel="email", sender=BOB, cc=[HER]), Whose.NAMES_THEM),
        ("INTAKE", event(channel="email", sender=BOB), Whose.NOT),
        ("ROUTED", event(received={"channel": "sms", "sender": {"address": "+34600111222"}}), Whose.THEIRS),
        ("REVISIONS", event(channel="slack", author="T01AB/U02CD"), Whose.THEIRS),
        ("TICKETS", event(ticket={"number": 7, "requester": BOB}), Whose.THEIRS),
        ("TICKETS", event(ticket={"number": 7, "requester": {"address": "erased@erased.invalid"}}), Whose.NOT),
        ("TICKETS", event(ticket={"number": 8, "requester": BOB}), Whose.NOT),
        ("OUTBOUND", event(medium="email", to=HER, ticket_number=9), Whose.THEIRS),
        ("OUTBOUND", event(medium="email", to=BOB, cc=[HER], ticket_number=9), Whose.NAMES_THEM),
        ("OUTBOUND", event(medium="email", to=BOB, ticket_number=7), Whose.THEIRS),
        ("OUTBOUND", event(medium="email", to=BOB, ticket_number=6), Whose.GOES_TO_OTHERS),
        ("OUTBOUND", event(medium="email", to=HER, ticket_number=6), Whose.THEIRS),
        ("OUTBOUND", event(medium="email", to=BOB, ticket_number=6, id="n-1"), Whose.THEIRS),
        ("DELIVERY", event(notification_id="n-1"), Whose.THEIRS),
        ("DELIVERY", event(notification_id="n-2"), Whose.NOT),
        ("CHAT", event(event={"type": "message", "user": "U02CD"}), Whose.THEIRS),
        ("CHAT", event(event={"type": "message", "user": "U9", "text": "<@U02CD> dice"}), Whose.NAMES_THEM),
        ("CHAT", event(event={"metadata": {"event_payload": {"ticket": "7"}}}), Whose.THEIRS),
        ("PHONE", event(From="+34600111222", To="+34910000000"), Whose.THEIRS),
        ("PHONE", event(CallSid="CA1"), Whose.THEIRS),
        ("ACCEPTED", b"From: =?utf-8?q?Ana?= <ana@cliente.example>\r\n\r\nHola", Whose.THEIRS),
        ("ACCEPTED", b"From: bob@otra.example\r\nCc: ana@cliente.example\r\n\r\nHola", Whose.NAMES_THEM),
        ("ACCEPTED", b"From: Bob <bob@otra.example>, Ana <ana@cliente.example>\r\n\r\nHola", Whose.NAMES_THEM),
        ("ACCEPTED", b"From: bob@otra.example via Ana <ana@cliente.example>\r\n\r\nHola", Whose.THEIRS),
        ("ACCEPTED", b"From: undisclosed\r\nReply-To: ana@cliente.example\r\n\r\nHola", Whose.THEIRS),
        ("ACCEPTED", b'From: "ana@cliente.example" <bob@otra.example>\r\n\r\nHola', Whose.NAMES_THEM),
        ("ACCEPTED", b"From: bob@otra.example (ana@cliente.example)\r\n\r\nHola", Whose.NAMES_THEM),
        ("DEADLETTER", event(stream="INTAKE", sequence=1, body_base64=HERS), Whose.THEIRS),
        ("DEADLETTER", event(stream="INTAKE", sequence=1, detail="ana@cliente.example"), Whose.NAMES_THEM),
    ],
)  # fmt: skip
def test_a_message_is_theirs_or_somebody_elses_that_names_them_or_neither(
    stream: str, body: bytes, kind: Whose
) -> None:
    assert whose(stream, 5, body, {}, TRACES) is kind


def test_what_is_found_by_its_place_is_theirs_whatever_it_says() -> None:
    traces = Traces(ANA, places=frozenset({("ACCEPTED", 5)}))
    assert whose("ACCEPTED", 5, b'{"bucket": "raw"}', {}, traces) is Whose.THEIRS
    assert whose("ACCEPTED", 6, b'{"bucket": "raw"}', {}, traces) is Whose.NOT


def test_a_key_is_about_whoever_stands_in_it() -> None:
    assert whose_key("$KV.chat_state.gone.U02CD", b"1", TRACES, frozenset()) is Whose.THEIRS
    assert whose_key("$KV.routing_facts.customer.abc", b"{}", TRACES, frozenset({"customer.abc"})) is Whose.THEIRS
    assert whose_key("$KV.chat_state.card.8", event(similar=[{"number": 7}]), TRACES, frozenset()) is Whose.NAMES_THEM
    assert whose_key("$KV.chat_state.card.8", event(ts="1"), TRACES, frozenset()) is Whose.NOT
    named = event(ts="1", extract="ana@cliente.example")
    assert whose_key("$KV.chat_state.card.8", named, TRACES, frozenset()) is Whose.NAMES_THEM, (
        "who would change it then?"
    )
    assert whose_key("$KV.chat_state.card.7", named, TRACES, frozenset({"card.7"})) is Whose.THEIRS


NAMESAKE = {"address": "ana@tercera.example", "name": "Ana García"}


@pytest.mark.parametrize(
    ("stream", "body"),
    [
        ("TICKETS", event(ticket={"number": 8, "requester": NAMESAKE})),
        ("DELIVERY", event(notification_id="n-2", detail="to Ana García")),
        ("PHONE", event(From="+34699999999", CallerName="Ana García")),
    ],
)
def test_what_only_a_name_says_is_looked_at_and_never_deleted(stream: str, body: bytes) -> None:
    assert whose(stream, 5, body, {}, TRACES) is Whose.NAMES_THEM
    assert whose_key("$KV.chat_state.card.8", body, TRACES, frozenset()) is Whose.NAMES_THEM


def test_what_is_told_since_of_a_ticket_in_which_they_still_ask_is_new() -> None:
    still = Traces(ANA, tickets=frozenset({7, 8}), asking=frozenset({7})).of_their_tickets
    assert whose("TICKETS", 9, event(ticket={"number": 7, "requester": HER}), {}, still) is Whose.NOT
    assert whose("OUTBOUND", 9, event(medium="email", to=HER, ticket_number=7), {}, still) is Whose.NOT
    assert whose("OUTBOUND", 9, event(medium="email", to=HER, ticket_number=99), {}, still) is Whose.NOT
    both = Traces(ANA, tickets=frozenset({8}), shared=frozenset({8})).of_their_tickets
    assert whose("OUTBOUND", 9, event(medium="email", to=HER, ticket_number=8), {}, both) is Whose.THEIRS
    assert whose("TICKETS", 9, event(ticket={"number": 8, "requester": HER}), {}, still) is Whose.THEIRS


def test_what_slack_tells_of_a_card_of_theirs_is_theirs_though_it_came_after_the_order_and_names_no_ticket() -> None:
    card = event(event={"type": "message", "bot_id": "B1", "ts": "17.5", "text": "#7 (nuevo) Zoé Peñalver"})
    line = event(event={"type": "message", "bot_id": "B1", "ts": "17.9", "thread_ts": "17.5", "text": "Zoé Peñalver"})
    late = replace(TRACES, threads=frozenset({"17.5"})).of_their_tickets
    assert [whose("CHAT", 1, body, {}, late) for body in (card, line)] == [Whose.THEIRS] * 2


def test_what_follows_from_a_newer_message_is_new_itself() -> None:
    before = datetime(2026, 11, 28, 12, tzinfo=UTC)
    newer = {"channel": "email", "sender": HER, "acceptance": {"accepted_at": "2026-11-28T12:00:01Z"}}
    older = {**newer, "acceptance": {"accepted_at": "2026-11-28T11:59:59Z"}}
    held = base64.b64encode(event(**newer)).decode()

    assert is_newer("ROUTED", event(received=newer), before)
    assert is_newer("DEADLETTER", event(stream="INTAKE", body_base64=held), before)
    assert not is_newer("ROUTED", event(received=older), before)
    assert not is_newer("ROUTED", b"no event", before)
    assert not is_newer("DELIVERY", event(notification_id="n-1"), before)
    assert is_newer("INTAKE", event(**older), before), "what is later there is new"


@pytest.mark.parametrize(
    ("held", "new"),
    [
        ({"stream": "ACCEPTED", "headers": {"ce-time": "2026-11-28T12:00:01+00:00"}}, True),
        ({"stream": "ACCEPTED", "headers": {"ce-time": "2026-11-28T11:59:59+00:00"}}, False),
        ({"stream": "PHONE", "headers": {"ce-time": "2026-11-28T12:00:01+00:00"}}, True),
        ({"stream": "OUTBOUND", "headers": {"ce-time": "2026-11-28T12:00:01+00:00"}}, True),
        ({"stream": "DELIVERY", "headers": {"ce-time": "2026-11-28T12:00:01+00:00"}}, False),
        ({"stream": "ACCEPTED", "headers": {"ce-time": "soon"}}, False),
        ({"stream": "ACCEPTED", "headers": {"ce-time": "2026-11-28T12:00:01"}}, False),
        ({"stream": "ACCEPTED"}, False),
    ],
)
def test_a_dead_letter_is_as_new_as_what_nobody_could_read(held: dict[str, Any], new: bool) -> None:  # a table
    mail = base64.b64encode(b"From: ana@cliente.example\r\n\r\nHola").decode()
    letter = event(**held, sequence=9, body_base64=mail)
    assert is_newer("DEADLETTER", letter, datetime(2026, 11, 28, 12, tzinfo=UTC)) is new


def test_a_mail_is_read_as_its_reader_does() -> None:
    raw = b"From: b@x.example\r\nContent-Transfer-Encoding: base64\r\n\r\nYW5hQGNsaWVudGUuZXhhbXBsZQ=="
    assert ANA.stands_in(mail_text(raw))


def test_clocks_are_the_same_after_a_history_was_scrubbed_and_no_word_is_left() -> None:
    level = {"priority": "high", "tier": "1", "status": "new", "policy": ["gold", 1], "calendars": [], "answered": True}
    lines: list[tuple[str, dict[str, Any]]] = [
        ("ticket.created", {"level": level, "channel": "email", "subject": "zapatilla", "message": "1"}),
        ("message.added", {"status": ["new", "open"], "sender": "ana@cliente.example"}),
        ("reply.sent", {"message": "2", "to": ["ana@cliente.example"], "aside": True}),
        ("ticket.changed", {"field": "priority", "old": "low", "new": "high"}),
        ("ticket.changed", {"field": "subject", "old": "zapatilla", "new": "zapatilla azul"}),
        ("update.promised", {"until": "2026-11-24T10:00:00+00:00", "words": "zapatilla"}),
        ("service_level.warned", {"clock": "next_response", "cycle": 1, "kind": "warning:0.8"}),
        ("ticket.merged", {"into": 9, "reason": "zapatilla"}),
        (
            "ticket.escalated",
            {"from": {"team": "a", "tier": "1"}, "to": {"team": "b", "tier": "2"}, "note": "zapatilla"},
        ),
    ]
    at = datetime(2026, 11, 23, 9, tzinfo=UTC)
    for action, detail in lines:
        kept = scrubbed(action, detail)
        assert "zapatilla" not in json.dumps(kept)
        assert "ana@" not in json.dumps(kept)
        if action in SEEN:
            assert list(events_of(at, "customer", action, kept, 0)) == list(
                events_of(at, "customer", action, detail, 0)
            )
    assert scrubbed("ticket.escalated", lines[-1][1])["to"] == {"team": "b", "tier": "2"}


def outcome(**known: Any) -> Outcome:
    nothing: dict[str, Any] = {
        "taken": Taken(), "copies": 0, "erased": {}, "sweep": Sweep(), "tables": StillNamed({}, {}), "unread": [],
        "newer": False,
    }  # fmt: skip
    return Outcome(**{**nothing, **known})


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"unread": [FORGETTING]}, "telephone provider"),
        ({"tables": StillNamed({"contact.name": 1}, {})}, "contact.name"),
        ({"tables": StillNamed({"outbox.body": 1}, {})}, "has not left yet (`ventanilla outbound list`)"),
        ({"sweep": Sweep(in_flight={"INTAKE": [3]})}, "on their way into the desk: INTAKE"),
        ({"sweep": Sweep(erased={"CHAT": 1})}, "came up again: CHAT"),
    ],
)
def test_an_erasure_is_not_done_while_something_of_theirs_is_left(known: dict[str, Any], words: str) -> None:
    report = outcome(**known).as_data()
    assert report["state"] == "waiting"
    assert words in report["waiting_for"][0]


@pytest.mark.parametrize(
    "known",
    [
        {},
        {"tables": StillNamed({"quarantine.routed": 2}, {})},
        {"tables": StillNamed({"contact.name": 1}, {}), "newer": True},
        {"tables": StillNamed({}, {"contact.name": 1})},
        {"sweep": Sweep(naming={"INTAKE": [3]})},
    ],
)
def test_what_is_others_or_newer_is_to_be_looked_at_and_stops_nothing(known: dict[str, Any]) -> None:
    assert outcome(**known).as_data()["state"] == "done"


def test_a_run_that_goes_on_keeps_what_the_one_before_has_found() -> None:
    cards = {7: ["C1 1.2 is_archived"]}
    before = outcome(taken=Taken(messages=2, review={7: ["a"]}, cards=cards), erased={"CHAT": 1}).as_data()
    new = Taken(messages=1, review={8: ["b"]})
    after = outcome(taken=new, erased={"CHAT": 2, "INTAKE": 1}, perhaps={7: ["history"], 8: ["b"]}).as_data()

    whole = with_earlier(after, before)
    assert (after["look_at"]["cards"], whole["look_at"]["cards"]) == ({}, {"7": ["C1 1.2 is_archived"]})

    assert (whole["messages_erased"], whole["erased_from"]) == (3, {"CHAT": 3, "INTAKE": 1})
    assert whole["look_at"]["messages"] == {"7": ["a", "history"], "8": ["b"]}
    assert whole["look_at"]["on_disk_until_written_anew"] == ["CHAT", "INTAKE"]
    originals = outcome(copies=1, erased={"CHAT": 1}).as_data()["look_at"]["on_disk_until_written_anew"]
    assert originals == ["ACCEPTED", "CHAT", "OBJ_attachments", "OBJ_raw"]
    assert with_earlier(after, {}) == after


@pytest.mark.parametrize(
    ("stream", "body", "writers"),
    [
        ("ACCEPTED", b"From: =?utf-8?q?Ana?= <Ana@Cliente.example>\r\n\r\nHola", [ANA.identities[0]]),
        ("ACCEPTED", b'{"bucket": "raw"}', []),
        ("INTAKE", event(channel="whatsapp", sender={"address": "whatsapp:+34600111222"}), [ANA.identities[1]]),
        ("INTAKE", event(channel="slack", sender={"address": "T01AB/U02CD"}), [ANA.identities[2]]),
        ("INTAKE", b"no event", []),
    ],
)
def test_streams_say_who_wrote_what_they_hold(stream: str, body: bytes, writers: list[Identity]) -> None:
    assert writers_of(stream, body) == writers
