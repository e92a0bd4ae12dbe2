"""What is newly written in a mail: its words without quoted history, signatures and what programs add."""

import re

from intake_email.domain.html_text import html_to_text
from intake_email.domain.quoting.html_marks import MARKS, marked
from intake_email.domain.quoting.marks import EMPTY, TEXT, mark_lines
from intake_email.domain.quoting.written import newly_written
from intake_email.domain.words import clean_text

READ_CHARS = 65_536
"""So much of a mail is read line by line. What follows shares the fate of the last line read."""
_BLANK_LINES = re.compile(r"\n{3,}")
"""Where marks stood."""
_HTML_CHARS = 256 * 1024
_SHOWN_CHARS = 32_000


def written_text(text: str, html: str | None = None) -> str:
    """Only what is newly written, without blank lines at its ends; the whole text where nothing would be left.

    Quoted history goes with the lines that introduce it, as do "-- " signatures and the footers of phones. Inline
    answers keep the quotations they answer, and text below a quotation stays. Of a forwarded message the text above it.

    Args:
        text: the whole message, line feeds as line ends.
        html: what `text` was converted from, where the mail has no plain part: programs mark quotations in it.
    """
    written = _written_in_html(html) if html else None
    if written is None:
        written = _written(text, from_html=False)
    return written[: max(len(text), _SHOWN_CHARS)] if written else text.strip("\n\t ")


def _written_in_html(html: str) -> str | None:
    """What is newly written by the marks in the HTML; None where there are none, or they did not survive as lines."""
    marked_html = marked(html[:_HTML_CHARS])
    if marked_html is None:
        return None
    text = clean_text(html_to_text(marked_html))
    lines = sum(line.strip() in MARKS for line in text.split("\n"))
    if lines != sum(text.count(mark) for mark in MARKS):
        return None
    return _BLANK_LINES.sub("\n\n", _written(text, from_html=True))


def _written(text: str, *, from_html: bool) -> str:
    if len(text) <= READ_CHARS:
        return newly_written(mark_lines(text, from_html=from_html))
    cut = text.rfind("\n", 0, READ_CHARS)
    cut = cut if cut > 0 else READ_CHARS
    lines = mark_lines(text[:cut], from_html=from_html)
    written = newly_written(lines)
    goes_on = lines.end == len(lines.lines) and lines.kinds[-1] in (TEXT, EMPTY)
    rest = text[cut:].strip()
    if goes_on and written and not (from_html and any(mark in rest for mark in MARKS)):
        return f"{written}\n{rest}"
    return written
