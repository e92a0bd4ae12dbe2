"""Lists and searches: what they find, in which order, and that cursors hold while the desk goes on working."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, new_ticket, open_api_desk
from tests.support.polling import eventually
from tickets.adapters.postgres import search
from tickets.adapters.postgres.ledger import LedgerStore
from tickets.adapters.postgres.locks import SWEEPING
from tickets.domain.settling.search_terms import facets, place_facets, words_of


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


@pytest.fixture
async def ana(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("read", "write", name="ana")


async def opened(client: httpx.AsyncClient, **fields: Any) -> int:
    answer = await client.post("/api/v1/tickets", json=new_ticket(**fields))
    assert answer.status_code == 201, answer.text
    return int(answer.json()["number"])


async def numbers(client: httpx.AsyncClient, **parameters: str) -> list[int]:
    answer = await client.get("/api/v1/tickets", params=parameters)
    assert answer.status_code == 200, answer.text
    return [item["number"] for item in answer.json()["items"]]


async def test_words_are_found_with_and_without_accents_and_in_any_form(ana: httpx.AsyncClient) -> None:
    wanted = await opened(
        ana,
        subject="Problema con la facturación",
        text="No me llega la factura de noviembre",
        requester={"address": "eva@x.es", "name": "Eva Núñez"},
    )
    await opened(ana, subject="Otra cosa", text="nada que ver")

    for words in (
        "facturación", "facturacion", "FACTURACIÓN", "facturaciones", "Núñez", "nunez", "eva núñez", "no llega",
        "eva@x.es",
    ):  # fmt: skip
        assert await numbers(ana, q=words) == [wanted], words


async def test_english_words_are_found_in_any_form(ana: httpx.AsyncClient) -> None:
    wanted = await opened(
        ana, subject="My invoice is wrong", text="I cannot pay the invoices that you sent to me, please help."
    )

    for words in ("invoices", "invoice", "INVOICED", "cannot pay"):
        assert await numbers(ana, q=words) == [wanted], words


async def test_hostile_words_find_nothing_more_than_their_letters_would(ana: httpx.AsyncClient) -> None:
    await opened(ana)

    for words in (
        "'", "\\", "a' | 'b", "') | ('", "impresora' & !'x", "*", "<->", "!!!", ":*", "'; drop table ticket; --", "%",
        "_", "status=new", "a:*", "💥",
    ):  # fmt: skip
        assert await numbers(ana, q=words) == [], words
    assert await numbers(ana, q=" \t") == [1]
    assert await numbers(ana) == [1]


async def test_filters_take_values_as_they_are(ana: httpx.AsyncClient) -> None:
    plain = await opened(ana)

    for value in ("a'b", "x\\", "'", "first-line' | 'status=new", "ñandú team"):
        special = await opened(ana, team=value)
        assert await numbers(ana, team=value) == [special], value
    assert await numbers(ana, team="FIRST-LINE") == [plain]


async def test_every_filter_finds_its_tickets_and_any_of_several_values(ana: httpx.AsyncClient) -> None:
    first = await opened(ana, type="incident", category="outage", priority="urgent", tier="2", team="network")
    second = await opened(ana, assignee="eva", requester={"address": "luis@cliente.example"})
    await ana.patch(f"/api/v1/tickets/{second}", json={"status": "pending"})

    expectations: list[tuple[dict[str, str], list[int]]] = [
        ({}, [second, first]),
        ({"type": "incident"}, [first]),
        ({"type": "incident,question"}, [second, first]),
        ({"category": "outage"}, [first]),
        ({"priority": "urgent,high"}, [first]),
        ({"tier": "2"}, [first]),
        ({"team": "network"}, [first]),
        ({"status": "new"}, [first]),
        ({"status": "pending"}, [second]),
        ({"status": "new, pending"}, [second, first]),
        ({"assignee": "none"}, [first]),
        ({"assignee": "eva"}, [second]),
        ({"channel": "api"}, [second, first]),
        ({"channel": "email"}, []),
        ({"requester": "luis@cliente.example"}, [second]),
        ({"requester": "LUIS@cliente.example"}, [second]),
        ({"requester": "luis"}, []),
        ({"q": "impresora", "status": "pending"}, [second]),
        ({"q": str(first)}, [first]),
        ({"type": "incident", "status": "pending"}, []),
    ]
    for parameters, wanted in expectations:
        assert await numbers(ana, **parameters) == wanted, parameters


async def test_what_changes_is_found_by_what_it_is_now(ana: httpx.AsyncClient) -> None:
    number = await opened(ana)
    await ana.patch(f"/api/v1/tickets/{number}", json={"status": "open", "subject": "Tóner agotado"})
    await ana.post(f"/api/v1/tickets/{number}/replies", json={"text": "pedimos recambios", "internal": True})

    assert await numbers(ana, status="new") == []
    assert await numbers(ana, status="open", q="toner") == [number]
    assert await numbers(ana, q="recambio") == [number]
    assert await numbers(ana, q="impresora") == [number]


async def test_a_cursor_goes_on_where_it_stopped_while_new_tickets_arrive(ana: httpx.AsyncClient) -> None:
    for _ in range(7):
        await opened(ana)

    seen: list[int] = []
    parameters = {"limit": "3", "q": "impresora", "status": "new"}
    while True:
        page = (await ana.get("/api/v1/tickets", params=parameters)).json()
        seen += [item["number"] for item in page["items"]]
        if page["next"] is None:
            break
        parameters["cursor"] = page["next"]
        await opened(ana)

    assert seen == [7, 6, 5, 4, 3, 2, 1]


async def test_a_cursor_belongs_to_its_list_and_cannot_be_forged(ana: httpx.AsyncClient) -> None:
    for _ in range(3):
        await opened(ana)
    cursor = (await ana.get("/api/v1/tickets?limit=1")).json()["next"]
    changed = ("A" if cursor[0] != "A" else "B") + cursor[1:]

    for attempt in (changed, cursor[:-1], cursor + "A", "", "%00"):
        answer = await ana.get("/api/v1/tickets", params={"limit": "1", "cursor": attempt})
        assert answer.status_code == 422, attempt
        assert answer.json()["errors"][0]["parameter"] == "cursor"
    assert (await ana.get(f"/api/v1/tickets?limit=1&status=new&cursor={cursor}")).status_code == 422
    assert (await ana.get(f"/api/v1/tickets/1/history?cursor={cursor}")).status_code == 422
    assert (await ana.get(f"/api/v1/tickets?limit=1&cursor={cursor}")).status_code == 200


async def test_the_way_down_finds_the_same_as_a_plain_query(api: ApiDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small slices, so that every step of the search is taken on a few thousand tickets."""
    for name, value in (("SLICE_TICKETS", 16), ("BLOCK_TICKETS", 128), ("_SLICES_A_BLOCK", 8), ("_WINDOW_TICKETS", 20)):
        monkeypatch.setattr(search, name, value)
    await _populate(api, 3000)
    reader = await api.client("read")

    questions: list[tuple[str, dict[str, str]]] = [
        ("", {"status": "closed"}),
        ("", {"status": "open"}),
        ("", {"team": "rare"}),
        ("", {"team": "dense-below"}),
        ("common", {}),
        ("common", {"status": "closed"}),
        ("seldom", {}),
        ("seldom common", {"team": "rare"}),
        ("never", {}),
        ("", {"status": "open", "team": "dense-below"}),
    ]
    for words, filters in questions:
        for limit, start in ((1, None), (7, None), (50, None), (200, None), (13, 1500), (50, 130), (5, 15)):
            wanted = await _plainly(api, words, filters, limit, start)
            found = await _asked(api, reader, words, filters, limit, start)
            assert found == wanted, (words, filters, limit, start)


