"""Probes through every real door of a whole desk: seen as tickets, and without any effect that anybody could notice."""

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.support.card_desk import SEED, card_desk
from tests.support.chat_desk import HELP
from tests.support.commands import Said, run_beside
from tests.support.desk import MAILBOX, RunningDesk, mail
from tests.support.phone_desk import PUBLIC, phone_settings
from tests.support.polling import eventually
from ventanilla_devstack.ports import HOST
from ventanilla_devstack.slack.server import LocalSlack
from ventanilla_devstack.twilio.seed import DESK_ES
from ventanilla_devstack.twilio.server import LocalTwilio

PROBER = "probe@prober.example"
CHANNELS = ("mail", "slack", "sms", "whatsapp", "voice", "api", "portal")
KNOWS = {"probe", "ledger", "ledger_total", "audit", "audit_accepted", "stream_epoch", "rule_texts"}
"""Tables that may tell of a probe: its own, and those that count what was accepted and how it ended."""
QUIET = ("TICKETS", "OUTBOUND", "DELIVERY", "DEADLETTER", "REVISIONS", "REDRIVE")
"""Streams that are told what happens to tickets, and what leaves the desk."""
CARRIES = re.compile(
    r"process_|python_|http_|ventanilla_"  # the chassis: what was published, consumed, awaited
    r"|(?!tickets_(settle|due_late)|\w*_sen[dt])\w+_(seconds|answers|connected|connections)(_|\{| |$)"
    r"|intake_\w+_(accepted|read|slack_call|parse|authenticat|suspicions|connections|twilio)"
    r"|router_(rule_matches|facts|decid|rout)|tickets_(ledger|in_flight)_"
)
"""Metrics of the way that a probe is to try: doors, readers, rules, requests."""


