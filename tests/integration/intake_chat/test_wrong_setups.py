"""What an operator can get wrong, tried against the local Slack: each is named in words that say what to do.

Nothing of it is a crash, and no secret is said back.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict

import pytest
import pytest_asyncio
from pydantic import ValidationError

from intake_chat.commands.slack_checks import examine_slack
from intake_chat.settings import Settings
from tests.support.chat_desk import chat_settings
from ventanilla_devstack.slack.server import LocalSlack
from ventanilla_runtime.findings import Finding, is_well, problem
from ventanilla_runtime.settings import explain

pytestmark = pytest.mark.asyncio(loop_scope="module")
P = "INTAKE_CHAT_"
BOT, APP, SECRET = f"{P}SLACK_BOT_TOKEN", f"{P}SLACK_APP_TOKEN", f"{P}SLACK_SIGNING_SECRET"
CHANNELS, CARDS, URL = f"{P}SLACK_CHANNELS", f"{P}SLACK_TEAM_CHANNELS", f"{P}SLACK_URL"
OWN_APP, OWN_BOT = "the app's own app token", "the app's own bot token"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack() as slack:
        slack.hands.create_channel("carmen", "sin-app")
        slack.hands.create_channel("carmen", "secreto", "private")
        archived = slack.hands.create_channel("carmen", "viejo")
        slack.hands.invite("carmen", archived.id, slack.app.bot_user)
        slack.hands.archive("carmen", archived.id)
        yield slack


async def said(slack: LocalSlack, monkeypatch: pytest.MonkeyPatch, changes: Mapping[str, str]) -> list[Finding]:
    """What doctor says of settings and Slack."""
    named = {f"<{channel.name}>": channel.id for channel in slack.workspace.channels.values()}
    named |= {OWN_APP: slack.app.app_token, OWN_BOT: slack.app.bot_token, "<slack>": slack.url}
    for name, value in (chat_settings(slack) | {f"{P}TICKETS_TOKEN": "t"} | dict(changes)).items():
        given = value
        for mark, meant in named.items():
            given = given.replace(mark, meant)
        monkeypatch.setenv(name, given)
    try:
        settings = Settings()
    except ValidationError as error:
        return [problem("settings", line, "") for line in explain(error, P).splitlines()]
    return await examine_slack(settings)


WRONG: dict[str, tuple[dict[str, str], str]] = {
    "no bot token": ({BOT: ""}, f"{BOT}: is empty: copy the Bot User OAuth Token"),
    "an app token for the bot": ({BOT: OWN_APP}, f"{BOT}: is the app token (App-Level Tokens), which belongs"),
    "a user's token for the bot": ({BOT: "xoxp-1-2-3-hunter2"}, f"{BOT}: is a user token"),
    "a refresh token for the bot": ({BOT: "xoxe-1-hunter2"}, f"{BOT}: is a refresh token"),
    "a bot token in quotes": ({BOT: f'"{OWN_BOT}"'}, f"{BOT}: has spaces, quotes"),
    "a bot token in two lines": ({BOT: "xoxb-1\nxoxb-hunter2"}, f"{BOT}: has spaces, quotes"),
    "a bot token of letters that are none": ({BOT: "xoxb-“hunter2”"}, f"{BOT}: has spaces, quotes"),
    "a bot token that was cut off": ({BOT: "xoxb-"}, f"{BOT}: is cut off"),
    "something else for the bot": ({BOT: "hunter2-hunter2"}, f"{BOT}: is no token of this kind"),
    "a bot token of nobody": ({BOT: "xoxb-1-hunter2"}, "Slack does not take the bot token (invalid_auth)"),
    "a bot token for the app": ({APP: OWN_BOT}, f"{APP}: is the bot token, which belongs into {BOT}"),
    "both the wrong way round": ({BOT: OWN_APP, APP: OWN_BOT}, f"{APP}: is the bot token"),
    "something else for the app": ({APP: "A0123ABCD-hunter2"}, f"{APP}: is no token of this kind"),
    "an app token of nobody": ({APP: "xapp-1-hunter2"}, "Slack does not take the app token (invalid_auth)"),
    "neither door": ({APP: "", SECRET: " "}, f"set {APP} (Socket Mode) or {SECRET} (HTTP)"),
    "a token for a signing secret": ({SECRET: "xoxb-1-hunter2"}, f"{SECRET}: is the bot token"),
    "a sentence for a signing secret": ({SECRET: "Signing Secret: hunter2"}, f"{SECRET}: has spaces"),
    "something short for a signing secret": ({SECRET: "123hunter2"}, "signing secret: does not look like one"),
    "a channel by its name": ({CHANNELS: "ayuda"}, f"{CHANNELS}: 'ayuda' is no id of a channel"),
    "a channel with its sign": ({CHANNELS: "#ayuda"}, "'#ayuda' is no id of a channel"),
    "a channel by its address": ({CHANNELS: "https://x.slack.com/archives/C0123"}, "is no id of a channel"),
    "a direct message as a channel": ({CHANNELS: "D0123ABCD"}, "is a direct message; those are always heard"),
    "a channel of nowhere": ({CHANNELS: "C0NOWHERE"}, "channel: C0NOWHERE does not exist in this workspace"),
    "an archived channel": ({CHANNELS: "<viejo>"}, "#viejo (<viejo>) is archived: nobody can ask there"),
    "a channel without the app": ({CHANNELS: "<sin-app>"}, "#sin-app (<sin-app>) does not have the app in it"),
    "a private channel without the app": ({CHANNELS: "<secreto>"}, "does not exist in this workspace, or is private"),
    "cards where strangers are": ({CARDS: "*=<socios>"}, "is for cards and is shared with another organisation"),
    "cards where customers are": ({CARDS: "*=<ayuda>"}, "is named for customers and for cards"),
    "cards by a channel's name": ({CARDS: "soporte=soporte"}, "'soporte' is no id of a channel"),
    "cards without a team": ({CARDS: "C0123ABCD"}, "must be a team and a channel's id, such as first-line=C0123ABCD"),
    "a team twice": ({CARDS: "a=C01,a=C02"}, "the team 'a' stands there twice"),
    "cards without a token of the desk": (
        {CARDS: "*=<soporte>", f"{P}TICKETS_TOKEN": ""}, f"cards need {P}TICKETS_TOKEN",
    ),
    "a token of the desk in two lines": ({f"{P}TICKETS_TOKEN": "a\nhunter2"}, f"{P}TICKETS_TOKEN: has spaces"),
    "an address without its beginning": ({f"{P}TICKETS_URL": "127.0.0.1:8001"}, f"{P}TICKETS_URL: must be an address"),
    "an address with a port that there is not": ({f"{P}TICKETS_URL": "http://127.0.0.1:80010"}, "a port up to 65535"),
    "a door where there is none": ({f"{P}HTTP_PORT": "99999"}, f"{P}HTTP_PORT: Input should be less than"),
    "an address of a desk that is none": ({f"{P}TICKETS_URL": "https://"}, f"{P}TICKETS_URL: must be an address"),
    "a Slack that is none": ({URL: "<slack>/"}, "Slack does not answer at"),
    "a Slack of another kind": ({URL: "ftp://slack.example"}, f"{URL}: must be an address"),
    "a Slack that nobody can call": ({URL: "http://[::1"}, f"{URL}: must be an address"),
    "a Slack where nobody listens": ({URL: "http://127.0.0.1:1/api/"}, "Slack does not answer at http://127.0.0.1:1/api/"),
    "files from an address": ({f"{P}SLACK_FILE_HOSTS": "https://files.slack.com"}, "must be a host and nothing else"),
    "a language of others": ({f"{P}SLACK_LANGUAGE": "fr"}, "SLACK_LANGUAGE: Input should be 'es' or"),
    "a number that is none": ({f"{P}SLACK_DIRECT_MINUTES": "ten"}, f"{P}SLACK_DIRECT_MINUTES: Input should be"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "words"), WRONG.values(), ids=WRONG)
async def test_what_is_wrong_is_named_and_no_secret_is_said(
    changes: dict[str, str], words: str, slack: LocalSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    for channel in slack.workspace.channels.values():
        words = words.replace(f"<{channel.name}>", channel.id)

    found = await said(slack, monkeypatch, changes)

    wrong = [f"{one.about}: {one.says}" for one in found if one.state != "ok"]
    assert any(words in one for one in wrong), found
    assert all(one.do or one.about == "settings" for one in found if one.state == "problem")
    everything = str([asdict(one) for one in found])
    assert "hunter2" not in everything
    assert slack.app.bot_token not in everything
    assert slack.app.app_token not in everything


@pytest.mark.parametrize("method", ["apps.connections.open", "auth.test"])
async def test_a_token_that_slack_was_too_busy_to_look_at_is_not_called_wrong(
    method: str, slack: LocalSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack.faults.add("ratelimited", method, seconds=30)

    found = await said(slack, monkeypatch, {CHANNELS: "<ayuda>"})

    assert slack.faults.in_force == []
    assert is_well(found), found
    about = "app token" if method == "apps.connections.open" else "bot token"
    assert [one.about for one in found if "was not looked at: Slack wants a pause" in one.says] == [about]


async def test_tokens_of_two_apps_are_told_apart(slack: LocalSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    own = slack.app.app_token
    slack.app.app_token = "xapp-1-A0ANOTHER1-1-abc"  # of an app of another id
    try:
        found = await said(slack, monkeypatch, {})
    finally:
        slack.app.app_token = own

    assert [one.says for one in found if one.state == "problem"] == [
        f"is of the app A0ANOTHER1, and the bot token of the app {slack.app.id}"
    ]


async def test_a_shared_channel_for_customers_is_well(slack: LocalSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await said(slack, monkeypatch, {CHANNELS: "<socios>"})

    assert [one for one in found if one.state == "problem"] == []
    assert any("with the app in it; shared with another organisation" in one.says for one in found)
