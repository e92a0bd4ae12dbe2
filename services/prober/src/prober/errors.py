"""Errors of the prober. The family says whether the next probe may fare better by itself.

Permanent
└── Refused     a door or the desk says no, and would again
Temporary
├── Away        nobody answers, or somebody answers that now is not the time
└── Late        it takes longer than it may
"""

from ventanilla_contracts.errors import Permanent, Temporary


class Refused(Permanent):
    """A door or the desk says no; the text says what it said."""

    slug = "refused"


class Away(Temporary):
    """Nobody answers, or somebody answers that now is not the time."""

    slug = "away"


class Late(Temporary):
    """It takes longer than it may."""

    slug = "late"
