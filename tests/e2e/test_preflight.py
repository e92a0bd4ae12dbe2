"""`ventanilla preflight` on a whole desk: well when all is there; whatever is taken away is named with what to do."""

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.support.commands import Said, run_beside
from tests.support.desk import SERVICES, RunningDesk
from tests.support.dns_server import DnsServer, open_dns_server
from ventanilla_runtime.commands.preflight import installed

pytestmark = pytest.mark.asyncio(loop_scope="module")
ZONE: dict[tuple[str, str], list[str] | str] = {
    ("desk.example", "MX"): ["10 mx.desk.example."],
    ("mx.desk.example", "A"): ["93.184.216.34"],
    ("desk.example", "TXT"): ["v=spf1 mx -all"],
    ("_dmarc.desk.example", "TXT"): ["v=DMARC1; p=reject"],
}


class Checked:
    """A desk, its DNS, and the environment in which an operator asks."""

    def __init__(self, desk: RunningDesk, dns: DnsServer) -> None:
        self.desk = desk
        self.dns = dns
        self.environment = {"PATH": os.environ["PATH"], "VENTANILLA_NATS_URL": desk.broker.url("operator")}

    async def run(self, *arguments: str) -> Said:
        """The command, with the settings of all services."""
        return await run_beside("ventanilla", "preflight", *arguments, environment=self.environment)

    async def problems(self, *arguments: str) -> dict[str, list[str]]:
        """Part → what is to be mended in it."""
        said = await self.run("--json", *arguments)
        read = json.loads(said.out)
        found = {name: _bad(part["findings"]) for name, part in read["parts"].items()}
        assert (said.code == 0) == read["ok"] == (not any(found.values())), said
        return {name: lines for name, lines in found.items() if lines}


def _bad(findings: list[dict[str, Any]]) -> list[str]:
    return [f"{one['about']}: {one['says']} → {one['do']}" for one in findings if one["state"] == "problem"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def checked(servers_folder: Path) -> AsyncIterator[Checked]:
    desk = RunningDesk(servers_folder / "preflight")
    async with desk.running(), open_dns_server() as dns:
        dns.records = dict(ZONE)
        await desk.add_portal()
        at = Checked(desk, dns)
        mail = {"HOSTNAME": "mx.desk.example", "DNS_SERVERS": dns.address}
        for name in (*SERVICES, "portal"):
            at.environment |= desk.environment(name)
        at.environment |= {f"INTAKE_EMAIL_{name}": value for name, value in mail.items()}
        at.environment |= {name: value for name, value in desk._settings.items() if name.startswith("PORTAL_")}
        yield at


async def test_a_whole_desk_is_well_and_what_is_not_set_up_is_said(checked: Checked) -> None:
    said = await checked.run()

    assert said.code == 0, said
    assert "Not set up here, so not asked: intake-chat, intake-phone, prober." in said.out
    assert "Nothing to mend" in said.out
    assert all(len(line) <= 80 for line in said.out.splitlines())


async def test_a_missing_stream_is_named_by_the_broker_and_by_whoever_needs_it(checked: Checked) -> None:
    operator = await checked.desk.broker.connect()
    await operator.api("CONSUMER.DELETE.INTAKE.router")
    await operator.api("STREAM.DELETE.KV_outbound_state")
    try:
        found = await checked.problems()
    finally:
        await checked.desk.broker.apply_topology()

    assert any("stream KV_outbound_state is missing" in line for line in found["streams"])
    assert any("consumer router is missing" in line for line in found["streams"])
    assert any("router" in line and "ventanilla topology apply" in line for line in found["router"]), found
    assert any("outbound_state" in line for line in found["intake-email"])
    assert "portal" not in found


async def test_a_missing_record_secret_or_right_is_named(checked: Checked) -> None:
    token = checked.environment.pop("PORTAL_TICKETS_TOKEN")
    del checked.dns.records["_dmarc.desk.example", "TXT"]
    await checked.desk.query("create role clerk login password 'clerk'")
    owner = checked.environment["TICKETS_POSTGRES_URL"]
    checked.environment["TICKETS_POSTGRES_URL"] = owner.replace(owner.split("//")[1].split("@")[0], "clerk:clerk")
    try:
        await checked.desk.query("grant select on schema_migration to clerk")
        found = await checked.problems()
    finally:
        checked.dns.records = dict(ZONE)
        checked.environment |= {"TICKETS_POSTGRES_URL": owner, "PORTAL_TICKETS_TOKEN": token}

    unset = "PORTAL_TICKETS_TOKEN: must be set, or PORTAL_TICKETS_TOKEN_FILE to a file that holds it"
    assert found["portal"] == [f"settings: {unset} → the README of portal lists them"]
    assert found["intake-email"] == [next(line for line in found["intake-email"] if "_dmarc.desk.example." in line)]
    assert any("clerk may not read and write" in line for line in found["tickets"]), found


async def test_a_token_without_its_scope_and_a_wrong_password_are_named(checked: Checked) -> None:
    before = dict(checked.environment)
    checked.environment |= {
        "PORTAL_TICKETS_TOKEN": await checked.desk.token("read"),
        "ROUTER_NATS_PASSWORD": "a-wrong-password",
    }
    try:
        found = await checked.problems("--only", "portal", "--only", "router")
    finally:
        checked.environment = before

    assert found["portal"][0].endswith("tickets token create --name portal --scope portal")
    assert "ROUTER_NATS_PASSWORD" in found["router"][0] or "ROUTER_NATS_USER" in found["router"][0]
    assert "a-wrong-password" not in str(found)


async def test_every_service_has_a_doctor() -> None:
    folders = {path.name for path in (Path(__file__).parents[2] / "services").iterdir() if (path / "src").is_dir()}
    assert folders <= set(installed())


async def test_a_name_that_is_not_here_is_refused(checked: Checked) -> None:
    said = await checked.run("--only", "rooter")

    assert said.code == 2
    assert "rooter is not here" in said.err
