"""Names of files, in all the ways that programs write them, and made safe to save."""

from tests.data.email.building.form import PDF, Mail, attached, lines, mail, multipart, of, plain


def named(
    name: str,
    why: str,
    disposition: str | bytes,
    expected: str,
    typed: str = "application/pdf",
    *,
    text: str = "Hola.",
    charset: str = "utf-8",
) -> Mail:
    """A mail with one file; the disposition is written as it is given."""
    field = b"Content-Disposition: " + (disposition.encode() if isinstance(disposition, str) else disposition)
    file = lines(f"Content-Type: {typed}", field) + attached(PDF)
    words = lines(
        f"Content-Type: text/plain; charset={charset}", "Content-Transfer-Encoding: 8bit", "", text.encode(charset)
    )
    raw = multipart("mixed", words, file)
    return mail(f"name-{name}", why, raw, attachments=[of(PDF, filename=expected)], text=text)


LONG = "n" * 196 + ".pdf"

MAILS = [
    named(
        "type-only",
        "The name stands with the type.",
        "attachment",
        "factura.pdf",
        'application/pdf; name="factura.pdf"',
    ),
    named(
        "both-differ",
        "The disposition's name is the newer form.",
        'attachment; filename="nueva.pdf"',
        "nueva.pdf",
        'application/pdf; name="vieja.pdf"',
    ),
    named("unquoted", "No quotes.", "attachment; filename=factura.pdf", "factura.pdf"),
    named("unquoted-spaces", "Spaces without quotes.", "attachment; filename=mi factura.pdf", "mi factura.pdf"),
    named(
        "unquoted-then-more",
        "Spaces without quotes, and another parameter.",
        "attachment; filename=mi factura.pdf; size=70",
        "mi factura.pdf",
    ),
    named("single-quote-missing", "The closing quote is missing.", 'attachment; filename="factura.pdf', "factura.pdf"),
    named("semicolon-inside", "A semicolon inside quotes.", 'attachment; filename="a;b.pdf"', "a;b.pdf"),
    named("no-space", "No space after the semicolon.", 'attachment;filename="factura.pdf"', "factura.pdf"),
    named("folded", "The name on a line of its own.", 'attachment;\r\n\tfilename="factura.pdf"', "factura.pdf"),
    named("folded-inside", "A fold inside the quotes.", 'attachment; filename="mi\r\n factura.pdf"', "mi factura.pdf"),
    named("2231", "RFC 2231.", "attachment; filename*=utf-8''a%C3%B1o.pdf", "año.pdf"),
    named(
        "2231-latin1",
        "RFC 2231 in Latin-1 with a language.",
        "attachment; filename*=iso-8859-1'es'a%F1o.pdf",
        "año.pdf",
    ),
    named(
        "2231-quoted",
        "Quotes around what RFC 2231 wants without.",
        "attachment; filename*=\"utf-8''a%C3%B1o.pdf\"",
        "año.pdf",
    ),
    named("2231-no-charset", "RFC 2231 without a charset.", "attachment; filename*=''a%C3%B1o.pdf", "año.pdf"),
    named("2231-no-ticks", "The star without anything that it needs.", "attachment; filename*=a%C3%B1o.pdf", "año.pdf"),
    named(
        "2231-unknown-charset",
        "A charset that nobody knows.",
        "attachment; filename*=x-nobody''a%C3%B1o.pdf",
        "año.pdf",
    ),
    named(
        "2231-spaces-around-equals",
        "Spaces around the equals sign.",
        "attachment; filename* = utf-8''a%C3%B1o.pdf",
        "año.pdf",
    ),
    named(
        "2231-continued",
        "Pieces without encoding.",
        'attachment; filename*0="una factura "; filename*1="de marzo.pdf"',
        "una factura de marzo.pdf",
    ),
    named(
        "2231-continued-encoded",
        "Pieces with encoding.",
        "attachment;\r\n filename*0*=utf-8''a%C3%B1o;\r\n filename*1*=%20nuevo.pdf",
        "año nuevo.pdf",
    ),
    named(
        "2231-continued-mixed",
        "An encoded piece and a plain one.",
        "attachment; filename*0*=utf-8''a%C3%B1o; filename*1=\"%20.pdf\"",
        "año%20.pdf",
    ),
    named(
        "2231-continued-split",
        "A character's bytes in two pieces.",
        "attachment; filename*0*=utf-8''a%C3; filename*1*=%B1o.pdf",
        "año.pdf",
    ),
    named(
        "2231-out-of-order",
        "Pieces in the wrong order.",
        'attachment; filename*1="dos.pdf"; filename*0="uno-"',
        "uno-dos.pdf",
    ),
    named(
        "2231-ten-pieces",
        "More than ten pieces are counted, not sorted as words.",
        "attachment; " + "; ".join(f'filename*{n}="{chr(97 + n)}"' for n in range(12)) + '; filename*12=".pdf"',
        "abcdefghijkl.pdf",
    ),
    named(
        "2231-and-plain",
        "Both forms: the one with the letters counts.",
        "attachment; filename=\"a_o.pdf\"; filename*=utf-8''a%C3%B1o.pdf",
        "año.pdf",
    ),
    named(
        "2047-in-quotes",
        "Encoded words in quotes are wrong, and usual.",
        'attachment; filename="=?utf-8?Q?a=C3=B1o.pdf?="',
        "año.pdf",
    ),
    named("2047-unquoted", "The same without quotes.", "attachment; filename==?utf-8?B?YcOxby5wZGY=?=", "año.pdf"),
    named(
        "2047-several",
        "Several encoded words over two lines.",
        'attachment; filename="=?utf-8?Q?a=C3=B1o_?=\r\n =?utf-8?Q?nuevo.pdf?="',
        "año nuevo.pdf",
    ),
    named(
        "2047-in-2231",
        "Encoded words cut in pieces of RFC 2231.",
        'attachment; filename*0="=?utf-8?Q?a=C3=B1o"; filename*1=".pdf?="',
        "año.pdf",
    ),
    named("raw-utf8", "Raw UTF-8.", 'attachment; filename="año.pdf"', "año.pdf"),
    named("raw-latin1", "Raw Latin-1.", 'attachment; filename="año.pdf"'.encode("latin-1"), "año.pdf"),
    named("percent", "A percent sign in the plain form is one.", 'attachment; filename="50%20.pdf"', "50%20.pdf"),
    named("emoji", "Beyond the basic plane.", "attachment; filename*=utf-8''%F0%9F%98%80.pdf", "😀.pdf"),
    named(
        "path-windows", "A path of Windows.", 'attachment; filename="C:\\\\Users\\\\Ana\\\\factura.pdf"', "factura.pdf"
    ),
    named(
        "path-windows-unescaped",
        "The same as Internet Explorer wrote it.",
        'attachment; filename="C:\\Users\\Ana\\factura.pdf"',
        "factura.pdf",
    ),
    named("path-up", "A path that climbs.", 'attachment; filename="../../etc/factura.pdf"', "factura.pdf"),
    named(
        "right-to-left",
        "A name that shows its end where it is not.",
        "attachment; filename*=utf-8''factura%E2%80%AEfdp.exe",
        "facturafdp.exe",
    ),
    named("nul", "A name with a NUL.", "attachment; filename*=utf-8''factura.pdf%00.exe", "factura.pdf .exe"),
    named("line-end", "A name with a line end.", "attachment; filename*=utf-8''mi%0D%0Afactura.pdf", "mi factura.pdf"),
    named("200-characters", "A long name stays.", f'attachment; filename="{LONG}"', LONG),
    named("repeated", "The first of two names.", "attachment; filename=uno.pdf; filename=dos.pdf", "uno.pdf"),
    named(
        "disposition-missing", "A disposition that begins with its parameter.", "filename=factura.pdf", "factura.pdf"
    ),
    mail(
        "name-none",
        "A file without any name gets one from the desk; here only what it is counts.",
        multipart(
            "mixed", plain("Hola."), attached(PDF, "Content-Type: application/pdf", "Content-Disposition: attachment")
        ),
        attachments=[of(PDF, content_type="application/pdf")],
    ),
    mail(
        "name-long-cut",
        "A name of 300 characters is cut and not lost; what it contains stays whole.",
        multipart(
            "mixed",
            plain("Hola."),
            attached(
                PDF, "Content-Type: application/pdf", f'Content-Disposition: attachment; filename="{"n" * 296}.pdf"'
            ),
        ),
        attachments=[of(PDF)],
    ),
]
