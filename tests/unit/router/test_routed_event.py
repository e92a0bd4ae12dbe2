import json
from dataclasses import replace

import pytest

from router.adapters.routed_event import DESCRIBED_LIMIT_BYTES, Decided, write_routed
from router.adapters.rule_texts import LIMIT_BYTES, texts_of
from router.domain.explain import Explainer
from router.domain.facts import Facts
from router.domain.rules import RuleSet
from router.errors import MessageRefused
from tests.unit.router.samples import (
    CATALOGUES,
    CREATED_AT,
    DEFAULT_RULES,
    NOON,
    decided,
    delivery,
    message,
    rule_text,
    rules_of,
)
from tests.unit.router.test_decide import with_broken
from ventanilla_contracts.decisions import RuleTrace
from ventanilla_contracts.events import MessageReceived, MessageRouted
from ventanilla_contracts.trace_text import Explained, trace_lines
from ventanilla_contracts.traces import unfolded, whole
from ventanilla_runtime.delivery import Delivery
from ventanilla_runtime.publish import Outgoing

DOOR = {"stream": "ACCEPTED", "created_at": "2026-11-20T08:00:00Z", "sequence": 4711, "accepted_at": NOON}


def routed(given: Delivery, rules: RuleSet = DEFAULT_RULES, *, with_texts: bool = False) -> Outgoing:
    received = MessageReceived.model_validate_json(given.body)
    outcome = decided(received, rules)
    facts = Facts(received, NOON, rules.zone)
    sentence = Explainer(CATALOGUES).explain(outcome)
    return write_routed(Decided(given, received, facts, outcome, sentence, NOON), rules, "desk", with_texts=with_texts)


def trace_of(event: MessageRouted, rules: RuleSet) -> tuple[RuleTrace, ...]:
    """The whole trace of what a set has decided."""
    assert event.rule_set.texts == texts_of(rules).id
    return unfolded(event.model_dump(mode="json"), texts_of(rules))


def test_the_received_bytes_are_in_the_event_unchanged() -> None:
    body = b' {"unknown" : [1e3, "\\u00e1\\u0000"],\n' + message("Caída", "ñ 🔥").model_dump_json(indent=1).encode()[1:]

    written = routed(delivery(body))

    assert written.body.startswith(b'{"received":' + body + b',"decision":')
    assert json.loads(written.body)["received"]["unknown"] == [1000.0, "á\0"]


def test_the_event_is_what_the_contract_promises() -> None:
    event = MessageRouted.model_validate_json(
        routed(delivery(message("El servidor está caído", sender="a@vip.example"))).body
    )

    assert event.id == "message.routed.v1:abc"
    assert event.decision.priority == "urgent"
    assert event.decision.tags == ("outage", "vip")
    assert event.set_by["team"] == "outage"
    assert event.rule_set.hash == DEFAULT_RULES.hash
    assert event.decided_at == NOON
    assert event.sentence.keys() == {"es", "en"}
    assert event.facts["sender.domain"] == "vip.example"
    trace = trace_of(event, DEFAULT_RULES)
    by_name = {entry.rule: entry for entry in trace}
    assert [entry.rule for entry in trace] == [rule.name for rule in DEFAULT_RULES.rules]
    assert by_name["outage"].conditions[0].saw == {"message.content": ["está caído"]}
    assert by_name["outage"].conditions[0].condition == "message.content mentions outage-es, outage-en"
    assert by_name["billing"].outcome == "not_tried"
    assert by_name["billing"].detail == "outage"
    assert by_name["security"].conditions[0].truth is False


def test_a_failed_rule_is_in_the_event_with_its_error() -> None:
    rules = with_broken(rules_of(rule_text("bad")), "bad")

    event = MessageRouted.model_validate_json(routed(delivery(message()), rules).body)

    (entry,) = trace_of(event, rules)
    assert entry.outcome == "failed"
    assert entry.conditions[0].truth is None
    assert entry.detail == "broken: divide by zero"


def test_texts_of_the_rules_travel_when_they_are_asked_for_and_go_by_an_id_of_their_own() -> None:
    bare = MessageRouted.model_validate_json(routed(delivery(message())).body)
    telling = MessageRouted.model_validate_json(routed(delivery(message()), with_texts=True).body)

    assert bare.rule_texts is None
    assert telling.rule_texts is not None
    assert telling.rule_texts.id == bare.rule_set.texts == texts_of(DEFAULT_RULES).id
    assert telling == bare.model_copy(update={"rule_texts": telling.rule_texts})


def test_other_words_of_the_same_rules_have_another_id() -> None:
    rules = rules_of(rule_text())
    reworded = replace(rules.rules[0], when=replace(rules.rules[0].conditions[0], text="asked otherwise"))
    other = replace(rules, groups=(replace(rules.groups[0], rules=(reworded,)),))

    assert other.hash == rules.hash
    assert texts_of(other).id != texts_of(rules).id


def test_the_trace_keeps_values_short() -> None:
    rules = rules_of(rule_text(when="{message.text: {contains: y}}"))

    event = MessageRouted.model_validate_json(routed(delivery(message(text="x" * 5000)), rules).body)

    (entry,) = trace_of(event, rules)
    assert len(entry.conditions[0].saw["message.text"]) == 80


