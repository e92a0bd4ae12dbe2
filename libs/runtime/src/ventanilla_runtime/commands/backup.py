"""`ventanilla backup`: everything that the broker keeps, into a folder and out of it."""

import getpass
import json
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from ventanilla_runtime.backups.manifest import BadBackup, Manifest, faults, read_manifest
from ventanilla_runtime.backups.restoring import NotEmpty, ServicesRun, restore_backup
from ventanilla_runtime.backups.taking import (
    CannotWrite,
    FolderInUse,
    expected_bytes,
    make_room,
    remove_abandoned,
    take_backup,
)
from ventanilla_runtime.commands.session import CommandFailed, OperatorSettings, connected, run

app = typer.Typer(no_args_is_help=True, help="Backup and restore of streams and buckets (docs/backup.md).")

_PROGRESS_SECONDS = 2.0
_Folder = Annotated[Path, typer.Argument(help="Folder of the backup.", metavar="DIR")]
_Json = Annotated[bool, typer.Option("--json", help="Say it as one JSON object.")]


@app.command(epilog="Example: ventanilla backup take /backups/2026-11-28T0200")
def take(
    context: typer.Context,
    folder: _Folder,
    keep: Annotated[
        int | None,
        typer.Option(
            help="Remove older backups beside it, but for the newest so many, and what broken off ones left.", min=1
        ),
    ] = None,
    as_json: _Json = False,
) -> None:
    """Back up every stream and bucket into a new folder, while the desk works.

    Take the database first: what the streams have on top of it, a restore makes good.
    """
    settings: OperatorSettings = context.obj
    beside = folder.absolute().parent

    async def command() -> int:
        ticker = _Ticker()
        async with connected(settings) as broker:
            try:
                if keep and beside.is_dir():
                    _say_removed(remove_abandoned(beside))
                    _say_removed(make_room(beside, keep, await expected_bytes(broker)))
                manifest = await take_backup(broker, folder, prefix=settings.prefix, progress=ticker.stream)
            except (FolderInUse, CannotWrite) as error:
                raise CommandFailed(str(error)) from error
        _tell(manifest, folder, as_json)
        if keep:
            _say_removed(make_room(beside, keep, 0))
        return 0

    run(command)


@app.command(epilog="Example: ventanilla backup verify /backups/2026-11-28T0200")
def verify(context: typer.Context, folder: _Folder, as_json: _Json = False) -> None:  # noqa: ARG001  # as the others
    """Read all of a backup and compare it with its manifest; exit code 1 if anything is wrong."""

    async def command() -> int:
        manifest = _manifest(folder)
        ticker = _Ticker()
        found = faults(folder, manifest, lambda size: ticker.read(size, manifest.size_bytes))
        if as_json:
            typer.echo(json.dumps({"id": manifest.id, "whole": not found, "faults": found}))
            return 1 if found else 0
        for line in found:
            typer.echo(line)
        if found:
            typer.echo("this backup cannot be restored")
            return 1
        _tell(manifest, folder, as_json=False)
        return 0

    run(command)


@app.command(epilog="Example: ventanilla backup restore /backups/2026-11-28T0200 --replicas 3")
def restore(
    context: typer.Context,
    folder: _Folder,
    replicas: Annotated[int | None, typer.Option(help="Of each stream; as in the backup.", min=1, max=5)] = None,
    by: Annotated[str | None, typer.Option("--as", help="Who restores; your name at this machine.")] = None,
    as_json: _Json = False,
) -> None:
    """Restore into an empty broker, as the operator, with all services stopped; everything that goes out is held.

    It never overwrites a message. Broken off, run it again: it goes on.
    """
    settings: OperatorSettings = context.obj

    async def command() -> int:
        manifest = _manifest(folder)
        if manifest.prefix != settings.prefix:
            raise CommandFailed(
                f"the backup is of a desk with the prefix {manifest.prefix!r}, not {settings.prefix!r}: give --prefix"
            )
        ticker = _Ticker()
        async with connected(settings) as broker:
            try:
                done = await restore_backup(
                    broker, folder, manifest, replicas=replicas, by=by or who(), progress=ticker.name
                )
            except (BadBackup, NotEmpty, ServicesRun) as error:
                raise CommandFailed(str(error)) from error
        if as_json:
            said = {"id": manifest.id, "made": done.made, "there_already": done.there_already, "gone_on": done.gone_on}
            typer.echo(json.dumps(said))
            return 0
        if not done.made:
            typer.echo(f"nothing was done: this broker came out of this backup, and has {done.gone_on}")
            typer.echo("messages more; to restore it once more takes an empty broker")
            return 0
        typer.echo(f"{len(done.made)} streams restored, {len(done.there_already)} were there already")
        typer.echo("everything that goes out is held: see `ventanilla outbound status`")
        typer.echo("next: `ventanilla topology apply`, restore the database, `tickets migrate`,")
        typer.echo("`tickets recover positions`, start the services (all of it: docs/backup.md)")
        return 0

    run(command)


def _say_removed(paths: list[Path]) -> None:
    for path in paths:
        typer.echo(f"{path} removed", err=True)


def who() -> str:
    """Who runs this command, as the machine knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number without a name
        return "an operator"


def _manifest(folder: Path) -> Manifest:
    try:
        return read_manifest(folder)
    except BadBackup as error:
        raise CommandFailed(str(error)) from error


def _tell(manifest: Manifest, folder: Path, as_json: bool) -> None:
    if as_json:
        typer.echo(manifest.model_dump_json(exclude={"streams": {"__all__": {"config", "state"}}}))
        return
    typer.echo("STREAM               MESSAGES        FIRST         LAST        BYTES")
    for stream in manifest.streams:
        typer.echo(
            f"{stream.name:<18.18} {stream.messages:>10} {stream.first_sequence:>12} "
            f"{stream.last_sequence:>12} {stream.size_bytes:>12}"
        )
    seconds = (manifest.ended_at - manifest.begun_at).total_seconds()
    typer.echo(f"{folder}: whole; begun {manifest.begun_at:%Y-%m-%d %H:%M:%S} UTC, took {seconds:.1f} s")
    typer.echo(f"backup {manifest.id}, NATS {manifest.server}, {_size(manifest.size_bytes)}")


class _Ticker:
    """Says on standard error how far a command has come, once it takes long."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._read = 0

    def stream(self, name: str, written: int, of: int) -> None:
        """A stream is being written."""
        self._say(f"{name}: {_size(written)} written ({_size(of)} at the broker)")

    def read(self, size: int, of: int) -> None:
        """So many more bytes were read."""
        self._read += size
        self._say(f"{_size(self._read)} of {_size(of)} read")

    def name(self, name: str) -> None:
        """A stream is begun."""
        self._say(f"restoring {name}")

    def _say(self, what: str) -> None:
        now = time.monotonic()
        if now - self._last >= _PROGRESS_SECONDS:
            self._last = now
            sys.stderr.write(f"{what}\n")


def _size(count: Any) -> str:
    value = float(count)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if value < 1024 or unit == "GiB":
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1024
    raise AssertionError
