"""Footers, introductions and heads in the words of many programs and languages: one line each, all treated alike."""

import html
from pathlib import Path

import pytest

from intake_email.domain.html_text import html_to_text
from intake_email.domain.quoting import written_text

ANSWER = "It is the X1: 4471-B."
QUOTED = "> Which model?\n>\n> Marta\n"

FORMS = Path(__file__).parents[2] / "data" / "reply_forms"


def lines_of(table: str) -> list[str]:
    """The lines of a table of forms; `\\t` stands for a tab."""
    lines = (FORMS / f"{table}.txt").read_text().split("\n")
    return [line.replace("\\t", "\t") for line in lines if line]


FOOTERS = lines_of("footers")
INTRODUCTIONS = lines_of("introductions")
# These name neither day nor sender as only programs do: they introduce what is marked, and nothing else.
WEAK = ("Quoting", "Zitat")

# One head a line, its lines divided by " / ".
HEADS = lines_of("heads")
FORWARDED = lines_of("forwards")


@pytest.mark.parametrize("footer", FOOTERS)
def test_the_footer_of_a_device_goes(footer: str) -> None:
    assert written_text(f"{ANSWER}\n\n{footer}\n") == ANSWER


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
def test_an_introduction_goes_with_its_quotation(introduction: str) -> None:
    assert written_text(f"{ANSWER}\n\n{introduction}\n\n{QUOTED}") == ANSWER


@pytest.mark.parametrize("introduction", [line for line in INTRODUCTIONS if "@" in line and not line.startswith(WEAK)])
def test_an_introduction_with_an_address_begins_history_that_is_not_marked(introduction: str) -> None:
    assert written_text(f"{ANSWER}\n\n{introduction}\n\nWhich model?\n\nMarta\n") == ANSWER


@pytest.mark.parametrize("head", HEADS)
def test_the_head_of_an_older_message_begins_history_in_text_and_html(head: str) -> None:
    lines = head.split(" / ")
    text = "\n".join(lines)
    page = f"<div>{ANSWER}</div><div><br></div><div>{'<br>'.join(map(html.escape, lines))}</div><div><br>Which?</div>"

    assert written_text(f"{ANSWER}\n\n{text}\n\nWhich model?\n") == ANSWER
    assert written_text(html_to_text(page), page) == ANSWER


@pytest.mark.parametrize("words", FORWARDED)
def test_of_a_forward_the_text_above_is_kept_or_all_of_it(words: str) -> None:
    head = (
        "From: Marta Gil <marta@desk.example>\nDate: Mon, 5 Jan 2026 at 10:15\nSubject: 4471\nTo: <nora@client.example>"
    )
    forward = f"---------- {words} ---------\n{head}\n\n\nWhich model?"

    assert written_text(f"{ANSWER}\n\n{forward}\n") == ANSWER
    assert written_text(f"{forward}\n") == forward
