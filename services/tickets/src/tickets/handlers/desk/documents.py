"""Calendars, policies, lifecycles, rotas, ladders, templates: checked whole, kept in versions, followed by clocks."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import structlog

from tickets.adapters.postgres.document_store import Document, DocumentEditing, DocumentStore
from tickets.adapters.special_days import with_special_days, without_special_days
from tickets.domain.correspondence.templates import TEMPLATE, read_template
from tickets.domain.desk.documents import (
    CALENDAR,
    DEFAULT,
    DOCUMENTS,
    POLICY,
    document_faults,
    mentions,
    why_not_named,
)
from tickets.domain.desk.reading import faults_in, refuse
from tickets.domain.ladders.documents import LADDER, check_names, read_ladder
from tickets.domain.ladders.rota_documents import ROTA, check_people, read_rota
from tickets.domain.service_levels.calendars import ALWAYS, Calendar
from tickets.domain.service_levels.documents import read_calendar, read_policy
from tickets.domain.service_levels.policies import ALWAYS_REF, BUILT_IN_REF, Policy, Ref, versions_for
from tickets.domain.timers.lifecycle_timers import KIND as LIFECYCLE
from tickets.errors import Invalid, NotFound, Refused

log = structlog.get_logger()


async def put_document(kind: str, name: str, content: Any, actor: str, store: DocumentStore) -> tuple[Document, bool]:
    """The document as it is from now on, and whether that is a new version; the same content again changes nothing.

    Open tickets that it concerns are recalculated: from now on they count by it, and their histories say so.

    Raises:
        Refused: the name is one that every desk has, or nothing would go by it.
        Invalid: it makes no sense; the text says what and where.
        DatabaseAway: nothing was written, or it cannot be known; doing it again is safe.
    """
    _must_be_nameable(kind, name)
    if kind == LIFECYCLE and name != DEFAULT:
        raise Refused(f"a desk has one lifecycle, which is called {DEFAULT}: nothing would go by {name!r}")
    if kind == CALENDAR:
        content = await _with_special_days(name, content, (await store.now()).year)
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
        Refused: a document in use, a team or an agent names it.
        DatabaseAway: nothing was written, or it cannot be known; doing it again is safe.
    """
    _must_be_nameable(kind, name)
    async with store.editing() as editing:
        if await editing.one(kind, name) is None:
            raise NotFound(f"this desk has no {kind} {name!r}")
        if by := await _named_by(kind, name, editing):
            raise Refused(f"the {by[0]} names this {kind}; change that first")
        await editing.retire(kind, name)
    log.info("document.retired", kind=kind, name=name)


async def _with_special_days(name: str, content: Any, first_year: int) -> Any:
    try:
        return await asyncio.to_thread(with_special_days, content, first_year)
    except Invalid as invalid:  # the rest may be wrong as well
        refuse([*faults_in(invalid), *document_faults(CALENDAR, name, without_special_days(content))])
        raise


async def _check(kind: str, name: str, version: str, content: Any, editing: DocumentEditing) -> Mapping[str, Policy]:
    """Refuse what makes no sense; returns the policies whose tickets have to be recalculated."""
    calendars = frozenset(await editing.newest(CALENDAR))
    refuse(document_faults(kind, name, content, calendars))
    if kind == LIFECYCLE:
        return {}
    if kind == CALENDAR:
        return {policy.name: policy for policy in (await _policies(editing)).values() if name in policy.calendars()}
    if kind == TEMPLATE:
        await _check_template(name, int(version), content, editing)
        return {}
    if kind == ROTA:
        await _check_rota(name, int(version), content, editing)
        return {}
    if kind == LADDER:
        await _check_ladder(name, int(version), content, editing)
        return {}
    policy = read_policy(name, version, content, calendars)
    if policy.ladder is not None and policy.ladder not in (ladders := await editing.newest(LADDER)):
        there = f"; there are {', '.join(sorted(ladders)[:20])}" if ladders else ""
        raise Invalid("/ladder", f"this desk has no ladder {policy.ladder!r}{there}")
    return {name: policy}


async def _check_rota(name: str, version: int, content: Any, editing: DocumentEditing) -> None:
    rota = read_rota(name, version, content, calendars_of((await editing.newest(CALENDAR)).values()))
    agents, _ = await editing.people(rota.people(), ())
    check_people(content, agents)


def calendars_of(documents: Iterable[Document]) -> dict[str, Calendar]:
    """Name → calendar, of documents that are calendars."""
    return {one.name: read_calendar(one.name, str(one.version), one.content) for one in documents if not one.retired}


async def _check_ladder(name: str, version: int, content: Any, editing: DocumentEditing) -> None:
    ladder = read_ladder(name, version, content)
    _, teams = await editing.people((), {step.team for step in ladder.steps if step.team})
    check_names(ladder, rotas=await editing.newest(ROTA), teams=teams)


async def _check_template(name: str, version: int, content: Any, editing: DocumentEditing) -> None:
    template = read_template(name, version, content)
    _, teams = await editing.people((), template.teams)
    for number, team in enumerate(template.teams):
        if team not in teams:
            raise Invalid(f"/teams/{number}", f"this desk has no team {team!r}")


async def let_clocks_follow(document: Document, editing: DocumentEditing) -> None:
    """Let open tickets count by a version that was just written, together with all that it names."""
    policies = await _policies(editing) if document.kind in (CALENDAR, POLICY) else {}
    if document.kind == CALENDAR:
        policies = {one.name: one for one in policies.values() if document.name in one.calendars()}
    else:
        policies = {name: one for name, one in policies.items() if name == document.name}
    if policies:
        await _recalculate(document, policies, editing)


async def _named_by(kind: str, name: str, editing: DocumentEditing) -> list[str]:
    """Who names a document: those in force, active teams and agents."""
    found: list[str] = []
    for other in DOCUMENTS:
        found += [
            f"{other} {document.name}"
            for document in (await editing.newest(other)).values()
            if any((one.kind, one.name) == (kind, name) for one in mentions(document.content))
        ]
    return found + await editing.people_naming(kind, name)


async def _recalculate(document: Document, policies: Mapping[str, Policy], editing: DocumentEditing) -> None:
    if document.kind == CALENDAR:
        detail: dict[str, Any] = {"calendars": {document.name: str(document.version)}}
        await editing.recalculate(f"calendar/{document.name}", detail, list(policies))
        return
    in_force = {name: str(one.version) for name, one in (await editing.newest(CALENDAR)).items()}
    calendars = versions_for(policies[document.name], in_force, await _always(editing))
    detail = {"policy": [document.name, str(document.version)], "calendars": calendars}
    await editing.recalculate(f"policy/{document.name}", detail, list(policies))


async def _policies(editing: DocumentEditing) -> dict[str, Policy]:
    calendars = frozenset(await editing.newest(CALENDAR))
    found = await editing.newest(POLICY)
    return {name: read_policy(name, str(one.version), one.content, calendars) for name, one in found.items()}


async def _always(editing: DocumentEditing) -> Ref:
    return BUILT_IN_REF if await editing.one(CALENDAR, ALWAYS.name) else ALWAYS_REF


def _must_be_nameable(kind: str, name: str) -> None:
    if why := why_not_named(kind, name):
        raise Refused(why)
