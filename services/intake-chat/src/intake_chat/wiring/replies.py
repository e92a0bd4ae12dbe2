"""Wiring of the card's buttons, the composer, and the lines about replies. Part of `app.py`."""

from functools import partial

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from intake_chat.adapters.slack.card_board import CardBoard
from intake_chat.adapters.slack.entrance import Entrance
from intake_chat.adapters.slack.files import Files
from intake_chat.adapters.slack.staff import Staff
from intake_chat.adapters.slack.way_out import WayOut
from intake_chat.handlers.agents.composer import Replies
from intake_chat.handlers.agents.correcting import Corrections
from intake_chat.handlers.agents.drafts import Drafts, DraftsGivenBack, draft_keeper
from intake_chat.handlers.agents.press import Buttons
from intake_chat.handlers.agents.registry import Registry
from intake_chat.handlers.agents.reply_lines import ReplyLines, line_keeper
from intake_chat.handlers.agents.revised_lines import RevisedLines
from intake_chat.handlers.agents.sending import Sending
from intake_chat.handlers.cards.wishes import renew_menu
from intake_chat.settings import Settings
from intake_chat.wiring.entry import Agency
from intake_chat.wiring.leases import contend
from ventanilla_contracts.topology import CHAT_STATE
from ventanilla_runtime.blobs import Blobs
from ventanilla_runtime.leases import Job
from ventanilla_runtime.many import Many
from ventanilla_runtime.service import Service
from ventanilla_runtime.state import StateBucket

LEASE, DRAFTS_LEASE = "replies", "drafts"


def register_replies(
    registry: Registry, service: Service, settings: Settings, session: aiohttp.ClientSession, agency: Agency
) -> None:
    """Let the buttons and the composer do what is theirs."""
    files = Files(
        session,
        settings.slack_bot_token.get_secret_value(),
        Blobs(service.broker, service.publisher),
        frozenset(settings.slack_file_hosts),
        settings.file_limit_bytes,
    )
    state = StateBucket(service.broker, service.publisher, CHAT_STATE)
    registry.menu_used = partial(renew_menu, state)
    Buttons(desk=agency.desk, views=agency.views).register(registry)
    sending = Sending(
        desk=agency.desk, state=state, background=agency.background, hold_seconds=settings.slack_undo_seconds
    )
    Replies(
        desk=agency.desk,
        views=agency.views,
        files=files,
        sending=sending,
        drafts=Drafts(state),
        background=agency.background,
    ).register(registry)
    lines = RevisedLines(state, agency.background)
    Corrections(desk=agency.desk, views=agency.views, lines=lines).register(registry)


def show_replies(service: Service, settings: Settings, web: AsyncWebClient, way_out: WayOut, agency: Agency) -> None:
    """Show what becomes of replies whenever this replica has the lease, until the service stops; once connected."""
    state = StateBucket(service.broker, service.publisher, CHAT_STATE)
    keys = Many(service.broker)
    service.stack.push_async_callback(keys.close)
    staff = Staff(web, way_out)

    async def speaks(user: str) -> str:
        member = await staff.member(user)
        return member.language if member and member.locale else ""

    def job() -> Job:
        lines = ReplyLines(
            state=state,
            desk=agency.desk,
            slack=CardBoard(web, way_out),
            direct=Entrance(web, way_out).direct,
            speaks=speaks,
        )
        keeper = line_keeper(lines, state, keys, CHAT_STATE)
        return Job(keeper.run, keeper.stop)

    def given_back() -> Job:
        drafts = DraftsGivenBack(
            state=state,
            desk=agency.desk,
            slack=CardBoard(web, way_out),
            direct=Entrance(web, way_out).direct,
        )
        keeper = draft_keeper(drafts, state, keys, CHAT_STATE)
        return Job(keeper.run, keeper.stop)

    contend(service, settings, state, LEASE, job)
    contend(service, settings, state, DRAFTS_LEASE, given_back)
