"""`intake-chat manifest`: what Slack has to be told about the app, to be pasted at api.slack.com/apps."""

import json
import sys
from typing import Annotated
from urllib.parse import urlsplit

import typer

from intake_chat.domain.slack.setup.manifest import manifest
from intake_chat.domain.yaml_text import yaml_text

_LONGEST_NAME = 35


def print_manifest(
    url: Annotated[
        str, typer.Option(help="Where Slack reaches this service over HTTP, such as https://chat.example.com.")
    ] = "",
    socket: Annotated[bool, typer.Option("--socket", help="Events over Socket Mode, which needs no address.")] = False,
    portal: Annotated[
        str, typer.Option(help="Where people reach the portal, so that agents sign in to it with Slack.")
    ] = "",
    name: Annotated[str, typer.Option(help="What the app is called in Slack.")] = "Ventanilla",
    as_data: Annotated[bool, typer.Option("--json", help="JSON; this is what it is without --yaml.")] = False,
    as_yaml: Annotated[bool, typer.Option("--yaml", help="YAML.")] = False,
) -> None:
    """Print the app's manifest, with each scope, event, command and shortcut. docs/slack.md says what to do with it."""
    if url and socket:
        _refuse("--socket and --url exclude each other: give one of them")
    if as_data and as_yaml:
        _refuse("--json and --yaml exclude each other: give one of them")
    for option, value in (("--url", url), ("--portal", portal)):
        if value and not _is_address(value):
            _refuse(f"{option} must be an address that begins with https:// (Slack calls no other)")
    if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable():
        _refuse(f"--name must have 1 to {_LONGEST_NAME} characters: Slack takes no longer name")
    made = manifest(url=url, portal=portal, name=name)
    text = yaml_text(made) if as_yaml else json.dumps(made, ensure_ascii=False, indent=2) + "\n"
    sys.stdout.write(text)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    return bool(parts.hostname) and (parts.scheme == "https" or local) and not parts.query and not parts.fragment


def _refuse(reason: str) -> None:
    sys.stderr.write(f"intake-chat: {reason}\n")
    raise typer.Exit(1)
