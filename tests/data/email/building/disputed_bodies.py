"""Bodies that one mail program reads and the next does not: found in the expectations of other suites, written anew."""

from tests.data.email.building.charsets import body
from tests.data.email.building.form import (
    FROM,
    PDF,
    START,
    TO,
    attached,
    base64_lines,
    closed,
    html,
    lines,
    mail,
    multipart,
    nested,
    of,
    part,
    plain,
)

PAPER = ("Content-Type: application/pdf", 'Content-Disposition: attachment; filename="factura.pdf"')
PDF_FILE = of(PDF, filename="factura.pdf", content_type="application/pdf")
MIXED = lines(*START, "Content-Type: multipart/mixed; boundary=b1", "")

BODIES = [
    mail(
        "delimiter-with-words-behind",
        "RFC 2046 section 5.1.1: that the line begins with the boundary is enough.",
        MIXED + lines("--b1 primera parte") + plain("Hola.") + closed(),
        text="Hola.",
    ),
    mail(
        "text-line-begins-like-a-delimiter",
        "Below a delimiter stand headers; below this line of text there are none.",
        MIXED + part("", "Hola.", "--b1 es el límite", "adiós.") + closed(),
        text="Hola.\n--b1 es el límite\nadiós.",
    ),
    mail(
        "delimiter-and-header-on-one-line",
        "The line end behind the delimiter got lost.",
        MIXED + lines("--b1Content-Type: text/html; charset=utf-8", "", "<p>Hola.</p>") + closed(),
        text="Hola.",
    ),
    mail(
        "empty-line-before-part-headers",
        "An empty line between a delimiter and the headers of its part.",
        MIXED
        + part("", "Content-Type: text/html; charset=utf-8", "", "<p>Hola.</p>")
        + lines("--b1", "")
        + attached(PDF, *PAPER)
        + closed(),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "closing-delimiter-with-bracket",
        "Something that no boundary can hold stands behind the last delimiter.",
        MIXED + part("", "Hola.") + lines("--b1-->", "y lo que nadie debe ver"),
        text="Hola.",
    ),
    mail(
        "boundary-with-spaces-at-its-end",
        "The spaces belong to the boundary: a line with fewer of them is text.",
        lines(*START, 'Content-Type: multipart/mixed; boundary="b1  "', "")
        + lines("--b1  ", "", "Hola.", "--b1 ", "adiós.", "--b1  --", "epílogo"),
        text="Hola.\n--b1 \nadiós.",
    ),
    mail(
        "boundary-with-accent",
        "A boundary in UTF-8, against RFC 2046.",
        lines(*START, 'Content-Type: multipart/alternative; boundary="límite"', "")
        + part("", "Hola.", boundary="límite")
        + lines("--límite")
        + html("<p>Hola.</p>")
        + closed("límite"),
        text="Hola.",
        html_contains=["Hola"],
    ),
    mail(
        "first-delimiter-lost",
        "The headers of the container and of its first part run into each other.",
        lines(*START, "Content-Type: multipart/mixed; boundary=b1", "Content-Type: text/plain; charset=iso-8859-1", "")
        + lines("Año nuevo.".encode("latin-1"), "")
        + lines("--b1")
        + attached(PDF, *PAPER)
        + closed(),
        text="Año nuevo.",
        attachments=[PDF_FILE],
    ),
    mail(
        "page-type-with-boundary",
        "The type of a part stands where that of the container should, and its boundary with it.",
        lines(*START, 'Content-Type: text/html; boundary="b1"', "") + lines("--b1") + html("<p>Hola.</p>") + closed(),
        text="Hola.",
    ),
    mail(
        "alternative-in-alternative-and-page",
        "The only plain form is inside the form that a richer one replaces.",
        multipart(
            "alternative",
            nested("alternative", "b2", plain("Hola."), html("<p>Hola.</p>")),
            html("<p>Hola <b>otra vez</b>.</p>"),
        ),
        text="Hola.",
        html_contains=["otra vez"],
    ),
    mail(
        "partial-first",
        "The first of three mails that make one: what is there of it.",
        lines(*START, 'Content-Type: message/partial; number=1; total=3; id="p@c"', "")
        + lines("Content-Type: multipart/mixed; boundary=b1", "")
        + part("", "Hola.")
        + lines("--b1")
        + lines(*PAPER, "Content-Transfer-Encoding: base64", "", *base64_lines(PDF)),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "partial-second",
        "The second of three mails: text without any headers.",
        lines(*START, 'Content-Type: message/partial; number=2; total=3; id="p@c"', "", "y esto sigue así."),
        text="y esto sigue así.",
        attachments=[],
    ),
    mail(
        "partial-in-base64",
        "The last of three mails: nothing that anybody could read.",
        lines(
            *START, 'Content-Type: message/partial; number=3; total=3; id="p@c"', "", *base64_lines(bytes(range(200)))
        ),
        text="",
    ),
]

