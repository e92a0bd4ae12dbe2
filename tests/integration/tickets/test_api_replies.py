"""Answers, notes, files and originals; and the customer's side of a ticket."""

import asyncio
import email
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import httpx
import orjson
import pytest

from tests.integration.tickets.api_desk import MAILBOX, ApiDesk, new_ticket, open_api_desk
from tests.support.broker import Desk as BrokerDesk
from ventanilla_runtime.blobs import Blobs


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


@pytest.fixture
async def ana(api: ApiDesk) -> httpx.AsyncClient:
    client = await api.client("read", "write", name="ana")
    assert (await client.post("/api/v1/tickets", json=new_ticket())).status_code == 201
    return client


async def reply(client: httpx.AsyncClient, key: str | None = None, **body: Any) -> httpx.Response:
    headers = {"idempotency-key": key} if key else {}
    return await client.post("/api/v1/tickets/1/replies", json={"text": "Ya está.", **body}, headers=headers)


async def test_an_answer_leaves_as_a_mail_in_the_customers_thread(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await _set_rfc_id(api, "first@cliente.example")

    made = (await reply(ana, html="<p>Ya está.</p>")).json()
    second = (await reply(ana, text="Una cosa más")).json()

    mails = await api.leaving("notification.requested")
    assert mails[0]["subject"] == "Re: La impresora no responde [#1]"
    assert mails[0]["automatic"] is False
    assert mails[0]["to"] == {"address": "ana@cliente.example", "name": "Ana"}
    assert mails[0]["text"].startswith("Ya está.\n\n-- \n")
    assert "<p>Ya está.</p>" in mails[0]["html"]
    form = mails[0]["mail"]
    assert form["from_address"] == MAILBOX
    assert form["in_reply_to"] == "first@cliente.example"
    assert form["references"] == ["first@cliente.example"]
    assert form["reply_to"].startswith("soporte+t.1-")
    assert form["return_path"].startswith("soporte+b.1-")
    assert form["message_id"] == made["message_id"]
    assert api.desk.signer.ticket_of_message_id(form["message_id"]) == 1
    assert mails[1]["mail"]["references"] == [made["message_id"], "first@cliente.example"]
    assert second["message_id"] != made["message_id"]
    queued = {"state": "queued", "detail": None, "template": False, "recipients": {}}
    assert (made["kind"], made["delivery"]) == ("agent", queued)
    assert made["ticket"] == {"number": 1, "status": "open", "version": 2}
    added = await api.leaving("ticket.message_added")
    assert [event["kind"] for event in added] == ["agent", "agent"]


async def test_the_first_answer_counts_as_the_first_response(ana: httpx.AsyncClient) -> None:
    await reply(ana, internal=True)
    after_note = (await ana.get("/api/v1/tickets/1")).json()["service_level"]["first_response"]
    await reply(ana)
    first = (await ana.get("/api/v1/tickets/1")).json()["service_level"]["first_response"]
    await reply(ana)
    later = (await ana.get("/api/v1/tickets/1")).json()["service_level"]["first_response"]

    assert after_note["state"] == "none"
    assert first["state"] == "met"
    assert later == first


async def test_a_note_stays_inside(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    made = (await reply(ana, internal=True)).json()

    assert (made["kind"], made["delivery"]) == ("note", None)
    assert made["ticket"]["status"] == "new"
    assert await api.leaving("notification.requested") == []
    actions = [entry["action"] for entry in (await ana.get("/api/v1/tickets/1/history")).json()["items"]]
    assert actions == ["ticket.created", "note.added"]


async def test_an_answer_may_carry_a_status_which_goes_into_the_history(ana: httpx.AsyncClient) -> None:
    made = (await reply(ana, status="solved", resolution="a new toner")).json()
    impossible = await reply(ana, status="new")

    assert made["ticket"]["status"] == "solved"
    assert (await ana.get("/api/v1/tickets/1")).json()["solved_at"]
    history = (await ana.get("/api/v1/tickets/1/history")).json()["items"]
    assert [line["detail"] for line in history[-2:]] == [
        {"field": "status", "old": "new", "new": "solved"},
        {"field": "resolution", "old": None, "new": "a new toner"},
    ]
    assert impossible.status_code == 409


async def test_a_closed_ticket_takes_notes_but_no_answers(ana: httpx.AsyncClient) -> None:
    await ana.patch("/api/v1/tickets/1", json={"status": "closed", "resolution": "told them"})

    assert (await reply(ana)).status_code == 409
    assert (await reply(ana, internal=True)).status_code == 201


async def test_html_is_cleaned_before_it_is_kept_or_sent(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    html = (
        '<p onclick="x()">Hola <b>Ana</b></p><script>alert(1)</script><a href="javascript:x()">a</a>'
        '<img src=x onerror=y><iframe src="//evil"></iframe><style>p{}</style>'
    )

    made = (await reply(ana, html=html)).json()

    (mail,) = await api.leaving("notification.requested")
    for text in (made["html"], mail["html"]):
        assert "<b>Ana</b>" in text
        for evil in ("onclick", "script", "javascript", "onerror", "iframe", "<style"):
            assert evil not in text


async def test_a_text_without_html_is_escaped_in_the_mail(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await reply(ana, text="1 < 2 & <b>no</b>\nzwei\n\ndrei")

    (mail,) = await api.leaving("notification.requested")
    assert "1 &lt; 2 &amp; &lt;b&gt;no&lt;/b&gt;<br>" in mail["html"]
    assert "<p>drei</p>" in mail["html"]
    assert mail["text"].startswith("1 < 2 & <b>no</b>\nzwei\n\ndrei\n")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"text": " \n"}, "/text"),
        ({"text": "x" * 30_001}, "/text"),
        ({"text": None}, "/text"),
        ({"html": "x" * 60_001}, "/html"),
        ({"status": "done"}, "/status"),
        ({"attachments": ["not-an-id"]}, "/attachments/0"),
        ({"attachments": ["11111111-1111-1111-1111-111111111111"]}, "/attachments/0"),
        ({"text": "\u4e2d" * 30_000, "html": "\u4e2d" * 60_000}, "/text"),
    ],
)
async def test_a_wrong_answer_is_refused_by_field(
    api: ApiDesk, ana: httpx.AsyncClient, body: dict[str, Any], pointer: str
) -> None:
    answer = await reply(ana, **body)

    assert answer.status_code == 422
    assert pointer in [fault["pointer"] for fault in answer.json()["errors"]]
    assert await api.leaving("notification.requested") == []


