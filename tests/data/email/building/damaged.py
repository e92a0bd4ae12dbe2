"""Multiparts and encodings that are broken, and what can still be read of them."""

from tests.data.email.building.form import (
    ANA,
    DATE,
    FROM,
    PDF,
    START,
    SUBJECT,
    TO,
    Mail,
    attached,
    closed,
    html,
    lines,
    mail,
    multipart,
    nested,
    of,
    plain,
)  # fmt: skip

PAPER = ("Content-Type: application/pdf", 'Content-Disposition: attachment; filename="factura.pdf"')
PDF_FILE = of(PDF, filename="factura.pdf", content_type="application/pdf")


def mixed(declared: str) -> bytes:
    return lines(*START, f"Content-Type: multipart/mixed; {declared}", "")


def encoded(name: str, why: str, encoding: str, body: list[str | bytes], text: str) -> Mail:
    raw = lines(*START, "Content-Type: text/plain; charset=utf-8", f"Content-Transfer-Encoding: {encoding}", "", *body)
    return mail(f"encoding-{name}", why, raw, text=text)


BOUNDARIES = [
    mail(
        "equal-boundaries",
        "Inner and outer multipart have one boundary.",
        multipart("mixed", nested("alternative", "b1", plain("Hola."), html("<p>Hola</p>")), attached(PDF, *PAPER)),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "prefixed-boundaries",
        "The outer boundary begins like the inner one.",
        multipart(
            "mixed", nested("alternative", "b1-inner", plain("Hola."), html("<p>Hola</p>")), attached(PDF, *PAPER)
        ),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "prefixed-boundaries-reversed",
        "The inner boundary is the beginning of the outer one.",
        multipart(
            "mixed",
            nested("alternative", "b", plain("Hola."), html("<p>Hola</p>")),
            attached(PDF, *PAPER),
            boundary="b1",
        ),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "boundary-with-spaces",
        "A boundary with spaces inside, in quotes.",
        multipart("mixed", plain("Hola."), attached(PDF, *PAPER), boundary="una frontera b1"),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "boundary-unquoted-characters",
        "A boundary that needed quotes and has none.",
        mixed("boundary=----=_Part_1:2(3)/4=5")
        + lines("------=_Part_1:2(3)/4=5")
        + plain("Hola.")
        + lines("------=_Part_1:2(3)/4=5")
        + attached(PDF, *PAPER)
        + closed("----=_Part_1:2(3)/4=5"),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "boundary-quote-missing",
        "The boundary's closing quote is missing.",
        mixed('boundary="b1') + lines("--b1") + plain("Hola.") + lines("--b1") + attached(PDF, *PAPER) + closed(),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "boundary-trailing-spaces",
        "Spaces after delimiters (RFC 2046 allows them).",
        mixed("boundary=b1")
        + lines("--b1  ")
        + plain("Hola.")
        + lines("--b1\t")
        + attached(PDF, *PAPER)
        + lines("--b1--  "),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "no-last-delimiter",
        "The mail was cut before its last delimiter.",
        multipart("mixed", plain("Hola."), attached(PDF, *PAPER))[: -len("--b1--\r\n")],
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "inner-delimiter-missing",
        "The inner multipart never ends.",
        mixed("boundary=b1")
        + lines("--b1", "Content-Type: multipart/alternative; boundary=b2", "", "--b2")
        + plain("Hola.")
        + lines("--b2")
        + html("<p>Hola</p>")
        + lines("--b1")
        + attached(PDF, *PAPER)
        + closed(),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "boundary-undeclared",
        "A multipart without a declared boundary: the delimiters are there to be seen.",
        lines(*START, "Content-Type: multipart/mixed", "", "--b1")
        + plain("Hola.")
        + lines("--b1")
        + attached(PDF, *PAPER)
        + closed(),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "boundary-wrong",
        "The declared boundary is nowhere: the text is not lost.",
        mixed("boundary=b9") + lines("Hola, esto es el texto."),
        text="Hola, esto es el texto.",
    ),
    mail(
        "preamble-and-epilogue",
        "What stands before and after the parts is for programs of long ago.",
        mixed("boundary=b1")
        + lines("This is a multi-part message in MIME format.", "", "--b1")
        + plain("Hola.")
        + closed()
        + lines("Epílogo."),
        text="Hola.",
        text_lacks=["multi-part", "Epílogo"],
    ),
    mail(
        "no-parts",
        "A multipart without parts.",
        mixed("boundary=b1") + closed(),
        subject="Pedido 4711",
        sender=ANA,
        attachments=[],
    ),
    mail(
        "empty-parts",
        "Parts without anything in them.",
        mixed("boundary=b1") + lines("--b1", "", "--b1", "--b1") + plain("Hola.") + closed(),
        text="Hola.",
    ),
    mail(
        "part-without-head",
        "A part begins with its empty line: it is plain text.",
        mixed("boundary=b1") + lines("--b1", "", "Hola.") + closed(),
        text="Hola.",
        attachments=[],
    ),
    mail(
        "part-without-empty-line",
        "A part's head has no empty line after it.",
        mixed("boundary=b1") + lines("--b1", "Content-Type: text/plain", "Hola, no puedo entrar.") + closed(),
        text="Hola, no puedo entrar.",
    ),
    mail(
        "delimiter-like-text",
        "A line of text that only looks like a delimiter.",
        multipart("mixed", plain("Hola.", "--b1x", "--", "Adiós.")),
        text="Hola. --b1x -- Adiós.",
        attachments=[],
    ),
]

