"""Backups of the broker: what comes out of a restore is what went in, under the same names, and nothing leaves."""

import errno
import fcntl
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.integration.runtime.test_command import ventanilla
from tests.support.broker import Desk, new_nats_server
from tests.support.consuming import Handling, consuming
from tests.support.polling import eventually
from tests.support.streams import intake_message
from ventanilla_contracts.topology import CONSUMERS
from ventanilla_runtime.backups.manifest import FILE, Manifest
from ventanilla_runtime.backups.positions import skip_to
from ventanilla_runtime.backups.taking import CannotWrite, make_room, take_backup
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.errors import StreamMissing
from ventanilla_runtime.outbound import WAYS, read_hold
from ventanilla_runtime.publish import Outgoing, Publisher
from ventanilla_runtime.state import StateBucket


async def fill(desk: Desk) -> Broker:
    """Thirty messages, of which the router has settled thirty and ten more wait; a gap, a key, a file."""
    operator = await desk.connect()
    publisher = Publisher(operator)
    await publisher.start()
    await publisher.publish_all([intake_message(str(n), str(n).encode()) for n in range(30)])
    await operator.remove("INTAKE", 12)
    handling = Handling()
    async with consuming(await desk.connect("router"), handling):
        await eventually(lambda: len(handling.handled) == 29)
    await publisher.publish_all([intake_message(str(n), b"x" * 200_000) for n in range(30, 40)])
    await StateBucket(operator, publisher, "outbound_state").put_all(["a.key"], b"sent")
    await publisher.publish(Outgoing("OBJ_raw", "$O.raw.C.one", b"\0" * 300_000))
    return operator


def quiet(complained: str) -> str:
    """What is left on standard error beside the progress of a restore that takes over two seconds."""
    return "".join(line for line in complained.splitlines() if not line.startswith("restoring "))


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
async def backup(fresh_desk: Desk, tmp_path: Path) -> Path:
    await fill(fresh_desk)
    code, said, complained = await ventanilla("backup", "take", str(tmp_path / "one"), desk=fresh_desk)
    assert (code, complained) == (0, "")
    assert "INTAKE" in said
    assert max(map(len, said.splitlines()[:-2])) <= 80
    return tmp_path / "one"


@pytest.fixture
async def empty_desk(server_folder: Path):  # type: ignore[no-untyped-def]  # an asynchronous generator of a desk
    server = new_nats_server(server_folder / "other")
    server.start()
    desk = Desk(server)
    yield desk
    await desk.close()
    server.kill()


@pytest.fixture
def backup_of(tmp_path: Path) -> Callable[[str, int], Path]:
    """Makes a whole backup of a day of November, without streams."""

    def make(name: str, day: int) -> Path:
        at = datetime(2026, 11, day, tzinfo=UTC)
        manifest = Manifest(
            id=name, begun_at=at, ended_at=at, ventanilla="0", server="2", prefix="desk", streams=()
        )  # fmt: skip
        (tmp_path / name).mkdir()
        (tmp_path / name / FILE).write_text(manifest.model_dump_json())
        return tmp_path / name

    return make


async def test_a_restored_stream_is_the_one_that_was_backed_up(
    fresh_desk: Desk, empty_desk: Desk, backup: Path
) -> None:
    before = await fresh_desk.connect()

    code, said, complained = await ventanilla("backup", "restore", str(backup), "--as", "eva", desk=empty_desk)

    assert (code, quiet(complained)) == (0, "")
    assert "held" in said
    after = await empty_desk.connect()
    for name in ("INTAKE", "KV_outbound_state", "OBJ_raw", "ACCEPTED"):
        was, is_ = await before.stream_state(name), await after.stream_state(name)
        assert (is_.created_at, is_.last_sequence, is_.messages) == (was.created_at, was.last_sequence, was.messages)
        assert is_.first_sequence == max(was.first_sequence, 1)
    router = await after.consumer_state("INTAKE", "router")
    assert (router.ack_floor, router.pending) == (30, 10)
    assert await after.stored_message("INTAKE", 12) is None
    assert (await after.stored_message("INTAKE", 13)).body == b"12"  # type: ignore[union-attr]  # it is there
    assert await ventanilla("topology", "check", desk=empty_desk) == (0, "the broker is as the topology says\n", "")


async def test_what_was_settled_is_not_handed_out_again_and_names_go_on(empty_desk: Desk, backup: Path) -> None:
    await ventanilla("backup", "restore", str(backup), desk=empty_desk)
    handling = Handling()

    async with consuming(await empty_desk.connect("router"), handling):
        await eventually(lambda: len(handling.handled) == 10)

    manifest = json.loads((backup / "manifest.json").read_text())
    intake = next(stream for stream in manifest["streams"] if stream["name"] == "INTAKE")
    assert {delivery.created_at for delivery in handling.deliveries} == {intake["created_at"]}
    assert [delivery.sequence for delivery in handling.deliveries] == list(range(31, 41))


