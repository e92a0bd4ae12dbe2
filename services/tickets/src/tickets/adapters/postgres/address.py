"""Where the database is and who asks, as asyncpg takes it: one URL, or its parts as a chart has them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


@dataclass(frozen=True, slots=True)
class Address:
    """A database, with how to get in. Any character may stand in any part: nothing is put together to a URL.

    Attributes:
        url: the whole in one, with its password; the parts that follow are empty then.
        host: one or more names, separated by commas; the first that takes writes is used.
        password: asked anew for each connection, so that one that was changed counts without a restart.
        ssl_mode: one of `SSL_MODES`, or empty for what the URL says or `prefer`.
        ssl_authority: PEM file of certificates that are believed; needed to verify unless the system knows them.
    """

    url: str = ""
    host: str = ""
    port: int = 5432
    user: str = ""
    password: Callable[[], str] | None = None
    database: str = ""
    ssl_mode: str = ""
    ssl_authority: Path | None = None

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of `asyncpg.connect` and `create_pool`."""
        if self.url:
            return {"dsn": self.url}
        hosts = [host.strip() for host in self.host.split(",") if host.strip()]
        tls: Mapping[str, str] = {
            **({"sslmode": self.ssl_mode} if self.ssl_mode else {}),
            **({"sslrootcert": str(self.ssl_authority)} if self.ssl_authority else {}),
            # Of several servers the one that is the primary now; of one alone nothing is asked.
            **({"target_session_attrs": "read-write"} if len(hosts) > 1 else {}),
        }
        found = {
            "dsn": f"postgresql://?{urlencode(tls)}",
            "host": hosts if len(hosts) > 1 else hosts[0],
            "port": [self.port] * len(hosts) if len(hosts) > 1 else self.port,
            "user": self.user,
            "password": self.password,
            "database": self.database,
        }
        return {name: value for name, value in found.items() if value not in (None, "")}


def address_of(where: "str | Address") -> Address:
    """The same, also for a URL alone."""
    return Address(url=where) if isinstance(where, str) else where