def test_the_headers_name_event_acceptance_and_place_in_intake() -> None:
    parent = f"00-{'a' * 32}-{'b' * 16}-01"

    written = routed(delivery(message(acceptance=DOOR), traceparent=parent, vnt_acceptance="ACCEPTED/x/1"))

    assert written.stream == "ROUTED"
    assert written.subject == "desk.message.routed.v1.email"
    headers = dict(written.headers)
    trace = headers.pop("traceparent")
    assert trace.startswith(f"00-{'a' * 32}-")
    assert trace != parent
    assert headers == {
        "Nats-Msg-Id": f"message.routed.v1:abc@INTAKE/{CREATED_AT}/7",
        "ce-id": "message.routed.v1:abc",
        "ce-type": "message.routed.v1",
        "ce-source": "/router",
        "ce-specversion": "1.0",
        "ce-time": "2026-11-23T11:00:00Z",
        "vnt-acceptance": "ACCEPTED/x/1",
        "vnt-intake": f"INTAKE/{CREATED_AT}/7",
        "vnt-channel": "email",
    }


def test_each_message_of_intake_gets_a_message_id_of_its_own_whatever_mail_it_carries() -> None:
    first = routed(delivery(message(acceptance=DOOR), sequence=7))
    second = routed(delivery(message(acceptance={**DOOR, "sequence": 4712}), sequence=8))

    assert first.headers["ce-id"] == second.headers["ce-id"]
    assert first.headers["Nats-Msg-Id"] == f"message.routed.v1:abc@INTAKE/{CREATED_AT}/7"
    assert second.headers["Nats-Msg-Id"] == f"message.routed.v1:abc@INTAKE/{CREATED_AT}/8"


def test_a_channel_without_a_stream_of_its_own_is_accepted_by_its_place_in_intake() -> None:
    written = routed(delivery(message(channel="slack"), sequence=9))

    assert written.subject == "desk.message.routed.v1.slack"
    assert written.headers["vnt-acceptance"] == written.headers["vnt-intake"] == f"INTAKE/{CREATED_AT}/9"


def test_a_redrive_publishes_under_an_id_of_its_own() -> None:
    plain, again = routed(delivery(message())), routed(delivery(message(), attempt=3))

    assert again.headers["Nats-Msg-Id"] == plain.headers["Nats-Msg-Id"] + ".r3"
    assert again.headers["ce-id"] == plain.headers["ce-id"]


@pytest.mark.parametrize(
    "fields",
    [
        {"channel": "a.b"},
        {"channel": ">"},
        {"channel": ""},
        {"channel": "email\r\nPUB x 1"},
        {"id": ""},
        {"id": "a\r\nNats-Expected-Stream: X"},
        {"id": "message.received.v1:ñ"},
        {"id": "x" * 401},
    ],
)
def test_what_cannot_stand_in_a_subject_or_header_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(MessageRefused):
        routed(delivery(message(**{"id": "abc", **fields})))


def test_decision_facts_and_trace_of_the_default_rules_stay_small() -> None:
    long_text = "Buenos días, hay una duda " + "palabra ñ " * 3_000
    for text in ("", long_text, "nadie puede entrar, urgente, está caído, factura, contraseña, no funciona"):
        content = json.loads(routed(delivery(message("Asunto", text))).body)
        compact = [content["outcomes"], content.get("found"), content["facts"]]
        assert len(json.dumps(compact, ensure_ascii=False, separators=(",", ":")).encode()) <= 1_000


def test_a_huge_set_of_rules_leaves_room_for_the_message_and_says_that_its_trace_was_cut() -> None:
    parts = ", ".join(f"{{message.content: {{contains: {n} of this and {'much ' * 12}more}}}}" for n in range(20))
    when = f"[{{message.channel: email}}, {{any: [{{message.reply: false}}, {parts}]}}]"
    rules = rules_of(*[rule_text(f"r{n}", when=when) for n in range(200)])

    content = json.loads(routed(delivery(message("lots of words")), rules, with_texts=True).body)

    event = MessageRouted.model_validate(content)
    assert event.rule_texts is not None
    assert len(event.rule_texts.model_dump_json(exclude_defaults=True)) <= LIMIT_BYTES
    trace = trace_of(event, rules)
    assert [(entry.rule, entry.outcome) for entry in trace] == [(f"r{n}", "matched") for n in range(200)]
    assert trace[0].conditions[0].truth is True
    assert trace[199].conditions == ()
    assert event.decision.team == "technical"
    told = Explained.model_validate(whole(content, event.rule_texts))
    assert "was too much to be kept" in trace_lines(told, "en")[-1]


def test_what_a_message_finds_in_very_many_rules_leaves_room_for_the_message() -> None:
    phrases = [f"phrase {n} " + "that goes on and on and on " * 7 for n in range(5)]
    rules = rules_of(*[rule_text(f"r{n}", when=f"{{message.content: {{mentions: {phrases}}}}}") for n in range(500)])

    content = json.loads(routed(delivery(message("s", " ".join(phrases))), rules).body)

    described = json.dumps({name: value for name, value in content.items() if name != "received"})
    event = MessageRouted.model_validate(content)
    assert len(described) < DESCRIBED_LIMIT_BYTES
    assert event.trace_cut
    assert {entry.outcome for entry in trace_of(event, rules)} == {"matched"}
