"""Documents out of plain data: what is wrong is collected with its place, and refused once all was looked at."""

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from tickets.domain.service_levels.calendars import Fault
from tickets.errors import Invalid

Path = tuple[str | int, ...]
MOST_FAULTS: Final = 20
"""More are not told at once."""
_LONGEST_NAME: Final = 60


class Reading:
    """Reads values and collects what is wrong with them. After a complaint a method gives something harmless."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def complain(self, path: Path, words: str) -> None:
        """Note a fault at a place."""
        self.faults.append(Fault(path, words))

    def refuse(self) -> None:
        """Refuse the document if anything is wrong with it.

        Raises:
            Invalid: each fault with its place, the first one's as the pointer.
        """
        refuse(self.faults)

    def mapping(self, value: Any, path: Path, known: Collection[str] | None) -> Mapping[str, Any]:
        """The entries of a mapping; complains about keys that are not known. None: each is."""
        if not isinstance(value, Mapping):
            self.complain(path, "must be a mapping (`key: value`)")
            return {}
        for key in value:
            if known is not None and key not in known:
                self.complain((*path, str(key)), f"is not known here; known are {', '.join(known)}")
        return {str(key): inner for key, inner in value.items()}

    def listed(self, value: Any, path: Path, least: int, most: int) -> Sequence[Any]:
        """The items of a list of a fitting length."""
        if not isinstance(value, list | tuple):
            self.complain(path, "must be a list")
            return ()
        if not least <= len(value) <= most:
            self.complain(path, f"has {len(value)} entries; from {least} to {most} are allowed")
            return ()
        return value

    def name(self, value: Any, path: Path) -> str:
        """A name as it is written."""
        if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST_NAME or not value.isprintable():
            self.complain(path, f"must be a name of up to {_LONGEST_NAME} characters")
            return ""
        return value.strip()

    def choice(self, value: Any, path: Path, words: Collection[str]) -> str:
        """One of a few words."""
        if not isinstance(value, str) or value not in words:
            self.complain(path, f"{value!r} is none of {', '.join(words)}")
            return ""
        return value

    def choices(self, value: Any, path: Path, words: Collection[str], least: int = 1) -> frozenset[str]:
        """Some of a few words."""
        items = self.listed(value, path, least, len(words))
        return frozenset(self.choice(item, (*path, index), words) for index, item in enumerate(items))

    def whole(self, value: Any, path: Path, least: int, most: int) -> int:
        """A whole number in a range."""
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.complain(path, f"must be a whole number from {least} to {most}")
            return least
        return value

    def minutes(self, value: Any, path: Path, least: float, most: float) -> float:
        """A number of minutes in a range."""
        fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not fits or not least <= value <= most:
            self.complain(path, f"must be a number of minutes from {least:g} to {most:g}")
            return least
        return float(value)

    def day(self, value: Any, path: Path) -> date:
        """A date."""
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            self.complain(path, f"{value!r} is no date such as 2026-12-24")
            return date(2000, 1, 1)

    def instant(self, value: Any, path: Path) -> datetime | None:
        """A time with its zone."""
        try:
            found = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            found = None
        if found is None or found.tzinfo is None:
            self.complain(path, f"{value!r} is no time with a zone such as 2026-12-24T18:00:00+01:00")
            return None
        return found


def refuse(faults: Sequence[Fault]) -> None:
    """Refuse a document of which this is wrong; nothing is wrong without faults.

    Raises:
        Invalid: each fault with its place, the first one's as the pointer.
    """
    if faults:
        listed = "; ".join(f"{pointer(fault.path)}: {fault.words}" for fault in faults[:MOST_FAULTS])
        more = len(faults) - MOST_FAULTS
        words = listed + (f"; and {more} more" if more > 0 else "")
        raise Invalid(pointer(faults[0].path), words, faults[:MOST_FAULTS])


def faults_in(invalid: Invalid) -> list[Fault]:
    """What was refused, each with its place."""
    parts = (part.replace("~1", "/").replace("~0", "~") for part in invalid.pointer.split("/")[1:])
    path = tuple(int(part) if part.isdecimal() else part for part in parts)
    return [Fault(*one) for one in invalid.faults] or [Fault(path, str(invalid))]


def pointer(path: Path) -> str:
    """A place as a JSON pointer: lists count from 0 (RFC 6901)."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)
