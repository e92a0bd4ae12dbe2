"""What is known outside a message when it is decided: of its sender, of their organisation, and of the desk's hours."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from ventanilla_contracts.routing import CustomerFacts, OpenSpan, OrganisationFacts, RoutingContext


class Surroundings(NamedTuple):
    """What a decision sees besides the message.

    Attributes:
        context: None: nothing is known.
        revision: of the customer's facts; 0: none were known.
    """

    context: RoutingContext | None = None
    revision: int = 0


NOTHING_KNOWN = Surroundings()


def surroundings(
    customer: CustomerFacts | None,
    organisation: OrganisationFacts | None,
    open_now: Mapping[str, bool],
    revision: int = 0,
) -> Surroundings:
    """Everything that is known, or nothing."""
    if customer is None and organisation is None and not open_now:
        return NOTHING_KNOWN
    return Surroundings(RoutingContext(customer=customer, organisation=organisation, open_now=dict(open_now)), revision)


def open_now(hours: Mapping[str, Sequence[OpenSpan]], known_until: datetime, now: datetime) -> dict[str, bool]:
    """Calendar → whether it is open; nothing of it when `now` is behind what the hours were written down for."""
    if now >= known_until:
        return {}
    return {calendar: any(span.opens_at <= now < span.closes_at for span in spans) for calendar, spans in hours.items()}


def domain_of(address: str) -> str:
    """The domain of a mail address in small letters; empty if it has none."""
    _, at, domain = address.lower().rpartition("@")
    return domain if at else ""
