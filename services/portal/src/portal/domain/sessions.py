"""Who is signed in, as it stands in a signed cookie."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

SESSION_SECONDS: Final = 8 * 3600
ATTEMPT_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class Session:
    """An agent who is signed in. Whether they still are an agent is asked anew for each page.

    Attributes:
        language: that they have chosen in Slack; "" if it is not known.
    """

    handle: str
    name: str
    team_id: str
    user_id: str
    language: str

    @property
    def way(self) -> str:
        """On which way they came, as the ticket service is told."""
        return f"slack:{self.team_id}/{self.user_id}"

    def as_claims(self) -> dict[str, str]:
        """As it is put into a cookie."""
        return asdict(self)


def read_session(claims: Mapping[str, Any] | None) -> Session | None:
    """Whoever a cookie stands for that we have signed; None: nobody, or of another release."""
    if claims is None:
        return None
    values = [claims.get(field.name) for field in fields(Session)]
    if not all(isinstance(value, str) for value in values):
        return None
    return Session(*(str(value) for value in values))
