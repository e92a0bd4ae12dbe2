"""`/tickets/{number}/routing`: why a ticket went where it went, as data or as lines to read."""

from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from tickets.adapters.http.access import GuardedRoute, needs
from tickets.adapters.http.answers import API, as_json
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.bodies import RoutingParameters
from tickets.adapters.http.models import Routing
from tickets.adapters.http.ticket_routes import Number, read_answer
from tickets.domain.settling.later_changes import MOST_SAID
from tickets.errors import NotFound
from ventanilla_contracts.decisions import Decision, RuleTexts
from ventanilla_contracts.trace_text import Explained, LaterChange, later_sentence, trace_lines
from ventanilla_contracts.traces import whole
from ventanilla_contracts.words import LANGUAGES

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["tickets"])

_TEXT = "text/plain"
_HEADERS = {
    "Accept": f"`{_TEXT}`: lines to read, as `router explain` prints them.",
    "Accept-Language": "Of the lines, where `language` is not given.",
}


@router.get("/tickets/{number}/routing", response_model=Routing, **needs("read", 404, headers=_HEADERS))
async def read_routing(
    request: Request,
    number: Number,
    parameters: Annotated[RoutingParameters, Query()],
    api: Annotated[Api, Depends(api_of)],
) -> Response:
    """Why the ticket went where it went: every rule that was tried, what it saw, what won, and a sentence of it.

    Without `message`, `later` names the messages whose rules changed the ticket after it was opened, and the sentence
    ends with the last of them. With `Accept: text/plain` or `format=text` as lines to read; `language` chooses theirs.
    """
    row = await api.reads.routing(number, parameters.message)
    later = [] if parameters.message else await api.reads.later_changes(number)
    if row is None:
        await read_answer(number, request, api)
        raise NotFound("this ticket has no such message" if parameters.message else _undecided(later))
    texts = RuleTexts.model_validate_json(row["texts"]) if row["texts"] else None
    decision = whole(orjson.loads(row["decision"]), texts)
    decision["sentence"] = decision.get("sentence") or _sentences(decision, api)
    decision["sentence"] = {language: _with(later, said, language) for language, said in decision["sentence"].items()}
    if parameters.format == "text" or (parameters.format is None and _wants_text(request)):
        language = parameters.language or _spoken(request)
        lines = "".join(
            f"{line}\n" for line in trace_lines(Explained.model_validate({**decision, "later": later}), language)
        )
        headers = {"cache-control": "no-store", "content-language": language, "vary": "accept, accept-language"}
        return Response(lines, 200, headers, f"{_TEXT}; charset=utf-8")
    told = [{**one.model_dump(), "href": _href(number, one.message_id)} for one in later]
    return as_json({"message_id": str(row["message_id"]), **decision, "later": told}, headers={"vary": "accept"})


def _href(number: int, message_id: str) -> str:
    """Where the decision about a message is told."""
    return f"{API}/tickets/{number}/routing?message={message_id}"


def _undecided(later: Sequence[LaterChange]) -> str:
    why = "no router decided about this ticket: it was opened by hand, or from the status page"
    return f"{why}; rules changed it later: ?message={later[-1].message_id} tells why" if later else why


def _with(later: Sequence[LaterChange], said: str, language: str) -> str:
    """The sentence about a ticket's beginning, and what rules made of it since then."""
    if language not in LANGUAGES:
        return said
    return " ".join((said, *(later_sentence(one, language) for one in later[-MOST_SAID:])))


def _wants_text(request: Request) -> bool:
    """Whether the first type that the caller names is the one for reading; whoever names none gets JSON."""
    first = request.headers.get("accept", "").partition(",")[0]
    return first.partition(";")[0].strip().lower() == _TEXT


def _spoken(request: Request) -> str:
    """The first language of the caller's that the desk speaks, else English."""
    for one in request.headers.get("accept-language", "").lower().split(",")[:10]:
        if (language := one.partition(";")[0].partition("-")[0].strip()) in LANGUAGES:
            return language
    return "en"


def _sentences(decision: dict[str, Any], api: Api) -> dict[str, str]:
    """The decision in words, for events of routers that did not write any."""
    rules = sorted(set((decision.get("set_by") or {}).values()))
    values = {"decision": Decision.model_validate(decision["decision"]), "rules": rules}
    languages = api.deps.desk.languages
    return {language: " ".join(api.deps.render("routing", language, values).text.split()) for language in languages}
