"""The server's words about a recipient, out of the lines of a notice."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from intake_email.domain.bounces.limits import DIAGNOSTIC_LIMIT_CHARS
from intake_email.domain.bounces.notices import is_separator
from intake_email.domain.bounces.reasons import reason_in
from intake_email.domain.bounces.statuses import reply_at, status_in
from intake_email.domain.words import clean_line

_TRANSCRIPT: Final = (">>>", "<<<", "-->", "<--", "sent", "in:", "out:")
_BREAKS: Final = (*_TRANSCRIPT, "...", "(expanded from", "(generated from", "giving up on")
_CONTINUATION_LIMIT: Final = 12
_PARAGRAPH_LIMIT: Final = 8
_PARAGRAPHS_JUDGED: Final = 30


@dataclass(frozen=True)
class Notice:
    """The lines of a notice, with what is asked of them for each recipient worked out once."""

    lines: tuple[str, ...]

    def words_about(self, recipient: str, own: Sequence[str], *, alone: bool) -> str:
        """The SMTP reply about a recipient, or else the sentence that says why; one line.

        Args:
            recipient: the address.
            own: the lines that belong to the recipient.
            alone: nobody else failed, so that every reply in the notice is about this recipient.
        """
        reply = reply_in(own)
        if status_in(reply) is None:
            # Sendmail's summary of a reply leaves out the code that its transcript has.
            elsewhere = self._reply_about(recipient.lower())
            reply = elsewhere if not reply or status_in(elsewhere) is not None else reply
        return reply or (self._any_reply if alone else "") or _sentence(own) or self._sentence

    def _reply_about(self, recipient: str) -> str:
        """The reply in a line that names the recipient, or that follows its RCPT TO."""
        asked = -1
        for number in self._numbers:
            line, place = self._lower[number], self._places[number]
            if place >= 0 and (recipient in line or asked >= 0):
                return _continued(self.lines, number, place)
            if line.lstrip().startswith(_TRANSCRIPT):
                asked = number if recipient in line else asked if "data" not in line else -1
        return ""

    @cached_property
    def _lower(self) -> tuple[str, ...]:
        return tuple(line.lower() for line in self.lines)

    @cached_property
    def _places(self) -> tuple[int, ...]:
        return tuple(reply_at(line) for line in self.lines)

    @cached_property
    def _numbers(self) -> tuple[int, ...]:
        """The lines that are a reply or part of a transcript; without any reply there is nothing to look for."""
        if max(self._places, default=-1) < 0:
            return ()
        return tuple(
            number
            for number, line in enumerate(self._lower)
            if self._places[number] >= 0 or line.lstrip().startswith(_TRANSCRIPT)
        )

    @cached_property
    def _any_reply(self) -> str:
        return reply_in(self.lines)

    @cached_property
    def _sentence(self) -> str:
        return _sentence(self.lines)


def reply_in(lines: Sequence[str]) -> str:
    """The first permanent reply in some lines, or else the first one, with the lines that continue it; or nothing."""
    first = ""
    for number, line in enumerate(lines):
        place = reply_at(line)
        if place < 0:
            continue
        if line[place] == "5":
            return _continued(lines, number, place)
        first = first or _continued(lines, number, place)
    return first


def one_line(words: str) -> str:
    """Words unfolded onto one line, cut to what a line may hold."""
    return clean_line(" ".join(words[: 4 * DIAGNOSTIC_LIMIT_CHARS].split()), DIAGNOSTIC_LIMIT_CHARS)


def _continued(lines: Sequence[str], number: int, place: int) -> str:
    """A reply from its code on, down to the end of its paragraph."""
    parts = [lines[number][place:]]
    code = parts[0][:3]
    for line in lines[number + 1 : number + 1 + _CONTINUATION_LIMIT]:
        stripped = line.strip()
        if not stripped or is_separator(line) or stripped.lower().startswith(_BREAKS):
            break
        if reply_at(line) >= 0 and not stripped.startswith(code):
            break
        parts.append(stripped)
    reply = one_line(" ".join(parts)).rstrip("'\" ")
    return reply.removesuffix(")") if reply.count(")") > reply.count("(") else reply


def _sentence(lines: Sequence[str]) -> str:
    """The paragraph that names a reason, or the first one."""
    paragraphs = _paragraphs(lines)
    if reason_in(" ".join(paragraphs).lower()) is None:
        return paragraphs[0] if paragraphs else ""
    for paragraph in paragraphs:
        if reason_in(paragraph.lower()) is not None:
            return paragraph
    return paragraphs[0] if paragraphs else ""


def _paragraphs(lines: Sequence[str]) -> list[str]:
    found: list[str] = []
    parts: list[str] = []
    for line in [*lines[:200], ""]:
        stripped = line.strip()
        if stripped and not is_separator(line):
            if len(parts) < _PARAGRAPH_LIMIT:
                parts.append(stripped)
        elif parts:
            found.append(one_line(" ".join(parts)))
            parts = []
        if len(found) >= _PARAGRAPHS_JUDGED:
            break
    return found
