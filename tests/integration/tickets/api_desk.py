"""The tickets API of a test: the real application over the test's own database, called without a socket.

The broker is the session's real one where a test asks for files; else nothing is published, and what would leave lies
in the outbox, where the test looks at it.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from tests.support.broker import Desk as BrokerDesk
from tickets.adapters.http.api import Api
from tickets.adapters.http.application import make_application
from tickets.adapters.http.cursors import Cursors
from tickets.adapters.http.door import Door
from tickets.adapters.languages import language_of
from tickets.adapters.outbox import OutboxRelay
from tickets.adapters.postgres.announcement_store import AnnouncementStore
from tickets.adapters.postgres.assignment_store import AssignmentStore
from tickets.adapters.postgres.call_reads import CallReads
from tickets.adapters.postgres.callback_store import CallbackReads
from tickets.adapters.postgres.clock_reads import ClockReads
from tickets.adapters.postgres.correspondence import CorrespondenceReads
from tickets.adapters.postgres.database import Database, open_database
from tickets.adapters.postgres.day_reads import DayReads
from tickets.adapters.postgres.desk_reads import DeskReads
from tickets.adapters.postgres.desk_store import DeskStore
from tickets.adapters.postgres.desk_writes import DeskWrites
from tickets.adapters.postgres.document_store import DocumentStore
from tickets.adapters.postgres.held_reply_store import HeldReplyReads
from tickets.adapters.postgres.incident_store import IncidentReads
from tickets.adapters.postgres.level_documents import Levels
from tickets.adapters.postgres.link_store import LinkReads
from tickets.adapters.postgres.mention_store import Mentions
from tickets.adapters.postgres.page_store import PageReads
from tickets.adapters.postgres.probe_store import ProbeStore
from tickets.adapters.postgres.queue_reads import QueueReads
from tickets.adapters.postgres.retired_team_store import RetiredTeamStore
from tickets.adapters.postgres.revision_store import RevisionReads
from tickets.adapters.postgres.search import SESSION, TicketSearch
from tickets.adapters.postgres.sender_list import SenderListStore
from tickets.adapters.postgres.settling import SettlingStore
from tickets.adapters.postgres.solution_store import SolutionStore
from tickets.adapters.postgres.tokens import TokenStore
from tickets.adapters.words import Templates
from tickets.domain.correspondence.acknowledging import AcknowledgementCaps
from tickets.domain.correspondence.notices import Desk
from tickets.domain.probing.tokens import ProbeKeys
from tickets.domain.settling.rates import SenderRates
from tickets.domain.tokens import Signer
from tickets.domain.verifying.codes import CodeRules
from tickets.handlers.customers.files import DeskFiles
from tickets.handlers.ledger.letters import Letters
from tickets.handlers.privacy.desk import PrivacyDesk
from tickets.handlers.probing.issue import Probing
from tickets.handlers.probing.settle_probes import ProbeSettler
from tickets.handlers.settling.facts_for_router import FactsQueue
from tickets.handlers.settling.settle import SettleDeps
from tickets.handlers.working.assign import Assigner
from tickets.handlers.working.retired_teams import RetiredTeams
from tickets.handlers.working.work import DeskDeps
from ventanilla_runtime.blobs import Blobs
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.health import Health
from ventanilla_runtime.publish import Publisher

MAILBOX = "soporte@desk.example"
KEYS = [b"a secret of the tests, long enough"]
PROBE_KEYS = ProbeKeys(KEYS)
TEMPLATES = Templates()
NO_CODES = CodeRules()


class NoLedger:
    """Stands in for the ledger's reader, which has tests of its own."""

    async def read(self) -> dict[str, Any]:
        return {"channels": {}, "outbound_pending": 0}


