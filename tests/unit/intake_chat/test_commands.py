"""`/desk`: what words mean, what is answered, and what an unknown word gets."""

from typing import Any

import pytest

from intake_chat.domain.actors import Actor
from intake_chat.domain.slack.entry.commands import (
    Announce,
    Announcements,
    Assign,
    Find,
    Help,
    Mine,
    OpenNew,
    Reopen,
    Solve,
    TeamQueue,
    wish_of,
)
from intake_chat.domain.slack.entry.typed import typed
from intake_chat.domain.slack.interactions import Commanded
from intake_chat.domain.slack.people import Presser, Somebody
from intake_chat.errors import DeskRefused
from intake_chat.handlers.agents.commands import Commands
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
        ("queue two  words", TeamQueue("two words")),
        ("cola <!here> !", TeamQueue("@here !")),
        ("queue #", Help("queue")),
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
        ("reopen #12", Reopen(12)),
        ("reabre 12 sigue sin ir", Reopen(12, "sigue sin ir")),
        ("reopen", Help("reopen")),
        ("solve 9999999999999", Help("solve")),
        ("announce", Announce()),
        ("anuncia #4711", Announce(4711)),
        ("announce the outage", Help("announce")),
        ("announce 0", Help("announce")),
        ("avisos", Announcements()),
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
    ],
)
async def test_queues_are_the_agents_own(text: str, path: str, parameters: dict[str, str]) -> None:
    found, desk, *_ = await answered(text, {"items": [], "next": None})

    assert desk.asked == [(path, parameters)]
    assert found["text"].startswith("No ")


EVAS_TEAMS = {
    "handle": "eva",
    "teams": [{"team": "first-line", "role": "member"}, {"team": "facturacion-n2", "role": "lead"}],
    "names": {
        "agents": {},
        "teams": {
            "first-line": {"es": "Primera línea", "en": "First line"},
            "facturacion-n2": {"es": "Facturación N2", "en": "Billing, second line"},
        },
        "people": {},
    },
}


@pytest.mark.parametrize(
    ("written", "team"),
    [
        ("facturacion-n2", "facturacion-n2"), ("Facturación N2", "facturacion-n2"), ("facturacion", "facturacion-n2"),
        ("billing", "facturacion-n2"), ("PRIMERA LINEA", "first-line"), ("#first-line", "first-line"),
    ],
)  # fmt: skip
async def test_a_team_of_the_agents_is_named_as_people_call_it_or_by_its_handle(written: str, team: str) -> None:
    found, desk, *_ = await answered(f"queue {written}", EVAS_TEAMS, {"items": [], "next": None})

    assert desk.asked == [
        ("/agents/eva", {}),
        ("/agents/eva/queue", {"view": "unassigned", "limit": "10", "team": team}),
    ]
    assert found["text"] == "No hay nada sin asignar."


@pytest.mark.parametrize("written", ["ventas", "fi", "f"])
async def test_a_team_that_is_not_theirs_gets_the_names_of_theirs(written: str) -> None:
    found, desk, *_ = await answered(f"queue {written}", EVAS_TEAMS)
    nobody, *_ = await answered(f"queue {written}", {"handle": "eva", "teams": [], "names": {}})

    assert found["text"] == f"Ninguno de tus equipos se llama «{written}». Los tuyos: Primera línea, Facturación N2."
    assert nobody["text"] == "No eres de ningún equipo."
    assert len(desk.asked) == 1


async def test_teams_and_people_of_a_list_have_their_names() -> None:
    names = {"agents": {"tom": "Tom <b>"}, "teams": {"first-line": {"es": "Primera línea", "en": "First line"}}}
    page = {"items": [item(3, assignee="tom", names=names)], "next": None}

    found, *_ = await answered("find vpn", page)

    shown = found["blocks"][1]["text"]["text"]
    assert "Primera línea · → Tom &lt;b&gt;" in shown
    assert "first-line" not in shown


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


async def test_what_is_solved_is_opened_again_and_nothing_else_is_made_open() -> None:
    opened, desk, _, done = await answered("reopen 7 sigue roto", {"status": "solved", "version": 4})
    waits, other, _, undone = await answered("reopen 7", {"status": "pending", "version": 4})

    assert desk.acts == [("PATCH", "/tickets/7", {"status": "open", "version": 4, "why": "sigue roto"}, None)]
    assert opened["text"] == "#7 vuelve a estar abierta."
    assert waits["text"] == "#7 no está resuelta, sino así: espera al cliente."
    assert other.acts == []
    assert (done, undone) == ([EVA], [EVA])


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
