"""`DATA_DIR/run.json`: what a running desk says of itself, to people and to programs. It holds secrets."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from ventanilla_devstack import local_slack, local_twilio
from ventanilla_devstack.desk_services import Wiring
from ventanilla_devstack.ports import HOST
from ventanilla_devstack.servers import Servers
from ventanilla_devstack.settings import PHONE_PUBLIC_URL
from ventanilla_devstack.supervisor import Supervisor

_TWILIO: Final = "https://api.twilio.com"
_SLACK: Final = "https://slack.com"
_SHOWN: Final = ("bot_token", "app_token", "signing_secret")


def run_content(
    wiring: Wiring, servers: Servers, supervisors: Iterable[Supervisor], outbox: Path, logs: Path
) -> dict[str, Any]:
    """All that is in the file, as JSON values."""
    services: dict[str, dict[str, Any]] = {
        service.spec.name: {
            "pid": service.process.pid if service.process else None,
            "health": supervisor.health_url(service.spec.name),
        }
        for supervisor in supervisors
        for service in supervisor.services
    }
    for name, server in (("nats", servers.nats), ("postgres", servers.postgres)):
        services[name] = {"pid": server.pid if server else None, "health": None}
    return {
        "ready": True,
        "tickets_api": wiring.url("tickets"),
        "token": wiring.credentials.token,
        "probe_token": wiring.credentials.probe_token,
        "portal": wiring.url("portal"),
        "smtp": f"{HOST}:{wiring.port('smtp')}",
        "mailbox": wiring.mailbox,
        "trusted_servers": wiring.trusted_servers,
        "slack": slack_entry(wiring),
        "twilio": twilio_entry(wiring),
        "outbox": str(outbox),
        "nats": servers.operator_nats_url,
        "postgres": servers.database_url,
        "logs": str(logs),
        "supervisor": os.getpid(),
        "services": services,
    }


def twilio_entry(wiring: Wiring) -> dict[str, Any] | None:
    """Where Twilio is, and the account there; None if the desk runs without. Secrets in files stay there."""
    if wiring.settings.phone == "off":
        return None
    if wiring.settings.phone == "local":
        return local_twilio.entry(wiring.url("twilio"), wiring.url("intake-phone"), wiring.credentials)
    given = wiring.settings.environment
    public = given[PHONE_PUBLIC_URL].rstrip("/")
    return {
        "url": given.get("INTAKE_PHONE_TWILIO_URL") or _TWILIO,
        "page": None,
        "account_sid": given.get("INTAKE_PHONE_TWILIO_ACCOUNT_SID"),
        "auth_token": given.get("INTAKE_PHONE_TWILIO_AUTH_TOKEN") or None,
        "numbers": None,
        "voice": f"{public}/twilio/voice",
        "messages": f"{public}/twilio/messages",
        "local": False,
    }


def slack_entry(wiring: Wiring) -> dict[str, Any] | None:
    """Where Slack is, and the app's secrets in it; None if the desk runs without. Secrets in files stay there."""
    if wiring.settings.slack == "off":
        return None
    events = f"{wiring.url('intake-chat')}/slack/events"
    if wiring.settings.slack == "local":
        url, secrets = wiring.url("slack"), wiring.credentials.slack
        return {
            "url": url,
            "page": f"{url}/",
            **{name: secrets[name] for name in _SHOWN},
            "events": events,
            "probe": local_slack.probe_entry(),
            "local": True,
        }
    given = wiring.settings.environment
    parts = urlsplit(given.get("INTAKE_CHAT_SLACK_URL") or _SLACK)
    own = {name: given.get(f"INTAKE_CHAT_SLACK_{name.upper()}") or None for name in _SHOWN}
    return {"url": f"{parts.scheme}://{parts.netloc}", "page": None, **own, "events": events, "local": False}
