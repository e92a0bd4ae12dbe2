"""The bytes that signers saw, whatever line ends and nonsense stand between them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_email.domain.authentication.raw_fields import (
    FIELD_LIMIT,
    HEADER_LIMIT_BYTES,
    RawField,
    read_raw,
    relaxed_body,
    relaxed_field,
)
from intake_email.domain.authentication.raw_fields import simple_body as simple


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_fields_keep_their_folds_and_the_body_its_lines(line_end: bytes) -> None:
    mail = read_raw(b"A: 1\r\nB : 2\r\n  3\r\nnonsense\r\n\r\nhola\r\n\r\nfin".replace(b"\r\n", line_end))
    assert mail is not None
    assert mail.fields == (RawField(b"a", b"A: 1"), RawField(b"b", b"B : 2\r\n  3"))
    assert mail.body == b"hola\r\n\r\nfin"


@pytest.mark.parametrize("raw", [b"", b"\r\n", b"\r\n\r\n", b"A: 1", b"A: 1\r\n", b"\n\nA: 1", b":", b" \n"])
def test_hardly_a_mail_is_one(raw: bytes) -> None:
    assert read_raw(raw) is not None


@pytest.mark.parametrize("raw", [b"A: 1\r\n" * (FIELD_LIMIT + 1), b"A: " + b"x" * HEADER_LIMIT_BYTES])
def test_too_much_header_is_not_read(raw: bytes) -> None:
    assert read_raw(raw + b"\r\nhola") is None


@pytest.mark.parametrize(
    ("raw", "senders"),
    [
        (b"From: a\r\n\r\n", 1),
        (b"From: a\r\nfrom : b\r\n\r\n", 2),
        (b"From: a\r\nX: y\rFrom: b\r\n\r\n", 2),
        (b"Subject: From: b\r\n\r\n", 0),
        (b"From: a\r\n\r\nFrom: b\r\n", 1),
    ],
)
def test_every_from_that_a_mail_program_might_see_counts(raw: bytes, senders: int) -> None:
    mail = read_raw(raw)
    assert mail is not None
    assert mail.senders() == senders


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", b"\r\n"),
        (b"\r\n\r\n", b"\r\n"),
        (b"a", b"a\r\n"),
        (b"a\r\n", b"a\r\n"),
        (b"a\r\n\r\n\r\n", b"a\r\n"),
        (b"a\r\r\n\r\n", b"a\r\r\n"),
        (b"a\r", b"a\r\r\n"),
        (b"a \r\n \r\n", b"a \r\n \r\n"),
    ],
)
def test_the_simple_form_drops_empty_lines_at_the_end(body: bytes, expected: bytes) -> None:
    assert simple(body) == expected


@given(st.text(alphabet=" \tab\r\n", max_size=60))
def test_the_relaxed_form_is_the_rfcs(text: str) -> None:
    body = text.encode().replace(b"\r", b"").replace(b"\n", b"\r\n")
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    assert relaxed_body(body) == b"".join(line + b"\r\n" for line in lines)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"SubJect: a\t b \r\n  c ", b"subject:a b c"),
        (b"X :y", b"x:y"),
        (b"X:", b"x:"),
    ],
)
def test_the_relaxed_form_of_a_field_has_single_blanks(content: bytes, expected: bytes) -> None:
    assert relaxed_field(RawField(content.partition(b":")[0].strip().lower(), content)) == expected
