"""People by the API and by commands: who they are, what is given to them, whom nobody may erase; dead letters."""

import json
import zipfile
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from tests.integration.tickets.api_desk import ApiDesk, new_ticket, open_api_desk
from tests.integration.tickets.test_api_quarantine import routed
from tests.support.broker import Desk as BrokerDesk
from tests.support.commands import run
from tickets.handlers.privacy import desk as privacy_desk
from tickets.handlers.settling.settle import settle_batch
from ventanilla_contracts.events import DeadLetter
from ventanilla_runtime.delivery import Batch
from ventanilla_runtime.errors import BrokerAway
from ventanilla_runtime.letterbox import Letter, Replayer
from ventanilla_runtime.publish import Outgoing

EVA, OTHER = "eva1@cliente.example", "eva2@cliente.example"


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


async def two_people(api: ApiDesk) -> tuple[int, int]:
    """Tickets of two people; a note, an answer and somebody else's words stand in the first."""
    await settle_batch(Batch([routed(1, quarantine=None), routed(2, quarantine=None)]), api.settle_deps())
    rows = await api.database.fetch("select number from ticket order by requester_address")
    first, second = (row["number"] for row in rows)
    agent = await api.client("read", "write", name="ana")
    await agent.post(f"/api/v1/tickets/{first}/replies", json={"text": "Ya está resuelto.", "html": None})
    await agent.post(f"/api/v1/tickets/{first}/replies", json={"text": "Sospecho de ella.", "internal": True})
    return first, second


async def test_who_asks_gets_what_is_theirs_and_nothing_of_anybody_else(api: ApiDesk) -> None:
    first, second = await two_people(api)
    officer = await api.client("privacy", name="dpo")

    found = (await officer.get(f"/api/v1/privacy/people/{EVA}")).json()
    exported = (await officer.get(f"/api/v1/privacy/people/{EVA}/export", params={"why": "asked"})).json()

    assert (found["tickets"], found["names"], found["legal_holds"]) == ([first], ["Eva"], [])
    [ticket] = exported["tickets"]
    assert ticket["messages"][0]["from"] == "you"
    assert "Ya está resuelto." in [one["text"] for one in ticket["messages"]]
    text = json.dumps(exported)
    assert "Sospecho" not in text
    assert OTHER not in text
    assert ticket["not_given"] == {"notes": 1, "of_others": 0, "to_others": 0}
    assert str(second) not in [str(one["number"]) for one in exported["tickets"]]
    looked = await api.database.fetchrow("select * from desk_decision where action = 'person.looked_at'")
    assert (looked["actor"], looked["token"]) == ("agent:dpo", "dpo")
    assert EVA not in looked["detail"]
    noted = await api.database.fetchrow("select * from desk_decision where action = 'person.exported'")
    assert (noted["actor"], noted["token"], noted["why"]) == ("agent:dpo", "dpo", "asked")
    assert EVA not in noted["detail"]


