"""More bodies as they come: parts in unusual places, and boundaries of every make."""

from tests.data.email.building.form import (
    ANA,
    FROM,
    PDF,
    PNG,
    START,
    SUBJECT,
    TO,
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
OTHER = lines("From: Bo <bo@tercero.example>", "Subject: El primero", "", "Texto del otro.")

MAILS = [
    mail(
        "mixed-in-mixed",
        "Texts in a mixed inside a mixed are texts in order.",
        multipart("mixed", plain("Uno."), nested("mixed", "b2", plain("Dos."), attached(PDF, *PAPER)), plain("Tres.")),
        text="Uno. Dos. Tres.",
        attachments=[PDF_FILE],
    ),
    mail(
        "mixed-in-alternative",
        "Exchange: the HTML alternative carries the paper.",
        multipart("alternative", plain("Hola."), nested("mixed", "b2", html("<p>Hola</p>"), attached(PDF, *PAPER))),
        text="Hola.",
        attachments=[PDF_FILE],
        html_contains=["Hola"],
    ),
    mail(
        "text-inline-unnamed",
        "Inline and without a name is text.",
        multipart("mixed", plain("Uno."), lines("Content-Type: text/plain", "Content-Disposition: inline", "", "Dos.")),
        text="Uno. Dos.",
        attachments=[],
    ),
    mail(
        "html-twice",
        "Two pieces of HTML and no plain text.",
        multipart("mixed", html("<p>Uno.</p>"), html("<p>Dos.</p>")),
        text="Uno. Dos.",
        html_contains=["Uno.", "Dos."],
        attachments=[],
    ),
    mail(
        "blank-plain-then-html-in-mixed",
        "Blank plain text, HTML beside it, and a paper.",
        multipart("mixed", plain(""), html("<p>Hola.</p>"), attached(PDF, *PAPER)),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "paper-first",
        "The paper comes before the words.",
        multipart("mixed", attached(PDF, *PAPER), plain("Hola.")),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "rfc822-inline-named",
        "An attached mail with a name, shown inline.",
        multipart(
            "mixed",
            plain("Hola."),
            lines("Content-Type: message/rfc822", "Content-Disposition: inline; filename=otro.eml", "") + OTHER,
        ),
        text="Hola.",
        attachments=[{"filename": "otro.eml", "content_type": "message/rfc822"}],
    ),
    mail(
        "rfc822-in-quoted-printable",
        "An attached mail in quoted-printable.",
        multipart(
            "mixed",
            plain("Hola."),
            lines(
                "Content-Type: message/rfc822",
                "Content-Transfer-Encoding: quoted-printable",
                "",
                "From: bo=40tercero.example",
                "",
                "Ma=C3=B1ana",
            ),
        ),
        text="Hola.",
        attachments=[of("From: bo@tercero.example\r\n\r\nMañana".encode(), content_type="message/rfc822")],
    ),
    mail(
        "boundary-single-quotes",
        "Single quotes were meant as quotes.",
        lines(*START, "Content-Type: multipart/mixed; boundary='b1'", "", "--b1")
        + plain("Hola.")
        + lines("--b1")
        + attached(PDF, *PAPER)
        + closed(),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "boundary-apostrophes",
        "Apostrophes are part of a boundary (RFC 2046 section 5.1.1).",
        lines(*START, "Content-Type: multipart/mixed; boundary='b1'", "", "--'b1'")
        + plain("Hola.")
        + lines("--'b1'")
        + attached(PDF, *PAPER)
        + closed("'b1'"),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "boundary-space-at-end",
        "A space at the end of the declared boundary.",
        lines(*START, 'Content-Type: multipart/mixed; boundary="b1 "', "", "--b1")
        + plain("Hola.")
        + lines("--b1")
        + attached(PDF, *PAPER)
        + closed(),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "boundary-twice",
        "Two boundaries are declared: the first is used.",
        lines(*START, "Content-Type: multipart/mixed; boundary=b1; boundary=b2", "", "--b1")
        + plain("Hola.")
        + lines("--b1")
        + attached(PDF, *PAPER)
        + closed(),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "delimiters-by-line-feed",
        "Delimiters end with LF, all else with CR LF.",
        lines(*START, "Content-Type: multipart/mixed; boundary=b1", "")
        + b"--b1\n"
        + plain("Hola.")
        + b"--b1\n"
        + attached(PDF, *PAPER)
        + b"--b1--\n",
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "type-lost",
        "The head lost its Content-Type, and the parts are there.",
        lines(FROM, TO, SUBJECT, "", "This is a multi-part message in MIME format.", "", "--b1")
        + plain("Hola.")
        + lines("--b1")
        + attached(PDF, *PAPER)
        + closed(),
        text_contains=["Hola."],
        text_lacks=["Content-Transfer-Encoding"],
        sender=ANA,
    ),
    mail(
        "head-in-body",
        "The empty line came too early: some headers lie in the body.",
        lines(FROM, TO, SUBJECT, "", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "", "Hola."),
        text_contains=["Hola."],
        sender=ANA,
    ),
    mail(
        "picture-only",
        "A mail that is a picture.",
        lines(*START) + attached(PNG, "Content-Type: image/png; name=foto.png"),
        text="",
        attachments=[of(PNG, filename="foto.png", content_type="image/png")],
    ),
    mail(
        "pgp-clear-signed",
        "Signed inside its text.",
        lines(
            *START,
            "",
            "-----BEGIN PGP SIGNED MESSAGE-----",
            "Hash: SHA256",
            "",
            "Hola.",
            "-----BEGIN PGP SIGNATURE-----",
            "",
            "iQEz",
            "-----END PGP SIGNATURE-----",
        ),
        text_contains=["Hola."],
        attachments=[],
    ),
    mail(
        "amp-alternative",
        "The third alternative is a program for Gmail.",
        multipart(
            "alternative",
            plain("Hola."),
            lines("Content-Type: text/x-amp-html; charset=utf-8", "", "<html amp4email>programa</html>"),
            html("<p>Hola</p>"),
        ),
        text="Hola.",
        html_contains=["Hola"],
        html_lacks=["programa"],
    ),
    mail(
        "rtf-alternative",
        "An alternative in RTF.",
        multipart("alternative", plain("Hola."), lines("Content-Type: text/rtf", "", "{\\rtf1 Hola}")),
        text="Hola.",
    ),
    mail(
        "calendar-only",
        "An invitation and nothing else is still a file to open.",
        lines(
            *START,
            "Content-Type: text/calendar; method=REQUEST; charset=utf-8",
            "",
            "BEGIN:VCALENDAR",
            "SUMMARY:Cita",
            "END:VCALENDAR",
        ),
        sender=ANA,
        attachments=[{"content_type": "text/calendar"}],
    ),
]
