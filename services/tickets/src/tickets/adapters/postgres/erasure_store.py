"""Orders to erase people, and the list of whom was erased: without anybody's name once it is done."""

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from tickets.adapters.postgres.queries import load_queries
from tickets.domain.privacy.person import Identity
from tickets.domain.settling.incoming import effect_id

_SQL = load_queries("erasures")


@dataclass(frozen=True, slots=True)
class Erasure:
    """An order. `identities` and `names` are empty once it is done."""

    id: UUID
    ordered_at: datetime
    ordered_by: str
    why: str
    before: datetime
    state: str
    identities: tuple[Identity, ...]
    names: tuple[str, ...]
    hashes: tuple[str, ...]
    report: Mapping[str, Any]
    finished_at: datetime | None
    traces: Mapping[str, Sequence[Any]]
    """What was found before anything was taken away; empty: nobody has looked yet."""

    def as_data(self) -> dict[str, Any]:
        """For the API and the commands; nobody is named."""
        return {
            "id": str(self.id),
            "ordered_at": self.ordered_at,
            "ordered_by": self.ordered_by,
            "why": self.why,
            "before": self.before,
            "state": self.state,
            "hashes": list(self.hashes),
            "report": dict(self.report),
            "finished_at": self.finished_at,
        }


class ErasureStore:
    """Reads and writes orders, over a connection or a pool."""

    def __init__(self, connection: Any, keys: Sequence[bytes]) -> None:
        """`keys`: of the HMACs, the current one first; those of before still tell who it was."""
        self._connection = connection
        self._keys = keys

    async def order(
        self, identities: Sequence[Identity], actor: str, why: str, *, state: str = "ordered", id_: UUID | None = None
    ) -> Erasure:
        """Write down that somebody is to be erased; an order that is open holds from then on until now."""
        hashes = sorted(self.hash(one) for one in identities)
        row = await self._connection.fetchrow(_SQL["waiting"], hashes)
        if row is not None:
            row = await self._connection.fetchrow(_SQL["order_again"], row["id"], actor, why)
        if row is None:
            row = await self._connection.fetchrow(
                _SQL["order"], id_ or uuid4(), actor, why, state, _written(identities), hashes
            )
        return _read(row)

    async def was_ordered(self, identities: Sequence[Identity]) -> bool:
        """Whether one of these was ever to be erased."""
        hashes = [hash_of(one, key) for one in identities for key in self._keys]
        row = await self._connection.fetchrow(_SQL["ordered"], hashes)
        return bool(row[0])

    async def order_before(self, identities: Sequence[Identity], before: datetime, actor: str, why: str) -> Erasure:
        """Write down that somebody is to be erased again, up to a time: what came later is new."""
        hashes = sorted(self.hash(one) for one in identities)
        row = await self._connection.fetchrow(
            _SQL["order_before"], uuid4(), actor, why, before, _written(identities), hashes
        )
        return _read(row)

    async def open(self) -> list[Erasure]:
        """Orders that are not done, oldest first."""
        return [_read(row) for row in await self._connection.fetch(_SQL["open"])]

    async def all(self, limit: int = 1000) -> list[Erasure]:
        """Every order, newest first."""
        return [_read(row) for row in await self._connection.fetch(_SQL["all"], limit)]

    async def one(self, id_: UUID) -> Erasure | None:
        """An order, or None."""
        row = await self._connection.fetchrow(_SQL["one"], id_)
        return _read(row) if row else None

    async def run(
        self, id_: UUID, identities: Sequence[Identity], names: Sequence[str], traces: Mapping[str, Sequence[Any]]
    ) -> None:
        """Write down whom it is about before anything is taken away: whoever goes on later cannot look it up."""
        hashes = sorted(self.hash(one) for one in identities)
        await self._connection.execute(
            _SQL["run"], id_, _written(identities), json.dumps(list(names)), hashes, json.dumps(traces)
        )

    async def wait(self, id_: UUID, report: Mapping[str, Any], state: str = "waiting") -> None:
        """It cannot end yet; the report says why."""
        await self._connection.execute(_SQL["wait"], id_, state, json.dumps(report))

    async def finish(self, id_: UUID, report: Mapping[str, Any], before: datetime | None = None) -> bool:
        """It is done: who it was is known to nobody from here on; False: it was ordered again, and is to go on.

        Args:
            before: up to when it was carried out; None: whatever is ordered.
        """
        return await self._connection.fetchrow(_SQL["finish"], id_, json.dumps(report), before) is not None

    async def known_again(
        self, listed: Sequence[tuple[str, datetime]], more: Iterable[Identity] = ()
    ) -> dict[datetime, list[Identity]]:
        """People whom the desk knows and who are on a list of erased ones, by when that was; whoever is to be erased by
        an open order is not among them.

        Args:
            listed: (hash, erased before when). Every identity that the database has anywhere is tried.
            more: that are to be tried besides.
        """
        until: dict[str, datetime] = {}
        for hash_, before in listed:
            until[hash_] = max(before, until.get(hash_, before))
        found: dict[datetime, list[Identity]] = {}
        rows = await self._connection.fetch(_SQL["everybody"])
        ordered = {identity for order in await self.open() for identity in order.identities}
        for identity in sorted({*more, *(Identity(row["kind"], row["address"]) for row in rows)} - ordered):
            for key in self._keys:
                if (erased := until.get(hash_of(identity, key))) is not None:
                    found.setdefault(erased, []).append(identity)
                    break
        return found

    async def listed(self) -> list[tuple[str, datetime]]:
        """Who was erased, or is to be, until when: (hash, before), for the list that survives a restore."""
        return [(row["hash"], row["before"]) for row in await self._connection.fetch(_SQL["list"])]

    async def recovered_at(self) -> datetime | None:
        """When this database was last recovered after a restore, within the 35 days that backups are kept; or None."""
        row = await self._connection.fetchrow(_SQL["recovered_at"])
        at: datetime | None = row["at"]
        return at

    async def originals(self, limit: int) -> list[tuple[int, Mapping[str, Any]]]:
        """Copies that are to be deleted, the longest known first: (id, where)."""
        rows = await self._connection.fetch(_SQL["originals"], limit)
        return [(row["id"], json.loads(row["place"])) for row in rows]

    async def needs_original(self, owners: Sequence[str], name: str) -> bool:
        """Whether what one of these owners is has a stored object still; a mail to two mailboxes is stored once."""
        ids = [effect_id(owner) for owner in owners]
        if not ids:
            return False
        row = await self._connection.fetchrow(_SQL["needs_original"], ids, name)
        return bool(row[0])

    async def removed(self, ids: Sequence[int]) -> None:
        """They are deleted."""
        await self._connection.execute(_SQL["removed"], list(ids))

    def hash(self, identity: Identity) -> str:
        """What is kept of an identity that was erased: without our key nobody finds it by trying all."""
        return hash_of(identity, self._keys[0])


def hash_of(identity: Identity, key: bytes) -> str:
    """HMAC of an identity."""
    return hmac.digest(key, b"erased-person\0" + str(identity).encode(), "sha256").hex()


def _written(identities: Sequence[Identity]) -> str:
    return json.dumps([{"kind": one.kind, "address": one.address} for one in identities])


def _read(row: Any) -> Erasure:
    identities = json.loads(row["identities"]) if row["identities"] else []
    return Erasure(
        row["id"], row["ordered_at"], row["ordered_by"], row["why"], row["before"], row["state"],
        tuple(Identity(one["kind"], one["address"]) for one in identities),
        tuple(json.loads(row["names"]) if row["names"] else ()), tuple(row["hashes"]), json.loads(row["report"]),
        row["finished_at"], json.loads(row["traces"]) if row["traces"] else {},
    )  # fmt: skip
