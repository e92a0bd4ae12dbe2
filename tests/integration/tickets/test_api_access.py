"""Who may call what, and what everything that goes wrong looks like."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, new_ticket, open_api_desk

_ROUTES = [
    ("GET", "/api/v1/tickets", "read"),
    ("POST", "/api/v1/tickets", "write"),
    ("GET", "/api/v1/tickets/1", "read"),
    ("PATCH", "/api/v1/tickets/1", "write"),
    ("GET", "/api/v1/tickets/1/messages", "read"),
    ("GET", f"/api/v1/tickets/1/messages/{UUID(int=1)}", "read"),
    ("PATCH", f"/api/v1/tickets/1/messages/{UUID(int=1)}", "write"),
    ("DELETE", f"/api/v1/tickets/1/messages/{UUID(int=1)}", "write"),
    ("POST", "/api/v1/tickets/1/replies", "write"),
    ("GET", "/api/v1/tickets/1/replies", "read"),
    ("POST", "/api/v1/tickets/1/replies/preview", "write"),
    ("GET", "/api/v1/tickets/1/replies/place", "read"),
    ("GET", "/api/v1/tickets/1/replies/waiting", "read"),
    ("GET", f"/api/v1/tickets/1/replies/{UUID(int=1)}", "read"),
    ("DELETE", f"/api/v1/tickets/1/replies/{UUID(int=1)}", "write"),
    ("GET", "/api/v1/tickets/1/callbacks", "read"),
    ("POST", "/api/v1/tickets/1/callbacks", "write"),
    ("DELETE", f"/api/v1/tickets/1/callbacks/{UUID(int=1)}", "write"),
    ("POST", f"/api/v1/callbacks/{UUID(int=1)}/attempts/1", "act"),
    ("POST", "/api/v1/tickets/1/snooze", "write"),
    ("GET", "/api/v1/tickets/1/verification", "read"),
    ("POST", "/api/v1/tickets/1/verification", "write"),
    ("POST", "/api/v1/tickets/1/verification/check", "write"),
    ("POST", "/api/v1/tickets/1/claim", "write"),
    ("POST", "/api/v1/tickets/1/assign", "write"),
    ("POST", "/api/v1/tickets/1/release", "write"),
    ("POST", "/api/v1/tickets/1/escalate", "write"),
    ("POST", "/api/v1/tickets/1/de-escalate", "write"),
    ("POST", "/api/v1/tickets/1/merge", "write"),
    ("POST", "/api/v1/tickets/1/unmerge", "write"),
    ("POST", "/api/v1/tickets/1/return", "write"),
    ("GET", "/api/v1/tickets/1/handovers", "read"),
    ("GET", "/api/v1/teams", "read"),
    ("GET", "/api/v1/teams/network", "read"),
    ("PUT", "/api/v1/teams/network", "admin"),
    ("DELETE", "/api/v1/teams/network", "admin"),
    ("GET", "/api/v1/agents", "read"),
    ("GET", "/api/v1/agents/eva", "read"),
    ("PUT", "/api/v1/agents/eva", "admin"),
    ("DELETE", "/api/v1/agents/eva", "admin"),
    ("PUT", "/api/v1/agents/eva/availability", "write"),
    ("PUT", "/api/v1/agents/eva/capacity", "write"),
    ("POST", "/api/v1/agents/eva/absences", "write"),
    ("DELETE", "/api/v1/agents/eva/absences/1", "write"),
    ("GET", "/api/v1/agents/eva/load", "read"),
    ("GET", "/api/v1/agents/eva/queue", "read"),
    ("GET", "/api/v1/agents/eva/counts", "read"),
    ("POST", "/api/v1/agents/eva/mentions/1/read", "write"),
    ("GET", "/api/v1/agents/eva/day", "read"),
    ("GET", "/api/v1/teams/network/pulse", "read"),
    ("GET", "/api/v1/tickets/1/similar", "read"),
    ("PUT", "/api/v1/agents/eva/slack", "act"),
    ("DELETE", "/api/v1/agents/eva/slack", "act"),
    ("GET", "/api/v1/customers", "read"),
    ("GET", "/api/v1/customers/email/ana@acme.example", "read"),
    ("PUT", "/api/v1/customers/email/ana@acme.example", "admin"),
    ("DELETE", "/api/v1/customers/email/ana@acme.example", "admin"),
    ("GET", "/api/v1/organisations", "read"),
    ("GET", "/api/v1/organisations/acme", "read"),
    ("PUT", "/api/v1/organisations/acme", "admin"),
    ("DELETE", "/api/v1/organisations/acme", "admin"),
    ("GET", "/api/v1/tickets/1/history", "read"),
    ("GET", "/api/v1/tickets/1/routing", "read"),
    ("GET", "/api/v1/tickets/1/service-level/arithmetic", "read"),
    ("POST", "/api/v1/tickets/1/promise", "write"),
    ("GET", "/api/v1/desk/ringing", "act"),
    ("GET", "/api/v1/desk/callers/+34600111222", "act"),
    ("GET", "/api/v1/desk/calendars", "read"),
    ("GET", "/api/v1/desk/calendars/office", "read"),
    ("PUT", "/api/v1/desk/calendars/office", "admin"),
    ("DELETE", "/api/v1/desk/calendars/office", "admin"),
    ("GET", "/api/v1/desk/rotas/nights/shifts", "read"),
    ("POST", "/api/v1/desk/rotas/nights/overrides", "write"),
    ("GET", "/api/v1/desk/pages", "read"),
    ("POST", "/api/v1/desk/pages/11111111-1111-1111-1111-111111111111/acknowledge", "write"),
    ("GET", "/api/v1/pages/by-token/x", "portal"),
    ("POST", "/api/v1/pages/by-token/x/acknowledge", "portal"),
    ("GET", "/api/v1/tickets/1/participants", "read"),
    ("POST", "/api/v1/tickets/1/participants", "write"),
    ("DELETE", "/api/v1/tickets/1/participants/ana@cliente.example", "write"),
    ("GET", "/api/v1/teams/first-line/signature", "read"),
    ("PUT", "/api/v1/teams/first-line/signature", "admin"),
    ("POST", "/api/v1/tickets/1/links", "write"),
    ("GET", "/api/v1/tickets/1/links", "read"),
    ("DELETE", "/api/v1/tickets/1/links/2", "write"),
    ("POST", "/api/v1/tickets/1/update-all", "write"),
    ("GET", "/api/v1/tickets/1/updates", "read"),
    ("GET", "/api/v1/announcements", "read"),
    ("GET", "/api/v1/announcements/outage", "read"),
    ("PUT", "/api/v1/announcements/outage", "write"),
    ("DELETE", "/api/v1/announcements/outage", "write"),
    ("POST", "/api/v1/tickets/1/split", "write"),
    ("POST", "/api/v1/tickets/1/requester", "write"),
    ("GET", "/api/v1/tickets/1/templates", "read"),
    ("POST", "/api/v1/tickets/1/templates/hello", "write"),
    ("POST", "/api/v1/attachments", "write"),
    ("GET", "/api/v1/attachments/x", "read"),
    ("GET", "/api/v1/messages/11111111-1111-1111-1111-111111111111/raw", "read"),
    ("GET", "/api/v1/messages/11111111-1111-1111-1111-111111111111/revisions", "read"),
    ("GET", "/api/v1/quarantine", "read"),
    ("GET", "/api/v1/quarantine/11111111-1111-1111-1111-111111111111", "read"),
    ("POST", "/api/v1/quarantine/11111111-1111-1111-1111-111111111111/release", "write"),
    ("POST", "/api/v1/quarantine/11111111-1111-1111-1111-111111111111/reject", "write"),
    ("POST", "/api/v1/quarantine/release", "write"),
    ("POST", "/api/v1/quarantine/reject", "write"),
    ("GET", "/api/v1/decisions", "read"),
    ("GET", "/api/v1/audit", "admin"),
    ("GET", "/api/v1/dead-letters", "admin"),
    ("GET", "/api/v1/dead-letters/1", "admin"),
    ("POST", "/api/v1/dead-letters/1/replay", "admin"),
    ("POST", "/api/v1/dead-letters/1/drop", "admin"),
    ("GET", "/api/v1/privacy/people/ana@cliente.example", "privacy"),
    ("GET", "/api/v1/privacy/people/ana@cliente.example/export", "privacy"),
    ("POST", "/api/v1/privacy/erasures", "privacy"),
    ("GET", "/api/v1/privacy/erasures", "privacy"),
    ("GET", f"/api/v1/privacy/erasures/{UUID(int=1)}", "privacy"),
    ("GET", "/api/v1/privacy/holds", "privacy"),
    ("PUT", "/api/v1/privacy/holds/1", "privacy"),
    ("DELETE", "/api/v1/privacy/holds/1", "privacy"),
    ("GET", "/api/v1/sender-list", "read"),
    ("POST", "/api/v1/probes", "probe"),
    ("GET", "/api/v1/probes/0123456789abcdef", "probe"),
    ("DELETE", "/api/v1/probes/0123456789abcdef", "probe"),
    ("POST", "/api/v1/probes/0123456789abcdef/ticket", "probe"),
    ("POST", "/api/v1/sender-list", "write"),
    ("DELETE", "/api/v1/sender-list/1", "write"),
    ("GET", "/api/v1/undeliverable", "read"),
    ("POST", "/api/v1/undeliverable/lift", "write"),
    ("GET", "/api/v1/intake/ledger", "read"),
    ("GET", "/api/v1/status/1-a", "portal"),
    ("POST", "/api/v1/status/1-a/replies", "portal"),
    ("GET", f"/api/v1/status/1-a/attachments/{UUID(int=1)}.0", "portal"),
]


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


def is_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem document that an answer must be."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["type"].startswith("urn:ventanilla:problem:")
    assert body["title"]
    assert body["detail"]
    assert len(body["correlation_id"]) == 32
    assert body["correlation_id"] == answer.headers["x-correlation-id"]
    return body


async def test_every_route_wants_a_token_with_its_scope(api: ApiDesk) -> None:
    nobody, stranger = api.client_with(None), api.client_with("vnt_guess")
    plain = {"read", "write", "portal", "act", "probe"}
    without = {scope: await api.client(*plain - {scope}) for scope in plain}
    without["privacy"] = await api.client("admin", *plain)
    without["admin"] = await api.client("read", "write", "portal")
    for method, path, scope in _ROUTES:
        missing = await nobody.request(method, path)
        unknown = await stranger.request(method, path)
        lacking = await without[scope].request(method, path)

        is_problem(missing, 401)
        assert missing.headers["www-authenticate"] == 'Bearer realm="tickets"'
        is_problem(unknown, 401)
        assert 'error="invalid_token"' in unknown.headers["www-authenticate"]
        assert is_problem(lacking, 403)["missing_scope"] == scope, path
        assert f'scope="{scope}"' in lacking.headers["www-authenticate"]


async def test_the_table_above_holds_every_route(api: ApiDesk) -> None:
    document = (await api.client_with(None).get("/openapi.json")).json()

    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}

    assert len(described) == len(_ROUTES)


async def test_an_expired_or_revoked_token_opens_nothing(api: ApiDesk) -> None:
    expired = await api.client("read", lifetime=timedelta(seconds=-1))
    revoked = await api.client("read", name="bob")
    assert (await revoked.get("/api/v1/tickets")).status_code == 200

    assert [token.name for token in await api.tokens.revoke("bob")] == ["bob"]

    is_problem(await expired.get("/api/v1/tickets"), 401)
    is_problem(await revoked.get("/api/v1/tickets"), 401)


async def test_admin_may_read_and_write_and_the_portal_only_its_own(api: ApiDesk) -> None:
    admin, portal = await api.client("admin"), await api.client("portal")

    assert (await admin.post("/api/v1/tickets", json=new_ticket())).status_code == 201
    assert (await admin.get("/api/v1/tickets")).status_code == 200
    is_problem(await portal.get("/api/v1/tickets"), 403)
    is_problem(await admin.get("/api/v1/status/1-a"), 403)


async def test_who_may_only_read_gets_no_link_to_act_as_the_customer(api: ApiDesk) -> None:
    writer, reader = await api.client("write", "read"), await api.client("read")
    await writer.post("/api/v1/tickets", json=new_ticket())

    for path in ("/api/v1/tickets/1", "/api/v1/tickets"):
        assert "pages.example" in (await writer.get(path)).text
        assert "pages.example" not in (await reader.get(path)).text


async def test_only_the_hash_of_a_token_is_kept(api: ApiDesk) -> None:
    token, _ = await api.tokens.create("ana", ["read"], None)

    row = await api.database.fetchrow("select * from api_token")

    assert token.encode() not in bytes(row["hash"])
    assert token not in str(dict(row))


async def test_a_body_is_not_read_before_the_token_is_known(api: ApiDesk) -> None:
    answer = await api.client_with(None).post(
        "/api/v1/tickets", content=b"{", headers={"content-type": "application/json"}
    )

    is_problem(answer, 401)


_WRONG_PARAMETERS = [
    ("foo=1", "foo"),
    ("status=opne", "status"),
    ("status=,", "status"),
    ("type=incident,nonsense", "type"),
    ("priority=medium", "priority"),
    ("tier=4", "tier"),
    ("channel=fax", "channel"),
    ("limit=0", "limit"),
    ("limit=201", "limit"),
    ("limit=many", "limit"),
    ("cursor=abc", "cursor"),
    ("cursor=%20%C3%B1", "cursor"),
    ("q=%00", "q"),
    ("q=" + "x" * 201, "q"),
    ("team=" + "a," * 30 + "b" * 10 + ",".join(map(str, range(30))), "team"),
]


async def test_a_wrong_parameter_is_named(api: ApiDesk) -> None:
    reader = await api.client("read")
    for parameters, named in _WRONG_PARAMETERS:
        body = is_problem(await reader.get(f"/api/v1/tickets?{parameters}"), 422)

        assert named in [fault["parameter"] for fault in body["errors"]], parameters


async def test_an_unknown_word_is_answered_with_the_words_that_are_known(api: ApiDesk) -> None:
    reader = await api.client("read")

    body = is_problem(await reader.get("/api/v1/tickets?status=opne"), 422)

    assert "new, open, pending, on_hold, solved, closed" in body["detail"]


async def test_routes_without_parameters_take_none(api: ApiDesk) -> None:
    reader = await api.client("read")

    body = is_problem(await reader.get("/api/v1/tickets/1?verbose=1"), 422)

    assert body["errors"] == [{"parameter": "verbose", "detail": "is not known here"}]


_WRONG_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"subject": ""}, "/subject"),
    ({"subject": "two\nlines"}, "/subject"),
    ({"subject": 7}, "/subject"),
    ({"text": "a\x00b"}, "/text"),
    ({"text": ""}, "/text"),
    ({"text": "x" * 30_001}, "/text"),
    ({"requester": {"address": "nobody", "name": ""}}, "/requester/address"),
    ({"requester": {"address": "a@b.example>\r\nBcc: c@d.example"}}, "/requester/address"),
    ({"requester": {}}, "/requester/address"),
    ({"type": "riddle"}, "/type"),
    ({"tags": ["two words"]}, "/tags/0"),
    ({"tags": ["x"] * 51}, "/tags"),
    ({"account": "elsewhere@desk.example"}, "/account"),
    ({"related_to": 99}, "/related_to"),
    ({"surprise": 1}, "/surprise"),
    ({"a/b~c": 1}, "/a~1b~0c"),
]


async def test_a_wrong_field_is_named_by_its_pointer(api: ApiDesk) -> None:
    writer = await api.client("read", "write")
    for change, pointer in _WRONG_FIELDS:
        body = is_problem(await writer.post("/api/v1/tickets", json=new_ticket(**change)), 422)

        assert pointer in [fault["pointer"] for fault in body["errors"]], change
    assert (await writer.get("/api/v1/tickets")).json()["items"] == []


async def test_what_is_not_json_is_refused_by_type_by_size_and_by_content(api: ApiDesk) -> None:
    writer = await api.client("write")
    json = {"content-type": "application/json"}

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(2000):
            yield b"x" * 1024

    is_problem(await writer.post("/api/v1/tickets", content=b"a=b"), 415)
    is_problem(await writer.post("/api/v1/tickets", content=b"{", headers={"content-type": "text/plain"}), 415)
    broken = is_problem(await writer.post("/api/v1/tickets", content=b'{"a":', headers=json), 422)
    assert broken["errors"][0]["pointer"] == ""
    is_problem(await writer.post("/api/v1/tickets", content=b"\xff\xfe", headers=json), 422)
    is_problem(await writer.post("/api/v1/tickets", content=b'{"text": "\\ud800"}', headers=json), 422)
    is_problem(await writer.post("/api/v1/tickets", content=b"x" * (1024 * 1024 + 1), headers=json), 413)
    is_problem(await writer.post("/api/v1/tickets", content=endless(), headers=json), 413)
    is_problem(await writer.post("/api/v1/tickets", content=b"[]", headers=json), 422)


async def test_addresses_and_methods_that_do_not_exist(api: ApiDesk) -> None:
    reader = await api.client("read")

    is_problem(await reader.get("/api/v1/nothing"), 404)
    is_problem(await reader.get("/api/v1/tickets/1"), 404)
    is_problem(await reader.get("/api/v1/tickets/1/messages"), 404)
    is_problem(await reader.get("/api/v1/tickets/1/history"), 404)
    is_problem(await reader.get("/api/v1/tickets/1/routing"), 404)
    is_problem(await reader.get("/api/v1/tickets/abc"), 404)
    is_problem(await reader.get(f"/api/v1/tickets/{2**63}"), 404)
    wrong = await reader.delete("/api/v1/tickets/1")
    is_problem(wrong, 405)
    assert "GET" in wrong.headers["allow"]


async def test_a_bug_is_a_problem_without_its_insides_which_the_log_has(
    api: ApiDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("a secret of the inside")

    reader = await api.client("read")
    object.__setattr__(api.application._api, "reads", type("Broken", (), {"ticket": broken})())

    answer = await reader.get("/api/v1/tickets/1")

    correlation_id = is_problem(answer, 500)["correlation_id"]
    assert "secret" not in answer.text
    logged = capsys.readouterr().out
    assert "a secret of the inside" in logged
    assert correlation_id in logged


async def test_a_database_that_is_away_is_a_problem_that_says_try_again(api: ApiDesk) -> None:
    reader = await api.client("read")
    api.database.pool.terminate()

    answer = await reader.get("/api/v1/tickets")

    is_problem(answer, 503)
    assert answer.headers["retry-after"]


async def test_a_database_that_waits_for_its_migration_is_no_bug(api: ApiDesk) -> None:
    reader = await api.client("read")
    await api.database.execute("drop table history")

    answer = await reader.get("/api/v1/tickets/1/history")

    assert is_problem(answer, 503)["type"] == "urn:ventanilla:problem:not_migrated"


async def test_the_correlation_id_is_that_of_the_callers_trace(api: ApiDesk) -> None:
    reader = await api.client("read")
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"

    answer = await reader.get("/api/v1/tickets/1", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})

    assert is_problem(answer, 404)["correlation_id"] == trace


async def test_the_probes_answer_without_a_token(api: ApiDesk) -> None:
    nobody = api.client_with(None)

    assert (await nobody.get("/livez")).status_code == 200
    assert (await nobody.get("/readyz")).json()["ready"] is True
    assert (await nobody.get("/metrics")).status_code == 200
