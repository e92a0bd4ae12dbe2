"""Who may change what of a ticket: no field goes round claiming, giving, handing on and explaining."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.climbing_desk import NOTIFY, arrive, climbing, told
from tests.integration.tickets.desk_people import PEOPLE, agent, history, people
from tests.integration.tickets.routed_mails import answered, routed, settle
from tests.integration.tickets.test_clocks import last_mail

TICKET = "/api/v1/tickets/1"
STORAGE = """\
  - {name: storage, tier: 1}
  - {name: pool, tier: 1, assignment: round_robin}
agents:
  - {handle: leo, name: Leo Mas, email: leo@desk.example, teams: [storage]}
  - {handle: pia, name: Pia Rey, email: pia@desk.example, teams: [pool]}
"""


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk, PEOPLE.replace("agents:\n", STORAGE))
        await settle(desk, routed(1))
        yield desk


async def changing(client: httpx.AsyncClient, **fields: Any) -> tuple[int, str]:
    """What a change of fields answers: status and words."""
    answer = await client.patch(TICKET, json=fields)
    body = answer.json()
    words = [body.get("detail", ""), *(one["detail"] for one in body.get("errors", ()))]
    return answer.status_code, " ".join(words) if answer.status_code != 200 else ""


async def ticket(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(TICKET)).json()
    return found


@pytest.mark.parametrize(
    ("who", "fields", "status", "words"),
    [
        ("zoe", {"assignee": "zoe"}, 403, "zoe is not of the team first-line"),
        ("ana", {"assignee": "nobody-at-all"}, 422, "nobody at this desk has the handle 'nobody-at-all'"),
        ("ana", {"assignee": "zoe"}, 403, "zoe is not of the team first-line"),
        ("ana", {"team": "no-such-team"}, 422, "this desk has no team 'no-such-team'"),
        ("ana", {"team": "makers"}, 409, "POST …/escalate"),
        ("ana", {"tier": "2"}, 409, "POST …/escalate, …/de-escalate or …/return"),
        ("ana", {"tier": "3", "team": "makers"}, 409, "with a reason and a note"),
        ("zoe", {"team": "storage"}, 403, "A note can be written by anybody"),
        ("zoe", {"status": "solved", "resolution": "did it"}, 403, "neither has nor follows ticket 1"),
        ("zoe", {"status": "closed", "resolution": "did it"}, 403, "neither has nor follows ticket 1"),
    ],
)
async def test_a_change_of_fields_keeps_to_the_rules_of_the_commands(
    api: ApiDesk, who: str, fields: dict[str, Any], status: int, words: str
) -> None:
    client = await agent(api, who)
    before = await ticket(client)

    found = await changing(client, **fields)

    assert found[0] == status
    assert words in found[1]
    assert await ticket(client) == before


async def test_a_retired_team_and_a_retired_agent_get_nothing(api: ApiDesk) -> None:
    client = await agent(api, "ana")
    await api.database.execute("update team set active = false where name = 'storage'")
    await api.database.execute("update agent set active = false where handle = 'bob'")

    assert "the team storage is retired" in (await changing(client, team="storage"))[1]
    assert "bob is retired" in (await changing(client, assignee="bob"))[1]


async def test_who_is_of_the_team_gives_and_releases_by_fields_too(api: ApiDesk) -> None:
    ana, bob, zoe = [await agent(api, one) for one in ("ana", "bob", "zoe")]

    given = await changing(ana, assignee="bob")
    by_a_stranger = await changing(zoe, assignee=None)
    released = await changing(bob, assignee=None)

    assert (given[0], by_a_stranger[0], released[0]) == (200, 403, 200)
    assert (await ticket(ana))["assignee"] is None


async def test_another_team_lets_go_of_whoever_had_it_and_hands_out_by_its_own_way(api: ApiDesk) -> None:
    ana = await agent(api, "ana")
    await ana.post(f"{TICKET}/claim")

    await changing(ana, team="storage")
    by_hand = await ticket(ana)
    await changing(ana, team="pool", why="theirs")  # she has no part in it any more
    leo = await agent(api, "leo")
    await changing(leo, team="pool", why="theirs")

    assert (by_hand["team"], by_hand["assignee"]) == ("storage", None)
    found = await ticket(leo)
    assert (found["team"], found["assignee"]) == ("pool", "pia")
    assert [line["why"] for line in await history(leo, 1)][-2:] == ["theirs; by turns"] * 2


async def test_whoever_is_of_the_new_team_too_keeps_it(api: ApiDesk) -> None:
    await api.database.execute("insert into team_member (team, agent) values ('pool', 'ana')")
    ana = await agent(api, "ana")
    await ana.post(f"{TICKET}/claim")

    await changing(ana, team="pool")

    assert (await ticket(ana))["assignee"] == "ana"


async def test_a_program_that_may_do_anything_corrects_a_tier_and_the_history_says_so(api: ApiDesk) -> None:
    boss = await api.client("read", "write", "admin", name="boss")

    corrected = await changing(boss, tier="2", why="routed wrongly")
    both = await changing(boss, tier="3", team="makers")

    assert (corrected[0], both[0]) == (200, 409)
    line = (await history(boss, 1))[-1]
    assert (line["detail"], line["why"]) == ({"field": "tier", "old": "1", "new": "2"}, "routed wrongly")


async def test_only_who_takes_part_speaks_to_the_customer_and_anybody_writes_a_note(api: ApiDesk) -> None:
    zoe = await agent(api, "zoe")
    until = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    refused = [
        await zoe.post(f"{TICKET}/replies", json={"text": "Hola."}),
        await zoe.post(f"{TICKET}/replies", json={"text": "x", "internal": True, "status": "solved"}),
        await zoe.post(f"{TICKET}/snooze", json={"until": until}),
        await zoe.post(f"{TICKET}/promise", json={"until": until}),
    ]

    note = await zoe.post(f"{TICKET}/replies", json={"text": "Lo conozco.", "internal": True})

    assert [one.status_code for one in refused] == [403] * 4
    assert note.status_code == 201
    assert [one["automatic"] for one in await api.leaving("notification.requested")] == [True]  # the acknowledgement


async def test_who_handed_a_ticket_on_follows_it_and_may_go_on_speaking(api: ApiDesk) -> None:
    ana = await agent(api, "ana")
    body = {"tier": "2", "reason": "needs the network team", "note": "Restarted it twice, nothing helped."}
    await ana.post(f"{TICKET}/escalate", json=body)

    assert (await ana.post(f"{TICKET}/replies", json={"text": "Sigue con Redes."})).status_code == 201


async def test_nobody_stops_a_ladder_by_naming_somebody_who_is_not_there(api: ApiDesk) -> None:
    await api.database.execute("delete from ticket")
    await climbing(api, NOTIFY)
    await arrive(api)
    number = await api.database.fetchrow("select number from ticket")
    zoe = await agent(api, "zoe")

    answer = await zoe.patch(f"/api/v1/tickets/{number['number']}", json={"assignee": "ghost"})

    assert answer.status_code == 403
    assert await told(api, number["number"]) == [("started", "arrival")]


async def test_solving_again_asks_anew_and_offers_what_was_said_last_time(api: ApiDesk) -> None:
    ana = await agent(api, "ana")
    await answered(ana, 1, status="solved", resolution="toner replaced")
    await settle(api, routed(2, threading={"in_reply_to": await last_mail(api)}))

    silent = await changing(ana, status="solved")
    reopened = await ticket(ana)
    again = await changing(ana, status="solved", resolution="toner replaced")

    assert silent[0] == 422
    assert 'last time it was "toner replaced"' in silent[1]
    assert (reopened["status"], reopened["resolution"]) == ("open", "toner replaced")
    assert again[0] == 200


async def test_what_was_said_before_solving_is_said_once(api: ApiDesk) -> None:
    ana = await agent(api, "ana")
    await changing(ana, resolution="toner replaced")

    assert (await changing(ana, status="solved"))[0] == 200


async def test_closing_what_is_not_solved_asks_as_solving_does(api: ApiDesk) -> None:
    ana = await agent(api, "ana")
    await changing(ana, category="outage")

    bare = await changing(ana, status="closed")
    without_cause = await changing(ana, status="closed", resolution="restarted")
    whole = await changing(ana, status="closed", resolution="restarted", cause="a full disk")

    assert (bare[0], without_cause[0], whole[0]) == (422, 422, 200)
    assert "the category outage asks for one" in without_cause[1]


async def test_closing_what_is_solved_asks_for_nothing(api: ApiDesk) -> None:
    ana = await agent(api, "ana")
    await changing(ana, status="solved", resolution="restarted")

    assert (await changing(ana, status="closed"))[0] == 200
