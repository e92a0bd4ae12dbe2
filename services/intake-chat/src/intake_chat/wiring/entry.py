"""Wiring of the ways in, App Home and commands. Part of `app.py`."""

from dataclasses import dataclass
from datetime import timedelta

from slack_sdk.web.async_client import AsyncWebClient

from intake_chat.adapters.slack.entrance import Entrance
from intake_chat.adapters.slack.people import People
from intake_chat.adapters.slack.staff import Staff
from intake_chat.adapters.slack.way_out import WayOut
from intake_chat.adapters.tickets_api import TicketsApi
from intake_chat.handlers.agents.background import Background
from intake_chat.handlers.agents.commands import Commands
from intake_chat.handlers.agents.directory import Agents
from intake_chat.handlers.agents.home import Homes
from intake_chat.handlers.agents.opening import LookAt, Opening
from intake_chat.handlers.agents.registry import Registry, Views
from intake_chat.handlers.customers.asking import Asking
from intake_chat.handlers.customers.begin import Beginnings
from intake_chat.handlers.customers.directs import Directs
from intake_chat.handlers.customers.entry import WaysIn
from intake_chat.ports.customers import Accept
from intake_chat.settings import Settings
from ventanilla_contracts.topology import CHAT_STATE
from ventanilla_runtime.service import Service
from ventanilla_runtime.state import StateBucket


@dataclass(frozen=True, slots=True)
class Agency:
    """What is there only with a token of the ticket service."""

    desk: TicketsApi
    agents: Agents
    views: Views
    background: Background


def enter(
    service: Service,
    settings: Settings,
    web: AsyncWebClient,
    way_out: WayOut,
    people: People,
    agency: Agency | None,
) -> tuple[WaysIn, Beginnings]:
    """The ways in, by which everything that was accepted is read."""
    state = StateBucket(service.broker, service.publisher, CHAT_STATE)
    slack = Entrance(web, way_out)
    directs = Directs(
        state=state,
        desk=agency.desk if agency else None,
        gap=timedelta(minutes=settings.slack_direct_minutes),
    )
    beginnings = Beginnings(state=state, slack=slack, directs=directs)
    ways = WaysIn(
        state=state,
        slack=slack,
        people=people,
        agents=agency.agents if agency else None,
        directs=directs,
        beginnings=beginnings,
        us=Staff(web, way_out).us,
        channels=frozenset(settings.slack_channels),
        internal=frozenset(settings.slack_team_channels.channels.values()),
    )
    return ways, beginnings


def register_entries(
    registry: Registry,
    service: Service,
    settings: Settings,
    people: People,
    beginnings: Beginnings,
    agency: Agency,
    accept: Accept,
    look_at: LookAt,
) -> Homes:
    """Let the rooms for App Home, commands and requests do what is theirs; to be called after all others."""
    address = f"{settings.desk_url}/" if settings.desk_url else ""
    homes = Homes(
        desk=agency.desk,
        views=agency.views,
        agents=agency.agents,
        state=StateBucket(service.broker, service.publisher, CHAT_STATE),
        background=agency.background,
        address=address,
    )
    Commands(desk=agency.desk, views=agency.views, agents=agency.agents, address=address, done=homes.soon).register(
        registry
    )
    opening = Opening(
        desk=agency.desk, beginnings=beginnings, people=people, look_at=look_at, done=homes.soon, address=address
    )
    opening.register(registry)
    homes.register(registry)
    Asking(accept=accept, views=agency.views, people=people, background=agency.background).register(registry)
    return homes
