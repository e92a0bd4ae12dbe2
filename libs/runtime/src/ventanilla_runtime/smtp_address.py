"""Where an SMTP server is and how it is spoken to, as one setting says it."""

from dataclasses import dataclass, field
from typing import Annotated, Final, Self
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import AfterValidator, SecretStr

_PLAIN_PORT: Final = 25
_SUBMISSION_PORT: Final = 587
_TLS_PORT: Final = 465
_START_TLS: Final = {"required": True, "optional": None, "off": False}
_VERIFY: Final = {"on": True, "off": False}
_FORM: Final = (
    "must look like smtp://user:password@host:587 or smtps://user:password@host, with what is special in user and"
    " password percent-encoded; it may end in ?starttls=required, optional or off, and verify=on or off"
)


@dataclass(frozen=True, slots=True)
class SmtpAddress:
    """An SMTP server.

    Attributes:
        tls: from the first byte on.
        start_tls: after the greeting; None: if the server offers it.
        verify: its certificate must be one that this machine believes.
    """

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    start_tls: bool | None = None
    verify: bool = True

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `smtp://user:password@host:port?starttls=required|optional|off&verify=on|off`, or `smtps://…`.

        With a password, TLS is required unless the address says otherwise.

        Raises:
            ValueError: it has another form. What stands there is not said: a password may be in it.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ValueError(_FORM) from None  # its cause quotes a part of the address
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        wish = options.pop("starttls", "required" if parts.username else "optional")
        verify = options.pop("verify", "on")
        known = wish in _START_TLS and verify in _VERIFY and not options
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or not known:
            raise ValueError(_FORM)
        tls = parts.scheme == "smtps"
        return cls(
            parts.hostname,
            port or (_TLS_PORT if tls else _SUBMISSION_PORT if parts.username else _PLAIN_PORT),
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
            tls,
            False if tls else _START_TLS[wish],
            _VERIFY[verify],
        )


def smtp_address(url: SecretStr | None) -> SmtpAddress | None:
    """What a setting says; None where it is not set."""
    return SmtpAddress.parse(url.get_secret_value()) if url is not None else None


def _read_once(url: SecretStr | None) -> SecretStr | None:
    smtp_address(url)
    return url


SmtpUrl = Annotated[SecretStr | None, AfterValidator(_read_once)]
"""A setting that holds such an address: another form is refused by the setting's name."""