async def _populate(api: ApiDesk, count: int) -> None:
    chance = random.Random(7)
    rows = []
    for number in range(1, count + 1):
        if number % 97 == 0:
            continue
        status = "open" if number > count - 300 or chance.random() < 0.001 else "closed"
        team = "rare" if number in (3, 700, 1999) else "dense-below" if 1000 < number < 1400 else "plain"
        words = {"common"} if chance.random() < 0.6 else set()
        words |= {"seldom"} if chance.random() < 0.01 else set()
        words |= words_of("some words of a text", "en")
        rows.append((number, [*words, *facets({"status": status, "team": team}), *_places(number)]))
    async with api.database.transaction() as connection:
        await connection.execute("insert into contact (id) values (1)")
        await connection.execute(
            "insert into ticket (number, subject, type, category, status, impact, urgency, priority, tier, team,"
            " channel, account, requester_id, requester_address, requester_name, requester_grade, language, policy,"
            " created_at, updated_at)"
            " select number, '', '', '', '', '', '', '', '', '', '', '', 1, '', '', '', '', '', now(), now()"
            " from unnest($1::bigint[]) as number",
            [number for number, _ in rows],
        )
        await connection.execute(
            "insert into ticket_search select number, array_to_tsvector(string_to_array(lexemes, ' '))"
            " from unnest($1::bigint[], $2::text[]) as given (number, lexemes)",
            [number for number, _ in rows],
            [" ".join(lexemes) for _, lexemes in rows],
        )


def _places(number: int) -> list[str]:
    real = [lexeme.partition("=")[0] for lexeme in place_facets(number)]
    return [f"{name}={number // size}" for name, size in zip(real, (16, 128), strict=True)]


async def _plainly(api: ApiDesk, words: str, filters: dict[str, str], limit: int, start: int | None) -> list[int]:
    lexemes = [f"'{word}'" for word in words.split()] + [f"'{name}={value}'" for name, value in filters.items()]
    rows = await api.database.fetch(
        "select number from ticket_search where terms @@ $1::tsquery and number < $2 order by number desc limit $3",
        " & ".join(lexemes),
        start or 2**62,
        limit,
    )
    return [row["number"] for row in rows]


async def _asked(
    api: ApiDesk, reader: httpx.AsyncClient, words: str, filters: dict[str, str], limit: int, start: int | None
) -> list[int]:
    parameters = {**filters, "limit": str(limit)}
    if words:
        parameters["q"] = words
    if start:
        from tickets.adapters.http.bodies import TicketParameters

        listing = TicketParameters.model_validate(parameters).listing()
        parameters["cursor"] = api.application._api.cursors.make(listing, [start])
    return await numbers(reader, **parameters)


async def test_new_entries_do_not_stay_where_every_search_reads_them(
    api: ApiDesk, ana: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened(ana)
    monkeypatch.setattr(search, "_TIDY_SECONDS", 0.01)
    await api.database.execute("create extension pgstattuple")

    async def pending() -> int:
        row = await api.database.fetchrow("select pending_tuples from pgstatginindex('ticket_search_terms')")
        return int(row["pending_tuples"])

    async def tidy() -> bool:
        return await pending() == 0

    assert await pending() == 1
    # Beside the sweeper, which holds its lock for as long as a service runs.
    async with LedgerStore(api.database).leadership(SWEEPING) as leadership:
        assert leadership.leads
        tidying = asyncio.create_task(search.tidy_search(api.database))
        try:
            await eventually(tidy)
        finally:
            tidying.cancel()
    assert await numbers(ana, q="impresora") == [1]
