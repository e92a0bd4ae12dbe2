"""The only wiring of the ticket service: what is connected to what, and in which order it starts and stops."""

import contextlib
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from tickets.adapters.http.api import Api
from tickets.adapters.http.application import make_application
from tickets.adapters.http.cursors import Cursors
from tickets.adapters.http.door import Door
from tickets.adapters.languages import language_of
from tickets.adapters.outbox import OutboxRelay
from tickets.adapters.postgres.announcement_store import AnnouncementStore
from tickets.adapters.postgres.archive import ArchiveStore
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
from tickets.adapters.postgres.due_store import DueStore
from tickets.adapters.postgres.facts_store import FactsStore
from tickets.adapters.postgres.held_reply_store import HeldReplyReads
from tickets.adapters.postgres.incident_store import IncidentReads
from tickets.adapters.postgres.ledger import LedgerStore
from tickets.adapters.postgres.level_documents import Levels, follow
from tickets.adapters.postgres.link_store import LinkReads
from tickets.adapters.postgres.measures import MeasureStore
from tickets.adapters.postgres.mention_store import Mentions
from tickets.adapters.postgres.outbound import OutboundStore
from tickets.adapters.postgres.page_store import PageReads
from tickets.adapters.postgres.probe_store import ProbeStore
from tickets.adapters.postgres.queue_reads import QueueReads
from tickets.adapters.postgres.retired_team_store import RetiredTeamStore
from tickets.adapters.postgres.revision_store import RevisionReads
from tickets.adapters.postgres.search import SESSION, TicketSearch, tidy_search
from tickets.adapters.postgres.sender_list import SenderListStore
from tickets.adapters.postgres.settling import SettlingStore
from tickets.adapters.postgres.solution_store import SolutionStore
from tickets.adapters.postgres.tokens import TokenStore
from tickets.adapters.postgres.webhook_store import WebhookStore
from tickets.adapters.webhook_sender import WebhookSender
from tickets.adapters.words import Templates
from tickets.desk_wiring import desk_of
from tickets.domain.announcing.wishes import OVER, WISH
from tickets.domain.callbacks.wishes import KIND as CALLBACK
from tickets.domain.correspondence.acknowledging import AcknowledgementCaps
from tickets.domain.correspondence.held_replies import KIND as HELD_REPLY
from tickets.domain.correspondence.notices import Desk
from tickets.domain.joining.incidents import KIND as UPDATE_ALL
from tickets.domain.ladders.documents import RAISE_TIER
from tickets.domain.probing.tokens import ProbeKeys
from tickets.domain.rows import OutboxRow
from tickets.domain.settling.rates import SenderRates
from tickets.domain.staffing.rule_moves import KIND as RULE_MOVE
from tickets.forgetting import forgetting_of
from tickets.handlers.announcing.announce import Announcer
from tickets.handlers.announcing.wishes import note_wishes, tell_over
from tickets.handlers.callbacks.calling import fire_callback
from tickets.handlers.customers.files import DeskFiles
from tickets.handlers.joining.learn_solutions import learn_solutions
from tickets.handlers.joining.update_incidents import go_on_telling
from tickets.handlers.ledger.archive import Archiver
from tickets.handlers.ledger.audit import audit_batch
from tickets.handlers.ledger.collect import Collector
from tickets.handlers.ledger.deadletters import note_dead_letters
from tickets.handlers.ledger.housekeeping import keep_house
from tickets.handlers.ledger.letters import Letters
from tickets.handlers.ledger.measure import DeskMeasurer
from tickets.handlers.ledger.sweep import Sweeper
from tickets.handlers.ledger.switch_history import SwitchHistory
from tickets.handlers.ledger.unread import WholeLedger
from tickets.handlers.privacy.desk import PrivacyDesk
from tickets.handlers.probing.issue import Probing
from tickets.handlers.probing.settle_probes import ProbeSettler
from tickets.handlers.replying.held_replies import send_held
from tickets.handlers.sending.deliveries import note_deliveries
from tickets.handlers.sending.send_webhooks import AT_ONCE, WebhookWorker
from tickets.handlers.sending.watch_outbound import watch_outbound
from tickets.handlers.settling.facts_for_router import FactsQueue, FactsTeller
from tickets.handlers.settling.revise import revise_messages
from tickets.handlers.settling.settle import SettleDeps, settle_batch
from tickets.handlers.timers.climb import raise_tier
from tickets.handlers.timers.fire_due import DueWorker, FiresAlone
from tickets.handlers.timers.fires import FIRES
from tickets.handlers.working.assign import Assigner
from tickets.handlers.working.move_by_rule import move_by_rule
from tickets.handlers.working.retired_teams import RetiredTeams
from tickets.handlers.working.work import DeskDeps
from tickets.settings import TicketsSettings
from tickets.starting import wait_for_schema
from tickets.timer_watch import auditor_of
from tickets.webhook_settings import webhooks_of
from ventanilla_contracts.errors import Temporary
from ventanilla_contracts.topology import consumers_of
from ventanilla_runtime.blobs import Blobs
from ventanilla_runtime.consume import LINGER_SECONDS, Consumer
from ventanilla_runtime.deadletters import DeadLetters
from ventanilla_runtime.delivery import Handler
from ventanilla_runtime.outbound import Gate
from ventanilla_runtime.redrive import Redriver
from ventanilla_runtime.service import Service
from ventanilla_runtime.stopping import end_all, keep_going

