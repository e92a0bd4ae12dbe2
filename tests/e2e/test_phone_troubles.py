"""A telephone that does not work: `doctor` says why, `--fix` mends numbers, an alarm is raised for a dead account.

A desk of its own: its public address is where it really is, which the desks of other tests only claim.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest
import pytest_asyncio

from intake_phone.adapters.flow_file import default_flow_text
from intake_phone.commands.doctor import examine
from tests.support.desk import RunningDesk
from tests.support.phone_desk import phone_desk
from tests.support.polling import eventually
from tests.support.streams import bodies
from ventanilla_contracts.events import ChannelEndangered
from ventanilla_devstack.ports import HOST, free_port
from ventanilla_devstack.twilio.seed import CARMEN, DESK_EN, DESK_ES, TRANSCRIPTIONS
from ventanilla_devstack.twilio.server import LocalTwilio
from ventanilla_runtime.findings import is_well

pytestmark = pytest.mark.asyncio(loop_scope="module")
Phoning = tuple[RunningDesk, LocalTwilio]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def phoning(servers_folder: Path) -> AsyncIterator[Phoning]:
    folder, port = servers_folder / "phone-troubles", free_port()
    try:
        async with LocalTwilio(pace=0.001) as twilio:
            more = {
                "HTTP_PORT": str(port),
                "PUBLIC_URL": f"http://{HOST}:{port}",
                "TRANSCRIPTION_URL": f"{twilio.url}{TRANSCRIPTIONS}",
                "ACCOUNT_MINUTES": "0.005",
                "DESK_NUMBER": DESK_ES,
            }
            async with phone_desk(
                folder, twilio, {f"INTAKE_PHONE_{name}": value for name, value in more.items()}
            ) as desk:
                yield desk, twilio
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def run(desk: RunningDesk, *arguments: str, **changes: str) -> tuple[int, str]:
    """Exit code and output of `intake-phone`."""
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.prefix) / "bin" / "intake-phone"), *arguments,
        env={**desk.services["intake-phone"].environment, **changes},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, errors = await asyncio.wait_for(process.communicate(), 60)
    said = errors.decode()
    assert not [line for line in said.splitlines() if "waiting for" not in line], said
    return process.returncode or 0, out.decode()


async def findings(desk: RunningDesk, **changes: str) -> tuple[bool, dict[str, list[str]]]:
    """Whether all is well, and what `doctor` says by state."""
    with mock.patch.dict(os.environ, {**desk.services["intake-phone"].environment, **changes}):
        found = await examine()
    said: dict[str, list[str]] = {"ok": [], "warning": [], "problem": []}
    for one in found:
        said[one.state].append(f"{one.about}: {one.says}")
    return is_well(found), said


async def test_doctor_names_what_is_wrong_mends_numbers_when_asked_to_and_then_all_is_well(phoning: Phoning) -> None:
    desk, twilio = phoning
    well, said = await findings(desk)
    assert not well
    assert any("always-open.yaml" in one and "the desk has no team first-line" in one for one in said["problem"])
    assert any(f"{DESK_ES} is not the desk's: calls go to https://phone.desk.example" in one for one in said["warning"])
    assert twilio.exchange.numbers[DESK_ES].voice_url == "https://phone.desk.example/twilio/voice"

    for team in ("first-line", "billing"):
        await desk.api("PUT", f"/teams/{team}", json={"tier": "1"})
    code, out = await run(desk, "doctor", "--fix", DESK_ES, "--fix", DESK_EN)
    assert (code, out.splitlines()[-1]) == (0, "All is well.")
    assert f"{DESK_ES} comes here now" in out
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 80
    public = desk.services["intake-phone"].url
    assert twilio.exchange.numbers[DESK_EN].sms_url == f"{public}/twilio/messages"

    well, said = await findings(desk)
    assert (well, said["warning"], said["problem"]) == (True, [], [])
    for words in ("public address: ", "account: ", "balance: ", "clock: ", "tickets: ", "transcription: ", "broker: "):
        assert any(one.startswith(words) for one in said["ok"]), (words, said)
    assert sum("every right, and all" in one for one in said["ok"]) == 1


async def test_teams_of_the_desk_are_asked_for_when_a_flow_is_checked(phoning: Phoning, tmp_path: Path) -> None:
    desk, _ = phoning
    file = tmp_path / "acme.yaml"
    text = default_flow_text().replace("teams: [first-line, billing]", "teams: [first-line, billing, nobody]")
    file.write_text(text, encoding="utf-8")
    code, out = await run(desk, "check", "--teams", str(file))

    assert code == 1
    assert out.splitlines()[0].startswith(f"{file}:10:30:")
    assert "the desk has no team nobody" in out


async def test_a_token_that_may_too_little_is_named(phoning: Phoning) -> None:
    desk, _ = phoning
    _, said = await findings(desk, INTAKE_PHONE_TICKETS_TOKEN=await desk.token("read"))

    assert "tickets: INTAKE_PHONE_TICKETS_TOKEN lacks write, act" in said["problem"]


async def test_the_words_of_a_voicemail_are_on_its_ticket(phoning: Phoning) -> None:
    desk, twilio = phoning
    call = twilio.call(CARMEN, DESK_ES)
    await call.hear("Bienvenido", timeout_seconds=20)
    call.press("1")
    await call.hear("dejar un mensaje")
    call.press("3")
    await call.hear("Deje su mensaje")
    call.speak("La impresora del muelle no imprime", seconds=5)
    call.press("#")
    await call.ended()

    async def told() -> Any:
        tickets = (await desk.api("GET", "/tickets", params={"q": "muelle"}))["items"]
        assert len(tickets) == 1
        items = (await desk.api("GET", f"/tickets/{tickets[0]['number']}/messages"))["items"]
        return next(one["text"] for one in items if one["kind"] == "customer")

    assert (await eventually(told, 20)).startswith("La impresora del muelle no imprime\n\n")


async def readyz(desk: RunningDesk) -> tuple[int, dict[str, Any]]:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{desk.services['intake-phone'].url}/readyz")
    return answer.status_code, answer.json()


async def test_an_account_that_is_suspended_turns_readiness_red_and_raises_one_alarm_a_day(phoning: Phoning) -> None:
    desk, twilio = phoning
    twilio.account.balance = 1.0

    async def worried() -> bool:
        status, body = await readyz(desk)
        return status == 200 and "the account's money is low" in body.get("warnings", {}).get("twilio balance", "")

    await eventually(worried, 20)
    twilio.run_out_of_money()

    async def red() -> bool:
        status, body = await readyz(desk)
        return status == 503 and "the account is suspended" in body["problems"].get("twilio", "")

    async def green() -> bool:
        status, body = await readyz(desk)
        return status == 200 and "warnings" not in body

    try:
        await eventually(red, 20)
        _, said = await findings(desk)
        assert any("account: the account is suspended" in one for one in said["problem"])
    finally:
        twilio.reactivate()
    await eventually(green, 20)

    operator = await desk.broker.connect()
    told = [ChannelEndangered.model_validate_json(one) for one in await bodies(operator, "OPERATIONS")]
    assert [(one.channel, one.account, one.connection) for one in told] == [
        ("phone", twilio.account.sid, "balance"), ("phone", twilio.account.sid, "account"),
    ]  # fmt: skip
    # A second time on the same day nobody is called again.
    twilio.suspend()
    try:
        await eventually(red, 20)
    finally:
        twilio.reactivate()
    await eventually(green, 20)
    assert len(await bodies(operator, "OPERATIONS")) == 2
