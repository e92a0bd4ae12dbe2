"""Documents of the desk as an import writes them: in the one transaction of the file, and followed by the clocks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from tickets.adapters.postgres.desk_store import DeskEditing
from tickets.adapters.postgres.document_store import Document
from tickets.domain.desk.documents import CALENDAR, POLICY, calendars_named
from tickets.domain.desk.plan import Roster, Step
from tickets.domain.desk.sense import policy_warnings
from tickets.domain.ladders.rota_documents import ROTA, read_rota
from tickets.domain.ladders.rota_documents import warnings_of as rota_warnings
from tickets.domain.service_levels.documents import read_calendar, read_policy
from tickets.handlers.desk.documents import let_clocks_follow

_DONE: Final = {"create": "created", "change": "changed", "retire": "retired"}
_MOST_NOTED: Final = 100
"""So many differences of one document are written down with the decision; the versions hold them all."""


async def write_documents(steps: Sequence[Step], actor: str, why: str, editing: DeskEditing) -> None:
    """Make new versions, take out of use what is not wanted any more, and let the clocks of open tickets follow."""
    written: list[Document] = []
    for step in steps:
        if step.action == "retire":
            await editing.documents.retire(step.kind, step.name)
        else:
            before = await editing.documents.one(step.kind, step.name)
            version = before.version + 1 if before else 1
            written.append(await editing.documents.add(step.kind, step.name, version, _content(step), actor))
        detail = {"name": step.name, "changes": step.as_data()["changes"][:_MOST_NOTED]}
        await editing.decide(actor, f"{step.kind}.{_DONE[step.action]}", detail, why)
    for document in written:  # what they name is in force by now, whatever the order
        await let_clocks_follow(document, editing.documents)


def warnings_of(steps: Sequence[Step], wanted: Roster, present: Roster, now: datetime) -> list[str]:
    """What should be looked at in what is changed.

    Hours in which a rota has nobody, by itself or by a calendar, and tiers that may take longer than all of them.
    """
    calendars = {**(present.of(CALENDAR) or {}), **(wanted.of(CALENDAR) or {})}
    known = {name: read_calendar(name, "", content) for name, content in calendars.items()}
    written = {(step.kind, step.name) for step in steps if step.action != "retire"}
    spoken_of = wanted.of(ROTA)
    rotas = spoken_of if spoken_of is not None else present.of(ROTA) or {}
    of_policies = [
        f"policy {name}: {words}"
        for name, content in (wanted.of(POLICY) or {}).items()
        if (POLICY, name) in written
        for words in policy_warnings(read_policy(name, "", content, frozenset(known)))
    ]
    return of_policies + [
        f"rota {name}: {words}"
        for name, content in rotas.items()
        if (ROTA, name) in written or any((CALENDAR, one) in written for one in calendars_named(content))
        for words in rota_warnings(read_rota(name, 0, content, known), now)
    ]


def _content(step: Step) -> Mapping[str, Any]:
    content: Mapping[str, Any] = step.value
    return content
