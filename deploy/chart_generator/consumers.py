"""The service's JetStream consumers, for KEDA: their names are stable, so that a ScaledObject may name them."""

from typing import Any, Final

from ventanilla_contracts.topology import CONSUMERS

_ASIDE: Final = ("-redrive", "-auditor-accepted", "-auditor-intake", "-deadletter", "-delivery", "-revisions")
"""What waits there is no reason for more pods: it is little, or counted by one replica."""


def consumers() -> dict[str, list[dict[str, Any]]]:
    """Service → its consumers; `scales` of those through which messages come and go."""
    found: dict[str, list[dict[str, Any]]] = {}
    for consumer in CONSUMERS:
        found.setdefault(consumer.service, []).append(
            {
                "durable": consumer.durable,
                "stream": consumer.stream,
                "scales": not consumer.durable.endswith(_ASIDE),
            }
        )
    return found
