"""Whoever wants no texts from a number of the desk's is sent no code there, and the agents are told why."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, people
from tests.integration.tickets.routed_mails import settle
from tests.integration.tickets.texts import CARMEN, DESK, texted
from tests.integration.tickets.verifying_desk import on_file, send, sent, standing, why
from tickets.adapters.postgres.outbound import OutboundStore, Report
from tickets.domain.verifying.codes import CodeRules
from tickets.handlers.sending.deliveries import note_reports

RULES = CodeRules(countries=frozenset({"ES"}), number="+34910000200")
NOW = datetime.now(UTC)


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database, codes=RULES) as desk:
        await people(desk)
        yield desk


async def asked(api: ApiDesk) -> httpx.AsyncClient:
    """Carmen, whose number is on file for long, asks by a text; the client is an agent's of its team."""
    await settle(api, texted(1, at=NOW))
    await api.database.execute("update identity set first_seen_at = first_seen_at - interval '1 year'")
    return await agent(api, "ana")


async def wishes(
    api: ApiDesk, sequence: int, wish: str, *, seconds: int, channel: str = "sms", found: int | None = None
) -> None:
    """Settle a wish that was said so long after the first text. `found`: the list brought it so long after that."""
    at = NOW + timedelta(seconds=seconds)
    late = {} if found is None else {"sent_at": at.isoformat()}
    accepted = at + timedelta(seconds=found or 0)
    await settle(api, texted(sequence, channel, at=accepted, disposition="opt_out", disposition_reason=wish, **late))


async def why_not(client: httpx.AsyncClient) -> str | None:
    [way] = (await standing(client))["factors"]
    assert way["usable"] is (way["why_not"] is None)
    found: str | None = way["why_not"]
    return found


async def test_no_code_is_offered_or_sent_to_who_said_stop_until_they_say_start(api: ApiDesk) -> None:
    client = await asked(api)
    assert await why_not(client) is None

    await wishes(api, 2, "stop", seconds=1)
    assert await why_not(client) == "opted_out"
    assert why(await send(client, own=True)) == "they want no texts from the desk's number; choose another way"

    await wishes(api, 3, "help", seconds=2)
    assert await why_not(client) == "opted_out"
    await wishes(api, 4, "start", seconds=3)
    assert await why_not(client) is None
    assert (await send(client, own=True)).status_code == 200


async def test_a_wish_that_comes_again_or_late_changes_nothing(api: ApiDesk) -> None:
    client = await asked(api)
    await wishes(api, 2, "start", seconds=5)
    await wishes(api, 3, "stop", seconds=4)

    assert await why_not(client) is None


@pytest.mark.parametrize(("old", "new", "why"), [("stop", "start", None), ("start", "stop", "opted_out")])
async def test_a_wish_that_twilios_list_brings_late_undoes_no_newer_one(
    api: ApiDesk, old: str, new: str, why: str | None
) -> None:
    client = await asked(api)
    await wishes(api, 2, new, seconds=5)
    await wishes(api, 3, old, seconds=4, found=60)

    assert await why_not(client) == why


async def test_a_wish_about_whatsapp_says_nothing_about_texts(api: ApiDesk) -> None:
    client = await asked(api)
    await wishes(api, 2, "stop", seconds=1, channel="whatsapp")

    assert await why_not(client) is None


@pytest.mark.parametrize("taken_first", [False, True])
async def test_what_twilio_refuses_is_taken_as_the_same_wish(api: ApiDesk, taken_first: bool) -> None:
    client = await asked(api)
    await send(client, own=True)
    code = await sent(api)
    assert (code["chat"]["account"], code["to"]["address"]) == (DESK, CARMEN)
    outbound = OutboundStore(api.database)
    if taken_first:
        await note_reports([Report(code["id"], "sent", "")], outbound, api.deps)

    await note_reports([Report(code["id"], "failed", "opted_out: 21610: unsubscribed")], outbound, api.deps)

    assert await why_not(client) == "opted_out"


async def test_another_failure_is_no_wish(api: ApiDesk) -> None:
    client = await asked(api)
    await send(client, own=True)
    report = Report((await sent(api))["id"], "failed", "unreachable: 30003")
    await note_reports([report], OutboundStore(api.database), api.deps)

    assert await why_not(client) is None


async def test_ways_that_the_desk_put_on_file_are_held_to_the_wish_too(api: ApiDesk) -> None:
    await on_file(api, CARMEN, who="email/ana.ruiz@cliente.example")
    client = await asked(api)
    await wishes(api, 2, "stop", seconds=1)

    ways = {one["medium"]: one["why_not"] for one in (await standing(client))["factors"]}
    assert ways["sms"] == "opted_out"
    assert ways["email"] != "opted_out"
