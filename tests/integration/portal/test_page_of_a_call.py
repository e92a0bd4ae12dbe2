"""The status page of whoever called: it speaks of a call, in its team's zone, and names nobody oddly."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.portal.test_pages import Elements, Rig
from tests.integration.tickets.api_desk import open_api_desk
from tests.integration.tickets.routed_mails import routed, settle

MOBILE, DESK = "+34600000001", "+34910000100"


@pytest.fixture
async def rig(database: str) -> AsyncIterator[Rig]:
    async with open_api_desk(database) as desk:
        token, _ = await desk.tokens.create("portal", ["portal"], None)
        yield Rig(desk, await desk.client("read", "write", "admin"), token)


async def page_of(rig: Rig, sender: str, conversation: str | None, language: str = "es") -> str:
    threading = {"message_id": "AC/CA1", "conversation": conversation, "opens": True}
    call = {"channel": "voice", "account": DESK, "sender": sender, "sender_name": "", "threading": threading}
    await settle(rig.desk, routed(1, **call, text="Quiero sillas.", decision={"team": "first-line"}))
    token = rig.desk.desk.signer.status_token(1, 0)
    return Elements((await rig.browser.get(f"/s/{token}?lang={language}")).text).text


@pytest.mark.parametrize(
    ("language", "said"),
    [("es", "un mensaje al teléfono desde el que llamó"), ("en", "a message at the telephone that you called from")],
)
async def test_whoever_called_is_not_told_of_a_conversation_in_which_they_wrote(
    rig: Rig, language: str, said: str
) -> None:
    text = await page_of(rig, MOBILE, f"sms/{DESK}/{MOBILE}", language)

    assert said in text
    assert "en la que nos escribió" not in text


async def test_times_are_by_the_clock_of_the_team_that_has_the_ticket(rig: Rig) -> None:
    calendar = {"zone": "Asia/Tokyo", "week": {"mon": ["01:00-02:00"]}}
    assert (await rig.agent.put("/api/v1/desk/calendars/far", json=calendar)).is_success
    team = {"title": {"es": "Primera"}, "tier": "1", "calendar": "far"}
    assert (await rig.agent.put("/api/v1/teams/first-line", json=team)).is_success

    text = await page_of(rig, MOBILE, f"sms/{DESK}/{MOBILE}", "en")

    assert "+0900" in text


async def test_whoever_showed_no_number_is_nobody_s_address_on_the_page(rig: Rig) -> None:
    text = await page_of(rig, "withheld/CA25bed0bc", None)

    assert "Quiero sillas." in text
    assert "…bc" not in text
    assert "withheld" not in text