FILES = [
    mail(
        "uuencode-without-begin",
        "An encoding that is named, and no line that begins it.",
        lines(*START, 'Content-Type: text/csv; name="uno.csv"', "Content-Transfer-Encoding: x-uuencode", "")
        + lines("#0V%T", "`", "end"),
        text="",
        attachments=[of(b"Cat", filename="uno.csv", content_type="text/csv")],
    ),
    mail(
        "last-delimiter-cut-short",
        "The last delimiter lacks its end, and its letters look like base64.",
        MIXED + part("", "Hola.") + lines("--b1") + attached(b"Factura 4711\n", *PAPER) + lines("--b1-"),
        text="Hola.",
        attachments=[of(b"Factura 4711\n", filename="factura.pdf")],
    ),
    mail(
        "unknown-type-with-name",
        "No type that anybody knows, but a name: a file.",
        lines(
            *START, 'Content-Type: pdf; name="factura.pdf"', "Content-Transfer-Encoding: base64", "", *base64_lines(PDF)
        ),
        text="",
        attachments=[of(PDF, filename="factura.pdf", content_type="application/octet-stream")],
    ),
]

TEXTS = [
    body(
        "utf-8-of-windows-taken-for-latin",
        "Windows-1252 that somebody took for ISO 8859-1 when recoding it: the euro sign became a control character.",
        "Son 12 \x80 \x96 \x93IVA incluido\x94".encode(),
        "Son 12 € – “IVA incluido”",
        "utf-8",
    ),
    body(
        "latin-2-that-is-windows-1250",
        "Letters where ISO 8859-2 has control characters.",
        "Žádám o šťastný konec".encode("cp1250"),
        "Žádám o šťastný konec",
        "iso-8859-2",
    ),
    *[
        body(
            f"{language}-that-says-nothing",
            "A language in Latin letters that Windows-1252 does not have, and no charset that says so.",
            text.encode(codec),
            text,
            label,
        )
        for language, text, codec, label in (
            ("polish", "Dzień dobry, nie mogę się zalogować. Załączam rachunek.", "iso8859-2", None),
            ("polish-of-windows", "Dzień dobry, proszę o pomoc, wciąż nie działa. Cześć.", "cp1250", "iso-8859-1"),
            ("czech", "Dobrý den, nemohu se přihlásit. Děkuji za odpověď.", "cp1250", None),
            ("hungarian", "Jó napot, tegnap óta szűrőt keresek, a jövő heti is jó.", "cp1250", None),
            ("romanian", "Bună ziua, nu mai pot intra în cont. Mulţumesc.", "cp1250", None),
            ("turkish", "Merhaba, dünden beri giriş yapamıyorum. Teşekkürler.", "cp1254", None),
        )
    ],
    mail(
        "four-letters-and-a-russian-subject",
        "Four letters alone could be Greek: the subject tells.",
        lines(FROM, TO, "Subject: Не могу войти".encode("koi8-r"), "", "ТЕСТ".encode("koi8-r")),
        subject="Не могу войти",
        text="ТЕСТ",
    ),
]