log = structlog.get_logger()

_SEARCHES_AT_A_TIME = 4
_BATCH_SIZES: Mapping[str, int] = {"tickets-redrive": 20}
_TOKEN_USES_SECONDS = 60.0
_LINGER_SECONDS: Mapping[str, float] = {
    # Nobody waits for these: they may gather for longer.
    "tickets-delivery": 0.2,
    "tickets-auditor-accepted": 0.2,
    "tickets-auditor-intake": 0.2,
}


@dataclass(frozen=True, slots=True)
class Parts:
    """What the service consists of."""

    database: Database
    searching: Database
    desk: Desk
    deps: DeskDeps
    relay: OutboxRelay
    levels: Levels
    store: SettlingStore
    senders: SenderListStore
    ledger: LedgerStore
    outbound: OutboundStore
    sweeper: Sweeper
    assigning: AssignmentStore
    assigner: Assigner
    retired_teams: RetiredTeams
    facts: FactsQueue
    teller: FactsTeller
    probing: Probing
    tokens: TokenStore


async def serve(service: Service, settings: TicketsSettings) -> None:
    """Start everything, wait for the wish to stop, drain: first what comes in, then what goes out."""
    parts = await _assemble(service, settings)
    service.serve_http(_application(service, settings, parts), continues_traces=True)
    await service.connect()
    await wait_for_schema(service, parts.database, parts.levels)
    _consume(service, settings, parts)
    relaying = service.tasks.create_task(parts.relay.run())
    gates = service.gates("timer", "webhook")
    due = _due_worker(settings, parts, gates["timer"])
    auditor = await service.stack.enter_async_context(auditor_of(settings))
    auditor.publisher = service.publisher
    background = [
        service.tasks.create_task(follow(parts.levels, parts.database)),
        service.tasks.create_task(due.run()),
        service.tasks.create_task(parts.sweeper.run()),
        service.tasks.create_task(DeskMeasurer(parts.ledger, MeasureStore(parts.database)).run()),
        service.tasks.create_task(watch_outbound(service.broker, parts.outbound, parts.deps)),
        service.tasks.create_task(SwitchHistory(service.broker, parts.database).run()),
        service.tasks.create_task(tidy_search(parts.database)),
        service.tasks.create_task(parts.assigner.run()),
        service.tasks.create_task(parts.teller.run()),
        service.tasks.create_task(parts.retired_teams.run()),
        service.tasks.create_task(Announcer(AnnouncementStore(parts.database), parts.deps).run()),
        service.tasks.create_task(learn_solutions(SolutionStore(parts.database))),
        service.tasks.create_task(_webhook_worker(service, settings, parts, gates["webhook"]).run()),
        service.tasks.create_task(auditor.run()),
        service.tasks.create_task(_housekeeping(service, settings, parts)),
        service.tasks.create_task(keep_going("token_uses", parts.tokens.note_uses, _TOKEN_USES_SECONDS)),
    ]
    service.check("outbox", lambda: parts.relay.problem)
    service.check("clock", lambda: parts.sweeper.problem)
    service.check("timers", lambda: due.problem)
    service.warn("teams", parts.retired_teams.worry)
    await service.work()
    await service.drain()
    await end_all(background)
    with contextlib.suppress(Temporary):
        await parts.tokens.note_uses()
    parts.relay.stop()
    await relaying


