"""What the router is told of customers, of organisations and of the desk, as keys and values of its bucket."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

import orjson

from tickets.domain.service_levels.calendars import Calendar, open_spans
from ventanilla_contracts.routing import DESK_KEY, customer_key, domain_key

AHEAD: Final = timedelta(days=14)
_MOST_SPANS: Final = 200


def customer_fact(row: Mapping[str, Any]) -> tuple[str, bytes | None]:
    """(key, value) for somebody who writes, or whom the desk has marked: `CustomerFacts`; None: nobody knows them."""
    key = customer_key(row["kind"], row["address"])
    if row["created_at"] is None and row["own_tags"] is None:
        return key, None
    facts: dict[str, Any] = {
        "open_tickets": row["open_tickets"],
        "tickets": row["tickets"],
        "language": row["language"],
        "since": row["created_at"],
        "vip": row["own_vip"],
        "tags": list(row["own_tags"] or ()),
    }
    if row["organisation"] is not None:
        facts["organisation"] = _organisation(row["organisation"], row)
    return key, orjson.dumps(facts)


def domain_fact(row: Mapping[str, Any]) -> tuple[str, bytes | None]:
    """(key, value) for a mail domain: `OrganisationFacts`; None: it belongs to no organisation any more."""
    name = row["name"]
    return domain_key(row["domain"]), None if name is None else orjson.dumps(_organisation(name, row))


def desk_fact(
    row: Mapping[str, Sequence[str]],
    templates: Sequence[str],
    policies: Iterable[str] = (),
    calendars: Iterable[Calendar] = (),
    now: datetime | None = None,
) -> tuple[str, bytes]:
    """(key, value) for the desk: `DeskFacts`, with when calendars are open in the two weeks from `now` on."""
    facts = {name: list(row[name]) for name in ("teams", "categories", "skills")}
    value = {**facts, "templates": sorted(templates), "policies": sorted(policies)}
    return DESK_KEY, orjson.dumps(value | (_hours(calendars, now) if now else {"hours": {}}))


def _hours(calendars: Iterable[Calendar], now: datetime) -> dict[str, Any]:
    """When calendars are open, and until when that is the whole truth about all of them."""
    until, hours = now + AHEAD, {}
    for calendar in calendars:
        spans = list(islice(open_spans(calendar, now, now + AHEAD), _MOST_SPANS + 1))
        if len(spans) > _MOST_SPANS:  # what begins after the last one that is told is not known
            until = min(until, spans[_MOST_SPANS][0])
        hours[calendar.name] = [{"opens_at": begins, "closes_at": ends} for begins, ends in spans[:_MOST_SPANS]]
    return {"hours": hours, "hours_until": until}


def _organisation(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "vip": row["vip"], "plan": row["plan"], "tags": list(row["tags"])}
