"""Mails of all conditions become one form, and the form holds against the contract's model."""

import time
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake_email.domain.envelope import Envelope
from intake_email.domain.normalise import encode, normalise
from intake_email.domain.understanding import understand
from ventanilla_contracts.events import EVENT_LIMIT_BYTES, TEXT_LIMIT_CHARS, MessageReceived

ENVELOPE = Envelope("sobre@cliente.example", ("soporte+t.tok@desk.example",), "192.0.2.1", "mx.example")
OWN = ("soporte@desk.example",)
HEAD = b"From: Ana <ana@cliente.example>\r\nTo: soporte@desk.example\r\nSubject: Hola\r\nMessage-ID: <1@c.example>\r\n"
PLAIN = HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"


def read(raw: bytes, envelope: Envelope = ENVELOPE) -> MessageReceived:
    """The event of a mail, through its JSON and the model."""
    fields = normalise(understand(raw, envelope.sender, lambda text: None), raw, envelope, OWN)
    fields["id"], fields["account"] = "event", "soporte@desk.example"
    encoded = encode(fields)
    assert len(encoded) <= EVENT_LIMIT_BYTES
    event = MessageReceived.model_validate_json(encoded)
    strings = [event.subject, event.text, event.sender.address, event.sender.name]
    assert all("\0" not in string and string.encode() is not None for string in strings)
    assert "\n" not in event.subject + event.sender.name + event.sender.address
    return event


def multipart(*parts: bytes, kind: bytes = b"mixed") -> bytes:
    head = HEAD + b"MIME-Version: 1.0\r\nContent-Type: multipart/" + kind + b'; boundary="bb"\r\n\r\n'
    return head + b"".join(b"--bb\r\n" + part + b"\r\n" for part in parts) + b"--bb--\r\n"


def test_a_plain_mail_is_read_in_full() -> None:
    event = read(
        b"From: =?utf-8?q?Ana_Nu=C3=B1ez?= <Ana@Cliente.example>\r\n"
        b'To: Soporte <soporte@desk.example>, "Perez, Luis" <LUIS@cliente.example>\r\nCc: c@cliente.example\r\n'
        b"Reply-To: otra@cliente.example\r\nSubject: =?iso-8859-1?q?Aver=EDa_urgente?=\r\n"
        b"Date: Mon, 23 Nov 2026 10:00:00 +0100\r\nMessage-ID: <id1@cliente.example>\r\n"
        b"In-Reply-To: <old@desk.example>\r\nReferences: <a@desk.example>\r\n <old@desk.example>\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n\r\nNo puedo entrar.\r\n\r\nAna\r\n"
    )
    assert (event.sender.address, event.sender.name) == ("ana@cliente.example", "Ana Nuñez")
    assert [party.address for party in event.to] == ["soporte@desk.example", "luis@cliente.example"]
    assert event.to[1].name == "Perez, Luis"
    assert [party.address for party in event.cc] == ["c@cliente.example"]
    assert event.reply_to is not None
    assert event.reply_to.address == "otra@cliente.example"
    assert event.subject == "Avería urgente"
    assert event.sent_at == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert event.text == "No puedo entrar.\n\nAna"
    assert event.threading.message_id == "id1@cliente.example"
    assert event.threading.in_reply_to == "old@desk.example"
    assert event.threading.references == ("a@desk.example", "old@desk.example")
    assert event.threading.reply_token == "tok"
    assert event.disposition == "message"
    assert event.automation == "no"
    assert not event.html
    assert not event.defects


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("utf-8", "¿Dónde está mi pedido? ñ €"),
        ("iso-8859-1", "¿Dónde está mi pedido? ñ"),
        ("iso-8859-15", "Cuesta 5 € la señal"),
        ("windows-1252", "“Avería” – 10 €"),
        ("utf-16", "Hola señor"),
        ("koi8-r", "Привет"),
        ("gb2312", "你好"),
        ("shift_jis", "こんにちは"),
        ("iso-2022-jp", "こんにちは"),
        ("euc-kr", "안녕하세요"),
        ("big5", "您好"),
        ("windows-1251", "Добрый день"),
    ],
)
def test_text_is_decoded_from_its_charset(charset: str, text: str) -> None:
    head = HEAD + f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n".encode()
    assert read(head + text.encode(charset)).text == text


