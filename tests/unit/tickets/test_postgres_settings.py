"""Addresses in the settings of the ticket service: one that cannot be used is refused while they are read."""

import pytest

from tickets.postgres_settings import DEFAULT_URL, PostgresSettings
from tickets.settings import TicketsSettings
from ventanilla_runtime.settings import SettingsWrong, usable


@pytest.mark.parametrize(
    "url",
    [DEFAULT_URL, "postgres://desk:hunter%2F2@db.example/desk?sslmode=verify-full&sslrootcert=/run/ca.pem",
     "postgresql:///desk?host=/run/postgresql&user=desk@example", "postgresql://a:5432,b/desk", "postgresql://[::1]:5433/desk",
     "postgresql://%2Frun%2Fpostgresql/desk", "postgresql://host?options=-c%20search_path%3Ddesk"],
)  # fmt: skip
def test_an_address_that_the_driver_can_read_is_taken(url: str) -> None:
    assert usable(PostgresSettings, postgres_url=url).postgres().arguments() == {"dsn": url}


@pytest.mark.parametrize(
    "url",
    ["no address at all", "127.0.0.1:5432/desk", "mysql://db/desk", "postgresql://db:99999/desk", "postgresql://db:x/y",
     "postgresql://db:0/desk", "postgresql://a,,b/desk", "postgresql://[::1/desk", "postgresql://db/desk#x",
     "postgresql://desk:hunter2/Geheim99!#x@127.0.0.1:5432/desk", "postgresql://desk:1234/hunter2@db/desk",
     "postgresql://desk:1234#hunter2@db/desk", "postgresql://desk:1234?hunter2@db/desk",
     "postgresql://desk:hun@ter2@db/desk", "postgresql://desk:hun[ter2@db/desk", "postgresql://db/desk?hunter2"],
)  # fmt: skip
@pytest.mark.parametrize("by", ["argument", "file"])
def test_another_one_ends_every_command_with_what_to_write_and_nothing_of_its_password(
    url: str, by: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "postgres-url"
    file.write_text(f"{url}\n")
    if by == "file":
        monkeypatch.setenv("TICKETS_POSTGRES_URL_FILE", str(file))
    with pytest.raises(SettingsWrong) as refused:
        usable(PostgresSettings, **({"postgres_url": url} if by == "argument" else {}))

    said = str(refused.value)
    assert said.startswith("TICKETS_POSTGRES_URL: must look like postgresql://user:password@host:5432/database, ")
    assert "TICKETS_POSTGRES_HOST" in said
    assert "\n" not in said
    assert not any(part in said for part in ("hun", "ter2", "1234", "Geheim"))


@pytest.mark.parametrize("name", ["status_url", "page_url"])
@pytest.mark.parametrize("address", ["hello", "desk.example/s", "ftp://desk.example/s", "https://desk.example/s?x=1"])
def test_links_that_no_browser_could_follow_are_refused(name: str, address: str) -> None:
    with pytest.raises(SettingsWrong, match=rf"TICKETS_{name.upper()}: must be an address such as https://desk"):
        usable(TicketsSettings, secret="a secret of the tests", **{name: address})
    kept = usable(TicketsSettings, secret="a secret of the tests", **{name: "https://desk.example/s/"})
    assert getattr(kept, name) == "https://desk.example/s"
