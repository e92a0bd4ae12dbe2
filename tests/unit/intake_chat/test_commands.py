"""`/desk`: what words mean, what is answered, and what an unknown word gets."""

from typing import Any

import pytest

from intake_chat.domain.actors import Actor
from intake_chat.domain.slack.entry.commands import (
    Assign,
    Find,
    Help,
    Mine,
    OpenNew,
    Solve,
    TeamQueue,
    wish_of,
)
from intake_chat.domain.slack.entry.new_ticket import NewTicket, Wrong, new_ticket_dialog, wanted
from intake_chat.domain.slack.entry.typed import typed
from intake_chat.domain.slack.interactions import Commanded, Submitted
from intake_chat.domain.slack.normalise import Profile
from intake_chat.domain.slack.people import Presser, Somebody
from intake_chat.domain.slack.places import Conversation
from intake_chat.errors import DeskRefused, SlackRefused
from intake_chat.handlers.agents.commands import Commands
from intake_chat.handlers.agents.opening import Opening
from tests.unit.intake_chat.test_home import item
from ventanilla_devstack.slack.blocks import check_view

EVA = Presser(Actor("eva", "Eva Ruiz", "T1/U2"), "T1", "U2", "es")


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("find  la impresora ", Find("la impresora")),
        ("BUSCA vpn", Find("vpn")),
        ("find R&amp;D <https://x.example|x.example>", Find("R&D x.example (https://x.example)")),
        ("find", Help("find")),
        ("mine", Mine()),
        ("queue", TeamQueue()),
        ("cola #first-line", TeamQueue("first-line")),
        ("queue two words", Help("queue")),
        ("cola <#C0123|first-line>", TeamQueue("first-line")),
        ("find a &lt;b&gt; &amp;amp; c", Find("a <b> &amp; c")),
        ("solve 12 &lt;tóner&gt; de <@U0123|ana>", Solve(12, "<tóner> de @ana")),
        ("assign 4711 @eva", Assign(4711, handle="eva")),
        ("assign #4711 <@U123|eva>", Assign(4711, user="U123")),
        ("assign 4711", Help("assign")),
        ("assign eva 4711", Help("assign")),
        ("assign 4711 <!here>", Help("assign")),
        ("solve 12 tóner cambiado", Solve(12, "tóner cambiado")),
        ("resuelve #12", Solve(12)),
        ("solve twelve", Help("solve")),
        ("solve 9999999999999", Help("solve")),
        ("new Factura de mayo", OpenNew("Factura de mayo")),
        ("new", OpenNew()),
        ("", Help()),
        ("ayuda", Help()),
        ("make coffee", Help("unknown")),
    ],
)
def test_words_mean_what_they_say_in_both_languages(text: str, wish: Any) -> None:
    assert wish_of(text) == wish


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("La <impresora> pita", "La <impresora> pita"),
        ("dile a <@U0123|ana> en <#C0123|ayuda>", "dile a @ana en #ayuda"),
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("<!here|here> hola", "@here hola"),
        ("mira <https://x.example/?a=1&amp;b=2>", "mira https://x.example/?a=1&b=2"),
        ("1 < 2 > 0", "1 < 2 > 0"),
        ("&amp;lt;", "&lt;"),
    ],
)
def test_what_was_typed_behind_a_command_is_read_as_it_was_meant(text: str, meant: str) -> None:
    assert typed(text) == meant


class Desk:
    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, Any]] = []
        self.acts: list[tuple[str, str, Any, Any]] = []

    async def get(self, path: str, **parameters: str) -> Any:
        self.asked.append((path, parameters))
        return self._next()

    async def act(
        self, method: str, path: str, actor: Any, body: Any = None, *, key: Any = None, seconds: Any = None
    ) -> Any:
        self.acts.append((method, path, body, key))
        return self._next()

    def _next(self) -> Any:
        answer = self.answers.pop(0) if self.answers else {}
        if isinstance(answer, Exception):
            raise answer
        return answer


class Views:
    def __init__(self) -> None:
        self.opened: list[Any] = []

    async def open(self, trigger_id: str, view: Any) -> str:
        self.opened.append(view)
        return "V1"


class Agents:
    """Knows Tom, as U55 of this workspace."""

    async def presser(self, somebody: Somebody) -> Presser | None:
        tom = Actor("tom", "Tom <b>", str(somebody))
        return Presser(tom, "T1", "U55", "en") if str(somebody) == "T1/U55" else None


async def answered(text: str, *answers: Any) -> tuple[Any, Desk, Views, list[Presser]]:
    desk, views, done = Desk(*answers), Views(), []
    parts: Any = {"desk": desk, "views": views, "agents": Agents(), "done": done.append}
    commands = Commands(**parts, address="https://desk.example/desk/")
    commanded = Commanded(Somebody("T1", "U2"), EVA, "/desk", text, "1.2", "C1", "https://x")
    return await commands.commanded(commanded), desk, views, done


async def test_lists_are_readable_and_say_where_the_rest_is() -> None:
    found, desk, *_ = await answered("find vpn <x>", {"items": [item(3), item(4)], "next": "more"})

    assert desk.asked == [("/tickets", {"q": "vpn <x>", "limit": "10"})]
    assert found["response_type"] == "ephemeral"
    assert found["text"] == "Peticiones con «vpn &lt;x&gt;»: #3, #4"
    assert len(found["blocks"]) == 4
    assert "App Home" in found["blocks"][-1]["text"]["text"]


