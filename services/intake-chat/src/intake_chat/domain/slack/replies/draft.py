"""An answer with files while these are on their way: nobody may lose its words, whatever happens meanwhile."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from typing import Any, Final

from intake_chat.domain.actors import Actor
from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.interactions import Submitted
from intake_chat.domain.slack.mrkdwn import inert
from intake_chat.domain.slack.replies.composer import Composed, parts
from intake_chat.domain.slack.replies.words import phrase

Json = dict[str, Any]
METADATA: Final = "ventanilla_draft"
DRAFT: Final = "reply_draft"
"""The button that opens the composer with it."""
_LONGEST_WHY: Final = 500


@dataclass(frozen=True, slots=True)
class Draft:
    """What an agent wrote, until it waits at the desk.

    Attributes:
        id: of the dialog and the try in it, without what a key may not have.
        key: under which the desk would have it, if it went.
        user: who wrote it, in Slack; `handle` and `name` are theirs at the desk, `team` is their workspace.
        since: when it was submitted, in seconds since 1970.
        why: it did not go, and this is why, for a person; "" while it is on its way.
        channel, ts: where its author was told; "" until they are.
        posting_at: when telling them was begun, in seconds since 1970; 0: never, or its end is known.
    """

    id: str
    key: str
    number: int
    user: str
    team: str
    handle: str
    name: str
    language: str
    since: float
    text: str
    status: str
    resolution: str = ""
    cause: str = ""
    why: str = ""
    channel: str = ""
    ts: str = ""
    posting_at: float = 0.0

    @property
    def actor(self) -> Actor:
        """Whoever wrote it, at the desk."""
        return Actor(self.handle, self.name, f"{self.team}/{self.user}")

    @property
    def reply(self) -> Mapping[str, Any]:
        """What stands in the composer that is opened with it."""
        return {"text": self.text, "status": self.status, "resolution": self.resolution, "cause": self.cause}

    @classmethod
    def parse(cls, value: bytes | None) -> "Draft | None":
        """What was kept; None: nothing that this release can read, or nothing any more."""
        try:
            found = json.loads(value or b"{}")
            return cls(**{name: found[name] for name in (one.name for one in fields(cls)) if name in found})
        except (ValueError, TypeError, AttributeError):
            return None

    def written(self) -> bytes:
        """The form in which it is kept."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")).encode()


def draft_of(written: Composed, submitted: Submitted, key: str, since: float) -> Draft:
    """What was submitted, as it is kept.

    Args:
        key: under which the desk is asked to take it.
    """
    presser = submitted.presser
    return Draft(
        id=sha256(key.encode()).hexdigest()[:32],
        key=key,
        number=written.composer.ticket,
        user=presser.user_id,
        team=presser.team_id,
        handle=presser.actor.handle,
        name=presser.actor.name,
        language=presser.language,
        since=since,
        text=written.text,
        status=written.status,
        resolution=written.resolution,
        cause=written.cause,
    )


def draft_message(draft: Draft) -> tuple[str, list[Json]]:
    """(text for notifications, blocks) of the message that gives an author their words back."""
    first = phrase("draft", draft.language, number=str(draft.number), why=inert(draft.why[:_LONGEST_WHY]))
    again = blocks.button(DRAFT, phrase("line.retry", draft.language), f"{draft.number}:{draft.id}")
    words = [blocks.spoken(blocks.words(part)) for part in parts(draft.text)]
    return first, [blocks.sentence(first), *words, blocks.buttons("reply", [again])]
