"""What the routes of the API need, put together by `app.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from fastapi import Request

from tickets.adapters.http.cursors import Cursors
from tickets.adapters.postgres.announcement_store import AnnouncementStore
from tickets.adapters.postgres.assignment_store import AssignmentStore
from tickets.adapters.postgres.call_reads import CallReads
from tickets.adapters.postgres.callback_store import CallbackReads
from tickets.adapters.postgres.clock_reads import ClockReads
from tickets.adapters.postgres.correspondence import CorrespondenceReads
from tickets.adapters.postgres.day_reads import DayReads
from tickets.adapters.postgres.desk_reads import DeskReads
from tickets.adapters.postgres.desk_store import DeskStore
from tickets.adapters.postgres.document_store import DocumentStore
from tickets.adapters.postgres.held_reply_store import HeldReplyReads
from tickets.adapters.postgres.incident_store import IncidentReads
from tickets.adapters.postgres.link_store import LinkReads
from tickets.adapters.postgres.mention_store import Mentions
from tickets.adapters.postgres.page_store import PageReads
from tickets.adapters.postgres.queue_reads import QueueReads
from tickets.adapters.postgres.revision_store import RevisionReads
from tickets.adapters.postgres.search import TicketSearch
from tickets.adapters.postgres.sender_list import SenderListStore
from tickets.adapters.postgres.solution_store import SolutionStore
from tickets.adapters.postgres.tokens import TokenStore
from tickets.domain.correspondence.acknowledging import AcknowledgementCaps
from tickets.handlers.customers.files import DeskFiles
from tickets.handlers.ledger.letters import Letters
from tickets.handlers.privacy.desk import PrivacyDesk
from tickets.handlers.probing.issue import Probing
from tickets.handlers.working.assign import Assigner
from tickets.handlers.working.retired_teams import RetiredTeams
from tickets.handlers.working.work import DeskDeps
from ventanilla_runtime.outbound import Hold

PARTS: Final = "ventanilla.api"
"""Where a request's scope holds what answers it."""


class LedgerReader(Protocol):
    """Where the ledger is read."""

    async def read(self) -> dict[str, Any]:
        """Per channel what was accepted, settled, in flight and missing; and what waits to leave."""


@dataclass(frozen=True, slots=True)
class Api:
    """What the routes of the API need."""

    tokens: TokenStore
    reads: DeskReads
    search: TicketSearch
    senders: SenderListStore
    files: DeskFiles
    correspondence: CorrespondenceReads
    ledger: LedgerReader
    deps: DeskDeps
    cursors: Cursors
    caps: AcknowledgementCaps
    acknowledgements_per_minute: int
    clocks: ClockReads
    documents: DocumentStore
    pages: PageReads
    queues: QueueReads
    mentions: Mentions
    days: DayReads
    solutions: SolutionStore
    revisions: RevisionReads
    links: LinkReads
    incidents: IncidentReads
    held_replies: HeldReplyReads
    callbacks: CallbackReads
    people: DeskStore
    assigning: AssignmentStore
    assigner: Assigner
    retired_teams: RetiredTeams
    announcements: AnnouncementStore
    calls: CallReads
    probing: Probing
    privacy: PrivacyDesk
    letters: Letters
    webhooks: frozenset[str] = frozenset()
    held: Callable[[], Hold | None] = lambda: None
    """What goes out nowhere because an operator holds it."""
    """Names of those that this process can call."""

    def people_changed(self) -> None:
        """Somebody changed the desk: look anew at who hands out tickets, and who gets them."""
        self.assigning.forget()
        self.assigner.wake()
        self.retired_teams.wake()


def api_of(request: Request) -> Api:
    """The parts behind the door by which this request came."""
    api: Api = request.scope[PARTS]
    return api
