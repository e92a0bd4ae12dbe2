"""The only wiring of the portal."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import httpx

from portal.adapters.pages import Pages
from portal.adapters.texts import Texts
from portal.adapters.tickets_api import TicketsApi
from portal.adapters.web import Portal
from portal.settings import PortalSettings
from ventanilla_runtime.health import Application, Health
from ventanilla_runtime.service import Service
from ventanilla_runtime.stopping import end_all

_CONNECTIONS = 50


async def serve(service: Service, settings: PortalSettings) -> None:
    """Serve pages until the wish to stop. There is no broker here: the portal knows the ticket service's API only."""
    client = httpx.AsyncClient(
        base_url=settings.tickets_url,
        headers={"authorization": f"Bearer {settings.tickets_token.get_secret_value()}"},
        timeout=settings.tickets_timeout_seconds,
        limits=httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS),
        trust_env=False,
    )
    await service.stack.enter_async_context(client)
    tickets = TicketsApi(client)
    service.check("tickets", lambda: tickets.problem)
    portal = Portal(settings, Pages(Texts(settings.timezone)), tickets)
    watching = service.tasks.create_task(tickets.watch())
    service.serve_http(with_probes(portal.application(), service.health))
    await service.work()
    await end_all([watching])


def with_probes(application: Application, health: Health) -> Application:
    """An application that answers the probes too."""

    async def answer(
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        probe = scope["type"] == "http" and health.answer(scope["path"])
        await (health if probe else application)(scope, receive, send)

    return answer