def _due_worker(settings: TicketsSettings, parts: Parts, gate: Gate) -> DueWorker:
    caps = AcknowledgementCaps(settings.acknowledgements_per_sender)
    raising = functools.partial(
        raise_tier, deps=parts.deps, caps=caps, mails_per_minute=settings.acknowledgements_per_minute
    )
    store = DueStore(parts.database, parts.desk.signer, parts.levels)
    telling = functools.partial(go_on_telling, deps=parts.deps)
    moving = functools.partial(
        move_by_rule, deps=parts.deps, caps=caps, mails_per_minute=settings.acknowledgements_per_minute
    )
    alone: Mapping[str, FiresAlone] = {
        RAISE_TIER: raising,
        UPDATE_ALL: telling,
        RULE_MOVE: moving,
        HELD_REPLY: functools.partial(send_held, deps=parts.deps),
        CALLBACK: functools.partial(fire_callback, deps=parts.deps),
        WISH: functools.partial(note_wishes, deps=parts.deps),
        OVER: functools.partial(tell_over, deps=parts.deps),
    }
    return DueWorker(store, parts.deps, FIRES, alone, gate)


async def _assemble(service: Service, settings: TicketsSettings) -> Parts:
    database = await open_database(settings.postgres())
    service.stack.push_async_callback(database.close)
    searching = await open_database(settings.postgres(), most_connections=_SEARCHES_AT_A_TIME, session=SESSION)
    service.stack.push_async_callback(searching.close)
    database.show("work")
    searching.show("search")
    desk = desk_of(settings)
    levels = Levels()
    store = SettlingStore(database, desk.signer, levels)
    ledger = LedgerStore(database)
    relay = OutboxRelay(database, service.publisher)
    templates, facts, assigning = Templates(), FactsQueue(), AssignmentStore(database)

    def committed(rows: Sequence[OutboxRow]) -> None:
        facts.note_events(rows)
        assigner.wake()

    deps = DeskDeps(
        DeskWrites(database, desk.signer, levels),
        relay,
        desk,
        language_of,
        templates.render,
        settings.prefix,
        callbacks=settings.callback_plan(),
        solving_needs_resolution=settings.solving_needs_resolution,
        codes=settings.codes(),
        committed=committed,
    )
    assigner = Assigner(assigning, deps)
    acknowledgements = templates.names("acknowledgement")
    return Parts(
        database=database,
        searching=searching,
        desk=desk,
        deps=deps,
        relay=relay,
        levels=levels,
        store=store,
        senders=SenderListStore(database),
        ledger=ledger,
        outbound=OutboundStore(database),
        sweeper=Sweeper(service.broker, service.publisher, database, ledger, store, settings.prefix),
        assigning=assigning,
        assigner=assigner,
        retired_teams=RetiredTeams(RetiredTeamStore(database), deps),
        facts=facts,
        teller=FactsTeller(FactsStore(database), service.publisher, facts, acknowledgements, levels),
        probing=Probing(ProbeKeys(settings.keys()), ProbeStore(database), settings.probe_answers_to),
        tokens=TokenStore(database),
    )


def _application(service: Service, settings: TicketsSettings, parts: Parts) -> Door:
    reads, writes = DeskReads(parts.database), parts.deps.writes
    api = Api(
        tokens=parts.tokens,
        reads=reads,
        search=TicketSearch(parts.searching, reads),
        senders=parts.senders,
        correspondence=CorrespondenceReads(parts.database),
        files=DeskFiles(reads, writes, Blobs(service.broker, service.publisher)),
        ledger=WholeLedger(parts.ledger, service.broker),
        deps=parts.deps,
        cursors=Cursors(settings.keys()),
        caps=AcknowledgementCaps(settings.acknowledgements_per_sender),
        acknowledgements_per_minute=settings.acknowledgements_per_minute,
        clocks=ClockReads(parts.database, parts.levels),
        documents=DocumentStore(parts.database),
        pages=PageReads(parts.database),
        queues=QueueReads(parts.database, parts.levels),
        mentions=Mentions(parts.database),
        days=DayReads(parts.database),
        solutions=SolutionStore(parts.database),
        revisions=RevisionReads(parts.database),
        links=LinkReads(parts.database),
        incidents=IncidentReads(parts.database),
        held_replies=HeldReplyReads(parts.database),
        callbacks=CallbackReads(parts.database),
        people=DeskStore(parts.database),
        assigning=parts.assigning,
        assigner=parts.assigner,
        retired_teams=parts.retired_teams,
        announcements=AnnouncementStore(parts.database),
        calls=CallReads(parts.database, parts.levels, parts.assigning),
        probing=parts.probing,
        privacy=PrivacyDesk(parts.database, settings.keys(), parts.desk.status_link),
        letters=Letters(parts.database, service.broker, service.publisher, settings.prefix),
        webhooks=frozenset(settings.webhooks),
        held=lambda: service.outbound.known if service.outbound else None,
    )
    return make_application(api, service.health)