@dataclass
class Probed:
    desk: RunningDesk
    slack: LocalSlack
    twilio: LocalTwilio
    environment: dict[str, str]

    async def prober(self, *arguments: str, **settings: str) -> Said:
        return await run_beside("prober", *arguments, environment={**self.environment, **settings})

    async def once(self, *channels: str, **settings: str) -> dict[str, Any]:
        """The result of one channel's probe, or of several by channel."""
        said = await self.prober("once", "--json", *(f"--channel={one}" for one in channels), **settings)
        assert said.out, said.err
        found: dict[str, Any] = {one["channel"]: one | {"told": said.err} for one in json.loads(said.out)["probes"]}
        assert said.code == (0 if all(one["ok"] for one in found.values()) else 1)
        return found

    async def noticed(self) -> dict[str, Any]:
        """Everything by which somebody could notice something."""
        tables = await self.desk.query("select tablename from pg_tables where schemaname = 'public'")
        rows = {}
        for name in (row[0] for row in tables):
            [[rows[name]]] = await self.desk.query(f'select count(*) from "{name}"')
        said = {one.name: len(one.messages) for one in self.slack.workspace.channels.values()}
        broker = await self.desk.broker.connect()
        streams = {name: (await broker.stream_state(name)).last_sequence for name in QUIET}
        return {
            "tables": {name: count for name, count in rows.items() if name not in KNOWS},
            "mails": len(self.desk.sent()),
            "slack": said,
            "texts": len(self.twilio.exchange.messages),
            "calls": len(self.twilio.exchange.calls),
            "streams": streams,
            "sequence": (await self.desk.query("select last_value, is_called from ticket_number"))[0],
        }

    async def metrics(self) -> dict[str, float]:
        """Samples of all services that are not of the way itself, with the service's name before them."""
        found = {}
        async with httpx.AsyncClient() as client:
            for name, service in self.desk.services.items():
                for line in (await client.get(f"{service.url}/metrics")).text.splitlines():
                    if not line.startswith("#") and not CARRIES.match(line) and "_created" not in line:
                        sample, _, value = line.rpartition(" ")
                        found[f"{name} {sample}"] = float(value)
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at(servers_folder: Path) -> AsyncIterator[Probed]:
    folder = servers_folder / "probes"
    try:
        async with (
            LocalSlack(seed=SEED) as slack,
            LocalTwilio() as twilio,
            card_desk(
                folder, slack, http=True, more=phone_settings(twilio) | {"TICKETS_PROBE_ANSWERS_TO": PROBER}
            ) as cards,
        ):
            desk = cards.desk
            chat = await cards.add_chat()
            assert await slack.set_request_url(f"{chat.url}/slack/events")
            acts = await desk.token("read", "write", "act")
            peers = {"INTAKE_PHONE_TICKETS_URL": desk.services["tickets"].url, "INTAKE_PHONE_TICKETS_TOKEN": acts}
            phone = await desk.add("intake-phone", environment=peers)
            await desk.add_portal()
            user = slack.workspace.person("carmen")
            values = {
                "TICKETS_URL": desk.services["tickets"].url,
                "TICKETS_TOKEN": await desk.token("probe"),
                "SMTP_URL": f"smtp://{HOST}:{desk.smtp_port}?starttls=off",
                "MAIL_TO": MAILBOX,
                "SLACK_EVENTS_URL": f"{chat.url}/slack/events",
                "SLACK_SIGNING_SECRET": slack.app.signing_secret,
                "SLACK_TEAM": user.team_id,
                "SLACK_CHANNEL": slack.workspace.channel_named(HELP).id,
                "SLACK_USER": user.id,
                "PHONE_URL": phone.url,
                "PHONE_PUBLIC_URL": PUBLIC,
                "TWILIO_ACCOUNT_SID": twilio.account.sid,
                "TWILIO_AUTH_TOKEN": twilio.account.auth_token,
                "PHONE_NUMBER": DESK_ES,
                "PORTAL_URL": desk.services["portal"].url,
                "SETTLE_SECONDS": "20",
            }
            yield Probed(desk, slack, twilio, {f"PROBER_{name}": value for name, value in values.items()})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def settled(at: Probed) -> Mapping[str, Any]:
    """The ledger, once nothing is in flight."""

    async def done() -> Mapping[str, Any]:
        channels: Mapping[str, Any] = (await at.desk.api("GET", "/intake/ledger"))["channels"]
        assert not any(one["in_flight"] or one["missing"] for one in channels.values()), channels
        return channels

    return await eventually(done, 30, every_seconds=0.1)


async def knows_all(at: Probed) -> bool:
    """The router has heard of the desk and of who wrote before: that comes a moment later, and is no probe's doing."""
    counted = await at.metrics()
    return counted["tickets tickets_facts_told_total"] >= 1 and counted["router router_desk_facts_revision"] >= 1


@pytest.mark.asyncio(loop_scope="module")
async def test_every_channel_is_seen_as_a_ticket_and_nobody_notices(at: Probed) -> None:
    await at.desk.send_later(mail("Antes", "No puedo entrar.", message_id="<before@cliente.example>"))
    await at.desk.sent_to("ana@cliente.example")
    await eventually(lambda: len(at.slack.workspace.channel_named("first-line").messages) >= 1, 20)
    await settled(at)
    await eventually(lambda: knows_all(at), 30)
    before, counted = await at.noticed(), await at.metrics()
    for name in ("tickets_settled", "tickets_settle_seconds", "tickets_outbox_published", "intake_chat_cards"):
        assert any(f" {name}" in sample for sample in counted), name

    found = await at.once(*CHANNELS)

    assert {name: (one["stage"], one["detail"]) for name, one in found.items() if not one["ok"]} == {}
    assert list(found) == list(CHANNELS)
    for one in found.values():
        assert 0 < one["seconds"]["total"] < 20
        assert one["ticket"]["status"] == "new"
    ledger = await settled(at)
    assert {channel: one["settled"].get("probe") for channel, one in ledger.items()} == {
        "email": 1, "slack": 1, "sms": 1, "whatsapp": 1, "voice": 1,
    }  # fmt: skip
    assert await at.noticed() == before
    after = await at.metrics()
    changed = {name: (counted.get(name), value) for name, value in after.items() if counted.get(name) != value}
    allowed = {name for name in changed if 'outcome="probe"' in name}
    changed.pop("router router_desk_facts_revision", None)  # the desk's start, which the router hears of meanwhile
    assert {name: change for name, change in changed.items() if name not in allowed} == {}
    assert len(allowed) >= 5


