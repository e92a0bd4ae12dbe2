"""Which class holds the settings of each release, and what the chart says by values of its own instead."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Final

from pydantic_settings import BaseSettings

_CLASSES: Final = {
    "intake-email": "intake_email.settings:Settings",
    "intake-chat": "intake_chat.settings:Settings",
    "intake-phone": "intake_phone.settings:Settings",
    "router": "router.settings:RouterSettings",
    "tickets": "tickets.settings:TicketsSettings",
    "portal": "portal.settings:PortalSettings",
    "prober": "prober.settings:ProberSettings",
    "topology": "ventanilla_runtime.commands.session:OperatorSettings",
}
SERVICES: Final = tuple(_CLASSES)

SAID_ELSEWHERE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "nats_url": "nats.url",
        "nats_user": "nats.user",
        "nats_creds_file": "nats.creds",
        "nats_tls_ca": "nats.ca",
        "nats_tls_cert": "nats.clientCertificate",
        "nats_tls_key": "nats.clientCertificate",
        "http_host": "listenAddress",
        "http_port": "httpService.port",
        "drain_seconds": "drainSeconds",
        "smtp_host": "listenAddress",
        "smtp_port": "smtp.service.port",
        "tls_cert": "smtp.tls",
        "tls_key": "smtp.tls",
        "postgres_url": "postgres.keys.uri",
        "postgres_host": "postgres.host",
        "postgres_port": "postgres.port",
        "postgres_user": "postgres.user",
        "postgres_password": "postgres.keys.password",
        "postgres_database": "postgres.database",
        "postgres_sslmode": "postgres.sslMode",
        "postgres_tls_ca": "postgres.ca",
    }
)
"""Setting → the value of the chart that says it. All others are in `settings`, or in `secrets`."""

HOLD_SECRETS: Final = frozenset({"imap", "webhooks"})
"""Settings that are no secrets by type and may hold some: they can be said in `secrets` too."""


def settings_of(service: str) -> type[BaseSettings]:
    """The class with the settings of a service."""
    module, _, name = _CLASSES[service].partition(":")
    found: type[BaseSettings] = getattr(import_module(module), name)
    return found
