"""The header block that Outlook, Lotus Notes and others put above the message they answer or forward."""

import re
from typing import Final

from intake_email.domain.quoting import phrases

FROM: Final = "from"
DATE: Final = "date"
TO: Final = "to"
COPY: Final = "copy"
SUBJECT: Final = "subject"
OTHER: Final = "other"
SENT: Final = "sent"
"""A date by a word that only mail programs use for it."""

_LABELS: Final = {
    FROM: phrases.LABELS_FROM,
    SENT: phrases.LABELS_SENT,
    DATE: phrases.LABELS_DATE,
    TO: phrases.LABELS_TO,
    COPY: phrases.LABELS_COPY,
    SUBJECT: phrases.LABELS_SUBJECT,
    OTHER: phrases.LABELS_OTHER,
}
_KIND_OF: Final = {label: kind for kind, labels in _LABELS.items() for label in labels}
_SERVER_LABELS: Final = frozenset(
    (
        "return-path",
        "received",
        "delivered-to",
        "envelope-to",
        "dkim-signature",
        "received-spf",
        "authentication-results",
    )
)
_LEADING: Final = (FROM, DATE, SENT)
_LABEL_WIDTH = 24
_BLOCK_LINES = 30
_FOLDED_LINES = 6
_MARKUP = "*_>|• \t\xa0\u202f\u3000\u200b\u200e\u200f\u202a\u202b\u202c\ufeff"
_FIELD = re.compile(r"[^\W\d][\w .-]{0,30}:\s{1,5}\S")
_WIDE_SPACE = re.compile(r"[\s\u3000]{1,10}")


def label_of(line: str) -> str | None:
    """What kind of header a stripped line is, None where it is none."""
    end = line.find(":", 1, _LABEL_WIDTH)
    wide = line.find("：", 1, _LABEL_WIDTH)
    if wide > 0 and (end < 0 or wide < end):
        end = wide
    if end < 0:
        return None
    label = phrases.as_phrase(line[:end].strip(_MARKUP))
    return _KIND_OF.get(label) or _KIND_OF.get(_WIDE_SPACE.sub(" ", label))


def is_form(lines: list[str], index: int) -> bool:
    """Whether the label at `index` stands among the fields of a form: "Name:", "From:", "Phone:"."""
    return index > 0 and _is_field(lines[index - 1]) and any(_is_field(line) for line in lines[index + 1 : index + 4])


def is_shown_head(lines: list[str], index: int) -> bool:
    """Whether the label at `index` stands among lines that only servers write: then the author shows a mail's head."""
    for above in range(index - 1, max(-1, index - _BLOCK_LINES), -1):
        line = lines[above]
        if not line:
            break
        name = line[:_LABEL_WIDTH].partition(":")[0].lower()
        if name in _SERVER_LABELS or (name.startswith("x-") and " " not in name):
            return True
    return False


def _is_field(line: str) -> bool:
    return _FIELD.match(line) is not None and label_of(line) is None


def block_end(lines: list[str], start: int, *, announced: bool = False) -> int:
    """The line below the header block of another message that begins at `start`, 0 where none begins there.

    Three lines "From: Madrid / To: Paris / Date: 5 May" are a question to a travel agency: a block has a subject or
    addresses, unless a rule or an "Original message" announced it.
    """
    kinds: set[str] = set()
    addressed = False
    folded = 0
    end = start
    for index in range(start, min(len(lines), start + _BLOCK_LINES)):
        line = lines[index]
        if not line:
            if kinds >= {FROM, SUBJECT} or not _goes_on(lines, index):
                break
            continue
        kind = label_of(line)
        if kind is None:
            folded += 1
            if folded > (_FOLDED_LINES if addressed else 2):
                break
            addressed = addressed or "@" in line
            continue
        folded = 0
        end = index + 1
        kinds.add(kind)
        addressed = addressed or "@" in line
        if kind in _LEADING and line.count(":") > 1:
            kinds |= _kinds_within(line)
    if FROM not in kinds and not announced and label_of(lines[start]) not in _LEADING:
        return 0  # a receipt: "Your message / To: … / Subject: … / Sent: … / was read."
    return end if _is_enough(kinds, addressed or announced) else 0


def _goes_on(lines: list[str], blank: int) -> bool:
    """Whether a header follows a blank line: converted HTML has one between any two."""
    for line in lines[blank + 1 : blank + 3]:
        if line:
            return label_of(line) is not None
    return False


def _kinds_within(line: str) -> set[str]:
    """The headers on a line after its first: some programs write the whole block on one."""
    kinds = set()
    for piece in line[:1000].split(":")[1:-1]:
        word = piece[-_LABEL_WIDTH:].split(" ")[-1].strip(_MARKUP).lower()
        if word in _KIND_OF:
            kinds.add(_KIND_OF[word])
    return kinds


def _is_enough(kinds: set[str], addressed: bool) -> bool:
    dated = DATE in kinds or SENT in kinds
    others = dated + (TO in kinds) + (SUBJECT in kinds)
    if FROM in kinds:
        return others >= 1 if addressed else others >= 2 and (SUBJECT in kinds or SENT in kinds)
    return dated and TO in kinds and (addressed or SUBJECT in kinds)
