"""What the router can be told: `ROUTER_*` environment variables."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from ventanilla_runtime.settings import ServiceSettings

PREFIX = "ROUTER_"


class RouterSettings(ServiceSettings):
    """The chassis' settings and where the rules are."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    rules_file: Path | None = None
    """Rule file, watched while the router runs; None: what is in force at the broker, else the shipped rules."""
    batch_size: int = Field(250, ge=1, le=1000)
    """Most messages that are decided and published together."""
