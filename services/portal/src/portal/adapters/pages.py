"""Renders the pages: templates and texts in, HTML out."""

import functools
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape

from portal.adapters import desk_words
from portal.adapters.texts import Texts
from portal.domain.form import LONGEST_TEXT, ReplyForm
from portal.domain.languages import LANGUAGES
from ventanilla_contracts.local_times import zone_of

_STATUSES = frozenset({"new", "open", "pending", "on_hold", "solved", "closed", "merged"})
_HOLDERS = frozenset({"team", "person", "customer", "nobody"})
_PRIORITIES = frozenset({"low", "normal", "high", "urgent"})
_HINTS = {"email": "form.hint", None: "form.hint_alone"}
"""What is said below the form, by the way on which the desk answers; every other is a chat."""
_TEXTS = frozenset({"sms", "whatsapp"})
_PAGE_STATES = frozenset({"open", "acknowledged", "withdrawn"})


class Pages:
    """Every page of the portal, in every language.

    Attributes:
        texts: the words that they are made of.
    """

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        folder = files("portal") / "templates"
        sources = {entry.name: entry.read_text() for entry in folder.iterdir() if entry.name.endswith(".html")}
        self._environment = Environment(
            loader=DictLoader(sources),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            auto_reload=False,
        )

    def home(self, language: str) -> str:
        """Where to find one's link, in both languages."""
        other = next(code for code in LANGUAGES if code != language)
        return self.render("home.html", language, other=other, u=self.texts.in_language(other))

    def words(self, language: str, title: str, *lines: str, **values: object) -> str:
        """A heading and a few sentences, by their keys."""
        return self.render("words.html", language, title=title, lines=lines, values=values)

    def ticket(
        self, language: str, ticket: dict[str, Any], form: ReplyForm, *, action: str, files: str, sent: bool = False
    ) -> str:
        """The page of a ticket, with the form as the reader left it.

        Args:
            action: where the form goes.
            files: where the files are, each below it by its id.
            sent: the reader's message has just arrived.
        """
        # An older ticket service knows nothing of merging.
        status, holder = "merged" if ticket.get("merged_into") else ticket["status"], ticket["holder"]
        hint = _HINTS.get(ticket.get("way", "email"), "form.hint_chat")  # an older one does not say
        if ticket.get("called") and ticket.get("way") in _TEXTS:  # they have written nowhere
            hint = "form.hint_called"
        zone = zone_of(ticket["zone"]) if ticket.get("zone") else None
        in_channel = ticket.get("quoted") == "channel"  # what is written there everybody in a channel reads
        return self.render(
            "ticket.html",
            language,
            files=files,
            size=desk_words.size,
            danger=functools.partial(desk_words.word, self.texts.in_language(language), "danger"),
            desk=ticket["desk"],
            ticket=ticket,
            # A newer ticket service may know words that we do not.
            status=status if status in _STATUSES else "unknown",
            holder=holder if holder in _HOLDERS else "team",
            form=form,
            action=action,
            limit=LONGEST_TEXT,
            opens_new=ticket["reply_opens_new"],
            hint="form.hint_channel" if in_channel else hint,
            footer="site.footer_channel" if in_channel else "site.footer",
            sent=sent,
            moment=functools.partial(self.texts.moment, language=language, zone=zone),
        )

    def paged(self, language: str, page: dict[str, Any], *, action: str, taken: bool = False) -> str:
        """What an agent was paged for, with the button that takes it.

        Args:
            action: where the button leads.
            taken: the reader has just pressed it.
        """
        texts = self.texts.in_language(language)
        priority = page["priority"]
        return self.render(
            "paged.html",
            language,
            desk=texts("paged.desk"),
            page=page,
            state=page["state"] if page["state"] in _PAGE_STATES else "unknown",
            priority=priority if priority in _PRIORITIES else "unknown",
            action=action,
            taken=taken,
            moment=functools.partial(self.texts.moment, language=language),
        )

    def form_alone(self, language: str, form: ReplyForm, *, action: str) -> str:
        """The form with its text when the ticket itself cannot be shown."""
        return self.render(
            "lost.html", language, form=form, action=action, limit=LONGEST_TEXT, opens_new=False, hint=_HINTS[None]
        )

    def render(self, template: str, language: str, **values: Any) -> str:
        """A page of a template, with what every page needs."""
        common = {"language": language, "languages": LANGUAGES, "t": self.texts.in_language(language), "desk": ""}
        return self._environment.get_template(template).render({**common, **values})
