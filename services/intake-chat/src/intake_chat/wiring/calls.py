"""Wiring of the messages about calls and of the wrap-up notes. Part of `app.py`."""

import secrets
from functools import partial

from slack_sdk.web.async_client import AsyncWebClient

from intake_chat.adapters.slack.card_board import CardBoard
from intake_chat.adapters.slack.entrance import Entrance
from intake_chat.adapters.slack.staff import Staff
from intake_chat.adapters.slack.way_out import Lane, WayOut
from intake_chat.adapters.ticket_facts import TicketFacts
from intake_chat.handlers.agents.registry import Registry
from intake_chat.handlers.calls.asking import WrapUpsAsked
from intake_chat.handlers.calls.hear import CallsHeard
from intake_chat.handlers.calls.keeper import call_keeper
from intake_chat.handlers.calls.notes import WrapUpNotes
from intake_chat.handlers.calls.pops import ScreenPops
from intake_chat.handlers.cards.keep_card import Channels
from intake_chat.handlers.cards.record import Doubts
from intake_chat.settings import Settings
from intake_chat.wiring.entry import Agency
from intake_chat.wiring.leases import contend
from ventanilla_contracts.topology import CHAT_STATE
from ventanilla_runtime.leases import Job
from ventanilla_runtime.many import Many
from ventanilla_runtime.service import Service
from ventanilla_runtime.state import StateBucket

LEASE = "calls"


def register_wrap_ups(registry: Registry, service: Service, agency: Agency) -> None:
    """Let agents write wrap-up notes."""
    state = StateBucket(service.broker, service.publisher, CHAT_STATE)
    WrapUpNotes(desk=agency.desk, views=agency.views, state=state, background=agency.background).register(registry)


def show_calls(
    service: Service, settings: Settings, web: AsyncWebClient, way_out: WayOut, agency: Agency
) -> CallsHeard:
    """Show calls whenever this replica has the lease, until the service stops; once connected.

    Returns:
        what reads events of calls.
    """
    state = StateBucket(service.broker, service.publisher, CHAT_STATE)
    keys = Many(service.broker)
    service.stack.push_async_callback(keys.close)
    staff = Staff(web, way_out)
    facts = TicketFacts(agency.desk, staff.home, user_of=agency.agents.user_of)
    contend(service, settings, state, LEASE, partial(_job, settings, state, keys, facts, staff, web, way_out))
    return CallsHeard(state)


def _job(
    settings: Settings,
    state: StateBucket,
    keys: Many,
    facts: TicketFacts,
    staff: Staff,
    web: AsyncWebClient,
    way_out: WayOut,
) -> Job:
    """What is done under the lease: a keeper, made anew each time."""
    # Each keeper has a name of its own: what an earlier one began may still be under way.
    doubts = Doubts(secrets.token_hex(8))
    slack = CardBoard(web, way_out, Lane.CALL)
    channels = Channels(settings.slack_team_channels, doubts.now)

    async def speaks(user: str) -> str:
        member = await staff.member(user)
        return member.language if member and member.locale else ""

    pops = ScreenPops(
        state=state,
        desk=facts,
        slack=slack,
        channels=channels,
        doubts=doubts,
        language=settings.slack_language,
        page=settings.ticket_page,
    )
    asked = WrapUpsAsked(
        state=state,
        desk=facts,
        slack=slack,
        channels=channels,
        doubts=doubts,
        direct=Entrance(web, way_out).direct,
        speaks=speaks,
        language=settings.slack_language,
        page=settings.ticket_page,
    )
    keeper = call_keeper(state, keys, {"pop": pops, "wrap_up": asked}, CHAT_STATE)
    return Job(keeper.run, keeper.stop)