async def test_after_a_restore_everything_that_goes_out_is_held_and_says_why(empty_desk: Desk, backup: Path) -> None:
    await ventanilla("backup", "restore", str(backup), "--as", "eva", desk=empty_desk)

    held = await read_hold(await empty_desk.connect())

    assert held.ways == set(WAYS)
    assert held.by == "eva"
    assert "restored from the backup" in held.why


async def test_a_broker_with_messages_is_not_touched(fresh_desk: Desk, backup: Path) -> None:
    code, _, complained = await ventanilla("backup", "restore", str(backup), desk=fresh_desk)

    assert code == 1
    assert "not empty" in complained
    assert "INTAKE (39 messages)" in complained


async def test_a_restore_that_broke_off_goes_on(empty_desk: Desk, backup: Path) -> None:
    await ventanilla("backup", "restore", str(backup), desk=empty_desk)
    operator = await empty_desk.connect()
    info = await operator.api("STREAM.INFO.INTAKE")
    await operator.api("STREAM.DELETE.INTAKE")
    await operator.api("STREAM.CREATE.INTAKE", {**info["config"]})
    await operator.api("STREAM.DELETE.OBJ_raw")

    code, said, complained = await ventanilla("backup", "restore", str(backup), "--json", desk=empty_desk)

    assert (code, quiet(complained)) == (0, "")
    assert json.loads(said)["made"] == ["INTAKE", "OBJ_raw"]
    assert (await operator.stream_state("INTAKE")).messages == 39


async def test_a_damaged_backup_is_named_and_restores_nothing(empty_desk: Desk, backup: Path) -> None:
    path = backup / "INTAKE.snapshot"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    (backup / "OBJ_raw.snapshot").unlink()

    code, said, _ = await ventanilla("backup", "verify", str(backup))
    assert code == 1
    assert "INTAKE.snapshot was changed" in said
    assert "OBJ_raw.snapshot: No such file" in said

    code, _, complained = await ventanilla("backup", "restore", str(backup), desk=empty_desk)
    assert code == 1
    assert "INTAKE.snapshot was changed" in complained
    assert (await (await empty_desk.connect()).api("STREAM.NAMES"))["total"] == 0


async def test_a_backup_that_broke_off_has_no_name_and_is_begun_anew(fresh_desk: Desk, tmp_path: Path) -> None:
    left = tmp_path / "two.unfinished"
    left.mkdir()
    (left / "ACCEPTED.snapshot").write_bytes(b"half")
    operator = await fresh_desk.connect()
    await operator.api("STREAM.DELETE.OBJ_attachments")

    code, _, complained = await ventanilla("backup", "take", str(tmp_path / "two"), desk=fresh_desk)
    assert code == 1
    assert "OBJ_attachments" in complained
    assert not (tmp_path / "two").exists()

    await fresh_desk.apply_topology()
    assert (await ventanilla("backup", "take", str(tmp_path / "two"), desk=fresh_desk))[0] == 0
    assert (await ventanilla("backup", "verify", str(tmp_path / "two")))[0] == 0
    code, _, complained = await ventanilla("backup", "take", str(tmp_path / "two"), desk=fresh_desk)
    assert code == 1
    assert "exists" in complained


async def test_old_backups_are_removed_once_a_new_one_is_whole_and_nothing_else_is(
    fresh_desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "notes").mkdir()
    for name in ("a", "b", "c"):
        code, _, _ = await ventanilla("backup", "take", str(tmp_path / name), "--keep", "2", desk=fresh_desk)
        assert code == 0

    assert names_in(tmp_path) == ["b", "c", "notes"]


async def test_what_killed_backups_left_is_removed_and_what_one_is_writing_is_not(
    fresh_desk: Desk, tmp_path: Path
) -> None:
    for name in ("pod1", "pod2"):
        (tmp_path / f"{name}.unfinished").mkdir()
        (tmp_path / f"{name}.unfinished" / "ACCEPTED.snapshot").write_bytes(b"half")
    writing = os.open(tmp_path / "pod2.unfinished", os.O_RDONLY)
    fcntl.flock(writing, fcntl.LOCK_EX)

    code, _, complained = await ventanilla("backup", "take", str(tmp_path / "pod3"), "--keep", "2", desk=fresh_desk)

    os.close(writing)
    assert (code, complained) == (0, f"{tmp_path / 'pod1.unfinished'} removed\n")
    assert names_in(tmp_path) == ["pod2.unfinished", "pod3"]


