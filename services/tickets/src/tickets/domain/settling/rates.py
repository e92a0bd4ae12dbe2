"""How many tickets each sender opened lately, as far as this process knows: tells when it is time to ask the database.

The database has the count of all replicas, but asking it costs a statement. So each process counts by itself, and only
senders who come near a limit are counted in the database, with what was kept back until then. A sender who stays below
the threshold in every replica is never counted there, so of several replicas each may let through that much more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from tickets.domain.settling.incoming import Incoming
from tickets.domain.settling.screening import RateKey, rate_keys

_MOST_KEYS: Final = 50_000
"""More are not remembered: those that were seen once go first, then all."""
_NEAR: Final = 4
"""A quarter of the limit is near it."""


@dataclass(slots=True)
class SenderRates:
    """Tickets by sender and by domain in each hour of acceptance.

    Attributes:
        per_sender: tickets of one address in an hour; 0: any number.
        per_domain: of one domain.
    """

    per_sender: int
    per_domain: int
    _seen: dict[RateKey, int] = field(default_factory=dict)
    _told: dict[RateKey, int] = field(default_factory=dict)
    """How much of what was seen the database knows."""

    @property
    def limited(self) -> bool:
        """There is a limit at all."""
        return bool(self.per_sender or self.per_domain)

    def limit(self, key: RateKey) -> int:
        """The limit of a sender or a domain; 0: none."""
        return self.per_domain if key[0].startswith("@") else self.per_sender

    def count(self, messages: Iterable[Incoming]) -> dict[RateKey, int]:
        """How many of these messages count for each sender and domain that has a limit."""
        counts: dict[RateKey, int] = {}
        for message in messages:
            sender, domain = rate_keys(message)
            if self.per_sender:
                counts[sender] = counts.get(sender, 0) + 1
            if self.per_domain:
                counts[domain] = counts.get(domain, 0) + 1
        return counts

    def near(self, opened: Mapping[RateKey, int]) -> dict[RateKey, int]:
        """Those that come near their limit with what a batch opens, and how much the database is to be told of each.

        Args:
            opened: tickets that the batch would open, by key.
        """
        found = {}
        for key, count in opened.items():
            limit = self.limit(key)
            seen = self._seen.get(key, 0)
            if (seen + count) * _NEAR >= limit:
                found[key] = seen - self._told.get(key, 0) + count
        return found

    def note(self, opened: Mapping[RateKey, int], told: Iterable[RateKey]) -> None:
        """Remember what a batch opened, once it is committed, and whom the database was told of."""
        for key, count in opened.items():
            self._seen[key] = self._seen.get(key, 0) + count
        for key in told:
            self._told[key] = self._seen.get(key, 0)
        if len(self._seen) > _MOST_KEYS:
            self._forget()

    def _forget(self) -> None:
        newest = max(hour for _, hour in self._seen)
        self._seen = {key: count for key, count in self._seen.items() if key[1] == newest and count > 1}
        if len(self._seen) > _MOST_KEYS // 2:
            self._seen = {}
        self._told = {key: count for key, count in self._told.items() if key in self._seen}
