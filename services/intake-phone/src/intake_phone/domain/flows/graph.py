"""Who leads where in a flow, and whether a caller must do something for it.

An edge is automatic if the call goes along it by itself: with silence, with nobody available, outside hours. A loop of
automatic edges would keep a call that nobody takes part in; any other loop has a person in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from intake_phone.domain.flows.flow import (
    AnnouncementsNode,
    CallbackNode,
    CollectNode,
    Flow,
    HangUpNode,
    HoursNode,
    LanguageNode,
    MenuNode,
    Node,
    RecordNode,
    RejectNode,
    SayNode,
    TeamNode,
    TextLinkNode,
    TicketNode,
    TransferNode,
    VerifyNode,
    VoicemailNode,
)


class Edge(NamedTuple):
    """A way from a node: where it is named, where it leads, and whether the call goes along it by itself."""

    path: tuple[str | int, ...]
    target: str
    automatic: bool


_AUTOMATIC: Final[Mapping[type[Node], tuple[str, ...]]] = {
    SayNode: ("then",),
    LanguageNode: ("then",),
    HoursNode: ("open", "closed", "special"),
    AnnouncementsNode: ("then",),
    TicketNode: ("otherwise",),
    VerifyNode: ("otherwise",),
    RecordNode: ("then",),
    TeamNode: ("unavailable", "unanswered"),
    VoicemailNode: ("then",),
    CallbackNode: ("then",),
    TransferNode: ("unanswered",),
    TextLinkNode: ("then", "otherwise"),
}
_BY_A_PERSON: Final[Mapping[type[Node], tuple[str, ...]]] = {
    TicketNode: ("then",),
    CollectNode: ("then",),
    VerifyNode: ("then",),
    TeamNode: ("offered", "answered"),
    TransferNode: ("answered",),
}
_WITHIN_A_DOCUMENT: Final[Mapping[type[Node], tuple[str, ...]]] = {
    SayNode: ("then",),
    LanguageNode: ("then",),
    HoursNode: ("open", "closed", "special"),
    AnnouncementsNode: ("then",),
    TicketNode: ("otherwise",),
    VerifyNode: ("otherwise",),
    RecordNode: ("then",),
    TeamNode: ("unavailable",),
    CallbackNode: ("then",),
    TextLinkNode: ("then", "otherwise"),
}
_FALLING_BACK: Final = (MenuNode, CollectNode, VerifyNode, CallbackNode)
"""Kinds that send a call which is not understood there to the flow's fallback."""


def edges_of(node: Node) -> Iterator[Edge]:
    """The ways that a node names."""
    for table, automatic in ((_AUTOMATIC, True), (_BY_A_PERSON, False)):
        for name in table.get(type(node), ()):
            if target := getattr(node, name):
                yield Edge((name,), target, automatic)
    if isinstance(node, MenuNode):
        for position, choice in enumerate(node.choices):
            yield Edge(("choices", position, "then"), choice.then, automatic=False)


def within_a_document(node: Node) -> Iterator[str]:
    """Nodes that may follow in the same document."""
    for name in _WITHIN_A_DOCUMENT.get(type(node), ()):
        if target := getattr(node, name):
            yield target


def ways(flow: Flow) -> dict[str, tuple[str, ...]]:
    """Node → the shortest way to it from the flow's start or its fallback, itself included."""
    found: dict[str, tuple[str, ...]] = {}
    waiting: list[tuple[str, ...]] = [(name,) for name in (flow.start, flow.fallback) if name in flow.nodes]
    for way in waiting:  # grows while it is gone through
        if way[-1] not in found:
            found[way[-1]] = way
            waiting += [(*way, edge.target) for edge in edges_of(flow.nodes[way[-1]]) if edge.target in flow.nodes]
    return found


def without_an_end(flow: Flow) -> list[str]:
    """Nodes from which no call comes to an end along what they name, in the order of the file."""
    good = {name for name, node in flow.nodes.items() if _ends(node)}
    more = set(good)
    while more:
        more = {
            name
            for name, node in flow.nodes.items()
            if name not in good and any(edge.target in good for edge in edges_of(node))
        }
        good |= more
    return [name for name in flow.nodes if name not in good]


def automatic_loop(flow: Flow) -> tuple[str, ...]:
    """Nodes of a loop that a call goes round by itself, in order; empty if there is none."""
    following: dict[str, list[str]] = {}
    for name, node in flow.nodes.items():
        targets = [edge.target for edge in edges_of(node) if edge.automatic]
        if isinstance(node, _FALLING_BACK):
            targets.append(flow.fallback)
        following[name] = [target for target in targets if target in flow.nodes]
    done: set[str] = set()
    for name in flow.nodes:
        if found := _loop_from(name, following, done):
            return found
    return ()


def too_late_to_reject(flow: Flow) -> list[str]:
    """Nodes that reject a call which has been answered by then."""
    spoken: set[str] = set()
    waiting = [(flow.start, False), (flow.fallback, True)]
    seen: set[tuple[str, bool]] = set()
    for name, answered in waiting:  # grows while it is gone through
        if name not in flow.nodes or (name, answered) in seen:
            continue
        seen.add((name, answered))
        node = flow.nodes[name]
        if isinstance(node, RejectNode) and answered:
            spoken.add(name)
        loud = answered or not isinstance(node, HoursNode) or bool(node.say)
        waiting += [(edge.target, loud) for edge in edges_of(node)]
    return [name for name in flow.nodes if name in spoken]


def _ends(node: Node) -> bool:
    """Whether a call can come to an end in the node itself."""
    match node:
        case HangUpNode() | RejectNode():
            return True
        case VoicemailNode() | CallbackNode():
            return not node.then
        case TeamNode() | TransferNode():
            return not node.answered
        case _:
            return False


def _loop_from(name: str, following: Mapping[str, Sequence[str]], done: set[str]) -> tuple[str, ...]:
    path: list[str] = []
    todo: list[tuple[str, bool]] = [(name, True)]
    while todo:
        node, entering = todo.pop()
        if not entering:
            path.pop()
            done.add(node)
        elif node in path:
            return tuple(path[path.index(node) :])
        elif node not in done:
            path.append(node)
            todo.append((node, False))
            todo += [(target, True) for target in following[node]]
    return ()
