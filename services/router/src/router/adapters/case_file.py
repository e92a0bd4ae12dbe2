"""Reads a file of cases for `router test`, or says everything that is wrong with it.

cases:
- name: a VIP's invoice
given: {subject: Factura, from: eva@vip.example, grade: verified, context: {customer: {vip: true}}}
expect: {team: billing, policy: vip}
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from router.adapters.rule_file import read_text
from router.adapters.rule_nodes import Plain, Reader, plain
from router.domain.cases import EXPECTED_FIELDS, MATCHED, NOT_MATCHED, REPLY_EXPECTED, Case
from router.domain.reply_changes import BOUNDS
from router.domain.rules import FIELDS, LISTS, SCALES
from router.errors import RulesRefused
from ventanilla_contracts.events import MessageReceived
from ventanilla_contracts.routing import RoutingContext

CASE_LIMIT: Final = 5_000
DEFAULT_NAME: Final = "rules/default.cases.yaml"
AN_HOUR: Final = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
"""When a case is decided that does not say when: on a Monday at noon in Madrid."""

_SHORT: Final = ("from", "grade", "dmarc", "suspicion", "spam", "score", "reply", "attachments", "at", "context")
"""What `given` may say in short, beside the fields of a received message."""
_PLAIN_FIELDS: Final = frozenset(MessageReceived.model_fields)


def default_cases() -> list[Case]:
    """The cases that the shipped rules are held to."""
    source = resources.files("router").joinpath(DEFAULT_NAME).read_text(encoding="utf-8")
    return read_cases(source, "default.cases.yaml")


def load_cases(path: Path) -> list[Case]:
    """Read a file of cases.

    Raises:
        RulesRefused: it cannot be read, or has mistakes; all of them are listed.
    """
    return read_cases(read_text(path), str(path))


def read_cases(source: str, file: str) -> list[Case]:
    """Read the text of a file of cases; `file` names it in complaints.

    Raises:
        RulesRefused: it has mistakes; all of them are listed.
    """
    reader = Reader(file, source)
    root = reader.compose(source)
    cases = _CaseReader(reader).read(root) if root is not None else []
    if reader.problems:
        raise RulesRefused(reader.problems)
    return cases


class _CaseReader:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._names: set[str] = set()

    def read(self, root: MappingNode) -> list[Case]:
        top = self._reader.mapping(root, "the file", ("cases",))
        if "cases" not in top:
            self._reader.complain(root, "cases is missing", "write `cases:` and a list of cases")
            return []
        items = self._reader.items(top["cases"][1], "cases")
        if len(items) > CASE_LIMIT:
            self._reader.complain(top["cases"][1], f"{len(items)} cases, {CASE_LIMIT} are allowed")
            return []
        return [case for item in items if (case := self._case(item)) is not None]

    def _case(self, node: Node) -> Case | None:
        self._reader.rule = ""
        found = self._reader.mapping(node, "a case", ("name", "given", "expect"))
        missing = [key for key in ("name", "given", "expect") if key not in found]
        if missing:
            self._reader.complain(node, f"the case lacks {', '.join(missing)}")
            return None
        name = self._reader.text(found["name"][1], "name of a case", 200) or ""
        if name in self._names:
            self._reader.complain(found["name"][1], f"a second case is named {name}", "give it another name")
        self._names.add(name)
        given = self._given(found["given"][1])
        expect = self._expect(found["expect"][1])
        if given is None or expect is None:
            return None
        received, context, decided_at = given
        return Case(name, received, context, decided_at, expect, node.start_mark.line + 1)

    def _given(self, node: Node) -> tuple[MessageReceived, RoutingContext | None, datetime] | None:
        known = (*_SHORT, *sorted(_PLAIN_FIELDS))
        entries = self._reader.mapping(node, "given", known)
        values = {key: self._value(value, key) for key, (_, value) in entries.items()}
        try:
            decided_at = datetime.fromisoformat(str(values.pop("at"))) if "at" in values else AN_HOUR
            known_facts = values.pop("context", None)
            context = None if known_facts is None else RoutingContext.model_validate(known_facts)
            received = MessageReceived.model_validate(_message(values))
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, problem["loc"])) or "given"
            where = entries.get(str(problem["loc"][0]), (node, node))[1] if problem["loc"] else node
            self._reader.complain(where, f"{place}: {problem['msg']}")
            return None
        except (ValueError, TypeError, AttributeError) as error:
            self._reader.complain(node, f"given is no message: {error}")
            return None
        return received, context, decided_at

    def _value(self, node: Node, what: str) -> Any:
        """A node as YAML 1.2 reads it: whole numbers, decimals, true, false and null; everything else is a text."""
        if isinstance(node, SequenceNode):
            return [self._value(item, what) for item in node.value]
        if isinstance(node, MappingNode):
            return {key: self._value(value, what) for key, (_, value) in self._reader.mapping(node, what).items()}
        return _scalar(node)

    def _expect(self, node: Node) -> dict[str, Any] | None:
        found = self._reader.mapping(node, "expect", EXPECTED_FIELDS)
        if not found:
            self._reader.complain(node, "expect says nothing", "write `team: …`, for example")
            return None
        expect: dict[str, Any] = {}
        for key, (_, value) in found.items():
            if key == "on_reply":
                expect[key] = self._on_reply(value)
            else:
                expect[key] = self._expected(key, value)
        return expect

    def _on_reply(self, node: Node) -> dict[str, Any] | None:
        if isinstance(node, ScalarNode) and node.value in ("null", "~", "nothing", ""):
            return None
        found = self._reader.mapping(node, "on_reply", tuple(REPLY_EXPECTED))
        return {
            key: self._bounds(key, value)
            if key in SCALES and isinstance(value, MappingNode)
            else self._expected(key, value)
            for key, (_, value) in found.items()
        }

    def _bounds(self, key: str, node: Node) -> dict[str, str | None]:
        found = self._reader.mapping(node, key, BOUNDS)
        return {how: self._reader.choice(bound, key, SCALES[key]) for how, (_, bound) in found.items()}

    def _expected(self, key: str, node: Node) -> Any:
        if key in LISTS or key in (MATCHED, NOT_MATCHED):
            if isinstance(node, SequenceNode):
                return [text for item in node.value if (text := self._reader.text(item, f"an entry of {key}"))]
            return [text] if (text := self._reader.text(node, key)) else []
        if key == "quarantine" and isinstance(node, ScalarNode) and node.value in ("null", "~", "", "false"):
            return None
        if key == "acknowledge" and isinstance(node, ScalarNode) and node.value in ("true", "false"):
            return node.value == "true"
        assert key in FIELDS
        return self._reader.text(node, key)


def _message(values: dict[str, Any]) -> Mapping[str, Any]:
    """The fields of a received message, with what was said in short spelled out."""
    short = {key: values.pop(key) for key in _SHORT if key in values}
    sender = {"address": str(short.get("from", "ana@customer.example")).lower(), "name": ""}
    message: dict[str, Any] = {
        "id": "message.received.v1:case",
        "channel": "email",
        "account": "soporte@desk.example",
        "sender": sender,
        **values,
    }
    authentication = {key: short[key] for key in ("grade", "dmarc", "suspicion") if key in short}
    if authentication:
        message["authentication"] = {**message.get("authentication", {}), **authentication}
    if "spam" in short or "score" in short:
        message["filtered"] = {"spam": short.get("spam", False), "score": short.get("score"), "source": "case"}
    if short.get("reply"):
        message["threading"] = {"in_reply_to": "earlier@desk.example", **message.get("threading", {})}
    if "attachments" in short:
        message["attachments"] = [_attachment(one) for one in short["attachments"]]
    return message


def _attachment(given: Any) -> Mapping[str, Any]:
    """A file, of which its name is enough."""
    form = {"content_type": "application/octet-stream", "size_bytes": 1_000, "sha256": "0" * 64}
    return {**form, **(given if isinstance(given, dict) else {"filename": str(given)})}


def _scalar(node: Node) -> Any:
    found: Plain = plain(node)
    if not isinstance(node, ScalarNode) or node.style or not isinstance(found, str):
        return found
    if found in ("true", "false"):
        return found == "true"
    for kind in (int, float):
        try:
            return kind(found)
        except ValueError:
            continue
    return found
