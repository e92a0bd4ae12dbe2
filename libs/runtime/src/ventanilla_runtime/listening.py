"""Where a door listens."""

from typing import Final

_ANY_OF_BOTH: Final = ""
"""asyncio's word for all addresses of IPv4 and IPv6, by a socket for each."""


def listening_host(host: str) -> str:
    """What the loop is told for the address in the settings: `::` means everybody, as on most systems.

    asyncio alone would take IPv6 and nothing else, and the probes of a node that speaks IPv4 would fail.
    """
    return _ANY_OF_BOTH if host == "::" else host
