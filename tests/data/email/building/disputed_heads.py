"""Heads that one mail program reads and the next does not: found in other suites' expectations, written anew."""

from tests.data.email.building.addresses import DOS, UNO, from_, to
from tests.data.email.building.encoded_words import subject
from tests.data.email.building.form import ANA, FROM, SUBJECT, TO, Mail, lines, mail
from tests.data.email.building.headers import dated

TEXT = "No puedo entrar."


def referring(name: str, why: str, value: str, expected: list[str]) -> Mail:
    """A mail with these References."""
    raw = lines(FROM, TO, SUBJECT, f"References: {value}", "", TEXT)
    return mail(f"references-{name}", why, raw, references=expected, subject="Pedido 4711", text=TEXT)


ADDRESSES = [
    from_(
        "quote-in-quoted-local-part",
        "A quoted local part with a quote in it, which stays as it is written.",
        '"ana\\"ruiz"@cliente.example',
        ("", '"ana\\"ruiz"@cliente.example'),
    ),
    from_(
        "angle-in-quoted-local-part",
        "A bracket between quotes closes nothing.",
        'Ana Ruiz <"ana>"@cliente.example>',
        ("Ana Ruiz", '"ana>"@cliente.example'),
    ),
    from_(
        "address-between-quotes-beside-the-real-one",
        "What stands between quotes is a name, however much it looks like an address.",
        '"Escriba a: soporte@desk.example" ana@cliente.example',
        ("Escriba a: soporte@desk.example", "ana@cliente.example"),
    ),
    from_(
        "address-between-quotes-and-no-brackets",
        "The same, with nothing but an address between the quotes.",
        '"soporte@desk.example" ana@cliente.example',
        ("soporte@desk.example", "ana@cliente.example"),
    ),
    from_(
        "two-at-signs-without-brackets",
        "Whoever reads only the first half of it writes to somebody else.",
        "ana@tienda@cliente.example",
        ("", "ana@tienda@cliente.example"),
    ),
    from_("name-touches-address", "No space and no brackets.", '"Ana Ruiz"ana@cliente.example', ANA),
    from_(
        "local-part-encoded",
        "An encoded word for a local part, against RFC 2047 section 5.",
        "=?utf-8?Q?ana?=@cliente.example",
        ("", "ana@cliente.example"),
    ),
    from_(
        "nickname-last-in-encoded-name",
        "Quotes inside the name, the last of them at its end.",
        "=?utf-8?q?Ana_=22La_Jefa=22?= <ana@cliente.example>",
        ('Ana "La Jefa"', "ana@cliente.example"),
    ),
    from_(
        "address-as-quoted-name-with-local-quotes",
        "A name that is a quoted address keeps its quotes.",
        '"\\"ana ruiz\\"@otra.example" <ana@cliente.example>',
        ('"ana ruiz"@otra.example', "ana@cliente.example"),
    ),
    from_(
        "name-cut-inside-an-escape",
        "Two encoded words: the first ends in the middle of an escape.",
        "=?utf-8?Q?Jos=C3=A?= =?utf-8?Q?9_Ruiz?= <ana@cliente.example>",
        ("José Ruiz", "ana@cliente.example"),
    ),
    to(
        "quoted-local-part-with-spaces-around",
        "White space around the at sign and the dots, as RFC 822 allowed it.",
        '":uno" @  desk. example, dos@desk.example',
        [("", '":uno"@desk.example'), DOS],
    ),
    to("host-alone", "No local part: nobody.", "@desk.example, uno@desk.example", [UNO]),
    to(
        "group-with-host",
        "A group that a relay took for a local part.",
        "lista:;@relay.example, uno@desk.example",
        [UNO],
    ),
]

LINES = [
    subject(
        "base64-cut-inside-a-letter",
        "Two encoded words: base64 cut where it should not be, without padding.",
        "=?utf-8?B?UGVkaWRvIG4=?= =?utf-8?B?w7?= =?utf-8?B?ptZXJvIDQ3MTE=?=",
        "Pedido número 4711",
    ),
    subject(
        "base64-unpadded-but-whole",
        "Two encoded words, each whole, but without padding.",
        "=?utf-8?B?UGVkaWRvIA?= =?utf-8?B?NDcxMQ?=",
        "Pedido 4711",
    ),
    dated(
        "asctime-with-zone",
        "As C programs print it, with the zone in front of the year.",
        "Mon Nov 23 10:00:00 CET 2026",
        "2026-11-23T10:00:00+01:00",
    ),
    dated(
        "offset-of-hours",
        "An offset without its minutes.",
        "Mon, 23 Nov 2026 10:00:00 AM +01",
        "2026-11-23T10:00:00+01:00",
    ),
    dated("gmt-plus-one", "The same behind GMT.", "Mon, 23 Nov 2026 10:00:00 GMT+1", "2026-11-23T10:00:00+01:00"),
    dated("space-in-offset", "A space in the offset.", "Mon, 23 Nov 2026 10:00:00 - 0300", "2026-11-23T10:00:00-03:00"),
    dated(
        "named-zone-in-quotes",
        "Quotes around the zone.",
        'Mon, 23 Nov 2026 10:00:00 "CET"',
        "2026-11-23T10:00:00+01:00",
    ),
    dated("zone-of-sydney", "A zone of Australia.", "Mon, 23 Nov 2026 10:00:00 AEDT", "2026-11-23T10:00:00+11:00"),
    mail(
        "id-with-quoted-space",
        "Between quotes white space belongs to the id.",
        lines(FROM, TO, SUBJECT, 'Message-ID: <"uno dos"@cliente.example>', "", TEXT),
        message_id='"uno dos"@cliente.example',
    ),
    referring(
        "bare-between-bracketed",
        "One of the ids has no brackets.",
        "<1@cliente.example> 2@cliente.example <3@cliente.example>",
        ["1@cliente.example", "2@cliente.example", "3@cliente.example"],
    ),
    mail(
        "references-cut-and-not-indented",
        "An id was cut in two, and its second half is not indented.",
        lines(FROM, TO, SUBJECT, "References: <1@cliente.example>, <largo.   ", "resto@cliente.example>", "", TEXT),
        references=["1@cliente.example", "largo.resto@cliente.example"],
        text=TEXT,
    ),
    mail(
        "empty-line-before-content-type",
        "One empty line too many: the headers that say how to read the body stand below it.",
        lines(
            FROM,
            TO,
            SUBJECT,
            "",
            "Content-Type: text/html; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable",
            "",
            "<p>A=C3=B1o nuevo</p>",
        ),
        subject="Pedido 4711",
        text="Año nuevo",
    ),
    mail(
        "encoding-behind-a-comment",
        "A comment in front of the encoding.",
        lines(FROM, TO, SUBJECT, "Content-Transfer-Encoding: (letras) base64", "", "Tm8gcHVlZG8gZW50cmFyLg=="),
        text=TEXT,
    ),
    mail(
        "type-between-comments",
        "Comments around the type.",
        lines(FROM, TO, SUBJECT, "Content-Type: (pagina) text (o) / (mas) html; charset=utf-8", "", "<p>Hola</p>"),
        text="Hola",
    ),
    mail(
        "type-is-a-tag",
        "A program wrote the page's first tag for its type.",
        lines(FROM, TO, SUBJECT, "Content-Type: <html>", "", "Hola<br>", "adi&oacute;s"),
        text="Hola\nadiós",
    ),
]

HEADS = [*ADDRESSES, *LINES]
