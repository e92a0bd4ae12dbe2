"""The status page of what is talked about before others: it promises no privacy that what is written there has not."""

from collections.abc import AsyncIterator

import pytest

from portal.adapters.pages import Pages
from portal.adapters.texts import Texts
from portal.domain.form import ReplyForm
from tests.integration.portal.test_pages import Elements, Rig
from tests.integration.tickets.api_desk import open_api_desk
from tests.integration.tickets.routed_mails import settle
from tests.integration.tickets.slack_messages import TEAM, said

PRIVATE = {"es": "Esta página es privada", "en": "This page is private"}
COPIED = {"es": "se copia en el hilo del canal", "en": "copied into the channel's thread"}


@pytest.fixture
async def rig(database: str) -> AsyncIterator[Rig]:
    async with open_api_desk(database) as desk:
        token, _ = await desk.tokens.create("portal", ["portal"], None)
        yield Rig(desk, await desk.client("read", "write"), token)


@pytest.mark.parametrize("language", ["es", "en"])
async def test_only_a_page_that_no_channel_quotes_calls_itself_private(rig: Rig, language: str) -> None:
    direct = {"message_id": f"{TEAM}/D0CUST/1795.000002", "conversation": f"{TEAM}/D0CUST/1795.000002"}
    await settle(rig.desk, said(1), said(2, account=f"{TEAM}/D0CUST", threading=direct))
    mail = await rig.open()
    tokens = [rig.desk.desk.signer.status_token(number, 0) for number in (1, 2)]

    channel, alone, by_mail = [
        Elements((await rig.browser.get(f"{path}?lang={language}")).text).text
        for path in (*(f"/s/{token}" for token in tokens), mail)
    ]

    assert PRIVATE[language] not in channel
    assert channel.count(COPIED[language]) == 2, "by the form and below the page"
    for other in (alone, by_mail):
        assert PRIVATE[language] in other
        assert COPIED[language] not in other


async def test_a_ticket_service_that_does_not_say_it_has_the_page_that_it_had(rig: Rig) -> None:
    await settle(rig.desk, said(1))
    ticket = await rig.tickets.read(rig.desk.desk.signer.status_token(1, 0))
    assert ticket.pop("quoted") == "channel"

    page = Pages(Texts("UTC")).ticket("es", ticket, ReplyForm(), action="/s/x", files="/s/x/files")

    assert PRIVATE["es"] in Elements(page).text
