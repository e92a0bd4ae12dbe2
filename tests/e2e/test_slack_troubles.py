"""What an operator sees when Slack is set up wrongly, or goes wrong later; and tickets stay reachable."""

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from intake_chat.domain.slack.setup.scopes import BOT_SCOPES
from intake_chat.handlers.customers.departures import gone_key
from tests.support.chat_desk import HELP, chat_desk
from tests.support.commands import run_beside
from tests.support.desk import RunningDesk
from tests.support.polling import eventually
from ventanilla_contracts.topology import CHAT_STATE
from ventanilla_devstack.slack.server import LocalSlack
from ventanilla_runtime.publish import Publisher
from ventanilla_runtime.state import StateBucket

pytestmark = pytest.mark.asyncio(loop_scope="module")
Talking = tuple[RunningDesk, LocalSlack]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def talking(servers_folder: Path) -> AsyncIterator[Talking]:
    folder = servers_folder / "slack-troubles"
    try:
        async with LocalSlack() as slack, chat_desk(folder, slack) as desk:
            yield desk, slack
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def doctor(desk: RunningDesk, *arguments: str, **changes: str) -> tuple[int, str]:
    """Exit code and output."""
    environment = {**desk.services["intake-chat"].environment, **changes}
    said = await run_beside("intake-chat", "doctor", *arguments, environment=environment)
    assert not said.err
    return said.code, said.out


async def findings(desk: RunningDesk, **changes: str) -> tuple[int, dict[str, list[str]]]:
    """Exit code, and what is said by state."""
    code, out = await doctor(desk, "--json", **changes)
    said: dict[str, list[str]] = {"ok": [], "warning": [], "problem": []}
    for finding in json.loads(out)["findings"]:
        said[finding["state"]].append(f"{finding['about']}: {finding['says']}")
    return code, said


async def readyz(desk: RunningDesk) -> tuple[int, dict[str, Any]]:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{desk.services['intake-chat'].url}/readyz")
    return answer.status_code, answer.json()


async def ticket_with(desk: RunningDesk, subject: str, within_seconds: float = 20) -> dict[str, Any]:
    async def found() -> dict[str, Any]:
        tickets = (await desk.api("GET", "/tickets", params={"limit": 200}))["items"]
        return next((ticket for ticket in tickets if ticket["subject"] == subject), {})

    return await eventually(found, within_seconds)


async def delivery_of_reply(desk: RunningDesk, number: int, text: str, state: str, within_seconds: float = 20) -> Any:
    """Wait until an answer has come to some state."""

    async def so() -> Any:
        said = (await desk.api("GET", f"/tickets/{number}/messages"))["items"]
        [delivery] = [one["delivery"] for one in said if one["text"] == text]
        assert delivery["state"] == state, delivery
        return delivery

    return await eventually(so, within_seconds)


async def test_a_desk_that_is_set_up_well_has_nothing_to_mend(talking: Talking) -> None:
    desk, _ = talking
    code, said = await findings(desk)

    assert (code, said["problem"], said["warning"]) == (0, [], [])
    assert f"scopes: all {len(BOT_SCOPES)} are there" in said["ok"]
    assert any(one.startswith("channel: #ayuda (C") for one in said["ok"])
    assert "history: large budget" in said["ok"]
    assert any("every right, and all" in one and one.startswith("broker") for one in said["ok"])
    code, out = await doctor(desk)
    assert code == 0
    assert out.endswith("All is well.\n")
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 80


async def test_doctor_leaves_no_connection_open(talking: Talking) -> None:
    desk, slack = talking
    before = slack.sockets.open_count(slack.app.id)
    await doctor(desk)

    assert slack.sockets.open_count(slack.app.id) == before


async def test_each_missing_scope_is_named_with_what_will_not_work(talking: Talking) -> None:
    desk, slack = talking
    whole = list(slack.app.scopes)
    slack.app.scopes = [one for one in whole if one not in ("reactions:read", "users:read.email", "channels:history")]
    try:
        code, said = await findings(desk)
        _, out = await doctor(desk)
    finally:
        slack.app.scopes = whole

    assert code == 1
    assert any("users:read.email is missing: no agent can be linked" in one for one in said["problem"])
    assert any("reactions:read is missing: 🎫 does nothing" in one for one in said["warning"])
    assert any("#ayuda" in one and "channels:history is missing" in one for one in said["problem"])
    assert "Reinstall" in out


