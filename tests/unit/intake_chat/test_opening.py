"""The dialog of `/desk new`: what it reads, what the desk is asked for, and who cannot be written to."""

from dataclasses import replace
from typing import Any

import pytest

from intake_chat.domain.slack.entry.new_ticket import NewTicket, Wrong, new_ticket_dialog, wanted
from intake_chat.domain.slack.interactions import Submitted
from intake_chat.domain.slack.newcomers import Newcomer
from intake_chat.domain.slack.normalise import Profile
from intake_chat.domain.slack.places import Conversation
from intake_chat.errors import DeskRefused, SlackRefused
from intake_chat.handlers.agents.opening import Opening
from tests.unit.intake_chat.test_commands import EVA, Desk
from ventanilla_devstack.slack.blocks import check_view

CARMEN = Newcomer("T1", "Carmen", machine=False, gone=False, reads=True)


def filled(channel: str = "email", **values: Any) -> dict[str, Any]:
    given = {"address": "ana@x.example", "person": "U9", "subject": "Factura  de\tmayo", "text": " Hola ", **values}
    state = {name: {name: {"value": value}} for name, value in given.items()}
    state["person"] = {"person": {"selected_user": given["person"]}}
    state["channel"] = {"channel": {"selected_option": {"value": channel}}}
    return {"id": "V1", "state": {"values": state}}


def test_what_the_dialog_says_is_read_or_what_is_missing_is_named() -> None:
    assert check_view(new_ticket_dialog("en", "x" * 200), "modal") == []

    assert wanted(filled()) == NewTicket("email", "Factura de mayo", "Hola", address="ana@x.example")
    assert wanted(filled("slack")) == NewTicket("slack", "Factura de mayo", "Hola", person="U9")
    assert wanted(filled("slack", person=None)) == Wrong("person", "new.need_person")
    for address in (None, "ana", "ana@x", "a b@x.example", "<a@x.example>"):
        assert wanted(filled(address=address)) == Wrong("address", "new.need_address")


class Beginnings:
    def __init__(self, refused: bool = False) -> None:
        self.refused = refused
        self.sources: list[str] = []

    async def conversation(self, source: str, team: str, user: str, words: Any) -> Conversation:
        if self.refused:
            raise SlackRefused("conversations.open", "user_disabled")
        self.sources.append(f"{source} {await words()}")
        return Conversation(team, f"D{user}", "9.000001")


class People:
    async def profile(self, user: str) -> Profile:
        return Profile(name="Carmen", language="es")


async def opened(
    view: dict[str, Any], beginnings: Beginnings, *answers: Any, chosen: Newcomer | None = CARMEN
) -> tuple[Any, Desk]:
    desk = Desk(*(answers or ({"teams": [{"team": "billing"}]}, {"number": 7})))

    async def look_at(user: str, account: str) -> Newcomer | None:
        assert (user, account) == ("U9", "T1/")
        return chosen

    parts: Any = {"desk": desk, "beginnings": beginnings, "people": People(), "done": lambda _: None}
    parts |= {"look_at": look_at, "address": "https://desk.example/desk/"}
    return await Opening(**parts).submitted(Submitted(EVA, view, "V1")), desk


async def test_by_mail_the_desk_opens_it_and_the_words_are_the_first_answer() -> None:
    answer, desk = await opened(filled(), Beginnings())

    assert "<https://desk.example/desk/7|#7>" in str(answer["view"]["blocks"])
    assert "ana@x.example" in str(answer["view"]["blocks"])
    assert check_view(answer["view"], "modal") == []
    opening, reply = desk.acts
    assert opening[1] == "/tickets"
    assert opening[2]["requester"] == {"address": "ana@x.example"}
    assert (opening[2]["team"], opening[2]["assignee"]) == ("billing", "eva")
    assert opening[2]["internal"] is True, "what the desk says of itself is not the customer's"
    assert reply == ("POST", "/tickets/7/replies", {"text": "Hola"}, "V1/reply")
    assert opening[3] == "V1/open"


async def test_in_slack_the_conversation_is_begun_first_and_inert() -> None:
    beginnings = Beginnings()
    answer, desk = await opened(filled("slack", subject="<!here> hola"), beginnings)

    assert "#7" in str(answer["view"]["blocks"])
    assert "Carmen" in str(answer["view"]["blocks"])
    assert beginnings.sources == ["opening/T1/V1/U9 *&lt;!here&gt; hola*"]
    body = desk.acts[0][2]
    assert body["chat"] == {"channel": "slack", "account": "T1/DU9", "conversation": "T1/DU9/9.000001"}
    assert body["requester"] == {"address": "T1/U9", "name": "Carmen"}


@pytest.mark.parametrize(
    ("subject", "read"),
    [
        ("Contrato nuevo", "*Contrato nuevo*"),
        ("Contrato *nuevo*", "Contrato *\u2060nuevo*\u2060"),
        ("`fin` de_mes", "`\u2060fin`\u2060 de_mes"),
    ],
)
async def test_the_customer_reads_the_subject_as_it_was_typed_whatever_signs_are_in_it(subject: str, read: str) -> None:
    beginnings = Beginnings()
    await opened(filled("slack", subject=subject), beginnings)

    assert beginnings.sources == [f"opening/T1/V1/U9 {read}"]


async def test_an_agent_without_a_team_is_told_before_anything_is_begun() -> None:
    beginnings = Beginnings()
    answer, desk = await opened(filled("slack"), beginnings, {"teams": []})

    assert answer is not None
    assert list(answer["errors"]) == ["subject"]
    assert (desk.acts, beginnings.sources) == ([], [])


async def test_somebody_whom_slack_lets_nobody_write_to_is_said_at_the_field() -> None:
    answer, desk = await opened(filled("slack"), Beginnings(refused=True))

    assert list(answer["errors"]) == ["person"]
    assert desk.acts == []


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        (replace(CARMEN, machine=True), "bot"),
        (replace(CARMEN, gone=True), "no está activa"),
        (None, "no conoce"),
    ],
)
async def test_machines_and_those_who_have_left_are_refused_as_elsewhere(chosen: Newcomer | None, told: str) -> None:
    beginnings = Beginnings()
    answer, desk = await opened(filled("slack"), beginnings, chosen=chosen)

    assert told in answer["errors"]["person"]
    assert (desk.acts, beginnings.sources) == ([], []), "nothing was begun"


async def test_a_mailbox_of_the_desk_is_said_at_its_field() -> None:
    own = DeskRefused(422, "invalid", "mail cannot go there: it is the desk's own", "/requester/address")
    answer, _ = await opened(filled(), Beginnings(), {"teams": [{"team": "billing"}]}, own)

    assert "es de la mesa" in answer["errors"]["address"]


async def test_beside_a_ticket_service_of_the_release_before_it_opens_as_it_did_there() -> None:
    unknown = DeskRefused(422, "invalid", "is not known here", "/internal")
    answer, desk = await opened(filled(), Beginnings(), {"teams": [{"team": "billing"}]}, unknown, {"number": 7})

    assert "#7" in str(answer["view"]["blocks"])
    first, second, _ = desk.acts
    assert second[2] == {name: value for name, value in first[2].items() if name != "internal"}
    assert first[3] == second[3]
