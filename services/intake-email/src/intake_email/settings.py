"""Settings of the mail service: environment variables that start with `INTAKE_EMAIL_`."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from ventanilla_runtime.settings import ServiceSettings

MEGABYTE = 1024 * 1024


class Settings(ServiceSettings):
    """What the mail service can be told."""

    model_config = SettingsConfigDict(env_prefix="INTAKE_EMAIL_")

    mailboxes: Annotated[tuple[str, ...], NoDecode] = Field(min_length=1)
    """The desk's own addresses, separated by commas. Mail for anything else is refused."""

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 8025
    hostname: str = "localhost"
    """Name in the greeting and in outgoing EHLOs; should resolve to this machine."""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    """With both, the door offers STARTTLS."""
    size_limit_bytes: int = Field(25 * MEGABYTE, ge=64 * 1024, le=100 * MEGABYTE)
    budget_bytes: int = Field(256 * MEGABYTE, ge=MEGABYTE)
    """What all mails that are being received at one moment may hold together."""
    max_connections: int = Field(1000, ge=1)
    max_connections_per_peer: int = Field(100, ge=1)
    max_recipients: int = Field(100, ge=1)
    max_errors: int = Field(20, ge=1)
    """Refused commands after which a connection is closed."""
    max_idle_commands: int = Field(100, ge=1)
    """Commands between two mails after which a connection is closed."""
    idle_seconds: float = Field(300.0, gt=0)
    mail_seconds: float = Field(600.0, gt=0)
    """Longest time from MAIL to the final dot."""
    accept_seconds: float = Field(10.0, gt=0)
    """How long the sender is kept waiting for an absent broker before it hears 451."""

    relay_url: SecretStr | None = None
    """`smtp://user:password@host:port?starttls=required|optional|off` or `smtps://…`; where outgoing mail goes."""
    relay_connections: int = Field(4, ge=1, le=50)
    relay_timeout_seconds: float = Field(30.0, gt=0)
    outbox: Path | None = None
    """Maildir that outgoing mail is written to when there is no relay."""

    @field_validator("mailboxes", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("mailboxes")
    @classmethod
    def _are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            local, _, domain = address.rpartition("@")
            if not local or not domain or "+" in local or any(character.isspace() for character in address):
                raise ValueError(f"{address!r} is not a mailbox of the form name@domain, without a plus part")
        return value

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("TLS_CERT and TLS_KEY belong together: set both or none")
        if self.relay_url is None and self.outbox is None:
            raise ValueError("outgoing mail needs RELAY_URL (an SMTP server) or OUTBOX (a folder)")
        return self
