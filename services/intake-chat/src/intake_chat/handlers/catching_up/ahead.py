"""Lines of a direct message that were read and not told yet: the first of them begins the conversation of all.

The history is read from its end backwards, so of what does not fit on a page the beginning comes last. In channels each
message is a matter of its own, and is told as it is read. In a direct message lines that follow each other are one
matter, so what was missed there is told when all of it was read, within bounds. What was read is not remembered across
a restart: it is read again.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from intake_chat.domain.slack.catching_up import Hole
from intake_chat.domain.slack.places import is_direct
from intake_chat.ports.history import Json, SeenPage

MOST_LINES: Final = 1_000
"""That are held; of more the newest are told first after all."""


class Ahead:
    """What was read of one hole; of another one it begins anew."""

    def __init__(self) -> None:
        self._of: tuple[str, Hole] | None = None
        self._lines: list[Json] = []
        self._pages = 0
        self._reached = ""

    def reached(self, channel: str, hole: Hole) -> str:
        """Everything after this time stamp was read."""
        if self._of != (channel, hole):
            self._of, self._lines, self._pages, self._reached = (channel, hole), [], 0, hole.reached
        return self._reached

    def told(self, hole: Hole, page: SeenPage, most_pages: int) -> tuple[Sequence[Json], int] | None:
        """What is to be told now, the oldest first, and how many pages it is; None: more is to be read before.

        Whoever fails to tell it reads this page again, and no other.

        Args:
            page: what `reached` led to, the newest first.
            most_pages: of the hole.
        """
        assert self._of is not None
        lines, pages = [*self._lines, *page.messages], self._pages + 1
        if (
            is_direct(self._of[0])
            and page.more
            and replace(hole, reached=str(page.messages[-1]["ts"])).open
            and len(lines) < MOST_LINES
            and hole.pages + pages < most_pages
        ):
            self._lines, self._pages, self._reached = lines, pages, str(page.messages[-1]["ts"])
            return None
        return lines[::-1], pages

    def forget(self) -> None:
        """All of it was told."""
        self._of, self._lines = None, []
