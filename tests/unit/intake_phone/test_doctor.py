"""What an examination of the telephone says: each thing in its words, with what to do, and never with a secret."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from intake_phone.__main__ import cli
from intake_phone.adapters import desk_setup
from intake_phone.adapters.flow_file import default_flow, read_flow_text
from intake_phone.commands.desk_checks import silence, transcription_finding
from intake_phone.commands.number_checks import (
    before,
    desk_number_finding,
    doors_of,
    number_findings,
    region_finding,
    telephone_findings,
)
from intake_phone.commands.public_check import Answered, _seen, _signed, _unsigned
from intake_phone.commands.twilio_checks import account_findings, clock_finding, template_finding
from intake_phone.commands.waiting import all_of
from intake_phone.domain.account import AccountNumber, AccountState
from intake_phone.domain.flows.book import FlowBook, flow_book
from intake_phone.errors import DeskAway, DeskRefused
from tests.unit.intake_phone.samples import HEAD, MENU
from ventanilla_runtime.findings import lines_of

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
PUBLIC = "https://phone.example"
DOORS = doors_of(PUBLIC)
NAMED = "+34910000000"
OURS = AccountNumber(
    sid="PN" + "0" * 32, number=NAMED, voice_url=DOORS["voice_url"], sms_url=DOORS["sms_url"],
    status_url=DOORS["status_callback"],
)  # fmt: skip
TWILIO = "https://api.twilio.com"


def book() -> FlowBook:
    return flow_book([read_flow_text(HEAD + MENU, "sample.yaml", first_year=2026)], default_flow(2026))


def said_of(one: AccountNumber, *, shipped_too: bool = False) -> tuple[str, str, str]:
    [found] = number_findings([one], book(), PUBLIC, shipped_too=shipped_too)
    return found.state, found.says, found.do


@pytest.mark.parametrize(
    ("one", "state", "words"),
    [
        (OURS, "ok", "answered by the flow sample, texts come in"),
        (replace(OURS, voice_url=""), "problem", "calls go nowhere"),
        (replace(OURS, voice_url="https://demo.twilio.com/welcome/voice/"), "problem", "calls go to https://demo.tw"),
        (replace(OURS, voice_method="GET"), "problem", "calls come by GET, and we take POST"),
        (replace(OURS, sms_url=f"{PUBLIC}/twilio/message"), "problem", "texts go to https://phone.example/twilio/mes"),
        (replace(OURS, trunk="TK1"), "problem", "calls go to a SIP trunk"),
        (replace(OURS, voice_application="AP1"), "problem", "calls go to a TwiML app"),
        (replace(OURS, sms_application="AP1"), "problem", "texts go to a TwiML app"),
        (replace(OURS, status_url=""), "warning", "calls become tickets minutes later"),
        (replace(OURS, texts=False), "warning", "takes calls and no texts"),
        (replace(OURS, voice=False), "problem", "of the flow sample takes no calls"),
        (replace(OURS, number="+34910000001"), "ok", "answered by the flow default"),
        (replace(OURS, number="+34910000001", voice=False), "ok", "+34910000001: texts come in"),
    ],
)
def test_of_each_number_it_is_said_where_calls_and_texts_go(one: AccountNumber, state: str, words: str) -> None:
    found, says, _ = said_of(one)

    assert found == state
    assert words in says


def test_a_number_of_something_else_is_left_alone_and_can_be_taken() -> None:
    other = AccountNumber(sid="PN" + "1" * 32, number="+34910000001", voice_url="https://shop.example/calls")
    found, says, do = said_of(other)

    assert found == "warning"
    assert "is not the desk's: calls go to https://shop.example/calls" in says
    assert "leave it so, or: intake-phone doctor --fix +34910000001" in do


def test_an_agent_s_telephone_that_is_a_number_of_the_desk_is_told() -> None:
    [found] = telephone_findings({"ana": "+34600000011", "eva": NAMED}, {NAMED})

    assert found.state == "warning"
    assert found.says == f"eva is never rung: {NAMED} is a number of the desk, which would answer by itself"


def test_a_number_that_no_flow_of_ones_own_names_is_told() -> None:
    assert "is in none of your flows" in said_of(replace(OURS, number="+34910000001"), shipped_too=True)[1]
    assert said_of(OURS, shipped_too=True)[0] == "ok"


def test_an_account_without_numbers_and_one_with_too_many_to_show() -> None:
    assert number_findings([], None, PUBLIC, shipped_too=False)[0].state == "problem"
    many = [replace(OURS, number=f"+349100{number:05}") for number in range(150)]
    found = number_findings(many, None, PUBLIC, shipped_too=False)
    assert (len(found), "50 other numbers" in found[-1].says) == (101, True)


@pytest.mark.parametrize(
    ("number", "one", "state", "words"),
    [
        (NAMED, OURS, "ok", "pages go out from"),
        ("", OURS, "warning", "nobody is paged by telephone"),
        ("+34910000009", OURS, "problem", "is no number of the account"),
        (NAMED, replace(OURS, texts=False), "warning", "cannot text"),
        (NAMED, replace(OURS, voice=False), "warning", "cannot call"),
    ],
)
def test_pages_go_out_from_a_number_that_calls_and_texts(
    number: str, one: AccountNumber, state: str, words: str
) -> None:
    found = desk_number_finding(number, [one])

    assert found.state == state
    assert words in found.says


@pytest.mark.parametrize(
    ("region", "state", "words"),
    [
        ("ES", "ok", "count as ES"),
        ("GB", "warning", "and the account's are of ES"),
        (None, "warning", "is not set"),
        ("XX", "problem", "no region"),
    ],
)
def test_the_region_is_one_in_which_the_account_has_numbers(region: str | None, state: str, words: str) -> None:
    [found] = region_finding(region, [OURS])

    assert found.state == state
    assert words in found.says


def test_what_a_number_did_before_is_told_so_that_it_can_be_put_back() -> None:
    assert before(replace(OURS, voice_application="AP9", sms_url="")) == (
        f"calls AP9, texts nowhere, ends {PUBLIC}/twilio/status/call"
    )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answered(403, "the signature is missing or wrong\n"), ""),
        (Answered(403, "Forbidden"), "not intake-phone does"),
        (Answered(200, "<html>"), "takes requests that nobody has signed"),
        (Answered(301, "", "https://www.phone.example/"), "sends on to https://www.phone.example/"),
        (Answered(404, "not found"), "answers 404, and not as intake-phone does"),
        (Answered(502, ""), "answers 502"),
        (Answered(silence="nobody knows that name"), "nobody knows that name"),
    ],
)
def test_what_answers_an_unsigned_request_is_known_by_how_it_refuses(answer: Answered, words: str) -> None:
    found = _unsigned(f"{PUBLIC}/twilio/voice", answer)

    assert words in (found.says if found else "")
    assert (found is None) is (not words)


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (Answered(200, "intake-phone takes what Twilio signs\n"), "ok", "what Twilio signs is taken there"),
        (Answered(200, "OK"), "problem", "it answers 200"),
        (Answered(403, "x"), "problem", "Twilio gets 403"),
        (Answered(404, "x"), "warning", "an older intake-phone"),
        (Answered(503, "x"), "problem", "it answers 503"),
        (Answered(silence="no answer in 8 s"), "problem", "no answer in 8 s"),
    ],
)
def test_what_is_signed_must_be_taken(answer: Answered, state: str, words: str) -> None:
    found = _signed(PUBLIC, answer)

    assert found.state == state
    assert words in found.says


@pytest.mark.parametrize(
    ("public", "twilio", "states"),
    [
        (PUBLIC, TWILIO, []),
        ("http://phone.example", TWILIO, ["warning"]),
        ("https://10.0.0.7", TWILIO, ["problem"]),
        ("https://[fd00::1]:8003", TWILIO, ["problem"]),
        ("http://localhost:8003", TWILIO, ["problem"]),
        ("http://localhost:8003", "http://127.0.0.1:8007", []),
    ],
)
def test_addresses_that_twilio_cannot_reach_are_seen(public: str, twilio: str, states: list[str]) -> None:
    assert [one.state for one in _seen(public, twilio)] == states


def test_an_account_is_said_to_be_what_it_is() -> None:
    fine = AccountState("Desk", "active", "Full", Decimal(50), "EUR")

    assert [one.says for one in account_findings(fine, 5)] == [
        "“Desk” is active; the auth token is taken", "50.00 EUR left",
    ]  # fmt: skip
    low = account_findings(replace(fine, balance=Decimal(1)), 5)
    assert [one.state for one in low] == ["ok", "warning"]
    assert lines_of(low)[-1] == "Nothing to mend, 1 to look at (⚠)."
    owes = account_findings(replace(fine, balance=Decimal("-3.2")), 5)
    assert [one.state for one in owes] == ["ok", "problem"]
    assert "owes money (balance -3.20 EUR)" in owes[1].says
    assert lines_of(owes)[-1] == "1 to mend (✗), 0 to look at (⚠)."
    postpaid = account_findings(replace(fine, balance=Decimal(-310)), None)
    assert [one.state for one in postpaid] == ["ok", "ok"], "it is paid for afterwards"
    assert [one.state for one in account_findings(replace(fine, kind="Trial"), 5)] == ["ok", "ok", "warning"]
    [suspended] = account_findings(replace(fine, status="suspended"), 5)
    assert (suspended.state, suspended.do) == ("problem", "pay, or look at the account in Twilio's console")
    assert "an account above this one pays" in account_findings(replace(fine, balance=None), 5)[1].says


@pytest.mark.parametrize(("minutes", "state", "words"), [(0, "ok", "agrees"), (5, "warning", "300 s ahead"),
                                                         (-2, "warning", "120 s behind")])  # fmt: skip
def test_clocks_that_part_are_told(minutes: float, state: str, words: str) -> None:
    found = clock_finding(format_datetime(NOW - timedelta(minutes=minutes), usegmt=True), NOW)

    assert found.state == state
    assert words in found.says
    assert clock_finding("", NOW).state == clock_finding("soon", NOW).state == "warning"


def test_templates_are_good_once_whatsapp_has_approved_them() -> None:
    assert template_finding("es", "HX1", "approved").state == "ok"
    assert template_finding("es", "HX1", "pending").do == "wait for it"
    assert "submit it" in template_finding("es", "HX1", "rejected").do


def test_a_server_without_words_is_no_reason_to_stop() -> None:
    for reason, words in (("the server answered 401", "…_KEY"), ("the server answered 404", "_MODEL"), ("x", "log")):
        found = transcription_finding("http://whisper", reason)
        assert found.state == "warning"
        assert words.removeprefix("…") in found.do


def test_silence_is_a_wav() -> None:
    sound = silence(0.5)
    assert (sound[:4], sound[8:16], len(sound)) == (b"RIFF", b"WAVEfmt ", 44 + 8_000)
    assert int.from_bytes(sound[4:8], "little") == len(sound) - 8


async def test_what_is_waited_for_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    import asyncio

    gate = asyncio.Event()

    async def late() -> str:
        await gate.wait()
        return "late"

    async def opens() -> str:
        while "waiting for the slow one" not in (said := capsys.readouterr().err):
            assert "the quick one" not in said
            await asyncio.sleep(0.001)
        gate.set()
        return "done"

    async with asyncio.timeout(5):
        found, _ = await asyncio.gather(all_of({"the slow one": late()}, 0.01), opens())
    assert found == {"the slow one": "late"}


def test_settings_that_are_wrong_are_named_and_no_secret_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_PHONE_TWILIO_AUTH_TOKEN", "hunter2 hunter2 hunter2")
    result = CliRunner().invoke(cli, ["doctor"])

    assert result.exit_code == 1
    assert "INTAKE_PHONE_TWILIO_ACCOUNT_SID" in result.output
    assert "hunter2" not in result.output
    assert max(map(len, result.output.splitlines())) <= 80


class TestFlowCommands:
    """`check`, `show`, `flow`, `schema`."""

    def test_mistakes_are_told_with_their_place(self, tmp_path: Path) -> None:
        file = tmp_path / "acme.yaml"
        file.write_text(HEAD + MENU.replace("then: bye", "then: by\u0301e\u001b"), encoding="utf-8")
        result = CliRunner().invoke(cli, ["check", str(file)])

        assert result.exit_code == 1
        assert f"{file}:" in result.stdout
        assert "these flows would be refused" in result.stdout
        assert "\x1b" not in result.stdout

    def test_programs_get_mistakes_as_json(self, tmp_path: Path) -> None:
        import json

        file = tmp_path / "acme.yaml"
        file.write_text(HEAD + MENU.replace("then: bye", "then: nowhere"), encoding="utf-8")
        result = CliRunner().invoke(cli, ["check", "--json", str(file)])
        found = json.loads(result.stdout)

        assert (result.exit_code, found["valid"]) == (1, False)
        problem = next(one for one in found["problems"] if one["reason"] == "unknown node nowhere")
        assert problem["way"] == "nodes/menu/choices/1/then"
        assert (problem["line"], problem["file"]) == (16, str(file))

    def test_two_files_must_fit_together(self, tmp_path: Path) -> None:
        first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
        first.write_text(HEAD + MENU, encoding="utf-8")
        second.write_text(HEAD.replace("name: sample", "name: other") + MENU, encoding="utf-8")
        result = CliRunner().invoke(cli, ["check", str(first), str(second)])

        assert result.exit_code == 1
        assert "is answered by the flow sample already" in result.stdout
        assert CliRunner().invoke(cli, ["check", str(first)]).exit_code == 0

    def test_teams_are_asked_for_only_with_a_token(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("INTAKE_PHONE_TICKETS_TOKEN", raising=False)
        result = CliRunner().invoke(cli, ["check", "--teams", str(tmp_path / "x.yaml")])

        assert result.exit_code == 1
        assert "set INTAKE_PHONE_TICKETS_TOKEN" in result.stderr

    @pytest.mark.parametrize(
        ("error", "do"),
        [
            (DeskRefused("it answers 401", 401), "INTAKE_PHONE_TICKETS_TOKEN is none that it takes; make one: tickets"),
            (DeskRefused("it answers 404", 404), "look at its log, or at INTAKE_PHONE_TICKETS_URL"),
            (DeskAway("ClientError"), "start it, or look at INTAKE_PHONE_TICKETS_URL"),
        ],
    )
    def test_who_does_not_tell_the_teams_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, do: str
    ) -> None:
        async def teams(*_: object) -> frozenset[str]:
            raise error

        monkeypatch.setenv("INTAKE_PHONE_TICKETS_TOKEN", "t" * 20)
        monkeypatch.setattr(desk_setup, "teams_of_desk", teams)
        result = CliRunner().invoke(cli, ["check", "--teams", str(tmp_path / "x.yaml")])

        assert result.exit_code == 1
        assert f"the ticket service does not tell its teams ({error}): {do}" in result.stderr

    def test_a_flow_is_shown_node_by_node(self, tmp_path: Path) -> None:
        file = tmp_path / "acme.yaml"
        file.write_text(HEAD + MENU, encoding="utf-8")
        lines = CliRunner().invoke(cli, ["show", str(file)]).stdout.splitlines()

        assert lines[0].startswith("sample (")
        assert lines[3:] == [
            "menu     menu       1 (avería) → message",
            "                    2 (factura) → bye",
            "bye      hang_up    the call ends",
            "message  voicemail  the call ends",
        ]
        assert CliRunner().invoke(cli, ["show", str(tmp_path / "none.yaml")]).exit_code == 1

    def test_the_shipped_flow_is_printed_as_a_file_to_begin_with(self, tmp_path: Path) -> None:
        file = tmp_path / "mine.yaml"
        file.write_text(CliRunner().invoke(cli, ["flow"]).stdout, encoding="utf-8")

        assert CliRunner().invoke(cli, ["check", str(file)]).exit_code == 0
        assert "every number that no other flow answers" in CliRunner().invoke(cli, ["show"]).stdout
        assert '"$schema"' in CliRunner().invoke(cli, ["schema"]).stdout
