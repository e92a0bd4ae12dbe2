"""Heads, encoded words, addresses, dates and parameters, as they arrive."""

from datetime import datetime, timedelta, timezone

import pytest

from intake_email.domain.mime.dates import read_date
from intake_email.domain.mime.encoded_words import header_text
from intake_email.domain.mime.head import read_head
from intake_email.domain.mime.mailboxes import read_mailboxes, salvage
from intake_email.domain.mime.parameters import content_type, disposition


@pytest.mark.parametrize(
    ("raw", "fields", "body"),
    [
        (b"From: a\r\nTo: b\r\n\r\nbody", {"from": [b"a"], "to": [b"b"]}, b"body"),
        (b"From: a\n\nbody", {"from": [b"a"]}, b"body"),
        (b"\n\nFrom: a\n\nbody", {"from": [b"a"]}, b"body"),
        (b"From a@b Mon Jan 1 2024\nFrom: a\n\nbody", {"from": [b"a"]}, b"body"),
        (b"\xef\xbb\xbfFrom: a\n\nbody", {"from": [b"a"]}, b"body"),
        (b"From: a\nTo: b\nTo: c\n\n", {"from": [b"a"], "to": [b"b", b"c"]}, b""),
        (b"Subject : a\n\nbody", {"subject": [b"a"]}, b"body"),
        (b"Hello there\nFrom: a\nSubject: b\n\nbody", {"from": [b"a"], "subject": [b"b"]}, b"body"),
        (b"Subject: one\ntwo\nFrom: a\n\nbody", {"subject": [b"one\n two"], "from": [b"a"]}, b"body"),
        (b"From: a\nContent-Type: text/plain;\ncharset=utf-8\n\nbody",
         {"from": [b"a"], "content-type": [b"text/plain;\n charset=utf-8"]}, b"body"),
        (b"From: a\nSubject: b\nDear all,\n\nbody", {"from": [b"a"], "subject": [b"b"]}, b"Dear all,\n\nbody"),
        (b"From: a", {"from": [b"a"]}, b""),
    ],
)  # fmt: skip
def test_headers_are_found_where_they_are(raw: bytes, fields: dict[str, list[bytes]], body: bytes) -> None:
    head = read_head(raw)
    assert head.fields == fields
    assert raw[head.end :] == body


def test_a_text_without_headers_has_none() -> None:
    head = read_head(b"hello, this is no mail\nat all")
    assert head.fields == {}
    assert head.end == 0


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain", "plain"),
        (b"one\r\n two\r\n\tthree", "one two three"),
        (b"=?utf-8?q?Aver=C3=ADa?=", "Avería"),
        (b"=?utf-8?b?QXZlcsOtYQ==?= =?utf-8?b?IGdyYW5kZQ?=", "Avería grande"),
        (b"=?utf-8?q?a_b?= c =?utf-8?q?d?=", "a b c d"),
        (b"=?utf-8?q?=E2=82?==?utf-8?q?=AC?=", "€"),
        (b"=?utf-8?Q?two words inside?=", "two words inside"),
        (b'"=?utf-8?q?Jos=C3=A9?="', '"José"'),
        (b"=?iso-8859-1?Q?a?= =?utf-8?Q?b?=", "ab"),
        (b"=?utf-8?Q?What=3F?= next", "What? next"),
        (b"=?utf-8?q?unfinished", "unfinished"),
        (b"=?x-unknown?q?abc?=", "abc"),
        (b"=?utf-8*es?q?hola?=", "hola"),
        (b"=?ISO-2022-JP?B?GyRCJUYlOSVIGyhC?=", "テスト"),
        (b"=?gb2312?B?hMKG8A==?=", "劼嗮"),
        (b"a =? b ?= c", "a =? b ?= c"),
        (b"=?utf-8?q?a=0D=0ABcc:_x@y.example?=", "a Bcc: x@y.example"),
        ("Avería".encode(), "Avería"),
        (b"Aver\xeda", "Avería"),
        (b"\x1b$B%F%9%H\x1b(B", "テスト"),
    ],
)
def test_a_header_value_becomes_one_line_of_text(raw: bytes, text: str) -> None:
    assert header_text(raw) == text


