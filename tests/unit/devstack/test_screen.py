"""What the operator sees of the logs."""

import io
import json
import os
import threading
from pathlib import Path

import pytest

from ventanilla_devstack.screen import RotatingFile, Screen, ServiceLog, shorten


def test_a_json_line_is_told_in_short() -> None:
    line = json.dumps(
        {
            "event": "mail.accepted",
            "service": "intake-email",
            "level": "info",
            "timestamp": "2026-01-12T09:00:01.5Z",
            "bytes": 812,
            "account": "soporte",
            "traceparent": "00-1-2-01",
        }
    )
    clock, _, rest = shorten(line).partition(" ")
    assert rest == "mail.accepted bytes=812 account=soporte"
    assert clock.count(":") == 2


def test_what_is_wrong_stands_out_and_a_trace_is_told_by_its_last_line() -> None:
    line = json.dumps({"event": "batch.failed", "level": "error", "exception": "Traceback…\n  File…\nKeyError: 'x'\n"})
    assert shorten(line) == "ERROR batch.failed (KeyError: 'x')"


@pytest.mark.parametrize("line", ["plain words", "{not json", '{"no": "event"}', "[1]"])
def test_any_other_line_stays_as_it_is(line: str) -> None:
    assert shorten(line) == line


def test_lines_carry_their_service_and_fit_80_columns() -> None:
    out = io.StringIO()
    screen = Screen(out)
    screen.log_line("router", json.dumps({"event": "message.routed", "detail": "x" * 200}))
    screen.step("starting NATS")
    screen.close()

    log, step = out.getvalue().splitlines()
    assert log.startswith("router       | message.routed detail=xxx")
    assert len(log) == 80
    assert step.endswith(" s] starting NATS")
    assert "\x1b" not in out.getvalue()


class Stuck(io.StringIO):
    """A terminal that somebody has stopped."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()

    def write(self, text: str) -> int:
        assert self.go_on.wait(20)
        return super().write(text)


def test_a_stopped_terminal_does_not_hold_a_service_up(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Stuck()
    monkeypatch.setattr("ventanilla_devstack.screen._LINES_A_SECOND", 10**9)
    screen = Screen(out)
    for number in range(5000):
        screen.log_line("router", f"line {number}")
    out.go_on.set()
    screen.close()

    lines = out.getvalue().splitlines()
    assert any("lines were not shown; they are in the logs" in line for line in lines)
    assert 2000 <= len(lines) < 2100


def test_a_flood_is_counted_and_not_shown() -> None:
    out = io.StringIO()
    screen = Screen(out)
    for number in range(1000):
        screen.log_line("router", f"line {number}")
    screen.step("on it goes")
    screen.close()

    lines = out.getvalue().splitlines()
    assert 100 <= len(lines) <= 302  # it may have crossed into another second or two
    assert any(line.endswith("lines were not shown; they are in the logs") for line in lines)


def test_a_reader_that_went_away_is_no_fault() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    screen = Screen(Gone())
    screen.step("one")
    screen.step("two")
    screen.close()


def test_the_whole_log_is_kept_and_the_last_words_are_known(tmp_path: Path) -> None:
    log = ServiceLog("router", tmp_path / "router.log", Screen(io.StringIO()))
    (out_read, out_write), (err_read, err_write) = os.pipe(), os.pipe()
    log.follow(os.fdopen(out_read, "rb"), os.fdopen(err_read, "rb"))
    os.write(out_write, b'{"event": "service.started", "secret": "' + b"x" * 500 + b'"}\n')
    os.write(err_write, b"router: no such file\n\n")
    os.close(out_write)
    os.close(err_write)
    log.finish()
    log.close()

    assert log.last_words == "router: no such file"
    assert sorted(map(len, (tmp_path / "router.log").read_bytes().splitlines())) == [20, 542]


def test_a_log_file_never_grows_without_end(tmp_path: Path) -> None:
    file = RotatingFile(tmp_path / "log", limit_bytes=100)
    for _ in range(100):
        file.write(b"ten bytes\n")
    file.close()

    assert (tmp_path / "log").stat().st_size <= 100
    assert (tmp_path / "log.1").stat().st_size == 110
