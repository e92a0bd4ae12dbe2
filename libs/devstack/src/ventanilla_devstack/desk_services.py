"""The services of a desk: which there are, on which ports, and the environment that wires them together."""

import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

from ventanilla_devstack.credentials import Credentials
from ventanilla_devstack.errors import PortInUse
from ventanilla_devstack.local_slack import HELP_CHANNEL_ID, PARTNER_CHANNEL_ID, app_variables, sign_in_variables
from ventanilla_devstack.local_twilio import account_variables, code_variables
from ventanilla_devstack.local_twilio import suggestions as local_twilio_suggestions
from ventanilla_devstack.ports import HOST, is_free
from ventanilla_devstack.settings import HIGHEST_OFFSET, RunSettings

MAILBOX: Final = "soporte@desk.example"
TRUSTED_SERVER: Final = "mx.desk.example"
"""Whose `Authentication-Results` the desk believes: so that forged mails can be tried without a DNS of one's own."""
OFFSETS: Final = {
    "portal": 0,
    "tickets": 1,
    "intake-chat": 2,
    "intake-phone": 3,
    "router": 4,
    "intake-email": 5,
    "slack": 6,
    "twilio": 7,
    "nats": 22,
    "smtp": 25,
    "postgres": 32,
}
_MEANING: Final = {
    "portal": "status page",
    "tickets": "tickets API",
    "intake-chat": "intake-chat",
    "intake-phone": "intake-phone",
    "router": "router",
    "intake-email": "intake-email",
    "slack": "local Slack",
    "twilio": "local Twilio",
    "nats": "NATS",
    "smtp": "SMTP",
    "postgres": "Postgres",
}
_KEPT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "LANGUAGE", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
_SUGGESTIONS: Final = range(8000, 60_000, 100)


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """One service: its name, and the command that serves.

    Attributes:
        health_path: what it answers with 200 once it is ready.
        tells_secrets: what it writes on standard output must be neither shown nor kept.
        death_signal: what the kernel sends it if we die.
    """

    name: str
    command: tuple[str, ...]
    health_path: str = "/readyz"
    tells_secrets: bool = False
    death_signal: signal.Signals = signal.SIGKILL

    @property
    def prefix(self) -> str:
        """What its variables begin with."""
        return self.name.upper().replace("-", "_") + "_"


@dataclass(frozen=True, slots=True)
class Programs:
    """What a desk is made of; tests put other programs in.

    Attributes:
        services: in the order in which a message passes them; they are stopped in this order.
        tickets: the tickets service's command, for migrations and tokens.
        slack: the command of the local Slack. twilio: that of the local Twilio.
    """

    services: tuple[ServiceSpec, ...]
    tickets: tuple[str, ...]
    slack: tuple[str, ...]
    twilio: tuple[str, ...]

    def services_for(self, settings: RunSettings) -> tuple[ServiceSpec, ...]:
        """The services of a desk with these settings."""
        left_out = {name for name, mode in _modes(settings) if mode == "off"}
        return tuple(service for service in self.services if service.name not in left_out)


def _modes(settings: RunSettings) -> tuple[tuple[str, str], ...]:
    """(service, whose provider it works with) of the services that need one."""
    return ("intake-chat", settings.slack), ("intake-phone", settings.phone)


def installed_programs() -> Programs:
    """The services of this environment."""
    place = Path(sys.prefix) / "bin"
    names = ("intake-email", "intake-chat", "intake-phone", "router", "tickets", "portal")
    return Programs(
        services=tuple(ServiceSpec(name, (str(place / name), "serve")) for name in names),
        tickets=(str(place / "tickets"),),
        slack=(str(place / "ventanilla-devstack"), "slack"),
        twilio=(str(place / "ventanilla-devstack"), "twilio"),
    )


