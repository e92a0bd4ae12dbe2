"""What whoever keeps the cards needs of the world."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from intake_chat.domain.slack.people import Presser, Somebody
from ventanilla_runtime.state import Entry

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Post:
    """A message of ours, with what it is found by in Slack's history."""

    text: str
    blocks: list[Json]
    kind: str = ""
    payload: Mapping[str, Any] | None = None


Make = Callable[[], Awaitable[Post | None]]
"""Asked once it is a call's turn, so that it shows the last state; None: there is nothing to post any more."""


class KeepsCards(Protocol):
    """Keys that are written only over the revision that was read; `ventanilla_runtime.state.StateBucket` has them."""

    async def get(self, key: str) -> bytes | None:
        """The value of a key, or None."""

    async def read(self, key: str) -> Entry:
        """Value and revision of a key."""

    async def replace(self, key: str, value: bytes, revision: int) -> int:
        """Write over a revision; the new one. Raises WrongSequence if somebody else was quicker."""

    async def put_all(self, keys: Sequence[str], value: bytes) -> None:
        """Overwrite keys."""


class ShowsCards(Protocol):
    """Cards and lines in Slack; `adapters.slack.card_board.CardBoard` does."""

    async def post(self, channel: str, make: Make) -> str | None:
        """Post a card; its time stamp, None where there was nothing to post any more."""

    async def update(self, channel: str, ts: str, make: Make, *, yields_seconds: float = 0.0) -> bool:
        """Change a message, after those that are wanted up to so much later; False: there was nothing to change."""

    async def say(self, channel: str, root: str, make: Make) -> str | None:
        """Post into a thread; its time stamp."""

    async def find(self, channel: str, kind: str, name: str, value: str, since: float) -> str | None:
        """The time stamp of what was posted in a channel with this in its metadata; None: nothing was."""

    async def find_line(self, channel: str, root: str, kind: str, name: str, value: str) -> str | None:
        """The same, in a thread."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a card shows of a ticket besides the ticket.

    Attributes:
        placed: priority, team and tier as the router decided them, of which `why` speaks; none: it decided nothing.
        opening: id of the message that `extract` is of; "": there is none.
    """

    extract: str
    why: str
    similar: tuple[Json, ...]
    placed: tuple[str, ...] = ()
    opening: str = ""


@dataclass(frozen=True, slots=True)
class AgentSeen:
    """An agent, as threads name them; `user` is who they are in our workspace, "" for nobody there."""

    name: str
    user: str


class KnowsTickets(Protocol):
    """What the ticket service says; `adapters.ticket_facts.TicketFacts` asks it."""

    async def ticket(self, number: int) -> Json | None:
        """A ticket; None: there is none of this number."""

    async def look(self, number: int, language: str) -> Look:
        """What a new card needs."""

    async def opening(self, number: int, id_: str = "") -> Json | None:
        """The message with which a ticket begins: the one of this id, as long as it belongs to it."""

    async def history(self, number: int, after: int, cursor: str | None) -> tuple[list[Json], str | None]:
        """Entries of the history behind one, and a cursor with which to go on the next time."""

    async def messages(self, number: int, wanted: set[str]) -> dict[str, Json]:
        """Messages of a ticket by id, as far as they are there."""

    async def reply(self, number: int, id_: str) -> Json | None:
        """A reply that waited; None: it is forgotten."""

    async def agent(self, handle: str) -> AgentSeen:
        """Who an agent is."""

    async def team(self, name: str, language: str) -> str:
        """What people call a team; its handle where it has no other name."""


class FindsAgents(Protocol):
    """Who of the desk somebody in Slack is; `handlers.agents.directory.Agents` does."""

    async def presser(self, somebody: Somebody) -> Presser | None:
        """The agent that somebody is; None: no agent."""

    def language(self, somebody: Somebody) -> str:
        """Their language, as far as it is known without asking; else that which `somebody` says."""


class TellsOne(Protocol):
    """Says something that one person sees; `adapters.slack.views.SlackViews` does."""

    async def tell(self, channel: str, user: str, text: str, thread: str = "") -> None:
        """Say it in a channel, or in a thread of it."""
