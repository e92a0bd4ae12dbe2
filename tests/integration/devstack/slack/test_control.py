"""Hands and faults from another process, the page, and the command that serves both."""

import asyncio
import base64
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.polling import eventually
from ventanilla_devstack.slack.control import HANDS
from ventanilla_devstack.slack.server import LocalSlack


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP client."""
    async with aiohttp.ClientSession() as opened:
        yield opened


async def hand(slack: LocalSlack, session: aiohttp.ClientSession, hand_name: str, **given: Any) -> dict[str, Any]:
    async with session.post(f"{slack.url}/_local/hands/{hand_name}", json=given) as answer:
        return dict(await answer.json())


async def test_hands_are_there_for_other_processes(slack: LocalSlack, session: aiohttp.ClientSession) -> None:
    written = await hand(slack, session, "write", user="carmen", channel="ayuda", text="hola")
    ts = written["result"]["ts"]
    content = base64.b64encode(b"x").decode()
    await hand(slack, session, "upload", user="carmen", channel="ayuda", name="a.txt", content=content, thread_ts=ts)
    await hand(slack, session, "invite", user="soporte-eva", channel="soporte", others=["john"])
    seen = await hand(slack, session, "command", user="carmen", channel="ayuda", line="/ticket x")
    wrong = await hand(slack, session, "write", user="carmen", channel="soporte", text="x")
    unknown = await hand(slack, session, "write", nonsense=1)

    assert slack.hands.messages("carmen", "ayuda", ts)[1]["files"][0]["name"] == "a.txt"
    assert slack.workspace.person("john").id in slack.workspace.channel_named("soporte").members
    assert seen["result"]["problem"] == "dispatch_failed"
    assert (wrong["ok"], wrong["error"]) == (False, "channel_not_found")
    assert unknown["error"] == "invalid_arguments"
    assert (await hand(slack, session, "__init__"))["error"] == "unknown_hand"


async def test_every_hand_that_is_offered_is_there(slack: LocalSlack) -> None:
    offered = {name for name in dir(slack.hands) if not name.startswith("_")} - {"site", "workspace", "person"}

    assert offered == HANDS


async def test_faults_limits_and_sockets_are_set_from_outside(
    slack: LocalSlack, session: aiohttp.ClientSession
) -> None:
    async def post(path: str, **given: Any) -> dict[str, Any]:
        async with session.post(f"{slack.url}/_local/{path}", json=given) as answer:
            return dict(await answer.json())

    assert (await post("faults", kind="wait", method="auth.test", calls=3))["in_force"][0]["calls"] == 3
    assert (await post("faults", dropped_events=-1))["ok"]
    assert slack.faults.dropped_events == -1
    assert (await post("faults", kind="nonsense"))["error"] == "invalid_arguments"
    assert (await post("faults", clear=True))["in_force"] == []
    assert (await post("app", limits="real", history="small", bot_token_revoked=True))["ok"]
    assert (slack.limits.mode, slack.limits.history, slack.app.revoked) == ("real", "small", [slack.app.bot_token])
    assert (await post("app", request_url="http://127.0.0.1:9/"))["error"] == "url_not_verified"
    assert (await post("sockets/cut"))["ok"]
    assert (await post("settle"))["settled"] is True
    async with session.get(f"{slack.url}/_local/state") as answer:
        assert (await answer.json())["app"]["bot_token"] == slack.app.bot_token
    async with session.get(f"{slack.url}/_local/calls") as answer:
        assert (await answer.json())["calls"] == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
async def test_pages_of_others_cannot_use_the_hands(
    slack: LocalSlack, session: aiohttp.ClientSession, headers: dict[str, str], status: int
) -> None:
    body = json.dumps({"user": "carmen", "channel": "ayuda", "text": "x"})
    given = {"Content-Type": "application/json"} | headers

    async with session.post(f"{slack.url}/_local/hands/write", data=body, headers=given) as answer:
        assert answer.status == status

    assert slack.hands.messages("carmen", "ayuda") == []


async def start(*arguments: str) -> tuple[asyncio.subprocess.Process, dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ventanilla_devstack", "slack", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env={**os.environ},
    )  # fmt: skip
    assert process.stdout
    async with asyncio.timeout(20):
        line = await process.stdout.readline()
    return process, json.loads(line) if line else {}


async def stop(process: asyncio.subprocess.Process) -> int:
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(20):
        await process.communicate()
    assert process.returncode is not None
    return process.returncode


async def test_the_command_keeps_its_workspace(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"teams": [{"handle": "first-line"}], "app": {"bot_token": "xoxb-given"}}))
    arguments = ("--state", str(tmp_path / "slack.json"), "--seed", str(seed), "--limits", "off")
    process, ready = await start(*arguments)
    assert ready["bot_token"] == "xoxb-given"
    said = {"user": "carmen", "channel": "ayuda", "text": "yesterday"}
    async with session.post(f"{ready['url']}/_local/hands/write", json=said) as answer:
        assert (await answer.json())["ok"]
    assert await stop(process) == 0
    assert (tmp_path / "slack.json").stat().st_mode & 0o077 == 0, "it holds tokens"

    process, again = await start(*arguments)

    assert {key: again[key] for key in ("app_id", "app_token", "team_id")} == {
        key: ready[key] for key in ("app_id", "app_token", "team_id")
    }
    asked = {"user": "carmen", "channel": "ayuda"}
    async with session.post(f"{again['url']}/_local/hands/messages", json=asked) as answer:
        assert [each["text"] for each in (await answer.json())["result"]] == ["yesterday"]
    assert await stop(process) == 0


async def test_a_running_workspace_is_saved_every_so_often(tmp_path: Path) -> None:
    path = tmp_path / "slack.json"
    async with LocalSlack(state_file=path, save_seconds=0.05) as slack:
        slack.hands.write("carmen", "ayuda", "kept")
        await eventually(lambda: path.exists() and "kept" in path.read_text())


async def test_the_command_says_in_one_line_what_is_wrong(tmp_path: Path) -> None:
    damaged = tmp_path / "slack.json"
    damaged.write_text("{")
    for arguments, words in (
        (("--state", str(damaged)), "delete it"),
        (("--limits", "some"), "--limits is real or off"),
        (("--seed", str(damaged)), "is no seed"),
        (("--socket-mode", "--request-url", "http://127.0.0.1:1/"), "give one of them"),
    ):
        process, ready = await start(*arguments)
        _, told = await process.communicate()
        assert (process.returncode, ready) == (1, {})
        [line] = told.decode().splitlines()
        assert words in line


async def test_the_page_shows_the_workspace_to_each_person(slack: LocalSlack, session: aiohttp.ClientSession) -> None:
    message = slack.hands.write("carmen", "ayuda", "<script>alert(1)</script> @soporte-eva")

    async def page(name: str, language: str, **more: str) -> str:
        query = {"as": slack.workspace.person(name).id, **more}
        headers = {"Accept-Language": language}
        async with session.get(f"{slack.url}/", params=query, headers=headers) as answer:
            assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
            return await answer.text()

    spanish = await page("carmen", "es-ES,es;q=0.9", **{"in": "ayuda"})
    english = await page("soporte-eva", "en", **{"in": "ayuda", "thread": message.ts})

    assert '<html lang="es">' in spanish
    assert "¿Quién eres?" in spanish
    assert '<html lang="en">' in english
    assert "Close the thread" in english
    assert "<script>alert" not in spanish + english
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in spanish
    assert "#soporte" not in spanish, "a private channel is not shown to others"
    assert "#soporte" in english
    assert "has not published" in await page("carmen", "en", **{"in": "home"})


async def test_the_page_is_told_when_something_changes(slack: LocalSlack, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{slack.url}/_page/news") as news:
        assert await news.content.readline() == b": hello\n"
        slack.hands.write("carmen", "ayuda", "x")

        async def told() -> bool:
            return await news.content.readline() == b"data: changed\n"

        await eventually(told)
    async with session.get(f"{slack.url}/_page/parts", params={"in": "ayuda"}) as answer:
        assert ">x</span>" in (await answer.json())["main"]


async def test_a_permalink_leads_to_the_page(slack: LocalSlack, session: aiohttp.ClientSession) -> None:
    message = slack.hands.write("carmen", "ayuda", "here it is")

    async with session.get(slack.hands.permalink("ayuda", message.ts)) as answer:
        assert "here it is" in await answer.text()


async def test_a_file_is_for_those_who_may_see_it(slack: LocalSlack, session: aiohttp.ClientSession) -> None:
    file = slack.hands.upload("soporte-eva", "soporte", "<b>.html", b"<script>")

    for name, status in (("soporte-tom", 200), ("carmen", 404)):
        query = {"as": slack.workspace.person(name).id}
        async with session.get(f"{slack.url}/_page/files/{file.id}", params=query) as answer:
            assert answer.status == status
            if status == 200:
                assert answer.headers["Content-Disposition"].startswith("attachment")
                assert answer.content_type == "application/octet-stream"
