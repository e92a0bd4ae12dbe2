"""Customers whom the desk has marked as resources: by kind and address, with the ways that are on file for them."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


@pytest.fixture
async def admin(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("admin", name="boss")


async def test_a_customer_is_marked_by_kind_and_address_before_they_have_written(
    api: ApiDesk, admin: httpx.AsyncClient
) -> None:
    path = "/api/v1/customers/email/Eva@acme.example"

    made = await admin.put(path, json={"vip": True, "tags": ["pilot", "pilot"]})
    same = await admin.put(path, json={"vip": True, "tags": ["pilot"]})
    changed = await admin.put(path, json={"tags": ["pilot"]})
    in_slack = await admin.put("/api/v1/customers/slack/T0123/U0456", json={"vip": False})

    assert (made.status_code, made.json()) == (
        201,
        {"kind": "email", "address": "eva@acme.example", "vip": True, "tags": ["pilot"], "ways": [], "version": 1},
    )
    assert (same.json()["version"], changed.json()["version"], changed.json()["vip"]) == (1, 2, None)
    assert (in_slack.status_code, in_slack.json()["address"]) == (201, "T0123/U0456")
    listed = (await admin.get("/api/v1/customers")).json()["items"]
    assert [(one["kind"], one["address"]) for one in listed] == [
        ("email", "eva@acme.example"),
        ("slack", "T0123/U0456"),
    ]
    assert (await admin.delete(path)).status_code == 204
    assert (await admin.get(path)).status_code == 404


async def test_ways_on_file_are_whole_for_who_changes_the_desk_alone(api: ApiDesk, admin: httpx.AsyncClient) -> None:
    path, ways = "/api/v1/customers/slack/T0123/U0456", ["+34 600 111 222", "Eva@home.example"]

    made = await admin.put(path, json={"ways": ways})
    same = await admin.put(path, json={"ways": [*reversed(ways), "+34600111222"]})
    read = await (await api.client("read")).get(path)

    assert made.json()["ways"] == ["+34600111222", "eva@home.example"]
    assert same.json()["version"] == 1
    assert read.json()["ways"] == ["+34 *** *** 22", "e***@home.example"]
    assert (await admin.put(path, json={"ways": ["nobody"]})).status_code == 422
    await admin.put(path, json={})
    decisions = (await (await api.client("read")).get("/api/v1/decisions")).text
    assert "600111222" not in decisions
    assert "eva@home" not in decisions
    assert (await admin.get(path)).json()["ways"] == []


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("email/nobody", "is no mail address"),
        ("fax/12", "is not one of email, slack"),
        ("slack/1 2", "no spaces"),
        ("phone/600000941", "the address must begin with + and the country's code"),
        ("phone/abc", "the address must begin with +"),
        ("phone/+999", "the address is no"),
    ],
)
async def test_an_address_that_nobody_can_have_is_refused(admin: httpx.AsyncClient, path: str, words: str) -> None:
    answer = await admin.put(f"/api/v1/customers/{path}", json={"vip": True})

    assert answer.status_code == 422
    assert words in answer.text


async def test_a_telephone_number_is_one_customer_however_it_is_written(admin: httpx.AsyncClient) -> None:
    path = "/api/v1/customers/phone/+34600000906"

    made = await admin.put("/api/v1/customers/phone/+34 600 000 906", json={"vip": True})
    paid_for = await admin.put("/api/v1/customers/phone/+34902100200", json={"vip": True})

    assert (made.status_code, made.json()["address"]) == (201, "+34600000906")
    assert (await admin.get(path)).json()["vip"] is True
    assert (await admin.delete("/api/v1/customers/phone/+34-600-000-906")).status_code == 204
    assert (await admin.get(path)).status_code == 404
    assert paid_for.status_code == 201, "nobody rings it: it calls"


async def test_a_customer_from_before_numbers_were_looked_at_can_be_read_and_forgotten(
    api: ApiDesk, admin: httpx.AsyncClient
) -> None:
    for odd in ("600000941", "+34-600-000-906"):
        await api.database.execute("insert into customer_mark (name) values ($1)", f"phone/{odd}")
        path = f"/api/v1/customers/phone/{odd}"

        assert (await admin.get(path)).json()["address"] == odd
        assert (await admin.delete(path)).status_code == 204
        assert (await admin.get(path)).status_code == 404
