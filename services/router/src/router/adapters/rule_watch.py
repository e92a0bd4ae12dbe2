"""The rule set in force: read at the start, and again whenever its file changes.

The file is polled, which works wherever it lies: an editor's rename, a ConfigMap's swapped symbolic link, a network
disk. A new set takes over between two batches; one with mistakes is refused and the set in force stays.
"""

import asyncio
from pathlib import Path
from typing import Final

from router.adapters.key_watch import set_within
from router.adapters.rule_announcements import announce, announce_refusal
from router.adapters.rule_file import load_rules
from router.domain.rules import RuleSet
from router.errors import RulesRefused

POLL_SECONDS: Final = 2.0
SETTLE_SECONDS: Final = 0.2
"""A file that has just changed must stay as it is for so long: it may still be being written."""
_Mark = tuple[int, int, int, int]


class RuleWatch:
    """Holds the rule set in force, and follows its file."""

    def __init__(self, path: Path, *, poll_seconds: float = POLL_SECONDS) -> None:
        """Read the rules.

        Raises:
            RulesRefused: the file has mistakes.
        """
        self._path = path
        self._poll_seconds = poll_seconds
        self._mark = _mark(path)
        self._current = load_rules(path)
        self.problem: str | None = None
        """Why what the file holds now does not decide, or None."""
        announce("rules.loaded", self._current)

    @property
    def current(self) -> RuleSet:
        """The rule set that decides now."""
        return self._current

    async def run(self, stopping: asyncio.Event) -> None:
        """Follow the file until the service stops."""
        while not await set_within(stopping, self._poll_seconds):
            mark = _mark(self._path)
            if mark == self._mark or await set_within(stopping, SETTLE_SECONDS) or _mark(self._path) != mark:
                continue
            await self._reload(self._path, mark)

    async def _reload(self, path: Path, mark: _Mark | None) -> None:
        try:
            rules = await asyncio.to_thread(load_rules, path)
        except RulesRefused as error:
            if _mark(path) == mark:  # else it was changed while it was read: look again
                self._mark = mark
                self.problem = f"the rule file was refused ({error.problems[0]}); {self._current.hash[:12]} decides"
                announce_refusal(error.problems, self._current)
            return
        if _mark(path) != mark:
            return
        self._mark = mark
        self.problem = None
        if rules.hash != self._current.hash:
            former, self._current = self._current, rules
            announce("rules.changed", rules, former)


def _mark(path: Path) -> _Mark | None:
    """What changes when the file does; links are followed."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_dev, found.st_size
