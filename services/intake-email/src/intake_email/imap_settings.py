"""The entries of `INTAKE_EMAIL_IMAP`: mailboxes that are fetched by IMAP, as somebody writes them down."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from intake_email.domain.imap.mailbox import ImapMailbox, Then, Tls

_LOOPBACK = frozenset(["localhost", "127.0.0.1", "::1"])
_TOKEN_SERVICES: dict[str, tuple[str, str | None]] = {
    "google": ("https://oauth2.googleapis.com/token", None),
    # {tenant} is filled in; application permissions have a scope of their own.
    "microsoft": ("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token", None),
}
_MICROSOFT_SCOPE = "https://outlook.office.com/IMAP.AccessAsUser.All offline_access"
_MICROSOFT_APPLICATION_SCOPE = "https://outlook.office365.com/.default"
_UNWANTED = frozenset("\0\r\n")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OAuthEntry(_Strict):
    """Where an access token comes from."""

    provider: str | None = None
    """`google` or `microsoft`; or `token_url`."""
    token_url: str | None = None
    tenant: str = "common"
    client_id: str = Field(min_length=1)
    client_secret: SecretStr | None = None
    client_secret_file: Path | None = None
    refresh_token: SecretStr | None = None
    refresh_token_file: Path | None = None
    scope: str | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.provider is None) == (self.token_url is None):
            raise ValueError("oauth needs either provider (google, microsoft) or token_url")
        if self.provider is not None and self.provider not in _TOKEN_SERVICES:
            raise ValueError(f"oauth: provider {self.provider!r} is not known; use google, microsoft, or token_url")
        if self.token_url is not None and not self.token_url.startswith(("https://", "http://127.0.0.1:")):
            raise ValueError("oauth: token_url must be https")
        if self.client_secret is not None and self.client_secret_file is not None:
            raise ValueError("oauth: client_secret or client_secret_file, not both")
        if self.refresh_token is not None and self.refresh_token_file is not None:
            raise ValueError("oauth: refresh_token or refresh_token_file, not both")
        if not self.has_refresh_token and self.client_secret is None and self.client_secret_file is None:
            raise ValueError("oauth needs refresh_token(_file), or client_secret(_file) for an application's own token")
        return self

    @property
    def has_refresh_token(self) -> bool:
        """A person has agreed once; otherwise the application has a right of its own."""
        return self.refresh_token is not None or self.refresh_token_file is not None

    @property
    def url(self) -> str:
        """Of the token service."""
        return self.token_url or _TOKEN_SERVICES[self.provider or ""][0].format(tenant=self.tenant)

    @property
    def wanted_scope(self) -> str | None:
        """What to ask for."""
        if self.scope is not None or self.provider != "microsoft":
            return self.scope
        return _MICROSOFT_SCOPE if self.has_refresh_token else _MICROSOFT_APPLICATION_SCOPE


class ImapEntry(_Strict):
    """One mailbox to fetch."""

    mailbox: str
    """One of `INTAKE_EMAIL_MAILBOXES`: whose mail this is."""
    host: str = Field(min_length=1)
    port: int = Field(0, ge=0, le=65535)
    tls: Tls = Tls.IMPLICIT
    allow_plain: bool = False
    """With `tls: off` for a host that is not this machine."""
    verify: bool = True
    ca_file: Path | None = None
    user: str = Field(min_length=1)
    password: SecretStr | None = None
    password_file: Path | None = None
    oauth: OAuthEntry | None = None
    credential_ends: date | None = None
    """The day on which the password or the client secret ends; warnings begin two weeks before."""
    folder: str = "INBOX"
    then: Then = Then.FLAG
    move_to: str | None = None
    refused_to: str | None = None
    """Where mail goes that can never be taken in; without it, it is flagged where it is."""
    idle: bool = True
    poll_seconds: float = Field(60.0, gt=0, le=3600)
    since: date | None = None
    """At the first contact no unseen mail from before this day is taken in; unset: two weeks."""
    name: str | None = None
    """Names the entry in logs and metrics."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if sum(one is not None for one in (self.password, self.password_file, self.oauth)) != 1:
            raise ValueError(f"{self.mailbox}: needs exactly one of password, password_file and oauth")
        if (self.then is Then.MOVE) != (self.move_to is not None):
            raise ValueError(f"{self.mailbox}: then: move and move_to belong together")
        if self.tls is Tls.OFF and self.host not in _LOOPBACK and not self.allow_plain:
            raise ValueError(
                f"{self.mailbox}: tls: off would send the password in the clear; set allow_plain if it may"
            )
        for word in (self.user, self.folder, self.move_to or "", self.refused_to or ""):
            if _UNWANTED & set(word):
                raise ValueError(f"{self.mailbox}: a name holds a line end")
        if self.folder in (self.move_to, self.refused_to):
            raise ValueError(f"{self.mailbox}: mail cannot be moved into the folder that it is fetched from")
        return self

    def described(self, number: int) -> ImapMailbox:
        """The entry as a value; `number` tells it from others of the same server."""
        return ImapMailbox(
            account=self.mailbox.strip().lower(),
            entry=self.name or f"{number}:{self.host}/{self.folder}",
            host=self.host,
            port=self.port or (993 if self.tls is Tls.IMPLICIT else 143),
            user=self.user,
            tls=self.tls,
            verify=self.verify,
            ca_file=str(self.ca_file) if self.ca_file else None,
            folder=self.folder,
            then=self.then,
            move_to=self.move_to,
            refused_to=self.refused_to,
            idle=self.idle,
            poll_seconds=self.poll_seconds,
            since=self.since,
            credential_ends=self.credential_ends,
        )


def read_entries(text: str) -> Any:
    """The list in a text of JSON or YAML.

    Raises:
        ValueError: it is neither, or no list.
    """
    text = text.strip()
    if not text:
        return ()
    try:
        found = json.loads(text)
    except ValueError:
        try:
            found = yaml.safe_load(text)
        except yaml.YAMLError as error:
            # Only what and where: the library's words quote the lines around it, and passwords stand there.
            mark = getattr(error, "problem_mark", None)
            place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
            why = getattr(error, "problem", None) or "unreadable"
            raise ValueError(f"neither JSON nor YAML: {why}{place}") from error
    if not isinstance(found, list):
        raise ValueError("must be a list of mailboxes; for a file, set INTAKE_EMAIL_IMAP_FILE")  # noqa: TRY004  # pydantic shows ValueError
    return found


def check_accounts(entries: Sequence[ImapEntry], mailboxes: Sequence[str]) -> None:
    """Each entry belongs to a mailbox of the desk, and no folder is read twice.

    Raises:
        ValueError: one does not; the text names it.
    """
    known = {mailbox.lower() for mailbox in mailboxes}
    keys: set[str] = set()
    names: set[str] = set()
    for number, entry in enumerate(entries, 1):
        if entry.mailbox.strip().lower() not in known:
            raise ValueError(f"IMAP entry {number}: {entry.mailbox!r} is not one of INTAKE_EMAIL_MAILBOXES")
        mailbox = entry.described(number)
        if mailbox.key in keys:
            raise ValueError(
                f"IMAP entry {number}: {entry.mailbox!r}: the same folder of the same user stands there twice"
            )
        if mailbox.entry in names:
            raise ValueError(f"IMAP entry {number}: the name {mailbox.entry!r} stands there twice")
        keys.add(mailbox.key)
        names.add(mailbox.entry)
