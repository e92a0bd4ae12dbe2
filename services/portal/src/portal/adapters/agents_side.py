"""What the portal has for agents, put together: where they sign in, and their pages."""

from dataclasses import dataclass

from portal.adapters.answering import Answering
from portal.adapters.desk import Desk, NoDesk
from portal.adapters.desk_api import DeskApi
from portal.adapters.desk_rendering import DeskPages
from portal.adapters.desk_sign_in import SignIn
from portal.adapters.members import Members
from portal.adapters.signed_cookies import SignedCookies
from portal.adapters.slack_identity import SlackIdentity
from portal.domain.rate_limit import RateLimit
from portal.settings import PortalSettings


@dataclass(frozen=True, slots=True)
class AgentsSide:
    """Whom agents' pages ask."""

    slack: SlackIdentity
    desk: DeskApi


def desk_of(
    settings: PortalSettings, answering: Answering, pages: DeskPages, views: RateLimit, side: AgentsSide | None
) -> Desk | NoDesk:
    """The pages of agents, or those that say that nobody has set them up."""
    if side is None or settings.secret is None:
        return NoDesk(answering, pages)
    https = settings.public_url.startswith("https://")
    cookies = SignedCookies(settings.secret.get_secret_value(), https=https)
    sign_in = SignIn(settings, answering, pages, cookies, side.slack, side.desk)
    members = Members(side.slack)
    return Desk(answering, pages.by_clocks(members.zone), cookies, sign_in, side.desk, members, views)
