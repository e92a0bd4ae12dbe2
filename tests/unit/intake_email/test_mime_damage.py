"""What was lost or added on the way: delimiters, line ends, padding, halves of encoded words."""

import time

import pytest

from intake_email.domain.mime.charsets import decode
from intake_email.domain.mime.encoded_words import header_text
from intake_email.domain.mime.head import read_head
from intake_email.domain.mime.mailboxes import read_mailboxes
from intake_email.domain.mime.parameters import content_type
from intake_email.domain.mime.reading import read_mail
from intake_email.domain.mime.transfer import encoding_of, undo, unpadded_base64

MIXED = b"From: ana@cliente.example\nContent-Type: multipart/mixed; boundary=b1\n\n"


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        (b"--b1 uno\nContent-Type: text/plain\n\nHola\n--b1--\n", ["Hola"]),
        (b"--b1\n\nHola\n--b1 uno\nadi\xc3\xb3s\n--b1--\n", ["Hola\n--b1 uno\nadiós"]),
        (b"--b1Content-Type: text/plain\n\nHola\n--b1--\n", ["Hola"]),
        (b"--b1\n\nHola\n--b1-->\nresto\n", ["Hola"]),
        (b"--b1\n\nHola\n--b1-2\nadios\n--b1--\n", ["Hola\n--b1-2\nadios"]),
    ],
)
def test_a_line_is_a_delimiter_by_what_follows_the_boundary(body: bytes, texts: list[str]) -> None:
    assert read_mail(MIXED + body).texts == texts


def test_spaces_at_the_end_of_a_boundary_count_where_the_delimiters_have_them() -> None:
    head = b'From: a@b.example\nContent-Type: multipart/mixed; boundary="b1 "\n\n'

    assert read_mail(head + b"--b1 \n\nHola\n--b1\nadios\n--b1 --\n").texts == ["Hola\n--b1\nadios"]
    assert read_mail(head + b"--b1\n\nHola\n--b1--\n").texts == ["Hola"]


def test_an_empty_line_among_the_headers_ends_them_only_where_they_are_complete() -> None:
    assert "content-type" in read_head(b"From: a\n\nContent-Type: text/html\n\n<p>").fields
    assert "content-type" not in read_head(b"From: a\nMIME-Version: 1.0\n\nContent-Type: text/html\n\n<p>").fields


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"=?utf-8?Q?a=C3=A?= =?utf-8?Q?9b?=", "aéb"),
        (b"=?utf-8?Q?a=?= =?utf-8?Q?C3=A9b?=", "aéb"),
        (b"=?utf-8?B?w6?= =?utf-8?B?k=?=", "é"),
        (b"=?utf-8?B?Zm9vYg?= =?utf-8?B?YmFy?=", "foobbar"),
        (b"=?utf-8?Q?a=3D?= =?utf-8?Q?b?=", "a=b"),
    ],
)
def test_encoded_words_that_were_cut_in_the_middle_are_put_together(raw: bytes, text: str) -> None:
    assert header_text(raw) == text


@pytest.mark.parametrize(
    ("content", "label", "text"),
    [
        (b"\xc2\x80 \xc2\x93x\xc2\x94", "utf-8", "€ “x”"),
        (b"\x9a\xe1lek", "iso-8859-2", "šálek"),
        (b"\xb9\xe1lek", "iso-8859-2", "šálek"),
        (b"12 \x80", "iso-8859-15", "12 €"),
        (b"12 \xa4", "iso-8859-15", "12 €"),
    ],
)
def test_control_characters_are_read_as_the_letters_that_they_were(content: bytes, label: str, text: str) -> None:
    assert decode(content, label)[0] == text


@pytest.mark.parametrize(
    ("letters", "content"), [(b"YQ", b"a"), (b"YWI", b"ab"), (b"YWJj", b"abc"), (b"YWJjZ", b"abc"), (b"", b"")]
)
def test_padding_is_not_needed(letters: bytes, content: bytes) -> None:
    assert unpadded_base64(letters) == content


def test_a_delimiter_below_the_padding_is_no_base64() -> None:
    assert undo(b"d293Cg==\r\n\r\n--foo-\r\n", "base64")[0] == b"wow\n"


def test_comments_around_a_type_and_an_encoding_are_passed_over() -> None:
    assert encoding_of(b"(letras) base64 (mas)") == "base64"
    assert content_type(b"(a) text (b) / html (c); charset=utf-8").value == "text/html"


def test_a_type_that_nobody_knows_is_a_file_if_it_has_a_name() -> None:
    assert content_type(b'pdf; name="x.pdf"').value == "application/octet-stream"
    assert content_type(b"pdf").value == ""


def test_an_address_outside_of_quotes_counts_more_than_one_inside() -> None:
    (found,) = read_mailboxes([b'"Banco <avisos@banco.example>" otro@lejos.example'])

    assert found.address == "otro@lejos.example"


@pytest.mark.parametrize(
    "value", [b'"a@b.c" ' * 14_000, b'<"' * 50_000, b'"\\' * 50_000, b'"a" @ b . ' * 10_000, b"a@b@" * 25_000]
)
def test_quotes_and_at_signs_without_end_are_read_at_once(value: bytes) -> None:
    started = time.process_time()

    read_mailboxes([value])

    assert time.process_time() - started < 1
