"""What the router decides, and how it came to that: parts of `MessageRouted`."""

from typing import Annotated, Any

from pydantic import Field

from ventanilla_contracts.parts import Part

Priority = Annotated[str, Field(examples=["low", "normal", "high", "urgent"])]


class ReplyChanges(Part):
    """What rules want of a ticket that exists when a message joins it. None: as it is.

    Of a field with a value, no bound is given.
    """

    type: str | None = None
    category: str | None = None
    priority: Priority | None = None
    tier: str | None = None
    team: str | None = None
    service_level_policy: str | None = None
    at_least: dict[str, str] = Field(
        default_factory=dict,
        description="Of `priority` and `tier`: raised to this where the ticket has less.",
        examples=[{"priority": "high"}],
    )
    at_most: dict[str, str] = Field(default_factory=dict, description="Lowered to this where the ticket has more.")
    tags: tuple[str, ...] = Field((), max_length=50, description="Added to those that the ticket has.")
    rules: tuple[str, ...] = Field((), max_length=50, description="The rules that want it, in order.")


class Decision(Part):
    """Where a message goes. Every field has a value, so that a rule set without a match still decides."""

    ticket_type: str = Field("question", examples=["incident", "request", "question", "problem"])
    category: str = "other"
    impact: str = Field("low", examples=["low", "medium", "high"])
    urgency: str = Field("low", examples=["low", "medium", "high"])
    priority: Priority = "normal"
    tier: str = Field("1", examples=["1", "2", "3"])
    team: str = "first-line"
    service_level_policy: str = "standard"
    tags: tuple[str, ...] = Field((), max_length=50)
    quarantine: str | None = Field(None, description="Why a person must look first; None: no.")
    acknowledge: bool = True
    acknowledgement: str | None = Field(None, description="Template of the acknowledgement; None: the desk's own.")
    skills: tuple[str, ...] = Field((), max_length=20, description="Whoever takes it should have them.")
    on_reply: ReplyChanges | None = Field(
        None, description="What a message that joins a ticket changes in it; None: nothing."
    )


class ConditionTrace(Part):
    """One condition of a rule: its truth, and the facts it looked at with their values (cut)."""

    condition: str = Field("", description="What was asked, short, for example `message.content mentions outage-en`.")
    truth: bool | None = Field(description="None: it could not be evaluated, or a fact it needs is not known.")
    saw: dict[str, Any] = Field(
        default_factory=dict, description="Fact → value, cut; of a text searched for words only the phrases found."
    )
    within: tuple[str, ...] = Field(
        (),
        description="The `any` and `all` that it stands in, from outside in, each with its number in the rule. "
        "Without, it must hold.",
        examples=[["any 1", "all 2"]],
    )


class GroupTrace(Part):
    """A group of rules as the set has it: in this order they are tried."""

    name: str
    match: str = Field(
        examples=["first", "all"], description="The first rule that matches ends the group, or none does."
    )
    on: str = Field("message", examples=["message", "reply"], description="reply: tried only for answers.")
    called: bool = Field(False, description="Tried only if a rule continues with it.")
    rules: tuple[str, ...] = ()


class RuleTrace(Part):
    """What happened to one rule."""

    rule: str
    outcome: str = Field(examples=["matched", "not_matched", "unknown", "failed", "not_tried"])
    conditions: tuple[ConditionTrace, ...] = ()
    detail: str = Field(
        "", description="For a failed rule: the error. For one not tried: the rule of its group that matched before."
    )


class RuleSetRef(Part):
    """Which rules decided."""

    name: str
    hash: str = Field(description="SHA-256 of the rule set's canonical form, 64 hexadecimal digits.")
    texts: str = Field("", description="Id of the `RuleTexts` that make a trace of `outcomes`.", max_length=64)


class ConditionText(Part):
    """What a condition asks, the same for every message."""

    condition: str
    facts: tuple[str, ...] = Field((), description="What it looks at.")
    words: bool = Field(False, description="It looks for words in a text: what it saw are the phrases in `found`.")
    within: tuple[str, ...] = Field((), description="As in `ConditionTrace`.")


class RuleText(Part):
    """A rule with its conditions, in the order of the digits in `outcomes`."""

    rule: str
    conditions: tuple[ConditionText, ...] = ()


class RuleTexts(Part):
    """What the rules of a set ask: told now and then instead of with every message."""

    id: str = Field(description="Of exactly these texts; `RuleSetRef.texts` names it.", max_length=64)
    groups: tuple[GroupTrace, ...] = ()
    rules: tuple[RuleText, ...] = ()
    cut: bool = Field(False, description="Conditions of the last rules are left out: an event cannot hold more.")