TYPES = [
    mail(
        "type-missing",
        "No Content-Type.",
        lines(FROM, TO, SUBJECT, "", "Hola."),
        text="Hola.",
        html=None,
        attachments=[],
    ),
    mail(
        "type-repeated",
        "Two Content-Types: the first counts.",
        lines(
            *START,
            "Content-Type: text/plain; charset=utf-8",
            "Content-Type: text/html",
            "Content-Transfer-Encoding: 8bit",
            "",
            "El año <b>",
        ),
        text="El año <b>",
        html=None,
    ),
    mail(
        "type-malformed",
        "A type without its half.",
        lines(*START, "Content-Type: text", "", "Hola."),
        text="Hola.",
        attachments=[],
    ),
    mail(
        "type-with-garbage",
        "Words after the type.",
        lines(*START, "Content-Type: text/plain charset=utf-8", "Content-Transfer-Encoding: 8bit", "", "El año."),
        text="El año.",
        attachments=[],
    ),
    mail(
        "type-parameter-garbage",
        "Stray semicolons and a parameter without a value.",
        lines(
            *START,
            "Content-Type: text/plain;; charset ; charset=utf-8;",
            "Content-Transfer-Encoding: 8bit",
            "",
            "El año.",
        ),
        text="El año.",
    ),
    mail(
        "type-with-comment",
        "Comments are allowed in types.",
        lines(
            *START,
            "Content-Type: text/html (sic); charset=utf-8 (como siempre)",
            "Content-Transfer-Encoding: 8bit",
            "",
            "<p>El año.</p>",
        ),
        text="El año.",
    ),
    mail(
        "type-in-capitals",
        "Types have no case.",
        lines(*START, "CONTENT-TYPE: TEXT/HTML; CHARSET=UTF-8", "", "<p>Hola.</p>"),
        text="Hola.",
        html_contains=["Hola."],
    ),
    mail(
        "type-spaces-around-equals",
        "Spaces around the equals sign.",
        lines(*START, "Content-Type: text/plain; charset = iso-8859-1", "", "El año".encode("latin-1")),
        text="El año",
    ),
    mail(
        "no-mime-version",
        "Nobody needs MIME-Version.",
        lines(FROM, TO, SUBJECT, DATE, "Content-Type: multipart/mixed; boundary=b1", "", "--b1")
        + plain("Hola.")
        + lines("--b1")
        + attached(PDF, *PAPER)
        + closed(),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "type-folded",
        "The boundary stands on a folded line.",
        lines(*START, "Content-Type: multipart/mixed;", '\tboundary="b1";', " charset=utf-8", "", "--b1")
        + plain("Hola.")
        + closed(),
        text="Hola.",
    ),
    mail(
        "text-unknown-subtype",
        "An unknown text is text.",
        lines(*START, "Content-Type: text/x-nobody", "", "Hola."),
        text_contains=["Hola."],
    ),
]

