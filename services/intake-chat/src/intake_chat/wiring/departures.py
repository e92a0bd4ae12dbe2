"""Wiring of who has left. Part of `app.py`."""

from intake_chat.handlers.agents.background import Background
from intake_chat.handlers.customers.departures import Departures
from ventanilla_contracts.topology import CHAT_STATE
from ventanilla_runtime.service import Service
from ventanilla_runtime.state import StateBucket


def departures_heard(service: Service) -> Departures:
    """Hears of accounts that are deactivated, whichever replica is told."""
    background = Background()
    service.stack.push_async_callback(background.close)
    return Departures(StateBucket(service.broker, service.publisher, CHAT_STATE), background)
