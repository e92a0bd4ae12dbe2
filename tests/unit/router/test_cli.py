import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from router.__main__ import cli
from tests.unit.router.routed_samples import routed as routed_events
from tests.unit.router.samples import NOON, delivery, file_with, message, rule_text
from tests.unit.router.test_handlers import VIP
from tests.unit.router.test_routed_event import routed

run = CliRunner().invoke


@pytest.fixture
def event(tmp_path: Path) -> str:
    path = tmp_path / "event.json"
    path.write_text(message("El servidor está caído", "urgente", sender="eva@vip.example").model_dump_json())
    return str(path)


def test_check_passes_a_good_file(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(file_with(rule_text()))

    plain, as_json = run(cli, ["check", str(path)]), run(cli, ["check", "--json", str(path)])

    assert plain.exit_code == 0
    assert "1 rules, no mistakes" in plain.stdout
    assert json.loads(as_json.stdout)["valid"] is True


def test_check_lists_every_mistake_and_fails(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(file_with(rule_text("a", when="{a.b: 1}"), rule_text("b", then="{team: x}")))

    plain, as_json = run(cli, ["check", str(path)]), run(cli, ["check", "--json", str(path)])

    assert plain.exit_code == as_json.exit_code == 1
    first, second, last = plain.stdout.splitlines()
    assert first.startswith(f"{path}:22:16: rule a: unknown fact a.b")
    assert second.startswith(f"{path}:27:22: rule b: x is no team")
    assert last == "2 mistakes: these rules would be refused"
    assert [problem["rule"] for problem in json.loads(as_json.stdout)["problems"]] == ["a", "b"]


def test_explain_spells_out_every_rule_condition_value_winner_and_loser(event: str) -> None:
    result = run(cli, ["explain", event])

    assert result.exit_code == 0
    for part in (
        "team        technical     by outage",
        "urgency     high          by outage",
        "security (line",
        "no  message.content mentions security-es, security-en",
        "yes message.content mentions outage-es, outage-en   found: está caído",
        "billing (line",
        "not tried: outage matched before",
        "saw: sender.domain = 'vip.example'",
        "auth.dmarc = not known",
        "any of\n      yes message.content mentions outage-es",
    ):
        assert part in result.stdout
    assert result.stdout.startswith("Goes to technical")


def test_explain_speaks_spanish_and_no_language_that_the_desk_does_not_have(event: str) -> None:
    spanish, french = run(cli, ["explain", "--language", "es", event]), run(cli, ["explain", "--language", "fr", event])

    assert spanish.stdout.startswith("Va a technical")
    assert "no se probó: antes se cumplió outage" in spanish.stdout
    assert french.stderr == "router: fr is no language of the desk; it has es, en\n"


def test_explain_names_what_was_overridden(tmp_path: Path, event: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(file_with(rule_text("one"), rule_text("two", then="{team: first-line}")))

    plain = run(cli, ["explain", "--rules", str(path), event])
    as_json = json.loads(run(cli, ["explain", "--json", "--rules", str(path), event]).stdout)

    assert "team        first-line    by two, over one" in plain.stdout
    assert as_json["overridden"] == {"team": ["one"]}
    assert as_json["trace"][0]["conditions"] == [
        {"condition": "message.channel is email", "truth": True, "saw": {"message.channel": "email"}}
    ]


def test_explain_reads_a_routed_event_and_says_what_would_be_different(tmp_path: Path) -> None:
    path, rules = tmp_path / "routed.json", tmp_path / "rules.yaml"
    path.write_bytes(routed(delivery(message("El servidor está caído"))).body)
    rules.write_text(file_with(rule_text()))

    same, other = run(cli, ["explain", str(path)]), run(cli, ["explain", "--rules", str(rules), str(path)])
    spanish = run(cli, ["explain", "--language", "es", "--rules", str(rules), str(path)])

    assert "the recorded decision is the same" in same.stdout
    assert "differs: priority was urgent, is now low" in other.stdout
    assert "cambia: priority era urgent, ahora es low" in spanish.stdout
    assert " was " not in spanish.stdout
    assert "(" not in spanish.stdout[spanish.stdout.index("cambia") :]


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", '{"received": 1}', '{"id": 1}', "[" * 100_000, "\x00"],
)
def test_a_bad_event_gets_one_clear_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content)

    result = run(cli, ["explain", str(path)])

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("router: ")
    assert len(result.stderr.splitlines()) == 1


def test_what_is_not_there_gets_one_clear_line_and_a_wrong_call_the_usage(tmp_path: Path, event: str) -> None:
    absent = run(cli, ["explain", str(tmp_path / "absent.json")])
    no_rules = run(cli, ["explain", "--rules", str(tmp_path / "absent.yaml"), event])

    assert (absent.exit_code, no_rules.exit_code) == (1, 1)
    assert "No such file" in absent.stderr
    assert "cannot be read: No such file" in no_rules.stderr
    assert run(cli, ["explain"]).exit_code == 2
    assert run(cli, ["check"]).exit_code == 2


def test_check_warns_of_what_an_earlier_rule_leaves_nothing_to_and_takes_it(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(
        file_with(rule_text("wide", when="{message.channel: [email, sms]}"), rule_text("late"), match="first")
    )

    plain, as_json = run(cli, ["check", str(path)]), json.loads(run(cli, ["check", "--json", str(path)]).stdout)

    warning, summary = plain.stdout.splitlines()
    assert plain.exit_code == 0
    assert warning.startswith(f"{path}:24:9: warning: rule late: the rule can never match")
    assert "2 rules, no mistakes, 1 warning; rule set small" in summary
    assert as_json["valid"] is True
    assert [(found["rule"], found["warning"]) for found in as_json["problems"]] == [("late", True)]


def test_check_finds_what_can_never_match_and_what_the_desk_does_not_have(tmp_path: Path) -> None:
    path, desk = tmp_path / "rules.yaml", tmp_path / "desk.json"
    path.write_text(file_with(rule_text("never", when="[{message.channel: sms}, {message.channel: email}]")))
    desk.write_text('{"teams": ["first-line"]}')

    alone, with_desk = run(cli, ["check", str(path)]), run(cli, ["check", "--desk", str(desk), str(path)])

    assert (alone.exit_code, with_desk.exit_code) == (1, 1)
    assert "rule never: the rule can never match" in alone.stdout
    assert "2 mistakes" in with_desk.stdout
    assert "rule never: the desk has no team technical; it has first-line" in with_desk.stdout


@pytest.mark.parametrize("content", ["[]", '{"teams": 1}', "no"])
def test_a_desk_that_is_none_gets_one_clear_line(tmp_path: Path, content: str) -> None:
    path, desk = tmp_path / "rules.yaml", tmp_path / "desk.json"
    path.write_text(file_with(rule_text()))
    desk.write_text(content)

    result = run(cli, ["check", "--desk", str(desk), str(path)])

    assert result.exit_code == 1
    assert "does not hold the desk's facts" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_the_schema_is_printed() -> None:
    assert json.loads(run(cli, ["schema"]).stdout)["title"] == "Ventanilla rules"


def test_explain_takes_what_is_known_outside_the_message_from_a_file(tmp_path: Path) -> None:
    event, context, bad = tmp_path / "event.json", tmp_path / "context.json", tmp_path / "bad.json"
    event.write_text(message(authentication={"grade": "verified"}).model_dump_json())
    context.write_text('{"customer": {"vip": true}}')
    bad.write_text('{"customer": 1}')

    alone = run(cli, ["explain", str(event)])
    known = run(cli, ["explain", "--context", str(context), str(event)])
    refused = run(cli, ["explain", "--context", str(bad), str(event)])

    assert "customer.vip = not known" in alone.stdout
    assert "policy      vip           by vip" in known.stdout
    assert refused.exit_code == 1
    assert "is no context: customer" in refused.stderr


def test_explain_decides_a_routed_message_with_what_was_known_then(tmp_path: Path) -> None:
    (output,) = routed_events([(message("Hola", authentication={"grade": "verified"}), NOON, VIP)])
    path, other = tmp_path / "routed.json", tmp_path / "context.json"
    path.write_bytes(output.body)
    other.write_text("{}")

    same = run(cli, ["explain", str(path)])
    without = run(cli, ["explain", "--context", str(other), str(path)])
    from_event = run(cli, ["explain", "--context", str(path), str(path)])

    assert "the recorded decision is the same" in same.stdout
    assert "differs: service_level_policy was vip, is now standard" in without.stdout
    assert "the recorded decision is the same" in from_event.stdout


def test_explain_shows_what_changes_in_a_ticket_that_the_message_joins(tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text(message("Re: x", "urgente", threading={"in_reply_to": "a@b"}).model_dump_json())

    stdout = run(cli, ["explain", str(event)]).stdout

    assert "on a ticket that it joins: tags urgent-words (by answer-urgent)" in stdout
    assert "group answers (all that match, of answers only)" in stdout


def test_the_printed_rules_are_a_valid_start(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(run(cli, ["rules"]).stdout)

    assert run(cli, ["check", str(path)]).exit_code == 0


def test_help_shows_examples() -> None:
    assert "router check mine.yaml" in run(cli, ["--help"]).stdout
    assert "router explain --rules" in run(cli, ["explain", "--help"]).stdout
