"""Events as files: what `router explain` is given."""

import json

from pydantic import ValidationError

from router.domain.decide import Outcome
from router.errors import MessageRefused
from ventanilla_contracts.events import MessageReceived, MessageRouted


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


def differences(routed: MessageRouted, outcome: Outcome) -> list[dict[str, object]]:
    """The fields of a recorded decision that come out otherwise now."""
    recorded = routed.decision.model_dump()
    return [
        {"field": field, "recorded": recorded.get(field), "now": value}
        for field, value in outcome.values.items()
        if recorded.get(field) != value
    ]
