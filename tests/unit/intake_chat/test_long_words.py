"""Words that are too many for a message of Slack: cut where it is seen, and whole nowhere lost."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_chat.domain.slack.long_words import LONGEST, fitting, is_too_long
from intake_chat.domain.slack.mrkdwn import escaped
from intake_chat.domain.slack.outgoing_files import delivered_detail, is_cut, names_left_out

PAGE = "https://desk.example/r/abc?x=1&y=2"


def shown(text: str, more: str = "", *, page: str | None = None, number: int | None = None) -> str:
    return fitting(escaped(text), more, page=page, number=number, language="es")


def test_what_fits_is_left_as_it_is() -> None:
    assert shown("hola", "y más") == "hola\n\ny más"
    assert shown("x" * LONGEST) == "x" * LONGEST


@pytest.mark.parametrize(
    ("page", "number", "ends"),
    [
        (PAGE, 7, "Léalo en: https://desk.example/r/abc?x=1&amp;y=2)"),
        (None, 7, "Pida el resto con el número 7.)"),
        (None, None, "Pida el resto.)"),
    ],
)
def test_what_is_cut_says_so_and_where_the_rest_is(page: str | None, number: int | None, ends: str) -> None:
    text = shown("palabra " * 10_000, page=page, number=number)

    assert len(text) <= LONGEST
    assert text.endswith(ends)
    assert "palabra\n\n… (" in text


def test_what_is_said_below_is_never_cut() -> None:
    assert shown("palabra " * 10_000, "No hemos podido adjuntar: a.pdf.").endswith("No hemos podido adjuntar: a.pdf.")


@given(st.integers(0, 12), st.sampled_from(["&", "<", ">", "a&", "é <b> ", "👩‍💻 "]))
def test_no_sign_is_cut_in_two(offset: int, piece: str) -> None:
    words = "x" * offset + piece * (LONGEST // len(piece) + 1)
    assert is_too_long(escaped(words), "")
    text = shown(words)
    beginning = text.partition("\n\n… (")[0]

    assert len(text) <= LONGEST
    assert len(beginning) > LONGEST - 500
    assert words.startswith(html.unescape(beginning))


@pytest.mark.parametrize(("names", "cut"), [((), False), ((), True), (("a.pdf",), False), (("a.pdf",), True)])
def test_the_report_says_what_a_message_went_without(names: tuple[str, ...], cut: bool) -> None:
    detail = delivered_detail("1.000001", names, cut=cut)

    assert (names_left_out(detail), is_cut(detail)) == ("".join(names), cut)
