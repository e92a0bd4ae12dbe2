"""What an examination says: in lines that fit, by what Slack answers, and never with a secret."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from intake_chat.__main__ import cli
from intake_chat.commands.desk_checks import examine_broker, team_findings
from intake_chat.commands.slack_checks import _Answer, _app_token, _channel, _clock, _no_bot, _scopes
from intake_chat.domain.slack.cards.team_channels import TeamChannels
from intake_chat.domain.slack.setup.scopes import BOT_SCOPES
from intake_chat.settings import Settings
from ventanilla_runtime.findings import as_json, is_well, lines_of, ok, problem, warning

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
ALL = frozenset(scope.name for scope in BOT_SCOPES)
LONG = "a sentence that goes on and on until it does not fit into a line any more, because there is so much to say"


def channel(**more: Any) -> _Answer:
    return _Answer({"channel": {"id": "C1", "name": "ayuda", "is_member": True, **more}}, {})


def test_lines_fit_and_what_is_to_be_done_stands_below() -> None:
    lines = lines_of([ok("settings", "readable"), warning("scope", LONG, LONG), problem("channel", LONG, LONG)])

    assert max(map(len, lines)) <= 80
    assert lines[0] == "✓ settings        readable"
    assert [line[0] for line in lines if line[:1] in "✓⚠✗" and line] == ["✓", "⚠", "✗"]
    assert sum("→" in line for line in lines) == 2
    assert lines[-1] == "1 to mend (✗), 1 to look at (⚠)."


def test_colours_are_for_terminals_only() -> None:
    assert "\x1b" not in "".join(lines_of([problem("x", "y", "z")]))
    assert "\x1b[31m✗" in "".join(lines_of([problem("x", "y", "z")], coloured=True))


def test_names_from_outside_do_nothing_to_a_terminal() -> None:
    assert "\x1b" not in "".join(lines_of([ok("channel", "#\x1b[2Jayuda")]))


def test_warnings_are_well_and_problems_are_not() -> None:
    assert is_well([ok("a", "b"), warning("a", "b")])
    assert not is_well([problem("a", "b", "c")])
    assert lines_of([ok("a", "b")])[-1] == "All is well."
    assert as_json([ok("a", "b")]) == {"ok": True, "findings": [{"state": "ok", "about": "a", "says": "b", "do": ""}]}


def test_every_missing_scope_has_a_line_with_what_will_not_work() -> None:
    found = _scopes(ALL - {"files:read", "im:history"})

    assert [(one.state, one.says.partition(" ")[0]) for one in found] == [
        ("problem", "im:history"), ("warning", "files:read"),
    ]  # fmt: skip
    assert [one.state for one in _scopes(ALL)] == ["ok"]


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (channel(), "ok", "#ayuda (C1) is there"),
        (channel(is_archived=True), "problem", "is archived"),
        (channel(is_member=False), "problem", "does not have the app in it"),
        (_Answer({}, {}, "channel_not_found"), "problem", "does not exist"),
        (_Answer({}, {}, "missing_scope"), "warning", "a scope is missing"),
        (_Answer({}, {}, ""), "problem", "no answer"),
    ],
)
def test_a_channel_is_said_to_be_what_it_is(answer: _Answer, state: str, words: str) -> None:
    found = _channel("C1", answer, ALL, "ventanilla")

    assert found.state == state
    assert words in found.says


def test_a_channel_that_may_not_be_read_is_a_problem() -> None:
    assert "groups:history" in _channel("C1", channel(is_private=True), ALL - {"groups:history"}, "x").says
    assert _channel("C1", channel(is_private=True), ALL - {"channels:history"}, "x").state == "ok"


@pytest.mark.parametrize(
    ("minutes", "state", "words"), [(0, "ok", "agrees"), (1, "warning", "60 s ahead"), (-9, "problem", "540 s behind")]
)
def test_clocks_that_part_are_told_before_requests_are_refused(minutes: float, state: str, words: str) -> None:
    theirs = format_datetime(NOW - timedelta(minutes=minutes), usegmt=True)
    found = _clock(_Answer({}, {"date": theirs}), NOW)

    assert found.state == state
    assert words in found.says


def test_an_answer_without_a_time_is_no_reason_to_fail() -> None:
    assert _clock(_Answer({}, {}), NOW).state == "warning"
    assert _clock(_Answer({}, {"date": "soon"}), NOW).state == "warning"


def test_each_refusal_of_a_token_says_what_to_do() -> None:
    settings = Settings(slack_bot_token="xoxb-1", slack_app_token="xapp-1")  # type: ignore[arg-type]  # read as secrets
    for code in ("invalid_auth", "token_revoked", "account_inactive"):
        assert "INTAKE_CHAT_SLACK_BOT_TOKEN" in _no_bot(code, settings).do
        assert "INTAKE_CHAT_SLACK_APP_TOKEN" in _app_token(code).do
    assert "connections:write" in _app_token("missing_scope").do
    assert "Enable Socket Mode" in _app_token("forbidden_method").do
    assert "does not answer" in _no_bot("", settings).says
    assert _app_token(None).state == "ok"


@pytest.mark.parametrize(
    ("code", "says"),
    [("ratelimited", "was not looked at: Slack wants a pause"), ("internal_error", "has trouble of its own")],
)
def test_what_slack_did_not_look_at_is_no_fault_of_the_settings(code: str, says: str) -> None:
    settings = Settings(slack_bot_token="xoxb-1", slack_app_token="xapp-1")  # type: ignore[arg-type]  # read as secrets
    found = [_app_token(code), _no_bot(code, settings), _channel("C1", _Answer({}, {}, code), ALL, "desk")]

    assert [one.about for one in found] == ["app token", "bot token", "channel"]
    assert all(says in one.says for one in found)
    assert {one.do for one in found} == {"look again in a minute"}
    assert is_well(found)


@pytest.mark.parametrize(
    ("given", "teams", "states", "words"),
    [
        ("a=C1,b=C2", ["a", "b"], ["ok"], "each of 2 has a channel"),
        ("*=C1", ["a", "b"], ["ok"], "each of 2 has a channel"),
        ("a=C1", ["a", "b", "c"], ["warning"], "b, c have no channel: no cards of their tickets"),
        ("", ["a"], ["warning"], "a has no channel"),
        ("a=C1,firstline=C2", ["a", "first-line"], ["warning"] * 2, "firstline in INTAKE_CHAT_SLACK_TEAM_CHANNELS"),
        ("a=C1,b=C1", ["a", "b"], ["warning"], "a, b have one channel, C1"),
        ("", [], [], ""),
        ("", [f"t{number}" for number in range(9)], ["warning"], "t0, t1, t2, t3, t4 and 4 more have no channel"),
    ],
)
def test_teams_and_the_channels_of_their_cards_belong_together(
    given: str, teams: list[str], states: list[str], words: str
) -> None:
    found = team_findings(TeamChannels.parse(given), teams)

    assert [one.state for one in found] == states
    assert words in " ".join(one.says for one in found)
    assert all(one.do for one in found if one.state != "ok")


def test_a_channel_for_cards_that_strangers_read_is_a_problem_and_one_for_customers_is_not() -> None:
    shared = channel(is_ext_shared=True)

    assert _channel("C1", shared, ALL, "x", cards=True).state == "problem"
    assert _channel("C1", channel(is_pending_ext_shared=True), ALL, "x", cards=True).state == "problem"
    assert _channel("C1", shared, ALL, "x").state == "ok"
    assert _channel("C1", channel(is_mpim=True), ALL, "x").state == "problem"
    assert _channel("C1", channel(is_private=True), ALL, "x").says.endswith("; private")


@pytest.mark.parametrize(
    "wrong",
    [
        {"nats_creds_file": "/nowhere/at-all"},
        {"nats_tls_ca": "/nowhere/at-all"},
        {"nats_tls_ca": __file__},
    ],
    ids=str,
)
async def test_a_broker_that_nobody_could_call_is_named_without_a_crash(wrong: dict[str, str]) -> None:
    given: dict[str, Any] = {"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1", **wrong}
    [found] = await examine_broker(Settings(**given))

    assert (found.state, found.about) == ("problem", "broker")
    assert "INTAKE_CHAT_NATS_" in found.do


def test_a_secret_whose_file_cannot_be_read_is_named_by_every_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    torn = tmp_path / "token"
    torn.write_bytes(b"xoxb-\xff\xfe")
    monkeypatch.delenv("INTAKE_CHAT_SLACK_BOT_TOKEN", raising=False)
    for path in (torn, tmp_path, tmp_path / "nowhere"):
        monkeypatch.setenv("INTAKE_CHAT_SLACK_BOT_TOKEN_FILE", str(path))
        told = CliRunner().invoke(cli, ["serve"])
        assert told.exit_code == 2
        assert told.exception is None or isinstance(told.exception, SystemExit)
        assert "INTAKE_CHAT_SLACK_BOT_TOKEN_FILE" in told.output
        assert "\\xff" not in told.output


def test_without_settings_the_command_says_which_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INTAKE_CHAT_SLACK_BOT_TOKEN", raising=False)
    result = CliRunner().invoke(cli, ["doctor", "--json"])

    assert result.exit_code == 1
    assert "INTAKE_CHAT_SLACK_BOT_TOKEN" in json.loads(result.stdout)["findings"][0]["says"]
