"""Files and pictures of answers, the headers they come down with, and what a mail left out."""

from hashlib import sha256
from typing import Any

import httpx
import orjson

from tests.integration.tickets.api_desk import ApiDesk, new_ticket, open_api_desk
from tests.integration.tickets.incoming_mail import mail, settle
from tests.support.broker import Desk as BrokerDesk

PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 20


async def reply(client: httpx.AsyncClient, **body: Any) -> httpx.Response:
    return await client.post("/api/v1/tickets/1/replies", json={"text": "Ya está.", **body})


async def mails(api: ApiDesk) -> list[dict[str, Any]]:
    return await api.leaving("notification.requested")


async def test_pictures_in_an_agents_html_go_within_the_mail(database: str, nats: BrokerDesk) -> None:
    async with open_api_desk(database, nats) as api:
        client = await api.client("read", "write", name="eva")
        await client.post("/api/v1/tickets", json=new_ticket())
        picture = await _upload(client, "captura.png", PNG, "application/octet-stream")
        page = await _upload(client, "foto.png", b"<html><script>alert(1)</script>", "image/png")

        made = await reply(
            client,
            html=f'<p>Mire:</p><img src="cid:{picture["id"]}" onerror="x()"><a href="cid:x">x</a>',
            attachments=[picture["id"]],
        )
        missing = await reply(client, html=f'<img src="cid:{page["id"]}">')
        disguised = await reply(client, html=f'<img src="cid:{page["id"]}">', attachments=[page["id"]])

        assert (picture["detected_type"], picture["dangerous"]) == ("image/png", None)
        assert (page["detected_type"], page["dangerous"]) == ("text/html", "disguised")
        assert (missing.status_code, disguised.status_code) == (422, 422)
        assert disguised.json()["errors"][0]["pointer"] == "/html"
        (sent,) = await mails(api)
        (file,) = sent["attachments"]
        assert (file["inline"], file["content_type"]) == (True, "image/png")
        assert f'<img src="cid:{file["content_id"]}"' in sent["html"]
        assert "onerror" not in sent["html"]
        assert 'href="cid' not in sent["html"]
        (shown,) = made.json()["attachments"]
        assert f'src="{shown["url"]}"' in made.json()["html"]
        down = await client.get(shown["url"])
        assert (down.content, down.headers["content-type"]) == (PNG, "image/png")


async def test_a_file_is_served_as_what_it_is_proven_to_be_with_headers_that_keep_it_still(
    database: str, nats: BrokerDesk
) -> None:
    async with open_api_desk(database, nats) as api:
        client = await api.client("read", "write", name="eva")
        await client.post("/api/v1/tickets", json=new_ticket())
        evil = await _upload(client, "fact\u202efdp.exe\u200b", b"MZ\x90\x00", "application/pdf")
        page = await _upload(client, "CON.html", b"<!doctype html><p>x", "text/html")
        made = (await reply(client, attachments=[evil["id"], page["id"]])).json()
        first, second = made["attachments"]

        answers = [await client.get(one["url"]) for one in (first, second)]
        cached = await client.get(first["url"], headers={"if-none-match": answers[0].headers["etag"]})
        lost = await client.get(f"/api/v1/attachments/{made['id']}.7")
        stranger = await api.client_with(None).get(first["url"])

        assert (evil["filename"], evil["dangerous"]) == ("factfdp.exe", "executable")
        assert (page["filename"], page["dangerous"]) == ("_CON.html", "markup")
        assert [one.headers["content-type"] for one in answers] == ["application/octet-stream"] * 2
        assert [one.status_code for one in (cached, lost, stranger)] == [304, 404, 401]
        for answer in (*answers, cached, lost, stranger):
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"
            assert "no-store" in answer.headers["cache-control"]
        for answer in (*answers, cached):
            assert answer.headers["content-disposition"].startswith("attachment;")


async def test_what_of_a_mail_is_only_in_its_original_is_said(database: str) -> None:
    async with open_api_desk(database) as api:
        client = await api.client("read", name="eva")
        await settle(api, mail(1, notes=("attachments_cut",), findings='{"notes": ["attachments_cut"]}'))

        (message,) = (await client.get("/api/v1/tickets/1/messages")).json()["items"]
        history = (await client.get("/api/v1/tickets/1/history")).json()["items"]

        assert message["notes"] == ["attachments_cut"]
        noted = [one["detail"]["notes"] for one in history if one["action"] == "message.incomplete"]
        assert noted == [["attachments_cut"]]


async def test_an_empty_file_of_a_customer_comes_down_empty(database: str) -> None:
    empty = {"filename": "vacío.txt", "content_type": "text/plain", "size_bytes": 0, "sha256": sha256(b"").hexdigest()}
    async with open_api_desk(database) as api:
        client = await api.client("read", name="eva")
        await settle(api, mail(1, attachments=orjson.dumps([empty]).decode()))
        (message,) = (await client.get("/api/v1/tickets/1/messages")).json()["items"]

        answer = await client.get(message["attachments"][0]["url"])

        assert (answer.status_code, answer.content) == (200, b"")


async def _upload(client: httpx.AsyncClient, name: str, data: bytes, kind: str) -> dict[str, Any]:
    answer = await client.post(
        "/api/v1/attachments", params={"filename": name}, content=data, headers={"content-type": kind}
    )
    assert answer.status_code == 201, answer.text
    stored: dict[str, Any] = answer.json()
    return stored
