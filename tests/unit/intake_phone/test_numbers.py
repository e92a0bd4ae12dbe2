"""Who calls: numbers, and everything that stands where one is expected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_phone.domain.numbers import Kind, dialled_number, e164, is_e164, masked_number, read_caller


@pytest.mark.parametrize(
    "raw",
    [
        "+266696687", "266696687", "+7378742833", "+86282452253", "+8656696", "+2562533", "anonymous", "Anonymous",
        "Restricted", "UNAVAILABLE", "unknown", "Private", "", "  ", None, "whatsapp:",
        "sip:anonymous@anonymous.invalid",
    ],
)  # fmt: skip
def test_a_withheld_number_is_nobody_s_number(raw: str | None) -> None:
    caller = read_caller(raw)

    assert (caller.kind, caller.number, caller.anonymous) == (Kind.WITHHELD, "", True)


@pytest.mark.parametrize(
    ("raw", "number", "country", "channel"),
    [
        ("+34600111222", "+34600111222", "ES", "phone"),
        ("+34 600 11 12 22", "+34600111222", "ES", "phone"),
        ("tel:+34600111222;ext=3", "+34600111222", "ES", "phone"),
        ("whatsapp:+558282000000", "+558282000000", "BR", "whatsapp"),
        ("+15005550006", "+15005550006", "US", "phone"),
        ("+883510001234567", "+883510001234567", "", "phone"),
        ("+1 737 874 2833", "+17378742833", "US", "phone"),
    ],
)
def test_a_number_is_read_into_e164_with_its_country(raw: str, number: str, country: str, channel: str) -> None:
    caller = read_caller(raw)

    assert (caller.kind, caller.number, caller.channel) == (Kind.NUMBER, number, channel)
    assert caller.country == country


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("12345", Kind.SHORT_CODE),
        ("+34911", Kind.SHORT_CODE),
        ("client:ana", Kind.CLIENT),
        ("sip:+34600111222@pbx.example", Kind.SIP),
        ("Correos", Kind.NAME),
        ("600111222", Kind.MALFORMED),
        ("+1", Kind.MALFORMED),
        ("+" + "9" * 400, Kind.MALFORMED),
        ("\x00", Kind.MALFORMED),
    ],
)
def test_what_is_no_number_is_told_apart_and_cannot_be_called(raw: str, kind: Kind) -> None:
    caller = read_caller(raw)

    assert (caller.kind, caller.number, caller.textable) == (kind, "", False)


@given(st.one_of(st.none(), st.integers(), st.text(max_size=60), st.from_regex(r"\+?[0-9 ()-]{1,25}")))
def test_nothing_that_comes_raises_and_a_number_is_always_e164(raw: object) -> None:
    caller = read_caller(raw)

    assert not caller.number or is_e164(caller.number)
    assert caller.number not in repr(caller) or not caller.number


def test_a_number_is_never_told_whole_in_a_log() -> None:
    caller = read_caller("+34600111222")

    assert caller.shown == "+34•••••••22"
    assert "600111" not in f"{caller!r} {caller.shown}"
    assert masked_number("+12") == "•••"


def test_a_landline_takes_no_texts() -> None:
    assert read_caller("+34910000000").textable is False
    assert read_caller("+34600111222").textable is True


def test_a_national_number_needs_its_region() -> None:
    assert e164("600111222") is None
    assert e164("600111222", "ES") == "+34600111222"


@pytest.mark.parametrize(
    ("digits", "region", "number"),
    [
        ("600111222", "ES", "+34600111222"),
        ("0034600111222", "ES", "+34600111222"),
        ("0034600111222", None, "+34600111222"),
        ("34600111222", None, "+34600111222"),
        ("4111111111111111", "ES", None),
        ("378282246310005", None, None),
        ("803123456", "ES", None),
        ("902123456", "ES", None),
        ("0034803123456", None, None),
        ("00881612345678", "ES", None),
        ("0088213300655", "ES", None),
        ("00870773111632", "ES", None),
        ("0080012345678", "ES", "+80012345678"),
        ("", "ES", None),
        ("*", None, None),
    ],
)
def test_only_a_number_that_exists_and_costs_nothing_extra_is_taken_from_the_keypad(
    digits: str, region: str | None, number: str | None
) -> None:
    assert dialled_number(digits, region) == number
