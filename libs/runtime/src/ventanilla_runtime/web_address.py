"""Settings that hold the address of a web server or an API."""

from urllib.parse import urlsplit


def web_address(text: str, such_as: str) -> str:
    """The address without spaces around it, if a client could ask there.

    Args:
        such_as: an example, for whoever has to write another one.

    Raises:
        ValueError: it has not http or https, a host, a port that there is, or it has something behind its path.
    """
    address = text.strip()
    if not is_web_address(address):
        form = "http or https, a host, a port up to 65535, without query"
        raise ValueError(f"must be an address such as {such_as}: {form}")
    return address


def is_web_address(text: str) -> bool:
    """Whether a client could ask there."""
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").encode("idna")
        plain = not parts.query and not parts.fragment
        return parts.scheme in ("http", "https") and bool(host) and parts.port != 0 and plain
    except ValueError:  # a port that is none, or a name that no host can have
        return False
