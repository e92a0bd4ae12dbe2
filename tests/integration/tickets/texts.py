"""Texts as the router passes them on."""

from typing import Any

from tests.integration.tickets.routed_mails import routed
from ventanilla_runtime.delivery import Delivery

DESK, CARMEN = "+34910000100", "+34600000001"


def texted(sequence: int, channel: str = "sms", customer: str = CARMEN, **received: Any) -> Delivery:
    """Text number `sequence` from a customer's number to the desk's; `received` are fields of `MessageReceived`."""
    fields = {
        "channel": channel,
        "account": DESK,
        "sender": customer,
        "threading": {"message_id": f"AC/{channel}{sequence}", "conversation": f"{channel}/{DESK}/{customer}"},
        "text": "No imprime.",
        "authentication": {"grade": "plausible"},
        **received,
    }
    return routed(sequence, **fields)
