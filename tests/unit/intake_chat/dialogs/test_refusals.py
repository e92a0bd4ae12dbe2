"""What the ticket service says no with has Spanish words in the dialogs: held against its own sentences, not copies."""

from collections.abc import Callable

import pytest
from pydantic import TypeAdapter, ValidationError

from intake_chat.domain.slack.cards.words import card_word
from intake_chat.domain.slack.dialogs.refusals import in_words
from intake_chat.domain.slack.dialogs.words import term
from tests.unit.tickets.builders import ticket
from tickets.adapters.http.desk_bodies import Reason
from tickets.domain.correspondence.requesters import Standing, Wish, must_ask
from tickets.domain.joining.incidents import must_be_problem
from tickets.domain.joining.links import CAUSED_BY, Link, must_link
from tickets.domain.joining.merging import joining, must_be_its_own, must_fit, must_reach
from tickets.domain.staffing.escalating import DE_ESCALATE, ESCALATE, Destination, destination_of, must_be_open
from tickets.domain.staffing.people import Team
from tickets.errors import Refused

NETWORK = Team("network", "Redes", "Networks", "2")


def few_words() -> None:
    try:
        TypeAdapter(Reason).validate_python("too hard")
    except ValidationError as error:
        raise Refused(f"/reason: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from error


SAID: dict[str, tuple[Callable[[], object], str]] = {
    "solved": (lambda: must_be_open(ticket(7, status="solved")), "La #7 está resuelta"),
    "closed": (lambda: must_be_open(ticket(7, status="closed")), "La #7 está cerrada"),
    "merged": (lambda: must_be_its_own(ticket(7, merged_into=9)), "La #7 se unió a la #9: trabaja en esa"),
    "merged already": (lambda: must_fit(ticket(7, merged_into=9), ticket(8), [], []), "La #7 ya se unió a la #9"),
    "one by now": (lambda: must_fit(ticket(7), ticket(8, merged_into=7), [], []), "La #8 ya se unió a la #7: son una"),
    "name the other": (lambda: must_fit(ticket(7), ticket(8, merged_into=9), [], []), "La #8 se unió a la #9: elige"),
    "closed, to merge": (lambda: must_fit(ticket(7, status="closed"), ticket(8), [], []), "La #7 está cerrada"),
    "others there": (lambda: must_fit(ticket(7), ticket(8), [3], []), "A la #7 se unieron otras"),
    "two people": (
        lambda: joining(ticket(7, requester_id=1), ticket(8, requester_id=2), [], [], set(), share=False),
        "Preguntaron dos personas distintas",
    ),
    "no mailbox": (
        lambda: must_reach(ticket(7, account="a@b.example"), ticket(8, account="T1/C1")), "La #8 no tiene buzón",
    ),
    "neither way": (
        lambda: must_reach(
            ticket(7, account="a@b.example", requester_id=1),
            ticket(8, account="T1/D1", requester_id=2, requester_address="T1/U1"),
        ),
        "No se pueden unir",
    ),
    "no mail address": (
        lambda: must_reach(
            ticket(7, account="T1/C1", requester_id=1, requester_address="T1/U1"), ticket(8, requester_id=2)
        ),
        "Quien pregunta en la #7 no tiene correo",
    ),
    "there already": (
        lambda: destination_of(ESCALATE, ticket(7, tier="2"), Destination("2"), None, [NETWORK]),
        "La #7 ya está en el nivel 2",
    ),
    "other way": (
        lambda: destination_of(DE_ESCALATE, ticket(7, tier="1"), Destination(None, "network"), NETWORK, []),
        "Del nivel 1 al 2 no se baja",
    ),
    "no team": (
        lambda: destination_of(ESCALATE, ticket(7), Destination("3"), None, []), "Ningún equipo trabaja en el nivel 3",
    ),
    "retired": (
        lambda: destination_of(ESCALATE, ticket(7), Destination(None, "network"), Team("network", active=False), []),
        "El equipo network ya no existe",
    ),
    "no problem": (
        lambda: must_link(Link(7, 9, CAUSED_BY), ticket(7), ticket(9, type="incident"), [], 0),
        "La #9 no es un problema",
    ),
    "no incidents": (lambda: must_be_problem(ticket(7, type="incident")), "La #7 no es un problema"),
    "asks already": (
        lambda: must_ask(ticket(7, requester_address="a@b.example"), Wish("a@b.example", "", "x"), set(), Standing()),
        "Ya es quien pregunta",
    ),
    "aside": (
        lambda: must_ask(ticket(7), Wish("z@b.example", "", "x"), set(), Standing(role="aside")),
        "Se le consultó aparte",
    ),
    "full": (
        lambda: must_ask(ticket(7), Wish("z@b.example", "", "x"), set(), Standing(20)), "Ya hay 20 personas en copia",
    ),
    "direct": (
        lambda: must_ask(ticket(7, channel="slack", account="T1/D1"), Wish("T1/U9", "", "x"), set(), Standing()),
        "Sigue en mensajes directos",
    ),
    "merged conversations": (
        lambda: must_ask(
            ticket(7, channel="slack", account="T1/C1"), Wish("T1/U9", "", "x"), set(), Standing(merged=[5])
        ),
        "La #5, unida a la #7, sigue en una conversación",
    ),
    "never seen": (
        lambda: must_ask(ticket(7, channel="slack", account="T1/C1"), Wish("T1/U9", "", "x"), set(), Standing()),
        "Nadie así ha escrito a la mesa en Slack",
    ),
    "dropped": (
        lambda: must_ask(
            ticket(7, channel="slack", account="T1/C1"), Wish("T1/U9", "", "x", drop=True, vouched=True), set(),
            Standing(),
        ),
        "Quien preguntaba sigue leyendo el hilo en Slack",
    ),
    "words": (few_words, "Dilo al menos con 3 palabras"),
}  # fmt: skip


@pytest.mark.parametrize(("refuse", "words"), SAID.values(), ids=SAID)
def test_what_the_ticket_service_refuses_is_said_in_spanish(refuse: Callable[[], object], words: str) -> None:
    with pytest.raises(Refused) as refused:
        refuse()

    assert in_words(refused.value.slug, str(refused.value), "es").startswith(words)


ALREADY = {
    "related": (": constan como que tienen que ver. ", ", as related to each other. "),
    "duplicate": (": constan como lo mismo. ", ", as duplicates. "),
    "caused_by": (": consta que una causa la otra. ", ": one as the cause of the other. "),
    "follow_up": (": consta que una es continuación de la otra. ", ": one as following up the other. "),
    "of_a_later_release": (" de otra manera. ", " in another way. "),
}


@pytest.mark.parametrize("kind", ALREADY)
def test_tickets_that_are_linked_otherwise_are_said_to_be_that_and_where_it_is_undone(kind: str) -> None:
    refused = f"tickets 7 and 5 are linked as {kind} already; unlink first"
    spanish, english = (in_words("conflict", refused, language) for language in ("es", "en"))

    assert spanish.startswith(f"La #7 y la #5 ya están relacionadas{ALREADY[kind][0]}")
    assert english.startswith(f"#7 and #5 are linked already{ALREADY[kind][1]}")
    assert f"«{card_word('action.more', 'es')}» → «{card_word('action.link', 'es')}»" in spanish
    assert f"“{card_word('action.more', 'en')}” → “{card_word('action.link', 'en')}”" in english
    assert f"«{term('unlink', 'es')}»" in spanish
    assert f"“{term('unlink', 'en')}”" in english
