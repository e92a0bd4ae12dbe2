"""`DATA_DIR/env`: what a person types the desk's commands with. `. .run/env` in a shell, and they find their desk.

`DATA_DIR/services.env` has the settings of every service beside it, for its doctor (docs/preflight.md).
"""

import shlex
import sys
from collections.abc import Iterable
from pathlib import Path

from ventanilla_devstack.credentials import Credentials
from ventanilla_devstack.desk_services import ServiceSpec, Wiring, environment_of, nats_credentials
from ventanilla_devstack.ports import HOST

RULES_USER = "rules"
PRIVACY_USER = "privacy"


def shell_lines(wiring: Wiring, credentials: Credentials) -> str:
    """The file: API and token for curl, the door for mail, who may publish rules, who may erase. It holds secrets."""

    def broker(service: str, name: str) -> dict[str, str | None]:
        user: str | None = name
        if wiring.own_broker:
            url, password = wiring.nats_url, credentials.nats.get(name)
        else:
            url, user, password = nats_credentials(wiring.nats_url)
        return {f"{service}_NATS_URL": url, f"{service}_NATS_USER": user, f"{service}_NATS_PASSWORD": password}

    values = {
        "API": f"{wiring.url('tickets')}/api/v1",
        "TOKEN": credentials.token,
        "SMTP": f"smtp://{HOST}:{wiring.port('smtp')}",
        "MAILBOX": wiring.mailbox,
        **broker("ROUTER", RULES_USER),
        "TICKETS_POSTGRES_URL": wiring.postgres_url,
        "TICKETS_SECRET": credentials.tickets_secret,
        "TICKETS_STATUS_URL": f"{wiring.url('portal')}/s",
        **broker("TICKETS_PRIVACY", PRIVACY_USER),
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in values.items() if value is not None]
    commands = shlex.quote(str(Path(sys.executable).parent))
    return "\n".join(("# Read with: . FILE", *lines, f"export PATH={commands}:$PATH", ""))


def service_lines(wiring: Wiring, services: Iterable[ServiceSpec], operator_nats_url: str) -> str:
    """The file: what each service was started with, and the broker's operator. It holds secrets."""
    values = {"VENTANILLA_NATS_URL": operator_nats_url}
    for service in services:
        own = environment_of(service, wiring)
        values |= {name: value for name, value in own.items() if name.startswith(service.prefix)}
    return "\n".join(
        ("# Read with: . FILE", *(f"export {name}={shlex.quote(value)}" for name, value in values.items()), "")
    )
