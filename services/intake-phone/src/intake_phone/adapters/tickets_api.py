"""The ticket service's API, as far as calls need it: asked while somebody waits on the line, so briefly."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import aiohttp

from intake_phone.adapters.staff import Rung
from intake_phone.domain.calls.facts import CodeAnswer
from intake_phone.domain.telephones import Agent
from intake_phone.errors import DeskAway, DeskRefused
from intake_phone.ports.paging import OnCall
from ventanilla_runtime import tracing

NOT_FOUND: Final = 404
_MOST: Final = 20
_DONE: Final = frozenset({"solved", "closed"})


class TicketsApi:
    """Asks the ticket service."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str, seconds: float) -> None:
        self._session = session
        self._url = f"{url}/api/v1"
        self._authorization = {"authorization": f"Bearer {token}"}
        self._timeout = aiohttp.ClientTimeout(total=seconds)

    async def open_tickets(self, number: str) -> tuple[int, ...]:
        """Numbers of the tickets that somebody asks in and that are not done, newest first.

        Args:
            number: of their telephone, in E.164.

        Raises:
            DeskRefused: the ticket service says no.
            DeskAway: it did not answer.
        """
        found = await self._get("/tickets", requester=number, limit=str(_MOST))
        numbers = [int(one["number"]) for one in found["items"] if one["status"] not in _DONE]
        return tuple(sorted(numbers, reverse=True))

    async def ringing(self) -> Rung:
        """Whose telephones can be rung now for each team, in order, and what the teams are called.

        Raises:
            DeskRefused, DeskAway: as above.
        """
        found = await self._get("/desk/ringing")
        teams = {
            str(team): tuple(
                Agent(str(one["agent"]), str(one["name"]), str(one["phone"]), tuple(one.get("languages", ())))
                for one in agents
            )
            for team, agents in found["teams"].items()
        }
        # An older ticket service tells no titles.
        return Rung(teams, (found.get("names") or {}).get("teams") or {})

    async def caller(self, number: str) -> tuple[str, tuple[int, ...]]:
        """The name that the desk knows by a number in E.164, and its open tickets, newest first.

        Raises:
            DeskRefused, DeskAway: as above.
        """
        found = await self._get(f"/desk/callers/{quote(number)}")
        return str(found.get("name") or ""), tuple(int(one["number"]) for one in found["tickets"])

    async def agent(self, handle: str) -> OnCall | None:
        """An agent, with the number where the desk may ring them; None: there is no such one.

        Raises:
            DeskRefused, DeskAway: as above.
        """
        try:
            found = await self._get(f"/agents/{quote(handle, safe='')}")
        except DeskRefused as error:
            if error.status == NOT_FOUND:
                return None
            raise
        languages = found.get("languages") or [""]
        return OnCall(str(found["name"]), str(found.get("phone") or ""), str(languages[0]))

    async def acknowledge(self, page: str, agent: str) -> str:
        """An agent has a page; the handle of who has it, perhaps since before.

        Raises:
            DeskRefused: it waits for nobody any more, or is none of theirs.
            DeskAway: as above.
        """
        path = f"/desk/pages/{quote(page, safe='')}/acknowledge"
        found = await self._ask("POST", path, agent=agent, via=f"phone:{page}")
        return str(found.get("acknowledged_by") or "")

    async def report_attempt(self, callback: str, attempt: int, told: Mapping[str, Any]) -> None:
        """Tell what became of an attempt to call a customer back; the same again changes nothing.

        Raises:
            DeskRefused, DeskAway: as above.
        """
        await self._ask("POST", f"/callbacks/{quote(callback, safe='')}/attempts/{attempt}", body=told)

    async def send_code(self, ticket: int, call_began: datetime, key: str) -> bool:
        """Whether a code was texted to a number on file of whoever asks in a ticket; False: there is none such.

        Args:
            call_began: before which it must have been on file.
            key: with the same one again nothing is sent.

        Raises:
            DeskRefused: no code may be sent now.
            DeskAway: as above.
        """
        path, began = f"/tickets/{ticket}/verification", call_began.isoformat()
        found = await self._get(path, call_began_at=began)
        number = next((one for one in found["factors"] if one["usable"] and one["medium"] == "sms"), None)
        if number is None:
            return False
        await self._ask("POST", path, body={"factor": number["id"], "call_began_at": began}, key=key)
        return True

    async def check_code(self, ticket: int, code: str, key: str) -> CodeAnswer:
        """What the desk says of a code: `right`, `wrong` and may be tried again, or `none` where there is none to try.

        Raises:
            DeskAway: as above.
        """
        try:
            await self._ask("POST", f"/tickets/{ticket}/verification/check", body={"code": code}, key=key)
        except DeskRefused as error:
            return "wrong" if error.problem.get("tries_left") else "none"
        return "right"

    async def _get(self, path: str, **parameters: str) -> Any:
        return await self._ask("GET", path, params=parameters)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        agent: str = "",
        via: str = "",
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        key: str = "",
    ) -> Any:
        """`agent`: in whose name; theirs are the rights then, and `via` the way by which they came.

        `key`: with it, asking again does nothing.
        """
        headers = {**self._authorization, **({"ventanilla-agent": agent} if agent else {})}
        headers |= {"ventanilla-via": via} if via else {}
        headers |= {"idempotency-key": key} if key else {}
        with tracing.span("ask tickets", tracing.Kind.CLIENT) as trace:
            headers |= {tracing.HEADER: trace} if trace else {}
            return await self._answer(method, path, params, body, headers)

    async def _answer(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
        headers: Mapping[str, str],
    ) -> Any:
        try:
            async with self._session.request(
                method, f"{self._url}{path}", params=params, json=body, headers=headers, timeout=self._timeout
            ) as answer:
                if answer.status >= 500 or answer.status == 429:
                    raise DeskAway(f"{method} {path}: {answer.status}")
                if answer.status >= 400:
                    raise DeskRefused(f"{method} {path}: {answer.status}", answer.status, await _problem(answer))
                return await answer.json()
        except (TimeoutError, aiohttp.ClientError, ValueError, OSError) as error:
            raise DeskAway(f"{method} {path}: {type(error).__name__}") from error


async def _problem(answer: aiohttp.ClientResponse) -> Mapping[str, Any]:
    """The problem document of an answer; empty where it is none."""
    try:
        found = await answer.json(content_type=None)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
