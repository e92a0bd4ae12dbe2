"""An agent's morning: the queue, a mention, an answer that was found before, the day's numbers.

On the oldest Postgres that we promise to work with, where it is installed.
"""

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_older_postgres import older_programs
from tests.support.desk import RunningDesk, mail
from tests.support.polling import eventually

_LONG_PAST_MIDNIGHT = "Etc/UTC" if datetime.now(UTC).hour >= 6 else "Etc/GMT-8"


@pytest.fixture
async def desk(servers_folder: Path) -> AsyncIterator[RunningDesk]:
    folder = servers_folder / "queues"
    async with RunningDesk(folder, postgres_programs=older_programs()).running() as desk:
        yield desk
    shutil.rmtree(folder, ignore_errors=True)


async def test_what_was_solved_before_is_shown_to_whoever_has_the_next_ticket_like_it(desk: RunningDesk) -> None:
    await desk.api("PUT", "/teams/first-line", json={"tier": "1"})
    for handle in ("ana", "bob"):
        person = {"name": handle.title(), "email": f"{handle}@desk.example", "teams": [{"team": "first-line"}]}
        await desk.api("PUT", f"/agents/{handle}", json=person)
    await desk.send_later(mail("VPN desde el hotel", "La VPN conecta pero no carga nada.", message_id="<1@x.example>"))
    await desk.settled(1)
    solved = {"status": "solved", "team": "first-line", "resolution": "Perfil cambiado a TCP 443."}
    await desk.api("PATCH", "/tickets/1", json=solved)
    await desk.send_later(
        mail("vpn", "en el hotel la vpn no carga", sender="luis@otro.example", message_id="<2@x.example>")
    )
    await desk.settled(2)
    await desk.api("PATCH", "/tickets/2", json={"team": "first-line"})

    async def shown() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await desk.api("GET", "/tickets/2/similar"))["items"]
        return items

    [found] = await eventually(shown, 20)
    assert (found["number"], found["resolution"]) == (1, "Perfil cambiado a TCP 443.")

    queue = await desk.api("GET", "/agents/ana/queue", params={"view": "unassigned"})
    assert [item["number"] for item in queue["items"]] == [2]
    await desk.api("POST", "/tickets/2/assign", json={"agent": "ana"})
    await desk.api("POST", "/tickets/2/replies", json={"text": "@bob, ¿te suena?", "internal": True})
    counts = [await desk.api("GET", f"/agents/{handle}/counts") for handle in ("ana", "bob")]
    assert [(one["mine"], one["waiting"], one["mentions"]) for one in counts] == [(1, 1, 0), (0, 0, 1)]
    day = await desk.api("GET", "/agents/ana/day", params={"zone": _LONG_PAST_MIDNIGHT})
    assert (day["taken"], day["open"], day["oldest_waiting"]["number"]) == (1, 1, 2)
    pulse = await desk.api("GET", "/teams/first-line/pulse")
    assert (pulse["open"], pulse["unassigned"], pulse["available"]) == (1, 0, ["ana", "bob"])