@pytest.mark.parametrize(
    ("encoding", "body", "text"),
    [
        (b"quoted-printable", b"Se=C3=B1al =\r\nrota", "Señal rota"),
        (b"base64", b"U2XDsWFsIHJvdGE=", "Señal rota"),
        (b"8bit", "Señal rota".encode(), "Señal rota"),
        (b"unheard-of", "Señal rota".encode(), "Señal rota"),
        (b"BASE64", b"U2XD\r\nsWFsIHJvdGE=\r\n", "Señal rota"),
    ],
)
def test_text_is_decoded_from_its_transfer_encoding(encoding: bytes, body: bytes, text: str) -> None:
    head = HEAD + b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\n"
    assert read(head + body).text == text


def test_broken_base64_still_gives_an_event() -> None:
    raw = HEAD + b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!?"
    assert "transfer_encoding_broken" in read(raw).defects


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (b"=?utf-8?b?QXZlcsOtYQ==?=", "Avería"),
        (b"=?utf-8?q?Aver=C3=ADa?= =?utf-8?q?_total?=", "Avería total"),
        (b"=?utf-8?q?una=0D=0ABcc:_evil@x.example?=", "una Bcc: evil@x.example"),
        (b"una\r\n linea\r\n\tplegada", "una linea plegada"),
        (b"nul =?utf-8?q?=00?= byte", "nul byte"),
        ("sin codificar: Avería".encode(), "sin codificar: Avería"),
        (b"latin: Aver\xeda", "latin: Avería"),
        (b"", ""),
    ],
)
def test_a_subject_is_decoded_to_one_line(subject: bytes, expected: str) -> None:
    event = read(b"From: a@b.example\r\nSubject: " + subject + b"\r\n\r\nx")
    assert " ".join(event.subject.split()) == expected


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        (b"From: ANA@Cliente.example\r\n", "ana@cliente.example"),
        (b"From: undisclosed\r\nReply-To: r@cliente.example\r\nSender: s@cliente.example\r\n", "r@cliente.example"),
        (b"Sender: Secre <s@cliente.example>\r\n", "s@cliente.example"),
        (b"X-Nothing: 1\r\n", "sobre@cliente.example"),
        (b"From: \r\n", "sobre@cliente.example"),
        (b"From: broken <<ana@cliente.example>> x\r\n", "ana@cliente.example"),
        (b'From: "unclosed <ana@cliente.example>\r\n', "ana@cliente.example"),
        (b"From: a@b.example, c@d.example\r\n", "a@b.example"),
        (b"From: team: x@y.example, z@y.example;\r\n", "x@y.example"),
    ],
)
def test_the_sender_is_found_where_there_is_one(headers: bytes, address: str) -> None:
    assert read(headers + b"Subject: x\r\n\r\nhola").sender.address == address


def test_a_mail_from_nobody_is_from_the_unknown_sender() -> None:
    assert read(b"Subject: x\r\n\r\nhola", Envelope()).sender.address == "unknown"


def test_html_becomes_text_where_plain_is_missing_or_blank() -> None:
    html = b"Content-Type: text/html; charset=utf-8\r\n\r\n<style>p{}</style><p>Hola</p><ul><li>uno</li></ul>"
    for parts in ((html,), (b"Content-Type: text/plain\r\n\r\n \r\n", html)):
        event = read(multipart(*parts, kind=b"alternative"))
        assert "Hola" in event.text
        assert "uno" in event.text
        assert "p{}" not in event.text
        assert event.html


def test_plain_wins_over_html() -> None:
    event = read(
        multipart(
            b"Content-Type: text/plain\r\n\r\nplano", b"Content-Type: text/html\r\n\r\n<p>rico</p>", kind=b"alternative"
        )
    )
    assert event.text == "plano"
    assert event.html


@pytest.mark.parametrize("letters", ["a" * 110_000, "😀" * 80_000], ids=["too long", "too large"])
def test_html_for_which_the_event_has_no_room_is_told_of(letters: str) -> None:
    html = b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>" + letters.encode() + b"</p>"
    event = read(multipart(b"Content-Type: text/plain\r\n\r\nplano", html, kind=b"alternative"))
    assert (event.text, event.html, event.html_body, event.defects) == ("plano", True, None, ("html_not_shown",))


