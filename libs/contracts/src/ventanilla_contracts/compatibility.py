"""Whether a change of the contracts breaks who still runs the last release.

Compares JSON Schemas and topologies as plain data. A *breach* is a change that the other release cannot live with; a
*note* is one that it can live with as long as nobody uses the new freedom (an old reader refuses what only the new
schema allows).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]

_UPPER = ("maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum")
_LOWER = ("minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum")
_SHAPES = ("pattern", "format", "const")


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference that matters.

    Attributes:
        place: the event or topology entry and the field in it, for example ``message.received.v1: sender.address``.
        breach: False for a note.
    """

    place: str
    text: str
    breach: bool = True

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


def compare_schemas(event: str, old: Schema, new: Schema) -> list[Finding]:
    """What changed between two schemas of one event, in the order of the old schema's fields."""
    return list(_Comparison(event, old, new).findings())


def compare_topologies(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Finding]:
    """What changed between two versions of `topology.json`."""
    return [
        *_compare_events(old, new),
        *_compare_streams(old, new),
        *_compare_durables(old, new),
        *_rights(old, new),
        *_compare_revisions(old, new),
    ]


class _Comparison:
    """Walks two schemas side by side, following `$ref` in each."""

    def __init__(self, event: str, old: Schema, new: Schema) -> None:
        self._event = event
        self._old = old
        self._new = new
        self._seen: set[tuple[str, int, int]] = set()

    def findings(self) -> Iterator[Finding]:
        if self._old.get("x-subject") != self._new.get("x-subject"):
            yield Finding(self._event, f"subject changed: {self._old.get('x-subject')} → {self._new.get('x-subject')}")
        yield from self._walk("", self._old, self._new)

    def _walk(self, path: str, old: Schema, new: Schema) -> Iterator[Finding]:
        old, new = _resolve(old, self._old), _resolve(new, self._new)
        if (path, id(old), id(new)) in self._seen or len(path) > 400:
            return
        self._seen.add((path, id(old), id(new)))
        olds, news = _alternatives(old, self._old), _alternatives(new, self._new)
        if any(not kind for kind, _ in olds) and not any(not kind for kind, _ in news):
            yield self._breach(path, f"type narrowed: anything → {_names(news)}")
            return
        for kind, alternative in olds:
            match = next((found for name, found in news if name in (kind, "") or (kind, name) == _WIDER), None)
            if match is None:
                yield self._breach(path, f"type narrowed: {_names(olds)} → {_names(news)} ({kind} is gone)")
            else:
                yield from self._same_kind(path, alternative, match)
        known = {kind for kind, _ in olds}
        for kind, _ in news:
            if kind not in known and "" not in known:
                yield self._note(path, f"type widened: {_names(olds)} → {_names(news)}")
                break

    def _same_kind(self, path: str, old: Schema, new: Schema) -> Iterator[Finding]:
        yield from self._limits(path, old, new)
        yield from self._values(path, old, new)
        yield from self._fields(path, old, new)
        for word, suffix in (("items", "[]"), ("additionalProperties", "{}")):
            before, after = old.get(word), new.get(word)
            if isinstance(before, Mapping) and isinstance(after, Mapping):
                yield from self._walk(path + suffix, before, after)
            elif after is False and before is not False:
                yield self._breach(path, "further fields are no longer allowed")
            elif isinstance(after, Mapping) and after and before in (None, True):
                yield self._breach(path + suffix, "type narrowed: anything → something")
        for index, (before, after) in enumerate(
            zip(old.get("prefixItems", ()), new.get("prefixItems", ()), strict=False)
        ):
            yield from self._walk(f"{path}[{index}]", before, after)

    def _limits(self, path: str, old: Schema, new: Schema) -> Iterator[Finding]:
        for words, sign in ((_UPPER, 1), (_LOWER, -1)):
            for word in words:
                before, after = old.get(word), new.get(word)
                if before == after:
                    continue
                if after is not None and (before is None or sign * after < sign * before):
                    yield self._breach(path, f"limit narrowed: {word} {_said(before)} → {after}")
                else:
                    yield self._note(path, f"limit widened: {word} {before} → {_said(after)}")

    def _values(self, path: str, old: Schema, new: Schema) -> Iterator[Finding]:
        before, after = old.get("enum"), new.get("enum")
        if after is not None and before is None:
            yield self._breach(path, f"values narrowed: anything → {after}")
        elif after is not None and before is not None and (gone := [value for value in before if value not in after]):
            yield self._breach(path, f"values narrowed: {gone} removed")
        elif before is not None and (after is None or len(after) > len(before)):
            yield self._note(path, f"values widened: {before} → {after or 'anything'}")
        for word in _SHAPES:
            if old.get(word) == new.get(word):
                continue
            if new.get(word) is not None:
                yield self._breach(path, f"{word} changed: {_said(old.get(word))} → {new[word]}")
            else:
                yield self._note(path, f"{word} {old[word]} given up")

    def _fields(self, path: str, old: Schema, new: Schema) -> Iterator[Finding]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name, schema in before.items():
            place = f"{path}.{name}" if path else name
            if name not in after:
                yield self._breach(place, "field removed")
            else:
                yield from self._walk(place, schema, after[name])
        for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
            place = f"{path}.{name}" if path else name
            yield self._breach(place, "newly required" if name in before else "new field without a default")
        for name in sorted((set(old.get("required", ())) - set(new.get("required", ()))) & set(after)):
            yield self._note(f"{path}.{name}" if path else name, "no longer required")

    def _breach(self, path: str, text: str) -> Finding:
        return Finding(f"{self._event}: {path}" if path else self._event, text)

    def _note(self, path: str, text: str) -> Finding:
        return Finding(f"{self._event}: {path}" if path else self._event, text, breach=False)


