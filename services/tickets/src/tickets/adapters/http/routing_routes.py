"""`/tickets/{number}/routing`: why a ticket went where it went, as data or as lines to read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from tickets.adapters.http.access import GuardedRoute, needs
from tickets.adapters.http.answers import API, as_json
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.bodies import RoutingParameters
from tickets.adapters.http.models import Routing
from tickets.adapters.http.names import by_key, handle_in, names_of
from tickets.adapters.http.ticket_routes import Number, read_answer
from tickets.domain.settling.later_changes import MOST_SAID
from tickets.errors import NotFound
from ventanilla_contracts.decisions import Decision, RuleTexts
from ventanilla_contracts.trace_text import (
    Explained,
    LaterChange,
    field_in_words,
    later_sentence,
    split_off_sentence,
    trace_lines,
    with_team_called,
)
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
    ends with the last of them; of a ticket that somebody made out of another one it begins with that. With `Accept:
    text/plain` or `format=text` as lines to read; `language` chooses theirs.
    """
    row = await api.reads.routing(number, parameters.message)
    later = [] if parameters.message else await api.reads.later_changes(number)
    split = None if parameters.message else await api.reads.split_off(number)
    if row is None:
        await read_answer(number, request, api)
        raise NotFound("this ticket has no such message" if parameters.message else _undecided(later))
    texts = RuleTexts.model_validate_json(row["texts"]) if row["texts"] else None
    decision = whole(orjson.loads(row["decision"]), texts)
    teams = dict.fromkeys(_teams(decision["decision"], later))
    splitter = handle_in(split["actor"]) if split else None
    words = [*teams, *([splitter] if splitter else ())]
    names = names_of(words, by_key(await api.reads.names(words)))
    titles = {language: _titles(names["teams"], language) for language in LANGUAGES}
    who = names["agents"].get(splitter or "", splitter or "")
    decision["sentence"] = {
        language: _with(later, _since_split(split, who, said, language), language, titles.get(language, {}))
        for language, said in _sentences(decision, titles, api).items()
    }
    if parameters.format == "text" or (parameters.format is None and _wants_text(request)):
        language = parameters.language or _spoken(request)
        zone = ZoneInfo(parameters.zone) if parameters.zone else None
        explained = Explained.model_validate({**decision, "later": later})
        told = trace_lines(explained, language, teams=titles[language], zone=zone)
        headers = {"cache-control": "no-store", "content-language": language, "vary": "accept, accept-language"}
        return Response("".join(f"{line}\n" for line in told), 200, headers, f"{_TEXT}; charset=utf-8")
    changes = [{**one.model_dump(), "href": _href(number, one.message_id)} for one in later]
    answer = {"message_id": str(row["message_id"]), **decision, "later": changes, "names": names}
    if split:
        answer["split_off"] = {"number": split["number"], "by": splitter, "why": split["why"] or ""}
    return as_json(answer, headers={"vary": "accept"})


def _teams(decision: Mapping[str, Any], later: Sequence[LaterChange]) -> Iterator[str]:
    """The teams that a decision and what came later speak of."""
    found = (
        decision.get("team"),
        (decision.get("on_reply") or {}).get("team"),
        *(one.changed.get("team") for one in later),
    )
    yield from (str(team) for team in found if team)


def _titles(teams: Mapping[str, Mapping[str, str]], language: str) -> dict[str, str]:
    """Team → its title in a language, or in the other one where it has none."""
    return {name: called for name, title in teams.items() if (called := title.get(language) or "".join(title.values()))}


def _href(number: int, message_id: str) -> str:
    """Where the decision about a message is told."""
    return f"{API}/tickets/{number}/routing?message={message_id}"


def _undecided(later: Sequence[LaterChange]) -> str:
    why = "no router decided about this ticket: it was opened by hand, or from the status page"
    return f"{why}; rules changed it later: ?message={later[-1].message_id} tells why" if later else why


def _since_split(split: Mapping[str, Any] | None, who: str, said: str, language: str) -> str:
    """The sentence about a message, for a ticket that somebody made of it."""
    if split is None or language not in LANGUAGES:
        return said
    return split_off_sentence(split["number"], who, split["why"] or "", said, language)


def _with(later: Sequence[LaterChange], said: str, language: str, titles: Mapping[str, str]) -> str:
    """The sentence about a ticket's beginning, and what rules made of it since then."""
    if language not in LANGUAGES:
        return said
    return " ".join((said, *(later_sentence(one, language, titles) for one in later[-MOST_SAID:])))


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


def _sentences(decision: Mapping[str, Any], titles: Mapping[str, Mapping[str, str]], api: Api) -> dict[str, str]:
    """The decision in words, with teams as people call them; our own for events of routers that did not write any."""
    decided = Decision.model_validate(decision["decision"])
    called = {language: given.get(decided.team, decided.team) for language, given in titles.items()}
    if told := decision.get("sentence"):
        return {
            language: with_team_called(said, decided.team, called.get(language, decided.team))
            for language, said in told.items()
        }
    rules = sorted(set((decision.get("set_by") or {}).values()))

    def told_in(language: str) -> str:
        words = {name: field_in_words(name, getattr(decided, name), language) for name in ("ticket_type", "priority")}
        words["team"] = called.get(language, decided.team)
        return api.deps.render("routing", language, {"decision": decided.model_copy(update=words), "rules": rules}).text

    return {language: " ".join(told_in(language).split()) for language in api.deps.desk.languages}
