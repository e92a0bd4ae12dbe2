"""A flow in lines: which node leads where, for people who read it at a terminal."""

from collections.abc import Iterator
from typing import Final

from intake_phone.domain.flows.flow import CallbackNode, Flow, LanguageNode, MenuNode, Node, TeamNode, TransferNode
from intake_phone.domain.flows.graph import edges_of, ways
from intake_phone.domain.flows.sizes import kind_of

_END: Final = "the call ends"


def listing(flow: Flow) -> list[str]:
    """The flow's numbers, then each node with its kind and where it leads, in the order in which calls get there."""
    numbers = ", ".join(flow.numbers) or "every number that no other flow answers"
    head = f"{flow.name} ({flow.digest}): {numbers}; {', '.join(flow.languages)}; begins at {flow.start}"
    found = ways(flow)
    nodes = sorted(found, key=lambda name: (found[name][0] != flow.start, len(found[name])))
    width = max(map(len, nodes), default=0)
    kinds = max((len(kind_of(flow.nodes[name])) for name in nodes), default=0)
    lines = [head, f"after three misunderstandings: {flow.fallback}", ""]
    for name in nodes:
        node = flow.nodes[name]
        first, *more = list(_leading(flow, node)) or [_END]
        lines.append(f"{name:<{width}}  {kind_of(node):<{kinds}}  {first}")
        lines += [f"{'':<{width + kinds + 4}}{one}" for one in more]
    return lines


def _leading(flow: Flow, node: Node) -> Iterator[str]:
    if isinstance(node, MenuNode):
        for choice in node.choices:
            words = ", ".join(choice.words.get(flow.language, ())[:3])
            yield f"{choice.key}{f' ({words})' if words else ''} → {choice.then}"
        return
    if isinstance(node, LanguageNode):
        yield ", ".join(f"{choice.key} {language}" for language, choice in node.choices.items()) + f" → {node.then}"
        return
    if isinstance(node, TeamNode | CallbackNode):
        yield f"team {node.team}"
    if isinstance(node, TransferNode):
        yield f"to {node.number}"
    for edge in edges_of(node):
        yield f"{edge.path[0]} → {edge.target}"
