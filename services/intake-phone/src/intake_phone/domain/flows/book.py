"""All flows of a desk together: which one answers on a number."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from intake_phone.domain.flows.flow import Flow
from intake_phone.domain.flows.reading import Fault


@dataclass(frozen=True, slots=True)
class FlowBook:
    """Number in E.164 → its flow, and the flow of calls to any other number."""

    by_number: Mapping[str, Flow]
    otherwise: Flow

    def flow_for(self, number: str) -> Flow:
        """The flow that answers on a number."""
        return self.by_number.get(number, self.otherwise)


def flow_book(flows: Sequence[Flow], default: Flow) -> FlowBook:
    """The book of flows in which `doubled` finds nothing; `default` answers where none of them takes what is left."""
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