@pytest.mark.parametrize("limit", ["MOST_MESSAGES", "MOST_BYTES"])
async def test_what_is_too_much_for_an_answer_is_left_to_the_command(
    api: ApiDesk, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    await two_people(api)
    officer = await api.client("privacy", name="dpo")
    monkeypatch.setattr(privacy_desk, limit, 1)

    refused = await officer.get(f"/api/v1/privacy/people/{EVA}/export")

    assert refused.status_code == 409
    assert "3 messages" in refused.json()["detail"]
    assert "tickets export-person" in refused.json()["detail"]
    assert not await api.database.fetch("select 1 from desk_decision where action = 'person.exported'")


async def test_an_erasure_is_ordered_once_and_names_nobody_to_who_looks_at_it(api: ApiDesk) -> None:
    await two_people(api)
    officer = await api.client("privacy", name="dpo")

    made = await officer.post("/api/v1/privacy/erasures", json={"identity": EVA, "why": "asked"})
    again = await officer.post("/api/v1/privacy/erasures", json={"identity": EVA.upper()})

    assert made.status_code == 202
    assert again.json()["id"] == made.json()["id"]
    listed = await officer.get("/api/v1/privacy/erasures")
    assert [one["state"] for one in listed.json()["items"]] == ["ordered"]
    assert EVA not in listed.text
    wrong = await officer.post("/api/v1/privacy/erasures", json={"identity": "Eva"})
    assert (wrong.status_code, "ana@cliente.example" in wrong.json()["detail"]) == (422, True)


async def test_what_is_held_is_not_erased_until_the_hold_is_lifted(api: ApiDesk) -> None:
    first, _ = await two_people(api)
    officer = await api.client("privacy", name="dpo")

    held = await officer.put(f"/api/v1/privacy/holds/{first}", json={"why": "case 12"})
    refused = await officer.post("/api/v1/privacy/erasures", json={"identity": EVA})
    lifted = await officer.delete(f"/api/v1/privacy/holds/{first}")
    taken = await officer.post("/api/v1/privacy/erasures", json={"identity": EVA})

    assert held.json()["items"][0]["placed_by"] == "agent:dpo"
    assert (refused.status_code, f"ticket {first} is held: case 12" in refused.json()["detail"]) == (409, True)
    assert (lifted.status_code, taken.status_code) == (204, 202)
    assert (await officer.put("/api/v1/privacy/holds/99", json={"why": "x"})).status_code == 404


async def test_people_of_the_desk_are_not_erased_as_customers(api: ApiDesk) -> None:
    admin, officer = await api.client("admin"), await api.client("privacy")
    await admin.put("/api/v1/agents/eva", json={"name": "Eva", "email": EVA})

    refused = await officer.post("/api/v1/privacy/erasures", json={"identity": EVA})

    assert (refused.status_code, "eva of the desk" in refused.json()["detail"]) == (409, True)
    assert "DELETE /api/v1/agents/eva" in refused.json()["detail"]
    await admin.delete("/api/v1/agents/eva")
    assert (await officer.post("/api/v1/privacy/erasures", json={"identity": EVA})).status_code == 202


async def test_a_ticket_of_somebody_else_that_names_them_and_is_held_is_shown_and_refuses_before_anything_is_ordered(
    api: ApiDesk,
) -> None:
    _, second = await two_people(api)
    officer, agent = await api.client("privacy", name="dpo"), await api.client("read", "write", name="bea")
    note = {"text": f"the same as {EVA}", "internal": True}
    assert (await agent.post(f"/api/v1/tickets/{second}/replies", json=note)).is_success
    await officer.put(f"/api/v1/privacy/holds/{second}", json={"why": "case 13"})

    found = (await officer.get(f"/api/v1/privacy/people/{EVA}")).json()
    longer = (await officer.get(f"/api/v1/privacy/people/x-{EVA}")).json()
    refused = await officer.post("/api/v1/privacy/erasures", json={"identity": EVA})

    assert found["legal_holds"] == [{"ticket": second, "why": "case 13"}]
    assert longer["legal_holds"] == [], "only part of it stands there"
    assert (refused.status_code, f"ticket {second} is held: case 13" in refused.json()["detail"]) == (409, True)
    assert not await api.database.fetch("select 1 from erasure")


async def test_an_export_is_an_archive_with_a_list_of_its_files(
    database: str, nats: BrokerDesk, tmp_path: Path
) -> None:
    async with open_api_desk(database, nats) as api:
        agent = await api.client("read", "write", name="ana")
        body = new_ticket(requester={"address": EVA, "name": "Eva <b>"}, text="Mi zapatilla <script>")
        number = (await agent.post("/api/v1/tickets", json=body)).json()["number"]
        upload = await agent.post(
            "/api/v1/attachments",
            params={"filename": "guía.pdf"},
            content=b"%PDF-1.4 guia",
            headers={"content-type": "application/pdf"},
        )
        reply = {"text": "Adjunto la guía.", "attachments": [upload.json()["id"]]}
        assert (await agent.post(f"/api/v1/tickets/{number}/replies", json=reply)).is_success
        out = tmp_path / "eva.zip"
        environment = {
            "TICKETS_POSTGRES_URL": database,
            "TICKETS_SECRET": "a secret of the tests",
            "TICKETS_PRIVACY_NATS_URL": nats.address,
            "TICKETS_PRIVACY_NATS_USER": "privacy",
            "TICKETS_PRIVACY_NATS_PASSWORD": nats.password("privacy"),
        }

        made = run("tickets", "export-person", EVA, "--out", str(out), "--yes", environment=environment)

        assert (made.code, made.err) == (0, "")
        assert out.stat().st_mode & 0o077 == 0
        with zipfile.ZipFile(out) as archive:
            listed = {one["path"]: one["sha256"] for one in json.loads(archive.read("manifest.json"))["files"]}
            assert set(listed) == set(archive.namelist()) - {"manifest.json"}
            assert all(sha256(archive.read(path)).hexdigest() == digest for path, digest in listed.items())
            [file] = [path for path in listed if path.startswith("files/")]
            assert archive.read(file) == b"%PDF-1.4 guia"
            page = archive.read("index.html").decode()
            assert "<script>" not in page
            assert json.loads(archive.read("person.json"))["tickets"][0]["number"] == number
        again = run("tickets", "export-person", EVA, "--out", str(out), "--yes", environment=environment)
        assert (again.code, "is there already" in again.err) == (1, True)


async def test_a_dead_letter_is_replayed_and_dropped_by_the_api_and_both_are_noted(
    database: str, fresh_desk: BrokerDesk
) -> None:
    async with open_api_desk(database, fresh_desk) as api:
        admin = await api.client("admin", name="eva")
        letter = DeadLetter(
            id="deadletter.v1:1", service="tickets", stream="ROUTED", created_at="2026-11-01T00:00:00Z", sequence=3,
            reason="bug", failed_at="2026-11-01T00:00:00Z",
        )  # fmt: skip
        assert api.publisher is not None
        publish = Outgoing("DEADLETTER", "desk.deadletter.tickets", letter.model_dump_json().encode())
        older = await api.publisher.publish(publish)
        ack = await api.publisher.publish(publish)
        place = f"/api/v1/dead-letters/{ack.sequence}"

        assert (await admin.get(place)).json()["reason"] == "bug"
        assert (await admin.post(f"{place}/replay", json={"why": "fixed"})).json() == {"ordered": True}
        assert (await admin.post(f"{place}/drop", json={"why": "  "})).status_code == 422
        assert (await admin.post(f"{place}/drop", json={"why": "spam"})).json() == {"dropped": True}
        assert (await admin.post(f"{place}/drop", json={"why": "spam"})).json() == {"dropped": False}

        page = (await admin.get("/api/v1/dead-letters", params={"limit": 1})).json()
        assert (page["complete"], page["before"]) == (False, older.sequence)
        rest = (await admin.get("/api/v1/dead-letters", params={"before": page["before"]})).json()
        assert (rest["items"], rest["complete"], rest["before"]) == ([], True, None)
        assert [one["sequence"] for one in page["items"]] == [older.sequence], "what was dropped takes nobody's place"
        [_, shown] = (await admin.get("/api/v1/dead-letters", params={"dropped": True})).json()["items"]
        assert shown["dropped"]["by"] == "agent:eva"
        assert (await admin.get("/api/v1/dead-letters/999")).status_code == 404
        noted = await api.database.fetch("select action, why from desk_decision order by id")
        assert [tuple(row) for row in noted] == [
            ("deadletter.replay_asked", "fixed"), ("deadletter.replayed", "fixed"), ("deadletter.dropped", "spam"),
        ]  # fmt: skip


async def test_a_replay_that_the_broker_does_not_take_is_noted_with_what_came_of_it(
    database: str, fresh_desk: BrokerDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_api_desk(database, fresh_desk) as api:
        admin = await api.client("admin", name="eva")
        letter = DeadLetter(
            id="deadletter.v1:1", service="tickets", stream="ROUTED", created_at="2026-11-01T00:00:00Z", sequence=3,
            reason="bug", failed_at="2026-11-01T00:00:00Z",
        )  # fmt: skip
        assert api.publisher is not None
        body = letter.model_dump_json().encode()
        ack = await api.publisher.publish(Outgoing("DEADLETTER", "desk.deadletter.tickets", body))

        async def noted_already(self: Replayer, letter: Letter) -> bool:
            rows = await api.database.fetch("select action from desk_decision order by id")
            assert rows[-1]["action"] == "deadletter.replay_asked"
            if not refuses:
                return False
            raise BrokerAway("no answer")

        monkeypatch.setattr(Replayer, "replay", noted_already)
        place, refuses = f"/api/v1/dead-letters/{ack.sequence}/replay", True
        answer = await admin.post(place, json={"why": "fixed"})
        refuses = False
        again = await admin.post(place, json={"why": "fixed"})

        assert (answer.status_code, again.json()) == (503, {"ordered": False})
        noted = await api.database.fetch("select action from desk_decision order by id")
        assert [row["action"] for row in noted] == ["deadletter.replay_asked", "deadletter.not_replayed"] * 2
