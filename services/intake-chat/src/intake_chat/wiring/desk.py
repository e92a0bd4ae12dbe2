"""What the ticket service knows this service by, and the look at whether it takes it."""

from typing import Final

from intake_chat.settings import Settings
from ventanilla_runtime.desk_rights import DeskToken
from ventanilla_runtime.desk_watch import DeskWatch
from ventanilla_runtime.service import Service

TOKEN: Final = DeskToken(
    "intake-chat",
    "INTAKE_CHAT_TICKETS_TOKEN",
    "INTAKE_CHAT_TICKETS_URL",
    ("read", "write", "act"),
    "nobody is an agent in Slack",
)
"""With what it must permit."""


def watch_desk(service: Service, settings: Settings) -> None:
    """Say in `/readyz` what is wrong with the token, until the service stops: customers are heard without it."""
    secret = settings.tickets_token.get_secret_value() if settings.tickets_token else ""
    watch = DeskWatch(settings.tickets_url, secret, TOKEN, by_proxy=True)
    service.warn("tickets", watch.worry)
    looking = service.tasks.create_task(watch.run())
    service.stack.callback(looking.cancel)
