"""How often a channel is probed: at its interval, and less often while its probes come out as ordinary tickets."""

from typing import Final

from prober.domain.probe import SETTLE, Result

LONGEST_SECONDS: Final = 3600.0


def next_wait(interval_seconds: float, unsettled: int) -> float:
    """Seconds until the next probe.

    Args:
        unsettled: probes in a row that were accepted and not seen: each may be a ticket that an agent has to close.
    """
    if not unsettled:
        return interval_seconds
    return max(interval_seconds, min(interval_seconds * 2.0 ** min(unsettled, 16), LONGEST_SECONDS))


def unsettled_after(unsettled: int, result: Result) -> int:
    """How many probes in a row were not seen, with this one."""
    if result.stage == SETTLE:
        return unsettled + 1
    return 0 if result.ok else unsettled
