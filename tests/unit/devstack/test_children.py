"""Processes are started, recognised and ended, and never taken for others."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ventanilla_devstack.children import (
    Identity,
    command_line,
    end,
    end_stranger,
    end_working_in,
    identify,
    kill,
    last_line,
    open_log,
    spawn,
    wait_until,
    working_in,
)

SLEEP = (sys.executable, "-S", "-c", "import time; print('up', flush=True); time.sleep(600)")
STUBBORN = (
    sys.executable,
    "-S",
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)",
)


def started(command: tuple[str, ...], cwd: Path) -> subprocess.Popen[bytes]:
    process = spawn(command, env={}, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout
    assert process.stdout.readline() == b"up\n"
    process.stdout.close()
    return process


def test_a_process_is_known_by_its_number_and_its_start(tmp_path: Path) -> None:
    process = started(SLEEP, tmp_path)
    who = identify(process.pid)

    assert who is not None
    assert who.pid == process.pid
    assert command_line(process.pid) == list(SLEEP)
    assert working_in(tmp_path) == [process.pid]

    assert end(process) == -signal.SIGTERM
    assert identify(process.pid) is None
    assert working_in(tmp_path) == []


def test_a_stubborn_process_is_killed_when_its_time_is_up(tmp_path: Path) -> None:
    assert end(started(STUBBORN, tmp_path), within_seconds=0.1) == -signal.SIGKILL


def test_ending_what_has_ended_is_harmless(tmp_path: Path) -> None:
    process = started(SLEEP, tmp_path)
    kill(process)
    kill(process)
    assert end(process) == -signal.SIGKILL


def test_another_process_with_the_same_number_is_left_alone(tmp_path: Path) -> None:
    process = started(SLEEP, tmp_path)
    who = identify(process.pid)
    assert who is not None

    end_stranger(Identity(who.pid, who.started - 1), signal.SIGKILL, 0.1)

    assert identify(process.pid) == who
    kill(process)


def test_everything_in_a_folder_is_ended(tmp_path: Path) -> None:
    processes = [started(SLEEP, tmp_path), started(STUBBORN, tmp_path)]

    end_working_in(tmp_path, signal.SIGTERM, 0.1)

    assert wait_until(lambda: not any(identify(process.pid) for process in processes), 2)
    for process in processes:
        process.wait()


def test_a_child_does_not_outlive_its_parent(tmp_path: Path) -> None:
    script = (
        "import subprocess, sys, time\n"
        "from pathlib import Path\n"
        "from ventanilla_devstack.children import spawn\n"
        f"child = spawn({STUBBORN!r}, env={{}}, cwd=Path(sys.argv[1]), stdout=subprocess.PIPE, stderr=None)\n"
        "child.stdout.readline(); print(child.pid, flush=True); time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert identify(child)
        parent.kill()

    assert wait_until(lambda: identify(child) is None, 5)


def test_a_program_that_is_not_there_ends_with_a_clear_word(tmp_path: Path) -> None:
    process = spawn(["/not/there"], env={}, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, words = process.communicate(timeout=10)

    assert process.returncode == 126
    assert words == b"cannot start /not/there: No such file or directory\n"


def test_ctrl_c_in_the_terminal_does_not_reach_children(tmp_path: Path) -> None:
    process = started(SLEEP, tmp_path)
    try:
        assert os.getpgid(process.pid) == process.pid != os.getpgrp()
    finally:
        kill(process)


@pytest.mark.parametrize(
    ("content", "line"),
    [(b"", ""), (b"first\nsecond\n\n  \n", "second"), (b"x" * 20_000, "x" * 400), ("señal\n".encode(), "señal")],
)
def test_the_last_words_of_a_log(tmp_path: Path, content: bytes, line: str) -> None:
    (tmp_path / "log").write_bytes(content)
    assert last_line(tmp_path / "log") == line


def test_a_log_that_grew_too_large_is_put_aside(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "nats.log"
    for _ in range(2):
        with open_log(log, limit_bytes=10) as file:
            file.write(b"more than ten bytes\n")

    assert log.read_bytes() == b"more than ten bytes\n"
    assert log.with_name("nats.log.1").read_bytes() == b"more than ten bytes\n"
