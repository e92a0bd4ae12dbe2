"""What is rarer still: structures and names of files of which one program in the world makes many."""

from tests.data.email.building.filenames import named
from tests.data.email.building.form import (
    PDF,
    PNG,
    START,
    attached,
    closed,
    html,
    lines,
    mail,
    multipart,
    nested,
    of,
    plain,
)

PAPER = ("Content-Type: application/pdf", 'Content-Disposition: attachment; filename="factura.pdf"')
PDF_FILE = of(PDF, filename="factura.pdf", content_type="application/pdf")

BODIES = [
    mail(
        "alternative-plain-placeholder",
        "The plain part says only that there is HTML: it is what the mail says, and HTML is shown.",
        multipart("alternative", plain("Your mail program does not show HTML."), html("<p>Hola</p>")),
        html_contains=["Hola"],
    ),
    mail(
        "alternative-plain-in-related",
        "Related with a plain root beside a picture.",
        multipart("related", plain("Hola."), attached(PNG, "Content-Type: image/png; name=p.png", "Content-ID: <p@c>")),
        text="Hola.",
        attachments=[of(PNG, filename="p.png")],
    ),
    mail(
        "mixed-inside-related",
        "Outlook for Mac: mixed inside related inside alternative.",
        multipart(
            "alternative",
            plain("Hola."),
            nested(
                "related",
                "b2",
                nested("mixed", "b3", html('<p>Hola <img src="cid:p@c"></p>'), attached(PDF, *PAPER)),
                attached(PNG, "Content-Type: image/png; name=p.png", "Content-ID: <p@c>"),
            ),
        ),
        text="Hola.",
        attachments=[PDF_FILE, of(PNG, filename="p.png", inline=True)],
    ),
    mail(
        "boundary-only-dashes",
        "A boundary of dashes.",
        multipart("mixed", plain("Hola."), attached(PDF, *PAPER), boundary="-----"),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "boundary-70-letters",
        "A boundary as long as it may be.",
        multipart("mixed", plain("Hola."), attached(PDF, *PAPER), boundary="b" * 70),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "boundary-200-letters",
        "A boundary longer than it may be.",
        multipart("mixed", plain("Hola."), attached(PDF, *PAPER), boundary="b" * 200),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "boundary-in-2231",
        "A boundary cut in pieces.",
        lines(*START, "Content-Type: multipart/mixed; boundary*0=b; boundary*1=1", "", "--b1")
        + plain("Hola.")
        + lines("--b1")
        + attached(PDF, *PAPER)
        + closed(),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "boundary-empty",
        "An empty boundary.",
        lines(*START, 'Content-Type: multipart/mixed; boundary=""', "", "--") + plain("Hola.") + lines("----"),
        text_contains=["Hola."],
    ),
    mail(
        "closed-too-early",
        "Parts after the last delimiter were appended by a relay.",
        multipart("mixed", plain("Hola.")) + lines("--b1") + attached(PDF, *PAPER) + closed(),
        text="Hola.",
    ),
    mail(
        "first-delimiter-on-head",
        "The first delimiter follows the head without an empty line.",
        lines(*START, "Content-Type: multipart/mixed; boundary=b1", "--b1")
        + plain("Hola.")
        + lines("--b1")
        + attached(PDF, *PAPER)
        + closed(),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "rfc822-with-mbox-line",
        "An attached mail that begins with the line of an mbox.",
        multipart(
            "mixed",
            plain("Hola."),
            lines(
                "Content-Type: message/rfc822",
                "",
                "From bo@x.example Mon Nov 23 10:00:00 2026",
                "From: Bo <bo@x.example>",
                "",
                "Otro.",
            ),
        ),
        text="Hola.",
        attachments=[{"content_type": "message/rfc822"}],
    ),
    mail(
        "rfc822-multipart-same-boundary",
        "The attached mail has the boundary of the mail around it: at least both texts are there.",
        multipart(
            "mixed",
            plain("Hola."),
            lines("Content-Type: message/rfc822", "")
            + lines("Subject: x", "Content-Type: multipart/mixed; boundary=b2", "", "--b2")
            + plain("Dentro.")
            + lines("--b2--"),
        ),
        text="Hola.",
        attachments=[{"content_type": "message/rfc822"}],
    ),
    mail(
        "message-global",
        "An attached mail of the newer kind (RFC 6532).",
        multipart(
            "mixed",
            plain("Hola."),
            lines("Content-Type: message/global", "", "From: Íñigo <íñigo@cliente.example>", "", "Otro."),
        ),
        text="Hola.",
        attachments=[{"content_type": "message/global"}],
    ),
    mail(
        "encoding-qp-crlf-in-escape",
        "Escapes for line ends and soft line ends together.",
        lines(
            *START,
            "Content-Type: text/plain",
            "Content-Transfer-Encoding: quoted-printable",
            "",
            "Uno=0D=0A=",
            "Dos=0A=",
            "Tres",
        ),
        text="Uno Dos Tres",
    ),
    mail(
        "encoding-qp-double-equals",
        "An equals sign before a soft line end.",
        lines(*START, "Content-Type: text/plain", "Content-Transfer-Encoding: quoted-printable", "", "a=3D=", "b"),
        text="a=b",
    ),
    mail(
        "encoding-base64-url-letters",
        "Base64 in the letters for URLs.",
        lines(
            *START, "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64", "", "8J-YgCBob2xh"
        ),
        text="😀 hola",
    ),
    mail(
        "encoding-empty",
        "An encoding without a value.",
        lines(*START, "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding:", "", "El año."),
        text="El año.",
    ),
    mail(
        "encoding-twice",
        "Two encodings: the first counts.",
        lines(
            *START,
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable",
            "Content-Transfer-Encoding: 8bit",
            "",
            "El a=C3=B1o.",
        ),
        text="El año.",
    ),
    mail(
        "encoding-utf8",
        "A charset where the encoding belongs.",
        lines(*START, "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: utf-8", "", "El año."),
        text="El año.",
    ),
]

