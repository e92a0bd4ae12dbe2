"""The ids, frozen: whoever changes a formula turns every mail into a second ticket after an upgrade."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventanilla_contracts.ids import (
    effect_id,
    event_id,
    mail_source_id,
    redrive_id,
    slack_source_id,
    twilio_source_id,
    webchat_source_id,
)

ACCOUNT = "soporte@desk.example"
MAIL = (
    b"From: =?utf-8?q?Ana_Rold=C3=A1n?= <ana@bakery.example>\r\n"
    b"To: soporte@desk.example\r\n"
    b"Cc: luis@bakery.example\r\n"
    b"Subject: La caja no imprime\r\n"
    b"Date: Mon, 23 Nov 2026 09:31:01 +0100\r\n"
    b"Message-ID: <7F3A@mail.bakery.example>\r\n"
    b"In-Reply-To: <4711.1@desk.example>\r\n"
    b"References: <1@bakery.example> <4711.1@desk.example>\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n"
    b"\r\n"
    b"Buenos d\xc3\xadas:\r\n"
    b"\r\n"
    b"La caja 2 no imprime.\r\n"
)
ID = mail_source_id(ACCOUNT, MAIL)


@pytest.mark.parametrize(
    ("account", "raw", "golden"),
    [
        (ACCOUNT, MAIL, "caac6796b90a0836b97f5b742731928dfc167aa08d10ae1861431243f4675670"),
        (ACCOUNT, b"", "8812d7e6d8d4f53eaa241d6c456338d6fa6a0964d2ab7c5039d9472c285826d2"),
        (ACCOUNT, b"Subject: x\r\n\r\n", "f6c1c93a4e5e674085479a81d4c8d54d5dd042c2963291ee68c66279205bb716"),
        (ACCOUNT, b"\r\nonly a body\r\n", "0cbf61cfe1cc08bacf942fdf099f9a159fb54e949d10f83c8f3e84a9bd9e2db0"),
        (
            ACCOUNT,
            b"From: a@b.example\nMessage-ID: no brackets\n\nbody\n",
            "a897f3c027fc47abf0a94cbe95051bd47d9c1c2c006e82d2ffc6343b7955a6cb",
        ),
        (
            "ventas@desk.example",
            b"\xff\xfe\x00 neither header nor body",
            "4fe0b5560103ae0b37ee81208e4102ab3be894f6fbce61119824fc69e3806c47",
        ),
        (
            ACCOUNT,
            b"From: a@b.example\r\nSubject: one\r\nSubject: two\r\n\r\nbody",
            "a133b2f8e9b467527da71e9a3fe043b27f14d40c3a40631ffbe9dde0ddb4c597",
        ),
    ],
    ids=["a mail", "nothing", "no body", "no headers", "no brackets", "bytes", "a header twice"],
)
def test_the_fingerprint_of_a_mail_is_frozen(account: str, raw: bytes, golden: str) -> None:
    assert mail_source_id(account, raw) == golden


@pytest.mark.parametrize(
    ("made", "golden"),
    [
        (event_id("message.received.v1", "abc"), "message.received.v1:abc"),
        (redrive_id("message.received.v1:abc", 0), "message.received.v1:abc"),
        (redrive_id("message.received.v1:abc", 3), "message.received.v1:abc.r3"),
        (slack_source_id("T01", "C02", "1763886664.000100"), "T01/C02/1763886664.000100/message"),
        (slack_source_id("T01", "C02", "1763886664.000100", "edit"), "T01/C02/1763886664.000100/edit"),
        (twilio_source_id("SM0f3b"), "SM0f3b"),
        (webchat_source_id("s-1", "17"), "s-1/17"),
    ],
)
def test_the_other_ids_are_frozen(made: str, golden: str) -> None:
    assert made == golden


def added(*lines: bytes) -> bytes:
    return b"".join(line + b"\r\n" for line in lines) + MAIL


@pytest.mark.parametrize(
    "relayed",
    [
        added(b"Received: from a by b; Mon, 23 Nov 2026 08:31:02 +0000", b"Received: from c by d"),
        added(b"DKIM-Signature: v=1; a=rsa-sha256; h=from:subject;\r\n bh=abc=; b=def"),
        added(b"Authentication-Results: mx; dkim=pass", b"Received-SPF: pass", b"Return-Path: <ana@bakery.example>"),
        added(b"ARC-Seal: i=1; a=rsa-sha256", b"ARC-Message-Signature: i=1", b"ARC-Authentication-Results: i=1; mx"),
        added(b"X-Spam-Status: No", b"X-From: somebody@else.example", b"Delivered-To: other@desk.example"),
        added(b"Old-Subject: another", b"Resent-From: list@else.example", b"List-Id: <x.example>"),
        MAIL.replace(b"Subject: La caja no", b"SUBJECT:  La caja\t no"),
        MAIL.replace(b"> <4711.1", b">\r\n <4711.1"),
        MAIL.replace(b"caja no imprime\r\nDate", b"caja\r\n\tno imprime  \r\nDate"),
        MAIL.replace(b"\r\n", b"\n"),
        MAIL.replace(b"\r\n", b"\r"),
        MAIL.replace(b"\r\n", b"\n", 7),
        MAIL + b"\r\n\r\n\r\n",
        MAIL.rstrip(b"\r\n"),
        MAIL + b"\n",
        MAIL.replace(b"Content-Transfer-Encoding: 8bit\r\n", b""),
    ],
    ids=[
        "Received", "DKIM", "results", "ARC", "X-", "similar names", "white space and case", "folded", "folded subject",
        "LF", "CR", "mixed", "blank lines", "no last line end", "LF at the end", "transfer encoding",
    ],
)  # fmt: skip
def test_the_same_mail_over_another_relay_is_the_same_mail(relayed: bytes) -> None:
    assert relayed != MAIL
    assert mail_source_id(ACCOUNT, relayed) == ID


def test_the_order_of_different_headers_does_not_count() -> None:
    head, body = MAIL.split(b"\r\n\r\n", 1)
    lines = head.split(b"\r\n")
    assert mail_source_id(ACCOUNT, b"\r\n".join(lines[::-1]) + b"\r\n\r\n" + body) == ID


@pytest.mark.parametrize(
    "other",
    [
        MAIL.replace(b"ana@bakery", b"eva@bakery"),
        MAIL.replace(b"To: soporte", b"To: ventas"),
        MAIL.replace(b"Cc: luis", b"Cc: leo"),
        MAIL.replace(b"no imprime\r\nDate", b"no imprime nada\r\nDate"),
        MAIL.replace(b"Subject: La", b"Subject: LA"),
        MAIL.replace(b"09:31:01", b"09:31:02"),
        MAIL.replace(b"7F3A", b"7F3B"),
        MAIL.replace(b"In-Reply-To: <4711.1", b"In-Reply-To: <4711.2"),
        MAIL.replace(b"References: <1@", b"References: <2@"),
        MAIL.replace(b"text/plain", b"text/html"),
        MAIL.replace(b"caja 2", b"caja 3"),
        MAIL.replace(b"caja 2", b"caja  2"),
        MAIL.replace(b"\r\nLa caja", b"\r\n\r\nLa caja"),
        MAIL.replace(b"Cc: luis@bakery.example\r\n", b""),
        MAIL.replace(b"Subject: La", b"Subject: Re: La"),
        MAIL.replace(b"Buenos", b" Buenos"),
    ],
)
def test_another_mail_is_another_mail(other: bytes) -> None:
    assert other != MAIL
    assert mail_source_id(ACCOUNT, other) != ID


def test_two_mails_that_share_a_message_id_are_two() -> None:
    assert mail_source_id(ACCOUNT, MAIL.replace(b"no imprime.", b"ya imprime.")) != ID


def test_the_mailbox_counts_but_not_its_case() -> None:
    assert mail_source_id("ventas@desk.example", MAIL) != ID
    assert mail_source_id("Soporte@Desk.Example", MAIL) == ID


def test_a_mail_without_message_id_has_an_id_of_its_own() -> None:
    bare = MAIL.replace(b"Message-ID: <7F3A@mail.bakery.example>\r\n", b"")
    assert mail_source_id(ACCOUNT, bare) not in (ID, mail_source_id(ACCOUNT, bare + b"more"))


def test_a_header_in_the_body_is_body() -> None:
    assert mail_source_id(ACCOUNT, b"From: a\r\n\r\nSubject: x\r\n") != mail_source_id(
        ACCOUNT, b"From: a\r\nSubject: x\r\n\r\n"
    )


def test_a_mail_of_many_headers_is_fingerprinted_in_time() -> None:
    long = b"".join(b"Subject: x\r\n " + b"y" * 70 + b"\r\n" for _ in range(20_000)) + b"To:" + b" \r\n" * 20_000
    assert re.fullmatch("[0-9a-f]{64}", mail_source_id(ACCOUNT, long))


# Words of a header: no line breaks, and no characters that ASCII and Unicode disagree on as white space.
words = st.text(st.characters(codec="ascii", exclude_categories=["Cc", "Zs"]), min_size=1, max_size=12)
headers = st.lists(words, min_size=1, max_size=8)
lines_of_body = st.lists(
    st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=30), max_size=8
)


def mail(subject: list[str], body: list[str], *, fold: str = " ", line_end: str = "\r\n", extra: str = "") -> bytes:
    head = f"{extra}From: a@b.example{line_end}Subject: {fold.join(subject)}{line_end}"
    return (head + line_end + line_end.join(body)).encode()


@given(subject=headers, body=lines_of_body, fold=st.sampled_from(["\r\n ", "\r\n\t", "  ", "\t"]))
def test_folding_never_counts(subject: list[str], body: list[str], fold: str) -> None:
    assert mail_source_id(ACCOUNT, mail(subject, body)) == mail_source_id(ACCOUNT, mail(subject, body, fold=fold))


@given(subject=headers, body=lines_of_body, blank=st.integers(0, 5), ends=st.sampled_from(["\n", "\r\n"]))
def test_line_ends_and_trailing_blank_lines_never_count(
    subject: list[str], body: list[str], blank: int, ends: str
) -> None:
    relayed = mail(subject, body, line_end=ends) + ends.encode() * blank
    assert mail_source_id(ACCOUNT, relayed) == mail_source_id(ACCOUNT, mail(subject, body))


@given(subject=headers, body=lines_of_body, name=st.from_regex(r"X-[A-Za-z]{1,10}", fullmatch=True), value=words)
def test_unknown_headers_never_count(subject: list[str], body: list[str], name: str, value: str) -> None:
    relayed = mail(subject, body, extra=f"{name}: {value}\r\n")
    assert mail_source_id(ACCOUNT, relayed) == mail_source_id(ACCOUNT, mail(subject, body))


@given(one=st.tuples(headers, lines_of_body), other=st.tuples(headers, lines_of_body))
def test_different_words_make_different_ids(one: Any, other: Any) -> None:
    def meaning(subject: list[str], body: list[str]) -> tuple[str, str]:
        return " ".join(subject), "\n".join(body).rstrip("\n")

    same = meaning(*one) == meaning(*other)
    assert (mail_source_id(ACCOUNT, mail(*one)) == mail_source_id(ACCOUNT, mail(*other))) == same


@given(raw=st.binary(max_size=400))
def test_any_bytes_have_an_id(raw: bytes) -> None:
    assert re.fullmatch("[0-9a-f]{64}", mail_source_id(ACCOUNT, raw))


def test_the_id_of_an_effect_is_frozen() -> None:
    id_ = effect_id("message.received.v1:4711")

    assert str(id_) == "4072a175-f00a-863c-bd06-f5ebc40f2909"
    assert id_.version == 8