def _webhook_worker(service: Service, settings: TicketsSettings, parts: Parts, gate: Gate) -> WebhookWorker:
    webhooks = webhooks_of(settings.webhooks)
    sender = WebhookSender(AT_ONCE * max(len(webhooks), 1))
    service.stack.push_async_callback(sender.close)
    return WebhookWorker(WebhookStore(parts.database), sender, webhooks, gate=gate)


async def _housekeeping(service: Service, settings: TicketsSettings, parts: Parts) -> None:
    blobs, archive = Blobs(service.broker, service.publisher), ArchiveStore(parts.database)
    after = timedelta(hours=settings.archive_after_hours)
    archiver = Archiver(service.broker, blobs, parts.ledger, archive, prefix=settings.prefix, after=after)
    collector = Collector(service.broker, blobs, archive, after=timedelta(days=1))
    forget = forgetting_of(service, settings, parts.database, parts.deps)
    await keep_house(parts.ledger, archiver, collector, RevisionReads(parts.database), parts.probing, forget)


def _consume(service: Service, settings: TicketsSettings, parts: Parts) -> None:
    deps = SettleDeps(
        store=parts.store,
        relay=parts.relay,
        desk=parts.desk,
        caps=AcknowledgementCaps(settings.acknowledgements_per_sender),
        language_of=language_of,
        render=parts.deps.render,
        prefix=settings.prefix,
        acknowledgements_per_minute=settings.acknowledgements_per_minute,
        senders=parts.senders,
        rates=SenderRates(settings.sender_per_hour, settings.domain_per_hour),
        loop_limit=settings.loop_limit,
        assigning=parts.assigning,
        callbacks=parts.deps.callbacks,
        facts=parts.facts,
        probes=ProbeSettler(parts.probing.keys, settings.probe_answers_to),
    )
    service.warn("decisions", deps.unknown.worry)
    letters = DeadLetters(service.publisher, settings.prefix, "tickets")
    settle = functools.partial(settle_batch, deps=deps)
    deliveries = functools.partial(note_deliveries, outbound=parts.outbound, desk=parts.deps)
    dead_letters = functools.partial(
        note_dead_letters, ledger=parts.ledger, store=parts.store, outbound=parts.outbound, desk=parts.deps
    )
    audit = functools.partial(audit_batch, ledger=parts.ledger, store=parts.store)
    revisions = functools.partial(revise_messages, deps=parts.deps)
    redriver = Redriver(service.broker, letters, {"ROUTED": settle, "DELIVERY": deliveries, "REVISIONS": revisions})
    handlers: dict[str, Handler] = {
        "tickets": settle,
        "tickets-redrive": redriver.handle,
        "tickets-delivery": deliveries,
        "tickets-revisions": revisions,
        "tickets-deadletter": dead_letters,
        "tickets-auditor-accepted": audit,
        "tickets-auditor-intake": audit,
    }
    for spec in consumers_of("tickets"):
        # A dead letter about a dead letter would go round for ever.
        where = None if spec.stream == "DEADLETTER" else letters
        size = _BATCH_SIZES.get(spec.durable, settings.batch_size)
        linger = _LINGER_SECONDS.get(spec.durable, LINGER_SECONDS)
        service.consume(
            Consumer(
                service.broker,
                spec,
                handlers[spec.durable],
                where,
                batch_size=size,
                linger_seconds=linger,
                postpones=spec.stream in ("REDRIVE", "REVISIONS"),
            )
        )