@pytest.mark.asyncio(loop_scope="module")
async def test_afterwards_nothing_is_left_but_that_they_came(at: Probed) -> None:
    found = await at.once("mail")
    token = at.environment["PROBER_TICKETS_TOKEN"]
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {token}"}) as client:
        row = (
            await client.get(f"{at.environment['PROBER_TICKETS_URL']}/api/v1/probes/{found['mail']['probe']}")
        ).json()
    assert (row["state"], row["seen"]) == ("cleaned", None)


@pytest.mark.asyncio(loop_scope="module")
async def test_an_answer_goes_all_the_way_out_and_is_no_ticket(at: Probed) -> None:
    tickets = (await at.desk.query("select count(*) from ticket"))[0][0]
    found = (await at.once("mail", PROBER_MAIL_ANSWER="true", PROBER_MAIL_FROM=PROBER))["mail"]
    assert found["ok"], found
    assert 0 < found["seconds"]["answer"] < 20
    [answer] = [one for one in at.desk.sent() if PROBER in str(one["To"])]
    assert "Ventanilla probe" not in str(answer["Subject"]), "an acknowledgement repeats nothing of an unknown sender"
    assert (await at.desk.query("select count(*) from ticket"))[0][0] == tickets
    assert (await at.desk.query("select count(*) from outbox where notification_id like '%:probe/%'"))[0][0] == 0


@pytest.mark.asyncio(loop_scope="module")
async def test_the_doctor_tries_each_door_and_leaves_nothing_behind(at: Probed) -> None:
    await settled(at)
    before = await at.noticed()

    said = await at.prober("doctor", "--json", PROBER_CHANNELS=",".join(CHANNELS))

    findings = json.loads(said.out)["findings"]
    assert {one["about"]: one["state"] for one in findings} == dict.fromkeys(
        ("settings", "broker", "tickets", "mail", "slack", "sms", "whatsapp", "voice", "portal"), "ok"
    )
    assert said.code == 0
    assert await at.noticed() == before


@pytest.mark.asyncio(loop_scope="module")
async def test_the_doctor_names_each_setting_that_is_wrong(at: Probed) -> None:
    said = await at.prober(
        "doctor",
        "--json",
        PROBER_CHANNELS="mail,slack,sms,portal",
        PROBER_TICKETS_TOKEN=await at.desk.token("read"),
        PROBER_MAIL_TO="nobody@elsewhere.example",
        PROBER_SLACK_SIGNING_SECRET="0" * 32,
        PROBER_TWILIO_AUTH_TOKEN="0" * 32,
        PROBER_PORTAL_URL=f"http://{HOST}:1",
    )

    found = {one["about"]: f"{one['state']} {one['says']} {one['do']}" for one in json.loads(said.out)["findings"]}
    words = {
        "tickets": "PROBER_TICKETS_TOKEN lacks probe",
        "mail": "PROBER_MAIL_TO",
        "slack": "PROBER_SLACK_SIGNING_SECRET",
        "sms": "PROBER_TWILIO_AUTH_TOKEN",
        "portal": "away: ",
    }
    assert {name: found[name] for name, word in words.items() if word not in found[name]} == {}
    assert all(found[name].startswith("problem") for name in words)
    assert said.code == 1


