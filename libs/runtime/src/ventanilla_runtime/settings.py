"""Settings come from `<SERVICE>_*` environment variables only; secrets also from files named by `<SERVICE>_*_FILE`."""

import os
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from ventanilla_runtime.known_secrets import keep_secret, raw_secrets, secrets_in, without_secrets

Port = Annotated[int, Field(ge=0, le=65_535)]
"""Where a door listens. A higher number would be taken, and by some libraries cut to another port."""


class _SecretFiles(PydanticBaseSettingsSource):
    """Reads a secret from the file that `<PREFIX><FIELD>_FILE` names (a mounted Kubernetes secret, for example)."""

    def get_field_value(
        self,
        field: FieldInfo,  # noqa: ARG002  # the signature is pydantic-settings' own
        field_name: str,
    ) -> tuple[Any, str, bool]:
        variable = f"{self.config.get('env_prefix', '')}{field_name}_FILE".upper()
        path = os.environ.get(variable)
        if not path:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except OSError as error:
            raise ValueError(f"{variable}: cannot read {path}: {error.strerror}") from error
        except UnicodeDecodeError:
            # What stands in it is not said: it is a secret all the same.
            raise ValueError(f"{variable}: {path} is no text in UTF-8") from None

    def __call__(self) -> dict[str, Any]:
        found = {}
        for name, field in self.settings_cls.model_fields.items():
            value, _, _ = self.get_field_value(field, name)
            if value is not None:
                found[name] = value
        return found


class ServiceSettings(BaseSettings):
    """What every service can be told. A service adds its own fields and the `env_prefix`.

    A variable that is there and empty counts as one that is not: charts and compose files write all of them.
    """

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    nats_url: str = "nats://127.0.0.1:4222"
    """One or more servers, separated by commas."""
    nats_user: str | None = None
    nats_password: SecretStr | None = None
    nats_creds_file: Path | None = None
    """A NATS credentials file (JWT and seed), instead of user and password."""
    nats_tls_ca: Path | None = None
    """Whose certificates are believed (PEM); if not given, those that the system believes."""
    nats_tls_cert: Path | None = None
    nats_tls_key: Path | None = None
    """Where the servers want a certificate of their clients; both are read again with each new connection."""
    prefix: str = "desk"
    http_host: str = "127.0.0.1"
    http_port: Port = 0
    """0: any that is free."""
    log_level: str = "info"
    drain_seconds: float = 20.0
    """How long work in hand may take to finish after SIGTERM."""
    otlp_url: str | None = None
    """Collector for traces (OTLP over HTTP), such as `http://collector:4318`; if not given, what
    OTEL_EXPORTER_OTLP_ENDPOINT says. With neither, no span is recorded (docs/tracing.md)."""
    trace_ratio: Annotated[float, Field(ge=0, le=1)] | None = None
    """Share of the traces that begin here which is recorded; if not given, what OTEL_TRACES_SAMPLER says, or all."""

    @model_validator(mode="before")
    @classmethod
    def _keep_raw_secrets(cls, given: Any) -> Any:
        """Before anything is checked: what is wrong with a secret must not be told with it."""
        if isinstance(given, dict):
            for name, value in given.items():
                keep_secret(*raw_secrets(cls.model_fields.get(name), value))
        return given

    def model_post_init(self, _context: Any, /) -> None:
        """Whatever this process says from now on, it does not say these."""
        keep_secret(*secrets_in(self))

    @model_validator(mode="after")
    def _belong_together_at_nats(self) -> Self:
        if (self.nats_tls_cert is None) != (self.nats_tls_key is None):
            raise ValueError("NATS_TLS_CERT and NATS_TLS_KEY belong together: set both or none")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # the signature is pydantic-settings' own
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then variables, then files: nothing else is read."""
        return init_settings, env_settings, _SecretFiles(settings_cls)


def explain(error: ValidationError, prefix: str) -> str:
    """One line per wrong setting, in the operator's words. What was given is never part of it: it may be a secret."""
    lines = []
    for problem in error.errors(include_url=False, include_input=False):
        name = "_".join(str(part) for part in problem["loc"])
        says = problem["msg"].removeprefix("Value error, ")
        # What two settings have to do with each other names both.
        lines.append(f"{prefix}{name.upper()}: {says}" if name else says)
    return without_secrets("\n".join(lines))
