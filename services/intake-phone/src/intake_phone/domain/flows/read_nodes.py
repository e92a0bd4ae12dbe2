"""Reads nodes by the table of their fields."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from intake_phone.domain.flows.flow import KEYS, NAME_CHARS, Choice, Node
from intake_phone.domain.flows.node_fields import NODE_KINDS, Field
from intake_phone.domain.flows.reading import Path, Plain, Reading
from intake_phone.domain.flows.speech import folded
from intake_phone.domain.numbers import is_e164

NODE_LIMIT: Final = 100
CHOICE_LIMIT: Final = len(KEYS)
PHRASE_LIMIT: Final = 20
PHRASE_CHARS: Final = 100
"""Twilio takes hints of up to 100 characters, and 500 of them."""
URL_CHARS: Final = 500
_URL: Final = re.compile(r"https?://[^\s\"<>{}]+\Z")
_VALUES_NEEDED: Final = "say which, or see docs/phone-flows.md"


class NodeReader:
    """Reads the nodes of one flow, whose languages are known already."""

    def __init__(self, reading: Reading, languages: Sequence[str]) -> None:
        self._reading = reading
        self._languages = languages

    def read(self, content: Plain, path: Path) -> dict[str, Node]:
        """Name → node; faulty ones are missing."""
        found: dict[str, Node] = {}
        entries = self._reading.mapping(content, path, "nodes")
        if len(entries) > NODE_LIMIT:
            self._reading.complain(path, f"there are {len(entries)} nodes", f"at most {NODE_LIMIT} are allowed")
            return {}
        for key, entry in entries.items():
            name = self._reading.name(key, (*path, key), "name of a node", NAME_CHARS)
            node = self._node(entry, (*path, key))
            if name is not None and node is not None:
                found[name] = node
        return found

    def phrases(self, content: Plain, path: Path, what: str) -> tuple[str, ...]:
        """Phrases that may be said, as they are written: recognition wants the accents that matching drops."""
        found: list[str] = []
        for position, phrase in enumerate(self._reading.texts(content, path, what, PHRASE_LIMIT, PHRASE_CHARS)):
            if not folded(phrase):
                self._reading.complain((*path, position), f"{phrase} has nothing that can be said", "write a word")
            else:
                found.append(phrase.replace(",", " "))
        return tuple(found)

    def by_language(self, content: Plain, path: Path, what: str) -> dict[str, tuple[str, ...]]:
        """Language → phrases; each language of the flow must be there."""
        entries = self._reading.mapping(content, path, what, self._languages)
        for language in self._languages:
            if isinstance(content, Mapping) and language not in content:
                self._reading.complain(path, f"{what} has nothing for {language}", "add them for each language")
        return {
            language: self.phrases(entry, (*path, language), f"{what} in {language}")
            for language, entry in entries.items()
        }

    def _node(self, content: Plain, path: Path) -> Node | None:
        entry = self._reading.mapping(content, path, "a node")
        if "do" not in entry:
            if entry:
                self._reading.complain(path, "do is missing", f"say what the node does: {', '.join(NODE_KINDS)}")
            return None
        kind = self._reading.word(entry["do"], (*path, "do"), "kind of node", tuple(NODE_KINDS))
        if kind is None:
            return None
        made, fields = NODE_KINDS[kind]
        entry = self._reading.mapping(content, path, f"a {kind} node", ("do", *fields))
        before = len(self._reading.faults)
        values = {name: self._value(name, field, entry, path, kind) for name, field in fields.items()}
        if len(self._reading.faults) > before:
            return None
        return made(**values)

    def _value(self, name: str, field: Field, entry: Mapping[str, Plain], path: Path, kind: str) -> Any:
        """Whatever type the field has: the table of fields and the classes of nodes agree, a test looks."""
        if name not in entry or (entry[name] is None and field.default == ""):
            if field.default is not None:
                return field.default
            reason = f"{name} is missing in a {kind} node"
            dead = (
                "nothing follows here: a dead end; say the name of a node" if field.kind == "node" else _VALUES_NEEDED
            )
            self._reading.complain(path, reason, dead)
            return None
        if entry[name] is None and field.silent:
            return ""
        return self._said(name, field, entry[name], (*path, name))

    def _said(self, name: str, field: Field, content: Plain, path: Path) -> Any:
        reading = self._reading
        match field.kind:
            case "whole":
                return reading.whole(content, path, name, field.least, field.most)
            case "truth":
                return reading.truth(content, path, name)
            case "word":
                return reading.word(content, path, name, field.words)
            case "key":
                return reading.word(content, path, "key", KEYS)
            case "number":
                return self._number(content, path)
            case "url":
                return self._url(content, path)
            case "choices":
                return self._choices(content, path)
            case "languages":
                return self._language_choices(content, path)
            case _:
                return reading.name(content, path, f"name of a {field.kind}", NAME_CHARS)

    def _number(self, content: Plain, path: Path) -> str | None:
        text = self._reading.text(content, path, "a number", 40)
        if text is not None and not is_e164(text):
            self._reading.complain(path, f"{text} is no number in E.164", "write it like +34910000000")
            return None
        return text

    def _url(self, content: Plain, path: Path) -> str | None:
        text = self._reading.text(content, path, "an address", URL_CHARS)
        if text is not None and not _URL.match(text):
            self._reading.complain(path, f"{text[:60]} is no address", "write it like https://desk.example/waiting.mp3")
            return None
        return text

    def _choices(self, content: Plain, path: Path) -> tuple[Choice, ...]:
        found = []
        for position, entry in enumerate(self._reading.items(content, path, "choices", CHOICE_LIMIT)):
            here = (*path, position)
            said = self._reading.mapping(entry, here, "a choice", ("key", "words", "then"))
            for needed in ("key", "then"):
                if said and needed not in said:
                    advice = "nothing follows here: a dead end" if needed == "then" else f"one of {' '.join(KEYS)}"
                    self._reading.complain(here, f"{needed} is missing in a choice", advice)
            if "key" not in said or "then" not in said:
                continue
            key = self._reading.word(said["key"], (*here, "key"), "key", KEYS)
            then = self._reading.name(said["then"], (*here, "then"), "name of a node", NAME_CHARS)
            words = self.by_language(said["words"], (*here, "words"), "words") if "words" in said else {}
            if key is not None and then is not None:
                found.append(Choice(key, words, then))
        return tuple(found)

    def _language_choices(self, content: Plain, path: Path) -> dict[str, Choice]:
        entries = self._reading.mapping(content, path, "choices", self._languages)
        for language in self._languages:
            if isinstance(content, Mapping) and language not in content:
                self._reading.complain(path, f"choices has nothing for {language}", "each language needs a key")
        found = {}
        for language, entry in entries.items():
            here = (*path, language)
            said = self._reading.mapping(entry, here, "a choice", ("key", "words"))
            if "key" not in said:
                self._reading.complain(here, "key is missing in a choice", f"one of {' '.join(KEYS)}")
                continue
            key = self._reading.word(said["key"], (*here, "key"), "key", KEYS)
            phrases = self.phrases(said["words"], (*here, "words"), "words") if "words" in said else ()
            if key is not None:
                found[language] = Choice(key, dict.fromkeys(self._languages, phrases), "")
        return found
