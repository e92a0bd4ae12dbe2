"""What the router is told through key-value buckets: rule sets, and facts about customers and the desk.

`routing_rules` holds every published set under its hash and, under one key with a history, which of them is in force.
`routing_facts` is written by the ticket service alone. A key that is not there is a fact that nobody knows.
"""

from datetime import datetime
from hashlib import sha256
from typing import Final

from pydantic import Field

from ventanilla_contracts.parts import Line, Part

RULES_BUCKET: Final = "routing_rules"
FACTS_BUCKET: Final = "routing_facts"
IN_FORCE_KEY: Final = "in_force"
DESK_KEY: Final = "desk"
ALWAYS: Final = "always"
"""A calendar that every desk has: it never closes."""
RULES_HISTORY: Final = 64
"""So many changes of what is in force are kept."""
RULES_LIMIT_BYTES: Final = 900_000
"""A rule file is one message of the broker."""


def rule_set_key(hash_: str) -> str:
    """Key of a published rule set's text."""
    return f"set.{hash_}"


def customer_key(channel: str, address: str) -> str:
    """Key of what is known of whoever writes from an address; hashed, because addresses hold what keys may not."""
    return f"customer.{_hashed(f'{channel}:{address.lower()}')}"


def domain_key(domain: str) -> str:
    """Key of the organisation that a mail domain belongs to."""
    return f"domain.{_hashed(domain.lower())}"


def _hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]


class RulesInForce(Part):
    """Which rule set decides, since when, and who said so. The value of `in_force`; its history is the bucket's."""

    hash: str = Field(description="Of the canonical form, as decisions name it.")
    name: Line
    published_by: Line = Field(examples=["eva", "deployment acme-7d9f"])
    origin: Line = Field(
        description="Where it comes from, for example `deploy` or `hand`: a deployment does not overwrite, unasked, "
        "what came from elsewhere."
    )
    note: Line = ""
    replaces: str | None = Field(None, description="Hash of the set that was in force before; None: none was.")
    rolled_back: bool = Field(False, description="It was in force before: what came after it was taken back.")
    published_at: datetime


class OrganisationFacts(Part):
    """What is known of an organisation."""

    name: Line
    vip: bool | None = None
    plan: Line | None = None
    tags: tuple[Line, ...] = Field((), max_length=50)


class CustomerFacts(Part):
    """What is known of a customer. None: not known, which is neither yes nor no."""

    organisation: OrganisationFacts | None = None
    vip: bool | None = None
    tags: tuple[Line, ...] = Field((), max_length=50)
    open_tickets: int | None = None
    tickets: int | None = None
    language: str | None = None
    since: datetime | None = Field(None, description="When they first wrote.")


class OpenSpan(Part):
    """From when until when a calendar is open."""

    opens_at: datetime
    closes_at: datetime


class DeskFacts(Part):
    """What the desk has: the words that rules may use, and when it is open. The value of `desk`."""

    teams: tuple[Line, ...] = ()
    policies: tuple[Line, ...] = ()
    categories: tuple[Line, ...] = ()
    skills: tuple[Line, ...] = ()
    templates: tuple[Line, ...] = Field((), description="Acknowledgement templates.")
    hours: dict[str, tuple[OpenSpan, ...]] = Field(
        default_factory=dict, description="Calendar → its open spans of the next two weeks."
    )
    hours_until: datetime | None = Field(
        None,
        description="Until when `hours` say everything: after that nobody knows whether a calendar is open. "
        "None: an older writer, which does not say.",
    )


class RoutingContext(Part):
    """Everything outside the message that a decision saw: kept with it, so that it can be decided again."""

    customer: CustomerFacts | None = Field(None, description="None: nothing was known.")
    organisation: OrganisationFacts | None = Field(None, description="By the sender's domain.")
    open_now: dict[str, bool] = Field(default_factory=dict, description="Calendar → whether it was open.")
