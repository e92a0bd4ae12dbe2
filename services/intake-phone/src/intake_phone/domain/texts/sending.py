"""How far a notification's texts have come, as it is remembered between two attempts."""

from dataclasses import dataclass, replace

import orjson


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of a notification.

    Attributes:
        since: Unix time before which none of its texts was sent.
        owner: the replica that sends it, or did.
        sids: of the parts that Twilio has, in order.
        done: all of them are.
        failed: why the rest never will be.
    """

    since: float
    owner: str
    sids: tuple[str, ...] = ()
    done: bool = False
    failed: str = ""

    def with_part(self, sid: str) -> "Progress":
        """One part more is at Twilio's."""
        return replace(self, sids=(*self.sids, sid))

    def written(self) -> bytes:
        """The form that `read_progress` reads."""
        return orjson.dumps(
            {"since": self.since, "owner": self.owner, "sids": self.sids, "done": self.done, "failed": self.failed}
        )


def read_progress(value: bytes | None) -> Progress | None:
    """What was remembered; None: nothing that can be read."""
    try:
        found = orjson.loads(value or b"null")
        return Progress(
            float(found["since"]), str(found["owner"]), tuple(found["sids"]), bool(found["done"]), str(found["failed"])
        )
    except (orjson.JSONDecodeError, TypeError, KeyError, ValueError):
        return None
