"""TLS towards servers: whom we believe, and who we are where the server wants to know that."""

import ssl
from pathlib import Path


class UnusableTls(ValueError):
    """A file that TLS needs cannot be used; the text names it, and never what stands in it."""


def client_context(authority: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """A context that believes one authority and shows a certificate, where there are any.

    Args:
        authority: PEM file of certificates that are believed; None: those of the system.
        certificate: PEM file of our own certificate with its chain; None: none is shown.
        key: PEM file of its private key, without a password.

    Raises:
        UnusableTls: a file is missing, cannot be read, or does not belong to the other.
    """
    try:
        context = ssl.create_default_context(cafile=str(authority) if authority else None)
    except (OSError, ValueError) as error:
        raise UnusableTls(f"{authority} cannot be used as an authority: {_words(error)}") from error
    show_certificate(context, certificate, key)
    return context


def show_certificate(context: ssl.SSLContext, certificate: Path | None, key: Path | None) -> None:
    """Show this certificate from the next handshake on; without one, nothing changes.

    Raises:
        UnusableTls: as `client_context`.
    """
    if certificate is None or key is None:
        return
    try:
        # An empty password: OpenSSL would ask for one at the terminal.
        context.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise UnusableTls(f"{certificate} and {key} cannot be used as a certificate: {_words(error)}") from error


def readable(credentials: Path) -> str:
    """The path of a file that can be read.

    Raises:
        UnusableTls: it cannot.
    """
    try:
        credentials.read_bytes()
    except OSError as error:
        raise UnusableTls(f"{credentials} cannot be read: {_words(error)}") from error
    return str(credentials)


def _words(error: OSError | ValueError) -> str:
    return (getattr(error, "strerror", None) or str(error)).strip()