_WIDER = ("integer", "number")


def _resolve(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        found: Any = root
        for word in schema["$ref"].removeprefix("#/").split("/"):
            found = found[word]
        schema = found
    return schema


def _alternatives(schema: Schema, root: Schema) -> list[tuple[str, Schema]]:
    """The kinds of value that a schema allows, each with what holds for it; the kind `""` is anything."""
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return [found for member in schema[word] for found in _alternatives(_resolve(member, root), root)]
    kinds = schema.get("type", "")
    if isinstance(kinds, list):
        return [(kind, schema) for kind in kinds]
    return [(kinds, schema)]


def _names(alternatives: list[tuple[str, Schema]]) -> str:
    return " or ".join(kind or "anything" for kind, _ in alternatives)


def _said(value: Any) -> Any:
    return "none" if value is None else value


def _compare_events(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Finding]:
    for event in old["events"]:
        if event not in new["events"]:
            yield Finding(f"event {event}", "removed")


def _compare_streams(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Finding]:
    for name, stream in old["streams"].items():
        now = new["streams"].get(name)
        if now is None:
            yield Finding(f"stream {name}", "removed")
            continue
        for subject in stream["subjects"]:
            if subject not in now["subjects"]:
                yield Finding(f"stream {name}", f"subject removed: {subject}")
    for name, bucket in old["buckets"].items():
        if name not in new["buckets"]:
            yield Finding(f"bucket {name}", "removed")
        elif bucket["kind"] != new["buckets"][name]["kind"]:
            yield Finding(f"bucket {name}", f"kind changed: {bucket['kind']} → {new['buckets'][name]['kind']}")


def _compare_durables(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Finding]:
    for name, durable in old["consumers"].items():
        now = new["consumers"].get(name)
        if now is None:
            yield Finding(
                f"durable {name}", "removed or renamed: the old release cannot consume, and its place is lost"
            )
            continue
        for word in ("stream", "subjects", "headers_only"):
            if durable[word] != now[word]:
                yield Finding(f"durable {name}", f"{word} changed: {durable[word]} → {now[word]}")


def _rights(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Finding]:
    for user, rights in old["permissions"].items():
        now = new["permissions"].get(user)
        if now is None:
            yield Finding(f"user {user}", "removed")
            continue
        for direction in ("publish", "subscribe"):
            for subject in sorted(set(rights[direction]) - set(now[direction])):
                yield Finding(f"user {user}", f"may no longer {direction} {subject}", breach=False)


def _compare_revisions(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Finding]:
    """Releases up to 0.2.0 knew no revisions, which is revision 0."""
    before, now = int(old.get("revision", 0)), int(new["revision"])
    if now < before:
        yield Finding("topology", f"revision {before} → {now}: it only rises")
    elif now == before and old.get("rows") != new["rows"]:
        yield Finding(
            "topology",
            f"rows changed, and the revision is still {now}: set REVISION to {now + 1} in"
            " ventanilla_contracts/topology.py, so that jobs of the release before leave them as they are, and run"
            " `ventanilla-contracts generate`",
        )
