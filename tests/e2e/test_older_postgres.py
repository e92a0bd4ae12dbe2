"""The oldest Postgres that we promise to work with: Debian's, where it is installed."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.desk import RunningDesk, mail

_OLDEST, _WHEELS = 15, 18


def older_programs() -> Path | None:
    """Programs of a Postgres between the oldest that we support and the wheel's; the oldest of them."""
    for version in range(_OLDEST, _WHEELS):
        programs = Path(f"/usr/lib/postgresql/{version}/bin")
        if (programs / "initdb").exists():
            return programs
    return None


@pytest.fixture
async def desk(servers_folder: Path) -> AsyncIterator[RunningDesk]:
    programs = older_programs()
    if programs is None:
        pytest.skip("no Postgres 15 to 17 from Debian")
    folder = servers_folder / "older-postgres"
    async with RunningDesk(folder, postgres_programs=programs).running() as desk:
        yield desk
    shutil.rmtree(folder, ignore_errors=True)


async def test_an_older_postgres_serves_the_desk_too(desk: RunningDesk) -> None:
    [version] = await desk.query("show server_version_num")
    assert _OLDEST <= int(version[0]) // 10_000 < _WHEELS

    await desk.send_later(mail("Facturación", "La factura de enero está mal.", message_id="<f@cliente.example>"))
    await desk.settled(1)
    [ticket] = (await desk.api("GET", "/tickets", params={"q": "facturacion", "status": "new"}))["items"]
    await desk.api("POST", f"/tickets/{ticket['number']}/replies", json={"text": "Ya la hemos corregido."})
    [_, answer] = await desk.sent_to("ana@cliente.example", 2)
    await desk.send_later(mail("Re: Facturación", "¡Gracias!", in_reply_to=answer["Message-ID"]))
    ledger = await desk.settled(2)

    assert ledger["settled"] == {"created": 1, "appended": 1}
    messages = (await desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
    assert [message["kind"] for message in messages] == ["customer", "automatic", "agent", "customer"]

    # Deleted behind the desk's back, on this version too it is named and comes home.
    await desk.query("delete from ticket")
    ledger = await desk.settled(2, 60)
    assert ledger["missing"] == 0
