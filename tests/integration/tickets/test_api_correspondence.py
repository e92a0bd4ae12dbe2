"""Who gets a ticket's mails, what they quote, and how teams sign them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import MAILBOX, ApiDesk, new_ticket, open_api_desk
from tests.integration.tickets.incoming_mail import mail, settle

ANA, LUIS, EVA = "ana@cliente.example", "luis@cliente.example", "eva@otra.example"
PEOPLE = "/api/v1/tickets/1/participants"


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


@pytest.fixture
async def ana(api: ApiDesk) -> httpx.AsyncClient:
    client = await api.client("read", "write", name="ana")
    assert (await client.post("/api/v1/tickets", json=new_ticket())).status_code == 201
    return client


async def reply(client: httpx.AsyncClient, **body: Any) -> httpx.Response:
    return await client.post("/api/v1/tickets/1/replies", json={"text": "Ya está.", **body})


async def mails(api: ApiDesk) -> list[dict[str, Any]]:
    return await api.leaving("notification.requested")


def addresses(people: list[dict[str, str]]) -> list[str]:
    return [one["address"] for one in people]


async def test_people_in_copy_of_a_proven_mail_get_the_answers(api: ApiDesk) -> None:
    client = await api.client("read", "write", name="eva")
    await settle(api, mail(1, copied=(LUIS, MAILBOX, "no-reply@cliente.example", "soporte+t.7-abc@desk.example")))

    made = (await reply(client)).json()

    (sent,) = await mails(api)
    assert (sent["to"]["address"], addresses(sent["cc"])) == (ANA, [LUIS])
    assert sent["cc"][0]["name"] == "Luis"
    assert addresses(made["cc"]) == [LUIS]
    people = (await client.get(PEOPLE)).json()
    assert [(one["address"], one["role"]) for one in people["items"]] == [(ANA, "requester"), (LUIS, "cc")]
    assert people["suggested"] == []
    history = (await client.get("/api/v1/tickets/1/history")).json()["items"]
    assert next(one["detail"]["addresses"] for one in history if one["action"] == "participants.added") == [LUIS]


async def test_nobody_joins_by_an_unproven_mail_and_agents_see_who_was_named(api: ApiDesk) -> None:
    client = await api.client("read", "write", name="eva")
    await settle(api, mail(1, copied=(LUIS,), grade="claimed"))

    (message,) = (await client.get("/api/v1/tickets/1/messages")).json()["items"]
    before = (await client.get(PEOPLE)).json()
    await reply(client)
    added = await client.post(PEOPLE, json={"address": LUIS})
    await reply(client)

    assert addresses(message["suggested_cc"]) == addresses(before["suggested"]) == [LUIS]
    assert addresses(before["items"]) == [ANA]
    first, second = await mails(api)
    assert ("cc" in first, addresses(second["cc"])) == (False, [LUIS])
    assert added.status_code == 201
    assert added.json()["suggested"] == []


async def test_a_stranger_with_the_token_brings_nobody_along(api: ApiDesk) -> None:
    client = await api.client("read", "write", name="eva")
    await settle(api, mail(1))
    token = api.desk.signer.reply_token(1)

    await settle(api, mail(2, sender=EVA, copied=(LUIS,), reply_token=token))

    people = (await client.get(PEOPLE)).json()
    assert addresses(people["items"]) == [ANA]
    assert addresses(people["suggested"]) == [LUIS]


async def test_a_colleague_in_copy_answers_in_the_same_batch(api: ApiDesk) -> None:
    client = await api.client("read", "write", name="eva")
    first = mail(1, copied=(LUIS,))

    await settle(api, first, mail(2, sender=LUIS, replies_to=("1@cliente.example",)))

    messages = (await client.get("/api/v1/tickets/1/messages")).json()["items"]
    assert [one["author"]["address"] for one in messages] == [ANA, LUIS]


async def test_who_was_removed_is_not_brought_back_by_the_next_mail(api: ApiDesk) -> None:
    client = await api.client("read", "write", name="eva")
    await settle(api, mail(1, copied=(LUIS,)))

    removed = await client.delete(f"{PEOPLE}/{LUIS}")
    again = await client.delete(f"{PEOPLE}/{LUIS}")
    await settle(api, mail(2, copied=(LUIS,), replies_to=("1@cliente.example",)))
    await reply(client)

    assert (removed.status_code, again.status_code) == (200, 200)
    assert addresses((await client.get(PEOPLE)).json()["items"]) == [ANA]
    assert "cc" not in (await mails(api))[0]
    assert (await client.post(PEOPLE, json={"address": LUIS})).status_code == 201
    assert addresses((await client.get(PEOPLE)).json()["items"]) == [ANA, LUIS]


async def test_an_agent_adds_and_removes_people_and_each_is_an_event(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    first = await ana.post(PEOPLE, json={"address": "Luis@Cliente.example", "name": "Luis"})
    second = await ana.post(PEOPLE, json={"address": LUIS})
    machine = await ana.post(PEOPLE, json={"address": "mailer-daemon@cliente.example"})
    own = await ana.post(PEOPLE, json={"address": MAILBOX})
    requester = await ana.delete(f"{PEOPLE}/{ANA}")
    nobody = await ana.delete(f"{PEOPLE}/{EVA}")
    missing = await ana.get("/api/v1/tickets/99/participants")

    assert (first.status_code, second.status_code) == (201, 200)
    assert addresses(second.json()["items"]) == [ANA, LUIS]
    assert (machine.status_code, own.status_code, requester.status_code) == (422, 422, 409)
    assert (nobody.status_code, missing.status_code) == (404, 404)
    (changed,) = await api.leaving("ticket.changed")
    assert changed["changes"] == [{"field": "participants", "old": [], "new": [LUIS]}]
    assert changed["ticket"]["version"] == 2
    assert (await (await api.client("read")).post(PEOPLE, json={"address": EVA})).status_code == 403


async def test_there_is_a_limit_to_those_in_copy(ana: httpx.AsyncClient) -> None:
    for number in range(20):
        assert (await ana.post(PEOPLE, json={"address": f"p{number}@cliente.example"})).status_code == 201

    assert (await ana.post(PEOPLE, json={"address": LUIS})).status_code == 409
    assert (await reply(ana, cc=[LUIS])).status_code == 422
    assert (await reply(ana)).status_code == 201


async def test_a_reply_says_who_gets_it(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await ana.post(PEOPLE, json={"address": LUIS, "name": "Luis"})

    made = (await reply(ana, to=[ANA, {"address": EVA, "name": "Eva"}], cc=[LUIS], bcc=["jefe@desk.example"])).json()
    await reply(ana, cc=[])

    first, second = await mails(api)
    assert first["to"]["address"] == ANA
    assert first["also_to"] == [{"address": EVA, "name": "Eva"}]
    assert first["cc"] == [{"address": LUIS, "name": "Luis"}]
    assert addresses(first["bcc"]) == ["jefe@desk.example"]
    assert [addresses(made[role]) for role in ("to", "cc", "bcc")] == [[ANA, EVA], [LUIS], ["jefe@desk.example"]]
    assert "cc" not in second
    assert addresses((await ana.get(PEOPLE)).json()["items"]) == [ANA, LUIS, EVA]


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": []},
        {"to": [MAILBOX]},
        {"cc": ["soporte+t.x@desk.example"]},
        {"bcc": ["postmaster@cliente.example"]},
        {"cc": ["nobody"]},
        {"cc": [f"p{n}@x.example" for n in range(21)]},
        {"internal": True, "cc": [LUIS]},
        {"to": [{"address": LUIS, "phone": "1"}]},
    ],
)
async def test_wrong_recipients_are_refused_and_nothing_leaves(
    api: ApiDesk, ana: httpx.AsyncClient, wrong: dict[str, Any]
) -> None:
    answer = await reply(ana, **wrong)

    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert await mails(api) == []


async def test_a_reply_quotes_what_was_said_newest_first(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await reply(ana, text="¿Qué modelo es?")
    await reply(ana, internal=True, text="Secreto: es la vieja.")
    await reply(ana, text="Ya está.")

    _, second = await mails(api)
    quotation = second["text"].partition("escribió:")[2]
    assert second["text"].startswith("Ya está.\n\n-- \n")
    assert quotation.index("> ¿Qué modelo es?") < quotation.index("> Desde esta mañana")
    assert "Soporte escribió:" in second["text"]
    assert "Ana escribió:" in second["text"]
    assert "Secreto" not in second["text"] + second["html"]
    assert '<blockquote type="cite"' in second["html"]


async def test_quoting_can_be_switched_off_for_one_reply(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await reply(ana, quote=False)

    (sent,) = await mails(api)
    assert "> " not in sent["text"]
    assert "blockquote" not in sent["html"]


async def test_somebody_added_later_gets_nothing_of_what_was_said_before(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await reply(ana, text="Primero")
    await ana.post(PEOPLE, json={"address": LUIS})
    await reply(ana, text="Segundo")
    await reply(ana, text="Tercero")

    _, second, third = await mails(api)
    for sent in (second, third):
        assert "Desde esta mañana" not in sent["text"] + sent["html"]
        assert "Primero" not in sent["text"] + sent["html"]
        # Behind the link to the status page is everything.
        assert "http" not in sent["text"] + sent["html"]
    assert "> Segundo" in third["text"]


async def test_what_is_asked_aside_stays_between_those_who_were_asked(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    made = (await reply(ana, to=[EVA], text="¿Cuánto cuesta?")).json()
    ticket = (await ana.get("/api/v1/tickets/1")).json()
    await settle(api, mail(1, sender=EVA, text="Cien euros", reply_token=api.desk.signer.reply_token(1)))
    await reply(ana, text="Se lo cambiamos.")

    aside, answer = await mails(api)
    assert aside["to"]["address"] == EVA
    assert "Desde esta mañana" not in aside["text"] + aside["html"]
    assert "http" not in aside["text"]
    assert ticket["service_level"]["first_response"]["state"] == "none"
    assert addresses(made["to"]) == [EVA]
    assert (answer["to"]["address"], "cc" in answer) == (ANA, False)
    assert "Cien euros" not in answer["text"]
    assert "¿Cuánto cuesta?" not in answer["text"]
    assert (await ana.post(PEOPLE, json={"address": EVA})).status_code == 409
    portal = await api.client("portal")
    status = await portal.get(f"/api/v1/status/{api.desk.signer.status_token(1)}")
    shown = [one["text"] for one in status.json()["messages"]]
    assert shown == ["Desde esta mañana no sale nada de la impresora de la planta baja.", "Se lo cambiamos."]


async def test_a_conversation_that_does_not_fit_is_left_out_before_the_agents_words(
    api: ApiDesk, ana: httpx.AsyncClient
) -> None:
    for word in ("uno ", "dos ", "tres "):
        await reply(ana, text=word * 1_000)
    await reply(ana, text="x" * 26_000)
    await reply(ana, text="x" * 30_000)

    *_, some, none = await mails(api)
    assert some["text"].startswith("x" * 26_000)
    assert "> tres tres" in some["text"]
    assert "dos dos" not in some["text"] + some["html"]
    assert none["text"].startswith("x" * 30_000)
    assert "escribió" not in none["text"] + none["html"]


async def test_a_team_signs_in_the_language_of_the_ticket(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    admin = await api.client("read", "admin", name="root")
    where = "/api/v1/teams/first-line/signature"
    nothing = (await admin.get(where)).json()

    put = await admin.put(
        where,
        json={
            "signatures": {
                "es": {"text": "{agent}\n{desk} <{team}>", "html": "<b>{agent}</b><script>x</script> {desk}"},
                "en": {"text": "{agent}, {desk}"},
            }
        },
    )
    await reply(ana)
    await admin.put(where, json={"signatures": {}})
    await reply(ana)

    assert nothing == {"team": "first-line", "signatures": {}}
    assert put.json()["signatures"]["es"]["html"] == "<b>{agent}</b> {desk}"
    assert put.json()["signatures"]["es"]["updated_by"] == "agent:root"
    first, second = await mails(api)
    assert "\n\n-- \nana\nSoporte <first-line>\n\nSolicitud 1." in first["text"]
    assert "<b>ana</b> Soporte" in first["html"]
    assert "\n\n-- \nSolicitud 1." in second["text"]
    assert (await ana.put(where, json={"signatures": {}})).status_code == 403
    assert (await admin.put(where, json={"signatures": {"xx": {"text": "x"}}})).status_code == 422


async def test_whom_mail_does_not_reach_is_left_out_of_the_copies_unless_named(
    api: ApiDesk, ana: httpx.AsyncClient
) -> None:
    await settle(api, mail(1, sender=LUIS))
    await ana.post(PEOPLE, json={"address": LUIS})
    await ana.post(PEOPLE, json={"address": EVA})
    await api.database.execute("update identity set undeliverable_since = now() where address = $1", LUIS)

    usual = await reply(ana)
    named = await reply(ana, cc=[LUIS])
    forced = await reply(ana, force=True)

    assert addresses(usual.json()["cc"]) == [EVA]
    assert named.status_code == 409
    assert addresses(forced.json()["cc"]) == [LUIS, EVA]
    history = (await ana.get("/api/v1/tickets/1/history")).json()["items"]
    assert [one["detail"].get("left_out") for one in history if one["action"] == "reply.sent"] == [[LUIS], None]