@pytest.mark.asyncio(loop_scope="module")
async def test_a_failure_names_its_stage_and_what_to_look_at(at: Probed) -> None:
    refused = (await at.once("mail", PROBER_MAIL_TO="nobody@elsewhere.example"))["mail"]
    assert (refused["stage"], refused["reason"]) == ("door", "refused")
    assert "PROBER_MAIL_TO" in refused["look_at"]
    away = (await at.once("mail", PROBER_SMTP_URL=f"smtp://{HOST}:1"))["mail"]
    assert (away["stage"], away["reason"]) == ("door", "away")
    unsigned = (await at.once("slack", PROBER_SLACK_SIGNING_SECRET="0" * 32))["slack"]
    assert (unsigned["stage"], unsigned["reason"]) == ("door", "refused")
    unsigned = (await at.once("sms", PROBER_TWILIO_AUTH_TOKEN="0" * 32))["sms"]
    assert (unsigned["stage"], unsigned["reason"]) == ("door", "refused")
    assert "PROBER_TWILIO_AUTH_TOKEN" in unsigned["look_at"]
    nobody = (await at.once("mail", PROBER_TICKETS_TOKEN="vnt_guess"))["mail"]
    assert (nobody["stage"], nobody["reason"]) == ("issue", "refused")


@pytest.mark.asyncio(loop_scope="module")
async def test_where_the_router_stands_still_it_says_that_the_ticket_did_not_come(at: Probed) -> None:
    router = at.desk.services["router"]
    await router.stop()
    try:
        stopped = await at.desk.add("prober", environment={**at.environment, "PROBER_DRAIN_SECONDS": "0.5"})
        assert await stopped.stop(5) == 0, "one that waits for its ticket is given up"
        del at.desk.services["prober"]
        late = (await at.once("mail", PROBER_SETTLE_SECONDS="2.5"))["mail"]
    finally:
        await router.start()
    assert (late["stage"], late["reason"]) == ("settle", "late")
    assert "ledger" in late["look_at"]
    assert "mail: accepted; waiting for the ticket" in late["told"]
    ledger = await settled(at)
    assert "created" not in ledger["email"]["settled"] or ledger["email"]["settled"]["created"] == 1


@pytest.mark.asyncio(loop_scope="module")
async def test_what_people_read_fits_their_screen_and_wrong_settings_are_named(at: Probed) -> None:
    said = await at.prober("once", "--channel=mail", "--channel=sms", PROBER_SMTP_URL=f"smtp://{HOST}:1")
    assert said.code == 1
    assert all(len(line) <= 80 for line in said.out.splitlines())
    assert "FAILED at door" in said.out
    assert re.search(r"sms +seen as a ticket in \d+\.\d\d s", said.out)
    said = await at.prober("once", "--channel=fax")
    assert (said.code, "'fax' is no channel" in said.err) == (2, True)
    said = await at.prober("once", "--channel=mail", PROBER_MAIL_TO="")
    assert (said.code, "PROBER_MAIL_TO" in said.err) == (2, True)
    said = await at.prober("once", "--run", "/nowhere/run.json")
    assert (said.code, "make run" in said.err) == (2, True)


@pytest.mark.asyncio(loop_scope="module")
async def test_the_service_probes_at_intervals_and_tells_metrics(at: Probed) -> None:
    settings = {**at.environment, "PROBER_CHANNELS": "mail,api", "PROBER_INTERVAL_SECONDS": "10"}
    prober = await at.desk.add("prober", environment=settings)
    try:
        async with httpx.AsyncClient() as client:

            async def probed() -> str:
                text = (await client.get(f"{prober.url}/metrics")).text
                assert 'prober_probes_total{channel="mail",outcome="ok"} 1' in text
                assert 'prober_probes_total{channel="api",outcome="ok"} 1' in text
                return text

            text = await eventually(probed, 30, every_seconds=0.2)
        assert 'prober_latency_seconds_count{channel="mail",stage="total"} 1.0' in text
        assert float(re.search(r'prober_success_timestamp_seconds{channel="mail"} (\S+)', text)[1]) > 1e9  # type: ignore[index]  # asserted by the match
    finally:
        assert await asyncio.wait_for(prober.stop(), 30) == 0
        del at.desk.services["prober"]
