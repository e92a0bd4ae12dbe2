"""Who is an agent: linked by what Slack has confirmed; never a guest, a stranger or a bot; only for as long as true."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from intake_chat.adapters.slack.people import profile_of
from intake_chat.adapters.slack.staff import member_of
from intake_chat.domain.slack.people import Member, Somebody, language_of
from intake_chat.errors import DeskAway, DeskRefused, SlackAway
from intake_chat.handlers.agents.directory import KNOWN_SECONDS, UNKNOWN_SECONDS, Agents
from tests.unit.intake_chat.agent_rig import EVA, TEAM, FakeDesk, FakeStaff

EVA_THERE = Member(TEAM, "eva@desk.example", mail_confirmed=True, locale="es-ES", full=True)
AGENT = {"handle": "eva", "name": "Eva Ruiz", "email": "eva@desk.example", "active": True}
SOMEBODY = Somebody(TEAM, EVA)


class Rig:
    """Agents over a desk and a Slack of a test's making, and a clock that a test turns."""

    def __init__(self, member: Member | Exception | None = EVA_THERE, **answers: Any) -> None:
        self.now = 1_000.0
        self.linked: list[Any] = answers.get("linked", [AGENT])
        self.by_mail: list[Any] = answers.get("by_mail", [])

        def agents(asked: dict[str, str]) -> Any:
            found = self.linked if "slack" in asked else self.by_mail
            return found if isinstance(found, Exception) else {"items": found}

        self.desk = FakeDesk({("GET", "/agents"): agents, ("PUT", "/agents/eva/slack"): answers.get("put", AGENT)})
        self.staff = FakeStaff({EVA: member} if member is not None else {})
        self.agents = Agents(desk=self.desk, staff=self.staff, clock=lambda: self.now)


async def test_an_agent_who_is_linked_is_found_with_their_language() -> None:
    presser = await Rig().agents.presser(SOMEBODY)

    assert presser is not None
    assert (presser.actor.handle, presser.actor.user, presser.language) == ("eva", f"{TEAM}/{EVA}", "es")


async def test_whoever_comes_first_is_linked_by_the_mail_that_slack_confirmed() -> None:
    rig = Rig(linked=[], by_mail=[AGENT])

    presser = await rig.agents.presser(SOMEBODY)

    assert presser is not None
    assert rig.desk.asked[-1] == (
        "PUT",
        "/agents/eva/slack",
        {"team_id": TEAM, "user_id": EVA, "mail": "eva@desk.example", "mail_confirmed": True},
    )
    assert rig.desk.actors == [None], "it is the service that links, and nobody links themselves"


@pytest.mark.parametrize(
    "member",
    [
        None,
        replace(EVA_THERE, full=False),
        replace(EVA_THERE, team_id="T2"),
        replace(EVA_THERE, mail_confirmed=False),
        replace(EVA_THERE, mail=""),
    ],
    ids=["unknown", "guest, bot, stranger or gone", "of another team", "not confirmed", "no mail"],
)
async def test_nobody_is_linked_who_has_not_proved_it(member: Member | None) -> None:
    rig = Rig(member, linked=[], by_mail=[AGENT])

    assert await rig.agents.presser(SOMEBODY) is None
    assert not [one for one in rig.desk.asked if one[0] == "PUT"]


async def test_a_guest_is_no_agent_even_if_linked_before() -> None:
    rig = Rig(replace(EVA_THERE, full=False))

    assert await rig.agents.presser(SOMEBODY) is None


async def test_a_payload_that_names_another_workspace_than_slack_does_is_nobodys() -> None:
    assert await Rig().agents.presser(Somebody("T2", EVA)) is None


async def test_whose_clock_an_agent_reads_is_what_slack_says() -> None:
    there = Rig(replace(EVA_THERE, zone="Atlantic/Canary"))
    nowhere = Rig()

    zones = [presser.zone for rig in (there, nowhere) if (presser := await rig.agents.presser(SOMEBODY))]

    assert zones == ["Atlantic/Canary", "UTC"]


