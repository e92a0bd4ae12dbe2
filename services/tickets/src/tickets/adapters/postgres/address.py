"""Where the database is and who asks, as asyncpg takes it: one URL, or its parts as a chart has them."""

import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

_FORM: Final = (
    "must look like postgresql://user:password@host:5432/database, with what is special in user and password"
    " percent-encoded (/ is %2F); or set TICKETS_POSTGRES_HOST, _USER, _PASSWORD and _DATABASE instead, where any"
    " character may stand"
)
_HOST: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\[\]:/\s]+)(?::(\d{1,5}))?\Z")
_HIGHEST_PORT: Final = 65_535
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


@dataclass(frozen=True, slots=True)
class Address:
    """A database, with how to get in. Any character may stand in any part: nothing is put together to a URL.

    Attributes:
        url: the whole in one, with its password; the parts that follow are empty then.
        host: one or more names, separated by commas; the first that takes writes is used.
        password: asked anew for each connection, so that one that was changed counts without a restart.
        ssl_mode: one of `SSL_MODES`, or empty for what the URL says or `prefer`.
        ssl_authority: PEM file of certificates that are believed where `ssl_mode` verifies; the system's without one.
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
            "ssl": self._by_the_system(),
        }
        return {name: value for name, value in found.items() if value not in (None, "")}

    def _by_the_system(self) -> ssl.SSLContext | None:
        """To verify by the authorities that the system believes (`SSL_CERT_FILE`): asyncpg alone asks for a file."""
        if self.ssl_authority or not self.ssl_mode.startswith("verify"):
            return None
        context = ssl.create_default_context()
        context.check_hostname = self.ssl_mode == "verify-full"
        return context


def check_url(url: str) -> None:
    """Whether the driver can read a URL.

    Raises:
        ValueError: it cannot. What stands there is not said: a password may be in it.
    """
    try:
        parts = urlsplit(url)
        parse_qs(parts.query, strict_parsing=bool(parts.query))
    except ValueError:
        raise ValueError(_FORM) from None  # its cause quotes a part of the URL
    # A password with one of @/?# in it ends too early what the driver takes for the password or the host.
    hosts = parts.netloc.rpartition("@")[2]
    named = [_HOST.match(host) for host in hosts.split(",")] if hosts else []
    usable = all(host and (not host[1] or 0 < int(host[1]) <= _HIGHEST_PORT) for host in named)
    plain = parts.netloc.count("@") <= 1 and "@" not in parts.path and not parts.fragment
    if parts.scheme not in ("postgres", "postgresql") or not usable or not plain:
        raise ValueError(_FORM)


def address_of(where: "str | Address") -> Address:
    """The same, also for a URL alone."""
    return Address(url=where) if isinstance(where, str) else where
