"""A file is found in the original by its digest, whatever the mail around it looks like."""

import base64
import time
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.domain.correspondence.original_parts import part_of


def found(raw: bytes, content: bytes) -> bytes | None:
    return part_of(raw, sha256(content).hexdigest(), len(content))


INNER = b"From: a@b.example\r\nSubject:   two  spaces\r\nContent-Type: text/plain\r\n\r\nfolded  words\r\n"
REPORT = b"Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a@b.example\r\nAction: failed\r\n"
DATA = bytes(range(256)) * 9


def mail(*parts: bytes, end: bytes = b"\r\n--edge--\r\nfooter\r\n") -> bytes:
    head = b'From: x@y.example\r\nContent-Type: multipart/mixed; boundary="edge"\r\n\r\npreamble'
    return head + b"".join(b"\r\n--edge\r\n" + part for part in parts) + end


@pytest.mark.parametrize(
    ("part", "content"),
    [
        (b"Content-Type: message/rfc822\r\n\r\n" + INNER, INNER),
        (b"Content-Type: message/delivery-status\r\n\r\n" + REPORT, REPORT),
        (b"Content-Type: a/b\r\nContent-Transfer-Encoding: BASE64\r\n\r\n" + base64.encodebytes(DATA), DATA),
        (b"Content-Transfer-Encoding: quoted-printable\r\n\r\na=C3=B1b =\r\nc", b"a\xc3\xb1b c"),
        (b"\r\nno headers at all", b"no headers at all"),
        (b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(DATA + b"x")[:-2] + b"!!", DATA + b"x"),
    ],
)
@pytest.mark.parametrize("ends", [b"\r\n", b"\n", b"\r\r\n"])
def test_a_part_is_found_byte_for_byte(part: bytes, content: bytes, ends: bytes) -> None:
    raw = mail(b"Content-Type: text/plain\r\n\r\nhello", part).replace(b"\r\n", ends)
    wanted = (
        content.replace(b"\r\n", b"\r\n" if ends == b"\r\r\n" else ends)
        if b"Final" in part or b"Subject" in part
        else content
    )

    assert found(raw, wanted) == wanted


def test_a_part_inside_an_attached_mail_and_the_attached_mail_are_found() -> None:
    inner = mail(b"Content-Type: application/pdf\r\n\r\n%PDF-1.7").replace(b"edge", b"inner")
    raw = mail(b"Content-Type: message/rfc822\r\n\r\n" + inner)

    assert found(raw, b"%PDF-1.7") == b"%PDF-1.7"
    assert found(raw, inner) == inner


def test_a_mail_that_is_one_file_and_a_mail_cut_off_are_found() -> None:
    whole = b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(DATA)

    assert found(whole, DATA) == DATA
    assert found(mail(b"Content-Type: a/b\r\n\r\nends here", end=b""), b"ends here") == b"ends here"


def test_what_is_not_there_is_not_found() -> None:
    assert found(mail(b"Content-Type: a/b\r\n\r\nx"), b"y") is None
    assert found(b"", b"y") is None


@pytest.mark.parametrize(
    "raw",
    [
        b"--x\n" * 500_000,
        b"\n".join(b"--%d\n\n" % number for number in range(200_000)),
        b"--" + b"x " * 1_000_000,
        (b"--" + b"x " * 150 + b"\n") * 10_000,
        b"a: b\n" * 400_000,
        b"\r" * 2_000_000,
        b"".join(b"--b%d\n" % (number // 2) for number in range(20_000)) + b"y" * 1_000_000,
    ],
    ids=["one", "many", "long", "blanks", "head", "returns", "nested"],
)
def test_a_hostile_mail_takes_a_moment_only(raw: bytes) -> None:
    began = time.process_time()

    assert found(raw, b"not there") is None
    assert time.process_time() - began < 2


@given(st.binary(max_size=2000), st.binary(min_size=1, max_size=10))
def test_any_bytes_are_searched_without_failing(raw: bytes, content: bytes) -> None:
    part_of(raw.replace(b"\0", b"\n--a\n"), sha256(content).hexdigest())
