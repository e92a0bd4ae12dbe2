"""Which lines of a mail are newly written, once it is known what each of them is."""

from dataclasses import dataclass

from intake_email.domain.quoting import html_marks
from intake_email.domain.quoting.answers_below import goes_on_below
from intake_email.domain.quoting.attributions import Trust, attribution_ending_at, can_end
from intake_email.domain.quoting.footers import is_device_footer, list_footer_from, signature_from
from intake_email.domain.quoting.marks import EMPTY, INTRODUCTION, NOTE, QUOTED, TEXT, Marked, introduces
from intake_email.domain.quoting.separators import begins_forward, is_announcement, is_divider, is_rule

_CITED_LINES = 10
"""So many quoted lines without a word who wrote them are what the author chose; more are the whole message."""
_GREETING_WIDTH = 50
_SENTENCE_WORDS = 3
_SENTENCE_LIMIT = 60
_FIRST_LINES = 2
_INTRODUCED_WITHIN = 6
_WRAPPED_WIDTH = 60


@dataclass(slots=True)
class _Run:
    """Neighbouring lines of one kind, with the empty lines between and below them."""

    quoted: bool
    start: int
    end: int
    introduced: bool = False
    greeting: bool = False
    announces: bool = False
    lines: int = 0


def newly_written(marked: Marked) -> str:
    """The author's own words, with the quotations that are answered between the lines."""
    _set_footers_aside(marked)
    runs = _joined_where_wrapped(_runs(marked), marked)
    out: list[str] = []
    shown_until = 0
    for run in _kept(runs):
        if out and out[-1] and (run.start > shown_until or marked.kinds[run.start] == INTRODUCTION):
            out.append("")
        out.extend(_words(marked, run))
        shown_until = run.end
    written = "\n".join(out).strip("\n\t \xa0")
    if marked.end < len(marked.lines) and goes_on_below(written) and not _is_forward(marked):
        return "\n".join(line for line in marked.raw if line.strip() not in html_marks.MARKS).strip("\n\t \xa0")
    return written


def _is_forward(marked: Marked) -> bool:
    """Whether what begins at the end of the author's words is a message that is passed on."""
    return any(begins_forward(line) for line in marked.lines[max(0, marked.end - 2) : marked.end + 1] if line)


def _words(marked: Marked, run: _Run) -> list[str]:
    """The lines of a run that are shown: of a quotation what is quoted, without the line that introduces it."""
    words: list[str] = []
    gap = False
    for index in range(_below_introduction(marked, run) if run.quoted else run.start, run.end):
        kind = marked.kinds[index]
        if kind == INTRODUCTION or (kind == NOTE and (not run.quoted or marked.lines[index] in html_marks.MARKS)):
            gap = True
            continue
        if gap and kind == EMPTY and words and not words[-1].strip():
            continue
        gap = False
        words.append(marked.cut_lines.get(index, marked.raw[index]))
    return words


def _below_introduction(marked: Marked, run: _Run) -> int:
    """Where the quoted words of a run begin: Apple Mail quotes the line that introduces them as well.

    What introduces a deeper quotation is a part of the message that is answered.
    """
    if marked.kinds[run.start] == INTRODUCTION:
        return run.start
    indices = [index for index in range(run.start, run.end) if marked.kinds[index] == QUOTED][:_INTRODUCED_WITHIN]
    lines = [marked.lines[index].lstrip("> \t") for index in indices]
    for place, line in enumerate(lines[:-1]):
        if line and can_end(line):
            count, trust = attribution_ending_at(lines, place)
            if trust is Trust.STRONG and not any(lines[: place - count + 1]):
                below = next((indices[rest] for rest in range(place + 1, len(lines)) if lines[rest]), run.start)
                same = _depth(marked.lines[below]) == _depth(marked.lines[indices[place]])
                return below if same else run.start
    return run.start


def _depth(line: str) -> int:
    return line[: len(line) - len(line.lstrip("> \t"))].count(">")


def _set_footers_aside(marked: Marked) -> None:
    """Mark signatures, footers of devices and lists, and the rules above history as notes."""
    kinds, lines = marked.kinds, marked.lines
    for start, end in _stretches(kinds, marked.end):
        cut = min(signature_from(marked.raw, lines, start, end), list_footer_from(lines, start, end))
        for index in range(cut, end):
            kinds[index] = NOTE
        above_history = end < len(lines) and cut == end
        at_end = True
        for index in range(cut - 1, start - 1, -1):
            line = lines[index]
            if not line:
                continue
            ruled = at_end and above_history and (is_rule(line) or is_announcement(line) or is_divider(line))
            if ruled or ((at_end or _stands_alone(lines, index)) and is_device_footer(line)):
                kinds[index] = NOTE
            else:
                at_end = False


def _stands_alone(lines: list[str], index: int) -> bool:
    return (index == 0 or not lines[index - 1]) and (index + 1 == len(lines) or not lines[index + 1])