async def test_channels_that_hear_nothing_are_named(talking: Talking) -> None:
    desk, slack = talking
    archived = slack.hands.create_channel("carmen", "viejo")
    slack.hands.invite("carmen", archived.id, slack.app.bot_user)
    slack.hands.archive("carmen", archived.id)
    without = slack.hands.create_channel("carmen", "sin-app")
    code, said = await findings(desk, INTAKE_CHAT_SLACK_CHANNELS=f"{archived.id},{without.id},C0NOWHERE")

    assert code == 1
    assert len(said["problem"]) == 3
    assert any("#viejo" in one and "is archived" in one for one in said["problem"])
    assert any("#sin-app" in one and "does not have the app in it" in one for one in said["problem"])
    assert any("C0NOWHERE does not exist" in one for one in said["problem"])


async def test_dead_tokens_and_absent_peers_are_named(talking: Talking) -> None:
    desk, _ = talking
    code, said = await findings(
        desk, INTAKE_CHAT_SLACK_BOT_TOKEN="xoxb-1-nonsense", INTAKE_CHAT_SLACK_APP_TOKEN="xapp-1-nonsense",
        INTAKE_CHAT_TICKETS_TOKEN="nonsense", INTAKE_CHAT_NATS_URL="nats://127.0.0.1:1",
    )  # fmt: skip

    assert code == 1
    assert [one.partition(":")[0] for one in said["problem"]] == ["bot token", "app token", "tickets", "broker"]
    assert "Slack does not take the bot token (invalid_auth)" in said["problem"][0]
    assert "nonsense" not in json.dumps(said)


async def test_a_ticket_token_without_rights_is_named(talking: Talking) -> None:
    desk, _ = talking
    before = len((await desk.api("GET", "/tickets", params={"limit": 200}))["items"])
    code, said = await findings(desk, INTAKE_CHAT_TICKETS_TOKEN=await desk.token("read"))

    assert (code, said["problem"]) == (1, ["tickets: INTAKE_CHAT_TICKETS_TOKEN lacks write, act"])
    assert len((await desk.api("GET", "/tickets", params={"limit": 200}))["items"]) == before


async def test_settings_that_make_no_sense_are_named(talking: Talking) -> None:
    desk, _ = talking
    code, said = await findings(desk, INTAKE_CHAT_SLACK_URL="ftp://slack", INTAKE_CHAT_SLACK_CATCH_UP_DAYS="never")

    assert code == 1
    assert sorted(one.split()[1].rstrip(":") for one in said["problem"]) == [
        "INTAKE_CHAT_SLACK_CATCH_UP_DAYS", "INTAKE_CHAT_SLACK_URL",
    ]  # fmt: skip


async def test_a_small_budget_that_is_not_set_is_named(talking: Talking) -> None:
    desk, slack = talking
    slack.limits.mode, slack.limits.history = "real", "small"
    try:
        code, said = await findings(desk)
    finally:
        slack.limits.mode, slack.limits.history = "off", "large"

    assert code == 1
    assert any("history: Slack gives the small budget" in one for one in said["problem"])


async def test_an_answer_into_an_archived_channel_fails_before_the_agents_eyes(talking: Talking) -> None:
    desk, slack = talking
    slack.hands.write("carmen", HELP, "El ratón no va")
    ticket = await ticket_with(desk, "El ratón no va")
    slack.hands.archive("carmen", HELP)
    try:
        await desk.api("POST", f"/tickets/{ticket['number']}/replies", json={"text": "Pruebe otro"})
        delivery = await delivery_of_reply(desk, ticket["number"], "Pruebe otro", "failed")
    finally:
        slack.hands.unarchive("carmen", HELP)

    assert "is_archived" in json.dumps(delivery)
    assert (await readyz(desk))[0] == 200


async def test_an_answer_to_somebody_who_is_gone_fails_before_the_agents_eyes(talking: Talking) -> None:
    desk, slack = talking
    pilar = slack.hands.add_person("pilar", "Pilar Soto", "pilar@ejemplo.example")
    slack.hands.write("pilar", slack.hands.dm("pilar"), "No tengo teclado")
    ticket = await ticket_with(desk, "No tengo teclado")
    await desk.api("POST", f"/tickets/{ticket['number']}/replies", json={"text": "Lo miramos"})
    await delivery_of_reply(desk, ticket["number"], "Lo miramos", "delivered")  # who it is was asked a moment ago
    slack.hands.delete_user("pilar")
    broker = await desk.broker.connect("intake-chat")
    state = StateBucket(broker, Publisher(broker), CHAT_STATE)
    await eventually(lambda: state.get(gone_key(pilar.id)))  # Slack has told
    await desk.api("POST", f"/tickets/{ticket['number']}/replies", json={"text": "Va de camino"})
    delivery = await delivery_of_reply(desk, ticket["number"], "Va de camino", "failed")

    assert "user_deleted" in json.dumps(delivery)
    assert (await desk.api("GET", f"/tickets/{ticket['number']}"))["requester"]["name"]


