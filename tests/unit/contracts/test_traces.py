from ventanilla_contracts.decisions import ConditionText, GroupTrace, RuleText, RuleTexts
from ventanilla_contracts.trace_text import Explained, trace_lines
from ventanilla_contracts.traces import whole

CHANNEL = ConditionText(condition="message.channel is sms", facts=("message.channel",))
WORDS = ConditionText(condition="message.content mentions down", facts=("message.content",), words=True)
TEXTS = RuleTexts(
    id="t",
    groups=(
        GroupTrace(name="kind", match="first", rules=("a", "b", "c")),
        GroupTrace(name="more", match="all", called=True, rules=("d",)),
        GroupTrace(name="last", match="all", rules=("e",)),
    ),
    rules=(
        RuleText(rule="a", conditions=(CHANNEL,)),
        RuleText(rule="b", conditions=(CHANNEL, WORDS)),
        RuleText(rule="c"),
        RuleText(rule="d", conditions=(WORDS,)),
        RuleText(rule="e", conditions=(ConditionText(condition="cel: 1 / 0 > 1"),)),
    ),
)
DECIDED = {
    "decision": {"team": "technical"},
    "outcomes": {"kind": "n0 m11", "last": "f?"},
    "found": {"b/1": ["is down"]},
    "failed": {"e": "cel: 1 / 0 > 1: divide by zero"},
    "facts": {"message.channel": "email", "sender.domain": "acme.example"},
    "rule_set": {"name": "acme", "hash": "ab12", "texts": "t"},
}


def test_a_trace_is_made_whole_of_outcomes_and_texts_in_the_order_of_happening() -> None:
    told = whole(DECIDED, TEXTS)

    assert told["trace"] == [
        {"rule": "a", "outcome": "not_matched", "conditions": [
            {"condition": "message.channel is sms", "truth": False, "saw": {"message.channel": "email"}},
        ]},
        {"rule": "b", "outcome": "matched", "conditions": [
            {"condition": "message.channel is sms", "truth": True, "saw": {"message.channel": "email"}},
            {"condition": "message.content mentions down", "truth": True, "saw": {"message.content": ["is down"]}},
        ]},
        {"rule": "c", "outcome": "not_tried", "detail": "b"},
        {"rule": "e", "outcome": "failed", "detail": "cel: 1 / 0 > 1: divide by zero", "conditions": [
            {"condition": "cel: 1 / 0 > 1", "truth": None},
        ]},
        {"rule": "d", "outcome": "not_tried"},
    ]  # fmt: skip
    assert [group["name"] for group in told["groups"]] == ["kind", "more", "last"]
    assert not told["trace_cut"]
    assert told.keys().isdisjoint({"outcomes", "found", "failed"})


def test_a_decision_whose_texts_nobody_has_is_told_without_its_trace() -> None:
    told = whole(DECIDED, None)

    assert told["trace"] == []
    assert told["trace_cut"]
    assert "was too much" in trace_lines(Explained.model_validate(told), "en")[-1]


def test_a_decision_that_was_stored_with_its_trace_stays_as_it_is() -> None:
    stored = {"decision": {}, "groups": [{"name": "g"}], "trace": [{"rule": "a", "outcome": "matched"}]}

    assert whole(stored, None) == stored
    assert whole(stored, TEXTS) == stored


def test_outcomes_that_do_not_fit_the_texts_break_nothing() -> None:
    odd = {**DECIDED, "outcomes": {"gone": "m", "kind": "x1 n m111 n0 n0"}, "found": {}, "facts": {}}

    told = whole(odd, TEXTS)

    assert [entry["outcome"] for entry in told["trace"]] == ["x", "not_matched", "matched", "not_tried", "not_tried"]
