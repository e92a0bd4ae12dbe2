"""The secrets of one desk, made once and kept in `DATA_DIR/secrets.json`, readable by its owner only."""

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ventanilla_devstack.atomic_file import write_whole
from ventanilla_devstack.errors import Unsuitable
from ventanilla_devstack.nats_server import generate_passwords
from ventanilla_devstack.slack.ids import new_secret


@dataclass(slots=True)
class Credentials:
    """Every password, key and token of a desk.

    Attributes:
        nats: broker user → password.
        postgres: the superuser's password.
        tickets_secret: the key of the HMACs in Message-IDs and reply tokens; a new one would disown old mails.
        token: an API token with every scope, for the person at the terminal.
        portal_token: the portal's own API token.
        chat_token: the API token of intake-chat, which acts for agents.
        slack: tokens and secrets of the app in the local Slack, by the names that `run.json` has for them.
        portal_secret: signs the cookies of agents who look at tickets in a browser.
        pages_token: the API token with which the portal asks for agents.
        phone_token: the API token of intake-phone.
        twilio_token: the auth token of the account at the local Twilio.
        probe_token: the API token with which `prober once --run` asks for probes.
    """

    nats: dict[str, str] = field(default_factory=dict)
    postgres: str = ""
    tickets_secret: str = ""
    token: str = ""
    portal_token: str = ""
    chat_token: str = ""
    slack: dict[str, str] = field(default_factory=dict)
    portal_secret: str = ""
    pages_token: str = ""
    phone_token: str = ""
    twilio_token: str = ""
    probe_token: str = ""


def load_credentials(path: Path) -> Credentials:
    """Read the secrets, making those that are missing, and store them.

    Raises:
        Unsuitable: the file cannot be read as what we wrote.
    """
    try:
        kept = json.loads(path.read_text()) if path.exists() else {}
        credentials = Credentials(**kept)
    except (OSError, ValueError, TypeError) as error:
        raise Unsuitable(f"{path} cannot be read ({error}); restore it, or delete the whole DATA_DIR") from error
    credentials.nats = {**generate_passwords(), **credentials.nats}
    credentials.postgres = credentials.postgres or secrets.token_hex(24)
    credentials.tickets_secret = credentials.tickets_secret or secrets.token_hex(32)
    credentials.portal_secret = credentials.portal_secret or secrets.token_hex(32)
    credentials.twilio_token = credentials.twilio_token or secrets.token_hex(16)
    credentials.slack = {**_slack_secrets(), **credentials.slack}
    store_credentials(path, credentials)
    return credentials


def store_credentials(path: Path, credentials: Credentials) -> None:
    """Write the secrets, readable by the owner only."""
    write_whole(path, json.dumps(asdict(credentials), indent=1) + "\n")


def _slack_secrets() -> dict[str, str]:
    return {
        "bot_token": new_secret("xoxb-"),
        "app_token": new_secret("xapp-1-"),
        "signing_secret": new_secret(),
        "client_id": new_secret(size_bytes=10),
        "client_secret": new_secret(),
    }
