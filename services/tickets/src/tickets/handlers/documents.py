"""Calendars, policies and lifecycles as data: checked whole, kept in versions, and followed by the clocks."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import structlog

from tickets.adapters.postgres.document_store import Document, DocumentEditing, DocumentStore
from tickets.adapters.special_days import with_special_days
from tickets.domain.lifecycle_timers import KIND as LIFECYCLE
from tickets.domain.lifecycle_timers import read_lifecycle
from tickets.domain.service_levels.documents import read_calendar, read_policy
from tickets.domain.service_levels.policies import Policy
from tickets.errors import Invalid, NotFound, Refused

log = structlog.get_logger()

CALENDAR, POLICY = "calendar", "policy"
KINDS: Final = (CALENDAR, POLICY, LIFECYCLE)


async def put_document(kind: str, name: str, content: Any, actor: str, store: DocumentStore) -> tuple[Document, bool]:
    """The document as it is from now on, and whether that is a new version; the same content again changes nothing.

    Open tickets that it concerns are recalculated: from now on they count by it, and their histories say so.

    Raises:
        Invalid: it makes no sense; the text says what and where.
        DatabaseAway: nothing was written, or it cannot be known; doing it again is safe.
    """
    if kind == CALENDAR:
        content = await asyncio.to_thread(with_special_days, content, (await store.now()).year)
    async with store.editing() as editing:
        before = await editing.one(kind, name)
        if before is not None and not before.retired and before.content == content:
            return before, False
        version = before.version + 1 if before else 1
        try:
            concerned = await _check(kind, name, str(version), content, editing)
        except Invalid:
            raise
        except Refused as error:
            raise Invalid("", str(error)) from error
        document = await editing.add(kind, name, version, content, actor)
        if concerned:
            await _recalculate(document, concerned, editing)
    log.info("document.changed", kind=kind, name=name, version=version)
    return document, True


async def retire_document(kind: str, name: str, store: DocumentStore) -> None:
    """Take a document out of use; what was promised by it stays.

    Raises:
        NotFound: there is none.
        Refused: a policy in use names it.
        DatabaseAway: nothing was written, or it cannot be known; doing it again is safe.
    """
    async with store.editing() as editing:
        if await editing.one(kind, name) is None:
            raise NotFound(f"this desk has no {kind} {name!r}")
        if kind == CALENDAR:
            for policy in (await _policies(editing)).values():
                if name in _calendars_of(policy):
                    raise Refused(f"the policy {policy.name} counts by this calendar; change that first")
        await editing.retire(kind, name)
    log.info("document.retired", kind=kind, name=name)


async def _check(kind: str, name: str, version: str, content: Any, editing: DocumentEditing) -> Mapping[str, Policy]:
    """Refuse what makes no sense; returns the policies whose tickets have to be recalculated."""
    if kind == LIFECYCLE:
        read_lifecycle(int(version), content)
        return {}
    if kind == CALENDAR:
        read_calendar(name, version, content)
        return {policy.name: policy for policy in (await _policies(editing)).values() if name in _calendars_of(policy)}
    calendars = frozenset(await editing.newest(CALENDAR))
    return {name: read_policy(name, version, content, calendars)}


async def _recalculate(document: Document, policies: Mapping[str, Policy], editing: DocumentEditing) -> None:
    if document.kind == CALENDAR:
        detail: dict[str, Any] = {"calendars": {document.name: str(document.version)}}
        await editing.recalculate(f"calendar/{document.name}", detail, list(policies))
        return
    versions = await editing.newest(CALENDAR)
    named = {name for policy in policies.values() for name in _calendars_of(policy)}
    calendars = {name: str(versions[name].version) for name in sorted(named) if name in versions}
    detail = {"policy": [document.name, str(document.version)], "calendars": calendars}
    await editing.recalculate(f"policy/{document.name}", detail, list(policies))


async def _policies(editing: DocumentEditing) -> dict[str, Policy]:
    calendars = frozenset(await editing.newest(CALENDAR))
    found = await editing.newest(POLICY)
    return {name: read_policy(name, str(one.version), one.content, calendars) for name, one in found.items()}


def _calendars_of(policy: Policy) -> set[str]:
    promised = [*policy.targets.values(), *policy.tiers.values()]
    return {target.calendar for by_priority in promised for target in by_priority.values()}
