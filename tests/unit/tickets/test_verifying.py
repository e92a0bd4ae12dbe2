"""To where a one-time code may go, how many, and what a try is worth."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from pydantic import ValidationError

from intake_chat.domain.slack.dialogs.refusals import in_words
from tests.unit.tickets.builders import ticket as ticket_row
from tickets.domain.tokens import Signer
from tickets.domain.verifying import codes
from tickets.domain.verifying.codes import (
    Code,
    CodeRules,
    Counted,
    cannot_go,
    state_of,
    too_many,
    why_no_try,
    wrong_words,
)
from tickets.domain.verifying.factors import (
    COUNTRY,
    LANDLINE,
    NEW,
    NO_MAILBOX,
    NO_NUMBER,
    OPTED_OUT,
    OURS,
    RETURNED,
    WHY_NOT,
    Began,
    Factor,
    OnFile,
    Sending,
    country_of,
    masked,
    number_for,
    usable,
    why_not,
)
from tickets.settings import TicketsSettings

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
BEFORE, AFTER = NOW - timedelta(days=1), NOW + timedelta(seconds=1)
MOBILE, LINE = "+34600111222", "+34910123456"
BOX = "soporte@desk.example"
SENDING = Sending(frozenset({"ES"}), "+34910000000", BOX, {"gone@x.example"}, {BOX})
RULES = CodeRules(frozenset({"ES"}), per_ticket=5, per_address=4, per_prefix=3, per_day=2)
TICKET = ticket_row(requester_id=7)
CODE = Code("x", 1, 7, "sms", "+34 *** *** 22", NOW, NOW + codes.LIFE, address=MOBILE)


def on_file(address: str, since: datetime = BEFORE, *, own: bool = False) -> OnFile:
    return OnFile("email" if "@" in address else "phone", address, since, own)


@pytest.mark.parametrize(
    ("way", "sending", "reason"),
    [
        (on_file(MOBILE), SENDING, None),
        (on_file("a@x.example"), SENDING, None),
        (on_file(MOBILE, AFTER), SENDING, NEW),
        (on_file(MOBILE, NOW), SENDING, NEW),
        (on_file(MOBILE, NOW - timedelta(seconds=50)), SENDING, NEW),
        (on_file(MOBILE, NOW - timedelta(seconds=70)), SENDING, None),
        (on_file("a@x.example", AFTER), SENDING, NEW),
        (on_file("+447400123456"), SENDING, COUNTRY),
        (on_file("+881612345678"), SENDING, COUNTRY),
        (on_file(LINE), SENDING, LANDLINE),
        (on_file(MOBILE), replace(SENDING, number=""), NO_NUMBER),
        (on_file(MOBILE), replace(SENDING, number=MOBILE), OURS),
        (on_file("a@x.example"), replace(SENDING, mailbox=""), NO_MAILBOX),
        (on_file("gone@x.example"), SENDING, RETURNED),
        (on_file("soporte@desk.example"), SENDING, OURS),
        (on_file(MOBILE), replace(SENDING, opted_out={MOBILE}), OPTED_OUT),
        (on_file("a@x.example"), replace(SENDING, opted_out={MOBILE}), None),
    ],
)
def test_a_code_goes_only_where_it_proves_something_and_costs_little(
    way: OnFile, sending: Sending, reason: str | None
) -> None:
    assert why_not(way, Began(NOW), sending) == reason


@pytest.mark.parametrize(("own", "reason"), [(True, None), (False, NEW)])
def test_a_call_lets_only_their_own_number_count_from_its_beginning(own: bool, reason: str | None) -> None:
    began = Began(NOW - timedelta(days=2), call=NOW)

    assert why_not(on_file(MOBILE, own=own), began, SENDING) == reason


def test_each_way_is_named_once_by_its_oldest_entry_and_what_is_no_number_is_left_out() -> None:
    ways = [on_file(MOBILE, NOW), on_file(MOBILE, BEFORE), on_file("withheld/1"), on_file("a@x.example", NOW, own=True)]

    assert [(way.address, way.since) for way in usable(ways)] == [("a@x.example", NOW), (MOBILE, BEFORE)]


@pytest.mark.parametrize(
    ("kind", "address", "shown"),
    [
        ("phone", MOBILE, "+34 *** *** 22"),
        ("phone", "+12025550123", "+1 *** *** 23"),
        ("phone", "nonsense", "***"),
        ("email", "ana@cliente.example", "a***@cliente.example"),
        ("email", "a@b.example", "a***@b.example"),
        ("email", "nonsense", "***"),
    ],
)
def test_of_an_address_only_who_knows_it_recognises_something(kind: str, address: str, shown: str) -> None:
    assert masked(kind, address) == shown


def test_numbers_of_one_range_share_a_prefix_and_mails_have_none() -> None:
    assert on_file("+34600111222").prefix == on_file("+34600119999").prefix == "+3460011"
    assert on_file("a@x.example").prefix == ""
    assert (country_of(MOBILE), country_of("+12025550123"), country_of("nonsense")) == ("ES", "US", "")


@pytest.mark.parametrize(
    ("counted", "medium", "words"),
    [
        (Counted(), "sms", None),
        (Counted(4, 3, 2, 1, NOW - timedelta(minutes=1)), "sms", None),
        (Counted(last=NOW - timedelta(seconds=29)), "sms", "wait 1 seconds"),
        (Counted(ticket=5), "sms", "5 codes in a day are the most for one ticket"),
        (Counted(address=4), "sms", "4 codes in a day are the most for one address"),
        (Counted(prefix=3), "sms", "3 codes in a day are the most for numbers like that one"),
        (Counted(prefix=3), "email", None),
        (Counted(day=2), "email", "has sent its 2 codes of a day"),
    ],
)
def test_how_many_are_sent_is_capped(counted: Counted, medium: str, words: str | None) -> None:
    found = too_many(counted, medium, RULES, NOW)

    assert found is None if words is None else words in (found or "")


@pytest.mark.parametrize(
    ("code", "requester", "words"),
    [
        (CODE, 7, None),
        (replace(CODE, tries=4), 7, None),
        (None, 7, "no code is open"),
        (replace(CODE, outcome="verified"), 7, "no code is open"),
        (replace(CODE, outcome="spent"), 7, "5 wrong codes"),
        (replace(CODE, expires_at=NOW), 7, "expired"),
        (CODE, 8, "somebody else asks"),
    ],
)
def test_only_an_open_code_of_whoever_asks_can_be_tried(code: Code | None, requester: int, words: str | None) -> None:
    found = why_no_try(code, replace(TICKET, requester_id=requester), [on_file(MOBILE)], NOW)

    assert found is None if words is None else words in (found or "")


@pytest.mark.parametrize(
    ("ways", "state"),
    [
        ([on_file("a@x.example"), on_file(MOBILE)], "open"),
        ([on_file("a@x.example")], "withdrawn"),
        ([on_file(MOBILE, AFTER)], "withdrawn"),
        ([], "withdrawn"),
    ],
)
def test_a_code_is_good_while_the_way_that_it_went_to_stays_on_file(ways: list[OnFile], state: str) -> None:
    assert state_of(CODE, TICKET, ways, NOW) == state
    assert ("not on file any more" in (why_no_try(CODE, TICKET, ways, NOW) or "")) == (state == "withdrawn")
    assert state_of(replace(CODE, outcome="verified"), TICKET, ways, NOW) == "verified"
    assert state_of(CODE, TICKET, ways, CODE.expires_at) == "expired"


def test_what_is_kept_of_a_code_is_its_own_under_a_key_and_old_keys_still_fit() -> None:
    old, new, one, two = Signer([b"k" * 16]), Signer([b"n" * 16, b"k" * 16]), UUID(int=1), UUID(int=2)
    kept = old.code_hash(one, "123456")

    assert new.is_code(one, "123456", kept)
    assert not new.is_code(one, "123457", kept)
    assert not new.is_code(two, "123456", kept)
    assert not Signer([b"x" * 16]).is_code(one, "123456", kept)
    assert not new.is_code(one, "123456", b"")
    assert kept not in (old.code_hash(two, "123456"), new.code_hash(one, "123456"))


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"channel": "voice", "requester_address": MOBILE, "conversation": f"sms/{LINE}/{MOBILE}"}, LINE),
        ({"channel": "voice", "requester_address": MOBILE}, "+34910000000"),  # none leaves from the one that was called
        ({"channel": "voice", "requester_address": "+34930000077"}, LINE),
        ({"channel": "voice", "requester_address": "withheld/CA1"}, LINE),
        ({"channel": "sms", "requester_address": "withheld/SM1"}, LINE),
        ({"channel": "email", "account": BOX}, "+34910000000"),
    ],
)
def test_a_code_is_texted_from_the_number_that_was_called_unless_none_can_leave_from_there(
    changes: dict[str, str], number: str
) -> None:
    asked = ticket_row(**{"account": LINE, "conversation": None, **changes})

    assert number_for(asked, "+34910000000") == number
    assert number_for(asked, "") == ("" if number != LINE else LINE)


def said() -> Iterator[str]:
    for reason in WHY_NOT:
        yield cannot_go(Factor("x", on_file(MOBILE), reason)) or ""
    for counted in (Counted(last=NOW), Counted(ticket=9), Counted(address=9), Counted(prefix=9), Counted(day=9)):
        yield too_many(counted, "sms", RULES, NOW) or ""
    for code in (None, replace(CODE, outcome="spent"), replace(CODE, expires_at=NOW), replace(CODE, requester_id=8)):
        yield why_no_try(code, TICKET, [on_file(MOBILE)], NOW) or ""
    yield why_no_try(CODE, TICKET, [], NOW) or ""
    yield from (wrong_words(left) for left in (0, 1, 4))


@pytest.mark.parametrize("words", list(said()))
def test_what_is_refused_says_what_to_do_in_both_languages(words: str) -> None:
    assert words
    assert "en inglés" not in in_words("refused", words, "es")


def settings(monkeypatch: pytest.MonkeyPatch, **values: str) -> TicketsSettings:
    for name, value in {"secret": "a secret of the tests", **values}.items():
        monkeypatch.setenv(f"TICKETS_{name.upper()}", value)
    return TicketsSettings()  # type: ignore[call-arg]  # the variables have it


def test_to_where_codes_go_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = settings(monkeypatch).codes()
    told = settings(monkeypatch, code_countries="es, pt", code_number="+34 910 000 000", codes_per_day="0").codes()

    assert (usual.countries, usual.number, usual.per_day) == ({"ES"}, "", 200)
    assert (told.countries, told.number, told.per_day) == ({"ES", "PT"}, "+34910000000", 0)
    assert settings(monkeypatch, code_countries="none").codes().countries == frozenset()
    assert settings(monkeypatch, code_countries="").codes().countries == {"ES"}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("code_countries", "ES,Spain", "'SPAIN' is no country"), ("code_number", "910000000", "must begin with +")],
)
def test_a_country_or_number_that_is_none_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    with pytest.raises(ValidationError, match=re.escape(words)):
        settings(monkeypatch, **{name: value})
