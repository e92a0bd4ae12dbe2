"""Settings of the chat service: environment variables that start with `INTAKE_CHAT_`."""

from collections.abc import Callable, Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from intake_chat.domain.slack.cards.team_channels import TeamChannels
from intake_chat.domain.slack.setup.given import (
    app_token_problem,
    bearer_problem,
    bot_token_problem,
    channel_problem,
    host_problem,
    signing_secret_problem,
)
from ventanilla_runtime.settings import ServiceSettings
from ventanilla_runtime.web_address import web_address

MEGABYTE = 1024 * 1024
_SECRETS: Final[Mapping[str, Callable[[str], str | None]]] = {
    "slack_bot_token": bot_token_problem,
    "slack_app_token": app_token_problem,
    "slack_signing_secret": signing_secret_problem,
    "tickets_token": bearer_problem,
}
"""What says of each secret why it can be none."""


class Settings(ServiceSettings):
    """What the chat service can be told."""

    model_config = SettingsConfigDict(env_prefix="INTAKE_CHAT_")

    slack_bot_token: SecretStr = Field(SecretStr(""), validate_default=True)
    """Begins with xoxb-; of the app that stands in the workspace."""
    slack_app_token: SecretStr | None = None
    """Begins with xapp-; with it the service fetches events over Socket Mode and needs no public address."""
    slack_signing_secret: SecretStr | None = None
    """With it Slack may send events to `POST /slack/events`."""
    slack_channels: Annotated[tuple[str, ...], NoDecode] = ()
    """Ids of the channels in which customers ask, separated by commas, beside direct messages to the app."""
    slack_team_channels: Annotated[TeamChannels, NoDecode] = TeamChannels({})
    """Where the cards of each team's tickets stand, as `first-line=C0123,billing=C0456,*=C0789`; `*` is all others."""
    slack_direct_minutes: float = Field(10.0, ge=0, le=24 * 60)
    """Lines of a direct message that follow each other within so long are one conversation."""
    slack_undo_seconds: int = Field(10, ge=2, le=60)
    """How long an answer from the composer waits and can be called back, before it goes to the customer."""
    slack_language: Literal["es", "en"] = "es"
    """Of cards, which many people read."""
    desk_url: str | None = None
    """Where agents read whole tickets, such as `https://desk.example/desk`; the ticket's number follows."""
    slack_url: str = "https://slack.com/api/"
    """Address of Slack's Web API; another one for trying things out without an account."""
    slack_file_hosts: Annotated[tuple[str, ...], NoDecode] = ("slack.com", "slack-files.com")
    """Where files may be fetched from with the token, by host and all below it."""
    slack_small_history: bool = False
    """The app reads history once a minute only: it is given to other workspaces without being in Slack's directory."""
    slack_pace: float = Field(1.0, ge=1, le=1000)
    """So many times the calls a minute that Slack allows everybody; above 1 for a stand-in that is measured with."""
    slack_catch_up_days: float = Field(3.0, gt=0, le=30)
    """What was said while nobody listened is fetched from the history, if it is not older."""
    slack_catch_up_thread_days: float = Field(14.0, gt=0, le=90)
    """Replies of that time are looked for below messages that were written so long before it."""
    slack_catch_up_minutes: float = Field(15.0, gt=0)
    """Over HTTP nobody knows whether Slack could reach us: the history is looked at so often."""
    accept_seconds: float = Field(2.5, gt=0, lt=3)
    """How long Slack is kept waiting for an absent broker; after three seconds it gives an event again."""
    file_limit_bytes: int = Field(25 * MEGABYTE, ge=64 * 1024, le=100 * MEGABYTE)

    tickets_url: str = "http://127.0.0.1:8001"
    tickets_token: SecretStr | None = None
    """A token of the ticket service with the scopes read, write and act."""
    tickets_timeout_seconds: float = Field(10.0, gt=0)

    def ticket_page(self, number: int) -> str | None:
        """Where agents read the whole of a ticket; None: nowhere."""
        return f"{self.desk_url}/{number}" if self.desk_url else None

    @property
    def heard_channels(self) -> frozenset[str]:
        """Ids of all channels that must be heard: where customers ask, and where agents write notes below cards."""
        return frozenset({*self.slack_channels, *self.slack_team_channels.channels.values()})

    @field_validator("slack_app_token", "slack_signing_secret", "tickets_token", mode="before")
    @classmethod
    def _unset(cls, value: object) -> object:
        """An empty variable is one that is not set: charts write all of them."""
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("slack_bot_token", "slack_app_token", "slack_signing_secret", "tickets_token", mode="before")
    @classmethod
    def _trimmed(cls, value: object) -> object:
        return value.strip() if isinstance(value, str) else value

    @field_validator("slack_bot_token", "slack_app_token", "slack_signing_secret", "tickets_token")
    @classmethod
    def _secret(cls, value: SecretStr | None, about: ValidationInfo) -> SecretStr | None:
        if value is not None and (wrong := _SECRETS[about.field_name or ""](value.get_secret_value())):
            raise ValueError(wrong)
        return value

    @field_validator("slack_channels", "slack_file_hosts", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return tuple(item.strip() for item in value.split(",") if item.strip()) if isinstance(value, str) else value

    @field_validator("slack_channels")
    @classmethod
    def _channel_ids(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := next(filter(None, map(channel_problem, value)), None):
            raise ValueError(wrong)
        return value

    @field_validator("slack_file_hosts")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := next(filter(None, map(host_problem, value)), None):
            raise ValueError(wrong)
        return value

    @field_validator("tickets_url")
    @classmethod
    def _tickets_address(cls, value: str) -> str:
        return web_address(value, "http://tickets:8001")

    @field_validator("slack_url")
    @classmethod
    def _address(cls, value: str) -> str:
        return web_address(value, "https://slack.com/api/").rstrip("/") + "/"

    @field_validator("slack_team_channels", mode="before")
    @classmethod
    def _team_channels(cls, value: object) -> object:
        return TeamChannels.parse(value) if isinstance(value, str) else value

    @field_validator("desk_url")
    @classmethod
    def _page_address(cls, value: str | None) -> str | None:
        return web_address(value, "https://desk.example").rstrip("/") if value else None

    @model_validator(mode="after")
    def _cards_are_inside(self) -> Self:
        if self.slack_team_channels and self.tickets_token is None:
            raise ValueError("cards need INTAKE_CHAT_TICKETS_TOKEN: a token with read, write and act")
        if both := sorted(set(self.slack_team_channels.channels.values()) & set(self.slack_channels)):
            raise ValueError(
                f"the channel {both[0]} is named for customers and for cards: customers would read what is internal;"
                " take it out of INTAKE_CHAT_SLACK_CHANNELS or of INTAKE_CHAT_SLACK_TEAM_CHANNELS"
            )
        return self

    @model_validator(mode="after")
    def _some_door(self) -> Self:
        if self.slack_app_token is None and self.slack_signing_secret is None:
            raise ValueError(
                "set INTAKE_CHAT_SLACK_APP_TOKEN (Socket Mode) or INTAKE_CHAT_SLACK_SIGNING_SECRET (HTTP):"
                " without one of them no event of Slack comes in"
            )
        return self
