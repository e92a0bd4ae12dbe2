"""Canned answers for a ticket: which its team has, and one with its places filled. Nothing is written."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tickets.adapters.postgres.desk_reads import DeskReads
from tickets.adapters.postgres.document_store import Document, DocumentStore
from tickets.adapters.postgres.rows import ticket_row
from tickets.domain.correspondence.templates import (
    TEMPLATE,
    Filled,
    Template,
    fill,
    find_templates,
    read_template,
    values_for,
)
from tickets.domain.correspondence.told_times import time_told
from tickets.errors import NotFound, Refused
from tickets.handlers.customers.status_page import next_update_by
from tickets.handlers.working.work import Asked, DeskDeps

MOST_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Answer:
    """A template as it speaks to a ticket's customer."""

    template: Template
    language: str
    filled: Filled


async def templates_for(
    number: int, words: str, reads: DeskReads, documents: DocumentStore
) -> tuple[str, list[Template]]:
    """The language of a ticket, and the templates of its team that hold these words.

    Raises:
        NotFound: there is no such ticket.
        DatabaseAway: they cannot be read.
    """
    row = await reads.ticket(number)
    if row is None:
        raise NotFound(f"there is no ticket {number}")
    known = [_read(one) for one in await documents.newest(TEMPLATE) if not one.retired]
    return row["language"], find_templates(known, row["team"], row["language"], words)[:MOST_SHOWN]


async def fill_template(
    number: int,
    name: str,
    language: str | None,
    asked: Asked,
    deps: DeskDeps,
    reads: DeskReads,
    documents: DocumentStore,
) -> Answer:
    """A template with its places filled for a ticket and for whoever asks.

    Args:
        language: in which; the ticket's if None. One that the template does not have gives the other.

    Raises:
        NotFound: there is no such ticket or template.
        Refused: the template is another team's.
        DatabaseAway: they cannot be read.
    """
    row = await reads.ticket(number)
    if row is None:
        raise NotFound(f"there is no ticket {number}")
    versions = await documents.versions(TEMPLATE, name, 1)
    if not versions or versions[0].retired:
        raise NotFound(f"this desk has no template {name!r}")
    template, ticket = _read(versions[0]), ticket_row(row)
    if not template.is_for(ticket.team):
        teams = ", ".join(template.teams)
        raise Refused(f"the template {name} is for {teams}; ticket {number} is with {ticket.team}")
    spoken = template.language(language or ticket.language)
    due_at = next_update_by(row["level"])
    promised = await _in_words(due_at, spoken, ticket.team, deps, reads) if due_at else ""
    link = deps.desk.link_told(ticket)
    values = values_for(ticket, asked.name if asked.agent else "", link, promised)
    return Answer(template, spoken, fill(template.texts[spoken], values))


def _read(document: Document) -> Template:
    return read_template(document.name, document.version, document.content)


async def _in_words(moment: datetime, language: str, team: str, deps: DeskDeps, reads: DeskReads) -> str:
    values = time_told(moment, team, await reads.zones([team]), deps.desk.zone)
    return deps.render("moment", language, values).subject