FILES = [
    named(
        "2047-middle",
        "An encoded word between plain letters.",
        'attachment; filename="factura =?utf-8?Q?a=C3=B1o?= 2026.pdf"',
        "factura año 2026.pdf",
    ),
    named(
        "2047-many-lines",
        "Encoded words over lines, unquoted.",
        "attachment; filename==?utf-8?Q?a=C3=B1o_?=\r\n =?utf-8?Q?nuevo.pdf?=",
        "año nuevo.pdf",
    ),
    named(
        "2231-continued-name-only",
        "Pieces stand with the type alone.",
        "attachment",
        "año nuevo.pdf",
        "application/pdf; name*0*=utf-8''a%C3%B1o; name*1*=%20nuevo.pdf",
    ),
    named(
        "2231-semicolon-in-piece",
        "A semicolon in a quoted piece.",
        'attachment; filename*0="a;b"; filename*1=".pdf"',
        "a;b.pdf",
    ),
    named(
        "2231-from-one",
        "Pieces counted from one.",
        'attachment; filename*1="factura"; filename*2=".pdf"',
        "factura.pdf",
    ),
    named("2231-raw", "Raw UTF-8 where percents belong.", "attachment; filename*=utf-8''año.pdf", "año.pdf"),
    named(
        "2231-bad-percent", "A percent sign that escapes nothing.", "attachment; filename*=utf-8''50%.pdf", "50%.pdf"
    ),
    named("trailing-semicolon", "A semicolon at the end.", 'attachment; filename="factura.pdf";', "factura.pdf"),
    named(
        "empty-then-type",
        "The disposition's name is empty, the type has one.",
        'attachment; filename=""',
        "factura.pdf",
        'application/pdf; name="factura.pdf"',
    ),
    named("equals-inside", "An equals sign inside, unquoted.", "attachment; filename=a=b.pdf", "a=b.pdf"),
    named("parentheses-unquoted", "Parentheses, unquoted.", "attachment; filename=factura(1).pdf", "factura(1).pdf"),
    named(
        "brackets-unquoted", "Square brackets, unquoted.", "attachment; filename=[4711]factura.pdf", "[4711]factura.pdf"
    ),
    named("comma-unquoted", "A comma, unquoted.", "attachment; filename=factura,marzo.pdf", "factura,marzo.pdf"),
    named(
        "colon-for-semicolon", "A comma where a semicolon belongs.", 'attachment, filename="factura.pdf"', "factura.pdf"
    ),
    named(
        "big5-raw",
        "Raw Big5: the second byte of a character is a backslash.",
        'attachment; filename="功能.pdf"'.encode("big5"),
        "功能.pdf",
        text="您好,請查收附件,謝謝您的幫忙。",
        charset="big5",
    ),
    named(
        "cp1251-raw",
        "Raw Russian of Windows.",
        'attachment; filename="Счёт.pdf"'.encode("cp1251"),
        "Счёт.pdf",
        text="Здравствуйте, счёт во вложении. Спасибо.",
        charset="windows-1251",
    ),
]
