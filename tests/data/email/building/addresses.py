"""Addresses as mail programs really write them."""

from tests.data.email.building.form import ANA, DATE, ID, SUBJECT, TO, Mail, lines, mail

TEXT = "No puedo entrar."


def from_(
    name: str, why: str, value: str | bytes, expected: tuple[str, str], *more: str, body: bytes = TEXT.encode()
) -> Mail:
    """A mail with this From."""
    field = b"From: " + (value.encode() if isinstance(value, str) else value)
    raw = lines(field, TO, *more, SUBJECT, DATE, ID, "", body)
    return mail(f"from-{name}", why, raw, sender=expected, subject="Pedido 4711")


def to(name: str, why: str, value: str | bytes, expected: list[tuple[str, str]]) -> Mail:
    field = b"To: " + (value.encode() if isinstance(value, str) else value)
    raw = lines("From: ana@cliente.example", field, SUBJECT, "", TEXT)
    return mail(f"to-{name}", why, raw, to=expected, sender=("", "ana@cliente.example"))


UNO, DOS, TRES = ("", "uno@desk.example"), ("", "dos@desk.example"), ("", "tres@desk.example")

MAILS = [
    from_("comment", "The oldest form has the name in a comment.", "ana@cliente.example (Ana Ruiz)", ANA),
    from_("nested-comment", "Comments nest.", "ana@cliente.example (Ana (la de) Ruiz)", ("Ana (la de) Ruiz", ANA[1])),
    from_("bare", "An address and nothing else.", "ana@cliente.example", ("", ANA[1])),
    from_("brackets-only", "Brackets without a name.", "<ana@cliente.example>", ("", ANA[1])),
    from_(
        "comma-unquoted",
        "Outlook writes family name first, and some gateways drop the quotes.",
        "Ruiz, Ana <ana@cliente.example>",
        ("Ruiz, Ana", ANA[1]),
    ),
    from_("comma-quoted", "The same with its quotes.", '"Ruiz, Ana" <ana@cliente.example>', ("Ruiz, Ana", ANA[1])),
    from_(
        "escaped-quotes",
        "Quotes inside quotes are escaped.",
        r'"Ana \"la jefa\" Ruiz" <ana@cliente.example>',
        ('Ana "la jefa" Ruiz', ANA[1]),
    ),
    from_(
        "dots-unquoted",
        "A name with dots needs quotes and seldom has them.",
        "J. R. Ruiz S.L. <jr@cliente.example>",
        ("J. R. Ruiz S.L.", "jr@cliente.example"),
    ),
    from_(
        "name-is-address",
        "Many programs repeat the address as the name.",
        '"ana@cliente.example" <ana@cliente.example>',
        ("ana@cliente.example", ANA[1]),
    ),
    from_(
        "name-is-address-unquoted",
        "The same without quotes.",
        "ana@cliente.example <ana@cliente.example>",
        ("ana@cliente.example", ANA[1]),
    ),
    from_(
        "name-is-another-address",
        "Whoever the name pretends to be, the address in brackets is the sender.",
        '"ceo@bank.example" <ladron@mal.example>',
        ("ceo@bank.example", "ladron@mal.example"),
    ),
    from_(
        "name-in-brackets",
        "A name with brackets of its own.",
        '"Ana <la jefa> Ruiz" <ana@cliente.example>',
        ("Ana <la jefa> Ruiz", ANA[1]),
    ),
    from_(
        "route",
        "A route before the address is ignored (RFC 5322 section 4.4).",
        "Ana Ruiz <@relay.example,@mx.example:ana@cliente.example>",
        ANA,
    ),
    from_(
        "quoted-local-part",
        "A local part in quotes may have spaces.",
        'Ana Ruiz <"ana ruiz"@cliente.example>',
        ("Ana Ruiz", '"ana ruiz"@cliente.example'),
    ),
    from_("two-authors", "Of two authors the first.", "Ana Ruiz <ana@cliente.example>, Bo <bo@cliente.example>", ANA),
    from_("unclosed-bracket", "The closing bracket is missing.", "Ana Ruiz <ana@cliente.example", ANA),
    from_("unclosed-quote", "The closing quote is missing.", '"Ana Ruiz <ana@cliente.example>', ANA),
    from_("mailto", "A web form wrote a link.", "Ana Ruiz <mailto:ana@cliente.example>", ANA),
    from_("doubled-brackets", "A script wrapped brackets in brackets.", "Ana Ruiz <<ana@cliente.example>>", ANA),
    from_("no-space-before-bracket", "No space before the bracket.", '"Ana Ruiz"<ana@cliente.example>', ANA),
    from_("spaces-in-brackets", "Spaces inside the brackets.", "Ana Ruiz < ana@cliente.example >", ANA),
    from_("trailing-comma", "A comma too many.", "Ana Ruiz <ana@cliente.example>,", ANA),
    from_("apostrophe", "Names have apostrophes.", "Ana O'Ruiz <ana@cliente.example>", ("Ana O'Ruiz", ANA[1])),
    from_(
        "utf8-name",
        "A name in plain UTF-8 (RFC 6532).",
        "Íñigo Núñez <inigo@cliente.example>",
        ("Íñigo Núñez", "inigo@cliente.example"),
    ),
    from_(
        "latin1-name",
        "A name in raw Latin-1, of which nothing speaks.",
        "Íñigo Núñez <inigo@cliente.example>".encode("latin-1"),
        ("Íñigo Núñez", "inigo@cliente.example"),
    ),
    from_(
        "utf8-local-part",
        "An internationalised address (RFC 6531).",
        "Íñigo <íñigo@cliente.example>",
        ("Íñigo", "íñigo@cliente.example"),
    ),
    from_(
        "idn",
        "A domain in Unicode is the same as in its ASCII form.",
        "Ana <ana@bücher.example>",
        ("Ana", "ana@xn--bcher-kva.example"),
    ),
    from_(
        "encoded-with-comma",
        "A comma out of an encoded word parts nobody.",
        "=?utf-8?Q?Ruiz=2C_Ana?= <ana@cliente.example>",
        ("Ruiz, Ana", ANA[1]),
    ),
    from_(
        "encoded-in-quotes",
        "Encoded words in quotes are wrong, and everybody writes them.",
        '"=?utf-8?Q?Ana_Mu=C3=B1oz?=" <ana@cliente.example>',
        ("Ana Muñoz", ANA[1]),
    ),
    from_(
        "encoded-with-brackets",
        "An encoded name that contains an address is not the sender.",
        "=?utf-8?Q?Banco_=3Cceo=40bank.example=3E?= <ladron@mal.example>",
        ("Banco <ceo@bank.example>", "ladron@mal.example"),
    ),
    from_(
        "encoded-no-space",
        "No space between encoded name and bracket.",
        "=?utf-8?Q?Ana_Mu=C3=B1oz?=<ana@cliente.example>",
        ("Ana Muñoz", ANA[1]),
    ),
    from_(
        "encoded-in-comment",
        "Encoded words are allowed in comments.",
        "ana@cliente.example (=?iso-8859-1?Q?Ana_Mu=F1oz?=)",
        ("Ana Muñoz", ANA[1]),
    ),
    from_(
        "plus-and-case",
        "The address keeps its plus part.",
        "<ana+tienda@cliente.example>",
        ("", "ana+tienda@cliente.example"),
    ),
    from_(
        "empty-with-reply-to", "From is empty: Reply-To says who.", "", ANA, "Reply-To: Ana Ruiz <ana@cliente.example>"
    ),
    from_("null-with-sender", "From names nobody: Sender does.", "<>", ("", ANA[1]), "Sender: ana@cliente.example"),
    mail(
        "from-missing-reply-to-first",
        "Without From: Reply-To before Sender and Return-Path.",
        lines(
            "Return-Path: <bounce@relay.example>",
            "Sender: robot@relay.example",
            "Reply-To: Ana Ruiz <ana@cliente.example>",
            TO,
            SUBJECT,
            "",
            TEXT,
        ),
        sender=ANA,
        reply_to=[ANA],
    ),
    mail(
        "from-missing-sender",
        "Without From and Reply-To: Sender.",
        lines("Return-Path: <bounce@relay.example>", "Sender: Ana Ruiz <ana@cliente.example>", TO, SUBJECT, "", TEXT),
        sender=ANA,
        reply_to=[],
    ),
    mail(
        "from-missing-return-path",
        "Only the envelope's sender is left.",
        lines("Return-Path: <ana@cliente.example>", TO, SUBJECT, "", TEXT),
        sender=("", ANA[1]),
    ),
    mail(
        "from-missing-altogether",
        "Nobody says who sent it; it is still read.",
        lines(TO, SUBJECT, DATE, "", TEXT),
        sender=("", ""),
        subject="Pedido 4711",
        text=TEXT,
    ),
    to("group", "A group's members are the recipients.", "Soporte: uno@desk.example, dos@desk.example;", [UNO, DOS]),
    to(
        "group-among-others",
        "A group between two others.",
        "uno@desk.example, Equipo: dos@desk.example; , tres@desk.example",
        [UNO, DOS, TRES],
    ),
    to("undisclosed", "Nobody is named.", "undisclosed-recipients:;", []),
    to("undisclosed-quoted", "The same as Microsoft writes it.", '"Undisclosed-Recipient:"@yyy.example;', []),
    to("undisclosed-bracket", "The same as others write it.", "<Undisclosed-Recipient:;>", []),
    to(
        "semicolons",
        "Semicolons between addresses, as typed in Outlook.",
        "uno@desk.example; dos@desk.example",
        [UNO, DOS],
    ),
    to(
        "semicolons-with-names",
        "The same with names.",
        "Uno <uno@desk.example>; Dos <dos@desk.example>;",
        [("Uno", UNO[1]), ("Dos", DOS[1])],
    ),
    to(
        "no-comma",
        "The comma between two is missing.",
        "Uno <uno@desk.example> Dos <dos@desk.example>",
        [("Uno", UNO[1]), ("Dos", DOS[1])],
    ),
    to("no-comma-bare", "A space instead of a comma.", "uno@desk.example dos@desk.example", [UNO, DOS]),
    to("empty-places", "Commas with nothing between them.", ",uno@desk.example,,dos@desk.example,", [UNO, DOS]),
    to(
        "folded-list",
        "A long list over several lines.",
        "uno@desk.example,\r\n\tdos@desk.example\r\n ,tres@desk.example",
        [UNO, DOS, TRES],
    ),
    to(
        "comma-unquoted",
        "Names with unquoted commas between others.",
        "Ruiz, Ana <uno@desk.example>, Gil, Bo <dos@desk.example>",
        [("Ruiz, Ana", UNO[1]), ("Gil, Bo", DOS[1])],
    ),
]
