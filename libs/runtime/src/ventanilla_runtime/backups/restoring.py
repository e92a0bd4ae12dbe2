"""Makes the streams and buckets of an empty broker out of a backup, with everything that goes out held."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ventanilla_contracts.errors import Temporary
from ventanilla_contracts.topology import CONSUMERS, SWITCHES
from ventanilla_runtime.answers import CREATED_AT_METADATA
from ventanilla_runtime.backups.manifest import BadBackup, Manifest, StreamBackup, faults, pieces_of
from ventanilla_runtime.backups.positions import is_pulled
from ventanilla_runtime.backups.snapshots import SnapshotRefused, restore_snapshot
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.errors import BrokerAway, StreamMissing
from ventanilla_runtime.outbound import WAYS, Hold, hold
from ventanilla_runtime.publish import Publisher

BACKUP_METADATA = "ventanilla.backup"
"""Of a restored stream: from which backup it came, so that a restore that was broken off goes on."""
_LEADER_SECONDS = 30.0
_TRIES = 4
_AGAIN_SECONDS = 0.5
_NO_STREAM = 10059
_SWITCHES_STREAM = f"KV_{SWITCHES}"
_LISTENED = "REDRIVE"
"""The stream that every service takes messages from, and that opens no door."""
_LISTEN_SECONDS = 2.5
"""A running service finds a consumer within a second or two."""


class NotEmpty(Exception):
    """The broker has messages of a desk; a restore overwrites nothing."""


class ServicesRun(Exception):
    """A service takes messages of a desk that is being restored."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: names of streams."""

    made: tuple[str, ...]
    there_already: tuple[str, ...]
    gone_on: int = 0
    """Messages that a broker has on top of the backup that it was made out of, where there was nothing to do."""


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

    Broken off and run again it goes on: what is whole stays, what is not is made anew. Where all is there nothing is
    done, and nothing held: the desk may have gone on long ago.

    Args:
        broker: connected as `operator`. No service may run.
        manifest: of the folder.
        replicas: of each stream in this broker; None: as in the backup.
        by: who restores, for whoever asks why nothing leaves. progress: is told each stream.

    Raises:
        BadBackup, NotEmpty: the archives are not as the manifest says, or the broker has messages; nothing was touched.
        ServicesRun: a service takes messages; run it again when all have stopped.
        SnapshotRefused, BrokerAway: it broke off; run it again.
    """
    if wrong := faults(folder, manifest):
        raise BadBackup("; ".join(wrong))
    present, gone_on = await _present(broker, manifest)
    if set(present.values()) == {"whole"}:
        return Restored((), tuple(present), gone_on)
    streams = sorted(manifest.streams, key=lambda stream: (stream.name != _SWITCHES_STREAM, stream.name != _LISTENED))
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
        if stream.name == _LISTENED:  # before a door could accept anything under sequences that the database knows
            await _refuse_running(broker, _LISTEN_SECONDS)
    await _refuse_running(broker, 0.0)
    return Restored(tuple(made), tuple(there))


async def _refuse_running(broker: Broker, seconds: float) -> None:
    """Listen for so long whether a service takes messages.

    Raises:
        ServicesRun: one does.
    """
    deadline = time.monotonic() + seconds
    while True:
        found = [one.service for one in CONSUMERS if one.stream == _LISTENED and await _pulled(broker, one.durable)]
        if found:
            raise ServicesRun(
                f"{', '.join(found)} {'runs' if len(found) == 1 else 'run'}: what a door accepts now would be taken for"
                " what the database has; stop all services (scale to 0, and whatever starts them), then run this again"
            )
        if time.monotonic() >= deadline:
            return
        await asyncio.sleep(_AGAIN_SECONDS)


async def _pulled(broker: Broker, durable: str) -> bool:
    try:
        return await is_pulled(broker, _LISTENED, durable)
    except (StreamMissing, BrokerAway):  # a backup of a release that had no such consumer; no leader yet
        return False


async def _present(broker: Broker, manifest: Manifest) -> tuple[dict[str, str], int]:
    """For each stream what is there of it: nothing, `empty`, `broken` or `whole`; and how many messages more.

    Raises:
        NotEmpty: something else is.
    """
    found, in_the_way, more = {}, [], 0
    for stream in manifest.streams:
        info = await broker.api(f"STREAM.INFO.{stream.name}")
        if (info.get("error") or {}).get("err_code") == _NO_STREAM:
            found[stream.name] = ""
        elif error := info.get("error"):
            raise SnapshotRefused(f"stream {stream.name}: {error.get('description')}")
        elif (info["config"].get("metadata") or {}).get(BACKUP_METADATA) == manifest.id:
            whole = info["state"]["last_seq"] >= stream.last_sequence
            found[stream.name] = "whole" if whole else "broken"
            more += max(info["state"]["last_seq"] - stream.last_sequence, 0)
        elif info["state"]["last_seq"]:
            in_the_way.append(f"{stream.name} ({info['state']['messages']} messages)")
        else:
            found[stream.name] = "empty"
    if in_the_way:
        raise NotEmpty(f"the broker is not empty: {', '.join(in_the_way)}; a restore overwrites nothing")
    return found, more


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
