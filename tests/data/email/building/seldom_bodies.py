"""What is seldom met: bodies that the test suites of other mail software think of, written anew."""

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

CAT = ("begin 644 gato.txt", "#0V%T", "`", "end")
WORD = "".join(f'<w:LsdException Locked="false" Name="heading {number}"/>' for number in range(450))
"""What Word writes into each mail: the names of its styles, as elements that HTML never sees closed."""
INNER = lines("From: Bo Gil <bo@x.example>", "Subject: Re: 34Mbit/s, C:\\datos", "", "Hola.")

BODIES = [
    mail(
        "boundary-folded",
        "A boundary with a space, folded there.",
        lines(*START, 'Content-Type: multipart/mixed; boundary="una', ' frontera"', "", "Nada.")
        + lines("--una frontera")
        + plain("Hola.")
        + lines("--una frontera")
        + plain("Adiós.")
        + closed("una frontera"),
        text="Hola.\n\nAdiós.",
        attachments=[],
    ),
    mail(
        "only-the-last-delimiter",
        "It ends and never began.",
        lines(*START, 'Content-Type: multipart/mixed; boundary="b1"', "", "Hola.") + closed(),
        text="Hola.",
    ),
    mail(
        "only-a-notice-and-the-last-delimiter",
        "It has no parts at all.",
        lines(
            *START, 'Content-Type: multipart/mixed; boundary="b1"', "", "This is a multi-part message in MIME format."
        )
        + closed(),
        text="",
        attachments=[],
    ),
    mail(
        "inner-container-without-delimiters",
        "A container in a container was never divided.",
        multipart("mixed", plain("Hola."), lines("Content-Type: multipart/alternative; boundary=b2", "", "Adiós.")),
        text="Hola.\n\nAdiós.",
    ),
    mail(
        "page-and-blank-text",
        "A blank text beside a page adds nothing to the page.",
        multipart("mixed", html("<p>Hola.</p>"), plain(" ")),
        text="Hola.",
        html_lacks=["<pre"],
    ),
    mail(
        "digest-in-mixed",
        "Mails in a digest need no type.",
        multipart("mixed", plain("Hola."), nested("digest", "b2", lines("") + INNER)),
        text="Hola.",
    ),
    mail(
        "base64-with-spaces",
        "Spaces between the letters.",
        lines(*START, "Content-Type: text/plain", "Content-Transfer-Encoding: base64", "", " S G 9 s", " Y Q = ="),
        text="Hola",
    ),
]

FILES = [
    mail(
        "location-for-a-name",
        "A page's picture is named by its location.",
        multipart(
            "related",
            html("<p>Hola.</p>"),
            attached(PNG, "Content-Type: image/png", "Content-Location: http://x.example/a/foto%201.png?v=2"),
        ),
        text="Hola.",
        attachments=[of(PNG, filename="foto 1.png", content_type="image/png")],
    ),
    mail(
        "location-is-no-name",
        "A location that ends with no file names nothing.",
        multipart(
            "mixed",
            plain("Hola."),
            attached(PDF, "Content-Type: application/pdf", "Content-Location: http://x.example/"),
        ),
        attachments=[of(PDF, filename="attachment")],
    ),
    mail(
        "uuencoded-nameless",
        "A uuencoded file without a name.",
        lines(*START, "", "Hola.", "", "begin 644 ", *CAT[1:]),
        text="Hola.",
        attachments=[of(b"Cat")],
    ),
    mail(
        "uuencoded-cut",
        "A uuencoded file whose end was cut off.",
        lines(*START, "", "Hola.", "", *CAT[:2]),
        text="Hola.",
        attachments=[of(b"Cat", filename="gato.txt")],
    ),
    mail(
        "uuencoded-only-said",
        "Words about uuencode are no file.",
        lines(*START, "", "begin 644 gato.txt", "means that a file begins.", "end"),
        text="begin 644 gato.txt\nmeans that a file begins.\nend",
        attachments=[],
    ),
    mail(
        "attached-mail-with-slashes",
        "An attached mail is called by its subject, all of it.",
        multipart("mixed", plain("Hola."), lines("Content-Type: message/rfc822", "") + INNER),
        attachments=[of(INNER[:-2], filename="Re: 34Mbit_s, C:_datos.eml", content_type="message/rfc822")],
    ),
]

PAGES = [
    mail(
        "word-styles-in-comment",
        "Word's list of styles is not nesting: the page is shown.",
        lines(
            *START,
            "Content-Type: text/html; charset=utf-8",
            "",
            f"<html><head><!--[if gte mso 9]><xml><w:LatentStyles>{WORD}</w:LatentStyles></xml><![endif]--></head>",
            "<body><p>Hola <b>Bo</b></p></body></html>",
        ),
        text="Hola Bo",
        html_contains=["<b>Bo</b>"],
    ),
    mail(
        "word-paragraph-marks",
        "Word ends each paragraph with a mark of its own.",
        lines(
            *START,
            "Content-Type: text/html; charset=utf-8",
            "",
            *["<p class=MsoNormal>Hola<o:p></o:p></p>"] * 450,
            "<p><b>Fin</b></p>",
        ),
        html_contains=["<b>Fin</b>"],
    ),
]
