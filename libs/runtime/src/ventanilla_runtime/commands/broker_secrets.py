"""`ventanilla topology secrets`: the broker's users and their passwords as two Kubernetes Secrets."""

import base64
import binascii
import json
import secrets as random_words
import sys
from typing import Annotated, Any, Final

import typer

from ventanilla_contracts.broker_rights import permissions
from ventanilla_runtime import topology
from ventanilla_runtime.commands.session import CommandFailed, OperatorSettings, fail

USERS_FILE: Final = "users.conf"
_PASSWORD_BYTES: Final = 32
_MOST_BYTES: Final = 4 * 1024 * 1024
_WANTED: Final = (
    "--keep reads a Secret as JSON:"
    " kubectl get secret ventanilla-nats -o json | ventanilla topology secrets --keep | kubectl replace -f -"
)


def secrets(
    context: typer.Context,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the passwords of the Secret that comes on standard input, as JSON.")
    ] = False,
    name: Annotated[str, typer.Option(help="Secret with a password for each user.")] = "ventanilla-nats",
    users: Annotated[str, typer.Option(help="Secret with the servers' users.conf.")] = "nats-users",
    namespace: Annotated[str, typer.Option(help="Of the services; empty: kubectl's.")] = "",
    nats_namespace: Annotated[str, typer.Option(help="Of the servers; empty: that of the services.")] = "",
) -> None:
    """Print both Secrets, with a new password for each user, for `kubectl create -f -`.

    After an upgrade that brings users or rights, --keep leaves the passwords as they are and adds what is new. Space
    around one is dropped, as the services do; keys of your own stay.
    """
    settings: OperatorSettings = context.obj
    if sys.stdout.isatty():
        fail("this prints passwords, and nobody should read them: pipe it into `kubectl create -f -`")
    try:
        known = _content(sys.stdin.read(_MOST_BYTES)) if keep else {}
        passwords = {user.user: _password(known.pop(user.user, b"")) for user in permissions()}
    except CommandFailed as error:
        fail(str(error))
        raise  # never reached: `fail` leaves
    conf = topology.server_users(passwords, settings.prefix)
    items = [
        _secret(name, namespace, known | {user: password.encode() for user, password in passwords.items()}),
        _secret(users, nats_namespace or namespace, {USERS_FILE: conf.encode()}),
    ]
    typer.echo(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=1))


def _secret(name: str, namespace: str, content: dict[str, bytes]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, **({"namespace": namespace} if namespace else {})},
        "type": "Opaque",
        "data": {key: base64.b64encode(value).decode() for key, value in content.items()},
    }


def _password(known: bytes) -> str:
    """One that was known as the services read it, or a new one. Raises CommandFailed."""
    try:
        # A Secret made of a file ends with a line's end, which no service shows the broker.
        return known.decode().strip() or random_words.token_urlsafe(_PASSWORD_BYTES)
    except UnicodeDecodeError:
        raise CommandFailed(_WANTED) from None


def _content(text: str) -> dict[str, bytes]:
    """What a Secret of Kubernetes holds, whose content is never part of an error."""
    try:
        data = json.loads(text)["data"]
        return {str(key): base64.b64decode(value, validate=True) for key, value in data.items()}
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise CommandFailed(_WANTED) from None
