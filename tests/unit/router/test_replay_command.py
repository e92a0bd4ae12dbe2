"""What `router replay` takes and shows, without a broker."""

from datetime import UTC, datetime, timedelta

import pytest
import typer

from router.commands.replay import LONGEST_DAYS, _Bar, parse_time
from tests.unit.router.samples import NOON


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30m", NOON - timedelta(minutes=30)),
        ("12h", NOON - timedelta(hours=12)),
        ("30d", NOON - timedelta(days=30)),
        ("2w", NOON - timedelta(weeks=2)),
        ("99999999999999999999w", NOON - timedelta(days=LONGEST_DAYS)),
        ("2026-11-20T08:00", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        ("2026-11-20T08:00+01:00", datetime(2026, 11, 20, 7, tzinfo=UTC)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
    ],
)
def test_a_time_is_so_long_ago_or_a_date(text: str, expected: datetime) -> None:
    assert parse_time(text, "--since", NOON) == expected


@pytest.mark.parametrize("text", ["", "d", "-1d", "30", "30s", "yesterday", "²d"])
def test_what_is_no_time_is_refused_with_the_option(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        parse_time(text, "--until", NOON)

    assert f"--until {text}: give 30m, 12h, 7d, 2w or a time like" in capsys.readouterr().err


def test_a_bar_grows_to_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    bar = _Bar(shown=True)
    bar.draw(0, 200)
    bar.draw(200, 200)

    shown = capsys.readouterr().err
    assert shown.startswith("\r[" + "." * 40 + "] 0 of 200")
    assert shown.rpartition("\r")[2].startswith("[" + "#" * 40 + "] 200 of 200")
    assert shown.endswith("\n")


def test_where_nobody_looks_nothing_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    _Bar(shown=False).draw(1, 1)

    assert capsys.readouterr().err == ""
