"""The two families that every error of Ventanilla belongs to.

    Exception
    ├── Permanent   trying again cannot help: dead-letter it, refuse it
    └── Temporary   the world may be better in a moment: back off, try again

Anything else that is raised is a bug. Each service draws its own tree below these two in its `errors.py`.
"""


class ContractError(Exception):
    """Something went wrong in a way that the sender of the message should be told about."""

    slug = "error"
    """Stable, lower-case name for logs, metrics and problem bodies."""


class Permanent(ContractError):
    """Trying again cannot help."""

    slug = "permanent"


class Temporary(ContractError):
    """The same thing may succeed in a moment; nothing was lost."""

    slug = "temporary"


class MalformedEvent(Permanent):
    """The bytes of an event do not have the shape that its type promises."""

    slug = "malformed_event"
