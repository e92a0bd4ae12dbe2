"""Hangup, Reject, Redirect and Leave: what leads away from a document."""

from ventanilla_devstack.twilio.twiml.reading import Document, Verb
from ventanilla_devstack.twilio.voice.leg import End, Left, Leg, Next


async def hang_up(leg: Leg, verb: Verb, document: Document) -> Next:  # noqa: ARG001  # as every verb
    """The end."""
    return End()


async def reject(leg: Leg, verb: Verb, document: Document) -> Next:  # noqa: ARG001  # as every verb
    """The end of a call that was never answered, and so costs nothing."""
    return End("busy" if verb.get("reason") == "busy" else "no-answer")


async def redirect(leg: Leg, verb: Verb, document: Document) -> Next:
    """Another document; what follows in this one is never reached."""
    return leg.request(verb.text or document.url, verb.get("method"), document)


async def leave(leg: Leg, verb: Verb, document: Document) -> Next:  # noqa: ARG001  # as every verb
    """Out of the queue; on a call that is in none, nothing."""
    return Left()
