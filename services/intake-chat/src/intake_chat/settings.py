"""Settings of the chat service: environment variables that start with `INTAKE_CHAT_`."""

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from ventanilla_runtime.settings import ServiceSettings

MEGABYTE = 1024 * 1024


class Settings(ServiceSettings):
    """What the chat service can be told."""

    model_config = SettingsConfigDict(env_prefix="INTAKE_CHAT_")

    slack_bot_token: SecretStr
    """Begins with xoxb-; of the app that stands in the workspace."""
    slack_app_token: SecretStr | None = None
    """Begins with xapp-; with it the service fetches events over Socket Mode and needs no public address."""
    slack_signing_secret: SecretStr | None = None
    """With it Slack may send events to `POST /slack/events`."""
    slack_channels: Annotated[tuple[str, ...], NoDecode] = ()
    """Ids of the channels in which customers ask, separated by commas, beside direct messages to the app."""
    slack_url: str = "https://slack.com/api/"
    """Address of Slack's Web API; another one for trying things out without an account."""
    slack_file_hosts: Annotated[tuple[str, ...], NoDecode] = ("slack.com", "slack-files.com")
    """Where files may be fetched from with the token, by host and all below it."""
    slack_small_history: bool = False
    """The app reads history once a minute only: it is given to other workspaces without being in Slack's directory."""
    accept_seconds: float = Field(2.5, gt=0, lt=3)
    """How long Slack is kept waiting for an absent broker; after three seconds it gives an event again."""
    file_limit_bytes: int = Field(25 * MEGABYTE, ge=64 * 1024, le=100 * MEGABYTE)

    tickets_url: str = "http://127.0.0.1:8001"
    tickets_token: SecretStr | None = None
    """A token of the ticket service with the scopes read, write and act."""
    tickets_timeout_seconds: float = Field(10.0, gt=0)

    @field_validator("slack_channels", "slack_file_hosts", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return tuple(item.strip() for item in value.split(",") if item.strip()) if isinstance(value, str) else value

    @field_validator("slack_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if urlsplit(value).scheme not in ("http", "https"):
            raise ValueError("must be an address that begins with https://")
        return value if value.endswith("/") else f"{value}/"

    @model_validator(mode="after")
    def _some_door(self) -> Self:
        if self.slack_app_token is None and self.slack_signing_secret is None:
            raise ValueError(
                "set INTAKE_CHAT_SLACK_APP_TOKEN (Socket Mode) or INTAKE_CHAT_SLACK_SIGNING_SECRET (HTTP):"
                " without one of them no event of Slack comes in"
            )
        return self
