"""Where the broker's servers are, as one setting says it."""

from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator

_PLAIN: Final = frozenset({"nats", "tls"})
_WEB_SOCKETS: Final = frozenset({"ws", "wss"})
_FORM: Final = (
    "must look like nats://127.0.0.1:4222 or tls://broker.example:4222 (ws:// and wss:// for WebSockets alone), several"
    " separated by commas. A password with one of / ? # @ , [ ] in it cannot stand there: give user and password"
    " by the variables that end in NATS_USER and NATS_PASSWORD"
)


def broker_addresses(text: str) -> str:
    """Addresses of one or more servers, separated by commas, without spaces around them.

    Raises:
        ValueError: the client could not use one of them. What stands there is not said: a password may be in it.
    """
    addresses = [address.strip() for address in text.split(",")]
    try:
        schemes = {_scheme(address) for address in addresses}
    except ValueError:
        raise ValueError(_FORM) from None  # its cause quotes a part of the address
    if not (schemes <= _PLAIN or schemes <= _WEB_SOCKETS):
        raise ValueError(_FORM)
    return ",".join(addresses)


def _scheme(address: str) -> str:
    """How a server is spoken to.

    Raises:
        ValueError: this is no address of one; the words of this error must not be shown.
    """
    parts = urlsplit(address if "://" in address else f"nats://{address}")
    # A password with one of /?# in it ends the host's part early: what follows is no path.
    whole = bool(parts.hostname) and parts.port != 0 and parts.netloc.count("@") <= 1
    path = parts.path.strip("/") and (parts.scheme in _PLAIN or "@" in parts.path)
    if not whole or path or parts.query or parts.fragment or any(character.isspace() for character in address):
        raise ValueError(_FORM)
    return parts.scheme


BrokerUrl = Annotated[str, AfterValidator(broker_addresses)]
"""A setting that holds such addresses: another form is refused by the setting's name."""