ENCODINGS = [
    encoded("base64", "Base64 of text.", "base64", ["RWwgYcOxbyBwYXNhZG8u"], "El año pasado."),
    encoded("base64-unpadded", "Padding is missing.", "base64", ["RWwgYcOxbyBwYXNhZG8"], "El año pasado"),
    encoded(
        "base64-one-too-many",
        "A last letter that means nothing.",
        "base64",
        ["RWwgYcOxbyBwYXNhZG8uA"],
        "El año pasado.",
    ),
    encoded(
        "base64-junk",
        "Letters that are not base64's are skipped.",
        "base64",
        ["RWwg*YcOx!byBw", " YXNhZG8u"],
        "El año pasado.",
    ),
    encoded(
        "base64-pieces",
        "Several encodings, each padded, one after the other.",
        "base64",
        ["RWwgYcOxbw==", "IHBhc2Fkby4="],
        "El año pasado.",
    ),
    mail(
        "encoding-base64-plain-footer",
        "A relay wrote its footer after the base64; nobody wants to see that decoded.",
        lines(
            *START,
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64",
            "",
            "RWwgYcOxbyBwYXNhZG8uCg==",
            "",
            "____________",
            "Pie, de la casa!",
        ),
        text_contains=["El año pasado."],
        text_lacks=["\ufffd", "Ã", ">", "§"],
    ),
    encoded(
        "base64-is-not",
        "It says base64 and is plain text.",
        "base64",
        ["Hola, no puedo entrar en la tienda."],
        "Hola, no puedo entrar en la tienda.",
    ),
    encoded(
        "qp",
        "Quoted-printable with soft line ends.",
        "quoted-printable",
        ["El a=C3=B1o =", "pasado."],
        "El año pasado.",
    ),
    encoded("qp-lower-case", "Small letters in escapes.", "quoted-printable", ["El a=c3=b1o."], "El año."),
    encoded(
        "qp-bad-escapes",
        "What escapes nothing stays.",
        "quoted-printable",
        ["1+1=2, a=b, =ZZ, 5=", "6"],
        "1+1=2, a=b, =ZZ, 56",
    ),
    encoded(
        "qp-trailing-space",
        "A relay added spaces after the soft line end.",
        "quoted-printable",
        ["El a=C3=B1o =  ", "pasado."],
        "El año pasado.",
    ),
    encoded("qp-raw-bytes", "Raw UTF-8 between escapes.", "quoted-printable", ["El año =C3=B1."], "El año ñ."),
    encoded(
        "qp-split-character", "A character's bytes on two lines.", "quoted-printable", ["El a=C3=", "=B1o."], "El año."
    ),
    encoded("unknown", "An encoding that nobody knows: as it is.", "x-nobody", ["El año."], "El año."),
    encoded("8bit-quoted", "The encoding in quotes, with a comment.", '"8bit" (sic)', ["El año."], "El año."),
    encoded("qp-with-semicolon", "A semicolon after the encoding.", "quoted-printable;", ["El a=C3=B1o."], "El año."),
    encoded("7bit-lies", "It says 7bit and has eight.", "7bit", ["El año."], "El año."),
    encoded("qp-declared-8bit", "Not encoded, so an equals sign is one.", "8bit", ["a=3D1 =C3=B1"], "a=3D1 =C3=B1"),
    mail(
        "encoding-on-multipart",
        "Base64 declared for a multipart, which is not encoded.",
        lines(*START, 'Content-Type: multipart/mixed; boundary="b1"', "Content-Transfer-Encoding: base64", "", "--b1")
        + plain("Hola.")
        + closed(),
        text="Hola.",
    ),
    mail(
        "encoding-inherited",
        "Quoted-printable stands in the head of the multipart and was meant for nobody.",
        lines(
            *START,
            'Content-Type: multipart/mixed; boundary="b1"',
            "Content-Transfer-Encoding: quoted-printable",
            "",
            "--b1",
            "Content-Type: text/plain",
            "",
            "a=3D1",
        )
        + closed(),
        text="a=3D1",
    ),
]

MAILS = [*BOUNDARIES, *TYPES, *ENCODINGS]