@dataclass(frozen=True, slots=True)
class Wiring:
    """What services must know of each other.

    Attributes:
        nats_url: with credentials if it is a server of the operator's, without if it is our own.
        own_broker: each service has its own user.
        team_channels: where the cards of each team stand in the local Slack.
    """

    settings: RunSettings
    credentials: Credentials
    nats_url: str
    own_broker: bool
    postgres_url: str
    outbox: Path
    team_channels: str = ""

    def port(self, name: str) -> int:
        """The port of a service or server."""
        return self.settings.port_base + OFFSETS[name]

    def url(self, name: str) -> str:
        """Where a service answers HTTP."""
        return f"http://{HOST}:{self.port(name)}"

    @property
    def relayed(self) -> bool:
        """Whether outgoing mail goes to a relay of the operator's; else it is written to the outbox."""
        given = self.settings.environment
        return bool(given.get("INTAKE_EMAIL_RELAY_URL") or given.get("INTAKE_EMAIL_RELAY_URL_FILE"))

    @property
    def trusted_servers(self) -> list[str]:
        """Servers whose `Authentication-Results` the desk believes."""
        given = self.settings.environment.get("INTAKE_EMAIL_TRUSTED_SERVERS", TRUSTED_SERVER)
        return [server.strip() for server in given.split(",") if server.strip()]

    @property
    def mailbox(self) -> str:
        """The desk's first mailbox."""
        return self.settings.environment.get("INTAKE_EMAIL_MAILBOXES", MAILBOX).split(",")[0].strip()


def environment_of(service: ServiceSpec, wiring: Wiring) -> dict[str, str]:
    """The whole environment of a service.

    The operator's own variables with the service's prefix win over our suggestions, except where the desk would come
    apart: ports, peers and credentials.
    """
    given = wiring.settings.environment
    kept = {name: given[name] for name in _KEPT if name in given}
    if service.name in ("slack", "twilio"):  # no services of the desk; SLACK_… is what others call their own
        return kept
    return {
        **kept,
        **_suggestions(service.name, wiring),
        # Beside the service's own those of OpenTelemetry, which name a collector for all (docs/tracing.md).
        **{name: value for name, value in given.items() if name.startswith((service.prefix, "OTEL_"))},
        f"{service.prefix}HTTP_PORT": str(wiring.port(service.name)),
        **_peers(service, wiring),
    }


def check_ports(settings: RunSettings) -> None:
    """Make sure that nobody else listens where the desk wants to.

    Raises:
        PortInUse: names every port that is taken, and a PORT_BASE whose ports are free.
    """
    needed = dict(OFFSETS)
    if settings.nats_url:
        del needed["nats"]
    if settings.postgres_url:
        del needed["postgres"]
    for provider, (service, mode) in zip(("slack", "twilio"), _modes(settings), strict=True):
        if mode != "local":
            del needed[provider]
        if mode == "off":
            del needed[service]
    taken = [
        f"{settings.port_base + offset} ({_MEANING[name]})"
        for name, offset in needed.items()
        if not is_free(settings.port_base + offset)
    ]
    if taken:
        word = "ports {} are" if len(taken) > 1 else "port {} is"
        raise PortInUse(
            f"{word.format(', '.join(taken))} in use; stop the program that listens there, "
            f"or choose other ports: make run PORT_BASE={_free_base(settings.port_base, needed)}"
        )


def nats_credentials(url: str) -> tuple[str, str | None, str | None]:
    """Split a NATS URL into the URL without credentials, user and password; a token stays in the URL."""
    parts = urlsplit(url)
    if not parts.username or parts.password is None:
        return url, None, None
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=place)), unquote(parts.username), unquote(parts.password)


