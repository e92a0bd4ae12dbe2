"""Renders agents' pages: answers of the tickets API in, HTML out. What people wrote is text there, never markup."""

import functools
from collections.abc import Callable
from datetime import tzinfo
from typing import Any
from urllib.parse import quote, urlencode

from portal.adapters import desk_words
from portal.adapters.pages import Pages
from portal.domain.sessions import Session
from ventanilla_contracts.history_text import said_of
from ventanilla_contracts.history_values import Names
from ventanilla_contracts.shown_address import readable_address
from ventanilla_contracts.undelivered_text import why_undelivered

Json = dict[str, Any]


class DeskPages:
    """Every page for agents, in every language."""

    def __init__(self, pages: Pages, zone: Callable[[Session], tzinfo | None] = lambda _: None) -> None:
        """Nothing is rendered yet.

        Args:
            zone: by whose clock somebody reads times; None: the portal's.
        """
        self._pages = pages
        self._texts = pages.texts
        self.zone = zone

    def by_clocks(self, zone: Callable[[Session], tzinfo | None]) -> "DeskPages":
        """The same pages, with times by the clock of whoever reads them."""
        return DeskPages(self._pages, zone)

    def sign_in(self, language: str, goes_to: str, *, signed_out: bool = False) -> str:
        """What somebody sees who is not signed in."""
        return self._render("desk_sign_in.html", language, goes_to=goes_to, signed_out=signed_out)

    def words(self, language: str, title: str, *lines: str, again: str | None = None) -> str:
        """A heading and a few sentences, by their keys.

        Args:
            again: a page of the desk to which signing in once more leads.
        """
        return self._render("desk_words.html", language, title=title, lines=lines, again=again)

    def mine(self, language: str, session: Session, queue: Json, chosen: str | None) -> str:
        """What an agent has, by what falls due first."""
        return self._render("desk_mine.html", language, chosen, session=session, queue=queue)

    def conversation(self, language: str, session: Session, ticket: Json, page: Json, chosen: str | None) -> str:
        """A stretch of a conversation, in the order in which it was said.

        Args:
            page: messages, the newest first; `next` leads to older ones.
        """
        messages, older = list(reversed(page["items"])), page["next"]
        return self._ticket("conversation", language, session, ticket, chosen, messages=messages, older=older)

    def history(self, language: str, session: Session, ticket: Json, page: Json, chosen: str | None) -> str:
        """What happened to a ticket."""
        return self._ticket("history", language, session, ticket, chosen, page=page)

    def routing(self, language: str, session: Session, ticket: Json, lines: str | None, chosen: str | None) -> str:
        """Why a ticket went where it went; None: no router decided about it."""
        return self._ticket("routing", language, session, ticket, chosen, lines=lines)

    def service_level(
        self, language: str, session: Session, ticket: Json, sums: Json | None, chosen: str | None
    ) -> str:
        """Each clock of a ticket with its sum; None: it has no clocks."""
        return self._ticket("service_level", language, session, ticket, chosen, sums=sums)

    def _ticket(
        self, part: str, language: str, session: Session, ticket: Json, chosen: str | None, **values: Any
    ) -> str:
        values |= {"session": session, "ticket": ticket, "names": Names.of(ticket, language)}
        return self._render(f"desk_{part}.html", language, chosen, part=f"desk.{part}", **values)

    def _render(self, template: str, language: str, chosen: str | None = None, **values: Any) -> str:
        texts = self._texts.in_language(language)
        zone = self.zone(values["session"]) if "session" in values else None
        return self._pages.render(
            template,
            language,
            **values,
            desk=texts("desk.title"),
            link=functools.partial(_link, chosen),
            moment=functools.partial(self._texts.moment, language=language, zone=zone),
            word=functools.partial(desk_words.word, texts),
            clock_name=functools.partial(desk_words.clock_name, texts),
            why_counted=functools.partial(desk_words.why_counted, texts, language=language),
            calendar_name=functools.partial(desk_words.calendar_name, texts),
            is_slack_id=desk_words.is_slack_id,
            readable=functools.partial(readable_address, language=language),
            way_of=desk_words.way_of,
            duration=desk_words.duration,
            size=desk_words.size,
            told=functools.partial(said_of, language=language),
            why_not=functools.partial(why_undelivered, language=language),
        )


def _link(chosen: str | None, *parts: object, **parameters: str | None) -> str:
    """The address of a page of the desk, in the language that the reader has chosen if they have."""
    path = "/".join(["/desk", *(quote(str(part), safe="") for part in parts)])
    given = {name: value for name, value in (parameters | {"lang": chosen}).items() if value}
    return f"{path}?{urlencode(given)}" if given else path
