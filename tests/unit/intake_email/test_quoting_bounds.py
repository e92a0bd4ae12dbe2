"""Whatever a stranger sends is answered soon, with nothing that is not in it."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake_email.domain.quoting import written_text

MEGABYTE = 1 << 20
HTML_LIMIT = 1 << 18
SECONDS = 1.0
"""Ten times what a megabyte takes on a slow machine; what is not linear takes minutes."""


def filled(pattern: str, size: int) -> str:
    return (pattern * (size // len(pattern) + 1))[:size]


PATTERNS = (
    ">\n", "> a\nb\n", "> a\n\nb\n\n", "On Mon\n", "On Mon, 5 Jan 2026, bob wrote:\n", "bob wrote:\n", "-", "-----\n",
    "--\n", "From: a\n", "From:\n\n", "From: x\nfoo\n", "a", " ", ":", "\n", " \n", "Sent from my iPhone\n",
    "Sent from my iPhone\n\nfoo\n\n", "a@", "a@b <", "1 ", "On 5 ", "-----x-----", "foo -----Original\n", "<", "\xa0\n",
    "                    To\n", "Forwarded message:\n", "foo 5 baz 2026 10:10 x@y.example and:\n", "\u202b:\n", "| a\n",
    "пн, 5 янв. 2026 г. в 10:00, X <a@b.example>\n", "__________\nmailing list\n", "\ue000\n", "x" * 299 + ":\n",
    ">>> a\nb\n", ">>> 5.1.2026 10:15 >>>\nb\n",
    "----- Forwarded message -----\na\n----- End forwarded message -----\n",
    "----\n*Previous Replies*\n", "a: b\nFrom: x\nc: d\n", "Date: a From: b To: c Subject: d\n", "--\na\n",
    "On 5 Jan 2026 10:15, a@b.example wrote:  x\n", "my answers are in red ", "a b c d e:\n> x\n", "---- x ----\n",
    "----\nTo: a\nSubject: b\nOn 5 Jan 2026, 10:15, a@b.example wrote:\n", "X-A: b\nFrom: x\n",
)  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_megabyte_of_anything_is_read_in_time(pattern: str) -> None:
    text = filled(pattern, MEGABYTE)
    started = time.process_time()

    written_text(text)

    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize(
    "html",
    [
        "<blockquote>" * 50_000,
        "<div class=gmail_quote>" * 50_000,
        "<div " * 100_000 + "quote",
        '<div class="' * 50_000 + "gmail_quote",
        "<" * HTML_LIMIT + "quote",
        "<div " + 'a="b" ' * 50_000 + "quote",
        "<div " + "class=" * 50_000 + ">quote",
        "<div style='border-top:solid'>\n \n<b> " * 8_000,
        "<blockquote>a</blockquote>b" * 10_000,
        "<table><tr><td><blockquote>" * 10_000,
        "<div style='border-top:1px solid'><b>x:</b>y<b>" * 8_000,
        "<div style='border-top:1px solid'>x:" * 8_000,
        "<blockquote cite='http" * 10_000,
    ],
    ids=lambda html: html[:20],
)
def test_html_of_any_kind_is_read_in_time(html: str) -> None:
    started = time.process_time()

    written_text("x", html)

    assert time.process_time() - started < SECONDS


LINES = (
    "", "> quoted", ">> deeper", "Words.", "On Mon, 5 Jan 2026 at 10:15, Marta <m@desk.example> wrote:", "-- ", "| a",
    "-----Original Message-----", "From: Marta <m@desk.example>", "Sent: Monday", "Subject: x", "Sent from my iPhone",
    "Marta wrote:", "____________", "Hello,", ">>> Marta 5.1.2026 10:15 >>>", "The log says this to us:",
    "----- End forwarded message -----", "---------- Forwarded message ---------", "My answers are in red.",
    "*Previous Replies*",
    "Begin forwarded message:", "\ue000", "wrote:", "<m@desk.example>",
)  # fmt: skip
TAGS = (
    "<p>", "</p>", "a", "<blockquote>", "</blockquote>", "<div class=gmail_quote>", "</div>", "<div class=gmail_attr>",
    "<table>", "<td>", "<hr id=zwchr>", "\ue001", "<!--", "<pre>",
)  # fmt: skip


@given(st.lists(st.sampled_from(LINES) | st.text(max_size=40), max_size=40))
@settings(max_examples=400, deadline=None)
def test_nothing_is_written_that_was_not_in_the_mail(lines: list[str]) -> None:
    text = "\n".join(lines)

    written = written_text(text)

    originals = [line.strip() for line in text.split("\n")]
    assert all(any(line.strip() in original for original in originals) for line in written.split("\n"))


@given(st.lists(st.sampled_from(LINES), max_size=40))
@settings(max_examples=400, deadline=None)
def test_something_is_written_where_the_mail_says_something(lines: list[str]) -> None:
    text = "\n".join(lines)

    assert bool(written_text(text).strip()) == bool(text.strip())


@given(st.lists(st.sampled_from(TAGS), max_size=40))
@settings(max_examples=200, deadline=None)
def test_no_html_is_too_broken(tags: list[str]) -> None:
    assert set(written_text("a", "".join(tags))) <= set("a \n\t\xa0")
