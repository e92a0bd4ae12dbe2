"""How large the largest document of a flow can be: Twilio takes 64 kB and plays an error beyond."""

from collections.abc import Mapping
from typing import Final

from intake_phone.domain.flows.flow import AnnouncementsNode, Flow, LanguageNode, Node, TicketNode, VerifyNode
from intake_phone.domain.flows.graph import within_a_document
from intake_phone.domain.flows.node_fields import NODE_KINDS, STANDARD_USES
from intake_phone.domain.twiml import Play, Say, size_bytes

TICKETS_OFFERED: Final = 3
ANNOUNCEMENTS_SAID: Final = 3
ANNOUNCEMENT_CHARS: Final = 500
_MOST_BYTES_OF_A_CHAR: Final = 5  # `&amp;`; what is not ASCII has 4 at most
_FILLING_BYTES: Final = 600
_VERB_BYTES: Final = 6_500
"""What a document has beside its prompts: three addresses with a state, hints, attributes."""
_KIND_OF: Final = {made: kind for kind, (made, _) in NODE_KINDS.items()}


def prompts_of(node: Node) -> Mapping[str, str]:
    """Field → name of the prompt that it names, where it names one."""
    fields = NODE_KINDS[kind_of(node)][1]
    return {
        name: getattr(node, name) for name, field in fields.items() if field.kind == "prompt" and getattr(node, name)
    }


def kind_of(node: Node) -> str:
    """What stands behind `do:`."""
    return _KIND_OF[type(node)]


def largest_documents(flow: Flow) -> dict[str, int]:
    """Node → bytes of the largest document that begins there. The flow must have no automatic loop."""
    standard = sum(_prompt_bytes(flow, name) for name in STANDARD_USES)
    sizes: dict[str, int] = {}

    def size(name: str) -> int:
        if name not in sizes:
            node = flow.nodes[name]
            behind = max((size(target) for target in within_a_document(node) if target in flow.nodes), default=0)
            sizes[name] = _own_bytes(flow, node) + behind
        return sizes[name]

    def heard(node: Node) -> int:
        """Of the document that answers what was heard there: what confirms stands before what follows."""
        if not isinstance(node, VerifyNode) or node.then not in flow.nodes:
            return 0
        return _own_bytes(flow, node) + size(node.then)

    return {name: max(size(name), heard(node)) + standard + _VERB_BYTES for name, node in flow.nodes.items()}


def _own_bytes(flow: Flow, node: Node) -> int:
    total = sum(_prompt_bytes(flow, name) for name in prompts_of(node).values())
    if isinstance(node, LanguageNode):
        return total * len(flow.languages)
    if isinstance(node, TicketNode):
        return total * (TICKETS_OFFERED + 1)
    if isinstance(node, AnnouncementsNode):
        return total + ANNOUNCEMENTS_SAID * ANNOUNCEMENT_CHARS * _MOST_BYTES_OF_A_CHAR
    return total


def _prompt_bytes(flow: Flow, name: str) -> int:
    """Of the language that says it with the most."""
    sizes = []
    for language, line in flow.prompts.get(name, {}).items():
        verb = Play(line.url) if line.url else Say(line.text, flow.voices[language])
        sizes.append(size_bytes([verb], "") + line.text.count("{") * _FILLING_BYTES)
    return max(sizes, default=0)
