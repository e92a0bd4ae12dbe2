"""What a bench prints, and when it fails."""

import argparse
import io
import json
import sys
from pathlib import Path

import pytest

from tests.bench.report import Report, run


def slow(report: Report, arguments: argparse.Namespace) -> None:
    report.heading("replay", "100 messages")
    report.at_least("messages a second", 4_999.9, 5_000, "/s")
    report.at_most("changes by the set in force", 0, 0)


def quick(report: Report, arguments: argparse.Namespace) -> None:
    report.heading("clocks")
    report.at_most("late: the last", 4.2, 5, "s")


def ask_nothing(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", *arguments])


def test_every_line_of_the_table_fits_80_columns() -> None:
    out = io.StringIO()
    report = Report(out)

    report.heading("the peers' mail set")
    report.at_most("CPU without acknowledgement / bare minimum", 123_456.789, 100_000, "msg/s")
    report.at_least("p99 at half of the saturated rate (1,000/s)", 0.004, 250, "ms")

    assert max(map(len, out.getvalue().splitlines())) <= 80
    assert out.getvalue().count("MISSED") == 2


def test_a_missed_target_makes_the_bench_fail_and_is_named_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ask_nothing(monkeypatch)

    assert run({"replay": slow, "clocks": quick}, None) == 1
    assert capsys.readouterr().out.endswith("missed:\n  replay: messages a second\n")


def test_only_the_parts_that_are_named_run(monkeypatch: pytest.MonkeyPatch) -> None:
    ask_nothing(monkeypatch, "clocks")

    assert run({"replay": slow, "clocks": quick}, None) == 0


def test_a_part_that_does_not_exist_is_refused_with_those_that_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ask_nothing(monkeypatch, "clock")

    with pytest.raises(SystemExit):
        run({"replay": slow, "clocks": quick}, None)

    assert "there is no part clock; known are replay, clocks" in capsys.readouterr().err


def test_json_without_a_file_has_standard_output_to_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ask_nothing(monkeypatch, "--json")

    run({"replay": slow}, None)

    printed = capsys.readouterr()
    figures = json.loads(printed.out)
    assert figures["replay: messages a second"] == {"value": 4999.9, "target": 5000, "sign": "≥", "unit": "/s"}
    assert figures["missed"] == ["replay: messages a second"]
    assert "MISSED" in printed.err


def test_json_with_a_file_leaves_the_table_where_it_was(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "figures.json"
    ask_nothing(monkeypatch, "--json", str(file))

    run({"clocks": quick}, None)

    assert json.loads(file.read_text())["missed"] == []
    assert "late: the last" in capsys.readouterr().out


def test_a_quick_run_shows_that_it_works_and_judges_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ask_nothing(monkeypatch, "--quick")

    assert run({"replay": slow}, None) == 0


def test_work_that_takes_long_says_how_far_it_is() -> None:
    report = Report(io.StringIO())

    with report.doing("filling the stream", of=2_000) as step:
        step.done += 1_500
        shown = str(step)

    assert shown == "  filling the stream: 1,500 of 2,000, 0 s"
