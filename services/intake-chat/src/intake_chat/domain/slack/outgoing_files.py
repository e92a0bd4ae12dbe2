"""Files that go with what the desk says in Slack: what is remembered of them, and what is said of those left behind."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from intake_chat.domain.slack.words import LANGUAGES

MOST_FILES: Final = 10
"""Files that one message holds."""
LEFT_OUT: Final = "files left out: "
"""Before the names, in what is reported of a message that went without them."""
CUT: Final = "; the text was cut"
"""At the end of what is reported of a message whose words were too many for Slack."""
UNREAD: Final = "; the requester's account is deactivated"
"""Behind it, of a message that stands where its requester does not read any more, and others may."""
_LONGEST_NAMES: Final = 300
_SORRY: Final = ("No hemos podido adjuntar: {names}.", "We could not attach: {names}.")
_SEE: Final = ("Su solicitud está aquí: {page}", "Your request is here: {page}")


@dataclass(frozen=True, slots=True)
class Carried:
    """What is remembered of the files of one notification.

    Attributes:
        files: id and title of each file that Slack has.
        left_out: names of those that it has not.
        begun_at: when it was begun to share them, in seconds since 1970; 0: it was not.
        rounds: how often they were uploaded.
    """

    files: tuple[tuple[str, str], ...] = ()
    left_out: tuple[str, ...] = ()
    begun_at: float = 0.0
    rounds: int = 1

    @classmethod
    def parse(cls, value: bytes | None) -> "Carried | None":
        """What was kept; None: nothing that this release can read."""
        try:
            found: dict[str, Any] = json.loads(value or b"")
            known = {one.name: found[one.name] for one in fields(cls) if one.name in found}
            files = tuple((str(id_), str(title)) for id_, title in known.pop("files", ()))
            left_out = tuple(map(str, known.pop("left_out", ())))
            return cls(files=files, left_out=left_out, **known)
        except (ValueError, TypeError, AttributeError):
            return None

    def written(self) -> bytes:
        """The form in which it is kept."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Share:
    """A message that holds a file: its time stamp, and that of the thread in which it stands; "" for none."""

    ts: str
    thread: str


def shares_in(file: Mapping[str, Any], channel: str) -> Share | None:
    """The first message of a channel that holds a file, as `files.info` tells of it; None: there is none yet."""
    for kind in (file.get("shares") or {}).values():
        for one in kind.get(channel) or ():
            return Share(str(one["ts"]), str(one.get("thread_ts") or ""))
    return None


def left_out_words(names: Sequence[str], page: str | None, language: str) -> str:
    """What a customer reads about files that could not be sent, as plain text; "" if there are none."""
    if not names:
        return ""
    which = LANGUAGES.index(language) if language in LANGUAGES else 1
    said = [_SORRY[which].format(names=_listed(names))]
    return " ".join([*said, *([_SEE[which].format(page=page)] if page else [])])


def delivered_detail(ts: str, names: Sequence[str], *, cut: bool = False, unread: bool = False) -> str:
    """What is reported of a message that Slack took.

    Args:
        names: of files that it went without.
        cut: it went without the end of its words.
        unread: its requester's account is deactivated.
    """
    return (f"{LEFT_OUT}{_listed(names)}" if names else ts) + (CUT if cut else "") + (UNREAD if unread else "")


def names_left_out(detail: str) -> str:
    """The names of files that a delivered message went without, by its report; "" for none."""
    return detail.removeprefix(LEFT_OUT).removesuffix(UNREAD).removesuffix(CUT) if detail.startswith(LEFT_OUT) else ""


def is_cut(detail: str) -> bool:
    """Whether a message went without the end of its words, by its report."""
    return detail.removesuffix(UNREAD).endswith(CUT)


def is_unread(detail: str) -> bool:
    """Whether a message's requester does not read it, by its report."""
    return detail.endswith(UNREAD)


def _listed(names: Sequence[str]) -> str:
    text = ", ".join(names)
    return text if len(text) <= _LONGEST_NAMES else f"{text[: _LONGEST_NAMES - 1]}…"
