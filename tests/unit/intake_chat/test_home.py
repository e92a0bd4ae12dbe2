"""App Home: what stands in it, what pressing does to it, when it is shown anew."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from intake_chat.domain.actors import Actor
from intake_chat.domain.slack.entry.asking import customer_home
from intake_chat.domain.slack.home import view as home
from intake_chat.domain.slack.home.capacity import NoNumber, capacity_dialog, wanted_capacity
from intake_chat.domain.slack.home.queue_lines import lines_of
from intake_chat.domain.slack.home.view import Choice, Seen
from intake_chat.domain.slack.home.words import home_keys, home_word
from intake_chat.domain.slack.people import Presser, Somebody
from ventanilla_devstack.slack.blocks import check_view

EVA = Presser(Actor("eva", "Eva", "T1/U2"), "T1", "U2", "es")
SOMEBODY = Somebody("T1", "U2", "es")
GLANCE = Choice()
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def item(number: int = 7, **more: Any) -> dict[str, Any]:
    return {
        "number": number,
        "version": 1,
        "subject": "Hola <!channel> *todos*",
        "status": "open",
        "priority": "high",
        "team": "first-line",
        "assignee": None,
        "channel": "email",
        "requester": {"name": "Ana <@U1>", "identities": [{"kind": "email", "address": "ana@x.example"}]},
        "next_due": {"clock": "resolution", "at": "2026-11-23T10:00:00Z", "state": "running"},
        "last_message": {"kind": "customer", "text": "no `va` :boom:", "author": "Ana", "at": "2026-11-23T08:00:00Z"},
        **more,
    }


def seen(pages: dict[str, Any] | None = None, choice: Choice = GLANCE, **counts: int) -> Seen:
    zero = dict.fromkeys(home.VIEWS, 0)
    return Seen(
        agent={"availability": "available", "teams": [{"team": "first-line"}, {"team": "billing"}], "capacity": {}},
        load={"takes_work": False, "why_not": "away", "channels": {"email": {"open": 3, "capacity": 10}}},
        counts={**zero, **counts, "limit": 1000, "on_call": [{"rota": "noches", "until": None}]},
        day={
            "solved": 4, "replied": 9, "taken": 5, "handed_on": 1, "open": 3, "median_first_reply_seconds": 600.0,
            "first_responses": {"met": 3, "missed": 1}, "oldest_waiting": {"number": 3, "since": "x"},
        },
        pages=pages or {},
        choice=choice,
    )  # fmt: skip


def texts(view: dict[str, Any]) -> str:
    return " ".join(re.findall(r"'text': '((?:[^'\\]|\\.)*)'", repr(view["blocks"])))


def test_all_that_an_agent_needs_stands_there_in_their_language() -> None:
    spanish = texts(home.home(seen({"mine": {"items": [item()], "next": None}}, mine=1), "es", AT))
    english = texts(home.home(seen({"mine": {"items": [item()], "next": None}}, mine=1), "en", AT))

    for words in ("Tu cola", "no recibes trabajo: estás ausente", "correo: 3 de 10", "Estás de guardia: noches",
                  "Hoy: 4 resueltas", "mediana de la primera respuesta: 10 min", "Lo mío (1)"):  # fmt: skip
        assert words in spanish
    for words in ("Your queue", "you get no work: you are away", "Today: 4 solved", "Mine (1)"):
        assert words in english


def test_teams_and_people_are_called_by_their_names() -> None:
    names = {"agents": {"tom": "Tom Baker"}, "teams": {"first-line": {"es": "Primera línea", "en": "First line"}}}
    mention = item(mention={"id": 5, "by": "agent:tom", "text": "@eva"}, names=names)
    pages = {"mentions": {"items": [mention], "next": None},
             "unassigned": {"items": [item(assignee="tom", names=names)], "next": None}}  # fmt: skip
    own = {"teams": {"first-line": {"es": "Primera línea", "en": "First line"}, "billing": {"es": "Facturación"}}}
    made = replace(seen(pages), agent={**seen().agent, "names": own})

    spanish, english = (home.home(made, language, AT) for language in ("es", "en"))

    for view, title in ((spanish, "Primera línea"), (english, "First line")):
        assert texts(view).count(title) == 3
        assert ">Tom Baker: @eva" in texts(view)
        assert "→ Tom Baker" in texts(view)
        assert "Facturación" in texts(view), "its only title, whatever the language"
        assert not [word for word in ("first-line", "billing", "tom ") if word in texts(view)]
    [filters] = [one for one in english["blocks"] if one.get("block_id") == "home_filters"]
    assert [one["value"] for one in filters["elements"][-1]["options"]] == ["any", "first-line", "billing"]


def test_teams_of_one_name_are_told_apart_in_the_menu() -> None:
    title = {"es": "Soporte", "en": "Support"}
    agent = {**seen().agent, "names": {"teams": {"first-line": title, "billing": title}}}

    shown = texts(home.home(replace(seen(), agent=agent), "es", AT))

    assert "Soporte (first-line)" in shown
    assert "Soporte (billing)" in shown


@pytest.mark.parametrize(
    ("count", "said"), [(0, "Cuarentena"), (3, "Cuarentena (3)"), (home.MOST_QUARANTINED, "Cuarentena (50+)")]
)
def test_a_button_leads_to_what_waits_in_quarantine(count: int, said: str) -> None:
    [row] = [one for one in home.home(replace(seen(), quarantined=count), "es", AT)["blocks"]
             if one.get("block_id") == "home_actions"]  # fmt: skip
    [made] = [one for one in row["elements"] if one["action_id"].startswith("release:")]

    assert made["text"]["text"] == said


def test_nobody_reads_in_their_own_list_that_they_have_it() -> None:
    pages = {name: {"items": [item(assignee="eva")], "next": None} for name in ("mine", "unassigned")}
    view = home.home(seen(pages), "es", AT)

    assert texts(view).count("→ eva") == 1


@pytest.mark.parametrize(
    "choice", [Choice(), *(Choice(view=view, search="x" * 200, cursor="c") for view in home.VIEWS)]
)
def test_slack_takes_it_however_much_there_is(choice: Choice) -> None:
    much = item(subject="ñ" * 300, mention={"id": 5, "by": "agent:tom", "text": "@eva " * 40}, last_message=None)
    paged = {**item(), "page": {"id": "p", "answer_by": "2026-11-23T10:00:00Z"}}
    items = [{**(paged if choice.view == "paged" else much), "number": number} for number in range(1, 41)]
    page = {"items": items, "next": "n" * 1_500}
    shown = home.home(seen(dict.fromkeys(choice.shown(), page), choice, mine=2_000, paged=40, mentions=40), "es", AT)

    assert len(shown["blocks"]) <= 100
    assert len(shown["private_metadata"]) <= 3_000
    assert check_view(shown, "home") == []
    assert check_view(home.unreachable(choice, "en"), "home") == []


def test_what_is_counted_is_not_said_of_what_a_filter_leaves() -> None:
    choice = Choice(view="unassigned", priority="urgent")
    shown = home.home(seen({"unassigned": {"items": [], "next": None}}, choice, unassigned=3), "es", AT)

    headings = [block["text"]["text"] for block in shown["blocks"] if block["type"] == "header"]
    assert headings[-1] == "Sin asignar en mis equipos"
    assert "Nada con estos filtros; sin ellos hay 3." in texts(shown)


@pytest.mark.parametrize(("language", "said"), [("es", "Plazo del nivel 1: <!date"), ("en", "Time of tier 1: <!date")])
def test_the_time_of_a_tier_is_named_in_words(language: str, said: str) -> None:
    due = {"clock": "tier:1", "at": "2026-11-23T08:00:00Z", "state": "running"}

    assert said in lines_of(item(next_due=due), language, "")


def test_words_of_others_mean_nothing_to_slack() -> None:
    line = lines_of(item(), "es", "https://desk.example/desk/")

    assert line.startswith("*<https://desk.example/desk/7|#7>* Hola &lt;!channel&gt; *\u2060todos*\u2060")
    assert "Ana &lt;@U1&gt;" in line
    assert "`va`" not in line
    assert ":boom:" not in line


def test_what_is_late_says_so_and_times_are_each_readers() -> None:
    late = {"clock": "first_response", "at": "2026-11-23T08:00:00Z", "state": "breached_open"}
    line = lines_of(item(next_due=late), "en", "")

    assert "<!date^1795420800^" in line
    assert "⚠ late" in line


def test_the_first_button_is_what_comes_next_in_each_view() -> None:
    mention = item(mention={"id": 5, "by": "agent:tom", "text": "@eva"})
    page = item(page={"id": "p1", "answer_by": "2026-11-23T10:00:00Z"})
    pages = {
        "mine": [item()], "waiting": [item()], "unassigned": [item()], "mentions": [mention], "paged": [page],
    }  # fmt: skip
    view = home.home(seen({name: {"items": items, "next": None} for name, items in pages.items()}), "es", AT)
    pressed = [block["accessory"] for block in view["blocks"] if "accessory" in block]

    assert [(one["action_id"].partition(":")[0], one["value"]) for one in pressed] == [
        (home.ACKNOWLEDGE, "p1"), ("reply", "7"), ("reply", "7"), ("claim", "7"), (home.READ, "5"),
    ]  # fmt: skip


def test_every_channel_of_the_filter_has_a_name_in_words() -> None:
    shown = texts(home.home(seen(), "es", AT))

    for words in ("chat de la web", "SMS", "WhatsApp", "teléfono"):
        assert words in shown


def test_filters_are_kept_and_a_new_one_begins_at_the_first_page() -> None:
    choice = Choice()
    for action, value in ((home.CHOOSE_VIEW, "unassigned"), (home.NEXT, "cur"), (home.CHOOSE_PRIORITY, "urgent"),
                          (home.CHOOSE_TEAM, "billing"), (home.SEARCH, " vpn "), (home.NEXT, "cur2")):  # fmt: skip
        choice = home.chosen(choice, action, value)

    assert home.read(home.written(choice)) == choice
    assert choice.parameters("unassigned") == {
        "view": "unassigned", "limit": "40", "priority": "urgent", "team": "billing", "q": "vpn", "cursor": "cur2",
    }  # fmt: skip
    assert home.chosen(choice, home.CHOOSE_PRIORITY, "any") == Choice("unassigned", team="billing", search="vpn")
    assert home.chosen(choice, home.CLEAR, "now") == Choice("unassigned")
    assert home.chosen(choice, home.CHOOSE_CHANNEL, "pigeon").channel == ""
    assert [home.read(text) for text in ("", "{", "[]", '{"view": "x"}', "null")] == [Choice()] * 5


def test_looking_for_mail_finds_whoever_is_answered_by_mail() -> None:
    shown = texts(home.home(seen({"mine": {"items": [item(7, channel="api")], "next": None}}), "es", AT))

    assert Choice(channel="email").parameters("mine")["channel"] == "email,portal,api"
    assert Choice(channel="slack").parameters("mine")["channel"] == "slack"
    assert home.read('{"channel": "api"}') == Choice(), "no longer offered"
    assert " · correo · " in shown
    assert "API" not in shown


def test_the_team_narrows_only_what_has_no_owner() -> None:
    assert "team" not in Choice(team="billing").parameters("mine")
    assert Choice(team="billing").parameters("unassigned")["team"] == "billing"


def test_customers_see_how_to_ask_and_what_is_theirs() -> None:
    ticket = {"number": 9, "subject": "El <b> ratón", "status": "pending", "links": {"status_page": "https://d/s/x"}}
    found, none, away = (customer_home(tickets, "es") for tickets in ([ticket] * 30, [], None))

    assert "#9 · El <b> ratón" in texts(found)
    assert "No tienes ninguna" in texts(none)
    assert "tarda en contestar" in texts(away)
    for one in (found, none, away):
        assert check_view(one, "home") == []


@pytest.mark.parametrize(("count", "more"), [(10, None), (11, "1"), (48, "38"), (200, "190+")])
def test_customers_see_how_many_more_are_open_than_are_shown(count: int, more: str | None) -> None:
    tickets = [{"number": number, "subject": "El ratón", "status": "open"} for number in range(count)]
    view = customer_home(tickets, "en")

    assert (f"Open besides these: {more}." in texts(view)) == (more is not None)
    assert more is not None or "besides" not in texts(view)
    assert texts(view).count("El ratón") == 10
    assert check_view(view, "home") == []


def test_each_word_is_there_in_both_languages_with_the_same_places() -> None:
    places = re.compile(r"\{\w+\}")
    for key in home_keys():
        spanish, english = home_word(key, "es"), home_word(key, "en")
        assert spanish
        assert english
        assert sorted(places.findall(spanish)) == sorted(places.findall(english)), key


def test_capacity_is_a_number_for_each_channel() -> None:
    dialog = capacity_dialog({"default": 5, "voice": 1}, "es")
    assert check_view(dialog, "modal") == []

    def filled(**values: str | None) -> dict[str, Any]:
        return {"state": {"values": {name: {name: {"value": value}} for name, value in values.items()}}}

    assert [block["block_id"] for block in dialog["blocks"]] == ["default", "email", "slack", "voice"]
    assert wanted_capacity(filled(default="7", email="", slack=None)) == {"default": 7}
    assert wanted_capacity(filled(default="many")) == NoNumber("default")
    assert wanted_capacity(filled(email="1001")) == NoNumber("email")
    assert wanted_capacity(filled(email="²")) == NoNumber("email")
