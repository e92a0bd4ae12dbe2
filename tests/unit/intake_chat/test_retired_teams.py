"""A team is retired while it has tickets: what Slack shows of them, and where they can go."""

import re
from typing import Any

import pytest

from intake_chat.domain.slack.cards.card import card
from intake_chat.domain.slack.dialogs import handover
from intake_chat.domain.slack.home.queue_lines import lines_of
from tests.unit.intake_chat.card_world import World
from tests.unit.intake_chat.dialogs.builders import team, ticket
from tests.unit.intake_chat.test_home import item
from tests.unit.intake_chat.test_press import MEMBERS, Rig
from tests.unit.intake_chat.test_slack_card import TICKET, seen
from tests.unit.intake_chat.test_tell_thread import FIRST, told

GONE = team("billing", "2", "Facturación", active=False)
TEAMS = [team("first-line", "1"), team("invoices", "2"), team("makers", "3")]


def offered(name: str, *teams: dict[str, Any]) -> list[str]:
    view = handover.view(name, handover.Seen(ticket(team="billing", tier="2"), [*TEAMS, *teams]), "es")
    return re.findall(r"'team:([^']+)'", str(view["blocks"]))


def test_from_a_retired_team_a_ticket_can_be_handed_to_any_other_also_of_its_tier() -> None:
    assert offered("escalate", GONE) == ["first-line", "invoices", "makers"]
    assert offered("escalate", {**GONE, "active": True}) == ["makers", "makers"], "chosen from the start: the only one"


@pytest.mark.parametrize(("language", "words"), [("es", "equipo retirado: billing"), ("en", "retired team: billing")])
def test_a_ticket_of_a_retired_team_is_named_so_in_a_queue(language: str, words: str) -> None:
    assert words in lines_of(item(team="billing", team_retired=True), language, "")
    assert words not in lines_of(item(team="billing", team_retired=False), language, "")


async def test_the_thread_of_the_card_hears_that_the_team_is_retired_and_what_to_do() -> None:
    world = await told(World())
    world.desk.happens("team.retired", "desk", team="network")
    await world.keep(lines=True)

    [line] = world.slack.lines()
    assert line == "El equipo Redes ya no existe: cualquier agente puede llevarla y pasarla a otro equipo."


async def test_a_ticket_that_rules_gave_to_a_retired_team_says_so_below_its_first_card() -> None:
    world = World()
    world.desk.happens("ticket.created", message=FIRST)
    world.desk.happens("team.retired", "desk", team="network")
    await world.keep(lines=True)

    assert len(world.slack.lines()) == 1


async def test_the_ticket_of_a_retired_team_can_be_given_to_any_agent_at_work() -> None:
    rig = Rig(answers={("GET", "/teams/first-line"): {**MEMBERS, "members": [], "active": False}})

    view = await rig.press("assign")

    field = next(one for one in view["blocks"] if one.get("block_id") == "agent")
    assert [one["value"] for one in field["element"]["options"]] == ["eva", "nora", "tom"]
    assert "está retirado: puede llevarla cualquier agente" in field["hint"]["text"]


def test_the_card_says_that_the_team_is_retired() -> None:
    said = [str(card(seen(ticket={**TICKET, "team_retired": gone}), "es").blocks) for gone in (True, False)]

    assert ["(retirado) · Nivel" in one for one in said] == [True, False]
