"""How mails are put together: which parts are the words, and in which order."""

from tests.data.email.building.form import (
    ANA,
    PDF,
    PNG,
    START,
    attached,
    html,
    lines,
    mail,
    multipart,
    nested,
    of,
    plain,
)  # fmt: skip

PICTURE = ("Content-Type: image/png", "Content-ID: <p1@c>", 'Content-Disposition: inline; filename="p.png"')
PAPER = ("Content-Type: application/pdf", 'Content-Disposition: attachment; filename="factura.pdf"')
PDF_FILE = of(PDF, filename="factura.pdf", content_type="application/pdf", inline=False)
PNG_FILE = of(PNG, filename="p.png", content_type="image/png", inline=True)
FORWARDED = lines("From: Bo <bo@tercero.example>", "Subject: El primero", "Message-ID: <0@tercero.example>",
                  "Content-Type: text/plain; charset=utf-8", "", "Texto del otro.")  # fmt: skip
RFC822 = lines("Content-Type: message/rfc822", "")

WORDS = [
    mail(
        "alternative",
        "Plain text and HTML say the same.",
        multipart("alternative", plain("Hola."), html("<p>Hola <b>HTML</b></p>")),
        sender=ANA,
        text="Hola.",
        html_contains=["<b>HTML</b>"],
        attachments=[],
    ),
    mail(
        "alternative-blank-plain",
        "The plain part is blank: the words are in the HTML.",
        multipart("alternative", plain("", "  ", "\u00a0"), html("<p>Hola.</p><p>Adi&oacute;s</p>")),
        text="Hola. Adiós",
        attachments=[],
    ),
    mail(
        "alternative-html-first",
        "The wrong order.",
        multipart("alternative", html("<p>Hola HTML</p>"), plain("Hola.")),
        text="Hola.",
    ),
    mail(
        "alternative-html-only", "An alternative of one.", multipart("alternative", html("<p>Hola.</p>")), text="Hola."
    ),
    mail(
        "alternative-with-attachment-inside",
        "A paper inside the alternative is not lost.",
        multipart("alternative", plain("Hola."), html("<p>Hola</p>"), attached(PDF, *PAPER)),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "alternative-calendar",
        "An invitation as the third alternative.",
        multipart(
            "alternative",
            plain("Reunión el lunes."),
            html("<p>Reunión</p>"),
            lines(
                'Content-Type: text/calendar; charset=utf-8; method=REQUEST; name="invite.ics"',
                "",
                "BEGIN:VCALENDAR",
                "END:VCALENDAR",
            ),
        ),
        text="Reunión el lunes.",
    ),
    mail(
        "alternative-watch-html",
        "Apple's short HTML for watches is no message of its own.",
        multipart(
            "alternative",
            plain("Hola."),
            lines("Content-Type: text/watch-html; charset=utf-8", "", "<b>Hola reloj</b>"),
            html("<p>Hola</p>"),
        ),
        text="Hola.",
        html_lacks=["reloj"],
    ),
    mail(
        "html-only",
        "HTML and nothing else.",
        lines(*START)
        + html(
            "<html><head><style>p{color:red}</style><title>Título</title></head>",
            "<body><p>Hola,</p>",
            "<ul><li>uno<li>dos</ul><script>x()</script></body></html>",
        ),
        text_contains=["Hola,", "uno", "dos"],
        text_lacks=["color:red", "x()", "Título"],
        html_contains=["Hola,"],
    ),
    mail(
        "html-layout",
        "Lines and paragraphs of HTML are lines of text.",
        lines(*START) + html("<div>uno</div><div>dos<br>tres</div><table><tr><td>a</td><td>b</td></tr></table>"),
        text="uno dos tres a b",
    ),
    mail(
        "html-labelled-plain",
        "A program forgot to say that this is HTML: nobody wants to read tags.",
        lines(*START) + plain("<html><body><p>Hola,</p><p>no puedo entrar.</p></body></html>"),
        text="Hola, no puedo entrar.",
    ),
    mail(
        "plain-with-angle-brackets",
        "Plain text with brackets is no HTML.",
        lines(*START) + plain("if a < b and c > d: <none>"),
        text="if a < b and c > d: <none>",
        html=None,
    ),
    mail(
        "mixed-two-texts",
        "A list adds its footer as a part of its own: all unnamed texts are the message.",
        multipart("mixed", plain("Hola."), plain("-- footer of the list")),
        text="Hola. -- footer of the list",
        attachments=[],
    ),
    mail(
        "mixed-text-file-text",
        "Text before and after a paper.",
        multipart("mixed", plain("Antes."), attached(PDF, *PAPER), plain("Después.")),
        text="Antes. Después.",
        attachments=[PDF_FILE],
    ),
    mail(
        "mixed-html-plain",
        "HTML, then a plain footer by a relay: both are shown in order.",
        multipart("mixed", html("<p>Hola.</p>"), plain("Pie del servidor.")),
        text="Hola. Pie del servidor.",
        attachments=[],
    ),
    mail(
        "mixed-alternative-footer",
        "Alternative, then a plain footer.",
        multipart("mixed", nested("alternative", "b2", plain("Hola."), html("<p>Hola HTML</p>")), plain("Pie.")),
        text="Hola. Pie.",
        attachments=[],
    ),
    mail(
        "apple-interleaved-plain",
        "Apple Mail: text, picture, text.",
        multipart("mixed", plain("Mira esto:"), attached(PNG, *PICTURE), plain("¿Lo ves?")),
        text="Mira esto: ¿Lo ves?",
        attachments=[PNG_FILE],
    ),
    mail(
        "apple-interleaved-html",
        "Apple Mail: the HTML is cut in pieces around a paper.",
        multipart(
            "alternative",
            plain("Mira esto:", "¿Lo ves?"),
            nested(
                "mixed",
                "b2",
                html("<html><body>Mira esto:</body></html>"),
                attached(PDF, *PAPER),
                html("<html><body>¿Lo ves?</body></html>"),
            ),
        ),
        text="Mira esto: ¿Lo ves?",
        html_contains=["Mira esto:", "¿Lo ves?"],
        attachments=[PDF_FILE],
    ),
    mail(
        "apple-interleaved-html-only",
        "The same without a plain part.",
        multipart("mixed", html("<p>Mira esto:</p>"), attached(PNG, *PICTURE), html("<p>¿Lo ves?</p>")),
        text="Mira esto: ¿Lo ves?",
        attachments=[PNG_FILE],
    ),
    mail(
        "related-in-alternative",
        "A picture belongs to the HTML.",
        multipart(
            "alternative",
            plain("Hola."),
            nested("related", "b2", html('<p>Hola <img src="cid:p1@c"></p>'), attached(PNG, *PICTURE)),
        ),
        text="Hola.",
        attachments=[PNG_FILE],
    ),
    mail(
        "alternative-in-related",
        "The other way round.",
        multipart(
            "related",
            nested("alternative", "b2", plain("Hola."), html('<img src="cid:p1@c">')),
            attached(PNG, *PICTURE),
        ),
        text="Hola.",
        attachments=[PNG_FILE],
    ),
    mail(
        "related-root-by-start",
        "The root of related is not its first part.",
        lines(*START, 'Content-Type: multipart/related; boundary="b1"; start="<root@c>"', "", "--b1")
        + attached(PNG, *PICTURE)
        + lines("--b1", "Content-ID: <root@c>")
        + html("<p>Hola.</p>")
        + lines("--b1--"),
        text="Hola.",
        attachments=[PNG_FILE],
    ),
    mail(
        "deeply-sensible",
        "Mixed, related, alternative: as Outlook nests them.",
        multipart(
            "mixed",
            nested(
                "related",
                "b2",
                nested("alternative", "b3", plain("Hola."), html("<p>Hola</p>")),
                attached(PNG, *PICTURE),
            ),
            attached(PDF, *PAPER),
        ),
        text="Hola.",
        attachments=[PNG_FILE, PDF_FILE],
    ),
    mail(
        "signed-pgp",
        "A detached signature; the words are the signed part's.",
        multipart(
            "signed",
            plain("Hola."),
            lines(
                "Content-Type: application/pgp-signature; name=signature.asc",
                "",
                "-----BEGIN PGP SIGNATURE-----",
                "-----END PGP SIGNATURE-----",
            ),
        ),
        text="Hola.",
    ),
    mail(
        "digest",
        "Parts of a digest are mails unless they say otherwise (RFC 2046 section 5.1.5).",
        multipart("digest", b"\r\n" + FORWARDED, b"\r\n" + FORWARDED),
        subject="Pedido 4711",
        attachments=[{"content_type": "message/rfc822"}, {"content_type": "message/rfc822"}],
    ),
    mail(
        "rfc822-attached",
        "An attached mail is one attachment, and its words are not the message's.",
        multipart("mixed", plain("Mira el adjunto."), RFC822 + FORWARDED),
        text="Mira el adjunto.",
        subject="Pedido 4711",
        attachments=[{"content_type": "message/rfc822", "inline": False}],
    ),
    mail(
        "rfc822-with-attachment-inside",
        "What is attached to the attached mail is inside it.",
        multipart(
            "mixed", plain("Mira."), RFC822 + multipart("mixed", plain("Dentro."), attached(PDF, *PAPER), boundary="b9")
        ),
        text="Mira.",
        attachments=[{"content_type": "message/rfc822"}],
    ),
    mail(
        "rfc822-base64",
        "Some programs encode attached mails against the rule; it is the decoded mail that is attached.",
        multipart(
            "mixed",
            plain("Mira."),
            attached(
                FORWARDED,
                "Content-Type: message/rfc822; name=otro.eml",
                "Content-Disposition: attachment; filename=otro.eml",
            ),
        ),
        text="Mira.",
        attachments=[of(FORWARDED, filename="otro.eml", content_type="message/rfc822")],
    ),
    mail(
        "rfc822-only",
        "A mail that is nothing but an attached mail.",
        lines(*START) + RFC822 + FORWARDED,
        subject="Pedido 4711",
        sender=ANA,
        attachments=[{"content_type": "message/rfc822"}],
    ),
    mail(
        "unknown-multipart",
        "An unknown kind of multipart is a mixed one.",
        multipart("x-whatever", plain("Hola."), attached(PDF, *PAPER)),
        text="Hola.",
        attachments=[PDF_FILE],
    ),
    mail(
        "enriched",
        "Text of the nineties: the commands are not shown.",
        lines(*START, "Content-Type: text/enriched", "", "<bold>Hola</bold>, <<uno> & <italic>dos</italic>"),
        text="Hola, <uno> & dos",
    ),
    mail(
        "flowed",
        "Lines that flow (RFC 3676) are one paragraph.",
        lines(
            *START,
            "Content-Type: text/plain; charset=utf-8; format=flowed",
            "",
            "Esto es una linea que ",
            "sigue aqui.",
            " From es una palabra.",
        ),
        text="Esto es una linea que sigue aqui. From es una palabra.",
    ),
    mail(
        "flowed-delsp",
        "With DelSp the space before the line end is not text.",
        lines(*START, "Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes", "", "Supercali ", "fragil"),
        text="Supercalifragil",
    ),
]

MAILS = WORDS
