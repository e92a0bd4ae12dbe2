"""Canned answers of a ticket's team: found by their words, filled for the ticket."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from tickets.adapters.http.access import GuardedRoute, asked_by, needs
from tickets.adapters.http.answers import API, as_json, page
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.models import Page
from tickets.adapters.http.template_models import CannedAnswer, FillBody, FilledAnswer, TemplateParameters
from tickets.adapters.http.texts import Slug
from tickets.adapters.http.ticket_routes import Number
from tickets.domain.correspondence.templates import Template
from tickets.handlers.replying.templates import fill_template, templates_for

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["messages"])

Parts = Annotated[Api, Depends(api_of)]
Name = Annotated[Slug, Path(description="Of the template.")]


@router.get("/tickets/{number}/templates", response_model=Page[CannedAnswer], **needs("read", 404))
async def list_templates(number: Number, parameters: Annotated[TemplateParameters, Query()], api: Parts) -> Response:
    """Canned answers of the ticket's team, the likeliest first: one whose shortcut was typed, then by title."""
    language, found = await templates_for(number, parameters.q, api.reads, api.documents)
    return as_json(page([_answer(one, language) for one in found], None))


@router.post("/tickets/{number}/templates/{name}", response_model=FilledAnswer, **needs("write", 404, 409, 413, 415))
async def fill(request: Request, number: Number, name: Name, api: Parts, body: FillBody | None = None) -> Response:
    """A canned answer with its places filled for this ticket and for whoever asks. Nothing is written or sent."""
    wanted = body.language if body else None
    answer = await fill_template(number, name, wanted, asked_by(request), api.deps, api.reads, api.documents)
    return as_json(
        {
            "name": answer.template.name,
            "version": answer.template.version,
            "language": answer.language,
            "text": answer.filled.text,
            "status": answer.template.status,
            "empty": list(answer.filled.empty),
        }
    )


def _answer(template: Template, language: str) -> dict[str, Any]:
    spoken = template.language(language)
    return {
        "name": template.name,
        "version": template.version,
        "title": template.title_in(language),
        "shortcut": template.shortcut,
        "language": spoken,
        "text": template.texts[spoken],
        "status": template.status,
        "teams": list(template.teams),
    }
