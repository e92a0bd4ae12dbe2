"""Settings of the portal: `PORTAL_*`."""

import sys
from zoneinfo import available_timezones

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import SettingsConfigDict

from ventanilla_runtime.settings import ServiceSettings, explain


class PortalSettings(ServiceSettings):
    """What the portal can be told. It needs no broker: those settings of every service mean nothing here."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_")

    tickets_url: str = "http://127.0.0.1:8001"
    tickets_token: SecretStr = Field(min_length=1)
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
    trusted_proxies: int = Field(0, ge=0, le=10)
    """Proxies of ours before the portal: so many entries of X-Forwarded-For, from the right, are true."""

    @field_validator("timezone")
    @classmethod
    def _exists(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is no time zone; for example Europe/Madrid")
        return value


def read_settings() -> PortalSettings:
    """The settings of this process; ends it with 2 and one line for each that is wrong."""
    try:
        return PortalSettings()
    except ValidationError as error:
        sys.stderr.write(explain(error, "PORTAL_") + "\n")
        sys.exit(2)
