"""The rule set in force: read at the start, and again whenever its file changes.

The file is polled, which works wherever it lies: an editor's rename, a ConfigMap's swapped symbolic link, a network
disk. A new set takes over between two batches; one with mistakes is refused and the set in force stays.
"""

import asyncio
from pathlib import Path
from typing import Final

import structlog

from router.adapters.rule_file import load_default_rules, load_rules
from router.domain.rules import RuleSet
from router.errors import RulesRefused
from router.metrics import RULES_IN_FORCE, RULES_REFUSED

POLL_SECONDS: Final = 2.0
SETTLE_SECONDS: Final = 0.2
"""A file that has just changed must stay as it is for so long: it may still be being written."""
_LOGGED_LIMIT: Final = 20

_Mark = tuple[int, int, int, int]

log = structlog.get_logger()


class RuleWatch:
    """Holds the rule set in force, and follows its file."""

    def __init__(self, path: Path | None, *, poll_seconds: float = POLL_SECONDS) -> None:
        """Read the rules; `path` None stands for those that come with the router, which do not change.

        Raises:
            RulesRefused: the file has mistakes.
        """
        self._path = path
        self._poll_seconds = poll_seconds
        self._mark = _mark(path) if path else None
        self._current = load_rules(path) if path else load_default_rules()
        self._announce("rules.loaded")

    @property
    def current(self) -> RuleSet:
        """The rule set that decides now."""
        return self._current

    async def run(self, stopping: asyncio.Event) -> None:
        """Follow the file until the service stops."""
        while self._path is not None and not await _is_set(stopping, self._poll_seconds):
            mark = _mark(self._path)
            if mark == self._mark or await _is_set(stopping, SETTLE_SECONDS) or _mark(self._path) != mark:
                continue
            await self._reload(self._path, mark)

    async def _reload(self, path: Path, mark: _Mark | None) -> None:
        try:
            rules = await asyncio.to_thread(load_rules, path)
        except RulesRefused as error:
            if _mark(path) == mark:  # else it was changed while it was read: look again
                self._mark = mark
                self._refuse(error)
            return
        if _mark(path) != mark:
            return
        self._mark = mark
        if rules.hash != self._current.hash:
            RULES_IN_FORCE.remove(self._current.name, self._current.hash)
            self._current = rules
            self._announce("rules.changed")

    def _announce(self, event: str) -> None:
        rules = self._current
        RULES_IN_FORCE.labels(rules.name, rules.hash).set(1)
        log.info(event, rule_set=rules.name, hash=rules.hash, rules=len(rules.rules))

    def _refuse(self, error: RulesRefused) -> None:
        RULES_REFUSED.inc()
        for problem in error.problems[:_LOGGED_LIMIT]:
            log.error(
                "rules.refused",
                file=problem.file,
                line=problem.line,
                column=problem.column,
                rule=problem.rule,
                reason=problem.reason,
                advice=problem.advice,
                problems=len(error.problems),
                in_force=self._current.hash,
            )


def _mark(path: Path) -> _Mark | None:
    """What changes when the file does; links are followed."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_dev, found.st_size


async def _is_set(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
