"""The parameters of a REST call, as it has them: names may come several times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ventanilla_devstack.twilio.errors import ApiError
from ventanilla_devstack.twilio.records import Wish
from ventanilla_devstack.twilio.twiml.schema import is_url

_TRUE = frozenset({"true", "True", "1"})


@dataclass(frozen=True, slots=True)
class Form:
    """Parameters, in the order in which they came."""

    pairs: Sequence[tuple[str, str]]

    def get(self, name: str, default: str = "") -> str:
        """The last value of a parameter."""
        return next((value for each, value in reversed(self.pairs) if each == name), default)

    def all(self, name: str) -> list[str]:
        """Every value of a parameter."""
        return [value for each, value in self.pairs if each == name and value]

    def has(self, name: str) -> bool:
        """Whether it was given, be it empty."""
        return any(each == name for each, _ in self.pairs)

    def flag(self, name: str) -> bool:
        """Whether it was given as true."""
        return self.get(name) in _TRUE

    def method(self, name: str) -> str:
        """GET or POST, which is the default.

        Raises:
            ApiError: 21209.
        """
        found = self.get(name, "POST").upper() or "POST"
        if found not in ("GET", "POST"):
            raise ApiError(21209, f"Invalid method: {found}")
        return found

    def url(self, name: str, code: int = 21205) -> str:
        """An absolute address; "" if none was given.

        Raises:
            ApiError: it is none.
        """
        found = self.get(name)
        if found and (not is_url(found) or not found.startswith(("http://", "https://")) or len(found) > 4_000):
            raise ApiError(code, f"{name} is not a valid URL: {found}")
        return found

    def wish(self, name: str, known: Mapping[str, None] | frozenset[str], default: str = "completed") -> Wish:
        """An address to be told at, with its method and events.

        Raises:
            ApiError: 21205, 21209, or 21626 for an event that there is not.
        """
        events = frozenset(word for text in self.all(f"{name}Event") for word in text.split())
        if not events <= set(known):
            raise ApiError(21626, f"Invalid {name}Event: {' '.join(sorted(events - set(known)))}")
        return Wish(self.url(name), self.method(f"{name}Method"), events or frozenset({default}))

    def whole(self, name: str, default: int, *, low: int, high: int, code: int) -> int:
        """A whole number within bounds.

        Raises:
            ApiError: it is none.
        """
        text = self.get(name)
        if not text:
            return default
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise ApiError(code, f"Invalid {name}: {text}")
        return int(text)
