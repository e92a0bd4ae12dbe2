"""The Web API as Slack's own client sees it: answers, error codes, paging, scopes."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from tests.support.slack import client_for
from ventanilla_devstack.slack.server import LocalSlack


def channel(slack: LocalSlack, name: str) -> str:
    return slack.workspace.channel_named(name).id


def person(slack: LocalSlack, name: str) -> str:
    return slack.workspace.person(name).id


async def refusal(call: Any) -> str:
    with pytest.raises(SlackApiError) as refused:
        await call
    return str(refused.value.response["error"])


async def test_a_token_says_whose_it_is(slack: LocalSlack, client: AsyncWebClient) -> None:
    answer = await client.auth_test()

    assert (answer["user_id"], answer["bot_id"]) == (slack.app.bot_user, slack.app.bot_id)
    assert answer["team_id"] == slack.workspace.home
    assert "chat:write" in answer.headers["X-OAuth-Scopes"].split(",")


async def test_tokens_that_are_none_are_told_apart(slack: LocalSlack) -> None:
    assert await refusal(client_for(slack, "").auth_test()) == "not_authed"
    assert await refusal(client_for(slack, "xoxb-wrong").auth_test()) == "invalid_auth"
    assert await refusal(client_for(slack, slack.app.app_token).auth_test()) == "not_allowed_token_type"
    assert await refusal(client_for(slack).apps_connections_open(app_token=slack.app.bot_token)) == (
        "not_allowed_token_type"
    )
    assert await refusal(client_for(slack).apps_connections_open(app_token="xapp-wrong")) == "invalid_auth"


async def test_a_revoked_token_is_worth_nothing(slack: LocalSlack, client: AsyncWebClient) -> None:
    assert (await client.auth_revoke(test=True))["revoked"] is False
    assert (await client.auth_revoke())["revoked"] is True

    assert await refusal(client.auth_test()) == "token_revoked"


async def test_a_missing_scope_is_named(slack: LocalSlack, client: AsyncWebClient) -> None:
    slack.app.scopes.remove("chat:write")

    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel=channel(slack, "ayuda"), text="x")

    assert refused.value.response["error"] == "missing_scope"
    assert refused.value.response["needed"] == "chat:write"
    assert "users:read" in refused.value.response["provided"]


async def test_a_message_is_posted_changed_and_deleted(slack: LocalSlack, client: AsyncWebClient) -> None:
    place = channel(slack, "ayuda")
    metadata = {"event_type": "note", "event_payload": {"id": "7"}}
    posted = await client.chat_postMessage(channel=place, text="one", metadata=metadata)

    changed = await client.chat_update(channel=place, ts=str(posted["ts"]), text="two")

    assert posted["message"]["bot_profile"]["app_id"] == slack.app.id
    assert changed["text"] == "two"
    assert changed["message"]["metadata"] == metadata, "what is not given is retained"
    history = await client.conversations_history(channel=place, include_all_metadata=True)
    assert (history["messages"][0]["text"], history["messages"][0]["metadata"]) == ("two", metadata)
    await client.chat_delete(channel=place, ts=str(posted["ts"]))
    assert await refusal(client.chat_update(channel=place, ts=str(posted["ts"]), text="x")) == "message_not_found"


async def test_what_cannot_be_posted_gets_slacks_word_for_it(slack: LocalSlack, client: AsyncWebClient) -> None:
    place = channel(slack, "ayuda")
    old = slack.hands.create_channel("soporte-eva", "old")
    private = slack.hands.create_channel("soporte-eva", "secret", "private")
    slack.hands.archive("soporte-eva", "old")
    too_long = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    wordy = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 5

    assert await refusal(client.chat_postMessage(channel="C0", text="x")) == "channel_not_found"
    assert await refusal(client.chat_postMessage(channel=private.id, text="x")) == "channel_not_found"
    assert await refusal(client.chat_postMessage(channel=old.id, text="x")) == "is_archived"
    assert await refusal(client.api_call("chat.postMessage", json={"channel": place})) == "no_text"
    assert await refusal(client.chat_postMessage(channel=place, text="x", blocks="{")) == "invalid_blocks_format"
    assert await refusal(client.chat_postMessage(channel=place, text="x", blocks=wordy)) == "msg_blocks_too_long"
    assert await refusal(client.chat_postMessage(channel=place, text="x", attachments=[{}] * 101)) == (
        "too_many_attachments"
    )
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel=place, text="x", blocks=too_long)
    assert refused.value.response["error"] == "invalid_blocks"
    assert refused.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    ]


async def test_a_text_that_is_too_long_is_cut_when_posted_and_refused_when_changed(
    slack: LocalSlack, client: AsyncWebClient
) -> None:
    place = channel(slack, "ayuda")

    posted = await client.chat_postMessage(channel=place, text="x" * 40_001)

    assert len(posted["message"]["text"]) == 40_000
    assert posted["warning"] == "message_truncated"
    assert await refusal(client.chat_update(channel=place, ts=str(posted["ts"]), text="x" * 4_001)) == "msg_too_long"
    assert (await client.chat_update(channel=place, ts=str(posted["ts"]), text="x" * 4_000))["ok"]


async def test_a_public_channel_without_the_bot_needs_a_scope_of_its_own(
    slack: LocalSlack, client: AsyncWebClient
) -> None:
    place = slack.hands.create_channel("soporte-eva", "elsewhere").id
    assert (await client.chat_postMessage(channel=place, text="x"))["ok"]
    assert await refusal(client.conversations_history(channel=place)) == "not_in_channel"

    slack.app.scopes.remove("chat:write.public")

    assert await refusal(client.chat_postMessage(channel=place, text="x")) == "not_in_channel"
    await client.conversations_join(channel=place)
    assert (await client.chat_postMessage(channel=place, text="x"))["ok"]


async def test_only_ones_own_messages_can_be_changed(slack: LocalSlack, client: AsyncWebClient) -> None:
    message = slack.hands.write("carmen", "ayuda", "mine")
    place = channel(slack, "ayuda")

    assert await refusal(client.chat_update(channel=place, ts=message.ts, text="x")) == "cant_update_message"
    assert await refusal(client.chat_delete(channel=place, ts=message.ts)) == "cant_delete_message"


async def test_an_ephemeral_message_is_seen_by_one_person_and_in_no_history(
    slack: LocalSlack, client: AsyncWebClient
) -> None:
    place = channel(slack, "ayuda")

    await client.chat_postEphemeral(channel=place, user=person(slack, "carmen"), text="psst")

    assert [message["text"] for message in slack.hands.messages("carmen", "ayuda")] == ["psst"]
    assert slack.hands.messages("john", "ayuda") == []
    assert (await client.conversations_history(channel=place))["messages"] == []
    stranger = person(slack, "marta-socio")
    assert await refusal(client.chat_postEphemeral(channel=place, user=stranger, text="x")) == "user_not_in_channel"


async def test_a_change_of_blocks_leaves_no_mark_and_a_text_alone_takes_the_blocks_away(
    slack: LocalSlack, client: AsyncWebClient
) -> None:
    place = channel(slack, "ayuda")
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "card"}}]
    posted = await client.chat_postMessage(channel=place, text="card", blocks=blocks)

    with_blocks = await client.chat_update(channel=place, ts=str(posted["ts"]), text="card", blocks=blocks)
    text_only = await client.chat_update(channel=place, ts=str(posted["ts"]), text="only words")

    assert "edited" not in with_blocks["message"]
    assert text_only["message"]["edited"]
    assert "blocks" not in text_only["message"]


async def test_answers_can_be_read_by_slacks_own_models(slack: LocalSlack, client: AsyncWebClient) -> None:
    place = channel(slack, "ayuda")
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "Card"}},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "*x*"}]},
        {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Go"}}]},
    ]
    posted = await client.chat_postMessage(channel=place, text="card", blocks=blocks)
    published = await client.views_publish(
        user_id=person(slack, "carmen"), view={"type": "home", "callback_id": "h", "blocks": blocks}
    )
    slack.hands.write("carmen", "ayuda", "hola @john")
    history = await client.conversations_history(channel=place)

    for message in (posted["message"], *history["messages"]):
        parsed = Block.parse_all(message["blocks"])
        assert [block.to_dict() for block in parsed] == message["blocks"]
    view = View(**published["view"])
    assert (view.type, view.id, view.callback_id) == ("home", published["view"]["id"], "h")
    assert view.state is not None


async def test_channels_are_listed_by_kind_and_page(slack: LocalSlack, client: AsyncWebClient) -> None:
    slack.hands.archive("soporte-eva", "general")
    slack.hands.dm("carmen")

    public = await client.conversations_list(exclude_archived=True)
    everything = await client.conversations_list(types="public_channel,private_channel,im")
    first = await client.conversations_list(types="public_channel", limit=2)
    rest = await client.conversations_list(
        types="public_channel", limit=2, cursor=first["response_metadata"]["next_cursor"]
    )

    assert {each["name"] for each in public["channels"]} == {"ayuda", "socios"}
    assert {each.get("name") for each in everything["channels"]} == {"ayuda", "socios", "general", "soporte", None}
    assert len(first["channels"]) == 2
    assert [each["name"] for each in rest["channels"]]
    assert rest["response_metadata"]["next_cursor"] == ""
    assert await refusal(client.conversations_list(types="nothing")) == "invalid_types"
    assert await refusal(client.conversations_list(cursor="bm9wZQ==")) == "invalid_cursor"


async def test_a_shared_channel_says_so(slack: LocalSlack, client: AsyncWebClient) -> None:
    answer = await client.conversations_info(channel=channel(slack, "socios"), include_num_members=True)

    assert answer["channel"]["is_ext_shared"] is True
    assert len(answer["channel"]["connected_team_ids"]) == 1
    assert answer["channel"]["num_members"] == 4


async def test_people_are_told_apart(slack: LocalSlack, client: AsyncWebClient) -> None:
    async def user(name: str) -> dict[str, Any]:
        return dict((await client.users_info(user=person(slack, name), include_locale=True))["user"])

    carmen, guest, stranger = await user("carmen"), await user("invitada"), await user("marta-socio")

    assert (carmen["locale"], carmen["profile"]["email"]) == ("es-ES", "carmen@ejemplo.example")
    assert carmen["is_email_confirmed"] is True
    assert guest["is_ultra_restricted"] is True
    assert stranger["team_id"] != slack.workspace.home
    assert "is_stranger" not in stranger, "only those are marked with whom the app shares no channel"
    slack.hands.remove("socios", "marta-socio")
    assert (await user("marta-socio"))["is_stranger"] is True
    slack.app.scopes.remove("users:read.email")
    assert "email" not in (await user("carmen"))["profile"]


async def test_somebody_is_found_by_mail_unless_gone_or_a_stranger(slack: LocalSlack, client: AsyncWebClient) -> None:
    found = await client.users_lookupByEmail(email="Carmen@ejemplo.example")
    assert found["user"]["id"] == person(slack, "carmen")

    slack.hands.delete_user("carmen")

    assert await refusal(client.users_lookupByEmail(email="carmen@ejemplo.example")) == "users_not_found"
    assert await refusal(client.users_lookupByEmail(email="marta@socio.example")) == "users_not_found"
    assert (await client.users_info(user=person(slack, "carmen")))["user"]["deleted"] is True
    assert await refusal(client.users_info(user="U0")) == "user_not_found"


async def test_a_direct_conversation_is_opened_once(slack: LocalSlack, client: AsyncWebClient) -> None:
    first = await client.conversations_open(users=person(slack, "carmen"))
    again = await client.conversations_open(users=person(slack, "carmen"), return_im=True)

    assert first["channel"]["id"].startswith("D")
    assert again["already_open"] is True
    assert again["channel"]["user"] == person(slack, "carmen")
    group = await client.conversations_open(users=[person(slack, "carmen"), person(slack, "john")])
    assert group["channel"]["id"] != first["channel"]["id"]
    slack.hands.delete_user("john")
    assert await refusal(client.conversations_open(users=person(slack, "john"))) == "user_disabled"


async def test_somebody_who_was_deactivated_still_gets_messages(slack: LocalSlack, client: AsyncWebClient) -> None:
    dm = (await client.conversations_open(users=person(slack, "carmen")))["channel"]["id"]
    slack.hands.delete_user("carmen")

    by_person = await client.chat_postMessage(channel=person(slack, "carmen"), text="x")
    by_channel = await client.chat_postMessage(channel=dm, text="x")

    assert by_person["channel"] == by_channel["channel"] == dm
    assert (await client.conversations_info(channel=dm))["channel"]["is_user_deleted"] is True


async def test_an_app_makes_a_channel_and_brings_people_in(slack: LocalSlack, client: AsyncWebClient) -> None:
    made = (await client.conversations_create(name="incidente-7"))["channel"]

    await client.conversations_invite(channel=made["id"], users=[person(slack, "soporte-eva")])

    assert (await client.conversations_members(channel=made["id"]))["members"] == [
        slack.app.bot_user,
        person(slack, "soporte-eva"),
    ]
    assert await refusal(client.conversations_create(name="incidente-7")) == "name_taken"
    assert await refusal(client.conversations_create(name="Not Good")) == "invalid_name_specials"
    await client.conversations_archive(channel=made["id"])
    assert await refusal(client.conversations_archive(channel=made["id"])) == "already_archived"


async def test_reactions_come_and_go(slack: LocalSlack, client: AsyncWebClient) -> None:
    message = slack.hands.write("carmen", "ayuda", "x")
    where = {"channel": message.channel, "timestamp": message.ts}

    await client.reactions_add(name="eyes", **where)

    assert await refusal(client.reactions_add(name="eyes", **where)) == "already_reacted"
    [reaction] = (await client.reactions_get(**where))["message"]["reactions"]
    assert reaction == {"name": "eyes", "users": [slack.app.bot_user], "count": 1}
    await client.reactions_remove(name="eyes", **where)
    assert await refusal(client.reactions_remove(name="eyes", **where)) == "no_reaction"


async def test_who_and_what_there_is_can_be_asked(slack: LocalSlack, client: AsyncWebClient) -> None:
    assert (await client.api_test(foo="bar"))["args"] == {"foo": "bar"}
    assert await refusal(client.api_test(error="my_error")) == "my_error"
    assert (await client.team_info())["team"]["domain"] == "ejemplo"
    assert (await client.bots_info(bot=slack.app.bot_id))["bot"]["user_id"] == slack.app.bot_user
    assert await refusal(client.bots_info(bot="B0")) == "bot_not_found"
    members = (await client.users_list())["members"]
    assert {user["name"] for user in members} >= {"carmen", "john", "slackbot", "ventanilla"}
    assert "marta-socio" not in {user["name"] for user in members}
    mine = await client.users_conversations(user=person(slack, "carmen"), types="public_channel")
    assert {each["name"] for each in mine["channels"]} == {"general", "ayuda"}
    assert await refusal(client.api_call("chat.nothing")) == "unknown_method"


async def test_a_link_to_a_message_leads_to_our_page(slack: LocalSlack, client: AsyncWebClient) -> None:
    message = slack.hands.write("carmen", "ayuda", "x")

    link = (await client.chat_getPermalink(channel=message.channel, message_ts=message.ts))["permalink"]

    assert link == f"{slack.url}/archives/{message.channel}/p{message.ts.replace('.', '')}"


async def test_a_name_of_its_own_needs_a_scope(slack: LocalSlack, client: AsyncWebClient) -> None:
    place = channel(slack, "ayuda")
    dressed = await client.chat_postMessage(channel=place, text="x", username="Oracle", icon_emoji=":eyes:")
    slack.app.scopes.remove("chat:write.customize")
    plain = await client.chat_postMessage(channel=place, text="x", username="Oracle")

    assert (dressed["message"]["username"], dressed["message"]["subtype"]) == ("Oracle", "bot_message")
    assert "username" not in plain["message"]