async def test_a_revoked_bot_token_is_red_and_what_waits_goes_out_when_it_works_again(talking: Talking) -> None:
    desk, slack = talking
    slack.hands.write("john", HELP, "The lamp is dark")
    ticket = await ticket_with(desk, "The lamp is dark")
    slack.app.revoked = [slack.app.bot_token]
    try:
        await desk.api("POST", f"/tickets/{ticket['number']}/replies", json={"text": "We are on it"})

        async def red() -> dict[str, Any]:
            status, said = await readyz(desk)
            assert status == 503, said
            return said

        said = await eventually(red, 20)
        calls = len([one for one in slack.calls if one[2] == "token_revoked"])
    finally:
        slack.app.revoked = []

    assert "set INTAKE_CHAT_SLACK_BOT_TOKEN" in said["problems"]["slack_token"]
    assert calls < 10
    await delivery_of_reply(desk, ticket["number"], "We are on it", "delivered", 40)
    assert (await readyz(desk))[0] == 200
    root = next(one for one in slack.hands.messages("john", HELP) if one["text"] == "The lamp is dark")
    words = [one["text"] for one in slack.hands.messages("john", HELP, thread_ts=root["ts"])]
    assert words.count("We are on it") == 1
    refusals = [one for one in desk.services["intake-chat"].events() if one["event"] == "slack.refused_token"]
    assert len(refusals) == 1


async def test_an_invalid_app_token_is_one_clear_line_and_no_storm(talking: Talking) -> None:
    desk, slack = talking
    before = len([one for one in slack.calls if one[0] == "apps.connections.open"])
    chat = desk.prepare("intake-chat", "dead", environment={"INTAKE_CHAT_SLACK_APP_TOKEN": "xapp-1-nonsense"})
    await chat.start(ready_within_seconds=0)
    try:

        async def red() -> str:
            async with httpx.AsyncClient() as client:
                try:
                    answer = await client.get(f"{chat.url}/readyz")
                except httpx.HTTPError as error:
                    raise AssertionError(repr(error)) from error
            return str(answer.json()["problems"].get("slack", ""))

        said = await eventually(lambda: _about_the_token(red), 20)
        tried = [one for one in slack.calls if one[0] == "apps.connections.open"][before:]
    finally:
        await chat.stop()

    lines = chat.log.read_text().splitlines()
    assert "Slack does not take the app token (invalid_auth): set INTAKE_CHAT_SLACK_APP_TOKEN" in said
    assert 1 <= len(tried) <= 3
    assert len([one for one in lines if "slack.refused_token" in one]) == 1
    assert "Traceback" not in chat.log.read_text()
    assert "nonsense" not in chat.log.read_text()


@pytest.mark.timeout(240)
async def test_an_app_token_that_is_revoked_meanwhile_is_red_and_loses_nothing(talking: Talking) -> None:
    desk, slack = talking
    slack.app.app_token_revoked = True
    try:
        await slack.sockets.cut()

        async def red() -> str:
            status, said = await readyz(desk)
            assert status == 503, said
            return str(said["problems"]["slack"]) if "token_revoked" in said["problems"]["slack"] else ""

        said = await eventually(red, 30)
        slack.hands.write("john", HELP, "Nobody hears me")
    finally:
        slack.app.app_token_revoked = False

    assert "xapp-" in said
    await ticket_with(desk, "Nobody hears me", 100)  # after some refusals the next try is 75 seconds away
    await eventually(lambda: _is_ready(desk), 30)


async def _is_ready(desk: RunningDesk) -> bool:
    return (await readyz(desk))[0] == 200


async def _about_the_token(red: Any) -> str:
    said = await red()
    return said if "app token" in said else ""


async def test_a_renamed_team_and_a_renamed_channel_change_nothing_about_a_ticket(talking: Talking) -> None:
    desk, slack = talking
    first = slack.hands.write("john", HELP, "My chair squeaks")
    ticket = await ticket_with(desk, "My chair squeaks")
    slack.workspace.teams[slack.workspace.home].name = "Otro nombre"
    slack.workspace.teams[slack.workspace.home].domain = "otro"
    slack.hands.rename_channel(HELP, "ayuda-nueva")
    try:
        slack.hands.write("john", "ayuda-nueva", "and wobbles", thread_ts=first.ts)

        async def joined() -> bool:
            said = (await desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
            return [one["text"] for one in said if one["kind"] == "customer"] == ["My chair squeaks", "and wobbles"]

        assert await eventually(joined, 20)
        await desk.api("POST", f"/tickets/{ticket['number']}/replies", json={"text": "Oil is coming"})
        await delivery_of_reply(desk, ticket["number"], "Oil is coming", "delivered")
    finally:
        slack.hands.rename_channel("ayuda-nueva", HELP)
