"""Reads what rules set: the `then` of a rule, and the defaults."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from router.adapters.rule_nodes import Reader, place_of
from router.domain.conditions import NOWHERE, Place
from router.domain.reply_changes import AT_LEAST, AT_MOST, BOUNDS
from router.domain.rules import FIELDS, LISTS, REPLY_FIELDS, SCALES, Change, Setting
from ventanilla_contracts.words import TIERS

CONTINUE: Final = "continue"
_INLINE_LIMIT: Final = 20
_NO_REASONS: Final = frozenset({"", "~", "null", "true", "yes", "no", "on", "off"})
"""Words that stand for no reason, however people may have meant them."""


class Actions(NamedTuple):
    """What a rule does when it matches. `continues` names a group, or is empty."""

    changes: tuple[Change, ...] = ()
    continues: str = ""
    continues_at: Place = NOWHERE


class ActionReader:
    """Reads actions of one file, with the words that the file declares."""

    def __init__(self, reader: Reader, words: Mapping[str, tuple[str, ...]]) -> None:
        """`words`: field of the decision → the values that it may have."""
        self._reader = reader
        self._words = words

    def read(self, node: Node, *, on_reply: bool) -> Actions:
        """The `then` of a rule; a rule for answers may set only what can change in a ticket that exists."""
        keys = (*(REPLY_FIELDS if on_reply else FIELDS), CONTINUE)
        entries = self._reader.mapping(node, "then of a rule for answers" if on_reply else "then", keys)
        if isinstance(node, MappingNode) and not node.value:
            self._reader.complain(node, "then sets nothing")
        changes: list[Change] = []
        continues, continues_at = "", NOWHERE
        for key, (_, value) in entries.items():
            if key == CONTINUE:
                continues, continues_at = self._reader.text(value, CONTINUE) or "", place_of(value)
            elif key in SCALES and isinstance(value, MappingNode):
                changes += self._bounds(key, value)
            else:
                changes += self._changes(key, value)
        return Actions(tuple(changes), continues, continues_at)

    def default(self, key: str, node: Node) -> dict[str, Setting]:
        """What a default sets: field of the decision → value."""
        return {change.field: change.value for change in self._changes(key, node)}

    def _bounds(self, key: str, node: MappingNode) -> list[Change]:
        found = self._reader.mapping(node, key, BOUNDS)
        if not node.value:
            self._reader.complain(node, f"{key} says nothing", f"write `{key}: {{at_least: …}}` or a value")
        changes = [
            Change(FIELDS[key], how, self._choice(key, bound), place_of(bound)) for how, (_, bound) in found.items()
        ]
        read = {change.how: change.value for change in changes if change.value is not None}
        if len(read) == len(BOUNDS):
            least, most = (SCALES[key].index(str(read[how])) for how in BOUNDS)
            if least > most:
                self._reader.complain(node, f"no {key} is both at least {read[AT_LEAST]} and at most {read[AT_MOST]}")
        return changes

    def _changes(self, key: str, node: Node) -> list[Change]:
        place = place_of(node)
        if key == "acknowledge":
            return [Change(field, "set", value, place) for field, value in self._acknowledge(node)]
        if key in LISTS:
            return [Change(key, "add", self._several(key, node), place)]
        if key == "quarantine":
            return [Change(key, "set", self._quarantine(node), place)]
        return [Change(FIELDS[key], "set", self._choice(key, node), place)]

    def _acknowledge(self, node: Node) -> list[tuple[str, Setting]]:
        """Whether, and with which words: `true` stands for the desk's own."""
        if isinstance(node, ScalarNode) and not node.style and node.value in ("true", "false"):
            return [("acknowledge", node.value == "true"), ("acknowledgement", None)]
        templates = self._words["acknowledgement"]
        written = node.value if isinstance(node, ScalarNode) else ""
        if written not in templates:
            known = f"known are {', '.join(templates)}" if templates else "name it under `templates:` first"
            self._reader.complain(node, "acknowledge must be true, false or the name of a template", known)
            return []
        return [("acknowledge", True), ("acknowledgement", written)]

    def _quarantine(self, node: Node) -> str | None:
        """Why a message waits for a person; None, written as `false`: it need not, whatever an earlier rule said."""
        if isinstance(node, ScalarNode) and not node.style:
            if node.value == "false":
                return None
            if node.value.lower() in _NO_REASONS:
                advice = 'write why in words, `quarantine: "looks forged"`, or `quarantine: false` to hold nothing back'
                self._reader.complain(node, f"{node.value or 'nothing'} is no reason for quarantine", advice)
                return None
        return self._reader.text(node, "quarantine", 200)

    def _several(self, key: str, node: Node) -> tuple[str, ...]:
        nodes = self._reader.items(node, key) if isinstance(node, SequenceNode) else [node]
        if len(nodes) > _INLINE_LIMIT:
            self._reader.complain(node, f"{key} has {len(nodes)} entries, {_INLINE_LIMIT} are allowed")
            return ()
        if key == "skills":
            read = [self._reader.choice(item, "skill", self._words["skills"]) for item in nodes]
        else:
            read = [self._reader.text(item, key, 200) for item in nodes]
        return tuple(entry for entry in read if entry is not None)

    def _choice(self, key: str, node: Node) -> str | None:
        return self._reader.choice(node, key, self._words.get(FIELDS[key], TIERS))
