"""What a desk's local Slack begins with."""

import stat
from pathlib import Path

from ventanilla_devstack import local_slack
from ventanilla_devstack.credentials import load_credentials
from ventanilla_devstack.desk_teams import TeamMember
from ventanilla_devstack.slack.seed import new_workspace, read_seed

MEMBERS = (
    TeamMember("first-line", "eva", "Eva Ruiz", "eva@desk.example", "es"),
    TeamMember("billing", "eva", "Eva Ruiz", "eva@desk.example", "es"),
    TeamMember("billing", "tom", "Tom Baker", "tom@desk.example", "en"),
)


def test_the_desks_people_are_in_the_channels_of_their_teams(tmp_path: Path) -> None:
    credentials = load_credentials(tmp_path / "secrets.json")

    local_slack.write_seed(tmp_path / "slack", credentials, MEMBERS)
    workspace = new_workspace(read_seed(tmp_path / "slack" / local_slack.SEED), lambda: 1.0)

    eva, tom = workspace.person("eva"), workspace.person("tom")
    billing = workspace.channel_named("billing")
    assert {eva.id, tom.id} < set(billing.members)
    assert tom.id not in workspace.channel_named("first-line").members
    assert (eva.email, eva.locale, tom.locale) == ("eva@desk.example", "es-ES", "en-US")
    assert workspace.channel_named("ayuda").id == local_slack.HELP_CHANNEL_ID
    assert workspace.channel_named("socios").id == local_slack.PARTNER_CHANNEL_ID


def test_the_app_has_the_desks_secrets_and_nobody_else_reads_them(tmp_path: Path) -> None:
    credentials = load_credentials(tmp_path / "secrets.json")

    local_slack.write_seed(tmp_path / "slack", credentials, ())
    seed = tmp_path / "slack" / local_slack.SEED
    (app,) = new_workspace(read_seed(seed), lambda: 1.0).apps.values()

    assert {name: getattr(app, name) for name in credentials.slack} == credentials.slack
    assert stat.S_IMODE(seed.stat().st_mode) == 0o600
    assert not any(secret in " ".join(local_slack.options(seed.parent, 1)) for secret in credentials.slack.values())


def test_each_team_has_its_cards_in_its_channel_for_as_long_as_there_is_the_workspace(tmp_path: Path) -> None:
    credentials = load_credentials(tmp_path / "secrets.json")
    folder = tmp_path / "slack"

    local_slack.write_seed(folder, credentials, MEMBERS)
    workspace = new_workspace(read_seed(folder / local_slack.SEED), lambda: 1.0)
    (folder / local_slack.STATE).touch()
    local_slack.write_seed(folder, credentials, ())

    first, billing = workspace.channel_named("first-line").id, workspace.channel_named("billing").id
    assert local_slack.team_channels(folder) == f"first-line={first},billing={billing},*={first}"


def test_a_workspace_of_which_nobody_knows_its_teams_has_no_cards(tmp_path: Path) -> None:
    assert local_slack.team_channels(tmp_path) == ""


def test_people_count_until_there_is_a_workspace(tmp_path: Path) -> None:
    assert local_slack.is_new(tmp_path)
    (tmp_path / local_slack.STATE).touch()
    assert not local_slack.is_new(tmp_path)
