"""`DATA_DIR/env`: what a person types the desk's commands with. `. .run/env` in a shell, and they find their desk."""

import shlex
import sys
from pathlib import Path

from ventanilla_devstack.credentials import Credentials
from ventanilla_devstack.desk_services import Wiring, nats_credentials
from ventanilla_devstack.ports import HOST

RULES_USER = "rules"


def shell_lines(wiring: Wiring, credentials: Credentials) -> str:
    """The file: API and token for curl, the door for mail, and who may publish rules. It holds secrets."""
    user: str | None
    password: str | None
    if wiring.own_broker:
        url, user, password = wiring.nats_url, RULES_USER, credentials.nats.get(RULES_USER)
    else:
        url, user, password = nats_credentials(wiring.nats_url)
    values = {
        "API": f"{wiring.url('tickets')}/api/v1",
        "TOKEN": credentials.token,
        "SMTP": f"smtp://{HOST}:{wiring.port('smtp')}",
        "MAILBOX": wiring.mailbox,
        "ROUTER_NATS_URL": url,
        "ROUTER_NATS_USER": user,
        "ROUTER_NATS_PASSWORD": password,
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in values.items() if value is not None]
    commands = shlex.quote(str(Path(sys.executable).parent))
    return "\n".join(("# Read with: . FILE", *lines, f"export PATH={commands}:$PATH", ""))
