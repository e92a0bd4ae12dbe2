"""Files of the desk in threads, against a Slack that takes them as the real one does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from intake_chat.adapters.slack.uploads import Uploads
from intake_chat.adapters.slack.way_out import WayOut
from intake_chat.errors import SlackAway, SlackRefused
from tests.support.slack import client_for
from ventanilla_devstack.slack.server import LocalSlack

HELP = "ayuda"


@asynccontextmanager
async def uploading(slack: LocalSlack, *hosts: str) -> AsyncIterator[Uploads]:
    way_out = WayOut()
    async with aiohttp.ClientSession() as session:
        yield Uploads(client_for(slack), way_out, session, frozenset(hosts or ("127.0.0.1",)))
        await way_out.close()


async def test_files_and_words_stand_in_the_thread_and_are_found_again() -> None:
    async with LocalSlack() as slack, uploading(slack) as uploads:
        root = slack.hands.write("carmen", HELP, "¿y la guía?")
        files = [(await uploads.upload(name, name.encode()), name) for name in ("guía.txt", "b.pdf")]
        before = await uploads.find_share(root.channel, files[0][0])

        await uploads.share(root.channel, root.ts, "Va &lt;la&gt; guía", files)
        found = await uploads.find_share(root.channel, files[1][0])

        [_, message] = slack.hands.messages("carmen", HELP, root.ts)
        assert before is None
        assert found is not None
        assert (found.ts, found.thread) == (message["ts"], root.ts)
        assert await uploads.stands_in(root.channel, root.ts, found.ts)
        assert message["text"] == "Va &lt;la&gt; guía"
        assert [one["name"] for one in message["files"]] == ["guía.txt", "b.pdf"]
        content = slack.workspace.files[files[0][0]].content
        assert content == "guía.txt".encode()


async def test_a_direct_message_takes_files_too() -> None:
    async with LocalSlack() as slack, uploading(slack) as uploads:
        direct = slack.hands.dm("carmen")
        root = slack.hands.write("carmen", direct, "hola")
        file = await uploads.upload("a.txt", b"a")

        await uploads.share(direct, root.ts, "toma", [(file, "a.txt")])

        found = await uploads.find_share(direct, file)
        assert found is not None
        assert found.thread == root.ts


async def test_what_got_into_the_channel_is_taken_back_whole() -> None:
    async with LocalSlack() as slack, uploading(slack) as uploads:
        root = slack.hands.write("carmen", HELP, "borro esto")
        slack.hands.delete("carmen", HELP, root.ts)
        file = await uploads.upload("a.txt", b"a")
        await uploads.share(root.channel, root.ts, "toma", [(file, "a.txt")])
        found = await uploads.find_share(root.channel, file)
        assert found is not None
        assert (found.thread, await uploads.stands_in(root.channel, root.ts, found.ts)) == ("", False)

        await uploads.take_back(root.channel, found.ts, [file])

        assert slack.hands.messages("carmen", HELP) == []
        assert file not in slack.workspace.files


async def test_what_slack_does_not_take_and_where_it_is_away_are_told_apart() -> None:
    async with LocalSlack() as slack, uploading(slack) as uploads:
        with pytest.raises(SlackRefused, match="invalid_arguments"):
            await uploads.upload("empty.txt", b"")
        with pytest.raises(SlackRefused, match="file_not_found"):
            await uploads.share(slack.workspace.channel_named(HELP).id, "1.000001", "x", [("F0NOBODY", "x")])
        slack.faults.add("internal_error", "files.getUploadURLExternal")
        with pytest.raises(SlackAway):
            await uploads.upload("a.txt", b"a")


async def test_the_bytes_go_to_no_foreign_host() -> None:
    async with LocalSlack() as slack, uploading(slack, "slack.com") as uploads:
        with pytest.raises(SlackRefused, match="foreign_host"):
            await uploads.upload("a.txt", b"secret")


async def test_what_was_taken_back_before_is_no_failure_where_that_was_to_be_expected() -> None:
    async with LocalSlack() as slack, uploading(slack) as uploads:
        root = slack.hands.write("carmen", HELP, "¿y la guía?")
        file = await uploads.upload("a.txt", b"a")
        await uploads.share(root.channel, root.ts, "toma", [(file, "a.txt")])
        found = await uploads.find_share(root.channel, file)
        assert found is not None

        for _ in range(2):
            await uploads.take_back(root.channel, found.ts, [file], gone_before=True)

        assert [one["ts"] for one in slack.hands.messages("carmen", HELP)] == [root.ts]
        assert file not in slack.workspace.files
        with pytest.raises(SlackRefused, match="message_not_found"):
            await uploads.take_back(root.channel, found.ts, [file])