@dataclass
class ApiDesk:
    """The application, its database, and clients with tokens."""

    application: Door
    database: Database
    desk: Desk
    deps: DeskDeps
    tokens: TokenStore
    senders: SenderListStore
    broker: Broker | None = None
    publisher: Publisher | None = None
    levels: Levels = field(default_factory=Levels)
    assigner: Assigner | None = None
    facts: FactsQueue = field(default_factory=FactsQueue)

    async def client(
        self, *scopes: str, name: str = "ana", lifetime: timedelta | None = None, agent: str | None = None
    ) -> httpx.AsyncClient:
        """A client with a new token; with `agent` it is that agent's."""
        token, _ = await self.tokens.create(name, scopes, lifetime, agent)
        return self.client_with(token)

    def client_with(self, token: str | None) -> httpx.AsyncClient:
        """A client with this token, or without one."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(app=self.application, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://tickets.example", headers=headers)

    async def leaving(self, subject: str) -> list[dict[str, Any]]:
        """Events in the outbox whose subject holds this, oldest first."""
        rows = await self.database.fetch("select subject, body from outbox order by id")
        return [json.loads(row["body"]) for row in rows if subject in row["subject"]]

    def settle_deps(self, rates: SenderRates | None = None, loop_limit: int = 0) -> SettleDeps:
        """What settling incoming messages needs, on the same database."""
        return SettleDeps(
            store=SettlingStore(self.database, self.desk.signer, self.levels),
            relay=self.deps.relay,
            desk=self.desk,
            caps=AcknowledgementCaps(),
            language_of=language_of,
            render=self.deps.render,
            prefix="desk",
            acknowledgements_per_minute=100,
            senders=self.senders,
            rates=rates or SenderRates(0, 0),
            loop_limit=loop_limit,
            assigning=AssignmentStore(self.database),
            facts=self.facts,
            probes=ProbeSettler(PROBE_KEYS),
        )


@asynccontextmanager
async def open_api_desk(
    dsn: str,
    nats: BrokerDesk | None = None,
    *,
    solving_needs_resolution: bool = True,
    codes: CodeRules = NO_CODES,
) -> AsyncIterator[ApiDesk]:
    """An API over a migrated database; with `nats` it can store and fetch files."""
    database = await open_database(dsn)
    searching = await open_database(dsn, most_connections=2, session=SESSION)
    broker = await nats.connect("tickets") if nats else None
    publisher = Publisher(broker) if broker else None
    if publisher:
        await publisher.start()
    desk = Desk(Signer(KEYS), "http://pages.example/s", {MAILBOX: "Soporte"})
    levels = Levels()
    reads, writes = DeskReads(database), DeskWrites(database, desk.signer, levels)
    relay = OutboxRelay(database, publisher)  # type: ignore[arg-type]  # it never runs here
    facts, assigning = FactsQueue(), AssignmentStore(database)
    deps = DeskDeps(
        writes,
        relay,
        desk,
        language_of,
        TEMPLATES.render,
        "desk",
        solving_needs_resolution=solving_needs_resolution,
        codes=codes,
        committed=facts.note_events,
    )
    assigner = Assigner(assigning, deps)
    tokens = TokenStore(database)
    senders = SenderListStore(database)
    api = Api(
        tokens=tokens,
        reads=reads,
        search=TicketSearch(searching, reads),
        correspondence=CorrespondenceReads(database),
        senders=senders,
        files=DeskFiles(reads, writes, Blobs(broker, publisher)),  # type: ignore[arg-type]  # None: not asked for files
        ledger=NoLedger(),
        deps=deps,
        cursors=Cursors(KEYS),
        caps=AcknowledgementCaps(),
        acknowledgements_per_minute=100,
        clocks=ClockReads(database, levels),
        documents=DocumentStore(database),
        pages=PageReads(database),
        revisions=RevisionReads(database),
        links=LinkReads(database),
        incidents=IncidentReads(database),
        held_replies=HeldReplyReads(database),
        callbacks=CallbackReads(database),
        queues=QueueReads(database, levels),
        mentions=Mentions(database),
        days=DayReads(database),
        solutions=SolutionStore(database),
        people=DeskStore(database),
        assigning=assigning,
        assigner=assigner,
        retired_teams=RetiredTeams(RetiredTeamStore(database), deps),
        announcements=AnnouncementStore(database),
        calls=CallReads(database, levels, assigning),
        probing=Probing(PROBE_KEYS, ProbeStore(database)),
        privacy=PrivacyDesk(database, KEYS, lambda number, epoch: f"http://pages.example/s/{number}.{epoch}"),
        letters=Letters(database, broker, publisher, "desk"),  # type: ignore[arg-type]  # None: not asked for letters
    )
    try:
        application = make_application(api, Health())
        yield ApiDesk(application, database, desk, deps, tokens, senders, broker, publisher, levels, assigner, facts)
    finally:
        await searching.close()
        await database.close()


def new_ticket(**fields: Any) -> dict[str, Any]:
    """A body that opens a ticket."""
    return {
        "subject": "La impresora no responde",
        "text": "Desde esta mañana no sale nada de la impresora de la planta baja.",
        "requester": {"address": "ana@cliente.example", "name": "Ana"},
        **fields,
    }
