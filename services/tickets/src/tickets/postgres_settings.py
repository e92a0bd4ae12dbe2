"""Where the database is: `TICKETS_POSTGRES_*`, as one URL or in parts."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from tickets.adapters.postgres.address import Address, check_url
from ventanilla_runtime.settings import ServiceSettings

DEFAULT_URL: Final = "postgresql://127.0.0.1:5432/ventanilla"
_PASSWORD_FILE: Final = "TICKETS_POSTGRES_PASSWORD_FILE"  # noqa: S105  # the name of a variable


class PostgresSettings(ServiceSettings):
    """The part of the settings that says where the database is: all that `tickets migrate` needs."""

    model_config = SettingsConfigDict(env_prefix="TICKETS_")

    postgres_url: SecretStr | None = None
    """Whole, such as ``postgresql://user:password@host:5432/ventanilla``; or in parts, by the variables that follow."""
    postgres_host: str = ""
    """One or more, separated by commas: the one that takes writes is used."""
    postgres_port: int = Field(5432, ge=1, le=65_535)
    postgres_user: str = ""
    postgres_password: SecretStr | None = None
    """With any characters. From a file it is read again for each connection: a changed one needs no restart."""
    postgres_database: str = "ventanilla"
    postgres_sslmode: Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] | None = None
    """With `verify-full` the server must show a certificate for its name. In a URL it is a parameter of it."""
    postgres_tls_ca: Path | None = None
    """Whose certificates are believed (PEM), for `verify-ca` and `verify-full`."""

    @field_validator("postgres_url")
    @classmethod
    def _is_an_address(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            check_url(url.get_secret_value())
        return url

    @model_validator(mode="after")
    def _in_one_way(self) -> Self:
        parts = [
            f"TICKETS_{name.upper()}"
            for name in ("postgres_host", "postgres_user", "postgres_password", "postgres_sslmode", "postgres_tls_ca")
            if getattr(self, name)
        ]
        if self.postgres_url is not None and parts:
            raise ValueError(f"TICKETS_POSTGRES_URL and {parts[0]}: set the URL or the parts, not both")
        if parts and not self.postgres_host.strip(" ,"):
            raise ValueError(f"{parts[0]} is set, so TICKETS_POSTGRES_HOST must be too")
        if self.postgres_tls_ca is not None and self.postgres_sslmode not in ("verify-ca", "verify-full"):
            raise ValueError("TICKETS_POSTGRES_TLS_CA needs TICKETS_POSTGRES_SSLMODE=verify-full (or verify-ca)")
        return self

    def postgres(self) -> Address:
        """Where the database is."""
        if not self.postgres_host:
            return Address(url=self.postgres_url.get_secret_value() if self.postgres_url else DEFAULT_URL)
        return Address(
            host=self.postgres_host,
            port=self.postgres_port,
            user=self.postgres_user,
            password=self._password(),
            database=self.postgres_database,
            ssl_mode=self.postgres_sslmode or "",
            ssl_authority=self.postgres_tls_ca,
        )

    def _password(self) -> Callable[[], str] | None:
        given = self.postgres_password
        if given is None:
            return None
        path = os.environ.get(_PASSWORD_FILE)
        if not path or os.environ.get(_PASSWORD_FILE.removesuffix("_FILE")):
            return given.get_secret_value

        def read() -> str:
            try:
                return Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):  # being replaced: what it held at the start may still do
                return given.get_secret_value()

        return read
