"""Ladders on tickets: what starts and stops them, and what their steps do."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.climbing_desk import (
    NOTIFY,
    PAGE,
    RAISE,
    arrive,
    climbing,
    lines,
    mails_to,
    pages,
    pass_time,
    put,
    refresh,
    runs,
    told,
)
from tests.integration.tickets.desk_people import agent, history
from tests.integration.tickets.routed_mails import answered, settle
from tests.integration.tickets.test_clocks import new

AT_ONCE = {"after_minutes": 0, "do": "notify_team"}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


async def test_a_ticket_that_nobody_takes_goes_up_its_ladder_step_by_step(api: ApiDesk) -> None:
    boss = await climbing(api, NOTIFY, PAGE, RAISE)
    await arrive(api)

    await pass_time(api, 1)
    before = await told(api)
    await pass_time(api)
    notified = await told(api)
    for _ in range(4):
        await pass_time(api)

    assert before == [("started", "arrival")]
    assert notified == [*before, ("step", "notify_team")]
    assert (await mails_to(api, "ana"))[0]["subject"] == "[#1] Esperando (normal): Asunto 1"
    assert await told(api) == [
        *notified,
        ("step", "page"),
        ("step", "page"),
        ("step", "page"),
        ("step", "raise_tier"),
        ("ended", "nobody reacted"),
    ]
    assert (await lines(api))[4]["why"] == "nobody acknowledged"
    assert [page["state"] for page in await pages(boss)] == ["open", "open"]
    assert (await boss.get("/api/v1/tickets/1")).json()["team"] == "network"
    assert not await runs(api)


async def test_a_desk_without_ladders_pays_nothing_and_gets_nothing(api: ApiDesk) -> None:
    await arrive(api)
    assert not await runs(api)
    assert not await lines(api)


async def test_an_answer_stops_the_ladder_and_takes_the_page_back_and_both_are_told(api: ApiDesk) -> None:
    boss = await climbing(api, PAGE)
    await arrive(api)
    await pass_time(api)

    await answered(await agent(api, "ana"), 1)
    await pass_time(api)

    [page] = await pages(boss)
    assert (page["state"], page["withdrawn_why"]) == ("withdrawn", "answered")
    assert (await told(api))[-1] == ("stopped", "answered")
    [event] = await api.leaving("ticket.page_settled")
    assert (event["page"], event["agent"], event["state"], event["why"]) == (page["id"], "eva", "withdrawn", "answered")
    assert len(await api.leaving("ticket.paged")) == 1
    assert not await runs(api)


async def test_who_claims_a_ticket_stops_its_ladder_and_who_releases_it_starts_another(api: ApiDesk) -> None:
    await climbing(api, NOTIFY)
    await arrive(api)
    ana = await agent(api, "ana")

    await ana.post("/api/v1/tickets/1/claim")
    claimed = await runs(api)
    await ana.post("/api/v1/tickets/1/release")

    assert not claimed
    assert await told(api) == [("started", "arrival"), ("stopped", "taken"), ("started", "arrival")]
    assert len(await runs(api)) == 1


@pytest.mark.parametrize("status", ["pending", "on_hold", "solved", "closed"])
async def test_a_status_in_which_nobody_works_stops_the_ladder(api: ApiDesk, status: str) -> None:
    boss = await climbing(api, NOTIFY)
    await arrive(api)
    await boss.patch("/api/v1/tickets/1", json={"status": status, "resolution": "restarted"})
    assert (await told(api))[-1] == ("stopped", status)
    assert not await runs(api)


async def test_a_merged_ticket_climbs_no_further_and_the_one_that_goes_on_does(api: ApiDesk) -> None:
    boss = await climbing(api, PAGE)
    await arrive(api, 1, 2)
    await pass_time(api)
    wish = {"into": 1, "reason": "the same outage again", "share": True}
    answer = await boss.post("/api/v1/tickets/2/merge", json=wish)
    assert answer.status_code == 200, answer.text
    assert (await told(api, 2))[-1] == ("stopped", "merged")
    assert not await runs(api, 2)
    assert len(await runs(api, 1)) == 1
    assert {page["ticket"]: page["state"] for page in await pages(boss)} == {1: "open", 2: "withdrawn"}


async def test_a_ticket_that_is_handed_on_climbs_the_ladder_of_its_new_team(api: ApiDesk) -> None:
    boss = await climbing(api, NOTIFY)
    await put(boss, "ladders/quick", {"starts": [{"on": "arrival"}], "steps": [AT_ONCE]})
    await api.database.execute("update team set ladder = 'quick' where name = 'network'")
    await refresh(api)
    await arrive(api)
    reason = {"reason": "needs the network team", "note": "The link drops every minute.", "tier": "2"}
    answer = await boss.post("/api/v1/tickets/1/escalate", json=reason)
    assert answer.status_code == 200, answer.text

    [run] = await runs(api)
    assert (run["ladder"], run["team"]) == ("quick", "network")
    assert [line["why"] for line in await lines(api)] == ["arrival", "left the team", "arrival"]


async def test_the_policys_ladder_comes_before_that_of_the_team(api: ApiDesk) -> None:
    boss = await climbing(api, NOTIFY)
    await put(boss, "ladders/quick", {"starts": [{"on": "arrival"}], "steps": [AT_ONCE]})
    await put(boss, "policies/standard", {"ladder": "quick"})
    await api.database.execute("update team set ladder = 'default'")
    await refresh(api)
    await arrive(api)
    assert [run["ladder"] for run in await runs(api)] == ["quick"]


@pytest.mark.parametrize(("of_the_desk", "of_the_team"), [("breach", "arrival"), ("arrival", "breach")])
async def test_a_new_ticket_whose_policy_names_no_ladder_climbs_that_of_its_team(
    api: ApiDesk, of_the_desk: str, of_the_team: str
) -> None:
    boss = await climbing(api, NOTIFY, starts=[{"on": of_the_desk}])
    await put(boss, "ladders/quick", {"starts": [{"on": of_the_team}], "steps": [AT_ONCE]})
    await api.database.execute("update team set ladder = 'quick'")
    await refresh(api)
    await arrive(api)
    assert [run["ladder"] for run in await runs(api)] == (["quick"] if of_the_team == "arrival" else [])


async def test_clocks_start_ladders_in_the_transaction_in_which_they_warn_and_breach(api: ApiDesk) -> None:
    boss = await climbing(api, NOTIFY, starts=[{"on": "breach", "clocks": ["first_response"]}])
    target = {"targets": {"first_response": {"normal": {"minutes": 60, "calendar": "always"}}}, "warn_at": []}
    await put(boss, "policies/standard", target)
    await refresh(api)
    await arrive(api)
    before = await runs(api)

    await pass_time(api, 60)

    assert not before
    assert await told(api) == [("started", "first_response")]
    breached = [row["action"] for row in await history(boss, 1)]
    assert breached.index("service_level.breached") < breached.index("ladder.started")


async def test_a_customer_who_writes_to_a_solved_ticket_starts_what_says_reopened(api: ApiDesk) -> None:
    boss = await climbing(api, NOTIFY, starts=[{"on": "reopened"}])
    await arrive(api)
    sent = await answered(await agent(api, "ana"), 1, status="solved", resolution="restarted")
    reply = new(2, sender="c1@cliente.example", threading={"in_reply_to": sent["message_id"]})
    await settle(api, reply)
    assert (await boss.get("/api/v1/tickets/1")).json()["status"] == "open"
    assert await told(api) == [("started", "reopened")]


async def test_a_run_keeps_the_version_with_which_it_began(api: ApiDesk) -> None:
    boss = await climbing(api, NOTIFY, NOTIFY)
    await arrive(api, 1)
    await put(boss, "ladders/default", {"starts": [{"on": "arrival"}], "steps": [AT_ONCE]})
    await refresh(api)
    await arrive(api, 2)

    await pass_time(api)

    assert await told(api, 1) == [("started", "arrival"), ("step", "notify_team")]
    assert {line["detail"]["version"] for line in await lines(api, 1)} == {1}
    assert (await told(api, 2))[-1] == ("ended", "nobody reacted")
    assert {line["detail"]["version"] for line in await lines(api, 2)} == {2}


async def test_a_replica_that_has_not_heard_of_a_ladder_yet_follows_it_all_the_same(
    api: ApiDesk, database: str
) -> None:
    boss = await climbing(api, NOTIFY)
    await put(boss, "ladders/default", {"starts": [{"on": "arrival"}], "steps": [NOTIFY, NOTIFY]})
    async with open_api_desk(database) as other:
        await refresh(other)
        await arrive(other)
    await answered(await agent(api, "ana"), 1)
    assert (await told(api))[-1] == ("stopped", "answered")


async def test_after_an_outage_people_still_get_their_time_for_each_step(api: ApiDesk) -> None:
    await climbing(api, NOTIFY, NOTIFY, NOTIFY)
    await arrive(api)

    await pass_time(api, 24 * 60)
    [run] = await runs(api)

    assert await told(api) == [("started", "arrival"), ("step", "notify_team")]
    now = await api.database.now()
    assert timedelta(minutes=4) < run["due_at"] - now < timedelta(minutes=5)


async def test_a_step_without_a_wait_follows_at_once(api: ApiDesk) -> None:
    await climbing(api, NOTIFY, AT_ONCE, AT_ONCE)
    await arrive(api)
    await pass_time(api)
    assert [what for what, _ in await told(api)] == ["started", "step", "step", "step", "ended"]


async def test_a_page_waits_for_the_morning_and_the_history_says_so(api: ApiDesk) -> None:
    boss = await climbing(api, PAGE, day=False)
    await put(boss, "calendars/never", {"zone": "UTC", "week": {}, "days": {"2030-01-07": ["09:00-10:00"]}})
    await api.database.execute("update team set calendar = 'never'")
    await refresh(api)
    await arrive(api)

    await pass_time(api)

    [run] = await runs(api)
    assert run["due_at"].isoformat() == "2030-01-07T09:00:00+00:00"
    waits = (await lines(api))[-1]
    assert (waits["action"], waits["why"]) == ("ladder.waits", "nobody is paged at night")
    assert await pages(boss) == []
    await put(boss, "policies/standard", {"page_at_night": ["normal"]})
    await api.database.execute("update due set due_at = clock_timestamp()")
    await pass_time(api, 0)
    assert len(await pages(boss)) == 1


async def test_people_of_a_team_that_works_around_the_clock_are_paged_at_night(api: ApiDesk) -> None:
    boss = await climbing(api, PAGE, day=False)
    team = {"title": {"es": "Primera", "en": "First"}, "calendar": "always"}
    assert (await boss.put("/api/v1/teams/first-line", json=team)).status_code == 200
    hour = (await api.database.now()).hour
    zones = {f"Etc/GMT{shift:+d}": (hour - shift) % 24 for shift in range(-12, 13)}
    night = next(zone for zone, local in zones.items() if local == 3)
    object.__setattr__(api.desk, "zone", night)  # of people without hours
    await refresh(api)
    await arrive(api)

    await pass_time(api)

    assert [page["agent"] for page in await pages(boss)] == ["eva"]
    assert ("waits", "nobody is paged at night") not in await told(api)


async def test_an_override_that_was_made_a_moment_ago_counts_for_the_next_page(api: ApiDesk) -> None:
    boss = await climbing(api, PAGE)
    await arrive(api)
    now = await api.database.now()
    body = {"agent": "zoe", "since": (now - timedelta(hours=1)).isoformat(), "until": (now + timedelta(1)).isoformat()}
    assert (await boss.post("/api/v1/desk/rotas/nights/overrides", json=body)).status_code == 201

    await pass_time(api)

    assert [page["agent"] for page in await pages(boss)] == ["zoe"]


async def test_a_webhook_that_this_process_does_not_know_is_a_warning(api: ApiDesk) -> None:
    ladder = {"starts": [{"on": "breach"}], "steps": [{"do": "webhook", "webhook": "status"}]}

    made = await (await api.client("admin")).put("/api/v1/desk/ladders/calling", json=ladder)

    assert made.status_code == 201, made.text
    [warning] = made.json()["warnings"]
    assert warning.startswith("step 1 calls status, which is unknown here")


async def test_a_webhook_is_left_for_its_sender(api: ApiDesk) -> None:
    await climbing(api, {"do": "webhook", "webhook": "status"})
    await arrive(api)
    await pass_time(api)
    [call] = await api.database.fetch("select * from webhook_call")
    assert (call["name"], call["ticket_number"]) == ("status", 1)


async def test_raising_hands_the_ticket_on_as_people_do_and_the_run_goes_with_it(api: ApiDesk) -> None:
    boss = await climbing(api, RAISE, PAGE)
    await arrive(api)

    await pass_time(api)

    ticket = (await boss.get("/api/v1/tickets/1")).json()
    assert (ticket["team"], ticket["tier"]) == ("network", "2")
    [step] = (await boss.get("/api/v1/tickets/1/handovers")).json()["items"]
    assert (step["kind"], step["actor"]) == ("escalate", "ladder:default")
    assert step["reason"] == "nadie reaccionó en el nivel 1 (escalera default, paso 1)"
    messages = (await boss.get("/api/v1/tickets/1/messages")).json()["items"]
    assert [one["kind"] for one in messages] == ["customer", "automatic", "note", "automatic"]
    [run] = await runs(api)
    assert (run["step"], run["team"]) == (2, "network")
    await pass_time(api)
    assert len(await pages(boss)) == 1


async def test_where_no_team_works_above_the_history_says_so_and_the_ladder_goes_on(api: ApiDesk) -> None:
    boss = await climbing(api, RAISE, RAISE, RAISE, NOTIFY)
    await arrive(api)
    for _ in range(3):
        await pass_time(api)

    assert (await boss.get("/api/v1/tickets/1")).json()["tier"] == "3"
    last = (await lines(api))[-1]
    assert (last["detail"]["do"], last["why"]) == ("raise_tier", "no team works in a tier above 3")
    assert [run["step"] for run in await runs(api)] == [4]


async def test_a_ladder_cannot_choose_between_teams(api: ApiDesk) -> None:
    boss = await climbing(api, RAISE)
    await api.database.execute("insert into team (name, tier) values ('other', '2')")
    await arrive(api)
    await pass_time(api)
    assert (await boss.get("/api/v1/tickets/1")).json()["tier"] == "1"
    assert "network, other; a ladder cannot choose" in (await lines(api))[1]["why"]
