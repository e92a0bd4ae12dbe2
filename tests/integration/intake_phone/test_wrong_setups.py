"""What an operator can get wrong, tried against the local Twilio and doors of ours: each is named with what to do.

Nothing of it is a crash, and no secret is said back.
"""

import asyncio
import inspect
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from pydantic import ValidationError
from structlog.testing import capture_logs

from intake_phone.adapters.twilio.doors import Doors
from intake_phone.adapters.twilio.signature import Signatures
from intake_phone.app import flows_of
from intake_phone.commands.desk_checks import examine_transcription
from intake_phone.commands.doctor import examine
from intake_phone.commands.public_check import examine_public
from intake_phone.commands.twilio_checks import examine_twilio, mend
from intake_phone.handlers.account.numbers import DeskNumbers
from intake_phone.settings import Settings
from intake_phone.wiring.account import account_of, check_numbers
from tests.support.polling import eventually
from ventanilla_devstack.ports import HOST, free_port
from ventanilla_devstack.twilio.seed import DESK_EN, DESK_ES, TRANSCRIPTIONS
from ventanilla_devstack.twilio.server import LocalTwilio
from ventanilla_runtime.findings import Finding
from ventanilla_runtime.health import http_server
from ventanilla_runtime.service import CannotStart
from ventanilla_runtime.settings import explain

pytestmark = pytest.mark.asyncio(loop_scope="module")
P = "INTAKE_PHONE_"
TEMPLATE = "HX" + "1" * 32
WRONG = "0" * 32


async def _nothing(*_: object) -> Any:
    return ""


@asynccontextmanager
async def doors(token: str, public: str, port: int) -> AsyncIterator[str]:
    """The service's doors, with nothing behind them."""
    needed = {name for name, one in inspect.signature(Doors.__init__).parameters.items() if one.default is one.empty}
    behind: dict[str, Any] = dict.fromkeys(needed - {"self"}, _nothing)
    said = {"agents": {}, "sorry": "", "sorry_agent": ""}
    made = Doors(**{**behind, **said, "signatures": Signatures((token,), public)})
    server = http_server(made.application(), HOST, port)
    task = asyncio.ensure_future(server.serve())
    await eventually(lambda: server.started, 5)
    try:
        yield f"http://{HOST}:{port}"
    finally:
        server.should_exit = True
        await task


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def twilio() -> AsyncIterator[LocalTwilio]:
    async with LocalTwilio(pace=0.001) as running:
        yield running


