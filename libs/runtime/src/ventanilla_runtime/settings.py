"""Settings come from `<SERVICE>_*` environment variables only; secrets also from files named by `<SERVICE>_*_FILE`."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Final, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from ventanilla_runtime.broker_address import BrokerUrl
from ventanilla_runtime.known_secrets import keep_secret, raw_secrets, secrets_in, without_secrets

WRONG_SETTINGS: Final = 2
"""Exit code of every command whose settings cannot be used, as of one whose options cannot."""

_Settings = TypeVar("_Settings", bound=BaseSettings)

Port = Annotated[int, Field(ge=0, le=65_535)]
"""Where a door listens. A higher number would be taken, and by some libraries cut to another port."""


class _SecretFiles(PydanticBaseSettingsSource):
    """Reads a secret from the file that `<PREFIX><FIELD>_FILE` names (a mounted Kubernetes secret, for example).

    Space around it is no part of it; a file that is empty counts as none, as an empty variable does.
    """

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
            return Path(path).read_text(encoding="utf-8").strip() or None, field_name, False
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

    nats_url: BrokerUrl = "nats://127.0.0.1:4222"
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
            prefix = self.model_config.get("env_prefix", "")
            raise ValueError(f"{prefix}NATS_TLS_CERT and {prefix}NATS_TLS_KEY belong together: set both or none")
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


class SettingsWrong(Exception):
    """Settings that cannot be used; its text has a line for each, with the variable's name and what it should be."""


def read_or_end(kind: type[_Settings], command: str, **given: Any) -> _Settings:
    """The settings of this process; ends it with `WRONG_SETTINGS` and a line on stderr for each that is wrong.

    Args:
        command: which one it is, such as `portal`.
        given: what takes the place of variables.
    """
    try:
        return usable(kind, **given)
    except SettingsWrong as error:
        lines = [*str(error).splitlines(), f"the README of {command} lists all settings"]
        sys.stderr.write("".join(f"{command}: {line}\n" for line in lines))
        sys.exit(WRONG_SETTINGS)


def usable(kind: type[_Settings], **given: Any) -> _Settings:
    """The settings of this process.

    Raises:
        SettingsWrong: some of them cannot be used.
    """
    try:
        return kind(**given)
    except ValidationError as error:
        raise SettingsWrong(explain(error, str(kind.model_config.get("env_prefix", "")))) from None
    except ValueError as error:  # a file that cannot be read
        raise SettingsWrong(without_secrets(str(error))) from None


def explain(error: ValidationError, prefix: str) -> str:
    """One line per wrong setting, in the operator's words. What was given is never part of it: it may be a secret."""
    lines = []
    for problem in error.errors(include_url=False, include_input=False):
        name = "_".join(str(part) for part in problem["loc"])
        says = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "missing":
            whole = f"{prefix}{name.upper()}"
            says = f"must be set, or {whole}_FILE to a file that holds it" if len(problem["loc"]) == 1 else "is missing"
            if path := os.environ.get(f"{whole}_FILE"):
                says = f"{path}, which {whole}_FILE names, is empty"
        # What two settings have to do with each other names both.
        lines.append(f"{prefix}{name.upper()}: {says}" if name else says)
    return without_secrets("\n".join(lines))