def test_attachments_are_described_by_their_decoded_bytes() -> None:
    event = read(
        multipart(
            b"Content-Type: text/plain\r\n\r\nadjunto",
            b'Content-Type: application/pdf; name="x"\r\nContent-Transfer-Encoding: base64\r\n'
            b"Content-Disposition: attachment; filename*=utf-8''fact%C3%BAra.pdf\r\n\r\naGVsbG8=",
            b"Content-Type: image/png\r\nContent-ID: <logo@x>\r\nContent-Disposition: inline\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=",
            b"Content-Type: message/rfc822\r\n\r\nFrom: z@z.example\r\nSubject: dentro\r\n\r\ninner",
        )
    )
    pdf, image, message = event.attachments
    assert (pdf.filename, pdf.content_type, pdf.size_bytes, pdf.inline) == ("factúra.pdf", "application/pdf", 5, False)
    assert pdf.sha256 == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    assert (image.content_id, image.inline) == ("logo@x", True)
    assert message.content_type == "message/rfc822"
    assert event.text == "adjunto"


def test_the_file_name_of_an_attachment_is_no_path() -> None:
    part = b'Content-Type: text/x-sh\r\nContent-Disposition: attachment; filename="../../.bashrc"\r\n\r\nx'
    assert read(multipart(part)).attachments[0].filename == ".bashrc"


@pytest.mark.parametrize(
    "raw",
    [b"", b"\r\n\r\n", b"\0\0\0", b"hola, esto no es un correo", b"\r\nno headers at all", bytes(range(256)) * 20],
)
def test_what_nobody_can_read_is_unparseable_and_still_an_event(raw: bytes) -> None:
    event = read(raw)
    assert event.disposition == "unparseable"
    assert event.disposition_reason
    assert event.sender.address == "sobre@cliente.example"
    assert event.threading.reply_token == "tok"


def test_unparseable_bytes_with_the_null_sender_come_from_unknown() -> None:
    assert read(b"\0", Envelope("")).sender.address == "unknown"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"<a@b>", "a@b"),
        (b" <a@b> (comment)", "a@b"),
        (b"a@b", "a@b"),
        (b"nonsense", "nonsense"),
        (b"<>", None),
        (b"<a\r\n b@c>", "ab@c"),
    ],
)
def test_a_message_id_is_read_without_brackets(value: bytes, expected: str | None) -> None:
    found = read(b"From: a@b.example\r\nMessage-ID: " + value + b"\r\n\r\nx").threading.message_id
    assert found == expected


def test_a_long_thread_keeps_its_beginning_and_its_end() -> None:
    ids = b" ".join(b"<%d@x>" % number for number in range(500))
    references = read(HEAD + b"References: " + ids + b"\r\n\r\nx").threading.references
    assert len(references) == 50
    assert (references[0], references[-1]) == ("0@x", "499@x")


@pytest.mark.parametrize("date", [b"nunca", b"Mon, 99 Foo 2026", b"1 Jan 1900 00:00 +0000", b"", b"1 Jan 9999 00:00"])
def test_a_date_that_cannot_be_is_none(date: bytes) -> None:
    assert read(HEAD + b"Date: " + date + b"\r\n\r\nx").sent_at is None


def test_text_beyond_the_limit_is_cut_and_said_to_be() -> None:
    event = read(PLAIN + b"palabra " * 20_000)
    assert event.text_cut
    assert len(event.text) == TEXT_LIMIT_CHARS


def test_an_event_stays_below_its_limit_whatever_the_mail_holds() -> None:
    names = b", ".join(b'"' + b"n%d " % n * 200 + b'" <a%d@x.example>' % n for n in range(100))
    event = read(
        b"From: a@b.example\r\nTo: " + names + b"\r\nCc: " + names + b"\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + "\x01😀".encode() * 30_000
    )
    assert event.text_cut
    assert 2_000 < len(event.text) < TEXT_LIMIT_CHARS
    assert len(event.to) == 100


def test_lists_of_addresses_give_way_when_the_text_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake_email.domain.normalise.EVENT_LIMIT_BYTES", 20_000)
    names = b", ".join(b'"' + b"n%d " % n * 200 + b'" <a%d@x.example>' % n for n in range(100))
    event = read(b"From: a@b.example\r\nTo: " + names + b"\r\nSubject: x\r\n\r\nhola")
    assert event.text == "hola"
    assert 0 < len(event.to) < 100


