"""`ventanilla topology`: make the broker look like the contracts say, see what differs, print its users."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ventanilla_contracts.broker_rights import permissions
from ventanilla_runtime import topology
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.commands.broker_secrets import secrets
from ventanilla_runtime.commands.session import CommandFailed, OperatorSettings, Wait, connected, patiently, run

app = typer.Typer(no_args_is_help=True, help="Streams, consumers, buckets and users of the broker.")
app.command("secrets", epilog="Example: ventanilla topology secrets --namespace desk | kubectl create -f -")(secrets)

_Replicas = Annotated[int | None, typer.Option(help="1 for one server, 3 in a cluster.", min=1, max=5)]
_Storage = Annotated[int | None, typer.Option(help="What all streams together may fill, in bytes.", min=1024**2)]


@app.command(epilog="Example: ventanilla topology apply --storage-bytes 68719476736 --replicas 3 --wait 300")
def apply(context: typer.Context, storage_bytes: _Storage = None, replicas: _Replicas = None, wait: Wait = 0.0) -> None:
    """Create or change what differs; nothing is deleted. Run it with each upgrade: services wait for it.

    Run by an older release it leaves what a newer one made as it is. Exit code 3: the broker is one server and was
    asked for several copies, or its disk is smaller than --storage-bytes; trying again would not help.
    """
    settings: OperatorSettings = context.obj

    async def command() -> int:
        lines: list[str] = []

        def report(line: str) -> None:
            lines.append(line)
            typer.echo(line)

        async def work(broker: Broker) -> None:
            await topology.apply(
                broker,
                prefix=settings.prefix,
                storage_bytes=storage_bytes or topology.DEFAULT_STORAGE_BYTES,
                replicas=replicas or 1,
                report=report,
            )

        await patiently(settings, wait, work)
        typer.echo(f"{len(lines)} changes" if lines else "nothing to change")
        return 0

    run(command)


@app.command(epilog="Example: ventanilla topology check || ventanilla topology apply")
def check(context: typer.Context, storage_bytes: _Storage = None, replicas: _Replicas = None) -> None:
    """Say what differs; exit code 1 if anything does. Limits and replicas are compared only if they are given."""
    settings: OperatorSettings = context.obj

    async def command() -> int:
        async with connected(settings) as broker:
            found = await topology.differences(
                broker, prefix=settings.prefix, storage_bytes=storage_bytes, replicas=replicas
            )
        for line in found:
            typer.echo(line)
        if found:
            typer.echo("run `ventanilla topology apply` to put it right")
            return 1
        typer.echo("the broker is as the topology says")
        return 0

    run(command)


@app.command(epilog="Example: ventanilla topology users passwords.json > users.conf")
def users(
    context: typer.Context,
    passwords: Annotated[Path, typer.Argument(help='JSON file: {"router": "…", …}; plain or bcrypt.')],
) -> None:
    """Print the `authorization` block of a nats-server configuration: every user with exactly its rights."""
    settings: OperatorSettings = context.obj

    async def command() -> int:
        typer.echo(topology.server_users(_read_passwords(passwords), settings.prefix), nl=False)
        return 0

    run(command)


def _read_passwords(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CommandFailed(f"{path} is not JSON: {error}") from error
    wanted = [user.user for user in permissions()]
    if not isinstance(found, dict) or not all(isinstance(value, str) and value for value in found.values()):
        raise CommandFailed(f"{path} must hold an object of user names and passwords")
    if missing := [user for user in wanted if user not in found]:
        raise CommandFailed(f"{path} has no password for {', '.join(missing)}")
    if unknown := sorted(set(found) - set(wanted)):
        raise CommandFailed(f"{path} names users that the topology does not know: {', '.join(unknown)}")
    return found
