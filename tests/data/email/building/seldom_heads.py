"""What is seldom met: heads that the test suites of other mail software think of, written anew."""

from tests.data.email.building.addresses import DOS, UNO, from_, to
from tests.data.email.building.encoded_words import subject, typed
from tests.data.email.building.filenames import named
from tests.data.email.building.form import ANA, FROM, ID, START, SUBJECT, TO, lines, mail
from tests.data.email.building.headers import dated

TEXT = "No puedo entrar."

SENDERS = [
    from_(
        "nested-comments-inside",
        "Comments in comments, inside the brackets.",
        "Ana Ruiz <ana(de (la) tienda)@(de Lugo)cliente.example>",
        ANA,
    ),
    from_("dot-after-host", "The root of all domains is named.", "Ana Ruiz <ana@cliente.example.>", ANA),
    from_("name-behind", "The name stands behind the address.", "<ana@cliente.example> Ana Ruiz", ANA),
    from_(
        "mailto-in-square-brackets", "As Outlook names people in quotes.", "Ana Ruiz [mailto:ana@cliente.example]", ANA
    ),
    from_("address-as-comment", "Brackets of the wrong kind.", "Ana Ruiz (ana@cliente.example)", ANA),
    from_("comment-then-name", "A comment and a name: the name counts.", "ana@cliente.example (la jefa) Ana Ruiz", ANA),
    from_("local-user", "A user of the machine itself.", "root (Cron Daemon)", ("Cron Daemon", "root")),
    from_(
        "address-literal",
        "A host without a name.",
        "Ana Ruiz <ana@[IPv6:2001:db8::1]>",
        ("Ana Ruiz", "ana@[IPv6:2001:db8::1]"),
    ),
    from_(
        "quoted-address-in-local-part",
        "Only the host behind the quotes is one.",
        '"ana@otra.example"@cliente.example',
        ("", '"ana@otra.example"@cliente.example'),
    ),
    from_(
        "two-colons",
        "A name with colons, unquoted.",
        "Ana Ruiz :: Tienda <ana@cliente.example>",
        ("Tienda", ANA[1]),
    ),
    from_("route-with-holes", "A route of old with empty places.", "Ana Ruiz <@uno,,@dos,:ana@cliente.example>", ANA),
    from_("domain-percent", "A route in the local part.", "ana%tienda@relay.example", ("", "ana%tienda@relay.example")),
    to(
        "undisclosed-with-host",
        "A relay took the group for a local part.",
        '<"Undisclosed-Recipient:;"@relay.example>',
        [],
    ),
    to("unlisted", "As sendmail says that there are none.", "unlisted-recipients:; (no To-header on input)", []),
    to(
        "groups-and-others",
        "Groups, empty places and people between them.",
        "Uno <uno@desk.example>, Grupo: dos@desk.example;,,,, Nadie:; tres@desk.example TRES;",
        [("Uno", UNO[1]), DOS, ("TRES", "tres@desk.example")],
    ),
    to(
        "comma-in-literal",
        "A bracket that is never closed ends at the comma.",
        "uno@[a, dos@desk.example",
        [
            ("", "uno@[a"),
            DOS,
        ],
    ),
    to(
        "no-commas-with-names",
        "No comma between people.",
        "Uno <uno@desk.example> Dos <dos@desk.example>",
        [
            ("Uno", UNO[1]),
            ("Dos", DOS[1]),
        ],
    ),
]

