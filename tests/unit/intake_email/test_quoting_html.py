"""Where a mail is HTML alone, the marks of its program tell what is quoted."""

import pytest

from intake_email.domain.html_text import html_to_text
from intake_email.domain.quoting import written_text


def written(html: str) -> str:
    return written_text(html_to_text(html), html)


@pytest.mark.parametrize(
    "history",
    [
        '<div class="gmail_quote"><div class="gmail_attr">who knows</div><blockquote>Which model?</blockquote></div>',
        '<div class="gmail_quote">On 5 Jan 2026, 10:15, Marta &lt;m@d.example&gt; wrote:<div>Which model?</div></div>',
        '<div class="ydpab12yahoo_quoted"><div>Which model?</div></div>',
        '<div class="moz-cite-prefix">who knows</div><blockquote type="cite">Which model?</blockquote>',
        '<hr><div id="divRplyFwdMsg"><b>Xyz:</b> Marta</div><div>Which model?</div>',
        '<div id="mail-editor-reference-message-container"><div>Which model?</div></div>',
        "<div style='border:none;border-top:solid #E1E1E1 1.0pt'><p><b>Xyz:</b> Marta</p></div><p>Which model?</p>",
        '<hr id="zwchr"><div>Which model?</div>',
        '<div name="messageReplySection">Which model?</div>',
        '<span id="OLK_SRC_BODY_SECTION"><div>Which model?</div></span>',
        "<blockquote>Which model?",
    ],
)
def test_what_the_program_marked_as_history_goes(history: str) -> None:
    assert written(f"<html><body><div>It is X1.</div>{history}</body></html>") == "It is X1."


def test_marked_signatures_and_advertisements_go() -> None:
    advertisement = '<div id="ms-outlook-mobile-signature"><a href="https://aka.ms/x">Whatever it says</a></div>'
    signature = '<span class="gmail_signature_prefix">-- </span><br><div class="gmail_signature">Nora</div>'

    assert written(f"<div>It is X1.</div>{advertisement}") == "It is X1."
    assert written(f"<div>It is X1.</div>{signature}") == "It is X1."


def test_inline_answers_keep_the_quotations_they_answer() -> None:
    html = (
        '<div class="moz-cite-prefix">who knows</div><blockquote type="cite">Which model?</blockquote><p>X1.</p>'
        '<blockquote type="cite">Which serial?</blockquote><p>4471-B.</p><blockquote type="cite">Marta</blockquote>'
    )

    assert written(html).split() == ["Which", "model?", "X1.", "Which", "serial?", "4471-B."]


def test_text_below_the_quotation_stays() -> None:
    html = '<div class="moz-cite-prefix">who knows</div><blockquote type="cite">Which model?</blockquote><p>X1.</p>'

    assert written(html) == "X1."


def test_indentation_in_gmail_is_no_quotation() -> None:
    html = 'See:<blockquote class="gmail_quote" style="margin:0 0 0 40px;border:none;padding:0px">Model X1</blockquote>'

    assert written(html).split() == ["See:", "Model", "X1"]


def test_where_nothing_would_be_left_all_is_kept() -> None:
    html = "<blockquote>Which model?</blockquote>"

    assert written(html) == "Which model?"


def test_html_without_marks_is_judged_by_its_lines() -> None:
    html = "<p>It is X1.</p><p>On 5 Jan 2026, at 10:15, Marta &lt;m@desk.example&gt; wrote:</p><p>Which model?</p>"

    assert written(html) == "It is X1."


def test_characters_that_serve_as_marks_do_not_hide_text() -> None:
    assert written_text("one\n\ue000\ntwo\n\ue001\nthree") == "one\n\ue000\ntwo\n\ue001\nthree"
    assert written("<p>one</p><p>\ue000</p><p>two</p><blockquote>old</blockquote>").split() == ["one", "two"]


def test_marks_never_show() -> None:
    for html in ("<blockquote>" * 600 + "x", "<div>" * 500 + "a<blockquote>b</blockquote>c", "<td><blockquote>a<td>b"):
        assert not any("\ue000" <= character <= "\ue00f" for character in written(html))
