"""What a doctor says of the broker: a right that is missing is told as one, and not as a missing stream."""

from tests.support.broker import Desk
from ventanilla_runtime.broker_check import broker_findings
from ventanilla_runtime.findings import OK
from ventanilla_runtime.watching import BrokerWatch


async def test_a_user_without_a_right_is_named_and_sent_to_the_servers_users(fresh_desk: Desk) -> None:
    found = await broker_findings("router", fresh_desk.settings("rules"), "ROUTER_", ())

    assert [one.says.partition("to ")[0] for one in found] == [
        "user rules may not publish ",
        "user rules may not listen ",
    ]
    assert "desk.message.routed.v1.*, desk.deadletter.router, $JS.API.CONSUMER.MSG.NEXT.INTAKE.router" in found[0].says
    assert all("topology users" in one.do and "apply" not in one.do for one in found), found


async def test_a_consumer_that_is_not_there_is_made_by_the_topology(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    await operator.api("CONSUMER.DELETE.INTAKE.router")

    found = await broker_findings("router", fresh_desk.settings("router"), "ROUTER_", ("routing_rules",))

    assert [(one.says, "topology apply" in one.do) for one in found] == [("router is missing", True)]
    assert all(one.state != OK for one in found)


async def test_a_consumer_whose_filter_an_older_job_has_set_back_is_named_with_what_it_does_not_hear(
    fresh_desk: Desk,
) -> None:
    operator = await fresh_desk.connect()
    speaker = (await operator.api("CONSUMER.INFO.OUTBOUND.intake-chat-speaker"))["config"]
    speaker.pop("filter_subjects")
    narrow = {**speaker, "filter_subject": "desk.notification.requested.v1.slack"}
    made = await operator.api(
        f"CONSUMER.CREATE.OUTBOUND.intake-chat-speaker.{narrow['filter_subject']}",
        {"stream_name": "OUTBOUND", "config": narrow},
    )
    assert "error" not in made
    settings = fresh_desk.settings("intake-chat")

    found = await broker_findings("intake-chat", settings, "INTAKE_CHAT_", ())

    says = "intake-chat-speaker does not hear notification.revised.v1.slack"
    assert [(one.says, "topology apply" in one.do) for one in found] == [(says, True)]
    watch = BrokerWatch(await fresh_desk.connect("intake-chat"), "desk")
    assert watch.worry() is None
    await watch.look()
    assert (watch.worry() or "").startswith(f"{says}: ")
    await fresh_desk.apply_topology()
    await watch.look()
    assert watch.worry() is None


async def test_an_object_store_that_is_not_there_is_named_as_a_bucket_is(fresh_desk: Desk) -> None:
    settings, objects = fresh_desk.settings("tickets"), ("raw", "attachments")
    [well] = await broker_findings("tickets", settings, "TICKETS_", ("routing_facts",), objects)
    assert (well.state, "every right, and all 10 consumers and buckets" in well.says) == (OK, True), well
    operator = await fresh_desk.connect()
    await operator.api("STREAM.DELETE.OBJ_attachments")

    found = await broker_findings("tickets", settings, "TICKETS_", ("routing_facts",), objects)

    assert [(one.says, "topology apply" in one.do) for one in found] == [("attachments is missing", True)]
