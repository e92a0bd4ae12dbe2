"""The secrets of one desk, made once and kept in `DATA_DIR/secrets.json`, readable by its owner only."""

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ventanilla_devstack.atomic_file import write_whole
from ventanilla_devstack.errors import Unsuitable
from ventanilla_devstack.nats_server import generate_passwords


@dataclass(slots=True)
class Credentials:
    """Every password, key and token of a desk.

    Attributes:
        nats: broker user → password.
        postgres: the superuser's password.
        tickets_secret: the key of the HMACs in Message-IDs and reply tokens; a new one would disown old mails.
        token: an API token with every scope, for the person at the terminal.
        portal_token: the portal's own API token.
    """

    nats: dict[str, str] = field(default_factory=dict)
    postgres: str = ""
    tickets_secret: str = ""
    token: str = ""
    portal_token: str = ""


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
    store_credentials(path, credentials)
    return credentials


def store_credentials(path: Path, credentials: Credentials) -> None:
    """Write the secrets, readable by the owner only."""
    write_whole(path, json.dumps(asdict(credentials), indent=1) + "\n")
