"""Telling the lines of a mail apart: the author's, quoted ones, what introduces those, and where history begins."""

from dataclasses import dataclass, field
from typing import Final

from intake_email.domain.quoting import html_marks, notes
from intake_email.domain.quoting.attributions import (
    WIDTH_LIMIT,
    Trust,
    attribution_ending_at,
    can_end,
    has_date_and_time,
    opening_of,
    split_mid_line,
    trust_in,
)
from intake_email.domain.quoting.header_blocks import OTHER, block_end, is_form, is_shown_head, label_of
from intake_email.domain.quoting.phrases import ABOVE_THIS_LINE, ASKS_FOR_ANSWER
from intake_email.domain.quoting.separators import (
    ends_forward,
    is_announcement,
    is_divider,
    is_rule,
    is_separator,
    names_earlier,
    separator_within,
)

EMPTY: Final = "e"
TEXT: Final = "t"
QUOTED: Final = "q"
INTRODUCTION: Final = "a"
"""The line that introduces a quotation."""
NOTE: Final = "x"
"""Written by a program: a signature, a footer, a mark of HTML."""

_QUOTE_CHARS: Final = "> \t"
_QUOTE_MARKERS: Final = (">", "＞")
_ATTEMPTS = 300
"""No mail has more lines that might introduce a quotation; a hostile one has as many as it has lines."""
_OPENS: Final = (html_marks.QUOTE_OPENS, html_marks.HISTORY_OPENS)
_HEADLINE = 40
_RARE_MARKERS: Final = ("|", "»", "›", "¦", "│", "┃", ":")


@dataclass(slots=True)
class Marked:
    """The lines of a mail and what each of them is.

    Attributes:
        raw: the lines as they are.
        lines: the same, stripped.
        kinds: one of the constants of this module for each line.
        end: where history begins that is not marked line by line; nothing at or below it counts.
        cut_lines: the author's words of lines that also hold the beginning of a quotation.
    """

    raw: list[str]
    lines: list[str]
    kinds: list[str] = field(default_factory=list)
    end: int = 0
    cut_lines: dict[int, str] = field(default_factory=dict)


def mark_lines(text: str, *, from_html: bool = False) -> Marked:
    """What each line of a mail's text is.

    Args:
        text: with line feeds as line ends.
        from_html: whether lines may be marks of `html_marks`; in a plain mail the same characters are the author's.
    """
    raw = text.split("\n")
    lines = [line.strip() for line in raw]
    marked = Marked(raw, lines, end=len(lines))
    _Reader(marked, from_html=from_html).read()
    return marked


def introduces(line: str) -> bool:
    """Whether a line, quoted itself, is of those that stand above a message: then a program put the quotation there."""
    line = line.lstrip(_QUOTE_CHARS)
    if not line or len(line) > WIDTH_LIMIT:
        return False
    return is_separator(line) or is_announcement(line) or label_of(line) == "from" or trust_in(line) is Trust.STRONG


