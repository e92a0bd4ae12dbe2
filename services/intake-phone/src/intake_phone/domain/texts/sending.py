"""How far a notification's texts have come, as it is remembered between two attempts."""

from dataclasses import dataclass, replace

import orjson

from ventanilla_contracts.dropped import DROPPED, read_dropped


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of a notification.

    Attributes:
        since: Unix time before which none of its texts was sent.
        owner: the replica that sends it, or did.
        sids: of the parts that Twilio has, in order.
        done: all of them are.
        failed: why the rest never will be.
        template: one goes in place of its words.
    """

    since: float
    owner: str
    sids: tuple[str, ...] = ()
    done: bool = False
    failed: str = ""
    template: bool = False

    def with_part(self, sid: str) -> "Progress":
        """One part more is at Twilio's."""
        return replace(self, sids=(*self.sids, sid))

    def written(self) -> bytes:
        """The form that `read_progress` reads."""
        return orjson.dumps({name: getattr(self, name) for name in Progress.__slots__})


def read_progress(value: bytes | None) -> Progress | None:
    """What was remembered; None: nothing that can be read. What an operator dropped has failed."""
    if (dropped := read_dropped(value)) is not None:
        return Progress(0.0, "", failed=f"{DROPPED}: {dropped}")
    try:
        found = orjson.loads(value or b"null")
        return Progress(
            float(found["since"]),
            str(found["owner"]),
            tuple(found["sids"]),
            bool(found["done"]),
            str(found["failed"]),
            bool(found.get("template")),  # the release before remembers nothing of it
        )
    except (orjson.JSONDecodeError, TypeError, KeyError, ValueError):
        return None
