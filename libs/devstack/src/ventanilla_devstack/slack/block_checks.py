"""Small checks that the validation of blocks is made of: each adds what is wrong, with a JSON pointer, to a list.

The sentences follow Slack's own (`must be less than 3001 characters [json-pointer:/blocks/0/text/text]`).
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from ventanilla_devstack.slack.records import Json

_PROBLEMS_SHOWN = 30
PLAIN, MARKUP, EITHER = ("plain_text",), ("mrkdwn",), ("plain_text", "mrkdwn")


@dataclass(slots=True)
class Problems:
    """What is wrong with some blocks, in the order in which it was found."""

    found: list[str] = field(default_factory=list)

    def add(self, sentence: str, pointer: str) -> None:
        """Note one problem."""
        if len(self.found) < _PROBLEMS_SHOWN:
            self.found.append(f"{sentence} [json-pointer:{pointer}]")

    def __bool__(self) -> bool:
        return bool(self.found)


def check_keys(
    thing: Json, pointer: str, problems: Problems, *, required: Collection[str], known: Collection[str]
) -> bool:
    """Whether the required fields are there; unknown ones are problems too."""
    missing = [key for key in required if thing.get(key) in (None, "")]
    for key in missing:
        problems.add(f"missing required field: {key}", pointer)
    for key in thing:
        if key != "type" and key not in known and key not in required:
            problems.add(f"invalid additional property: {key}", pointer)
    return not missing


def check_text(
    value: Any, pointer: str, problems: Problems, *, longest: int, kinds: Collection[str] = EITHER, shortest: int = 1
) -> None:
    """A text object of one of some kinds, within its length."""
    if not isinstance(value, dict):
        problems.add("must provide an object", pointer)
        return
    kind = value.get("type")
    if kind not in kinds:
        problems.add(f"must be a valid enum value: {', '.join(kinds)}", f"{pointer}/type")
        return
    known = ("text", "emoji") if kind == "plain_text" else ("text", "verbatim")
    for key in value:
        if key not in known and key != "type":
            problems.add(f"invalid additional property: {key}", pointer)
    check_string(value.get("text"), f"{pointer}/text", problems, longest=longest, shortest=shortest)
    for key in ("emoji", "verbatim"):
        check_flag(value, key, pointer, problems)


def check_string(value: Any, pointer: str, problems: Problems, *, longest: int, shortest: int = 1) -> None:
    """A string within its length, counted in characters."""
    if not isinstance(value, str):
        problems.add("must provide a string", pointer)
    elif len(value) > longest:
        problems.add(f"must be less than {longest + 1} characters", pointer)
    elif len(value) < shortest:
        problems.add(f"must be more than {shortest - 1} characters", pointer)


def check_optional_string(thing: Json, key: str, pointer: str, problems: Problems, longest: int) -> None:
    """The same where the field may be absent."""
    if thing.get(key) is not None:
        check_string(thing[key], f"{pointer}/{key}", problems, longest=longest, shortest=0)


def check_list(value: Any, pointer: str, problems: Problems, *, longest: int, shortest: int = 1) -> list[Any]:
    """A list within its length; an empty one if it is none, so that the caller goes on."""
    if not isinstance(value, list):
        problems.add("must provide an array", pointer)
        return []
    if len(value) > longest:
        problems.add(f"no more than {longest} items allowed", pointer)
    if len(value) < shortest:
        problems.add(f"no less than {shortest} items allowed", pointer)
    return value


def check_enum(thing: Json, key: str, pointer: str, problems: Problems, allowed: Collection[str]) -> None:
    """A field that, where it is there, has one of some values."""
    if thing.get(key) is not None and thing[key] not in allowed:
        problems.add(f"must be a valid enum value: {', '.join(allowed)}", f"{pointer}/{key}")


def check_flag(thing: Json, key: str, pointer: str, problems: Problems) -> None:
    """A field that, where it is there, is true or false."""
    if thing.get(key) is not None and not isinstance(thing[key], bool):
        problems.add("must provide a boolean", f"{pointer}/{key}")


def check_whole(thing: Json, key: str, pointer: str, problems: Problems, lowest: int, highest: int) -> None:
    """A field that, where it is there, is a whole number within bounds."""
    value = thing.get(key)
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int):
        problems.add("must provide an integer", f"{pointer}/{key}")
    elif not lowest <= value <= highest:
        problems.add(f"must be between {lowest} and {highest}", f"{pointer}/{key}")


def check_url(value: Any, pointer: str, problems: Problems, longest: int = 3000) -> None:
    """An address with http or https (or mailto and slack deep links, which buttons take)."""
    check_string(value, pointer, problems, longest=longest)
    if isinstance(value, str) and not value.startswith(("http://", "https://", "mailto:", "slack://", "tel:")):
        problems.add("invalid url", pointer)