DATES = [
    dated(
        "spaces-around-colons",
        "Spaces around colons.",
        "Mon, 23 Nov 2026 10 : 00:  00 +0100",
        "2026-11-23T10:00:00+01:00",
    ),
    dated(
        "comment-inside-time", "A comment inside.", "Mon, 23 Nov 2026 10(h):00:00 +0100", "2026-11-23T10:00:00+01:00"
    ),
    dated("cet", "CET means one thing only.", "Mon, 23 Nov 2026 10:00:00 CET", "2026-11-23T10:00:00+01:00"),
    dated("cest", "So does CEST.", "Wed, 22 Jul 2026 10:00:00 CEST", "2026-07-22T10:00:00+02:00"),
    dated("month-spanish", "The month in Spanish.", "mié, 23 dic 2026 10:00:00 +0100", "2026-12-23T10:00:00+01:00"),
    dated("month-german", "The month in German.", "Mi, 23 Dez 2026 10:00:00 +0100", "2026-12-23T10:00:00+01:00"),
    dated(
        "month-french",
        "The month in French, with dots.",
        "mer., 23 déc. 2026 10:00:00 +0100",
        "2026-12-23T10:00:00+01:00",
    ),
    dated("month-words", "In words, in Spanish.", "23 de enero de 2026 10:00:00 +0100", "2026-01-23T10:00:00+01:00"),
    dated("month-sept", "Four letters of September.", "Thu, 3 Sept 2026 10:00:00 +0200", "2026-09-03T10:00:00+02:00"),
    dated("numbers-dots", "Day, month and year with dots.", "23.11.2026 10:00:00 +0100", "2026-11-23T10:00:00+01:00"),
    dated(
        "numbers-dashes", "Day, month and year with dashes.", "23-11-2026 10:00:00 +0100", "2026-11-23T10:00:00+01:00"
    ),
    dated(
        "numbers-year-first", "The year first, with slashes.", "2026/11/23 10:00:00 +0100", "2026-11-23T10:00:00+01:00"
    ),
    dated("numbers-slashes-us", "No month is the 23rd.", "11/23/2026 10:00:00 +0100", "2026-11-23T10:00:00+01:00"),
    dated("numbers-slashes-unclear", "March or April: nobody knows.", "03/04/2026 10:00:00 +0100", None),
    dated("leap-second", "A second more than sixty.", "Thu, 31 Dec 2026 23:59:60 +0000", "2026-12-31T23:59:59+00:00"),
    mail(
        "date-unreadable-then-good",
        "Two dates, of which one can be read.",
        lines(FROM, TO, SUBJECT, "Date: mañana", "Date: Mon, 23 Nov 2026 10:00:00 +0100", ID, "", TEXT),
        date="2026-11-23T10:00:00+01:00",
    ),
]

NAMES = [
    named(
        "folded-in-quotes",
        "The name is folded at its space.",
        'attachment; filename="mi\r\n factura.pdf"',
        "mi factura.pdf",
    ),
    named(
        "folded-with-tab",
        "The name is folded with a tab.",
        'attachment; filename="mi\r\n\tfactura.pdf"',
        "mi factura.pdf",
    ),
    named("2231-no-charset", "Percent signs and nothing else.", "attachment; filename*=a%C3%B1o.pdf", "año.pdf"),
    named(
        "2231-pieces-of-a-letter",
        "A letter in two pieces.",
        "attachment; filename*0*=UTF-8''%E2%82; filename*1*=%AC.pdf",
        "€.pdf",
    ),
    named(
        "quoted-2231",
        "Quotes around what is percent-encoded.",
        "attachment; filename*=\"UTF-8''a%C3%B1o.pdf\"",
        "año.pdf",
    ),
]

IDS = [
    mail(
        "references-bracket-not-closed",
        "An id without its end: the next one's beginning ends it.",
        lines(FROM, "References: <a@x.example <b@x.example>", "", TEXT),
        references=["a@x.example", "b@x.example"],
    ),
    mail(
        "subject-empty-then-good",
        "A relay added an empty subject above the mail's own.",
        lines(FROM, TO, "Subject:", SUBJECT, "", TEXT),
        subject="Pedido 4711",
    ),
    mail(
        "type-quoted",
        "Quotes around the type.",
        lines(*START, 'Content-Type: "text/html"; charset=utf-8', "", "<p>No puedo <b>entrar</b>.</p>"),
        text=TEXT,
        html_contains=["<b>entrar</b>"],
    ),
    mail(
        "charset-comment",
        "A comment behind the charset.",
        lines(*START, "Content-Type: text/plain; charset=iso-8859-15 (Latin 9)", "Content-Transfer-Encoding: 8bit", "")
        + "Son 10 €.\r\n".encode("iso-8859-15"),
        text="Son 10 €.",
    ),
    subject(
        "raw-koi8-short",
        "Raw Russian, too short for statistics.",
        "тест".encode("koi8-r"),
        "тест",
        *typed("koi8-r"),
        body="тест".encode("koi8-r"),
    ),
    subject(
        "question-mark-inside", "A question mark that nobody encoded.", "=?utf-8?Q?a=C3=B1o? nuevo?=", "año? nuevo"
    ),
    subject("spaces-around-charset", "Spaces around the charset.", "=? utf-8 ?Q?a=C3=B1o?=", "año"),
]

MAILS = [*SENDERS, *DATES, *NAMES, *IDS]