class _Reader:
    """One pass over the lines; what lies inside of marked quotations is not looked at."""

    def __init__(self, marked: Marked, *, from_html: bool) -> None:
        self._marked = marked
        self._from_html = from_html
        self._raw = marked.raw
        self._lines = marked.lines
        self._kinds = marked.kinds
        self._attempts = 0
        self._rare_marker = ""
        self._quotes_open = 0
        self._note = ""
        self._inside = ""
        self._introduced_until = 0
        self._passed_on_until = 0

    def read(self) -> None:
        lines, kinds = self._lines, self._kinds
        for index, line in enumerate(lines):
            if not line:
                kinds.append(EMPTY)
                continue
            first = line[0]
            if index < self._passed_on_until:
                kinds.append(NOTE)
                continue
            if first in _QUOTE_MARKERS:
                if line.startswith(">>> ") and self._is_groupwise_head(index, line):
                    self._marked.end = index
                    return
                kinds.append(QUOTED if not line.endswith("<<<") else TEXT)
                continue
            if self._from_html and line in html_marks.MARKS:
                self._follow(line, index)
                if self._marked.end < len(lines):
                    return
                continue
            if self._inside:
                kinds.append(self._inside)
                continue
            if index < self._introduced_until:
                kinds.append(INTRODUCTION)
                continue
            if self._rare_marker:
                if first == self._rare_marker:
                    kinds.append(QUOTED)
                    continue
                self._rare_marker = ""
            kinds.append(TEXT)
            history = self._history_at(index, line)
            if history >= 0 and not (history == index and self._is_ended_below(index)):
                self._marked.end = history
                del kinds[history:]
                return

    def _follow(self, line: str, index: int) -> None:
        """Follow a mark of HTML."""
        outermost = line == html_marks.HISTORY_OPENS and not self._quotes_open
        self._kinds.append(INTRODUCTION if outermost else NOTE)
        if line in _OPENS:
            self._quotes_open += 1
        elif line == html_marks.QUOTE_CLOSES:
            self._quotes_open = max(0, self._quotes_open - 1)
        elif line == html_marks.NOTE_OPENS:
            self._note = NOTE
        elif line == html_marks.INTRODUCTION_OPENS:
            self._note = INTRODUCTION
        elif line in (html_marks.NOTE_CLOSES, html_marks.INTRODUCTION_CLOSES):
            self._note = ""
        elif not self._quotes_open:
            self._marked.end = index
        self._inside = QUOTED if self._quotes_open else self._note

    def _history_at(self, index: int, line: str) -> int:
        """The line at which history begins by what stands at `index`, -1 where it does not; marks introductions."""
        if self._attempts > _ATTEMPTS:
            return -1
        if ":" in line[:24] or "：" in line[:24]:
            label = label_of(line)
            if label is not None:
                self._attempts += 1
                announced = index > 0 and self._is_ruled(index)
                end = 0
                if announced or not self._is_shown(index, label):
                    end = block_end(self._lines, index, announced=announced)
                if end:
                    return self._unless_quoted(index, index, end)
        elif "@" not in line and "-----" in line[1:]:
            start = separator_within(line)
            if start > 0:
                self._marked.cut_lines[index] = line[:start].rstrip()
                return index + 1
        above = self._lines[index - 1] or self._lines[index - 2] if index > 1 else ""
        if above and above[0] in "-_*=" and len(line) <= _HEADLINE and is_rule(above) and names_earlier(line):
            return index
        if "@" in line and (":  " in line or ":>" in line) and opening_of(line):
            return self._unless_quoted(index, index, index + 1)
        if is_separator(line) or (line[-1] in ":：" and is_announcement(line) and self._message_follows(index + 1)):
            return self._unless_quoted(index, index, index + 1)
        if line[0] != "|" and can_end(line):
            found = self._introduction(index)
            if found >= 0 or self._introduced_until > index:
                return found
        return self._rarely(index, line)

    def _is_shown(self, index: int, label: str) -> bool:
        """Whether the author shows a head: one of the rarer headers is at its top, or another above this label."""
        above = self._lines[index - 1] if index else ""
        if label == OTHER or not above:
            return label == OTHER
        return label_of(above) is not None or is_form(self._lines, index) or is_shown_head(self._lines, index)

    def _introduction(self, index: int) -> int:
        self._attempts += 1
        count, trust = attribution_ending_at(self._lines, index)
        if trust is Trust.NONE or (trust is Trust.WEAK and not self._quote_follows(index + 1)):
            return -1
        start = index - count + 1
        words = split_mid_line(self._lines[start])
        if words:
            self._marked.cut_lines[start] = words
            start += 1
            self._kinds[start - 1] = TEXT
            if start > index:
                return index + 1 if not self._quote_follows(index + 1) else -1
        return self._unless_quoted(self._ruled_labels_above(start), index, index + 1)

    def _ruled_labels_above(self, start: int) -> int:
        """Where an introduction begins that has "To:" and "Subject:" between a rule and its own line, as Yandex has."""
        top = start
        for above in range(start - 1, max(-1, start - 8), -1):
            line = self._lines[above]
            if line and label_of(line) is None:
                return top if top < start and is_rule(line) else start
            top = above if line else top
        return start

    def _is_ended_below(self, index: int) -> bool:
        """Whether the message that a separator begins has an end as well: then what follows is the author's again."""
        if self._lines[index][0] not in "-=_":
            return False
        depth = 0
        for below in range(index, len(self._lines)):
            line = self._lines[below]
            if not line or line[0] not in "-=_":
                continue
            if ends_forward(line):
                depth -= 1
                if depth == 0:
                    self._passed_on_until = below + 1
                    self._kinds[index] = NOTE
                    return True
            elif is_separator(line):
                depth += 1
        return False

    def _is_groupwise_head(self, index: int, line: str) -> bool:
        """Whether GroupWise wrote the line above a message without marks: ">>> Ana <ana@…> 5.1.2026 10:15 >>>"."""
        if len(line) > WIDTH_LIMIT or self._quote_follows(index + 1) or (index and self._kinds[index - 1] == QUOTED):
            return False
        if line.endswith(">>>"):
            return has_date_and_time(line)
        return can_end(line) and trust_in(line[4:]) is Trust.STRONG

    def _rarely(self, index: int, line: str) -> int:
        if "this line" in line or not line.isascii() or "línea" in line:
            lowered = line[:200].lower()
            if any(words in lowered for words in ABOVE_THIS_LINE) and any(word in lowered for word in ASKS_FOR_ANSWER):
                return index
        return notes.head_from(self._raw, self._lines, index)

    def _unless_quoted(self, start: int, last: int, below: int) -> int:
        """History begins at `start`, unless the lines below are marked as quoted: then text may follow them."""
        if not self._quote_follows(below):
            return start
        self._kinds[start : last + 1] = [INTRODUCTION] * (last + 1 - start)
        self._introduced_until = below
        return -1

    def _quote_follows(self, below: int) -> bool:
        lines = self._lines
        for index in range(below, min(len(lines), below + 6)):
            line = lines[index]
            if self._from_html and line in html_marks.MARKS:
                if line in _OPENS:
                    return True
            elif line:
                if line[0] in _QUOTE_MARKERS:
                    return True
                if line[0] in _RARE_MARKERS and line.count(line[0]) == 1:
                    self._rare_marker = line[0]
                    return True
                return False
        return False

    def _message_follows(self, below: int) -> bool:
        for line in self._lines[below : below + 3]:
            if line:
                return line[0] == ">" or label_of(line) is not None
        return False

    def _is_ruled(self, index: int) -> bool:
        """Whether a rule stands above a line, as Outlook draws it above a header block."""
        for above in range(index - 1, max(-1, index - 4), -1):
            line = self._lines[above]
            if line:
                return is_rule(line) or is_announcement(line) or is_divider(line)
        return False
