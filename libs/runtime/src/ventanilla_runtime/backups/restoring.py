"""Makes the streams and buckets of an empty broker out of a backup, with everything that goes out held."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ventanilla_contracts.errors import Temporary
from ventanilla_contracts.topology import SWITCHES
from ventanilla_runtime.answers import CREATED_AT_METADATA
from ventanilla_runtime.backups.manifest import BadBackup, Manifest, StreamBackup, faults, pieces_of
from ventanilla_runtime.backups.snapshots import SnapshotRefused, restore_snapshot
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.errors import BrokerAway
from ventanilla_runtime.outbound import WAYS, Hold, hold
from ventanilla_runtime.publish import Publisher

BACKUP_METADATA = "ventanilla.backup"
"""Of a restored stream: from which backup it came, so that a restore that was broken off goes on."""
_LEADER_SECONDS = 30.0
_TRIES = 4
_AGAIN_SECONDS = 0.5
_NO_STREAM = 10059
_SWITCHES_STREAM = f"KV_{SWITCHES}"


class NotEmpty(Exception):
    """The broker has messages of a desk; a restore overwrites nothing."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: names of streams."""

    made: tuple[str, ...]
    there_already: tuple[str, ...]


async def restore_backup(
    broker: Broker,
    folder: Path,
    manifest: Manifest,
    *,
    replicas: int | None = None,
    by: str,
    progress: Callable[[str], None] = lambda _: None,
) -> Restored:
    """Restore every stream and bucket, with the positions of their consumers; everything that goes out is held.

    Broken off and run again it goes on: what is whole stays, what is not is made anew.

    Args:
        broker: connected as `operator`. No service may run.
        manifest: of the folder.
        replicas: of each stream in this broker; None: as in the backup.
        by: who restores, for whoever asks why nothing leaves. progress: is told each stream.

    Raises:
        BadBackup, NotEmpty: the archives are not as the manifest says, or the broker has messages; nothing was touched.
        SnapshotRefused, BrokerAway: it broke off; run it again.
    """
    if wrong := faults(folder, manifest):
        raise BadBackup("; ".join(wrong))
    present = await _present(broker, manifest)
    streams = sorted(manifest.streams, key=lambda stream: stream.name != _SWITCHES_STREAM)
    made, there = [], []
    for stream in streams:
        if present[stream.name] == "whole":
            there.append(stream.name)
        else:
            progress(stream.name)
            if present[stream.name]:
                await broker.api(f"STREAM.DELETE.{stream.name}")
            await _restore_patiently(broker, folder, stream, manifest.id, replicas)
            made.append(stream.name)
        if stream.name == _SWITCHES_STREAM:  # before there is anything that could go out
            await _hold_everything(broker, manifest, by)
    return Restored(tuple(made), tuple(there))


async def _present(broker: Broker, manifest: Manifest) -> dict[str, str]:
    """For each stream what is there of it: nothing, `empty`, `broken` or `whole`.

    Raises:
        NotEmpty: something else is.
    """
    found, in_the_way = {}, []
    for stream in manifest.streams:
        info = await broker.api(f"STREAM.INFO.{stream.name}")
        if (info.get("error") or {}).get("err_code") == _NO_STREAM:
            found[stream.name] = ""
        elif error := info.get("error"):
            raise SnapshotRefused(f"stream {stream.name}: {error.get('description')}")
        elif (info["config"].get("metadata") or {}).get(BACKUP_METADATA) == manifest.id:
            whole = info["state"]["last_seq"] >= stream.last_sequence
            found[stream.name] = "whole" if whole else "broken"
        elif info["state"]["last_seq"]:
            in_the_way.append(f"{stream.name} ({info['state']['messages']} messages)")
        else:
            found[stream.name] = "empty"
    if in_the_way:
        raise NotEmpty(f"the broker is not empty: {', '.join(in_the_way)}; a restore overwrites nothing")
    return found


async def _restore_patiently(
    broker: Broker, folder: Path, stream: StreamBackup, backup: str, replicas: int | None
) -> None:
    """Restore a stream; in a cluster that is busy with those before it, not at the first try."""
    for left in reversed(range(_TRIES)):
        try:
            await _restore(broker, folder, stream, backup, replicas)
            return
        except (SnapshotRefused, BrokerAway):
            if not left:
                raise
        await asyncio.sleep(_AGAIN_SECONDS)
        await broker.api(f"STREAM.DELETE.{stream.name}")  # what is there of it is ours: there was nothing before


async def _restore(broker: Broker, folder: Path, stream: StreamBackup, backup: str, replicas: int | None) -> None:
    marks = {CREATED_AT_METADATA: stream.created_at, BACKUP_METADATA: backup}
    kept = {key: value for key, value in (stream.config.get("metadata") or {}).items() if not key.startswith("_nats.")}
    config = {
        **stream.config,
        "metadata": {**kept, **marks},
        **({"num_replicas": replicas} if replicas else {}),
    }
    made = await restore_snapshot(broker, stream.name, config, stream.state, pieces_of(folder / stream.file))
    state = made["state"]
    wanted = (stream.messages, stream.last_sequence)
    if (state["messages"], state["last_seq"]) != wanted and not stream.config.get("max_age"):
        raise SnapshotRefused(
            f"stream {stream.name}: {state['messages']} messages up to {state['last_seq']} came out of the archive, "
            f"{wanted[0]} up to {wanted[1]} went in"
        )


async def _hold_everything(broker: Broker, manifest: Manifest, by: str) -> None:
    """Hold all that goes out. In a cluster the bucket that was just restored has no leader for a moment.

    Raises:
        Temporary: it has none for long; nothing else was restored.
    """
    publisher = Publisher(broker)
    await publisher.start()
    why = f"restored from the backup {manifest.id} of {manifest.begun_at:%Y-%m-%d %H:%M} UTC"
    deadline = time.monotonic() + _LEADER_SECONDS
    while True:
        try:
            await hold(publisher, Hold(frozenset(WAYS), by, why))
            return
        except Temporary:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(_AGAIN_SECONDS)
