import asyncio
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.broker import STORAGE_BYTES, Desk, new_nats_server
from tests.support.commands import run_beside
from ventanilla_devstack.nats_server import NatsServer, generate_passwords
from ventanilla_runtime import topology


async def test_a_release_with_one_stream_more_fits_into_a_server_that_has_no_room_to_spare(server_folder: Path) -> None:
    server = NatsServer(server_folder / "nats", generate_passwords(), storage_bytes=STORAGE_BYTES)
    server.start()
    desk = Desk(server)
    try:
        await desk.apply_topology()
        operator = await desk.connect()
        # As a release before had it: one stream less, and its room with another one.
        freed = (await operator.api("STREAM.INFO.PHONE"))["config"]["max_bytes"]
        await operator.api("STREAM.DELETE.PHONE")
        raw = (await operator.api("STREAM.INFO.OBJ_raw"))["config"]
        before = {**raw, "max_bytes": raw["max_bytes"] + freed}
        assert "error" not in await operator.api("STREAM.UPDATE.OBJ_raw", before)

        await desk.apply_topology()

        assert "error" not in await operator.api("STREAM.INFO.PHONE")
        assert (await operator.api("STREAM.INFO.OBJ_raw"))["config"]["max_bytes"] == raw["max_bytes"]
    finally:
        await desk.close()
        server.stop()


async def test_an_older_release_leaves_what_a_newer_one_made_as_it_is(
    fresh_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = await fresh_desk.connect("topology")
    [speaker] = [one for one in topology.CONSUMERS if one.durable == "intake-chat-speaker"]
    [operations] = [one for one in topology.STREAMS if one.name == "OPERATIONS"]
    wider = replace(operations, subjects=(*operations.subjects, "of.a.newer.release.v1"), max_age_days=200)
    hears = replace(speaker, subjects=(*speaker.subjects, "notification.requested.v1.telex"))
    with monkeypatch.context() as newer:
        newer.setattr(topology, "REVISION", topology.REVISION + 1)
        newer.setattr(topology, "STREAMS", [wider if one is operations else one for one in topology.STREAMS])
        newer.setattr(topology, "CONSUMERS", [hears if one is speaker else one for one in topology.CONSUMERS])
        await topology.apply(broker, storage_bytes=STORAGE_BYTES)
    told: list[str] = []

    await topology.apply(broker, storage_bytes=STORAGE_BYTES, report=told.append)

    assert told == [
        "stream OPERATIONS left as a newer release made it",
        "consumer intake-chat-speaker left as a newer release made it",
    ]
    stream = (await broker.api("STREAM.INFO.OPERATIONS"))["config"]
    assert "desk.of.a.newer.release.v1" in stream["subjects"]
    assert stream["max_age"] == 200 * 86_400 * 10**9
    consumer = (await broker.api("CONSUMER.INFO.OUTBOUND.intake-chat-speaker"))["config"]
    assert "desk.notification.requested.v1.telex" in consumer["filter_subjects"]
    assert await topology.differences(broker) == []
    await broker.api("STREAM.DELETE.OPERATIONS")
    await broker.api("CONSUMER.DELETE.OUTBOUND.intake-chat-speaker")


async def test_two_jobs_at_once_make_the_same_and_both_succeed(fresh_desk: Desk) -> None:
    brokers = [await fresh_desk.connect("topology") for _ in range(2)]
    for name in ("CHAT", "KV_chat_state", "OPERATIONS"):
        await brokers[0].api(f"STREAM.DELETE.{name}")

    await asyncio.gather(*(topology.apply(broker, storage_bytes=STORAGE_BYTES) for broker in brokers))

    assert await topology.differences(brokers[0], storage_bytes=STORAGE_BYTES) == []


async def test_a_job_waits_for_its_broker_and_says_so(server_folder: Path) -> None:
    server = NatsServer(server_folder / "nats", generate_passwords(), storage_bytes=2 * STORAGE_BYTES)
    server.start()
    await asyncio.to_thread(server.stop)
    environment = {"PATH": os.environ["PATH"], "VENTANILLA_NATS_URL": server.url("topology")}
    arguments = ("topology", "apply", "--storage-bytes", str(STORAGE_BYTES), "--wait", "60")
    late = await run_beside("ventanilla", *arguments[:-1], "0.2", environment=environment)
    assert late.code == 1
    assert late.err.splitlines()[-1].startswith("ventanilla: no NATS server answers")
    applying = asyncio.create_task(run_beside("ventanilla", *arguments, environment=environment))
    try:
        await asyncio.wait([applying], timeout=2.5)
        assert not applying.done()
        server.start()
        said = await applying
    finally:
        await asyncio.to_thread(server.stop)
    assert said.code == 0, said.err
    assert re.search(r"^waiting, \d+ s more at most: no NATS server answers", said.err)
    assert "stream INTAKE made" in said.out


async def test_copies_that_one_server_cannot_keep_are_refused_at_once_with_what_to_say_instead(
    nats_server: NatsServer,
) -> None:
    environment = {"PATH": os.environ["PATH"], "VENTANILLA_NATS_URL": nats_server.url("topology")}
    said = await run_beside(
        "ventanilla", "topology", "apply", "--replicas", "3", "--wait", "60", environment=environment
    )
    assert said.code == 3, "the chart's Job tries what ends with it no more"
    assert "topology.replicas: 1" in said.err
    assert "waiting" not in said.err


async def test_more_bytes_than_the_disk_of_the_broker_gives_are_refused_at_once_with_what_to_say_instead(
    server_folder: Path,
) -> None:
    server = new_nats_server(server_folder / "nats")
    server.start()
    try:
        environment = {"PATH": os.environ["PATH"], "VENTANILLA_NATS_URL": server.url("topology")}
        arguments = ["topology", "apply", "--storage-bytes", str(4 * STORAGE_BYTES), "--wait", "60"]
        said = await run_beside("ventanilla", *arguments, environment=environment)
    finally:
        await asyncio.to_thread(server.stop)
    assert said.code == 3, "the chart's Job tries what ends with it no more"
    assert "topology.storageBytes" in said.err
    assert "max_file_store" in said.err
    assert "waiting" not in said.err