@pytest.mark.parametrize(
    ("text", "path", "parameters"),
    [
        ("mine", "/agents/eva/queue", {"view": "mine", "limit": "10"}),
        ("queue", "/agents/eva/queue", {"view": "unassigned", "limit": "10"}),
        ("queue billing", "/agents/eva/queue", {"view": "unassigned", "limit": "10", "team": "billing"}),
    ],
)
async def test_queues_are_the_agents_own(text: str, path: str, parameters: dict[str, str]) -> None:
    found, desk, *_ = await answered(text, {"items": [], "next": None})

    assert desk.asked == [(path, parameters)]
    assert found["text"].startswith("No ")


async def test_somebody_is_named_by_slack_or_by_handle() -> None:
    by_slack, desk, _, done = await answered("assign 7 <@U55>")
    by_handle, other, *_ = await answered("assign 7 @tom", {"handle": "tom", "name": "Tom <b>"})
    nobody, third, *_ = await answered("assign 7 <@U66>")

    assert [one.acts for one in (desk, other)] == [[("POST", "/tickets/7/assign", {"agent": "tom"}, None)]] * 2
    assert by_slack["text"] == by_handle["text"] == "#7 es de Tom &lt;b&gt;."
    assert "no es agente" in nobody["text"]
    assert third.acts == []
    assert done == [EVA]


async def test_a_handle_in_capitals_is_the_same_agent() -> None:
    nobody = DeskRefused(404, "not_found", "")
    found, desk, *_ = await answered("assign 7 @EVA", nobody, {"handle": "eva", "name": "Eva"})

    assert [path for path, _ in desk.asked] == ["/agents/EVA", "/agents/eva"]
    assert desk.acts == [("POST", "/tickets/7/assign", {"agent": "eva"}, None)]
    assert found["text"] == "#7 es de Eva."


async def test_solving_takes_what_solved_it_and_a_refusal_is_told_in_words() -> None:
    solved, desk, *_ = await answered("solve 7 tóner")
    refused, _, _, done = await answered("solve 7", DeskRefused(409, "cause", "say the <cause>"))

    assert desk.acts == [("PATCH", "/tickets/7", {"status": "solved", "resolution": "tóner"}, None)]
    assert solved["text"] == "#7 está resuelta."
    assert refused["text"] == "No se ha hecho nada: «Say the &lt;cause&gt;.» (lo dice la mesa en inglés)"
    assert done == []


@pytest.mark.parametrize(
    ("text", "detail", "told"),
    [
        ("solve 7", """/resolution: say what solved it: send "resolution" with the status, such as "toner replaced\"""",
         "Di qué la ha resuelto."),
        ("solve 7 x", """/cause: say what caused it: send "cause" with the status; the category hw asks for one""",
         "Di qué la ha causado: la categoría hw lo pide."),
        ("assign 99 @tom", "there is no ticket 99", "No hay ninguna petición #99."),
        ("assign 7 @nadie", "/agent: nobody at this desk has the handle 'nadie'", "Nadie se llama nadie en la mesa."),
        ("assign 7 @tom", "tom is retired and takes no tickets; name somebody else",
         "tom ya no es agente y no recibe peticiones: elige a otra persona."),
    ],
)  # fmt: skip
async def test_what_a_command_is_refused_for_is_told_in_the_agents_language(text: str, detail: str, told: str) -> None:
    refusal = DeskRefused(409, "refused", detail)
    named = [DeskRefused(404, "not_found", "")] if "@" in text else []
    refused, *_ = await answered(text, *named, refusal)

    assert refused["text"] == f"No se ha hecho nada: {told}"


async def test_help_says_that_solving_takes_words() -> None:
    found, *_ = await answered("help")

    assert "di qué la resolvió" in found["text"]


async def test_an_unknown_word_gets_help_with_an_example() -> None:
    found, desk, *_ = await answered("make coffee")

    assert "Por ejemplo: `/desk mías`" in found["text"]
    assert "/desk asigna 4711 @eva" in found["text"]
    assert desk.asked == []


async def test_new_opens_the_dialog_with_its_subject() -> None:
    found, _, views, _ = await answered("new Factura")

    assert found is None
    assert check_view(views.opened[0], "modal") == []
    assert views.opened[0]["blocks"][3]["element"]["initial_value"] == "Factura"


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


async def opened(view: dict[str, Any], beginnings: Beginnings) -> tuple[Any, Desk]:
    desk = Desk({"teams": [{"team": "billing"}]}, {"number": 7})
    parts: Any = {"desk": desk, "beginnings": beginnings, "people": People(), "done": lambda _: None}
    parts["address"] = "https://desk.example/desk/"
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


async def test_an_agent_without_a_team_is_told_before_anything_is_begun() -> None:
    desk, beginnings = Desk({"teams": []}), Beginnings()
    parts: Any = {"desk": desk, "beginnings": beginnings, "people": People(), "done": lambda _: None}
    answer = await Opening(**parts).submitted(Submitted(EVA, filled("slack"), "V1"))

    assert answer is not None
    assert list(answer["errors"]) == ["subject"]
    assert (desk.acts, beginnings.sources) == ([], [])


async def test_somebody_whom_slack_lets_nobody_write_to_is_said_at_the_field() -> None:
    answer, desk = await opened(filled("slack"), Beginnings(refused=True))

    assert list(answer["errors"]) == ["person"]
    assert desk.acts == []