@pytest.fixture
def variables(twilio: LocalTwilio, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What is set where nothing is wrong."""
    given = {
        "TWILIO_ACCOUNT_SID": twilio.account.sid,
        "TWILIO_AUTH_TOKEN": twilio.account.auth_token,
        "TWILIO_URL": twilio.url,
        "PUBLIC_URL": f"http://{HOST}:{free_port()}",
        "TRANSCRIPTION_URL": f"{twilio.url}{TRANSCRIPTIONS}",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"{P}{name}", value)
    return given


def settings_with(monkeypatch: pytest.MonkeyPatch, changes: Mapping[str, str]) -> Settings:
    for name, value in changes.items():
        monkeypatch.setenv(f"{P}{name}", value)
    return Settings()


def lines(findings: list[Finding], state: str) -> list[str]:
    return [f"{one.about}: {one.says}" for one in findings if one.state == state]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"TWILIO_AUTH_TOKEN": WRONG}, "account: Twilio does not take SID and auth token"),
        ({"TWILIO_ACCOUNT_SID": "AC" + WRONG}, "account: Twilio does not take SID and auth token"),
        ({"TWILIO_URL": f"http://{HOST}:9"}, "did not answer"),
        ({"WHATSAPP_TEMPLATES": f"es=HX{WRONG}"}, "is no template of the account"),
        ({"WHATSAPP_TEMPLATES": f"en={TEMPLATE}"}, f"template: en: WhatsApp says pending of {TEMPLATE}"),
    ],
)
async def test_what_twilio_does_not_take_is_named(
    twilio: LocalTwilio, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], words: str
) -> None:
    twilio.account.templates = {TEMPLATE: "pending"}
    settings = settings_with(monkeypatch, changes)
    async with aiohttp.ClientSession() as session:
        seen = await examine_twilio(settings, account_of(settings, session))

    said = lines(seen.findings, "problem")
    assert any(words in one for one in said), said
    assert variables["TWILIO_AUTH_TOKEN"] not in str(seen)


async def test_an_account_in_order_is_said_to_be_so(
    twilio: LocalTwilio, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    twilio.account.templates = {TEMPLATE: "approved"}
    settings = settings_with(monkeypatch, {"WHATSAPP_TEMPLATES": f"es={TEMPLATE},en={TEMPLATE}"})
    async with aiohttp.ClientSession() as session:
        seen = await examine_twilio(settings, account_of(settings, session))

    assert [one.about for one in seen.findings] == ["account", "balance", "clock", "template", "template"]
    assert {one.state for one in seen.findings} == {"ok"}
    assert {one.number for one in seen.numbers or ()} >= {DESK_ES, DESK_EN}


async def test_an_account_that_is_suspended_or_out_of_money_is_named(
    twilio: LocalTwilio, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_with(monkeypatch, {})
    async with aiohttp.ClientSession() as session:
        account = account_of(settings, session)
        twilio.account.balance = 1.0
        low = await examine_twilio(settings, account)
        twilio.run_out_of_money()
        try:
            gone = await examine_twilio(settings, account)
        finally:
            twilio.reactivate()

    assert any("1.00 USD left" in one for one in lines(low.findings, "warning"))
    assert any("the account is suspended (balance -0.01 USD)" in one for one in lines(gone.findings, "problem"))


async def test_a_public_address_is_proven_by_a_request_that_is_signed(
    twilio: LocalTwilio, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    public = variables["PUBLIC_URL"]
    settings = settings_with(monkeypatch, {})
    nobody, proven = await examine_public(settings)
    assert (lines(nobody, "problem")[0].startswith("public address: "), proven) == (True, False)

    token, port = twilio.account.auth_token, int(public.rpartition(":")[2])
    async with doors(token, public, port):
        fine, proven = await examine_public(settings)
    assert ([one.state for one in fine], proven) == (["ok"], True)

    for wrong in ((WRONG, public), (token, "https://phone.example")):
        async with doors(*wrong, port):
            refused, proven = await examine_public(settings)
        assert "Twilio gets 403" in lines(refused, "problem")[0]
        assert not proven

    elsewhere = settings_with(monkeypatch, {"PUBLIC_URL": twilio.url})
    other, proven = await examine_public(elsewhere)
    assert "answers 404, and not as intake-phone does" in lines(other, "problem")[0]
    assert not proven


async def test_a_number_is_set_only_where_the_public_address_is_proven(
    twilio: LocalTwilio, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    number = twilio.number("+34910000777", voice_url="https://shop.example/voice", sms_url="")
    settings = settings_with(monkeypatch, {})
    async with aiohttp.ClientSession() as session:
        account = account_of(settings, session)
        seen = await examine_twilio(settings, account)
        left, _ = await mend([number.number], seen, settings, account, proven=False)
        assert number.voice_url == "https://shop.example/voice"
        done, numbers = await mend([number.number, number.number], seen, settings, account, proven=True)
        wrong, _ = await mend(["910000777", "+34910000778"], seen, settings, account, proven=True)

    assert "was left as it is" in left[0].says
    assert [one.says for one in done] == [
        f"{number.number} comes here now; before: calls https://shop.example/voice, texts nowhere, ends nowhere"
    ]
    public = variables["PUBLIC_URL"]
    assert (number.voice_url, number.sms_url, number.status_callback) == (
        f"{public}/twilio/voice", f"{public}/twilio/messages", f"{public}/twilio/status/call",
    )  # fmt: skip
    assert any(one.number == number.number and one.voice_url == number.voice_url for one in numbers or ())
    assert ["no number in E.164" in wrong[0].says, "no number of the account" in wrong[1].says] == [True, True]


@pytest.mark.parametrize(
    ("changes", "state", "words"),
    [
        ({}, "ok", "makes words of sound"),
        ({"TRANSCRIPTION_URL": ""}, "ok", "not set"),
        ({"TRANSCRIPTION_URL": "http://127.0.0.1:9/v1/audio/transcriptions"}, "warning", "did not answer"),
        ({"TRANSCRIPTION_MODEL": " "}, "warning", "the server answered 400"),
    ],
)
async def test_who_makes_words_of_voicemail_is_tried_with_silence(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], state: str, words: str
) -> None:
    [found] = await examine_transcription(settings_with(monkeypatch, changes))

    assert found.state == state
    assert words in found.says


FLOW = """\
flow: 1
name: acme
numbers: ["+34910000100", "{number}"]
languages: [es, en]
teams: [first-line]
start: message
fallback: message
nodes:
  message: {{do: voicemail}}
"""


async def test_a_start_with_a_number_that_the_account_has_not_is_refused_with_the_place(
    twilio: LocalTwilio, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "acme.yaml"
    year = datetime.now(UTC).year

    async def start(number: str, **changes: str) -> None:
        file.write_text(FLOW.format(number=number), encoding="utf-8")
        settings = settings_with(monkeypatch, {"FLOWS": str(file), **changes})
        async with aiohttp.ClientSession() as session:
            numbers = DeskNumbers(account_of(settings, session))
            await check_numbers(settings, flows_of(settings), numbers, year)

    await start(DESK_EN)
    with pytest.raises(CannotStart, match=r"acme\.yaml:3:27: numbers/1: \+34910999999 is no number of the account"):
        await start("+34910999999")
    # While Twilio is away, or does not take the token, the service starts: calls are answered all the same.
    await start("+34910999999", TWILIO_URL=f"http://{HOST}:9")
    await start("+34910999999", TWILIO_URL=twilio.url, TWILIO_AUTH_TOKEN=WRONG)


async def test_a_start_with_a_transfer_to_a_number_of_the_account_is_refused_with_the_place(
    twilio: LocalTwilio, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "acme.yaml"
    out = "  message: {do: transfer, number: '%s', unanswered: bye}\n  bye: {do: hang_up}\n"
    head = FLOW.format(number=DESK_EN).partition("  message: ")[0].replace(f', "{DESK_EN}"', "")
    settings = settings_with(monkeypatch, {"FLOWS": str(file), "DESK_NUMBER": "+34 910 000 100"})

    async def start(number: str) -> frozenset[str]:
        file.write_text(head + out % number, encoding="utf-8")
        async with aiohttp.ClientSession() as session:
            numbers = DeskNumbers(account_of(settings, session))
            return await check_numbers(settings, flows_of(settings), numbers, datetime.now(UTC).year)

    assert {"+34910000100", DESK_EN} <= await start("+34930000000")
    settings = settings_with(monkeypatch, {"DESK_NUMBER": "+34910999999"})
    with capture_logs() as logs:
        await start("+34930000000")
    assert [line["event"] for line in logs] == ["account.desk_number_unknown"]
    with pytest.raises(CannotStart, match=rf"acme\.yaml:9:35: nodes/message/number: \{DESK_EN} comes back to the desk"):
        await start(DESK_EN)


async def test_the_whole_examination_goes_on_where_nothing_else_answers(
    twilio: LocalTwilio, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "acme.yaml"
    file.write_text(FLOW.format(number="+34910999999"), encoding="utf-8")
    for name, value in (("FLOWS", str(file)), ("NATS_TLS_CA", str(file)), ("TICKETS_TOKEN", "t" * 20)):
        monkeypatch.setenv(f"{P}{name}", value)
    monkeypatch.setenv(f"{P}TICKETS_URL", f"http://{HOST}:9")
    found = await examine()

    said = lines(found, "problem")
    for words in ("public address: ", "+34910999999 is no number of the account", "tickets: ", "broker: "):
        assert any(words in one for one in said), (words, said)
    assert all(variables["TWILIO_AUTH_TOKEN"] not in str(one) for one in found)


async def test_settings_are_read_before_anything_is_asked(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValidationError) as refused:
        settings_with(monkeypatch, {"BALANCE_LOW": "nan"})
    assert "INTAKE_PHONE_BALANCE_LOW" in explain(refused.value, P)
    assert settings_with(monkeypatch, {"BALANCE_LOW": "none"}).balance_low is None
    assert settings_with(monkeypatch, {"BALANCE_LOW": ""}).balance_low == 5.0
