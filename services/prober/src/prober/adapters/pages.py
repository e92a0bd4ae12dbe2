"""The portal: it has no ticket to show, so what is asked for is a page that it must say it does not have.

To say so it asks the ticket service, so that the whole way from a browser to the database is tried.
"""

from http import HTTPStatus

import httpx

from prober.adapters.desk import Desk
from prober.adapters.http_doors import accepted, asked
from prober.domain.probe import Probe
from prober.errors import Refused

NOBODYS_PAGE = "999999999999-" + "a" * 26
"""The form of a status page's token, of a ticket that there is not."""


class ApiDoor:
    """Opens a ticket by the API."""

    def __init__(self, desk: Desk, requester: str) -> None:
        self._desk = desk
        self._requester = requester

    async def knock(self, probe: Probe) -> None:
        """Open it.

        Raises:
            Refused, Away: it was not accepted.
        """
        await self._desk.open_ticket(probe, self._requester)

    async def look(self) -> str:
        """Nothing to be asked: whether the token is taken says its own examination."""
        return "the tickets API, by the token"


class PortalDoor:
    """Asks the portal for a page, and then opens a ticket by the API, as the portal's pages do."""

    def __init__(self, client: httpx.AsyncClient, url: str, then: ApiDoor, seconds: float) -> None:
        self._client = client
        self._url = url
        self._then = then
        self._seconds = seconds

    async def knock(self, probe: Probe) -> None:
        """Ask, and open.

        Raises:
            Refused, Away: the portal did not say that there is no such page, or the ticket was not accepted.
        """
        await self.look()
        await self._then.knock(probe)

    async def look(self) -> str:
        """Ask for the page that there is not.

        Raises:
            Refused, Away: the portal did not say that there is none.
        """
        answer = await asked(self._client, "GET", f"{self._url}/s/{NOBODYS_PAGE}", self._seconds)
        if answer.status_code != HTTPStatus.NOT_FOUND:
            accepted(answer)
            raise Refused(f"HTTP {answer.status_code} for a page that there is not")
        if "text/html" not in answer.headers.get("content-type", ""):
            raise Refused("what answers there is no portal: it has no page that says so")
        return f"{self._url} has asked the ticket service for a page that there is not"
