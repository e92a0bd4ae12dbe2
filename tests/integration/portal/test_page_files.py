"""Files on the status page: whoever has its link saves what they and the desk exchanged, and nothing else."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from portal.errors import TicketsAway
from tests.integration.portal.test_pages import Elements, Rig
from tests.integration.tickets.api_desk import open_api_desk
from tests.support.broker import Desk as BrokerDesk

PDF = b"%PDF-1.7 " + b"informe" * 50_000
PAGE = b"<html><script>alert(1)</script></html>"


@pytest.fixture
async def rig(database: str, nats: BrokerDesk) -> AsyncIterator[Rig]:
    async with open_api_desk(database, nats) as desk:
        token, _ = await desk.tokens.create("portal", ["portal"], None)
        yield Rig(desk, await desk.client("read", "write"), token)


async def _upload(rig: Rig, name: str, data: bytes, kind: str) -> str:
    made = await rig.agent.post(
        "/api/v1/attachments", params={"filename": name}, content=data, headers={"content-type": kind}
    )
    return str(made.json()["id"])


async def _say(rig: Rig, *files: str, number: int = 1, **more: Any) -> dict[str, Any]:
    made = await rig.agent.post(
        f"/api/v1/tickets/{number}/replies", json={"text": "Aquí está.", "attachments": list(files), **more}
    )
    assert made.status_code == 201, made.text
    body: dict[str, Any] = made.json()
    return body


async def _links(rig: Rig, path: str) -> dict[str, str]:
    """Name of each file on the page → where it is."""
    page = Elements((await rig.browser.get(path)).text)
    links = [str(attrs["href"]) for attrs in page.all("a") if "download" in attrs]
    return {(await rig.browser.get(link)).headers["content-disposition"].rpartition("''")[2]: link for link in links}


async def test_a_file_of_the_desk_comes_down_whole_for_saving_and_is_never_shown_or_kept(rig: Rig) -> None:
    path = await rig.open()
    await _say(
        rig,
        await _upload(rig, "informe.pdf", PDF, "application/pdf"),
        await _upload(rig, "foto.png", PAGE, "image/png"),
    )

    links = await _links(rig, path)
    report = await rig.browser.get(links["informe.pdf"])
    disguised = await rig.browser.get(links["foto.png"])
    text = Elements((await rig.browser.get(path)).text).text

    assert report.content == PDF
    assert int(report.headers["content-length"]) == len(PDF)
    assert disguised.content == PAGE
    for answer in (report, disguised):
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment; filename=")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "sandbox"
        assert answer.headers["cache-control"] == "no-store"
    assert "350 kB" in text
    assert "Cuidado: no es lo que dice su nombre" in text


async def test_a_file_of_a_note_of_another_ticket_or_of_what_was_taken_back_is_nobodys_to_save(rig: Rig) -> None:
    path, other = await rig.open(), await rig.open(requester={"address": "eva@otra.example"})
    mine = await _say(rig, await _upload(rig, "a.pdf", PDF, "application/pdf"))
    note = await _say(rig, await _upload(rig, "nota.pdf", PDF, "application/pdf"), internal=True)
    theirs = await _say(rig, await _upload(rig, "b.pdf", PDF, "application/pdf"), number=2)
    (link,) = (await _links(rig, path)).values()
    await rig.desk.database.execute("update message set deleted_at = now() where id = $1", theirs["id"])

    async def status(page: str, message: dict[str, Any], position: int = 0) -> int:
        return (await rig.browser.get(f"{page}/files/{message['id']}.{position}")).status_code

    assert (await rig.browser.get(link)).status_code == 200
    assert await status(path, mine) == 200
    assert await status(path, mine, 1) == 404
    assert await status(path, note) == 404
    assert await status(path, theirs) == 404
    assert await status(other, theirs) == 404
    assert await status(other, mine) == 404


async def test_a_link_that_leads_nowhere_any_more_gives_no_file_either(rig: Rig) -> None:
    path = await rig.open()
    await _say(rig, await _upload(rig, "a.pdf", PDF, "application/pdf"))
    (link,) = (await _links(rig, path)).values()
    before = await rig.browser.get(link)
    await rig.desk.database.execute("update ticket set page_epoch = page_epoch + 1")

    after = await rig.browser.get(link)
    forged = await rig.browser.get(link.replace("-", "-a", 1))

    assert before.status_code == 200
    assert (after.status_code, forged.status_code) == (404, 404)
    assert "Aquí no está este archivo" in after.text


async def test_what_is_not_kept_any_more_is_said_in_the_language_of_the_page(rig: Rig) -> None:
    path = await rig.open()
    await _say(rig, await _upload(rig, "a.pdf", PDF, "application/pdf"))
    (link,) = (await _links(rig, f"{path}?lang=en")).values()
    await rig.desk.database.execute("update message set attachments = jsonb_set(attachments, '{0,blob}', 'null')")

    gone = await rig.browser.get(link)
    strange = await rig.browser.get(f"{path}/files/..%2F..%2Ftickets")

    assert gone.status_code == 410
    assert "This file is not kept any more" in gone.text
    assert strange.status_code == 404


async def test_many_slow_downloads_leave_the_page_to_others(rig: Rig) -> None:
    path = await rig.open()
    await _say(rig, await _upload(rig, "a.pdf", PDF, "application/pdf"))
    (link,) = (await _links(rig, path)).values()
    token, file = path.rpartition("/")[2], link.rpartition("/")[2].partition("?")[0]

    async with AsyncExitStack() as stack:
        for _ in range(10):
            stack.push_async_callback((await rig.tickets.download(token, file)).close)
        with pytest.raises(TicketsAway):
            await rig.tickets.download(token, file)
        busy = await rig.browser.get(link)
        page = await rig.browser.get(path)
    free = await rig.browser.get(link)

    assert (busy.status_code, busy.headers["retry-after"]) == (503, "60")
    assert page.status_code == 200
    assert free.content == PDF


async def test_an_older_ticket_service_names_files_that_nobody_can_save(rig: Rig) -> None:
    path = await rig.open()
    await _say(rig, await _upload(rig, "a.pdf", PDF, "application/pdf"))
    inner = rig.network.inner

    class Older(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            answer = await inner.handle_async_request(request)
            await answer.aread()
            ticket = answer.json()
            for message in ticket["messages"]:
                del message["files"]
            return httpx.Response(200, json=ticket)

    rig.network.inner = Older()
    page = Elements((await rig.browser.get(path)).text)

    assert "a.pdf" in page.text
    assert not [attrs for attrs in page.all("a") if "download" in attrs]
