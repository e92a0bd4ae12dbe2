"""How the desk presents itself, out of the settings: for the service, and for commands that do what an agent does."""

from datetime import timedelta

from tickets.domain.correspondence.notices import Desk
from tickets.domain.tokens import Signer
from tickets.settings import TicketsSettings


def desk_of(settings: TicketsSettings) -> Desk:
    """The desk that the settings describe."""
    return Desk(
        signer=Signer(settings.keys()),
        status_url=settings.status_url,
        names=settings.names(),
        senders=settings.senders(),
        quotes=settings.quote_conversation,
        teams_without_quotes=settings.unquoted_teams(),
        default_language=settings.default_language,
        expires_after=timedelta(days=settings.notification_days),
        page_url=settings.page_url,
        zone=settings.zone,
    )
