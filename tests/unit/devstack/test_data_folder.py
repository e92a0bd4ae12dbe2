"""The desk's folder: one run at a time, and nothing is left of a killed one."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ventanilla_devstack.children import identify, kill, spawn
from ventanilla_devstack.data_folder import DataFolder
from ventanilla_devstack.errors import CannotRun, Unsuitable


def sleeper(cwd: Path) -> subprocess.Popen[bytes]:
    script = "import time; print('up', flush=True); time.sleep(600)"
    process = spawn([sys.executable, "-S", "-c", script], env={}, cwd=cwd, stdout=subprocess.PIPE, stderr=None)
    assert process.stdout
    process.stdout.readline()
    process.stdout.close()
    return process


def killed_run(folder: Path, **processes: subprocess.Popen[bytes]) -> None:
    """Leave in the folder what a run leaves that is killed while these processes run."""
    held = DataFolder(folder)
    held.__enter__()
    for name, process in processes.items():
        held.record(name, process.pid, sys.executable)
    assert held._lock
    held._lock.close()


def test_only_one_run_holds_a_folder(tmp_path: Path) -> None:
    with DataFolder(tmp_path / "desk"), pytest.raises(CannotRun, match=r"runs on .*desk already \(process \d+\)"):
        DataFolder(tmp_path / "desk").__enter__()

    with DataFolder(tmp_path / "desk"):
        pass


def test_what_a_killed_run_left_is_ended_services_first(tmp_path: Path) -> None:
    processes = {name: sleeper(tmp_path) for name in ("postgres", "nats", "slack", "router")}
    killed_run(tmp_path / "desk", **processes)
    (tmp_path / "desk" / "run.json").write_text("{}")

    with DataFolder(tmp_path / "desk") as folder:
        assert folder.clear_leftovers() == ["router", "slack", "nats", "postgres"]
        assert not folder.run_file.exists()

    assert [process.wait() for process in processes.values()] == [
        -signal.SIGINT,
        -signal.SIGTERM,
        -signal.SIGTERM,
        -signal.SIGKILL,
    ]


@pytest.mark.parametrize("change", [{"started": 1}, {"program": "/bin/another"}, {"boot": "an earlier one"}])
def test_a_stranger_with_a_recorded_number_is_left_alone(tmp_path: Path, change: dict[str, object]) -> None:
    process = sleeper(tmp_path)
    killed_run(tmp_path / "desk", router=process)
    record = tmp_path / "desk" / "processes.json"
    entries = json.loads(record.read_text())
    entries["router"].update(change)
    record.write_text(json.dumps(entries))

    with DataFolder(tmp_path / "desk") as folder:
        assert folder.clear_leftovers() == []

    assert identify(process.pid)
    kill(process)


def test_a_damaged_record_is_no_obstacle(tmp_path: Path) -> None:
    with DataFolder(tmp_path) as folder:
        (tmp_path / "processes.json").write_text("{")
        assert folder.clear_leftovers() == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unsuitable, match=r"cannot write to .*file/desk .*; choose another folder with DATA_DIR"):
        DataFolder(tmp_path / "file" / "desk").__enter__()
