"""What comes with the words: files of every kind, and files hidden in other files."""

from tests.data.email.building.form import (
    PDF,
    PNG,
    START,
    attached,
    base64_lines,
    html,
    lines,
    mail,
    multipart,
    nested,
    of,
    plain,
)  # fmt: skip

TXT = b"uno\r\ndos\r\n"
BINARY = bytes(range(256)) * 2
PAPER = ("Content-Type: application/pdf", 'Content-Disposition: attachment; filename="factura.pdf"')
PDF_FILE = of(PDF, filename="factura.pdf", content_type="application/pdf", inline=False)
PICTURE = '<p>Hola <img src="cid:p1@c" alt="foto"></p>'

MAILS = [
    mail(
        "pdf",
        "A paper.",
        multipart("mixed", plain("Hola."), attached(PDF, *PAPER)),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "only-a-file",
        "A mail that is nothing but a file.",
        lines(*START) + attached(PDF, *PAPER),
        text="",
        attachments=[PDF_FILE],
    ),
    mail(
        "two-of-one-name",
        "Two files of one name, in order.",
        multipart(
            "mixed",
            plain("Hola."),
            attached(PDF, *PAPER),
            attached(PNG, "Content-Type: image/png", 'Content-Disposition: attachment; filename="factura.pdf"'),
        ),
        attachments=[PDF_FILE, of(PNG, filename="factura.pdf")],
    ),
    mail(
        "same-file-twice",
        "The same file twice is two attachments.",
        multipart("mixed", plain("Hola."), attached(PDF, *PAPER), attached(PDF, *PAPER)),
        attachments=[PDF_FILE, PDF_FILE],
    ),
    mail(
        "picture-by-cid",
        "A picture that the HTML shows is inline, and the HTML refers to the attachment.",
        multipart(
            "related", html(PICTURE), attached(PNG, "Content-Type: image/png; name=foto.png", "Content-ID: <p1@c>")
        ),
        attachments=[of(PNG, filename="foto.png", content_type="image/png", inline=True)],
        html_contains=["<img", of(PNG)["sha256"]],
        html_lacks=["cid:"],
    ),
    mail(
        "picture-by-cid-missing",
        "A picture that the HTML shows and nobody sent.",
        lines(*START) + html(PICTURE),
        html_contains=["Hola"],
        html_lacks=["cid:p1@c"],
        attachments=[],
    ),
    mail(
        "picture-attached-not-shown",
        "A picture with an attachment's disposition.",
        multipart(
            "mixed",
            plain("Hola."),
            attached(PNG, "Content-Type: image/png", "Content-Disposition: attachment; filename=foto.png"),
        ),
        attachments=[of(PNG, filename="foto.png", inline=False)],
    ),
    mail(
        "picture-without-disposition",
        "A picture without disposition and name is a file all the same.",
        multipart("mixed", plain("Hola."), attached(PNG, "Content-Type: image/png")),
        text="Hola.",
        attachments=[of(PNG, content_type="image/png")],
    ),
    mail(
        "text-file-attached",
        "A text that is an attachment is no message.",
        multipart(
            "mixed",
            plain("Hola."),
            attached(
                TXT, "Content-Type: text/plain; name=log.txt", "Content-Disposition: attachment; filename=log.txt"
            ),
        ),
        text="Hola.",
        attachments=[of(TXT, filename="log.txt", content_type="text/plain", inline=False)],
    ),
    mail(
        "text-file-inline",
        "A text file shown inline has a name: it is a file.",
        multipart(
            "mixed",
            plain("Hola."),
            attached(TXT, "Content-Type: text/plain; name=log.txt", "Content-Disposition: inline; filename=log.txt"),
        ),
        text="Hola.",
        attachments=[of(TXT, filename="log.txt", content_type="text/plain")],
    ),
    mail(
        "text-attachment-unnamed",
        "An attachment without a name is one.",
        multipart(
            "mixed", plain("Hola."), attached(TXT, "Content-Type: text/plain", "Content-Disposition: attachment")
        ),
        text="Hola.",
        attachments=[of(TXT, content_type="text/plain", inline=False)],
    ),
    mail(
        "html-file-attached",
        "A page that is attached is not the message.",
        multipart(
            "mixed",
            plain("Hola."),
            attached(
                b"<p>informe</p>", "Content-Type: text/html", "Content-Disposition: attachment; filename=informe.html"
            ),
        ),
        text="Hola.",
        html=None,
        attachments=[of(b"<p>informe</p>", filename="informe.html", content_type="text/html")],
    ),
    mail(
        "text-file-line-ends",
        "The line end before a delimiter belongs to the delimiter; the others are the file's.",
        multipart(
            "mixed",
            plain("Hola."),
            lines("Content-Type: text/csv", "Content-Disposition: attachment; filename=a.csv", "", "a;b", "1;2"),
        ),
        attachments=[of(b"a;b\r\n1;2", filename="a.csv", content_type="text/csv")],
    ),
    mail(
        "csv-8bit",
        "A file in raw Latin-1 keeps its bytes.",
        multipart(
            "mixed",
            plain("Hola."),
            lines(
                "Content-Type: text/csv; charset=utf-8",
                "Content-Disposition: attachment; filename=a.csv",
                "Content-Transfer-Encoding: 8bit",
                "",
                "año".encode("latin-1"),
            ),
        ),
        attachments=[of("año".encode("latin-1"), filename="a.csv")],
    ),
    mail(
        "binary-in-quoted-printable",
        "A binary file in quoted-printable.",
        multipart(
            "mixed",
            plain("Hola."),
            lines(
                "Content-Type: application/octet-stream; name=a.bin",
                "Content-Transfer-Encoding: quoted-printable",
                "",
                "=00=01=02=0D=0A=FF=",
            ),
        ),
        attachments=[of(b"\0\1\2\r\n\xff", filename="a.bin")],
    ),
    mail(
        "base64-one-line",
        "Base64 in one long line.",
        multipart(
            "mixed",
            plain("Hola."),
            lines(
                "Content-Type: application/octet-stream; name=a.bin",
                "Content-Transfer-Encoding: base64",
                "",
                b"".join(base64_lines(BINARY)),
            ),
        ),
        attachments=[of(BINARY, filename="a.bin", content_type="application/octet-stream")],
    ),
    mail(
        "base64-indented",
        "Base64 with indented lines and empty ones between.",
        multipart(
            "mixed",
            plain("Hola."),
            lines(
                "Content-Type: application/octet-stream; name=a.bin",
                "Content-Transfer-Encoding: base64",
                "",
                *[b"  " + line + b" \r\n" for line in base64_lines(BINARY)],
            ),
        ),
        attachments=[of(BINARY, filename="a.bin")],
    ),
    mail(
        "empty-file",
        "A file without content is still there.",
        multipart(
            "mixed",
            plain("Hola."),
            lines("Content-Type: application/octet-stream", "Content-Disposition: attachment; filename=vacio.bin", ""),
        ),
        attachments=[of(b"", filename="vacio.bin")],
    ),
    mail(
        "no-type",
        "A file without a type.",
        multipart("mixed", plain("Hola."), attached(BINARY, "Content-Disposition: attachment; filename=a.bin")),
        text="Hola.",
        attachments=[of(BINARY, filename="a.bin")],
    ),
    mail(
        "type-malformed",
        "A type that is none, with a disposition that is one.",
        multipart(
            "mixed",
            plain("Hola."),
            attached(PDF, "Content-Type: pdf", "Content-Disposition: attachment; filename=a.pdf"),
        ),
        text="Hola.",
        attachments=[of(PDF, filename="a.pdf")],
    ),
    mail(
        "disposition-unknown",
        "An unknown disposition is an attachment (RFC 2183 section 2.8).",
        multipart(
            "mixed",
            plain("Hola."),
            attached(PDF, "Content-Type: application/pdf", "Content-Disposition: x-mine; filename=a.pdf"),
        ),
        attachments=[of(PDF, filename="a.pdf", inline=False)],
    ),
    mail(
        "disposition-in-capitals",
        "Dispositions have no case.",
        multipart(
            "mixed",
            plain("Hola."),
            attached(TXT, "Content-Type: text/plain", 'CONTENT-DISPOSITION: ATTACHMENT; FILENAME="LOG.TXT"'),
        ),
        text="Hola.",
        attachments=[of(TXT, filename="LOG.TXT")],
    ),
    mail(
        "calendar-attached",
        "An invitation as a file.",
        multipart(
            "mixed",
            plain("Reunión."),
            attached(
                b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
                "Content-Type: text/calendar; name=invite.ics",
                "Content-Disposition: attachment; filename=invite.ics",
            ),
        ),
        text="Reunión.",
        attachments=[of(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", filename="invite.ics", content_type="text/calendar")],
    ),
    mail(
        "vcard",
        "A card is a file, not a message.",
        multipart(
            "mixed",
            plain("Hola."),
            lines(
                "Content-Type: text/x-vcard; charset=utf-8; name=ana.vcf",
                "Content-Disposition: attachment; filename=ana.vcf",
                "",
                "BEGIN:VCARD",
                "END:VCARD",
            ),
        ),
        text="Hola.",
        attachments=[of(b"BEGIN:VCARD\r\nEND:VCARD", filename="ana.vcf")],
    ),
    mail(
        "external-body",
        "A file that is elsewhere is not fetched.",
        multipart(
            "mixed",
            plain("Hola."),
            lines(
                'Content-Type: message/external-body; access-type=URL; URL="http://evil.example/x"',
                "",
                "Content-Type: image/png",
                "",
                "",
            ),
        ),
        text="Hola.",
    ),
    mail(
        "partial",
        "A piece of a mail that was cut in pieces.",
        lines(
            *START,
            'Content-Type: message/partial; id="x@c"; number=1; total=2',
            "",
            *lines("Subject: El todo", "", "Primera mitad").split(b"\r\n"),
        ),
        subject="Pedido 4711",
    ),
    mail(
        "appledouble",
        "A file with its Macintosh fork: the file is what was sent.",
        multipart(
            "mixed",
            plain("Hola."),
            nested(
                "appledouble",
                "b2",
                attached(BINARY, "Content-Type: application/applefile; name=foto.png"),
                attached(PNG, "Content-Type: image/png; name=foto.png"),
            ),
        ),
        text="Hola.",
    ),
]
