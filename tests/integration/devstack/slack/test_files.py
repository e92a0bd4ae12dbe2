"""Files both ways: the app's upload in three steps, a person's upload, downloads that need a token."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.integration.devstack.slack.receiver import Receiver
from ventanilla_devstack.slack.server import LocalSlack


async def test_an_app_uploads_a_file_into_a_thread(
    slack: LocalSlack, client: AsyncWebClient, receiver: Receiver
) -> None:
    parent = slack.hands.write("carmen", "ayuda", "where is it?")

    answer = await client.files_upload_v2(
        channel=parent.channel, thread_ts=parent.ts, filename="informe.txt", content="hola", initial_comment="here"
    )
    assert await slack.courier.settle()

    [named] = answer["files"]
    assert set(named) == {"id", "title"}, "what else there is to know is asked for with files.info"
    file = (await client.files_info(file=named["id"]))["file"]
    assert (file["name"], file["size"], file["mimetype"]) == ("informe.txt", 4, "text/plain")
    [_, reply] = slack.hands.messages("carmen", "ayuda", parent.ts)
    assert (reply["text"], reply["files"][0]["id"]) == ("here", file["id"])
    [event] = receiver.events("message", "file_share")
    assert event["event"]["thread_ts"] == parent.ts
    assert file["channels"] == [parent.channel]


async def test_a_file_in_a_shared_channel_is_only_named_in_its_event(
    slack: LocalSlack, client: AsyncWebClient, receiver: Receiver
) -> None:
    file = slack.hands.upload("marta-socio", "socios", "plano.pdf", b"%PDF", text="see")
    assert await slack.courier.settle()

    [event] = receiver.events("message", "file_share")
    [shown] = event["event"]["files"]
    assert (shown["id"], shown["file_access"], "url_private" in shown) == (file.id, "check_file_info", False)
    assert (await client.files_info(file=file.id))["file"]["name"] == "plano.pdf"


async def test_a_file_of_a_person_is_fetched_with_the_token_only(slack: LocalSlack, client: AsyncWebClient) -> None:
    file = slack.hands.upload("carmen", "ayuda", "foto.png", b"\x89PNG")
    address = str((await client.files_info(file=file.id))["file"]["url_private_download"])

    async with aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bearer {slack.app.bot_token}"}
        async with session.get(address, headers=headers) as answer:
            assert (answer.status, await answer.read(), answer.content_type) == (200, b"\x89PNG", "image/png")
            assert answer.headers["Content-Disposition"] == "attachment"
        async with session.get(address, allow_redirects=False) as answer:
            assert answer.status == 302, "Slack leads to a page to sign in"
        async with session.get(address, headers={"Authorization": "Bearer x"}, allow_redirects=False) as answer:
            assert answer.status == 302


async def test_a_file_where_the_app_is_not_is_not_its_business(slack: LocalSlack, client: AsyncWebClient) -> None:
    slack.hands.create_channel("soporte-eva", "secret", "private")
    file = slack.hands.upload("soporte-eva", "secret", "a.txt", b"x")

    with pytest.raises(SlackApiError, match="file_not_found"):
        await client.files_info(file=file.id)


async def test_steps_out_of_order_are_refused(slack: LocalSlack, client: AsyncWebClient) -> None:
    announced = await client.files_getUploadURLExternal(filename="a.txt", length=1)

    with pytest.raises(SlackApiError, match="file_not_found"):
        await client.files_completeUploadExternal(files=[{"id": announced["file_id"]}])
    async with aiohttp.ClientSession() as session:
        async with session.post(str(announced["upload_url"]), data=b"x") as answer:
            assert answer.status == 200
        async with session.post(str(announced["upload_url"]), data=b"y") as answer:
            assert answer.status == 404
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        await client.files_getUploadURLExternal(filename="a.txt", length=0)
    with pytest.raises(SlackApiError, match="file_upload_size_restricted"):
        await client.files_getUploadURLExternal(filename="a.txt", length=2**31)
    done = await client.files_completeUploadExternal(files=[{"id": announced["file_id"], "title": "A"}])
    assert done["files"][0]["title"] == "A"


async def test_only_ones_own_file_is_deleted_and_messages_keep_a_tombstone(
    slack: LocalSlack, client: AsyncWebClient
) -> None:
    file = slack.hands.upload("carmen", "ayuda", "a.txt", b"x", text="look")
    with pytest.raises(SlackApiError, match="cant_delete_file"):
        await client.files_delete(file=file.id)

    slack.hands.delete_file("carmen", file.id)

    [message] = slack.hands.messages("carmen", "ayuda")
    shown: dict[str, Any] = message["files"][0]
    assert shown == {"id": file.id, "mode": "tombstone"}


async def shared(slack: LocalSlack, client: AsyncWebClient, channel: str, thread: str, **arguments: Any) -> str:
    """The id of a file that the app shares."""
    announced = await client.files_getUploadURLExternal(filename="a.txt", length=1)
    async with aiohttp.ClientSession() as session, session.post(str(announced["upload_url"]), data=b"x") as answer:
        assert answer.status == 200
    file = str(announced["file_id"])
    await client.files_completeUploadExternal(
        files=[{"id": file, "title": "A"}], channel_id=channel, thread_ts=thread, **arguments
    )
    return file


async def test_a_file_knows_the_messages_that_hold_it(slack: LocalSlack, client: AsyncWebClient) -> None:
    parent = slack.hands.write("carmen", "ayuda", "where is it?")
    direct = slack.hands.dm("carmen")
    asked = slack.hands.write("carmen", direct, "and here?")

    public = await shared(slack, client, parent.channel, parent.ts, initial_comment="here")
    private = await shared(slack, client, direct, asked.ts, initial_comment="there")

    shares = (await client.files_info(file=public))["file"]["shares"]
    [share] = shares["public"][parent.channel]
    [_, reply] = slack.hands.messages("carmen", "ayuda", parent.ts)
    assert set(shares) == {"public"}
    assert (share["ts"], share["thread_ts"], share["channel_name"]) == (reply["ts"], parent.ts, "ayuda")
    assert (share["reply_count"], share["reply_users"], share["team_id"]) == (0, [], slack.workspace.home)
    shares = (await client.files_info(file=private))["file"]["shares"]
    assert [one["thread_ts"] for one in shares["private"][direct]] == [asked.ts]


async def test_a_file_may_know_late_where_it_is(slack: LocalSlack, client: AsyncWebClient) -> None:
    parent = slack.hands.write("carmen", "ayuda", "where is it?")
    slack.faults.late_shares = 1
    file = await shared(slack, client, parent.channel, parent.ts)

    answers = [(await client.files_info(file=file))["file"]["shares"] for _ in range(2)]

    assert answers[0] == {}
    assert list(answers[1]) == ["public"]


async def test_with_a_comment_blocks_are_not_looked_at(slack: LocalSlack, client: AsyncWebClient) -> None:
    parent = slack.hands.write("carmen", "ayuda", "where is it?")
    block = '[{"type": "section", "text": {"type": "plain_text", "text": "in a block"}}]'

    await shared(slack, client, parent.channel, parent.ts, initial_comment="here", blocks=block)
    await shared(slack, client, parent.channel, parent.ts, blocks=block)

    [_, comment, blocks] = slack.hands.messages("carmen", "ayuda", parent.ts)
    assert (comment["text"], comment.get("blocks", [])) == ("here", [])
    assert blocks["blocks"][0]["text"]["text"] == "in a block"
