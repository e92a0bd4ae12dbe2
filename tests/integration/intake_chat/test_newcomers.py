"""Who may ask in a ticket of Slack, as Slack says: held against the local Slack's people and channels."""

from collections.abc import AsyncIterator

import pytest

from intake_chat.adapters.slack.newcomers import Newcomers
from intake_chat.adapters.slack.people import People
from intake_chat.adapters.slack.way_out import WayOut
from intake_chat.adapters.slack.web import Slack
from intake_chat.domain.slack.newcomers import why_not
from tests.support.slack import client_for
from ventanilla_devstack.slack.records import SLACKBOT
from ventanilla_devstack.slack.seed import HELP_CHANNEL, PARTNER_CHANNEL, Seed
from ventanilla_devstack.slack.server import LocalSlack

LEFT = {"handle": "ana", "name": "Ana Gil", "email": "ana@ejemplo.example", "deleted": True}


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack(seed=Seed(people=(LEFT,))) as local:
        yield local


@pytest.fixture
async def newcomers(slack: LocalSlack) -> AsyncIterator[Newcomers]:
    client, way_out = client_for(slack), WayOut()
    yield Newcomers(client, way_out, People(Slack(client, way_out)).organisation)
    await way_out.close()


def account(slack: LocalSlack, channel: str = HELP_CHANNEL) -> str:
    return f"{slack.workspace.home}/{slack.workspace.channel_named(channel).id}"


@pytest.mark.parametrize(("who", "name"), [("john", "John Smith"), ("invitada", "Inés Prado")])
async def test_people_and_guests_in_the_channel_can_ask_under_the_name_that_slack_gives(
    slack: LocalSlack, newcomers: Newcomers, who: str, name: str
) -> None:
    found = await newcomers.look_at(slack.hands.person(who).id, account(slack))

    assert found is not None
    assert (found.team_id, found.name, why_not(found)) == (slack.workspace.home, name, None)


async def test_somebody_of_another_company_asks_where_the_channel_is_shared_and_is_named_with_it(
    slack: LocalSlack, newcomers: Newcomers
) -> None:
    marta = slack.hands.person("marta-socio")

    found = await newcomers.look_at(marta.id, account(slack, PARTNER_CHANNEL))

    assert found is not None
    assert (found.team_id, found.name, why_not(found)) == (marta.team_id, "Marta Socio (Socio S.L.)", None)


async def test_machines_whoever_has_left_or_is_not_there_and_nobody_cannot_ask(
    slack: LocalSlack, newcomers: Newcomers
) -> None:
    wanted = {
        slack.app.bot_user: "requester.machine",
        SLACKBOT: "requester.machine",
        slack.workspace.person("ana").id: "requester.gone",
        slack.hands.person("marta-socio").id: "requester.outside",
        "U0NOBODY": "requester.unknown",
    }

    found = {user: why_not(await newcomers.look_at(user, account(slack))) for user in wanted}

    assert found == wanted


async def test_where_it_cannot_be_found_out_who_is_in_a_channel_nobody_is_kept_out_for_it(
    slack: LocalSlack, newcomers: Newcomers
) -> None:
    john = slack.hands.person("john").id

    unknown, unread = await newcomers.look_at(john, ""), await newcomers.look_at(john, "T1/C0GONE")

    assert (why_not(unknown), why_not(unread)) == (None, None)