def test_our_own_mail_that_comes_back_is_an_own_loop() -> None:
    raw = b"From: soporte@desk.example\r\nX-Loop: soporte@desk.example\r\nSubject: x\r\n\r\nhola"
    assert read(raw).disposition == "own_loop"


@pytest.mark.parametrize(
    "headers",
    [
        b"From: soporte@desk.example\r\n",
        b"From: ana@cliente.example\r\nX-Loop: soporte@desk.example\r\n",
        b"From: soporte@desk.example\r\nX-Loop: ana@cliente.example\r\n",
    ],
)
def test_a_mail_that_only_resembles_ours_is_a_message(headers: bytes) -> None:
    assert read(headers + b"Subject: x\r\n\r\nhola").disposition == "message"


def test_bare_carriage_returns_are_line_ends() -> None:
    event = read(PLAIN.replace(b"\r\n", b"\r") + b"uno\rdos")
    assert event.subject == "Hola"
    assert event.text == "uno\ndos"


def _nested(depth: int) -> bytes:
    opened = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth))
    return HEAD + opened + b"\r\nfondo"


HOSTILE = {
    "nesting": _nested(10_000),
    "messages in messages": HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 5_000,
    "parts": HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 100_000,
    "attachments": HEAD
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\nContent-Type: image/png\r\n\r\nx\r\n" * 100_000,
    "headers": HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(200_000)) + b"\r\nx",
    "one endless header": HEAD + b"X-A: " + b"a" * 10_000_000 + b"\r\n\r\nx",
    "one endless fold": HEAD + b"X-A: " + b"a\r\n " * 2_000_000 + b"\r\n\r\nx",
    "encoded words": b"From: a@b.example\r\nSubject: " + b"=?utf-8?q?=C3=A9?=\r\n " * 9_000 + b"\r\n\r\nx",
    "addresses": b"From: a@b.example\r\nTo: " + b"<a@b.example>, " * 20_000 + b"\r\n\r\nx",
    "parentheses": b"From: " + b"(" * 200_000 + b"\r\nTo: " + b"(" * 20_000 + b"\r\n\r\nx",
    "quotation marks": b"From: " + b'"' * 200_001 + b"\r\nSubject: x\r\n\r\nx",
    "references": HEAD + b"References: " + b"<" * 200_000 + b"\r\n\r\nx",
    "quotes": PLAIN + b">" * 2_000_000,
    "divs": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 50_000,
    "lists": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<ul><li>x" * 25_000,
    "style tags": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<style>" * 37_000,
    "open tags": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<a " * 87_000,
    "many html parts": HEAD
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + (b"--b\r\nContent-Type: text/html\r\n\r\n" + b"<p>x</p>" * 3_000 + b"\r\n") * 100,
    "bad base64": HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"!!!?" * 500_000,
    "bad base64, nested": _nested(50) + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"!!!?" * 10_000,
    "parameters": HEAD + b"Content-Type: text/plain" + b"; a*0=b" * 30_000 + b"\r\n\r\nx",
    "nul": PLAIN + b"\0" * 2_000_000,
    "lone surrogates": HEAD + b"Content-Type: text/plain; charset=utf-16-le\r\n\r\n" + b"\x00\xd8" * 50_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mail_is_answered_within_a_second(name: str) -> None:
    started = time.process_time()
    read(HOSTILE[name])
    assert time.process_time() - started < 1.0


PIECES = [
    *(b"\r\n", b"\n", b"\r", b"\0", b"=?utf-8?b?", b"?=", b"<", b">", b"(", b'"', b"\\", b"@", b";", b"\xed\xa0\x80"),
    b"--bb\r\n",
    b"Content-Type: multipart/mixed; boundary=bb\r\n",
    b"Content-Type: text/html; charset=utf-16\r\n",
    b"Content-Type: text/plain; charset=idna\r\n",
    b"Content-Type: a/b; name*0*=utf-8''%ff\r\n",
    b"Content-Type: message/rfc822\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: x-uuencode\r\n",
    *(b"From: ", b"Date: 1 Jan 9999", b"Message-ID: ", b"References: <", b"Auto-Submitted: "),
]


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=600), st.lists(st.sampled_from(PIECES), max_size=12), st.randoms())
def test_any_bytes_become_an_event(noise: bytes, pieces: list[bytes], random: Random) -> None:
    mixed = [PLAIN, noise, *pieces]
    random.shuffle(mixed)
    read(b"".join(mixed))
