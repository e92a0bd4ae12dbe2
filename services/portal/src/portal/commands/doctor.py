"""`portal doctor`: says of all that the portal needs whether it is there, and what to do where it is not."""

import asyncio
from typing import Annotated, Final

import httpx
import typer
from pydantic import SecretStr

from portal.settings import PortalSettings
from ventanilla_runtime.doctors import keep_logs_quiet, read_or_say, show
from ventanilla_runtime.findings import Finding, ok, problem, warning
from ventanilla_runtime.logs import redact_text

_NAME: Final = "portal"
_PREFIX: Final = "PORTAL_"
_NOBODYS: Final = "nobody"
_REFUSED: Final = (401, 403)
_NO_AGENT: Final = {"Ventanilla-Agent": "nobody.of-this-name"}
"""For an agent whom nobody knows nothing is done: only the right to ask counts."""


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
    settings, wrong = read_or_say(PortalSettings, _PREFIX, _NAME)
    if settings is None:
        return wrong
    found = [ok("settings", "readable")]
    if not settings.public_url.startswith("https://"):
        do = "set PORTAL_PUBLIC_URL to the address that browsers open, such as https://desk.example"
        found.append(warning("address", "nobody has said where browsers find the portal by https", do))
    found.append(await _asked(settings, settings.tickets_token, f"status/{_NOBODYS}", "PORTAL_TICKETS_TOKEN", "portal"))
    if not settings.slack_client_id:
        found.append(ok("agents", "cannot sign in here: PORTAL_SLACK_CLIENT_ID is not set"))
    elif settings.desk_token is not None:
        found.append(await _asked(settings, settings.desk_token, "agents?limit=1", "PORTAL_DESK_TOKEN", "read and act"))
        found.append(await _slack(settings))
    return found


async def _asked(settings: PortalSettings, token: SecretStr, path: str, variable: str, scopes: str) -> Finding:
    where = redact_text(settings.tickets_url)
    headers = {"authorization": f"Bearer {token.get_secret_value()}"}
    asked = [headers, {**headers, **_NO_AGENT}] if "act" in scopes else [headers]
    address = f"{settings.tickets_url.rstrip('/')}/api/v1/{path}"
    try:
        async with httpx.AsyncClient(timeout=settings.tickets_timeout_seconds, trust_env=False) as client:
            answers = [await client.get(address, headers=each) for each in asked]
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        says = f"{where} does not answer ({type(error).__name__})"
        return problem("tickets", says, "start it, or set PORTAL_TICKETS_URL")
    answer, lacks = answers[0], next(filter(None, map(_missing_scope, answers)), "")
    if answer.status_code in _REFUSED or lacks:
        scope = " ".join(f"--scope {one}" for one in scopes.split(" and "))
        says = f"{variable} lacks the scope {lacks}" if lacks else f"{variable} is refused"
        return problem("tickets", says, f"make one: tickets token create --name portal {scope}")
    if answer.status_code >= 500:
        return problem("tickets", f"{where} answers {answer.status_code}", "look at its /readyz and its log")
    return ok("tickets", f"{where} takes {variable}")


def _missing_scope(answer: httpx.Response) -> str:
    """What the ticket service says that a token may not do; "" if it says nothing of the kind."""
    try:
        said = answer.json()
    except ValueError:
        return ""
    return str(said.get("missing_scope") or "") if isinstance(said, dict) else ""


async def _slack(settings: PortalSettings) -> Finding:
    try:
        async with httpx.AsyncClient(timeout=settings.tickets_timeout_seconds) as client:
            answer = await client.get(f"{settings.slack_issuer.rstrip('/')}/.well-known/openid-configuration")
            answer.raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        says = f"{settings.slack_issuer} does not answer ({type(error).__name__}): no agent can sign in"
        return problem("Slack", says, "let the portal reach it")
    return ok("Slack", f"{settings.slack_issuer} answers; agents of {settings.slack_team} may sign in")