def _suggestions(name: str, wiring: Wiring) -> dict[str, str]:
    if name == "intake-email":
        return {
            "INTAKE_EMAIL_MAILBOXES": MAILBOX,
            "INTAKE_EMAIL_SMTP_HOST": HOST,
            "INTAKE_EMAIL_TRUSTED_SERVERS": TRUSTED_SERVER,
            **({} if wiring.relayed else {"INTAKE_EMAIL_OUTBOX": str(wiring.outbox)}),
        }
    if name == "tickets":
        return {
            "TICKETS_MAILBOXES": wiring.settings.environment.get("INTAKE_EMAIL_MAILBOXES", MAILBOX),
            "TICKETS_SECRET": wiring.credentials.tickets_secret,
            "TICKETS_STATUS_URL": f"{wiring.url('portal')}/s",
            **(code_variables() if wiring.settings.phone == "local" else {}),
        }
    if name == "portal":
        return {"PORTAL_PUBLIC_URL": wiring.url("portal"), "PORTAL_SECRET": wiring.credentials.portal_secret}
    if name == "intake-chat" and wiring.settings.slack == "local":
        return {
            "INTAKE_CHAT_SLACK_CHANNELS": f"{HELP_CHANNEL_ID},{PARTNER_CHANNEL_ID}",
            "INTAKE_CHAT_SLACK_TEAM_CHANNELS": wiring.team_channels,
            "INTAKE_CHAT_DESK_URL": f"{wiring.url('portal')}/desk",
        }
    if name == "intake-chat":
        return {"INTAKE_CHAT_DESK_URL": f"{wiring.url('portal')}/desk"}
    if name == "intake-phone" and wiring.settings.phone == "local":
        return local_twilio_suggestions(wiring.url("twilio"))
    return {}


def _peers(service: ServiceSpec, wiring: Wiring) -> dict[str, str]:
    peers = {} if service.name == "portal" else _broker(service, wiring)
    if service.name == "intake-email":
        peers["INTAKE_EMAIL_SMTP_PORT"] = str(wiring.port("smtp"))
    if service.name == "tickets":
        peers["TICKETS_POSTGRES_URL"] = wiring.postgres_url
    if service.name == "portal":
        peers["PORTAL_TICKETS_URL"] = wiring.url("tickets")
        peers["PORTAL_TICKETS_TOKEN"] = wiring.credentials.portal_token
        peers |= _for_agents(wiring)
    if service.name == "intake-chat":
        peers["INTAKE_CHAT_TICKETS_URL"] = wiring.url("tickets")
        peers["INTAKE_CHAT_TICKETS_TOKEN"] = wiring.credentials.chat_token
        if wiring.settings.slack == "local":
            peers |= app_variables(wiring.url("slack"), wiring.credentials)
    if service.name == "intake-phone":
        peers["INTAKE_PHONE_TICKETS_URL"] = wiring.url("tickets")
        peers["INTAKE_PHONE_TICKETS_TOKEN"] = wiring.credentials.phone_token
        if wiring.settings.phone == "local":
            peers |= account_variables(wiring.url("twilio"), wiring.url("intake-phone"), wiring.credentials)
    return peers


def _for_agents(wiring: Wiring) -> dict[str, str]:
    """What the portal needs for agents' pages; with a workspace of the operator's, the operator names its app."""
    if wiring.settings.slack == "off":
        return {}
    ours = sign_in_variables(wiring.url("slack"), wiring.credentials) if wiring.settings.slack == "local" else {}
    return {"PORTAL_DESK_TOKEN": wiring.credentials.pages_token, **ours}


def _broker(service: ServiceSpec, wiring: Wiring) -> dict[str, str]:
    user: str | None
    password: str | None
    if wiring.own_broker:
        url, user, password = wiring.nats_url, service.name, wiring.credentials.nats.get(service.name)
    else:
        url, user, password = nats_credentials(wiring.nats_url)
    named = {"NATS_URL": url, "NATS_USER": user, "NATS_PASSWORD": password}
    return {f"{service.prefix}{name}": value for name, value in named.items() if value is not None}


def _free_base(taken: int, needed: Mapping[str, int]) -> int:
    for base in _SUGGESTIONS:
        if abs(base - taken) > HIGHEST_OFFSET and all(is_free(base + offset) for offset in needed.values()):
            return base
    return 20_000
