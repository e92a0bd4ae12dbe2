"""What the desk announces to everybody: who calls hears it, and the pages of requests show it."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Final, Self

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints, model_validator

from tickets.adapters.http.access import GuardedRoute, asked_by, needs
from tickets.adapters.http.answer_model import Answer
from tickets.adapters.http.answers import API, as_json, page
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.bodies import Body, LanguageWord
from tickets.adapters.http.models import Page
from tickets.adapters.http.texts import Text
from tickets.adapters.http.ticket_routes import BIGGEST
from tickets.domain.announcing.announcements import KEY, LONGEST_TEXT, MOST_IMPORTANT, Announcement
from tickets.errors import NotFound
from tickets.handlers.announcing.announce import announce, end_announcement
from ventanilla_contracts.words import LANGUAGES

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["announcements"])

Parts = Annotated[Api, Depends(api_of)]
Key = Annotated[str, Path(pattern=f"^{KEY}$", description="Names it: at most 40 of a-z, 0-9, - and _.")]
_CONDITIONAL: Final = {"If-None-Match": "The ETag of an earlier answer: 304 while nothing has changed."}
Words = Annotated[Text, StringConstraints(max_length=LONGEST_TEXT)]


class AnnouncementBody(Body):
    """What is announced. All of it is said anew: what is not named is as it is by default."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "texts": {
                        "es": "No hay acceso a internet en la zona de Málaga. Estamos trabajando en ello.",
                        "en": "There is no internet access in the Málaga area. We are working on it.",
                    },
                    "problem": 9,
                    "until": "2026-12-01T18:00:00Z",
                }
            ]
        }
    )
    texts: dict[LanguageWord, Words] = Field(description="Words in every language of the desk; callers hear them.")
    importance: int = Field(0, ge=0, le=MOST_IMPORTANT, description="The highest is said first.")
    problem: int | None = Field(None, ge=1, le=BIGGEST, description="The problem; it ends with that being solved.")
    starts_at: AwareDatetime | None = Field(None, description="null: now, or since when it is announced already.")
    until: AwareDatetime | None = Field(None, description="When it ends by itself; null: never.")

    @model_validator(mode="after")
    def _says_it_to_everybody(self) -> Self:
        if not all(self.texts.get(language, "").strip() for language in LANGUAGES):
            raise ValueError(f"texts must say it in every language: {', '.join(LANGUAGES)}")
        return self

    def announcement(self, key: str) -> Announcement:
        """The announcement that the body describes."""
        texts = {str(language): text.strip() for language, text in self.texts.items()}
        return Announcement(key, texts, self.importance, self.problem, self.starts_at, self.until)


class Announced(Answer):
    """Something that the desk announces."""

    key: str
    texts: dict[str, str]
    importance: int
    problem: int | None
    state: str = Field(examples=["planned", "in_force", "ended"])
    starts_at: datetime
    until: datetime | None
    created_at: datetime
    created_by: str
    ended_at: datetime | None
    ended_why: str | None = Field(examples=["withdrawn", "expired", "solved"])
    waiting: int = Field(description="Callers who want to be told of its end.")


class AnnouncementParameters(Body):
    """Which announcements."""

    planned: bool = Field(False, description="Those too that have not begun.")


class EndParameters(Body):
    """How one ends."""

    tell: bool = Field(
        True,
        description="Callers who asked for it are told: at once, or of a problem once that is solved. `false`: it was "
        "not true, and nobody is told.",
    )


@router.get("/announcements", response_model=Page[Announced], **needs("read", headers=_CONDITIONAL))
async def list_announcements(
    request: Request, parameters: Annotated[AnnouncementParameters, Query()], api: Parts
) -> Response:
    """What is announced at this moment, the most important first: twenty at most, on one page."""
    rows = await api.announcements.listed(planned=parameters.planned)
    answer = page([_answer(row) for row in rows], None)
    tag = f'"{sha256(orjson.dumps(answer, option=orjson.OPT_UTC_Z)).hexdigest()[:24]}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"etag": tag})
    return as_json(answer, headers={"etag": tag})


@router.get("/announcements/{key}", response_model=Announced, **needs("read", 404))
async def read_announcement(key: Key, api: Parts) -> Response:
    """The announcement that has this key, or had it last."""
    return await _newest(key, api)


@router.put("/announcements/{key}", response_model=Announced, **needs("write", 404, 409, 413, 415))
async def put_announcement(request: Request, key: Key, body: AnnouncementBody, api: Parts) -> Response:
    """Announce something to everybody, or let it say something else; the same again changes nothing.

    Callers hear it within seconds, and may ask to be told of its end. Who announces a problem is of its team; what has
    no ticket is for those who lead a team, where anybody does.
    """
    asked = asked_by(request, body.model_dump(mode="json"))
    made = await announce(body.announcement(key), asked, api.deps)
    return await _newest(key, api, 201 if made else 200)


@router.delete("/announcements/{key}", status_code=204, response_class=Response, **needs("write", 404, 409))
async def delete_announcement(
    request: Request, key: Key, parameters: Annotated[EndParameters, Query()], api: Parts
) -> Response:
    """Announce it no more. By itself it ends at its time, and when its problem is solved."""
    await end_announcement(key, asked_by(request), api.deps, tell=parameters.tell)
    return Response(status_code=204)


async def _newest(key: str, api: Api, status: int = 200) -> Response:
    row = await api.announcements.newest(key)
    if row is None:
        raise NotFound(f"nothing is announced as {key}")
    return as_json(_answer(row), status)


def _answer(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("importance", "starts_at", "until", "created_at", "created_by", "ended_at", "ended_why", "waiting")
    return {
        "key": row["key"],
        "texts": orjson.loads(row["texts"]),
        "problem": row["problem_number"],
        "state": "ended" if row["ended_at"] else "in_force" if row["begun"] else "planned",
        **{name: row[name] for name in names},
    }
