"""Events as files: what `router explain` is given."""

import json
from pathlib import Path

from pydantic import ValidationError

from router.domain.decide import Outcome
from router.errors import MessageRefused
from ventanilla_contracts.decisions import Decision
from ventanilla_contracts.events import MessageReceived, MessageRouted
from ventanilla_contracts.routing import RoutingContext


def read_event(raw: bytes) -> tuple[MessageReceived, MessageRouted | None]:
    """The received message in a file that holds one, or a routed one; with the latter also that.

    Raises:
        MessageRefused: it holds neither; the text says why.
    """
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise MessageRefused(f"the event is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise MessageRefused("the event is not a JSON object")
    model = MessageRouted if "received" in content else MessageReceived
    try:
        event = model.model_validate_json(raw)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, problem["loc"])) or "event"
        raise MessageRefused(f"the event is not a {model.type}: {place}: {problem['msg']}") from error
    if isinstance(event, MessageRouted):
        return event.received, event
    assert isinstance(event, MessageReceived)
    return event, None


def read_context(path: Path) -> RoutingContext:
    """What is known outside the message, in a file that holds a `RoutingContext` or a routed event.

    Raises:
        MessageRefused: it holds neither; the text says why.
        OSError: it cannot be read.
    """
    raw = path.read_bytes()
    try:
        content = json.loads(raw)
        if isinstance(content, dict) and "received" in content:
            content = content.get("context") or {}
        return RoutingContext.model_validate_json(json.dumps(content))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, problem["loc"])) or "context"
        raise MessageRefused(f"{path} is no context: {place}: {problem['msg']}") from error
    except (ValueError, RecursionError) as error:
        raise MessageRefused(f"{path} is not JSON: {error}") from error


def differences(routed: MessageRouted, outcome: Outcome) -> list[dict[str, object]]:
    """The fields of a recorded decision that come out otherwise now."""
    recorded = routed.decision.model_dump()
    now = Decision.model_validate({**outcome.values, "on_reply": outcome.on_reply}).model_dump()
    return [
        {"field": field, "recorded": recorded[field], "now": value}
        for field, value in now.items()
        if recorded[field] != value
    ]
