"""Who is on call: looked at as shifts, and changed by overrides that agents make for themselves."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import structlog

from tickets.adapters.postgres.document_store import Document, DocumentEditing, DocumentStore
from tickets.domain.desk.documents import CALENDAR, calendars_named
from tickets.domain.ladders.rota_documents import ROTA, read_rota, warnings_of, with_override
from tickets.domain.ladders.rotas import Override, Rota, gaps, shifts
from tickets.domain.service_levels.calendars import Calendar
from tickets.errors import Invalid, NotFound, NotYours, Refused
from tickets.handlers.desk.documents import calendars_of
from tickets.handlers.working.work import Asked

log = structlog.get_logger()

MOST_SHIFTS: Final = 2_000
MOST_ROTAS_LOOKED_AT: Final = 100


async def look_at_rota(name: str, store: DocumentStore) -> tuple[Rota, datetime]:
    """The rota in force, and the time by the database's clock.

    Raises:
        NotFound: this desk has none of this name in use.
    """
    found = await store.versions(ROTA, name, 1)
    calendars = calendars_of(await store.newest(CALENDAR))
    return _rota_of(name, found[0] if found else None, calendars), await store.now()


def shown_shifts(rota: Rota, since: datetime, until: datetime) -> dict[str, Any]:
    """Who is on call from when until when, in order; nobody is None. And the stretches that nobody covers.

    Raises:
        Refused: it is a stretch that ends before it begins, or too long.
    """
    if since >= until:
        raise Refused("`until` must come after `since`")
    found: list[dict[str, Any]] = []
    for (begins, ends), agent in shifts(rota, since, until):
        if len(found) >= MOST_SHIFTS:
            raise Refused(f"more than {MOST_SHIFTS} shifts; ask for a shorter time")
        found.append({"agent": agent, "from": begins, "until": ends})
    return {
        "rota": rota.name,
        "version": rota.version,
        "zone": rota.zone,
        "items": found,
        "gaps": [{"from": begins, "until": ends} for begins, ends in gaps(rota, since, until)],
    }


async def add_override(name: str, override: Override, asked: Asked, store: DocumentStore) -> tuple[Document, list[str]]:
    """The rota's new version, in which somebody stands in; and which hours nobody covers then.

    Agents put themselves in. Others, or nobody, are put in by who leads a team of the rota's people, and by `admin`.

    Raises:
        NotFound: there is no such rota.
        NotYours: the caller may not put this person in.
        Invalid, Refused: the override makes no sense.
        DatabaseAway: nothing was written, or it cannot be known; doing it again makes the same override twice, which
            says nothing else.
    """
    async with store.editing() as editing:
        before, now = await editing.one(ROTA, name), await editing.now()
        calendars = calendars_of((await editing.newest(CALENDAR)).values())
        rota = _rota_of(name, before, calendars)
        await _must_be_allowed(override.agent, rota, asked, editing)
        if override.agent is not None and not (await editing.people({override.agent}, ()))[0]:
            raise Invalid("/agent", f"nobody at this desk has the handle {override.agent!r}, or they are retired")
        assert before is not None, "a rota was read from it"
        content = with_override(before.content, override, now)
        after = read_rota(name, before.version + 1, content, calendars)
        document = await editing.add(ROTA, name, before.version + 1, content, asked.actor)
    log.info("rota.overridden", name=name, version=document.version)
    return document, warnings_of(after, now)


async def warnings_for(document: Document, store: DocumentStore) -> list[str]:
    """Which hours of the next weeks nobody covers, after a rota has been put, or a calendar by which rotas go."""
    if document.kind == ROTA:
        rota, now = await look_at_rota(document.name, store)
        return warnings_of(rota, now)
    calendars = calendars_of(await store.newest(CALENDAR))
    concerned = [
        one for one in await store.newest(ROTA) if not one.retired and document.name in calendars_named(one.content)
    ]
    now = await store.now()
    return [
        f"rota {one.name}: {words}"
        for one in concerned[:MOST_ROTAS_LOOKED_AT]
        for words in warnings_of(_rota_of(one.name, one, calendars), now)
    ]


def _rota_of(name: str, document: Document | None, calendars: Mapping[str, Calendar]) -> Rota:
    if document is None or document.retired:
        raise NotFound(f"this desk has no rota {name!r}")
    return read_rota(name, document.version, document.content, calendars)


async def _must_be_allowed(agent: str | None, rota: Rota, asked: Asked, editing: DocumentEditing) -> None:
    if asked.admin or (agent is not None and agent == asked.agent):
        return
    if asked.agent is not None and await editing.leads(asked.agent, rota.people()):
        return
    raise NotYours(
        "agents put themselves in; somebody else, or nobody, is put in by who leads a team of the rota's people,"
        " or with the scope admin"
    )
