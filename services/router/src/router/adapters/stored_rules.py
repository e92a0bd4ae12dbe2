"""The rule set that is in force at the broker, and how a running router follows it.

Every replica asks once a second and swaps between two batches. A set that cannot be loaded is refused: the one that
decided goes on deciding, the log and `/readyz` say so. Nothing published: the rules that come with the router.
"""

import asyncio
from typing import Final

import structlog

from router.adapters.rule_announcements import announce, announce_refusal
from router.adapters.rule_file import read_rules
from router.adapters.rule_store import SHOWN_HASH_CHARS, Entry, RuleStore
from router.domain.rules import RuleSet
from router.errors import Problem, PublicationRefused, RulesRefused
from ventanilla_contracts.errors import Temporary
from ventanilla_runtime.errors import StreamMissing

RETRY_SECONDS: Final = 1.0
_NEVER_READ, _UNREADABLE = -1, -2
"""In place of a revision."""

log = structlog.get_logger()


class StoredRules:
    """Holds the rule set in force; `refresh` looks whether it is still the one."""

    def __init__(self, store: RuleStore, shipped: RuleSet) -> None:
        self._store = store
        self._shipped = shipped
        self._current = shipped
        self._revision = _NEVER_READ
        self._announced = False
        self._unread = ""
        self.problem: str | None = None
        """Why the set that should be in force is not, or None."""

    @property
    def current(self) -> RuleSet:
        """The rule set that decides now."""
        return self._current

    async def start(self, stopping: asyncio.Event) -> None:
        """Know what is in force before the first message is decided: wait for the broker as long as it takes.

        If the set in force cannot be loaded, the newest one before it that can decides.
        """
        while not stopping.is_set():
            try:
                await self._follow()
                if self.problem is not None and self._revision != _NEVER_READ:
                    await self._take_an_earlier_one()
                break
            except Temporary as error:
                self._tell_unread(error)
                await asyncio.sleep(RETRY_SECONDS)
        if not self._announced:
            self._take(self._current)

    async def refresh(self) -> None:
        """Take over what is in force now. A broker that does not answer changes nothing."""
        try:
            await self._follow()
        except Temporary as error:
            self._tell_unread(error)

    async def _follow(self) -> None:
        try:
            entry = await self._store.in_force()
        except StreamMissing as error:  # nothing was ever published here
            self.problem = f"{error}; {self._current.hash[:SHOWN_HASH_CHARS]} decides"
            return
        except PublicationRefused as error:
            self._refuse(_UNREADABLE, (Problem("in_force", 1, 1, "", str(error)),))
            return
        self._unread = ""
        revision = entry.revision if entry else 0
        if revision == self._revision:
            return
        if entry is None:
            self._revision, self.problem = revision, None
            self._take(self._shipped)
            return
        loaded = await self._load(entry)
        if isinstance(loaded, RuleSet):
            self._revision, self.problem = revision, None
            self._take(loaded)
        else:
            self._refuse(revision, loaded)

    async def _load(self, entry: Entry) -> RuleSet | tuple[Problem, ...]:
        hash_ = entry.rules.hash
        if hash_ == self._current.hash:
            return self._current
        name = f"set.{hash_[:SHOWN_HASH_CHARS]}"
        source = await self._store.source(hash_)
        if source is None:
            return (Problem(name, 1, 1, "", "the set in force is not stored", "publish it again"),)
        try:
            return await asyncio.to_thread(read_rules, source, name)
        except RulesRefused as error:
            return error.problems

    async def _take_an_earlier_one(self) -> None:
        for entry in await self._store.history():
            loaded = await self._load(entry) if entry.revision != self._revision else ()
            if isinstance(loaded, RuleSet):
                self._take(loaded)
                return

    def _take(self, rules: RuleSet) -> None:
        if self._announced and rules.hash == self._current.hash:
            return
        former = self._current if self._announced else None
        self._current = rules
        announce("rules.changed" if self._announced else "rules.loaded", rules, former)
        self._announced = True

    def _refuse(self, revision: int, problems: tuple[Problem, ...]) -> None:
        if revision == self._revision:
            return
        self._revision = revision
        first = problems[0]
        self.problem = f"the published rules were refused ({first}); {self._current.hash[:SHOWN_HASH_CHARS]} decides"
        announce_refusal(problems, self._current)

    def _tell_unread(self, error: Temporary) -> None:
        if not self._unread:
            log.warning("rules.unread", error=str(error), in_force=self._current.hash)
        self._unread = str(error)
