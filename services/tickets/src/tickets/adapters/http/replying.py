"""From the body of a request to the reply that it asks for."""

from collections.abc import Sequence

from tickets.adapters.http.bodies import NewReply, PersonBody
from tickets.adapters.http.outgoing_html import clean_html
from tickets.domain.correspondence.participants import Person
from tickets.domain.correspondence.recipients import Wanted
from tickets.handlers.replying.replies import Reply


def wanted_reply(body: NewReply) -> Reply:
    """The reply that a body describes, with its HTML made harmless."""
    return Reply(
        text=body.text,
        html=clean_html(body.html) if body.html else None,
        internal=body.internal,
        attachments=body.attachments,
        status=body.status,
        wanted=Wanted(_people(body.to), _people(body.cc), _people(body.bcc) or ()),
        quote=body.quote,
        force=body.force,
        about={"thread": body.thread} if body.internal and body.thread else {},
        fields={name: value for name in ("resolution", "cause") if (value := getattr(body, name)) is not None},
    )


def _people(people: Sequence[PersonBody] | None) -> Sequence[Person] | None:
    return None if people is None else [Person(one.address, one.name) for one in people]
