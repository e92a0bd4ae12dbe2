"""Wiring of what the desk announces: asked for from the start of the service to its end."""

import aiohttp

from intake_phone.adapters.announcements import AnnouncementsApi, Board
from intake_phone.settings import Settings
from ventanilla_runtime.service import Service
from ventanilla_runtime.stopping import end_all


def announcements_of(service: Service, settings: Settings, session: aiohttp.ClientSession) -> Board:
    """What is announced, kept up to date until the service stops."""
    token = settings.tickets_token
    desk = (
        AnnouncementsApi(session, settings.tickets_url, token.get_secret_value(), settings.call_seconds)
        if token
        else None
    )
    board = Board(desk)
    task = service.tasks.create_task(board.run())
    service.stack.push_async_callback(end_all, [task])
    return board