async def test_a_backup_that_the_disk_does_not_take_leaves_nothing_and_says_where(
    fresh_desk: Desk, tmp_path: Path
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(CannotWrite, match=r"pod1: No space left on device; .* MiB free"):
        await take_backup(await fresh_desk.connect(), tmp_path / "pod1", prefix="desk", progress=full)

    assert names_in(tmp_path) == []


def test_where_the_disk_is_short_the_oldest_backup_makes_room_and_the_newest_never_goes(
    tmp_path: Path, backup_of: Callable[[str, int], Path]
) -> None:
    for day, name in enumerate(("a", "b", "c"), start=1):
        backup_of(name, day)

    assert make_room(tmp_path, 3, 0) == []
    assert [path.name for path in make_room(tmp_path, 3, 2**60)] == ["a"]
    assert [path.name for path in make_room(tmp_path, 1, 2**60)] == ["b"]
    assert names_in(tmp_path) == ["c"]


async def test_the_backup_user_takes_backups_and_changes_nothing(fresh_desk: Desk, tmp_path: Path) -> None:
    url = fresh_desk.url("backup")

    code, _, complained = await ventanilla("backup", "take", str(tmp_path / "b"), VENTANILLA_NATS_URL=url)
    assert (code, complained) == (0, "")

    assert (await ventanilla("outbound", "hold", "--why", "x", VENTANILLA_NATS_URL=url))[0] == 1


async def test_nothing_is_restored_under_a_service_that_runs_and_it_goes_on_once_that_has_stopped(
    empty_desk: Desk, backup: Path
) -> None:
    redrive = next(spec for spec in CONSUMERS if spec.durable == "router-redrive")
    async with consuming(await empty_desk.connect("router"), Handling(), spec=redrive):
        code, _, complained = await ventanilla("backup", "restore", str(backup), desk=empty_desk)

    assert code == 1
    assert complained.startswith("ventanilla: router runs: ")
    with pytest.raises(StreamMissing):
        await (await empty_desk.connect()).stream_state("INTAKE")

    code, said, complained = await ventanilla("backup", "restore", str(backup), desk=empty_desk)
    assert (code, quiet(complained)) == (0, "")
    assert "2 were there already" in said


async def test_restoring_again_what_has_long_gone_on_does_nothing_and_holds_nothing(
    empty_desk: Desk, backup: Path
) -> None:
    await ventanilla("backup", "restore", str(backup), desk=empty_desk)
    assert (await ventanilla("outbound", "release", "--yes", desk=empty_desk))[0] == 0
    operator = await empty_desk.connect()
    publisher = Publisher(operator)
    await publisher.start()
    await publisher.publish(intake_message("new", b"new"))

    code, said, complained = await ventanilla("backup", "restore", str(backup), desk=empty_desk)

    assert (code, quiet(complained)) == (0, "")
    assert said.startswith("nothing was done: this broker came out of this backup, and has ")
    assert (await read_hold(operator)).ways == frozenset()


async def test_sequences_that_were_skipped_are_tidied_up_after_a_kill(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    publisher = Publisher(operator)
    await publisher.start()
    before = await operator.api("STREAM.INFO.ACCEPTED")
    filler = "desk.restore.skipped.accepted"
    await operator.api(
        "STREAM.UPDATE.ACCEPTED", {**before["config"], "subjects": [*before["config"]["subjects"], filler]}
    )
    await publisher.publish_all([Outgoing("ACCEPTED", filler, b"")] * 3)

    assert await skip_to(operator, publisher, await operator.stream_state("ACCEPTED"), 3, "desk") == 0

    after = await operator.api("STREAM.INFO.ACCEPTED")
    assert (after["state"]["messages"], after["state"]["last_seq"]) == (0, 3)
    assert after["config"]["subjects"] == before["config"]["subjects"]


async def test_whoever_may_not_ask_what_is_held_is_told_who_may(fresh_desk: Desk) -> None:
    code, _, complained = await ventanilla("outbound", "status", VENTANILLA_NATS_URL=fresh_desk.url("topology"))

    assert (code, complained) == (
        1,
        "ventanilla: the broker's user topology may not ask what is held: connect as `operator`\n",
    )


async def test_a_broker_without_streams_says_what_comes_first(empty_desk: Desk) -> None:
    code, _, complained = await ventanilla("outbound", "status", desk=empty_desk)

    assert (code, complained) == (1, "ventanilla: the broker has no streams yet: `ventanilla topology apply`\n")
