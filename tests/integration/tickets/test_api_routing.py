"""Why a ticket went where it went, as the router wrote it: whole, and the same lines that `router explain` prints."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import orjson
import pytest

from tests.integration.tickets.api_desk import MAILBOX, ApiDesk, new_ticket, open_api_desk
from tests.integration.tickets.desk_people import people
from tests.integration.tickets.routed_mails import ANA, routed, settle
from tests.support.commands import run
from tests.unit.router.routed_samples import routed as routed_events
from tests.unit.router.samples import NOON, message
from ventanilla_contracts.decisions import RuleTexts
from ventanilla_contracts.routing import RoutingContext

VIP = RoutingContext.model_validate({"customer": {"vip": True, "open_tickets": 1}})
PATH = "/api/v1/tickets/1/routing"


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


@pytest.fixture
async def ana(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("read", "write", name="ana")


@pytest.fixture
async def event(api: ApiDesk) -> bytes:
    """A ticket that the router's shipped rules have decided about: the event that it came in."""
    received = message(
        "El servidor está caído",
        "Es urgente",
        sender=ANA,
        account=MAILBOX,
        authentication={"grade": "verified", "dmarc": "pass"},
        acceptance={"stream": "ACCEPTED", "created_at": "2026-11-01T00:00:00Z", "sequence": 1, "accepted_at": NOON},
    )
    (written,) = routed_events([(received, NOON, VIP)])
    await settle(api, replace(routed(1), body=written.body))
    return written.body


def explained(event: bytes, folder: Path, language: str) -> list[str]:
    """What `router explain` prints of an event, without places in a file, which a ticket does not know."""
    path = folder / "routed.json"
    path.write_bytes(event)
    said = run("router", "explain", "--language", language, str(path), environment={})
    assert said.code == 0, said.err
    lines = [re.sub(r" \((line|línea) \d+\)", "", line) for line in said.out.splitlines()]
    assert lines.pop() in ("the recorded decision is the same", "la decisión guardada es la misma")
    return lines


async def test_a_ticket_tells_every_rule_its_conditions_and_what_they_saw(ana: httpx.AsyncClient, event: bytes) -> None:
    routing = (await ana.get(PATH)).json()

    by_name = {entry["rule"]: entry for entry in routing["trace"]}
    assert sorted(by_name) == sorted(rule for group in routing["groups"] for rule in group["rules"])
    assert by_name["outage"]["conditions"][0]["saw"] == {"message.content": ["está caído"]}
    assert by_name["security"]["outcome"] == "not_matched"
    assert by_name["billing"] == {"rule": "billing", "outcome": "not_tried", "detail": "outage"}
    assert by_name["vip"]["conditions"][0] == {
        "condition": "customer.vip is true", "truth": True, "saw": {"customer.vip": True}, "within": ["any 1"],
    }  # fmt: skip
    assert routing["set_by"]["service_level_policy"] == "vip"
    assert routing["context"]["customer"]["open_tickets"] == 1
    assert len(routing["rule_set"]["hash"]) == 64
    assert set(routing["sentence"]) == {"es", "en"}


@pytest.mark.parametrize("language", ["en", "es"])
async def test_as_text_a_ticket_says_what_router_explain_says(
    ana: httpx.AsyncClient, event: bytes, tmp_path: Path, language: str
) -> None:
    answer = await ana.get(PATH, headers={"accept": "text/plain", "accept-language": f"{language}-XX, fr;q=0.5"})

    said = answer.text.splitlines()
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-language"] == language
    assert said[2].endswith(", 2026-11-23 11:00:00 UTC")
    assert [said[0], said[2].partition(",")[0], *said[3:]] == [
        line.partition(", 20")[0] if number == 2 else line
        for number, line in enumerate(explained(event, tmp_path, language))
        if number != 1
    ]


