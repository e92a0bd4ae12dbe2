"""Wiring of the cards: who wishes for them, who keeps them, what is written in their threads. Part of `app.py`."""

import secrets
from dataclasses import dataclass
from functools import partial

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from intake_chat.adapters.slack.card_board import CardBoard
from intake_chat.adapters.slack.files import Files
from intake_chat.adapters.slack.people import People
from intake_chat.adapters.slack.staff import Staff
from intake_chat.adapters.slack.views import SlackViews
from intake_chat.adapters.slack.way_out import WayOut
from intake_chat.adapters.slack.web import Slack
from intake_chat.adapters.ticket_facts import TicketFacts
from intake_chat.adapters.tickets_api import TicketsApi
from intake_chat.handlers.agents.directory import Agents
from intake_chat.handlers.agents.revised_lines import RevisedLines
from intake_chat.handlers.agents.sent_lines import SentLines
from intake_chat.handlers.cards.keep_card import CardKeeper, Channels
from intake_chat.handlers.cards.keeper import Keeper
from intake_chat.handlers.cards.note_files import NoteFiles
from intake_chat.handlers.cards.notes import Notes
from intake_chat.handlers.cards.record import Doubts
from intake_chat.handlers.cards.tell_thread import ThreadTeller
from intake_chat.handlers.cards.wishes import CardWishes
from intake_chat.settings import Settings
from intake_chat.wiring.leases import contend
from ventanilla_contracts.topology import CHAT_STATE
from ventanilla_runtime.leases import Job
from ventanilla_runtime.many import Many
from ventanilla_runtime.service import Service
from ventanilla_runtime.state import StateBucket

LEASE = "cards"


@dataclass(frozen=True, slots=True)
class Cards:
    """The parts that others are wired with.

    Attributes:
        wishes: reads events of tickets.
        notes: takes what agents write in threads of cards.
    """

    wishes: CardWishes
    notes: Notes


def keep_cards(
    service: Service,
    settings: Settings,
    web: AsyncWebClient,
    way_out: WayOut,
    session: aiohttp.ClientSession,
    files: Files,
) -> Cards | None:
    """Keep the cards whenever this replica has the lease, until the service stops; call it once connected.

    Args:
        files: fetches what agents drop into threads of cards.

    Returns:
        None: no team has a channel, so there are no cards.
    """
    if not settings.slack_team_channels or settings.tickets_token is None:
        return None
    state = StateBucket(service.broker, service.publisher, CHAT_STATE)
    keys = Many(service.broker)
    service.stack.push_async_callback(keys.close)
    token = settings.tickets_token.get_secret_value()
    desk = TicketsApi(session, settings.tickets_url, token, settings.tickets_timeout_seconds)
    staff = Staff(web, way_out)
    agents = Agents(desk=desk, staff=staff)
    facts = TicketFacts(desk, staff.home, user_of=agents.user_of)
    contend(service, settings, state, LEASE, partial(_job, settings, state, keys, facts, CardBoard(web, way_out)))
    notes = Notes(
        state=state,
        agents=agents,
        people=People(Slack(web, way_out)),
        desk=desk,
        slack=SlackViews(web, way_out, session, frozenset(settings.slack_file_hosts)),
        files=NoteFiles(files, desk),
        language=settings.slack_language,
        channels=frozenset(settings.slack_team_channels.channels.values()),
    )
    sent = SentLines(state, settings.slack_language)
    return Cards(CardWishes(state, RevisedLines(state).of_event, sent.of_event), notes)


def _job(settings: Settings, state: StateBucket, keys: Many, facts: TicketFacts, board: CardBoard) -> Job:
    """What is done under the lease: a keeper, made anew each time."""
    # Each keeper has a name of its own: what an earlier one began may still be under way.
    doubts = Doubts(secrets.token_hex(8))
    language = settings.slack_language
    cards = CardKeeper(
        state=state,
        desk=facts,
        slack=board,
        channels=Channels(settings.slack_team_channels, doubts.now),
        teller=ThreadTeller(desk=facts, slack=board, doubts=doubts, language=language, desk_url=settings.desk_url),
        doubts=doubts,
        language=language,
        desk_url=settings.desk_url,
    )
    keeper = Keeper(state, keys, cards, CHAT_STATE)
    return Job(keeper.run, keeper.stop)
