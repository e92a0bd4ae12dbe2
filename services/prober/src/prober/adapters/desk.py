"""The tickets API, with a token that can do nothing but this."""

import asyncio
import re
import time
from typing import Any, Final

import httpx

from prober.adapters.http_doors import asked
from prober.domain.probe import Probe
from prober.errors import Away, Late, Refused

_SECONDS: Final = 10.0
_LEAST_SECONDS: Final = 1.0
"""So long the desk has for its last word, though the time is over."""
_ID: Final = re.compile(r"[0-9a-f]{16}")
_FIRST_LOOK_SECONDS: Final = 0.05
_LONGEST_LOOK_SECONDS: Final = 1.0
_API: Final = "/api/v1/probes"
_NO_DESK: Final = "what answers at PROBER_TICKETS_URL is no tickets API: a proxy, or a page to log in?"
_NOT_NOW: Final = frozenset({429, 500, 502, 503, 504})


class Desk:
    """Issues probes, and tells what became of them."""

    def __init__(self, client: httpx.AsyncClient, seconds: float = _SECONDS) -> None:
        """`client`: with the desk's address and the token; `seconds`: for each answer."""
        self._client = client
        self._seconds = seconds

    async def issue(self, channel: str, *, answer: bool = False) -> Probe:
        """A new probe for a channel, as the desk calls it.

        Args:
            answer: its acknowledgement is to leave.

        Raises:
            Refused: this token may not, or this desk does not know probes.
            Away: not now.
        """
        given = await self._ask("POST", _API, json={"channel": channel} | ({"answer": True} if answer else {}))
        words = [given.get(name) for name in ("id", "token", "subject", "text")]
        if not all(isinstance(word, str) and word for word in words) or not _ID.fullmatch(str(words[0])):
            raise Refused(_NO_DESK)
        return Probe(*map(str, words))

    async def seen(self, probe: Probe, within_seconds: float) -> dict[str, Any]:
        """What the desk saw of a probe, once it has.

        Raises:
            Late: not within that time.
            Refused: the desk does not know it.
        """
        row = await self._until(probe, "seen", within_seconds, "accepted, and not seen as a ticket")
        seen = row["seen"]
        if not isinstance(seen, dict) or not isinstance(seen.get("ticket") or {}, dict):
            raise Refused(_NO_DESK)
        return seen

    async def answered(self, probe: Probe, within_seconds: float) -> None:
        """Wait until the acknowledgement of a probe was handed over.

        Raises:
            Late: not within that time.
            Refused: it was not taken; or the desk does not know it.
        """
        row = await self._until(probe, "answer", within_seconds, "seen as a ticket, and not answered")
        if str(row["answer"]).startswith("failed"):
            raise Refused(str(row["answer"])[:200])

    async def _until(self, probe: Probe, name: str, within_seconds: float, otherwise: str) -> dict[str, Any]:
        """The row of a probe, once that field of it says something."""
        ends, wait, trouble = time.monotonic() + within_seconds, _FIRST_LOOK_SECONDS, ""
        while True:
            try:
                row = await self._ask("GET", f"{_API}/{probe.id}", max(ends - time.monotonic(), _LEAST_SECONDS))
                trouble = ""
            except Away as error:  # what is under way arrives all the same
                row, trouble = {}, f"; the desk does not answer: {error}"
            if row.get(name):
                return row
            left = ends - time.monotonic()
            if left <= 0:
                raise Late(f"{otherwise} within {within_seconds:g} s{trouble}")
            await asyncio.sleep(min(wait, left))
            wait = min(wait * 1.5, _LONGEST_LOOK_SECONDS)

    async def open_ticket(self, probe: Probe, requester: str) -> None:
        """The probe of the API itself.

        Raises:
            Refused, Away: it was not accepted.
        """
        body = {"subject": probe.subject, "text": probe.text, "requester": {"address": requester}}
        await self._ask("POST", f"{_API}/{probe.id}/ticket", json=body)

    async def clean(self, probe: Probe) -> None:
        """Let the desk forget what it saw.

        Raises:
            Refused, Away: it did not.
        """
        await self._ask("DELETE", f"{_API}/{probe.id}")

    async def _ask(self, method: str, path: str, within: float | None = None, **body: Any) -> dict[str, Any]:
        seconds = self._seconds if within is None else min(self._seconds, within)
        answer = await asked(self._client, method, path, seconds, **body)
        if answer.is_success:
            return _read(answer) if answer.content else {}
        raise (Away if answer.status_code in _NOT_NOW else Refused)(_words(answer))


def _read(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refused(_NO_DESK)
    return found


def _words(answer: httpx.Response) -> str:
    try:
        said = answer.json()
        detail = said.get("detail") if isinstance(said, dict) else None
    except ValueError:
        detail = None
    return f"HTTP {answer.status_code}: {detail or answer.reason_phrase}"[:200]
