"""What the router can be told: `ROUTER_*` environment variables."""

from pathlib import Path

from pydantic_settings import SettingsConfigDict

from ventanilla_runtime.settings import ServiceSettings

PREFIX = "ROUTER_"


class RouterSettings(ServiceSettings):
    """The chassis' settings and where the rules are."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    rules_file: Path | None = None
    """Rule file, watched while the router runs; None: the rules that come with it."""
    batch_size: int = 100
    """Most messages that are decided and published together."""
