"""All flows of a desk together: which one answers on a number."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from intake_phone.domain.flows.flow import CallbackNode, Flow, TeamNode, TransferNode
from intake_phone.domain.flows.reading import Fault
from intake_phone.domain.flows.review import comes_back


@dataclass(frozen=True, slots=True)
class FlowBook:
    """Number in E.164 → its flow, and the flow of calls to any other number."""

    by_number: Mapping[str, Flow]
    otherwise: Flow

    def flow_for(self, number: str) -> Flow:
        """The flow that answers on a number."""
        return self.by_number.get(number, self.otherwise)

    def teams_for(self, numbers: Collection[str]) -> frozenset[str]:
        """Teams that calls to these numbers of the desk may ask for; without numbers those of any other number."""
        flows = [self.flow_for(number) for number in numbers] or [self.otherwise]
        nodes = (node for flow in flows for node in flow.nodes.values())
        return frozenset(node.team for node in nodes if isinstance(node, TeamNode | CallbackNode))


def flow_book(flows: Sequence[Flow], default: Flow) -> FlowBook:
    """The book of flows in which `doubled` and `calling_each_other` find nothing.

    `default` answers where none of them takes what is left.
    """
    rest = next((flow for flow in flows if not flow.numbers), default)
    return FlowBook({number: flow for flow in flows for number in flow.numbers}, rest)


def doubled(flows: Sequence[Flow]) -> Iterator[tuple[int, Fault]]:
    """Numbers and names that an earlier flow has already: (position of the later flow, fault in it)."""
    owners: dict[str, str] = {}
    names: set[str] = set()
    for position, flow in enumerate(flows):
        if flow.name in names:
            yield position, Fault(("name",), f"two flows are named {flow.name}", "give one of them another name")
        names.add(flow.name)
        if not flow.numbers and "" in owners:
            reason = f"the flow {owners['']} answers all other numbers already"
            yield position, Fault(("numbers",), reason, "say which numbers this flow answers")
        if not flow.numbers:
            owners.setdefault("", flow.name)
        for at, number in enumerate(flow.numbers):
            if number in owners:
                reason = f"{number} is answered by the flow {owners[number]} already"
                yield position, Fault(("numbers", at), reason, "a number has one flow: remove it from one of the two")
            owners.setdefault(number, flow.name)


def calling_each_other(flows: Sequence[Flow]) -> Iterator[tuple[int, Fault]]:
    """Transfers to a number that another of the flows answers: (position of the flow that transfers, fault in it)."""
    owners = {number: flow.name for flow in flows for number in flow.numbers}
    for position, flow in enumerate(flows):
        for name, node in flow.nodes.items():
            if isinstance(node, TransferNode) and (owner := owners.get(node.number, flow.name)) != flow.name:
                yield position, comes_back(name, node.number, f"the flow {owner} answers it")