@pytest.mark.parametrize(
    ("query", "headers", "starts"),
    [
        ("", {}, "{"),
        ("", {"accept": "application/json, text/plain"}, "{"),
        ("", {"accept": "text/plain;charset=utf-8, */*"}, "Goes to technical"),
        ("?format=text", {}, "Goes to technical"),
        ("?format=text&language=es", {"accept-language": "en"}, "Va a technical"),
        ("?format=text", {"accept-language": "fr, es;q=0.5"}, "Va a technical"),
        ("?format=json", {"accept": "text/plain"}, "{"),
    ],
)
async def test_whoever_asks_for_text_gets_text_and_everybody_else_json(
    ana: httpx.AsyncClient, event: bytes, query: str, headers: dict[str, str], starts: str
) -> None:
    assert (await ana.get(PATH + query, headers=headers)).text.startswith(starts)


TITLES = "teams: [{name: technical, title: {es: Soporte técnico, en: Technical support}, tier: 2}]"


async def test_the_sentence_and_the_lines_call_the_team_as_people_do(
    api: ApiDesk, ana: httpx.AsyncClient, event: bytes
) -> None:
    await people(api, TITLES)

    routing = (await ana.get(PATH)).json()
    lines = (await ana.get(f"{PATH}?format=text&language=es&zone=Europe/Madrid")).text.splitlines()

    assert routing["sentence"]["es"].startswith("Va a Soporte técnico (nivel 2, ")
    assert routing["sentence"]["en"].startswith("Goes to Technical support (tier 2, ")
    assert routing["decision"]["team"] == "technical"
    assert routing["names"]["teams"] == {"technical": {"es": "Soporte técnico", "en": "Technical support"}}
    assert lines[0].startswith("Va a Soporte técnico (nivel 2, ")
    assert lines[2].endswith(", lun 23 nov 2026 12:00 (Madrid)")
    assert [line.split()[1:3] for line in lines if line.startswith("  equipo")] == [["Soporte", "técnico"]]


async def test_a_zone_that_nobody_knows_is_refused(ana: httpx.AsyncClient, event: bytes) -> None:
    answer = await ana.get(f"{PATH}?format=text&zone=Europe/Atlantis")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "zone"


async def test_another_format_or_language_is_refused_and_a_ticket_without_a_decision_says_so(
    ana: httpx.AsyncClient,
) -> None:
    await ana.post("/api/v1/tickets", json=new_ticket())

    by_hand = await ana.get(PATH, headers={"accept": "text/plain"})

    assert (await ana.get(f"{PATH}?format=xml")).status_code == 422
    assert (await ana.get(f"{PATH}?language=fr")).status_code == 422
    assert by_hand.status_code == 404
    assert "no router decided" in by_hand.json()["detail"]


async def test_a_decision_whose_rules_are_told_later_has_its_whole_trace_then(api: ApiDesk, event: bytes) -> None:
    client = await api.client("read", name="eva")
    await api.database.execute("truncate rule_texts")

    before = (await client.get(PATH)).json()
    texts = RuleTexts.model_validate(orjson.loads(event)["rule_texts"])
    await api.settle_deps().store.rule_texts.keep([texts, texts])
    after = (await client.get(PATH)).json()

    assert before["trace"] == []
    assert before["trace_cut"]
    assert before["sentence"] == after["sentence"]
    assert len(after["trace"]) == sum(len(group["rules"]) for group in after["groups"])
    assert not after["trace_cut"]


async def test_texts_of_rules_are_kept_once_and_not_with_each_decision(api: ApiDesk, event: bytes) -> None:
    await settle(api, replace(routed(2), body=event.replace(b"message.received.v1:abc", b"message.received.v1:abd")))

    assert [row["id"] for row in await api.database.fetch("select id from rule_texts")] == [
        orjson.loads(event)["rule_set"]["texts"]
    ]
    stored = [row["decision"] for row in await api.database.fetch("select decision from routing")]
    assert len(stored) == 2
    assert not any("rule_texts" in one for one in stored)
    assert max(map(len, stored)) < 3_000


async def test_a_decision_of_an_older_router_is_told_as_text_too(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await settle(api, routed(1))

    said = (await ana.get(PATH, headers={"accept": "text/plain"})).text.splitlines()

    assert "first-line" in said[0]
    assert said[2].startswith("decided by the rules test 000000000000")
