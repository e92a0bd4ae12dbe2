"""What is rarer still: heads of which one program in the world makes many."""

from tests.data.email.building.addresses import from_, to
from tests.data.email.building.encoded_words import subject, typed
from tests.data.email.building.form import (
    ANA,
    DATE,
    FROM,
    ID,
    START,
    SUBJECT,
    TO,
    lines,
    mail,
)
from tests.data.email.building.headers import dated

TEXT = "No puedo entrar."
UNO, DOS = ("", "uno@desk.example"), ("", "dos@desk.example")

MAILS = [
    from_(
        "encoded-in-route",
        "An encoded name with a raw one after it.",
        "=?utf-8?Q?Mu=C3=B1oz?= Íñigo <ana@cliente.example>",
        ("Muñoz Íñigo", ANA[1]),
    ),
    from_(
        "quoted-at",
        "A name with an address in brackets, in quotes.",
        '"Ana (ana@otra.example)" <ana@cliente.example>',
        ("Ana (ana@otra.example)", ANA[1]),
    ),
    from_(
        "via-list",
        "A list writes who it was in the name.",
        '"Ana Ruiz via Lista" <lista@desk.example>',
        ("Ana Ruiz via Lista", "lista@desk.example"),
        "Reply-To: Ana Ruiz <ana@cliente.example>",
    ),
    from_("empty-name", "Quotes around nothing.", '"" <ana@cliente.example>', ("", ANA[1])),
    from_("space-name", "Quotes around a space.", '" " <ana@cliente.example>', ("", ANA[1])),
    from_("double-quoted", "Quotes in quotes, unescaped.", '""Ana Ruiz"" <ana@cliente.example>', ANA),
    from_(
        "slash",
        "A slash and an ampersand in a name.",
        "Ana / Bo & Cía. <ana@cliente.example>",
        ("Ana / Bo & Cía.", ANA[1]),
    ),
    from_(
        "underscore-host",
        "Hosts may have underscores.",
        "Ana <ana@mi_host.cliente.example>",
        ("Ana", "ana@mi_host.cliente.example"),
    ),
    from_(
        "no-dot-host", "A host of one word, as in an office.", "Ana Ruiz <ana@servidor>", ("Ana Ruiz", "ana@servidor")
    ),
    from_(
        "dots-in-local-part",
        "Phones have addresses with two dots.",
        "<ana..ruiz.@docomo.example>",
        ("", "ana..ruiz.@docomo.example"),
    ),
    from_("idn-mail", "Address and host in Unicode.", "用户 <用户@例子.example>", ("用户", "用户@例子.example")),
    from_("encoded-address-only", "The address itself is encoded.", "=?utf-8?Q?ana=40cliente.example?=", ("", ANA[1])),
    from_(
        "encoded-in-brackets",
        "The address in brackets is encoded.",
        "Ana Ruiz <=?utf-8?Q?ana=40cliente.example?=>",
        ANA,
    ),
    to(
        "mailto-list", "Links instead of addresses.", "<mailto:uno@desk.example>, <mailto:dos@desk.example>", [UNO, DOS]
    ),
    to("group-empty-and-more", "An empty group and an address.", "undisclosed-recipients: ;, uno@desk.example", [UNO]),
    to(
        "group-quoted-name",
        "A group with a quoted name.",
        '"Soporte, España": uno@desk.example, dos@desk.example;',
        [UNO, DOS],
    ),
    to("group-unclosed", "A group that never ends.", "Soporte: uno@desk.example, dos@desk.example", [UNO, DOS]),
    to(
        "encoded-list",
        "Encoded names with commas.",
        "=?utf-8?Q?Ruiz=2C_Ana?= <uno@desk.example>, =?utf-8?Q?Gil=2C_Bo?= <dos@desk.example>",
        [("Ruiz, Ana", UNO[1]), ("Gil, Bo", DOS[1])],
    ),
    to("line-feeds-for-commas", "A script put a line for each.", "uno@desk.example\r\n dos@desk.example", [UNO, DOS]),
    to("same-twice", "One address twice.", "uno@desk.example, Uno <uno@desk.example>", [UNO, ("Uno", UNO[1])]),
    to(
        "quoted-comma-at",
        "An at sign and a comma in a quoted name.",
        '"uno@x, dos" <uno@desk.example>',
        [("uno@x, dos", UNO[1])],
    ),
    to("comments-everywhere", "Comments everywhere.", "(a)Uno(b) <uno(c)@(d)desk.example>(e)", [("Uno", UNO[1])]),
    subject("folded-in-base64-utf16", "UTF-16 in an encoded word.", "=?utf-16?B?//5hAPEAbwA=?=", "año"),
    subject("iso-2022-kr", "Korean of the nineties.", "=?iso-2022-kr?B?GyQpQw4+SDNnDw==?=", "안녕"),
    subject("gb18030-euro", "The euro in GB18030.", "=?gb18030?B?ouMxMA==?=", "€10"),
    subject("dashes-for-underscores", "Spaces as 20.", "=?utf-8?Q?a=C3=B1o=20nuevo=3F?=", "año nuevo?"),
    subject(
        "nested",
        "An encoded word inside an encoded word was encoded twice: one layer is taken off.",
        "=?utf-8?Q?=3D=3Futf-8=3FQ=3Fa=3F=3D?=",
        "=?utf-8?Q?a?=",
    ),
    subject("q-soft-line-end", "A soft line end where none belongs.", "=?utf-8?Q?a=C3=B1o=\r\n _nuevo?=", "año nuevo"),
    subject(
        "comma-after",
        "Punctuation after an encoded word.",
        "=?utf-8?Q?a=C3=B1o?=, =?utf-8?Q?d=C3=ADa?=: hoy",
        "año, día: hoy",
    ),
    subject("surrogates", "A pair of surrogates in UTF-8 (CESU-8).", "=?utf-8?Q?Hola_=ED=A0=BD=ED=B8=80?=", "Hola 😀"),
    subject("html-entities", "Entities in a subject are text.", "AT&amp;T &lt;hola&gt;", "AT&amp;T &lt;hola&gt;"),
    subject("raw-tabs", "Tabs in a subject.", "Pedido\t4711\t\turgente", "Pedido 4711 urgente"),
    subject(
        "raw-euc-jp",
        "Raw EUC-JP, as the body says of itself.",
        "注文について".encode("euc-jp"),
        "注文について",
        *typed("euc-jp"),
        body="よろしくお願いします。".encode("euc-jp"),
    ),
    subject(
        "raw-cp1250",
        "Raw Polish of Windows, as the body says of itself.",
        "Zażółć gęślą jaźń".encode("cp1250"),
        "Zażółć gęślą jaźń",
        *typed("windows-1250"),
        body="Dzień dobry".encode("cp1250"),
    ),
    dated(
        "us-order",
        "Month before day, as a script writes it.",
        "Nov 23, 2026 10:00:00 +0100",
        "2026-11-23T10:00:00+01:00",
    ),
    dated("am-pm", "Hours of the afternoon.", "Mon, 23 Nov 2026 03:00:00 PM +0100", "2026-11-23T15:00:00+01:00"),
    dated(
        "asctime-number-zone",
        "C's asctime with a zone after it.",
        "Mon Nov 23 10:00:00 2026 +0100",
        "2026-11-23T10:00:00+01:00",
    ),
    dated(
        "weekday-foreign",
        "The day of the week in Spanish.",
        "lun, 23 Nov 2026 10:00:00 +0100",
        "2026-11-23T10:00:00+01:00",
    ),
    dated("dots", "Dots in the time.", "Mon, 23 Nov 2026 10.00.00 +0100", "2026-11-23T10:00:00+01:00"),
    dated("fraction", "A fraction of a second.", "Mon, 23 Nov 2026 10:00:00.123 +0100", "2026-11-23T10:00:00+01:00"),
    dated(
        "zone-in-quotes",
        "The zone's name in quotes.",
        'Mon, 23 Nov 2026 10:00:00 +0100 "GMT"',
        "2026-11-23T10:00:00+01:00",
    ),
    dated(
        "military",
        "Letters for zones mean nothing certain (RFC 5322 section 4.3).",
        "Mon, 23 Nov 2026 10:00:00 A",
        "2026-11-23T10:00:00+00:00",
    ),
    dated("pdt", "PDT is seven hours behind.", "Mon, 23 Nov 2026 10:00:00 PDT", "2026-11-23T10:00:00-07:00"),
    mail(
        "date-twice",
        "The first date is the mail's.",
        lines(FROM, TO, SUBJECT, DATE, "Date: Tue, 24 Nov 2026 10:00:00 +0100", ID, "", TEXT),
        date="2026-11-23T10:00:00+01:00",
    ),
    mail(
        "references-in-quotes",
        "Ids with quotes in them.",
        lines(
            FROM,
            'References: <"a b"@x.example> <c@x.example>',
            "In-Reply-To: <c@x.example> (Ana's message of Monday)",
            "",
            TEXT,
        ),
        in_reply_to="c@x.example",
    ),
    mail(
        "in-reply-to-empty-brackets",
        "Brackets around nothing.",
        lines(FROM, TO, SUBJECT, "In-Reply-To: <>", "References: <>", "", TEXT),
        in_reply_to=None,
        references=[],
    ),
    mail(
        "references-repeated",
        "Two headers of references.",
        lines(FROM, "References: <a@x.example>", "References: <b@x.example>", "", TEXT),
        references=["a@x.example", "b@x.example"],
    ),
    mail(
        "form-feed-before-head",
        "A form feed before the head.",
        b"\x0c\r\n" + lines(*START, "", TEXT),
        sender=ANA,
        subject="Pedido 4711",
    ),
    mail(
        "quoted-head",
        "A program wrote a tab before each header's value.",
        lines("From:\tAna Ruiz <ana@cliente.example>", "To:\tsoporte@desk.example", "Subject:\tPedido 4711", "", TEXT),
        sender=ANA,
        subject="Pedido 4711",
    ),
    mail(
        "envelope-lines",
        "What a queue keeps before the mail.",
        lines(
            "Return-path: <ana@cliente.example>",
            "Envelope-to: soporte@desk.example",
            "Delivery-date: Mon, 23 Nov 2026 10:00:00 +0100",
            *START,
            "",
            TEXT,
        ),
        sender=ANA,
        date="2026-11-23T10:00:00+01:00",
    ),
]
