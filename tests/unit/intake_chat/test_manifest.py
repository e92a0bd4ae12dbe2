"""What Slack is told about the app: within Slack's bounds, with every right that the code uses and no other."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from intake_chat.__main__ import cli
from intake_chat.domain.slack.setup.manifest import (
    COMMANDS,
    EVENTS,
    NEW_SHORTCUT,
    SIGNED_IN_PATH,
    TICKET_SHORTCUT,
    manifest,
)
from intake_chat.domain.slack.setup.scopes import APP_SCOPES, BOT_SCOPES, USER_SCOPES, missing, table
from intake_chat.domain.yaml_text import yaml_text
from intake_chat.handlers.agents import commands
from intake_chat.handlers.customers import asking
from ventanilla_devstack.slack import seed

ROOT = Path(__file__).parents[3]
SOURCES = ROOT / "services" / "intake-chat" / "src" / "intake_chat"
NAMES = {scope.name for scope in BOT_SCOPES}

URL = {"type": "string", "pattern": "^https?://", "maxLength": 3000}
YES_OR_NO = {"type": "boolean"}


def text(most: int, least: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": "string", "minLength": least, "maxLength": most, **more}


def parts(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "additionalProperties": False, "properties": properties}


def many(items: Any, most: int) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": 1, "maxItems": most, "uniqueItems": True}


# The bounds that Slack's own schema of manifests (slackapi/manifest-schema, version 1) has for what we use.
BOUNDS = parts(
    ["display_information"],
    _metadata=parts([], major_version={"const": 1}, minor_version={"type": "integer"}),
    display_information=parts(
        ["name"],
        name=text(35),
        description=text(140),
        long_description=text(4000, 175),
        background_color=text(7, 4, pattern="^#[0-9a-fA-F]{6}$"),
    ),
    features=parts(
        [],
        app_home=parts(
            [],
            home_tab_enabled=YES_OR_NO,
            messages_tab_enabled=YES_OR_NO,
            messages_tab_read_only_enabled=YES_OR_NO,
        ),
        bot_user=parts(["display_name"], display_name=text(80), always_online=YES_OR_NO),
        shortcuts=many(
            parts(
                ["name", "type", "callback_id", "description"],
                name=text(24),
                type={"enum": ["message", "global"]},
                callback_id=text(255),
                description=text(150),
            ),
            10,
        ),
        slash_commands=many(
            parts(
                ["command", "description"],
                command=text(32, 2, pattern="^/"),
                url=URL,
                description=text(2000),
                usage_hint=text(1000),
                should_escape=YES_OR_NO,
            ),
            50,
        ),
    ),
    oauth_config=parts(
        [],
        redirect_urls=many(text(2500), 1000),
        scopes=parts([], bot=many(text(50), 255), user=many(text(50), 255)),
    ),
    settings=parts(
        [],
        event_subscriptions=parts([], request_url=URL, bot_events=many(text(50), 100)),
        interactivity=parts(["is_enabled"], is_enabled=YES_OR_NO, request_url=URL, message_menu_options_url=URL),
        org_deploy_enabled=YES_OR_NO,
        socket_mode_enabled=YES_OR_NO,
        token_rotation_enabled=YES_OR_NO,
    ),
)

# Which right a method of the Web API wants (https://docs.slack.dev/reference/methods), of those that the code may use.
RIGHTS = {
    "bots_info": {"users:read"},
    "conversations_members": {"channels:read", "groups:read"},
    "apps_connections_open": set(),
    "auth_test": set(),
    "chat_delete": {"chat:write"},
    "chat_getPermalink": set(),
    "chat_postEphemeral": {"chat:write"},
    "chat_postMessage": {"chat:write"},
    "chat_update": {"chat:write"},
    "conversations_history": {"channels:history", "groups:history", "im:history"},
    "conversations_info": {"channels:read", "groups:read", "im:read"},
    "conversations_join": {"channels:join"},
    "conversations_open": {"im:write"},
    "conversations_replies": {"channels:history", "groups:history", "im:history"},
    "files_completeUploadExternal": {"files:write"},
    "files_delete": {"files:write"},
    "files_getUploadURLExternal": {"files:write"},
    "files_info": {"files:read"},
    "files_upload_v2": {"files:write"},
    "team_info": {"team:read"},
    "users_conversations": {"channels:read", "groups:read", "im:read"},
    "users_info": {"users:read", "users:read.email"},
    "users_lookupByEmail": {"users:read.email"},
    "views_open": set(),
    "views_publish": set(),
    "views_push": set(),
    "views_update": set(),
}
OF_EVENTS = {
    "app_home_opened": None,
    "channel_archive": "channels:read",
    "channel_left": "channels:read",
    "channel_unarchive": "channels:read",
    "group_archive": "groups:read",
    "group_left": "groups:read",
    "group_unarchive": "groups:read",
    "member_joined_channel": "channels:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "reaction_added": "reactions:read",
    "user_change": "users:read",
}
METHOD = re.compile(r"(?:client|web)\.((?:apps|auth|bots|chat|conversations|files|reactions|team|users|views)_\w+)")


@pytest.mark.parametrize(
    "made",
    [
        manifest(),
        manifest(url="https://chat.example.com"),
        manifest(url="https://chat.example.com/", portal="https://desk.example.com", name="x" * 35),
    ],
    ids=["socket", "http", "everything"],
)
def test_a_manifest_is_within_the_bounds_of_slack(made: dict[str, Any]) -> None:
    jsonschema.Draft7Validator(BOUNDS).validate(made)


def test_with_socket_mode_slack_is_told_no_address() -> None:
    assert "://" not in json.dumps(manifest())
    assert manifest()["settings"]["socket_mode_enabled"] is True


def test_over_http_everything_comes_to_the_one_door() -> None:
    made = manifest(url="https://chat.example.com/")
    door = "https://chat.example.com/slack/events"

    assert made["settings"]["socket_mode_enabled"] is False
    assert made["settings"]["event_subscriptions"]["request_url"] == door
    assert made["settings"]["interactivity"]["request_url"] == door
    assert made["settings"]["interactivity"]["message_menu_options_url"] == door
    assert {one["url"] for one in made["features"]["slash_commands"]} == {door}


def test_who_signs_in_to_the_portal_comes_back_to_it() -> None:
    made = manifest(portal="https://desk.example.com/")["oauth_config"]

    assert made["redirect_urls"] == ["https://desk.example.com/desk/signed-in"]
    assert made["scopes"]["user"] == ["email", "openid", "profile"]
    assert "user" not in manifest()["oauth_config"]["scopes"]
    portal = "".join(path.read_text() for path in (ROOT / "services/portal/src/portal/adapters").glob("*.py"))
    assert SIGNED_IN_PATH in portal
    assert "openid email profile" in portal


def test_every_method_that_is_called_has_its_right_and_every_right_a_use() -> None:
    called = {method for path in SOURCES.glob("**/*.py") for method in METHOD.findall(path.read_text(encoding="utf-8"))}
    unknown = called - RIGHTS.keys()

    assert not unknown, f"say in this test which scopes {unknown} want, and in scopes.py what for"
    used = {scope for method in called for scope in RIGHTS[method]}
    used |= {scope for event in EVENTS if (scope := OF_EVENTS[event])}
    assert used <= NAMES
    # `commands` is of the manifest; files are fetched by their address, and sent in several steps.
    assert NAMES - used <= {"commands", "files:read", "files:write"}


def test_the_local_slack_has_what_the_manifest_asks_for() -> None:
    assert set(EVENTS) <= set(seed.EVENTS)
    assert set(seed.BOT_SCOPES) >= NAMES
    made = manifest()["features"]
    assert [one["command"] for one in made["slash_commands"]] == list(COMMANDS)
    shortcuts = {one["callback_id"]: one["type"] for one in made["shortcuts"]}
    assert shortcuts == {TICKET_SHORTCUT: "message", NEW_SHORTCUT: "global"}
    app = next(iter(seed.new_workspace(seed.Seed(), lambda: 0.0).apps.values()))
    assert set(app.message_shortcuts) | set(app.global_shortcuts) == set(shortcuts)
    assert sorted(app.commands) == sorted(COMMANDS)
    assert {one["should_escape"] for one in made["slash_commands"]} == {app.should_escape}


def test_the_manifest_names_what_the_code_answers() -> None:
    assert sorted([commands.COMMAND, asking.COMMAND]) == sorted(COMMANDS)
    assert {asking.MESSAGE_SHORTCUT, asking.GLOBAL_SHORTCUT} == {TICKET_SHORTCUT, NEW_SHORTCUT}


def test_each_right_has_its_reason_and_the_page_tells_them_all() -> None:
    page = (ROOT / "docs" / "slack.md").read_text(encoding="utf-8")

    for scopes in (BOT_SCOPES, APP_SCOPES, USER_SCOPES):
        assert table(scopes) in page
        assert [scope.name for scope in scopes] == sorted(scope.name for scope in scopes)
        assert all(scope.reason and scope.without for scope in scopes)


def test_what_is_missing_is_told_with_the_worst_first() -> None:
    granted = NAMES - {"reactions:read", "users:read"}

    assert [scope.name for scope in missing(BOT_SCOPES, granted)] == ["users:read", "reactions:read"]


def test_yaml_says_the_same_as_json() -> None:
    made = manifest(url="https://chat.example.com", portal="https://desk.example.com", name='Mesa: "ayuda" #1')

    assert yaml.safe_load(yaml_text(made)) == made
    assert yaml.safe_load(yaml_text({"a": [], "b": {}, "c": [{"d": [1, True, None, "no"]}]})) == {
        "a": [], "b": {}, "c": [{"d": [1, True, None, "no"]}],
    }  # fmt: skip


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, ["manifest", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_the_command_prints_what_slack_takes() -> None:
    assert json.loads(run()[1]) == manifest()
    assert json.loads(run("--socket", "--json")[1]) == manifest()
    assert yaml.safe_load(run("--yaml", "--url", "https://x.example")[1]) == manifest(url="https://x.example")
    assert json.loads(run("--url", "http://127.0.0.1:8002")[1])["settings"]["socket_mode_enabled"] is False


@pytest.mark.parametrize(
    "arguments",
    [
        ("--socket", "--url", "https://x.example"),
        ("--json", "--yaml"),
        ("--url", "http://x.example"),
        ("--url", "x.example"),
        ("--url", "https://[x"),
        ("--portal", "ftp://x.example"),
        ("--name", "x" * 36),
        ("--name", ""),
    ],
    ids=str,
)
def test_what_slack_would_not_take_is_refused_in_one_line(arguments: tuple[str, ...]) -> None:
    code, out, error = run(*arguments)

    assert (code, out) == (1, "")
    assert error.startswith("intake-chat: ")
    assert error.count("\n") == 1


def test_the_local_slack_gives_its_app_what_the_manifest_asks_for_and_no_more() -> None:
    assert set(seed.BOT_SCOPES) == {scope.name for scope in BOT_SCOPES}
    assert set(seed.EVENTS) == set(EVENTS)
