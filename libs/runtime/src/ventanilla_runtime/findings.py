"""What an examination found: lines for a person at a terminal, and the same for programs."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from ventanilla_runtime.known_secrets import without_secrets

OK, WARNING, PROBLEM = "ok", "warning", "problem"
_MARKS: Final[Mapping[str, str]] = {OK: "✓", WARNING: "⚠", PROBLEM: "✗"}
_COLOURS: Final[Mapping[str, str]] = {OK: "\x1b[32m", WARNING: "\x1b[33m", PROBLEM: "\x1b[31m"}
_PLAIN: Final = "\x1b[0m"
_ABOUT_WIDTH: Final = 15


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        state: `ok`, `warning` (something will not work), `problem` (the desk does not work like this).
        do: what a person should do about it; empty where nothing is to be done.
    """

    state: str
    about: str
    says: str
    do: str = ""


def ok(about: str, says: str) -> Finding:
    """All is well."""
    return Finding(OK, about, says)


def warning(about: str, says: str, do: str = "") -> Finding:
    """Something will not work, the rest does."""
    return Finding(WARNING, about, says, do)


def problem(about: str, says: str, do: str) -> Finding:
    """The desk does not work like this."""
    return Finding(PROBLEM, about, says, do)


def is_well(findings: Sequence[Finding]) -> bool:
    """Whether the desk works."""
    return not any(finding.state == PROBLEM for finding in findings)


def lines_of(findings: Sequence[Finding], width: int = 80, *, coloured: bool = False) -> list[str]:
    """The findings as lines no longer than `width`, what is to be done below each; the last line sums up."""
    return [*rows_of(findings, width, coloured=coloured), "", summary_of(findings)]


def rows_of(findings: Sequence[Finding], width: int = 80, *, coloured: bool = False) -> list[str]:
    """As `lines_of`, without the last line."""
    lines: list[str] = []
    for finding in findings:
        mark = _MARKS[finding.state]
        head = f"{mark} {_printable(finding.about):<{_ABOUT_WIDTH}} "
        wrapped = _wrapped(finding.says, head, width)
        if coloured:
            wrapped[0] = wrapped[0].replace(mark, f"{_COLOURS[finding.state]}{mark}{_PLAIN}", 1)
        lines += wrapped
        if finding.do:
            lines += _wrapped(finding.do, f"{' ' * (_ABOUT_WIDTH + 3)}→ ", width)
    return lines


def as_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """The findings for programs."""
    told = [{name: without_secrets(text) for name, text in asdict(finding).items()} for finding in findings]
    return {"ok": is_well(findings), "findings": told}


def _wrapped(text: str, head: str, width: int) -> list[str]:
    return textwrap.wrap(
        _printable(text), width, initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False
    ) or [head.rstrip()]


def _printable(text: str) -> str:
    """Without what a terminal would obey: names of channels and teams come from outside."""
    return "".join(character if character.isprintable() else " " for character in without_secrets(text))


def summary_of(findings: Sequence[Finding]) -> str:
    """How much is to be mended and looked at, in one line."""
    problems = sum(finding.state == PROBLEM for finding in findings)
    warnings = sum(finding.state == WARNING for finding in findings)
    if problems:
        return f"{problems} to mend (✗), {warnings} to look at (⚠)."
    return f"Nothing to mend, {warnings} to look at (⚠)." if warnings else "All is well."
