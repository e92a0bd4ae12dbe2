"""Servers of the tests are kept in memory where there is room, and what a killed run left goes with the next one."""

import fcntl
from pathlib import Path

import pytest

from tests.support import server_folders
from tests.support.server_folders import PREFIX, folder_for_servers, parent_folder, remove_abandoned


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files go that are not kept in memory."""
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "disk"))
    (tmp_path / "disk").mkdir()
    return tmp_path / "disk"


def test_memory_is_taken_only_where_there_is_room_and_nobody_chose(
    disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_folders, "_available_memory_bytes", lambda: 2000)

    assert parent_folder(tmp_path, 1000) == tmp_path
    assert parent_folder(tmp_path, 1001) == disk, "the machine needs its memory itself"
    assert parent_folder(tmp_path, 2**80) == disk
    assert parent_folder(tmp_path / "missing", 1000) == disk

    monkeypatch.setenv("TMPDIR", str(disk))
    assert parent_folder(tmp_path, 1000) == disk


def test_only_what_nobody_uses_any_more_is_removed(tmp_path: Path) -> None:
    used, left, unfinished, foreign = (tmp_path / name for name in (f"{PREFIX}a", f"{PREFIX}b", f"{PREFIX}c", "d"))
    for folder in (used, left, unfinished, foreign):
        folder.mkdir()
        if folder != unfinished:
            (folder / "in-use").touch()

    with (used / "in-use").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        remove_abandoned(tmp_path)

    assert set(tmp_path.iterdir()) == {used, unfinished, foreign}


def test_the_folder_is_there_for_as_long_as_it_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(server_folders, "parent_folder", lambda: tmp_path)

    with folder_for_servers() as folder:
        remove_abandoned(tmp_path)
        assert folder.parent == tmp_path
        assert folder.stat().st_mode & 0o777 == 0o711, "Postgres runs as another user"

    assert not list(tmp_path.iterdir())