async def test_the_longest_text_still_fits_into_one_event(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    assert (await reply(ana, text="&\u4e2d" * 15_000)).status_code == 201

    (mail,) = await api.leaving("notification.requested")
    assert len(orjson.dumps(mail)) < 256 * 1024
    assert len(mail["text"]) <= 32_000


async def test_the_same_key_answers_once_and_another_body_is_refused(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(reply(ana, "k-1") for _ in range(6)))
    other = await reply(ana, "k-1", text="Otra cosa.")

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 5
    assert other.status_code == 422
    assert len(await api.leaving("notification.requested")) == 1
    assert len((await ana.get("/api/v1/tickets/1/messages")).json()["items"]) == 2


async def test_a_refused_answer_does_not_use_its_key_up(ana: httpx.AsyncClient) -> None:
    assert (await reply(ana, "k-2", status="new")).status_code == 201
    await ana.patch("/api/v1/tickets/1", json={"status": "closed", "resolution": "told them"})
    assert (await reply(ana, "k-3")).status_code == 409

    assert (await reply(ana, "k-3", internal=True)).status_code == 201


async def test_the_customers_line_wakes_a_solved_ticket(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await ana.patch("/api/v1/tickets/1", json={"status": "solved", "resolution": "a new toner"})
    portal = await api.client("portal")
    address = f"/api/v1/status/{api.desk.signer.status_token(1)}"

    answers = await asyncio.gather(
        *(portal.post(f"{address}/replies", json={"text": "No, sigue igual", "key": "k" * 20}) for _ in range(5))
    )

    assert {answer.status_code for answer in answers} == {201}
    ticket = (await ana.get("/api/v1/tickets/1")).json()
    assert (ticket["status"], ticket["solved_at"]) == ("open", None)
    messages = (await ana.get("/api/v1/tickets/1/messages")).json()["items"]
    assert [(message["kind"], message["channel"]) for message in messages] == [
        ("customer", "api"),
        ("customer", "portal"),
    ]
    history = (await ana.get("/api/v1/tickets/1/history")).json()["items"]
    assert history[-1]["actor"] == "customer"
    assert history[-1]["detail"]["status"] == ["solved", "open"]
    assert await api.leaving("notification.requested") == []


async def test_the_public_part_of_a_ticket_holds_nothing_internal(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await api.database.execute("update ticket set assignee = 'secret-agent', team = 'secret-team'")
    await reply(ana, text="secret note", internal=True)
    await reply(ana)
    portal = await api.client("portal")

    answer = await portal.get(f"/api/v1/status/{api.desk.signer.status_token(1)}")

    assert "secret" not in answer.text
    assert "cliente.example" not in answer.text
    public = answer.json()
    assert public["holder"] == "person"
    assert [(message["from"], message["author"]) for message in public["messages"]] == [
        ("customer", "Ana"),
        ("desk", "Soporte"),
    ]


async def test_tokens_of_other_purposes_open_no_status_page(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    portal = await api.client("portal")
    signer = api.desk.signer

    for token in (signer.reply_token(1), signer.bounce_token(1), signer.status_token(2), "1-" + "a" * 26, "1"):
        assert (await portal.get(f"/api/v1/status/{token}")).status_code == 404
        posted = await portal.post(f"/api/v1/status/{token}/replies", json={"text": "hola", "key": "k" * 20})
        assert posted.status_code == 404


async def test_a_file_goes_up_into_one_answer_and_comes_down_again(database: str, nats: BrokerDesk) -> None:
    async with open_api_desk(database, nats) as api:
        ana = await api.client("read", "write", name="ana")
        await ana.post("/api/v1/tickets", json=new_ticket())
        data = bytes(range(256)) * 1000
        name = 'informe "2026" añadido;.html'

        up = await ana.post(
            "/api/v1/attachments", params={"filename": name}, content=data, headers={"content-type": "text/html"}
        )
        stranger = await reply(await api.client("write", name="eve"), attachments=[up.json()["id"]])
        made = (await reply(ana, attachments=[up.json()["id"]])).json()
        again = await reply(ana, attachments=[up.json()["id"]])
        down = await ana.get(made["attachments"][0]["url"])

        assert up.status_code == 201
        assert up.json()["sha256"] == sha256(data).hexdigest()
        assert stranger.status_code == again.status_code == 422
        assert down.content == data
        assert down.headers["content-disposition"].startswith('attachment; filename="informe _2026_ a_adido_.html"')
        assert "filename*=UTF-8''informe%20_2026_%20a%C3%B1adido%3B.html" in down.headers["content-disposition"]
        assert down.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in down.headers["content-security-policy"]
        cached = await ana.get(made["attachments"][0]["url"], headers={"if-none-match": down.headers["etag"]})
        assert cached.status_code == 304
        (mail,) = await api.leaving("notification.requested")
        assert mail["attachments"][0]["blob"]["bucket"] == "attachments"
        for wrong in (f"{made['id']}.1", f"{made['id']}.x", "..%2f..", f"{made['id']}"):
            assert (await ana.get(f"/api/v1/attachments/{wrong}")).status_code == 404


async def test_uploads_have_a_limit_and_a_type(database: str, nats: BrokerDesk) -> None:
    async with open_api_desk(database, nats) as api:
        ana = await api.client("write")

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(27):
                yield b"x" * 1024 * 1024

        where = {"url": "/api/v1/attachments", "params": {"filename": "x.bin"}}
        assert (await ana.post(**where, content=endless())).status_code == 413
        assert (await ana.post("/api/v1/attachments", content=b"x")).status_code == 422
        assert (await ana.post(**where, files={"file": b"x"})).status_code == 415
        assert (await ana.post(**where, content=b"x", headers={"content-type": "no type"})).status_code == 415


async def test_the_original_comes_byte_for_byte_and_holds_its_files(database: str, nats: BrokerDesk) -> None:
    mail = email.message.EmailMessage()
    mail["Subject"] = "con archivo"
    mail.set_content("hola")
    mail.add_attachment(b"\x00\x01bytes", maintype="image", subtype="png", filename="x.png")
    raw = mail.as_bytes()
    async with open_api_desk(database, nats) as api:
        ana = await api.client("read", "write", name="ana")
        await ana.post("/api/v1/tickets", json=new_ticket())
        assert api.broker
        assert api.publisher
        ref = await Blobs(await nats.connect("intake-email"), await _publisher(nats)).put("raw", raw)
        file = {
            "filename": "x.png",
            "content_type": "image/png",
            "size_bytes": 7,
            "sha256": sha256(b"\x00\x01bytes").hexdigest(),
        }
        lost = {**file, "sha256": "0" * 64}
        await api.database.execute(
            "update message set raw = $1::jsonb, attachments = $2::jsonb",
            ref.model_dump_json(),
            orjson.dumps([file, lost]).decode(),
        )
        message = (await ana.get("/api/v1/tickets/1/messages")).json()["items"][0]

        original = await ana.get(message["raw"])
        inside = await ana.get(message["attachments"][0]["url"])
        gone = await ana.get(message["attachments"][1]["url"])

        assert original.content == raw
        assert original.headers["content-type"] == "message/rfc822"
        assert original.headers["content-disposition"].startswith("attachment")
        assert inside.content == b"\x00\x01bytes"
        assert gone.status_code == 410


async def _publisher(nats: BrokerDesk) -> Any:
    from ventanilla_runtime.publish import Publisher

    publisher = Publisher(await nats.connect("intake-email"))
    await publisher.start()
    return publisher


async def _set_rfc_id(api: ApiDesk, id_: str) -> None:
    await api.database.execute("update message set rfc_message_id = $1", id_)
