"""`portal doctor`: says of all that the portal needs whether it is there, and what to do where it is not."""

import asyncio
from typing import Annotated, Final

import httpx
import typer

from portal.settings import PortalSettings
from ventanilla_runtime.desk_rights import DeskToken, desk_rights
from ventanilla_runtime.doctors import keep_logs_quiet, read_or_say, show
from ventanilla_runtime.findings import Finding, ok, problem, warning

_NAME: Final = "portal"
_PREFIX: Final = "PORTAL_"
_ADDRESS: Final = f"{_PREFIX}TICKETS_URL"
_PAGES_TOKEN: Final = DeskToken(_NAME, f"{_PREFIX}TICKETS_TOKEN", _ADDRESS, ("portal",))
_AGENTS_TOKEN: Final = DeskToken(_NAME, f"{_PREFIX}DESK_TOKEN", _ADDRESS, ("read", "act"))


def doctor(
    as_data: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines for people.")] = False,
) -> None:
    """Look at the ticket service, the tokens and how agents sign in, with the settings of `serve`. Changes nothing.

    Exit code 0: the portal works (lines with ⚠ tell what will not); 1: something is to be mended.
    """
    raise show(asyncio.run(examine()), as_data=as_data)


async def examine() -> list[Finding]:
    """Everything that is to be said, in the order in which a person mends it."""
    keep_logs_quiet()
    settings, said = read_or_say(PortalSettings, _NAME)
    if settings is None:
        return said
    found = [ok("settings", "readable"), *said]
    if not settings.public_url.startswith("https://"):
        do = "set PORTAL_PUBLIC_URL to the address that browsers open, such as https://desk.example"
        found.append(warning("address", "nobody has said where browsers find the portal by https", do))
    found.append(await desk_rights(settings.tickets_url, settings.tickets_token.get_secret_value(), _PAGES_TOKEN))
    if not settings.slack_client_id:
        found.append(ok("agents", "cannot sign in here: PORTAL_SLACK_CLIENT_ID is not set"))
    elif settings.desk_token is not None:
        found.append(await desk_rights(settings.tickets_url, settings.desk_token.get_secret_value(), _AGENTS_TOKEN))
        found.append(await _slack(settings))
    return found


async def _slack(settings: PortalSettings) -> Finding:
    try:
        async with httpx.AsyncClient(timeout=settings.tickets_timeout_seconds) as client:
            answer = await client.get(f"{settings.slack_issuer.rstrip('/')}/.well-known/openid-configuration")
            answer.raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        says = f"{settings.slack_issuer} does not answer ({type(error).__name__}): no agent can sign in"
        return problem("Slack", says, "let the portal reach it")
    return ok("Slack", f"{settings.slack_issuer} answers; agents of {settings.slack_team} may sign in")
