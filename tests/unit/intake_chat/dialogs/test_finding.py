"""Looking for a ticket while somebody types."""

from intake_chat.domain.slack.interactions import Asked
from intake_chat.errors import DeskRefused
from intake_chat.handlers.agents.registry import Registry
from tests.unit.intake_chat.dialogs.builders import ticket
from tests.unit.intake_chat.dialogs.fakes import EVA, room


async def _found(registry: Registry, action: str, typed: str) -> list[str]:
    view = {"private_metadata": '{"ticket":4711}'}
    return [one["value"] for one in await registry.options[action](Asked(EVA, action, typed, view))]


async def test_a_ticket_is_found_by_number_and_by_words_and_never_the_merged_ones() -> None:
    answers = {
        "/tickets/12": ticket(number=12),
        "/tickets": {"items": [ticket(number=13, merged_into=12), ticket(number=14), ticket()], "next": None},
    }
    registry, desk, _, _ = room(answers)

    assert await _found(registry, "find_ticket", "#12") == ["12", "14"]
    assert desk.parameters[-1]["q"] == "#12"


async def test_the_ticket_itself_is_offered_only_to_whoever_names_it() -> None:
    registry, _, _, _ = room({"/tickets/4711": ticket(), "/tickets": {"items": [ticket()], "next": None}})

    assert await _found(registry, "find_ticket", "4711") == ["4711"]
    assert await _found(registry, "find_ticket", "entrar") == []
    assert await _found(registry, "find_ticket", "") == []


async def test_only_problems_cause_something() -> None:
    answers = {
        "/tickets/12": ticket(number=12),
        "/tickets": {"items": [ticket(number=14, type="problem")], "next": None},
    }
    registry, desk, _, _ = room(answers)

    assert await _found(registry, "find_problem", "12") == ["14"]
    assert desk.parameters[-1]["type"] == "problem"


async def test_a_number_that_no_ticket_has_is_looked_for_as_a_word() -> None:
    answers = {
        "/tickets/99": DeskRefused(404, "not_found", "there is no ticket 99"),
        "/tickets": {"items": [ticket(number=14)], "next": None},
    }
    registry, _, _, _ = room(answers)

    assert await _found(registry, "find_ticket", "99") == ["14"]
