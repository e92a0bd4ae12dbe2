"""Canned answers as the API takes and shows them."""

from typing import Literal

from pydantic import Field

from tickets.adapters.http.answer_model import Answer
from tickets.adapters.http.bodies import Body, LanguageWord, Parameters


class TemplateParameters(Parameters):
    """Which templates."""

    q: str = Field("", max_length=100, description="Words of shortcut, title or text, with or without accents.")


class FillBody(Body):
    """How a template is to be filled."""

    language: LanguageWord | None = Field(None, description="The ticket's if not given.")


class CannedAnswer(Answer):
    """A template of the ticket's team."""

    name: str
    version: int
    title: str = Field(description="In the ticket's language, if it has one there.")
    shortcut: str | None
    language: Literal["es", "en"] = Field(description="In which it would speak to this customer.")
    text: str = Field(description="With its places.", examples=["Hola, {{requester.first_name}}:"])
    status: str | None = Field(description="What the ticket is to become with the answer; null: as with any reply.")
    teams: list[str] = Field(description="That see it. []: all.")


class FilledAnswer(Answer):
    """A template with its places filled."""

    name: str
    version: int
    language: Literal["es", "en"]
    text: str = Field(examples=["Hola, Ana:"])
    status: str | None
    empty: list[str] = Field(
        description="Places for which nothing is known: there stands `…`.", examples=[["next_update_by"]]
    )
