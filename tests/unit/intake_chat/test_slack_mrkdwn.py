"""Slack's words as plain text and as safe HTML."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_chat.domain.slack.home.queue_lines import lines_of
from intake_chat.domain.slack.mrkdwn import escaped, inert, people_in, plain_text, safe_html, shown_name, with_links
from intake_chat.domain.slack.replies.composer import composer_for

NAMES = {"U1": "Ana Pérez", "U2": "<b>Eve</b>"}


@pytest.mark.parametrize(("words", "text"), [
    ("hola", "hola"),
    ("a &lt;b&gt; &amp; c", "a <b> & c"),
    ("<@U1> mira", "@Ana Pérez mira"),
    ("<@U9|luis>", "@luis"),
    ("<@U9>", "@U9"),
    ("en <#C1|general>", "en #general"),
    ("<!channel> <!here|here>", "@channel @here"),
    ("<!date^1392734382^{date}|18 feb>", "18 feb"),
    ("<!subteam^S1|@soporte>", "@soporte"),
    ("<https://a.example/?a=1&amp;b=2>", "https://a.example/?a=1&b=2"),
    ("<https://a.example|aquí>", "aquí (https://a.example)"),
    ("<mailto:a@b.example|a@b.example>", "a@b.example"),
    ("*fuerte* _leve_ `código`", "*fuerte* _leve_ `código`"),
])  # fmt: skip
def test_plain_text_reads_as_people_see_it(words: str, text: str) -> None:
    assert plain_text(words, NAMES) == text


@pytest.mark.parametrize(("words", "html"), [
    ("hola", "<p>hola</p>"),
    ("uno\ndos", "<p>uno<br>dos</p>"),
    ("*fuerte* y _leve_ y ~no~", "<p><strong>fuerte</strong> y <em>leve</em> y <del>no</del></p>"),
    ("2*3*4 snake_case_name", "<p>2*3*4 snake_case_name</p>"),
    ("`a &lt;b&gt; *c*`", "<p><code>a &lt;b&gt; *c*</code></p>"),
    ("```x = &lt;1&gt;\n*y*```", "<pre>x = &lt;1&gt;\n*y*</pre>"),
    ("&gt; dijo", "<p><blockquote>dijo</blockquote></p>"),
    ("<@U2>", "<p>@&lt;b&gt;Eve&lt;/b&gt;</p>"),
    ("<https://a.example/_x_|aquí>",
     '<p><a href="https://a.example/_x_" rel="noopener noreferrer nofollow">aquí</a></p>'),
    ("<javascript:alert(1)|aquí>", "<p>aquí (javascript:alert(1))</p>"),
])  # fmt: skip
def test_html_has_slacks_own_marks_and_nothing_else(words: str, html: str) -> None:
    assert safe_html(words, NAMES) == html


@given(st.text(max_size=300))
def test_no_words_make_markup_of_their_own(words: str) -> None:
    html = safe_html(words, NAMES)
    tags = re.findall(r"<(/?)([a-zA-Z0-9]+)", html)

    assert {tag for _, tag in tags} <= {"p", "br", "pre", "code", "strong", "em", "del", "blockquote", "a"}
    assert not re.search(r'href="(?!https?:|mailto:|tel:)', html, re.IGNORECASE)


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs",)), max_size=300))
def test_escaped_text_comes_back_as_it_was(text: str) -> None:
    assert plain_text(escaped(text), {}) == text
    assert not people_in(escaped(text))


def test_people_are_found_by_their_ids() -> None:
    assert people_in("<@U1> y <@U2|eva>, no <#C1>") == {"U1", "U2"}


@given(st.text(max_size=400))
def test_no_name_turns_letters_around_ends_a_line_or_wears_our_signs(name: str) -> None:
    shown = shown_name(f"{name}\u202e·\u2028✓")

    assert len(shown) <= 80
    assert len(shown.splitlines()) <= 1
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f·✓\u2028")


@pytest.mark.parametrize("words", ["https://a.example", "*b*", "_c_", "~d~", "`e`", ":tada:", "<!here>", "<@U1>"])
def test_inert_words_look_the_same_and_do_nothing(words: str) -> None:
    made = inert(f"uno\n{words}")

    assert plain_text(made, NAMES).replace("\u2060", "") == f"uno {words}"
    assert words not in made


@pytest.mark.parametrize("words", ["snake_case_name", "2*3*4", "12:30", "Error: no", "C:\\temp", "a~b"])
def test_words_of_which_slack_makes_nothing_anyway_can_be_copied_as_they_are(words: str) -> None:
    assert inert(words) == words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Mira https://x.example/a?b=1&c=2.", "Mira <https://x.example/a?b=1&amp;c=2>."),
        ("<https://x.example>, *HTTP://x.example/*", "&lt;<https://x.example>&gt;, *<HTTP://x.example/>*"),
        ("https://x.example/a|b", "<https://x.example/a>|b"),
        ("<!channel> @ana #ayuda https:// x", "&lt;!channel&gt; @ana #ayuda https:// x"),
    ],
)
def test_addresses_lead_to_their_pages_as_in_what_is_posted_and_nothing_else_becomes_anything(
    text: str, shown: str
) -> None:
    assert with_links(text) == shown


@given(st.text(alphabet="https:/x.|<>&; \n*`)", max_size=80))
def test_links_change_nothing_of_what_is_read(text: str) -> None:
    assert plain_text(with_links(text), NAMES) == text


@pytest.mark.parametrize("name", ["Ana · ✓ identidad comprobada", "Ana\u202e"])
def test_names_are_shown_alike_in_home_and_composer(name: str) -> None:
    ticket = {
        "number": 7, "channel": "slack", "subject": "x", "status": "new", "priority": "high", "team": "a",
        "requester": {"name": name, "identities": []},
    }  # fmt: skip

    assert composer_for(ticket, "m1").name == shown_name(name)
    assert name not in lines_of(ticket, "es", "")
    assert shown_name(name) in lines_of(ticket, "es", "")
