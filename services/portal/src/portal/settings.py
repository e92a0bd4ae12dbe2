"""Settings of the portal: `PORTAL_*`."""

from typing import Final
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from ventanilla_runtime.bearer import BearerToken
from ventanilla_runtime.settings import ServiceSettings

_FOR_AGENTS: Final = (
    "slack_client_secret", "slack_bot_token", "slack_team", "desk_token", "secret", "public_url",
)  # fmt: skip
"""What agents cannot sign in without, beside the app itself."""


class PortalSettings(ServiceSettings):
    """What the portal can be told. It needs no broker: those settings of every service mean nothing here."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_")

    tickets_url: str = "http://127.0.0.1:8001"
    tickets_token: BearerToken
    """A token with the scope `portal`, and no other."""
    tickets_timeout_seconds: float = Field(8.0, gt=0, le=60)
    timezone: str = "UTC"
    """Of the times on the pages, for example ``Europe/Madrid``."""
    default_language: str = Field("es", pattern="^(es|en)$")
    """Of pages that belong to no ticket, where the browser asks for none of ours."""
    views_per_minute: int = Field(120, ge=1)
    """For one address of a reader."""
    replies_per_minute: int = Field(6, ge=1)
    """For one ticket; three times as many for one address."""
    public_url: str = ""
    """Where agents' browsers find the portal, for example ``https://desk.example``; Slack sends them back there."""
    secret: SecretStr | None = Field(None, min_length=32)
    """Signs the cookies of agents. The same for every replica; a new one signs all of them out."""
    desk_token: BearerToken | None = None
    """A token with the scopes `read` and `act`, and no other: agents' pages are asked for with it."""
    slack_client_secret: SecretStr | None = Field(None, min_length=1)
    slack_bot_token: BearerToken | None = None
    """With the scopes `users:read` and no need of more: tells members of the workspace from guests."""
    slack_issuer: str = "https://slack.com"
    slack_team: str = Field("", pattern="^([TE][A-Z0-9]{2,30})?$")
    """The workspace whose members may be agents, for example ``T024BE7LD``."""
    slack_client_id: str = ""
    """Of the Slack app with which agents sign in; without it they cannot, and customers' pages are all there is."""
    trusted_proxies: int = Field(0, ge=0, le=10)
    """Proxies of ours before the portal: so many entries of X-Forwarded-For, from the right, are true."""

    @field_validator("timezone")
    @classmethod
    def _exists(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is no time zone; for example Europe/Madrid")
        return value

    @field_validator("public_url", "slack_issuer")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        near = parts.hostname in ("127.0.0.1", "localhost")
        if value and (parts.scheme != "https" and not (parts.scheme == "http" and near)):
            raise ValueError(f"{value!r} must begin with https://, or with http://127.0.0.1 on one's own machine")
        if value and (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc):
            raise ValueError(f"{value!r} must be a host alone, for example https://desk.example")
        return value.rstrip("/")

    @field_validator("slack_client_id")
    @classmethod
    def _is_whole(cls, value: str, info: ValidationInfo) -> str:
        missing = [f"PORTAL_{name.upper()}" for name in _FOR_AGENTS if not info.data.get(name)]
        if value and missing:
            raise ValueError(f"is set, so these must be too: {', '.join(missing)}")
        return value
