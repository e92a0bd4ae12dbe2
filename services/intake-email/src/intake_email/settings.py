"""Settings of the mail service: environment variables that start with `INTAKE_EMAIL_`."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from intake_email.adapters.smtp.proxies import networks
from intake_email.imap_settings import ImapEntry, check_accounts, read_entries
from ventanilla_runtime.settings import Port, ServiceSettings
from ventanilla_runtime.smtp_address import SmtpAddress, SmtpUrl, smtp_address

MEGABYTE = 1024 * 1024


class Settings(ServiceSettings):
    """What the mail service can be told."""

    model_config = SettingsConfigDict(env_prefix="INTAKE_EMAIL_")

    mailboxes: Annotated[tuple[str, ...], NoDecode] = Field(min_length=1)
    """The desk's own addresses, separated by commas. Mail for anything else is refused."""

    smtp_host: str = "127.0.0.1"
    smtp_port: Port = 8025
    hostname: str = "localhost"
    """Name in the greeting and in outgoing EHLOs; should resolve to this machine."""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    """With both, the door offers STARTTLS."""
    smtp_proxy_from: Annotated[tuple[str, ...], NoDecode] = ()
    """Networks of load balancers that must begin each connection with the PROXY protocol (1 or 2), separated by commas.

    What it says of the client is believed, for limits and SPF; from anywhere else it is refused."""
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

    verify_senders: bool = True
    """Check SPF, DKIM, DMARC and ARC of mail from strangers' hosts; else only what trusted servers report counts."""
    dns_servers: Annotated[tuple[str, ...], NoDecode] = ()
    """Name servers as host:port, separated by commas; empty: those of the system."""
    dns_seconds: float = Field(5.0, gt=0, le=30)
    """How long all look-ups for one mail may take together."""
    trusted_relays: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses or networks of our own relays beside loopback and private ones: nothing is concluded from theirs."""
    trusted_servers: Annotated[tuple[str, ...], NoDecode] = ()
    """Names in `Authentication-Results` that are believed where a mail came over our own relay or by IMAP."""
    trusted_sealers: Annotated[tuple[str, ...], NoDecode] = ()
    """Domains whose ARC sets are believed."""
    own_domains: Annotated[tuple[str, ...], NoDecode] = ()
    """Domains of ours beside those of the mailboxes: who looks like them without being them is suspicious."""

    relay_url: SmtpUrl = None
    """`smtp://user:password@host:port?starttls=required|optional|off` or `smtps://…`; where outgoing mail goes."""
    dkim: Annotated[tuple[str, ...], NoDecode] = ()
    """Keys that outgoing mail is signed with: `domain:selector:path of a PEM file`, separated by commas."""
    relay_connections: int = Field(4, ge=1, le=50)
    relay_timeout_seconds: float = Field(30.0, gt=0)
    outbox: Path | None = None
    """Maildir that outgoing mail is written to when there is no relay."""

    imap: Annotated[tuple[ImapEntry, ...], NoDecode] = ()
    """Mailboxes that are fetched by IMAP: a JSON or YAML list; or IMAP_FILE, the path of a file with one."""
    imap_idle_seconds: float = Field(540.0, gt=0, lt=1740)
    """IDLE is begun anew after so long; servers drop it after half an hour without a word."""
    imap_silence_seconds: float = Field(30.0, gt=0)
    """A server that owes an answer and sends nothing for so long has lost its connection."""
    imap_patience_seconds: float = Field(300.0, gt=0)
    """A mailbox without a poll that worked for so long is named in `/readyz` as a warning."""
    imap_unready_seconds: float | None = Field(None, gt=0)
    """After so long it also makes `/readyz` fail. Unset never: one mailbox should not close the SMTP door."""

    @field_validator("imap", mode="before")
    @classmethod
    def _read_imap(cls, value: object) -> object:
        return read_entries(value) if isinstance(value, str) else value

    @field_validator(
        "mailboxes",
        "smtp_proxy_from",
        "dns_servers",
        "trusted_relays",
        "trusted_servers",
        "trusted_sealers",
        "own_domains",
        "dkim",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("smtp_proxy_from")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            try:
                networks((text,))
            except ValueError:
                raise ValueError(f"{text!r} is no network; for example 10.0.0.0/8 or 2001:db8::/32") from None
        return value

    @field_validator("mailboxes")
    @classmethod
    def _are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            local, _, domain = address.rpartition("@")
            if not local or not domain or "+" in local or any(character.isspace() for character in address):
                raise ValueError(f"{address!r} is not a mailbox of the form name@domain, without a plus part")
        return value

    @property
    def relay(self) -> SmtpAddress | None:
        """Where outgoing mail goes; None: into the outbox."""
        return smtp_address(self.relay_url)

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("INTAKE_EMAIL_TLS_CERT and INTAKE_EMAIL_TLS_KEY belong together: set both or none")
        check_accounts(self.imap, self.mailboxes)
        if self.relay_url is None and self.outbox is None:
            raise ValueError("outgoing mail needs INTAKE_EMAIL_RELAY_URL (a server) or INTAKE_EMAIL_OUTBOX (a folder)")
        return self
