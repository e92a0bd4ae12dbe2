"""Events of another major version: a newer replica can read what this one cannot, so they wait and are never poison."""

from collections.abc import Mapping
from typing import Final

from ventanilla_contracts.acceptance import MAIL_ACCEPTED
from ventanilla_contracts.events import EVENTS

LONGEST_WAIT_SECONDS: Final = 300.0
_KNOWN: Final = frozenset({MAIL_ACCEPTED, *(event.type for event in EVENTS)})
_FAMILIES: Final = frozenset(known.rpartition(".v")[0] for known in _KNOWN)


def is_of_another_version(headers: Mapping[str, str]) -> bool:
    """Whether a message says that it is an event that is known here, in a major version that is not."""
    written = headers.get("ce-type")
    if written is None or written in _KNOWN:
        return False
    family, _, version = written.rpartition(".v")
    return family in _FAMILIES and version.isdecimal()


def wait_seconds(deliveries: int) -> float:
    """How long a message waits for a newer replica: a second at first, as in a rolling update, minutes in the end.

    Args:
        deliveries: how often it has come, from 1.
    """
    return min(2.0 ** (min(deliveries, 20) - 1), LONGEST_WAIT_SECONDS)
