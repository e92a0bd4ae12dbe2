"""Reads plain content and collects what is wrong with it: each fault with the way to it, the reason and what to do.

Content is what a YAML file holds with every scalar as it is written: texts, lists and mappings, `None` for nothing.
Knows nothing of flows.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

Plain = str | Sequence["Plain"] | Mapping[str, "Plain"] | None
Path = tuple[str | int, ...]

FAULT_LIMIT: Final = 200
_SUGGESTED: Final = 40
_WHOLE: Final = re.compile(r"-?[0-9]{1,9}\Z")
_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, where in the content, and what to do about it."""

    path: Path
    reason: str
    advice: str = ""


class Reading:
    """What was wrong so far. Methods return None, or nothing, after a complaint."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def complain(self, path: Path, reason: str, advice: str = "") -> None:
        """Keep a fault, if there are not too many yet."""
        if len(self.faults) < FAULT_LIMIT:
            self.faults.append(Fault(path, reason, advice))

    def mapping(self, content: Plain, path: Path, what: str, known: Sequence[str] | None = None) -> dict[str, Plain]:
        """A mapping without the keys that are not `known`."""
        if not isinstance(content, Mapping):
            self.complain(path, f"{what} must be a mapping (`key: value`)")
            return {}
        found: dict[str, Plain] = {}
        for key, value in content.items():
            if known is not None and key not in known:
                self.complain((*path, key), f"unknown key {key[:60]} in {what}", suggestion(key, known))
            else:
                found[key] = value
        return found

    def items(self, content: Plain, path: Path, what: str, limit: int) -> Sequence[Plain]:
        """A list with at least one entry and at most `limit`."""
        if isinstance(content, str | Mapping) or content is None or not content:
            self.complain(path, f"{what} must be a list with at least one entry (`- entry`)")
            return ()
        if len(content) > limit:
            self.complain(path, f"{what} has {len(content)} entries", f"at most {limit} are allowed")
            return ()
        return content

    def text(self, content: Plain, path: Path, what: str, limit: int) -> str | None:
        """A text that is not empty, in one line."""
        if not isinstance(content, str) or not content.strip():
            self.complain(path, f"{what} must be a text" if not isinstance(content, str) else f"{what} is empty")
            return None
        text = " ".join(content.split())
        if len(text) > limit:
            self.complain(path, f"{what} has {len(text)} characters", f"at most {limit} are allowed; make it shorter")
            return None
        if not text.isprintable():
            self.complain(path, f"{what} has a character that cannot be printed", "delete it, or type the text anew")
            return None
        return text

    def texts(self, content: Plain, path: Path, what: str, most: int, limit: int) -> tuple[str, ...]:
        """Different texts."""
        found: list[str] = []
        for position, entry in enumerate(self.items(content, path, what, most)):
            text = self.text(entry, (*path, position), f"an entry of {what}", limit)
            if text is not None and text in found:
                self.complain((*path, position), f"{text} stands twice in {what}", "remove one")
            elif text is not None:
                found.append(text)
        return tuple(found)

    def name(self, content: Plain, path: Path, what: str, limit: int) -> str | None:
        """A name: a-z, 0-9 and single hyphens between."""
        text = self.text(content, path, what, limit)
        if text is not None and not _NAME.match(text):
            self.complain(path, f"{text} is no {what}", "use a-z, 0-9 and single hyphens, for example after-hours")
            return None
        return text

    def word(self, content: Plain, path: Path, what: str, words: Sequence[str]) -> str | None:
        """One of a few words."""
        if isinstance(content, str) and content in words:
            return content
        shown = content[:60] if isinstance(content, str) else "that"
        self.complain(path, f"{shown} is no {what}", suggestion(shown, words))
        return None

    def whole(self, content: Plain, path: Path, what: str, least: int, most: int) -> int | None:
        """A whole number in a range."""
        number = int(content) if isinstance(content, str) and _WHOLE.match(content) else None
        if number is None or not least <= number <= most:
            shown = content[:20] if isinstance(content, str) else "not a number"
            self.complain(path, f"{what} is {shown}", f"write a whole number from {least} to {most}")
            return None
        return number

    def truth(self, content: Plain, path: Path, what: str) -> bool | None:
        """`true` or `false`."""
        if content in ("true", "false"):
            return content == "true"
        self.complain(path, f"{what} must be true or false")
        return None


def suggestion(word: str, known: Sequence[str]) -> str:
    """What was meant, or what there is."""
    if near := get_close_matches(word, known, 1, 0.6):
        return f"did you mean {near[0]}?"
    return f"known are {', '.join(known[:_SUGGESTED])}" if known else ""