async def test_an_address_that_two_agents_share_proves_neither() -> None:
    rig = Rig(linked=[], by_mail=[AGENT, {**AGENT, "handle": "eva2"}])

    assert await rig.agents.presser(SOMEBODY) is None


async def test_whom_the_desk_will_not_link_is_no_agent() -> None:
    rig = Rig(linked=[], by_mail=[AGENT], put=DeskRefused(409, "refused", "is another user already"))

    assert await rig.agents.presser(SOMEBODY) is None


async def test_who_retires_loses_it_within_a_minute() -> None:
    rig = Rig()
    assert await rig.agents.presser(SOMEBODY) is not None

    rig.linked = [{**AGENT, "active": False}]
    rig.now += KNOWN_SECONDS + 1

    assert KNOWN_SECONDS < 60
    assert await rig.agents.presser(SOMEBODY) is None


async def test_who_is_invited_is_one_after_a_moment() -> None:
    rig = Rig(linked=[])
    assert await rig.agents.presser(SOMEBODY) is None

    rig.by_mail = [AGENT]
    assert await rig.agents.presser(SOMEBODY) is None, "the desk is not asked at every press of a customer"
    rig.now += UNKNOWN_SECONDS + 1

    assert await rig.agents.presser(SOMEBODY) is not None


async def test_many_presses_at_once_ask_once() -> None:
    rig = Rig()

    found = await asyncio.gather(*(rig.agents.presser(SOMEBODY) for _ in range(20)))

    assert all(found)
    assert rig.staff.asked == 1


@pytest.mark.parametrize("error", [DeskAway("x"), SlackAway("x")])
async def test_what_could_not_be_found_out_is_not_remembered(error: Exception) -> None:
    rig = Rig(linked=error) if isinstance(error, DeskAway) else Rig(error)
    with pytest.raises(type(error)):
        await rig.agents.presser(SOMEBODY)

    rig.linked, rig.staff.members[EVA] = [AGENT], EVA_THERE

    assert await rig.agents.presser(SOMEBODY) is not None


@pytest.mark.parametrize("mark", ["deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger"])
def test_slacks_marks_of_those_who_are_not_quite_here(mark: str) -> None:
    user = {"team_id": TEAM, "is_email_confirmed": True, "profile": {"email": "Eva@Desk.example"}, "locale": "en-GB",
            "tz": "Europe/London"}  # fmt: skip

    there = Member(TEAM, "eva@desk.example", mail_confirmed=True, locale="en-GB", full=True, zone="Europe/London")
    assert member_of(user) == there
    assert not member_of({**user, mark: True}).full
    assert not profile_of({**user, mark: True}).full


def test_whoever_has_authorised_the_app_is_here_as_anybody_else() -> None:
    user = {"team_id": TEAM, "is_email_confirmed": True, "is_app_user": True, "profile": {"email": "Eva@Desk.example"}}

    assert member_of(user).may_be_agent_in(TEAM)
    assert (profile_of(user).full, profile_of(user).mail) == (True, "eva@desk.example")


def test_the_languages_of_spain_read_spanish_and_all_others_english() -> None:
    assert [language_of(one) for one in ("es-419", "ca-ES", "en-US", "de-DE", "")] == ["es", "es", "en", "en", "en"]


async def test_an_agent_who_never_pressed_anything_is_found_by_their_mail() -> None:
    rig = Rig(linked=[], by_mail=[AGENT])

    assert await rig.agents.user_of("eva", "eva@desk.example") == EVA
    assert [one for one in rig.desk.asked if one[0] == "PUT"], "from now on they are linked"
    assert await rig.agents.user_of("eva", "nobody@desk.example") == ""


async def test_a_user_who_is_linked_to_somebody_else_is_not_called_in_their_place() -> None:
    assert await Rig().agents.user_of("omar", "eva@desk.example") == ""


async def test_a_mail_address_that_slack_has_not_confirmed_calls_nobody() -> None:
    rig = Rig(replace(EVA_THERE, mail_confirmed=False), linked=[], by_mail=[AGENT])

    assert await rig.agents.user_of("eva", "eva@desk.example") == ""