def _stretches(kinds: list[str], end: int) -> list[tuple[int, int]]:
    """Where the author's lines stand together."""
    found = []
    start = -1
    for index in range(min(end, len(kinds))):
        kind = kinds[index]
        if kind == TEXT:
            if start < 0:
                start = index
        elif kind != EMPTY and start >= 0:
            found.append((start, index))
            start = -1
    if start >= 0:
        found.append((start, min(end, len(kinds))))
    return found


def _runs(marked: Marked) -> list[_Run]:
    runs: list[_Run] = []
    current: _Run | None = None
    for index, kind in enumerate(marked.kinds):
        if kind in (EMPTY, NOTE):
            if current is not None:
                current.end = index + 1
            continue
        quoted = kind != TEXT
        if current is None or current.quoted != quoted or (kind == INTRODUCTION and current.lines > 0):
            current = _Run(quoted, index, index + 1)
            runs.append(current)
        current.end = index + 1
        if kind == INTRODUCTION:
            current.introduced = True
        else:
            if not quoted:
                current.greeting = current.lines == 0 and _is_greeting(marked.lines[index])
                current.announces = marked.lines[index][-1] in ":：" and _announces(marked.lines[index])
            if quoted and current.lines < _FIRST_LINES and not current.introduced:
                current.introduced = introduces(marked.lines[index])
            current.lines += 1
    return runs


def _is_greeting(line: str) -> bool:
    return len(line) <= _GREETING_WIDTH and line[-1] in ",!，、،:" and line.count(" ") <= 5


def _announces(line: str) -> bool:
    """Whether a person announces a citation: by a sentence, without the date, address or name that programs write."""
    if "@" in line or any(character.isdigit() for character in line):
        return False
    words = line.split(" ", _SENTENCE_LIMIT)
    return sum(word[:1].islower() for word in words) >= _SENTENCE_WORDS


def _joined_where_wrapped(runs: list[_Run], marked: Marked) -> list[_Run]:
    """Quotations whose long lines were broken: the broken-off end stands there like an answer, and is none."""
    if len(runs) < 3:
        return runs
    joined = runs[:1]
    index = 1
    while index < len(runs):
        run = runs[index]
        before = joined[-1]
        if (
            not run.quoted
            and before.quoted
            and index + 1 < len(runs)
            and runs[index + 1].quoted
            and (_is_broken_off(run, marked) or _is_unmarked_part(before, run, marked))
        ):
            before.end = runs[index + 1].end
            before.lines += 1 + runs[index + 1].lines
            index += 2
            continue
        joined.append(run)
        index += 1
    return joined


def _is_broken_off(run: _Run, marked: Marked) -> bool:
    if run.lines != 1 or run.start == 0:
        return False
    above, line = marked.lines[run.start - 1], marked.lines[run.start]
    if "(http" in above or line.startswith("(http"):
        return True
    below = marked.lines[run.start + 1] if run.start + 1 < len(marked.lines) else ""
    if not above or not below or len(above) < _WRAPPED_WIDTH:
        return False
    return line[0].islower() or len(line) < _WRAPPED_WIDTH // 2


def _is_unmarked_part(before: _Run, run: _Run, marked: Marked) -> bool:
    """Whether lines in the midst of a message that is passed on lost their marks: nobody answers there."""
    if not (marked.kinds[before.start] == INTRODUCTION and begins_forward(marked.lines[before.start])):
        return False
    return bool(marked.lines[run.start - 1]) and bool(marked.lines[run.end - 1])


def _kept(runs: list[_Run]) -> list[_Run]:
    """The runs that are shown.

    A quotation below the last word of the author goes, unless that word announces it. Where the author wrote between
    two quotations, those above an answer stay. A single quotation goes where a program put it there, by what introduces
    it or by its length; it stays where the author chose it, or wrote nothing above it but a greeting.
    """
    interleaved = _is_interleaved(runs)
    while runs and runs[-1].quoted:
        last = runs.pop()
        if not last.introduced and last.lines <= _CITED_LINES and runs and runs[-1].announces:
            runs.append(last)
            break
        if last.introduced and not interleaved and _ends_with_citation(runs):
            break
    if interleaved:
        return runs
    return [run for run in runs if not run.quoted or not _is_history(run, runs)]


def _ends_with_citation(runs: list[_Run]) -> bool:
    """Whether the last words shown are another's that the author chose to cite."""
    return len(runs) > 1 and runs[-1].quoted and not runs[-1].introduced and runs[-1].lines <= _CITED_LINES


def _is_history(run: _Run, runs: list[_Run]) -> bool:
    """Whether a quotation with text below it is the whole message that was answered, rather than what is answered."""
    if run.lines > _CITED_LINES:
        return True
    return run.introduced and not (len(runs) > 2 and runs[0].greeting and not runs[0].quoted)


def _is_interleaved(runs: list[_Run]) -> bool:
    """Whether the author wrote between two quotations."""
    quotations = [index for index, run in enumerate(runs) if run.quoted]
    return len(quotations) > 1 and quotations[-1] - quotations[0] > len(quotations) - 1