@pytest.mark.parametrize(
    ("raw", "mailboxes"),
    [
        (b"a@b.example", [("", "a@b.example")]),
        (b"Ana <a@b.example>", [("Ana", "a@b.example")]),
        (b'"Perez, Luis" <l@b.example>, c@d.example', [("Perez, Luis", "l@b.example"), ("", "c@d.example")]),
        (b"Perez, Luis <l@b.example>", [("Perez, Luis", "l@b.example")]),
        (b"a@b.example (Ana)", [("Ana", "a@b.example")]),
        (b"=?utf-8?q?Nu=C3=B1ez=2C_Ana?= <a@b.example>", [("Nuñez, Ana", "a@b.example")]),
        (b"Team: a@b.example, Bo <b@b.example>;", [("", "a@b.example"), ("Bo", "b@b.example")]),
        (b"undisclosed-recipients:;", []),
        (b"Undisclosed recipients: ;", []),
        (b"<@relay.example:a@b.example>", [("", "a@b.example")]),
        (b'"odd local"@b.example', [("", '"odd local"@b.example')]),
        (b"a@b.example; c@d.example", [("", "a@b.example"), ("", "c@d.example")]),
        (b"A <a@b.example> C <c@d.example>", [("A", "a@b.example"), ("C", "c@d.example")]),
        (b"<<a@b.example>>", [("", "a@b.example")]),
        (b"mailto:a@b.example", [("", "a@b.example")]),
        (b"a@b.example <c@d.example>", [("a@b.example", "c@d.example")]),
        (b"John Doe <jdoe@machine(comment).  example>", [("John Doe", "jdoe@machine.example")]),
        ("Jöhn <jö@mächine.example>".encode(), [("Jöhn", "jö@mächine.example")]),
        (b"MAILER-DAEMON", [("", "MAILER-DAEMON")]),
        (b"", []),
        (b'"', []),
    ],
)
def test_addresses_are_made_out(raw: bytes, mailboxes: list[tuple[str, str]]) -> None:
    assert [(one.name, one.address) for one in read_mailboxes([raw])] == mailboxes


def test_an_address_is_salvaged_from_what_breaks_every_grammar() -> None:
    assert [one.address for one in salvage([b"Big Bug bb@bug.example <<"])] == ["bb@bug.example"]


def _zone(hours: float) -> timezone:
    return timezone(timedelta(hours=hours))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Mon, 23 Nov 2026 10:00:00 +0100", datetime(2026, 11, 23, 10, 0, 0, tzinfo=_zone(1))),
        ("23 Nov 2026 10:00 GMT", datetime(2026, 11, 23, 10, 0, 0, tzinfo=_zone(0))),
        ("Mon, 23 Nov 26 10:00:00 -0330 (NST)", datetime(2026, 11, 23, 10, 0, 0, tzinfo=_zone(-3.5))),
        ("2026-11-23T10:00:00Z", datetime(2026, 11, 23, 10, 0, 0, tzinfo=_zone(0))),
        ("2026-11-23 10:00:00 +02:00", datetime(2026, 11, 23, 10, 0, 0, tzinfo=_zone(2))),
        ("Mon, 23 Nov 2026 10:00:00", datetime(2026, 11, 23, 10, 0, 0, tzinfo=_zone(0))),
        ("Mon, 23 Nov 2026 10:00:00 GMT+0200", datetime(2026, 11, 23, 10, 0, 0, tzinfo=_zone(2))),
        ("yesterday", None),
        ("", None),
        ("Mon, 99 Nov 2026 10:00:00 +0100", None),
    ],
)
def test_a_date_keeps_its_offset(text: str, moment: datetime | None) -> None:
    found = read_date(text)
    assert found == moment
    if found is not None and moment is not None:
        assert found.utcoffset() == moment.utcoffset()


@pytest.mark.parametrize(
    ("raw", "value", "parameters"),
    [
        (b"text/plain", "text/plain", {}),
        (b"text/plain; charset=UTF-8", "text/plain", {"charset": "UTF-8"}),
        (b'TEXT/HTML; charset="utf-8"; format=flowed', "text/html", {"charset": "utf-8", "format": "flowed"}),
        (b"application/pdf; name=my file.pdf", "application/pdf", {"name": "my file.pdf"}),
        (b'application/pdf name="a.pdf"', "application/pdf", {"name": "a.pdf"}),
        (b"text/plain charset=us-ascii", "text/plain", {"charset": "us-ascii"}),
        (b'a/b; name="C:\\dir\\x.txt"', "a/b", {"name": "C:\\dir\\x.txt"}),
        (b'a/b; name="say \\"hi\\""', "a/b", {"name": 'say "hi"'}),
        (b"a/b; name*=utf-8''%C3%A9.txt", "a/b", {"name": "é.txt"}),
        (b"a/b; name*0*=utf-8''a%20; name*1=b; name*2*=%C3%A9", "a/b", {"name": "a bé"}),
        (b'a/b; name="=?utf-8?q?=C3=A9.txt?="', "a/b", {"name": "é.txt"}),
        (b'multipart/mixed; boundary="a b"', "multipart/mixed", {"boundary": "a b"}),
        (b'multipart/mixed; boundary="unclosed', "multipart/mixed", {"boundary": "unclosed"}),
        (b"nonsense", "", {}),
    ],
)
def test_a_content_type_is_read(raw: bytes, value: str, parameters: dict[str, str]) -> None:
    found = content_type(raw)
    assert (found.value, found.parameters) == (value, parameters)


def test_a_disposition_without_a_word_still_has_its_file_name() -> None:
    assert disposition(b"filename=a.txt").get("filename") == "a.txt"
    assert disposition(b'attachment; filename="a.txt"').value == "attachment"
