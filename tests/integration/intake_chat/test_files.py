"""Files that people upload, fetched from a Slack that in shared channels only names them."""

from typing import Any

import aiohttp
import pytest

from intake_chat.adapters.slack.files import Files
from intake_chat.adapters.slack.way_out import WayOut
from intake_chat.adapters.slack.web import Slack
from intake_chat.domain.slack.events import Said, happening_of
from intake_chat.errors import SlackAway
from tests.integration.devstack.slack.receiver import Receiver
from tests.support.slack import client_for
from ventanilla_devstack.slack.server import LocalSlack


async def test_a_file_that_a_message_only_names_is_asked_for() -> None:
    no_blobs: Any = None
    async with LocalSlack() as slack, Receiver() as receiver, aiohttp.ClientSession() as session:
        slack.app.request_url = receiver.url
        way_out = WayOut()
        about = Slack(client_for(slack), way_out).file
        hosts = frozenset({"127.0.0.1"})
        files = Files(session, slack.app.bot_token, no_blobs, hosts, 1_000, about)
        deaf = Files(session, slack.app.bot_token, no_blobs, hosts, 1_000)
        kept = slack.hands.upload("marta-socio", "socios", "plano.pdf", b"%PDF", text="mira")
        gone = slack.hands.upload("marta-socio", "socios", "borrador.pdf", b"%PDF", text="y esto")
        assert await slack.courier.settle()
        slack.hands.delete_file("marta-socio", gone.id)
        named = [happening_of(one) for one in receiver.events("message", "file_share")]

        found = [
            (await files.content(one.files[0]), await deaf.content(one.files[0]))
            for one in named
            if isinstance(one, Said)
        ]

        assert kept.id in str(named[0])
        assert found == [(b"%PDF", None), (None, None)]
        await way_out.close()


async def test_a_file_that_comes_while_the_token_is_dead_waits_for_it_and_is_not_lost() -> None:
    no_blobs: Any = None
    async with LocalSlack() as slack, Receiver() as receiver, aiohttp.ClientSession() as session:
        slack.app.request_url = receiver.url
        way_out = WayOut()
        about = Slack(client_for(slack), way_out).file
        files = Files(session, slack.app.bot_token, no_blobs, frozenset({"127.0.0.1"}), 1_000, about)
        slack.hands.upload("carmen", "ayuda", "plano.pdf", b"%PDF", text="mira")
        assert await slack.courier.settle()
        [said] = [happening_of(one) for one in receiver.events("message", "file_share")]
        assert isinstance(said, Said)
        slack.app.revoked = [slack.app.bot_token]
        with pytest.raises(SlackAway):
            await files.content(said.files[0])
        slack.app.revoked = []
        await way_out.close()
        again = WayOut()
        files = Files(
            session,
            slack.app.bot_token,
            no_blobs,
            frozenset({"127.0.0.1"}),
            1_000,
            Slack(client_for(slack), again).file,
        )

        assert await files.content(said.files[0]) == b"%PDF"
        await again.close()
