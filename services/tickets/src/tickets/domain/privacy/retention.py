"""How long what is kept, as values."""

from dataclasses import dataclass
from typing import Final

KINDS: Final = ("closed", "spam", "files", "quarantine", "audit")


@dataclass(frozen=True, slots=True)
class Retention:
    """Days after which something is forgotten, by its kind; 0: never.

    Attributes:
        deletes: closed tickets go whole, and not their words alone.
    """

    closed_days: float = 0
    deletes: bool = False
    spam_days: float = 0
    files_days: float = 0
    quarantine_days: float = 0
    audit_days: float = 0

    @property
    def keeps_all(self) -> bool:
        """Whether nothing is ever forgotten."""
        return not any((self.closed_days, self.spam_days, self.files_days, self.quarantine_days, self.audit_days))
