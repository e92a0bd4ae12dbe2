"""Settings of the ticket service: `TICKETS_*`."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from tickets.domain.callbacks.wishes import CallbackPlan
from tickets.domain.staffing.people import zone_problem
from tickets.domain.staffing.phones import phone_of
from tickets.domain.verifying.codes import CodeRules
from tickets.retention_settings import RetentionSettings
from tickets.webhook_settings import WebhookEntry, read_entries
from ventanilla_runtime.settings import read_or_end
from ventanilla_runtime.web_address import web_address

_MOST_CALLBACKS: Final = 9
_NONE: Final = "none"
"""In place of an empty list: an empty variable is one that is not set."""
_LONGEST_MINUTES: Final = 7 * 24 * 60


class TicketsSettings(RetentionSettings):
    """What the ticket service can be told."""

    model_config = SettingsConfigDict(env_prefix="TICKETS_")

    secret: SecretStr = Field(min_length=16)
    """Signs Message-IDs, reply tokens and status pages. Several, separated by commas: the first signs, all verify."""
    probe_answers_to: str = ""
    """The address of a prober that wants answers: acknowledgements of its probes leave, to it and nobody else."""
    mailboxes: Annotated[str, NoDecode] = ""
    """The desk's mailboxes with their names: ``soporte@desk.example=Soporte, ventas@desk.example``.

    Where mails come from another address than the mailbox: ``soporte@desk.example=Soporte <hola@brand.example>``.
    """
    quote_conversation: bool = True
    """Below an agent's reply stands the conversation so far."""
    teams_without_quotes: Annotated[str, NoDecode] = ""
    """But not below those of these teams, separated by commas."""
    status_url: str = "http://127.0.0.1:8000/s"
    page_url: str = ""
    """Where links of pages lead; if not given, `/p` beside the status pages."""
    zone: str = "UTC"
    """In which people who are on call have day and night, where neither their hours nor their team's calendar say."""
    default_language: str = "es"
    acknowledgements_per_sender: int = Field(5, ge=0)
    """In 24 hours."""
    acknowledgements_per_minute: int = Field(300, ge=0)
    """For the whole desk."""
    sender_per_hour: int = Field(300, ge=0)
    """Tickets that one address opens; more wait in quarantine. 0: any number."""
    domain_per_hour: int = Field(0, ge=0)
    """Tickets of one domain. 0: any number; set it above what the big mail providers send."""
    loop_limit: int = Field(40, ge=0)
    """Messages that one writer adds to one ticket in ten minutes; more wait in quarantine. 0: any number."""
    solving_needs_resolution: bool = True
    """Whoever solves a ticket says what solved it. What caused it they say where its category asks for that, anyhow."""
    notification_days: float = Field(3, gt=0)
    """After so long an undelivered mail is worthless."""
    archive_after_hours: float = Field(24, gt=0)
    """For so long an original stays in the stream that accepted it; then it is moved into the blob store."""
    callback_minutes: str = "15,60"
    """How many minutes after each failed try a customer is called back again; one try more than there are numbers.
    `none`: not again."""
    callbacks_per_day: int = Field(5, ge=1, le=1000)
    """How many callbacks to one number callers may ask for in 24 hours."""
    batch_size: int = Field(250, ge=1, le=500)
    webhooks: Annotated[Mapping[str, WebhookEntry], NoDecode] = Field(default_factory=dict)
    """Where webhooks lead, by name: ``{"status": {"url": "https://…", "secret_file": "/run/secrets/status"}}``."""
    timer_late_seconds: float = Field(30.0, ge=1, le=3600)
    """A timer that was not fired so long after its time is raised by the auditor."""
    code_countries: Annotated[frozenset[str], NoDecode] = frozenset({"ES"})
    """Countries (ISO 3166) to whose numbers one-time codes are texted, separated by commas; `none`: to none."""
    code_number: str = ""
    """The desk's number from which they are texted where the ticket's customer has called or texted none. Empty: from
    none, and codes of those tickets go by mail only."""
    codes_per_ticket: int = Field(5, ge=1)
    """In 24 hours, as those below."""
    codes_per_address: int = Field(5, ge=1)
    codes_per_prefix: int = Field(20, ge=1)
    """Texts to numbers that differ in their last four digits only."""
    codes_per_day: int = Field(200, ge=0)
    """For the whole desk, texts and mails counted apart. 0: no codes."""

    @field_validator("probe_answers_to")
    @classmethod
    def _lower(cls, value: str) -> str:
        return value.strip().lower()

    @field_validator("status_url", "page_url")
    @classmethod
    def _leads_there(cls, value: str) -> str:
        """Customers press these links: one that no browser could follow is noticed here, and not by them."""
        return web_address(value, "https://desk.example/s").rstrip("/") if value.strip() else ""

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if problem := zone_problem(value):
            raise ValueError(problem)
        return value

    @field_validator("callback_minutes")
    @classmethod
    def _readable_minutes(cls, value: str) -> str:
        parts = [] if value.strip().lower() == _NONE else [part.strip() for part in value.split(",") if part.strip()]
        if len(parts) > _MOST_CALLBACKS or not all(part.isascii() and part.isdigit() for part in parts):
            raise ValueError(f"must be up to {_MOST_CALLBACKS} whole numbers of minutes, such as 15,60")
        if not all(1 <= int(part) <= _LONGEST_MINUTES for part in parts):
            raise ValueError(f"each must be 1 to {_LONGEST_MINUTES} minutes")
        return ",".join(parts)

    @field_validator("webhooks", mode="before")
    @classmethod
    def _read_webhooks(cls, value: object) -> object:
        return read_entries(value) if isinstance(value, str) else value

    @field_validator("code_countries", mode="before")
    @classmethod
    def _read_countries(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if value.strip().lower() == _NONE:
            return frozenset()
        found = frozenset(word.strip().upper() for word in value.split(",") if word.strip())
        if wrong := sorted(word for word in found if len(word) != 2 or not word.isascii() or not word.isalpha()):
            raise ValueError(f"{wrong[0]!r} is no country; write codes of two letters, for example ES,PT")
        return found

    @field_validator("code_number")
    @classmethod
    def _read_number(cls, value: str) -> str:
        return phone_of(value) if value.strip() else ""

    def codes(self) -> CodeRules:
        """To where one-time codes go, and how many."""
        return CodeRules(
            countries=self.code_countries,
            number=self.code_number,
            per_ticket=self.codes_per_ticket,
            per_address=self.codes_per_address,
            per_prefix=self.codes_per_prefix,
            per_day=self.codes_per_day,
        )

    def names(self) -> dict[str, str]:
        """Mailbox → name in the From header."""
        return {account: name.partition("<")[0].strip() for account, name in self._identities()}

    def senders(self) -> dict[str, str]:
        """Mailbox → address in the From header, where that is another."""
        named = ((account, name.partition("<")[2].partition(">")[0].strip()) for account, name in self._identities())
        return {account: address.lower() for account, address in named if address}

    def unquoted_teams(self) -> frozenset[str]:
        """Teams whose replies carry no conversation."""
        return frozenset(team.strip() for team in self.teams_without_quotes.split(",") if team.strip())

    def _identities(self) -> list[tuple[str, str]]:
        pairs = (entry.partition("=") for entry in self.mailboxes.split(",") if entry.strip())
        return [(address.strip().lower(), name.strip()) for address, _, name in pairs]

    def callback_plan(self) -> CallbackPlan:
        """How customers are called back."""
        again = tuple(timedelta(minutes=int(part)) for part in self.callback_minutes.split(",") if part)
        return CallbackPlan(again=again, per_day=self.callbacks_per_day)

    def keys(self) -> list[bytes]:
        """Signing keys, the current one first."""
        return [key.strip().encode() for key in self.secret.get_secret_value().split(",") if key.strip()]


def read_settings() -> TicketsSettings:
    """The settings of this process, or its end."""
    return read_or_end(TicketsSettings, "tickets")
