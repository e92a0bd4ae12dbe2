"""A REST call as its handler sees it, and what it may answer."""

from collections.abc import Mapping
from dataclasses import dataclass

from ventanilla_devstack.twilio import fields
from ventanilla_devstack.twilio.errors import ApiError
from ventanilla_devstack.twilio.records import Call, Json
from ventanilla_devstack.twilio.rest.form import Form
from ventanilla_devstack.twilio.voice.site import Site


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked.

    Attributes:
        sids: those in the path, from left to right, without the account's.
        form: of the body.
    """

    site: Site
    method: str
    path: str
    sids: tuple[str, ...]
    query: Mapping[str, str]
    form: Form

    def need_active(self) -> None:
        """Refuse what costs money while the account is not active.

        Raises:
            ApiError: 20005.
        """
        account = self.site.exchange.account
        if account.status != "active":
            raise ApiError(20005, f"Account {account.sid} is not active", 403)

    def voice_fields(self, call: Call) -> tuple[tuple[str, str], ...]:
        """What a document of a call is asked with."""
        return tuple(fields.voice(self.site.exchange, call))


@dataclass(frozen=True, slots=True)
class Answered:
    """What is answered: JSON, or bytes with their type."""

    status: int
    body: Json | None = None
    content: bytes = b""
    content_type: str = "application/json"


def not_found(path: str) -> ApiError:
    """The refusal of what is not there."""
    return ApiError(20404, f"The requested resource {path} was not found", 404)
