"""The setting `TICKETS_WEBHOOKS`: where webhooks lead, and the secrets that they are signed with."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from tickets.domain.webhooks import Webhook, read_secret

_LOOPBACK = frozenset(["localhost", "127.0.0.1", "::1"])
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\Z")
_MOST_WEBHOOKS = 100
_MOST_SECRETS = 3
_MOST_SECRET_BYTES = 4096
_EXAMPLE = '{"status": {"url": "https://status.example/hooks/desk", "secret_file": "/run/secrets/status"}}'


class WebhookEntry(BaseModel):
    """One webhook. Several secrets, separated by commas or lines, all sign: so one is replaced by the next."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Addresses of hooks are often secrets themselves: none is shown or logged.
    url: str = Field(repr=False)
    secret: SecretStr | None = None
    secret_file: Path | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        _check_url(self.url)
        if (self.secret is None) == (self.secret_file is None):
            raise ValueError("needs exactly one of secret and secret_file")
        self.keys()
        return self

    def keys(self) -> tuple[bytes, ...]:
        """What it is signed with, the current one first.

        Raises:
            ValueError: a secret is none, or its file cannot be read.
        """
        if self.secret is not None:
            text = self.secret.get_secret_value()
        else:
            assert self.secret_file is not None
            text = _file(self.secret_file)
        secrets = [part for part in re.split(r"[,\s]+", text) if part]
        if not 1 <= len(secrets) <= _MOST_SECRETS:
            raise ValueError(f"needs 1 to {_MOST_SECRETS} secrets, and has {len(secrets)}")
        return tuple(read_secret(secret) for secret in secrets)


def read_entries(text: str) -> dict[str, Any]:
    """What the setting says, still to be checked.

    Raises:
        ValueError: it is no JSON object, or names more webhooks than can be.
    """
    if not text.strip():
        return {}
    try:
        entries = json.loads(text)
    except json.JSONDecodeError as error:  # its own text would not hold the document, its object does
        raise ValueError(f"no JSON at line {error.lineno}, column {error.colno}; for example {_EXAMPLE}") from None
    if not isinstance(entries, dict):
        raise ValueError(  # noqa: TRY004  # pydantic makes a setting's error of this one only
            f"must be an object with a webhook for each name; for example {_EXAMPLE}"
        )
    if len(entries) > _MOST_WEBHOOKS:
        raise ValueError(f"names {len(entries)} webhooks; {_MOST_WEBHOOKS} are the most")
    for name in entries:
        if not _NAME.match(name):
            raise ValueError("a webhook's name has up to 64 small letters, digits, - and _")
    return entries


def webhooks_of(entries: Mapping[str, WebhookEntry]) -> dict[str, Webhook]:
    """The webhooks by name."""
    return {name: Webhook(name, entry.url, entry.keys()) for name, entry in entries.items()}


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError("url is no address") from error
    if not host or parts.scheme not in ("https", "http"):
        raise ValueError("url must begin with https:// and name a host")
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise ValueError("url must be https; http is for this machine only")
    if parts.username is not None or parts.password is not None:
        raise ValueError("url must hold no user and no password: calls are signed, that says who sends them")
    if any(ord(character) <= 32 for character in url):
        raise ValueError("url holds a blank or a line end")


def _file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_SECRET_BYTES + 1)
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from error
    if len(content) > _MOST_SECRET_BYTES:
        raise ValueError(f"{path} is no file with a secret: it has more than {_MOST_SECRET_BYTES} bytes")
    try:
        return content.decode("ascii")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no file with a secret: it holds more than plain letters") from error
