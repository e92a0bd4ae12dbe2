"""The table of values in the chart's README, from the comments of values.yaml."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

_COMMENT = re.compile(r"\s*# ?(?P<text>.*)\Z")
_KEY = re.compile(r"(?P<indent> *)(?P<key>[A-Za-z_][\w.-]*):(?P<rest>.*)\Z")
_MARK = "-- "


class Value(NamedTuple):
    """One documented value: where it is, what it is by itself, what it means."""

    path: str
    default: str
    text: str


class Undocumented(Exception):
    """A value has no comment that begins with `# --`; the text names it."""


def values_of(source: str) -> Iterator[Value]:
    """The documented values of a values.yaml, in its order.

    Raises:
        Undocumented: a value has no comment, and neither has what it is part of.
    """
    defaults = yaml.safe_load(source)
    place: list[str] = []
    text: list[str] | None = None
    told: list[str] = []
    for line in source.splitlines():
        if comment := _COMMENT.match(line):
            said = comment["text"]
            if said.startswith(_MARK):
                text = [said.removeprefix(_MARK)]
            elif text is not None:
                text.append(said)
            continue
        key = _KEY.match(line)
        if key is None:
            text = None
            continue
        place = [*place[: len(key["indent"]) // 2], key["key"]]
        path = ".".join(place)
        if text is not None:
            told.append(path)
            yield Value(path, _shown(_at(defaults, place)), " ".join(text))
        elif key["rest"].strip() and not any(path.startswith(f"{known}.") for known in told):
            raise Undocumented(f"{path} has no comment that begins with `# --`")
        text = None


def table(source: str) -> str:
    """Rows of a Markdown table."""
    rows = ["| value | default | |", "|---|---|---|"]
    for value in values_of(source):
        text = value.text.replace("|", "\\|")
        rows.append(f"| `{value.path}` | {value.default} | {text} |")
    return "\n".join(rows) + "\n"


def _at(values: Any, place: list[str]) -> Any:
    for key in place:
        values = values[key]
    return values


def _shown(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, dict) and value:
        return "see values.yaml"
    text = value if isinstance(value, str) else yaml.safe_dump(value, default_flow_style=True, width=200).strip()
    text = text.removesuffix("\n...").strip()
    return f"`{text}`"
