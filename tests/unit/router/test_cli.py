import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from router.__main__ import cli
from tests.unit.router.samples import delivery, file_with, message, rule_text
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
    assert first.startswith(f"{path}:20:16: rule a: unknown fact a.b")
    assert second.startswith(f"{path}:25:22: rule b: x is no team")
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
        "es: Va a technical",
        "en: Goes to technical",
    ):
        assert part in result.stdout


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

    assert "the recorded decision is the same" in same.stdout
    assert "differs: priority was urgent, is now low" in other.stdout


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


def test_the_printed_rules_are_a_valid_start(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(run(cli, ["rules"]).stdout)

    assert run(cli, ["check", str(path)]).exit_code == 0


def test_help_shows_examples() -> None:
    assert "router check mine.yaml" in run(cli, ["--help"]).stdout
    assert "router explain --rules" in run(cli, ["explain", "--help"]).stdout
