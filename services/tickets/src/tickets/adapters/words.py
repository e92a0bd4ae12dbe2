"""The desk's words: templates in every language of the desk, one file for text and one for HTML.

The first line of a text template is the subject. A new notification is a template in two languages; a test checks that
each exists in each.
"""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined, Template

from tickets.domain.correspondence.notices import Words


class Templates:
    """Renders the templates in `tickets/templates`, compiled once."""

    def __init__(self) -> None:
        folder = files("tickets") / "templates"
        sources = {
            entry.name: entry.read_text() for entry in folder.iterdir() if entry.name.endswith((".txt", ".html"))
        }
        environment = Environment(
            loader=DictLoader(sources),
            autoescape=lambda name: bool(name and name.endswith(".html")),  # noqa: S701  # HTML is escaped; text must not be
            undefined=StrictUndefined,
            keep_trailing_newline=True,
        )
        self._compiled: dict[str, Template] = {name: environment.get_template(name) for name in sources}

    def names(self, beginning: str) -> list[str]:
        """Templates whose name begins so, as `render` takes them."""
        return sorted({name.partition(".")[0] for name in self._compiled if name.startswith(beginning)})

    def render(self, template: str, language: str, values: Mapping[str, Any]) -> Words:
        """The words of a notification in a language.

        Raises:
            KeyError: there is no such template in this language.
        """
        text = self._compiled[f"{template}.{language}.txt"].render(values)
        subject, _, body = text.partition("\n\n")
        html = self._compiled.get(f"{template}.{language}.html")
        return Words(" ".join(subject.split()), body, html.render(values) if html else None)
