"""Every text exists in every language, is used, and says the same things."""

import re
from importlib.resources import files
from pathlib import Path

from babel.messages.pofile import read_po

import portal
from portal.adapters.desk_words import FAMILIES, calendar_name, way_of
from portal.adapters.texts import Texts
from portal.domain.languages import LANGUAGES
from ventanilla_contracts.local_times import zone_of

_STATUSES = ("new", "open", "pending", "on_hold", "solved", "closed", "merged", "unknown")
_HOLDERS = ("team", "person", "customer", "nobody")
_PRIORITIES = ("low", "normal", "high", "urgent", "unknown")
_NAMED = re.compile(r"%\((\w+)\)s")


def catalogue(language: str) -> dict[str, str]:
    with (files("portal") / "locale" / f"{language}.po").open("rb") as file:  # type: ignore[attr-defined]  # files are paths here
        return {str(message.id): str(message.string) for message in read_po(file, locale=language) if message.id}


def used_keys() -> set[str]:
    folder = Path(portal.__file__).parent
    sources = [path.read_text() for path in [*folder.rglob("*.html"), *folder.rglob("*.py")]]
    found = {key for text in sources for key in re.findall(r"""["']([a-z]+\.[a-z_]+)["']""", text)}
    families = {"status.", "holder.", "language.", "priority."}
    assert all(any(family in text for text in sources) for family in families)
    return {key for key in found if key.split(".")[0] in {known.split(".")[0] for known in catalogue("es")}}


def test_every_language_has_every_key() -> None:
    assert set(catalogue("es")) == set(catalogue("en"))


def test_every_text_says_something_with_the_same_values() -> None:
    languages = [catalogue(language) for language in LANGUAGES]
    for key in languages[0]:
        texts = [language[key] for language in languages]
        assert all(texts), key
        assert len({frozenset(_NAMED.findall(text)) for text in texts}) == 1, key


def test_every_key_that_is_used_exists_and_every_key_is_used() -> None:
    known = set(catalogue("es"))
    families = {f"status.{word}" for word in _STATUSES} | {f"holder.{word}" for word in _HOLDERS}
    families |= {f"language.{language}" for language in LANGUAGES} | {f"priority.{word}" for word in _PRIORITIES}
    families |= {f"{family}.{word}" for family, words in FAMILIES.items() for word in words}
    files_in_code = {"portal.css", "robots.txt"}
    logged = {"ticket.viewed"}

    used = {key for key in used_keys() if not key.endswith((".html", ".css", ".py"))} - files_in_code - logged

    assert used | families == known


def test_moments_are_told_in_the_desks_zone_and_the_readers_language() -> None:
    texts = Texts("Europe/Madrid")

    assert texts.moment("2026-11-23T01:30:00Z", "es") == "23 de noviembre de 2026, 02:30 CET"
    assert texts.moment("2026-07-01T22:30:00Z", "en").startswith("2 July 2026, 00:30")
    assert texts.moment("2026-11-23T01:30:00Z", "es", zone_of("Atlantic/Canary")).startswith(
        "23 de noviembre de 2026, 01:30"
    )


def test_a_calendar_is_called_by_its_name_without_its_version() -> None:
    english = Texts("UTC").in_language("en")

    assert [calendar_name(english, one) for one in ("office 3", "always 0", "office", None)] == [
        "office", "around the clock", "office", "–",
    ]  # fmt: skip


def test_of_what_was_asked_for_by_the_api_the_way_on_which_it_went_is_named() -> None:
    asked, reply = {"kind": "customer", "channel": "api"}, {"kind": "agent", "channel": "api"}

    assert [way_of(channel) for channel in ("api", "portal", "email", "slack")] == ["email", "email", "email", "slack"]
    assert [way_of(channel, reply) for channel in ("api", "slack")] == ["email", "slack"]
    assert way_of("slack", {"kind": "agent", "channel": "slack"}) == "slack"
    assert way_of("api", asked) == "api"
