"""The only wiring of the portal."""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import httpx
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Route

from portal.adapters.agents_side import AgentsSide
from portal.adapters.desk_api import DeskApi
from portal.adapters.pages import Pages
from portal.adapters.slack_identity import SlackIdentity
from portal.adapters.texts import Texts
from portal.adapters.tickets_api import TicketsApi
from portal.adapters.web import Portal
from portal.metrics import note_request
from portal.settings import PortalSettings
from ventanilla_runtime.health import Application, Health
from ventanilla_runtime.service import Service
from ventanilla_runtime.stopping import end_all

_CONNECTIONS = 50
_SLACK_SECONDS, _SLACK_CONNECTIONS = 8.0, 10


async def serve(service: Service, settings: PortalSettings) -> None:
    """Serve pages until the wish to stop. There is no broker here: the portal knows the ticket service's API only."""
    tickets = TicketsApi(await _client_of_tickets(service, settings, settings.tickets_token))
    service.check("tickets", lambda: tickets.problem)
    service.warn("tickets", tickets.worry)
    watching = [service.tasks.create_task(tickets.watch())]
    agents = await _agents_side(service, settings)
    if agents is not None:
        service.check("desk", lambda: agents.desk.problem)
        watching.append(service.tasks.create_task(agents.desk.watch()))
    portal = Portal(settings, Pages(Texts(settings.timezone)), tickets, agents)
    service.serve_http(with_probes(portal.application(), service.health))
    await service.work()
    await end_all(watching)


async def _agents_side(service: Service, settings: PortalSettings) -> AgentsSide | None:
    """Whom agents' pages ask; None: nobody has set up how agents sign in."""
    token, secret, bot = settings.desk_token, settings.slack_client_secret, settings.slack_bot_token
    if not settings.slack_client_id or token is None or secret is None or bot is None:
        return None
    client = httpx.AsyncClient(
        timeout=_SLACK_SECONDS, limits=httpx.Limits(max_connections=_SLACK_CONNECTIONS), follow_redirects=False
    )
    await service.stack.enter_async_context(client)
    slack = SlackIdentity(
        client,
        settings.slack_issuer,
        settings.slack_client_id,
        secret.get_secret_value(),
        bot.get_secret_value(),
    )
    return AgentsSide(slack, DeskApi(await _client_of_tickets(service, settings, token)))


async def _client_of_tickets(service: Service, settings: PortalSettings, token: SecretStr) -> httpx.AsyncClient:
    client = httpx.AsyncClient(
        base_url=settings.tickets_url,
        headers={"authorization": f"Bearer {token.get_secret_value()}"},
        timeout=settings.tickets_timeout_seconds,
        limits=httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS),
        trust_env=False,
    )
    return await service.stack.enter_async_context(client)


def with_probes(application: Starlette, health: Health) -> Application:
    """An application that answers the probes too, and whose other answers are timed."""
    templates = {route.endpoint: route.path for route in application.routes if isinstance(route, Route)}

    async def timed(
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        began = time.perf_counter()

        async def noted(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                template = templates.get(scope["endpoint"], "") if "endpoint" in scope else ""
                note_request(template, scope["method"], message["status"], time.perf_counter() - began)
            await send(message)

        await application(scope, receive, noted)

    async def answer(
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        probe = scope["type"] == "http" and health.answer(scope["path"])
        await (health if probe else timed)(scope, receive, send)

    return answer
