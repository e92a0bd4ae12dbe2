"""A desk with people, for tests of who gets what."""

from typing import Any

import httpx

from tests.integration.tickets.api_desk import ApiDesk, new_ticket
from tickets.adapters.postgres.desk_store import DeskStore
from tickets.handlers.desk.importing import import_desk

PEOPLE = """\
categories:
  - {name: outage, needs_cause: true}
teams:
  - {name: first-line, title: {es: Primera línea, en: First line}, tier: 1}
  - {name: network, title: {es: Redes, en: Networks}, tier: 2}
  - {name: makers, title: {es: Fabricación, en: The makers}, tier: 3}
agents:
  - {handle: ana, name: Ana Gil, email: ana@desk.example, languages: [es], teams: [first-line]}
  - {handle: bob, name: Bob Hall, email: bob@desk.example, languages: [en], teams: [first-line]}
  - {handle: eva, name: Eva Ruiz, email: eva@desk.example, teams: [{team: network, role: lead}]}
  - {handle: zoe, name: Zoe Paz, email: zoe@desk.example, teams: [makers]}
"""


async def people(api: ApiDesk, source: str = PEOPLE, **assignments: str) -> None:
    """Make the desk what a file says, with other ways to hand out tickets for some teams."""
    for team, way in assignments.items():
        source = source.replace(
            f"{{name: {team.replace('_', '-')},", f"{{name: {team.replace('_', '-')}, assignment: {way},"
        )
    imported = await import_desk("desk.yaml", source, "operator:test", DeskStore(api.database))
    assert imported.problems == []


async def agent(api: ApiDesk, handle: str, *scopes: str) -> httpx.AsyncClient:
    """A client that acts as somebody of the desk."""
    return await api.client(*(scopes or ("read", "write")), name=handle, agent=handle)


async def opened(client: httpx.AsyncClient, **fields: Any) -> int:
    """Number of a ticket that is opened now."""
    answer = await client.post("/api/v1/tickets", json=new_ticket(**fields))
    assert answer.status_code == 201, answer.text
    number: int = answer.json()["number"]
    return number


async def history(client: httpx.AsyncClient, number: int) -> list[dict[str, Any]]:
    """What happened to a ticket, oldest first."""
    items: list[dict[str, Any]] = (await client.get(f"/api/v1/tickets/{number}/history?limit=200")).json()["items"]
    return items


async def assignees(api: ApiDesk) -> list[str | None]:
    """Who has each ticket, in the order of their numbers."""
    return [row["assignee"] for row in await api.database.fetch("select assignee from ticket order by number")]
