"""How Lotus Notes writes the head of an older message: not as header lines, but as tables of several kinds."""

import re
from typing import Final

_INDENT: Final = " " * 20
_SHALLOW: Final = " " * 4
_GAP: Final = " " * 10
_TO: Final = frozenset(
    {
        "to",
        "an",
        "para",
        "à",
        "a",
        "aan",
        "till",
        "til",
        "do",
        "komu",
        "kime",
        "címzett",
        "кому",
        "宛先",
        "收件人",
        "pour",
    }
)
_SUBJECT: Final = frozenset(
    {
        "subject", "thema", "betreff", "asunto", "objet", "oggetto", "assunto", "onderwerp", "ämne", "emne", "temat",
        "předmět", "predmet", "konu", "tárgy", "aihe", "тема", "件名", "主题",
    }
)  # fmt: skip
_TABLE_LINES = 16
_COLUMN_LINES = 8
_SUMMARY = re.compile(r".{1,80}---\d{1,2}[./-]\d{1,2}[./-]\d{2,4} \d{1,2}[:.]\d\d[^-]{0,12}---")
_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}:\d\d")


def head_from(raw: list[str], lines: list[str], index: int) -> int:
    """The first line of a head that is recognised by the line at `index`, -1 where that is none.

    Args:
        raw: lines as they are, with their indentation.
        lines: the same, stripped.
        index: of a line that is not blank.
    """
    line = lines[index]
    if line[0] == "|" and line.startswith("|----") and line.endswith("->"):
        return index  # boxes drawn with dashes, one around each label
    if "---" in line and (line.startswith("Inactive hide details for ") or _SUMMARY.match(line)):
        return index
    if len(line) <= 12 and line.lower() in _TO:
        return _column_from(lines, index)
    if raw[index].startswith(_SHALLOW):
        return _right_column_from(raw, index)
    return -1


def _column_from(lines: list[str], index: int) -> int:
    """The table as converted HTML has it: every cell on a line of its own."""
    below = lines[index + 1 : index + 1 + _COLUMN_LINES]
    if not any(line.lower() in _SUBJECT for line in below):
        return -1
    top = index
    for above in range(index - 1, max(-1, index - _COLUMN_LINES), -1):
        line = lines[above]
        if line:
            if not ("@" in line or "/" in line or _DATE.search(line[:80])):
                break
            top = above
    return top


def _right_column_from(raw: list[str], index: int) -> int:
    """The table in plain text: sender and date at the left, the words "To", "cc" and "Subject" alone at the right."""
    line = raw[index].rstrip()
    head, _, word = line.rpartition(" ")
    if word.lower() not in _TO or not head.endswith(_GAP):
        return -1
    for below in raw[index + 1 : index + _TABLE_LINES]:
        if below.startswith(_INDENT) and below.strip().lower() in _SUBJECT:
            return _top(raw, index)
    return -1


def _top(raw: list[str], index: int) -> int:
    top = index
    for above in range(index - 1, max(-1, index - _TABLE_LINES), -1):
        if raw[above].strip():
            if not raw[above].startswith(_SHALLOW):
                break
            top = above
    return top
