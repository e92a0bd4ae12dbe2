"""Routed messages in any number, as the router itself writes them: for replays in tests and for measuring."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from router.adapters.routed_event import Decided, write_routed
from router.domain.decide import decide
from router.domain.explain import Explainer
from router.domain.facts import Facts
from router.domain.rules import RuleSet
from tests.unit.router.samples import CATALOGUES, DEFAULT_RULES, NOON, delivery, message
from ventanilla_contracts.events import MessageReceived
from ventanilla_contracts.routing import RoutingContext
from ventanilla_runtime.publish import Outgoing

SUBJECTS = (
    "El servidor está caído", "Factura de octubre", "No recuerdo mi contraseña", "Una duda sobre el horario", "Saludos",
    "The printer doesn't work", "Re: Su pedido", "Invoice 4711", "Opening hours?", "Phishing", "urgente", "Baja",
)  # fmt: skip
WORDS = (
    "buenos días tengo una cuestión sobre el pedido que hice la semana pasada the parcel has not arrived yet please "
    "tell me when it will be here gracias y un saludo urgente factura quisiera saber si es posible cambiar la dirección"
)
CHANNELS = ("email", "email", "email", "webchat", "slack")


def messages(count: int, seed: int = 4) -> Iterator[tuple[MessageReceived, datetime, RoutingContext | None]]:
    """What came in, when it was decided, and what was known: always the same for the same seed."""
    chance = random.Random(seed)
    for number in range(count):
        text = " ".join(chance.choices(WORDS.split(), k=chance.randint(20, 200)))
        context = None
        if number % 4 == 0:
            context = RoutingContext.model_validate(
                {"customer": {"vip": number % 20 == 0, "open_tickets": number % 5}, "open_now": {"office": True}}
            )
        received = message(
            f"{chance.choice(SUBJECTS)} {number}",
            text,
            id=f"message.received.v1:m{number}",
            channel=chance.choice(CHANNELS),
            sender=f"ana{number % 977}@acme{number % 91}.example",
            authentication={"grade": chance.choice(["verified", "plausible", "claimed"]), "dmarc": "pass"},
            threading={"in_reply_to": "x@desk.example"} if number % 3 == 0 else {},
        )
        yield received, NOON + timedelta(minutes=number % 1_440), context


def routed(
    given: Sequence[tuple[MessageReceived, datetime, RoutingContext | None]]
    | Iterator[tuple[MessageReceived, datetime, RoutingContext | None]],
    rules: RuleSet = DEFAULT_RULES,
) -> Iterator[Outgoing]:
    """The events in which a rule set's decisions travel on; the first one tells what the rules ask."""
    explainer = Explainer(CATALOGUES)
    for number, (received, decided_at, context) in enumerate(given, 1):
        facts = Facts(received, decided_at, rules.zone, context, rules.calendar)
        outcome = decide(facts, rules)
        decided = Decided(
            delivery(received, sequence=number), received, facts, outcome, explainer.explain(outcome), decided_at
        )
        yield write_routed(decided, rules, "desk", with_texts=number == 1)
