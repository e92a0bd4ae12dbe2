"""The thread of a card: every step once and in order, customers' words as theirs, whatever is cut off."""

from typing import Any

import pytest

from intake_chat.domain.slack.mrkdwn import plain_text
from intake_chat.errors import InDoubt, Overtaken, SlackAway
from intake_chat.handlers.cards.tell_thread import MOST_LINES
from tests.unit.intake_chat.card_world import World
from ventanilla_devstack.slack.blocks import check_blocks

FIRST = {"id": "m1", "text": "hola"}


def spoken(number: int, text: str = "", **more: Any) -> dict[str, Any]:
    return {"id": f"m{number}", "text": text or f"palabras {number}", **more}


async def told(world: World) -> World:
    """A world whose card stands, and whose first message it shows whole."""
    world.desk.happens("ticket.created", message=FIRST)
    await world.keep(lines=True)
    assert world.slack.lines() == []
    return world


async def test_what_the_customer_writes_stands_there_once_as_theirs_and_calls_the_assignee() -> None:
    world = await told(World())
    world.desk.now["assignee"] = "eva"
    world.desk.happens("message.added", message=spoken(2, "<!channel> sigue *igual*"))
    await world.keep(lines=True)
    await world.keep(lines=True)

    [[post]] = [list(thread.values()) for thread in world.slack.threads.values()]
    assert post.text == "El cliente ha escrito: &lt;!channel&gt; sigue *igual*"
    assert post.blocks[0]["text"]["text"] == "<@UEVA> *El cliente ha escrito* (Ana)"
    assert post.blocks[1]["elements"][0]["elements"][0] == {"type": "text", "text": "<!channel> sigue *igual*"}
    assert not check_blocks(post.blocks, "message")


async def test_the_log_of_a_call_stands_under_its_name_and_does_not_call_whoever_took_it() -> None:
    world = await told(World())
    world.desk.now["assignee"] = "eva"
    for number, taker in ((2, "eva"), (3, "tom")):
        log = spoken(number, f"log {number}", channel="voice")
        world.desk.happens("message.added", message=log)
        world.desk.happens("call.taken", f"agent:{taker}", message=log, channel="voice")
    await world.keep(lines=True)

    [thread] = world.slack.threads.values()
    logs = [post for post in thread.values() if "log" in post.text]
    assert [post.text for post in logs] == ["Llamada: log 2", "Llamada: log 3"]
    assert [post.blocks[0]["text"]["text"] for post in logs] == ["*Llamada* (Ana)", "<@UEVA> *Llamada* (Ana)"]


async def test_a_first_message_that_the_card_cuts_is_read_in_the_thread() -> None:
    world = World()
    world.desk.happens("ticket.created", message=spoken(1, "uno\ndos\ntres"))
    world.desk.happens("ticket.assigned", "desk", assignee="eva", team="first-line")
    await world.keep(lines=True)

    assert world.slack.lines() == ["El cliente ha escrito: uno\ndos\ntres"]


async def test_an_answer_that_was_read_before_what_it_answers_stands_there_once_and_so_does_that() -> None:
    world = World()
    answer, first = spoken(2, "Sigue igual"), spoken(1, "hola")
    world.desk.begins = "m1"  # written first, and read second: the card shows it
    world.desk.happens("ticket.created", message=answer)
    world.desk.happens("message.added", message=first)
    await world.keep(lines=True)
    await world.keep(lines=True)

    assert world.slack.lines() == ["El cliente ha escrito: Sigue igual"]


async def test_what_a_card_shows_stays_when_something_earlier_comes_behind_it() -> None:
    world = World()
    world.desk.begins = "m2"
    world.desk.happens("ticket.created", message=spoken(2, "hola", reply_text="hola"))
    await world.keep(lines=True)
    world.desk.begins = "m1"
    world.desk.happens("message.added", message=spoken(1, "Antes dije esto"))
    await world.keep(lines=True)

    assert world.slack.lines() == ["El cliente ha escrito: Antes dije esto"]
    [[card]] = [list(channel.values()) for channel in world.slack.channels.values()]
    assert "hola" in str(card.blocks)


async def test_what_an_agent_sends_with_their_answer_is_named_below_it() -> None:
    world = await told(World())
    files = [{"filename": "guía <b>.pdf"}, {"filename": "foto.png"}]
    world.desk.happens("reply.sent", "agent:eva", message=spoken(2, "Mira", kind="agent", attachments=files))
    world.desk.happens("reply.sent", "agent:eva", message={**spoken(3), "text": "", "attachments": files[1:]})
    await world.keep(lines=True)

    [[first, alone]] = [list(thread.values()) for thread in world.slack.threads.values()]
    assert first.blocks[1]["elements"][0]["text"] == "Adjuntos: guía <b>.pdf, foto.png"
    assert first.text == "Eva ha respondido al cliente: Mira"
    assert alone.text == "Eva ha respondido al cliente: Adjuntos: foto.png"
    assert not check_blocks(first.blocks + alone.blocks, "message")


async def test_a_snooze_says_until_when_and_why_and_its_end_calls_the_assignee() -> None:
    world = await told(World())
    world.desk.now["assignee"] = "eva"
    until = "2026-11-27T15:00:00+00:00"
    world.desk.happens("ticket.snoozed", "agent:eva", why="espero al <técnico>", until=until)
    over = "its snooze is over"
    world.desk.happens("ticket.changed", "desk", why=over, field="status", old="on_hold", new="open")
    await world.keep(lines=True)

    due = "<!date^1795791600^{date_short_pretty} {time}|2026-11-27 15:00 UTC>"
    assert world.slack.lines() == [
        f"En pausa hasta {due}. Motivo: espero al &lt;técnico&gt;",
        "<@UEVA> ⏰ La pausa ha terminado: está abierta otra vez.",
    ]


async def test_steps_are_lines_and_what_was_written_in_slack_is_not_said_again() -> None:
    world = await told(World())
    agent = "agent:eva"
    world.desk.happens("reply.sent", agent, spoken(2, "Ya <está>\nlisto", kind="agent"))
    world.desk.happens("note.added", agent, spoken(3, "en el hilo", kind="note"), via="slack:T1/U1")
    world.desk.happens("note.added", agent, spoken(4, "por la API", kind="note"))
    world.desk.happens("ticket.escalated", agent, why="redes", **{"from": {"team": "a"}, "to": {"team": "b"}})
    world.desk.happens("ticket.changed", agent, why="escalated; by turn", field="team", old="a", new="b")
    world.desk.happens("ticket.changed", agent, why="escalated", field="assignee", old="eva", new=None)
    world.desk.happens("ticket.changed", agent, why="escalated; by turn", field="assignee", old=None, new="nora")
    world.desk.happens("service_level.breached", "desk", clock="resolution", due_at="2026-11-27T15:00:00+00:00")
    world.desk.happens("service_level.warned", "desk", clock="tier:2", due_at="2026-11-27T15:00:00+00:00")
    world.desk.happens("ticket.changed", agent, field="assignee", old=None, new="tom")
    world.desk.happens("ticket.assigned", "desk", assignee="ana", team="a")
    world.desk.happens("ticket.changed", agent, field="priority", old="low", new="high")
    world.desk.happens("ticket.changed", agent, field="status", old="open", new="solved")
    await world.keep(lines=True)

    due = "<!date^1795791600^{date_short_pretty} {time}|2026-11-27 15:00 UTC>"
    assert world.slack.lines() == [
        "Eva ha respondido al cliente: Ya &lt;está&gt; listo",
        "Nota de Eva: por la API",
        "Eva la ha escalado de a a b. Motivo: redes",
        "La lleva ahora Nora.",
        f"⚠ Plazo vencido: Solución, {due}.",
        f"⏰ Se acerca un plazo: Plazo del nivel 2, {due}.",
        "La lleva ahora Tom.",
        "La lleva ahora Ana.",
        "Eva: de «abierto» a «resuelto».",
    ]
    assert not any(check_blocks(post.blocks, "message") for post in world.slack.threads["C1", "1.000001"].values())


@pytest.mark.parametrize("happened", [True, False])
async def test_a_line_whose_end_nobody_saw_is_not_said_twice(happened: bool) -> None:
    world = await told(World())
    world.desk.happens("message.added", message=spoken(2))
    world.desk.happens("message.added", message=spoken(3))
    world.slack.lost.append("say")
    with pytest.raises(SlackAway):
        await world.keep(lines=True)
    with pytest.raises(InDoubt):
        await world.keep(lines=True)
    if not happened:
        world.slack.threads.clear()
    world.at += 10
    await world.keep(lines=True)

    assert world.slack.lines() == ["El cliente ha escrito: palabras 2", "El cliente ha escrito: palabras 3"]


async def test_after_a_long_silence_the_last_steps_are_told_and_how_many_came_before() -> None:
    world = await told(World())
    for number in range(2, 2 + MOST_LINES + 5):
        world.desk.happens("message.added", message=spoken(number))
    await world.keep(lines=True)

    lines = world.slack.lines()
    assert len(lines) == MOST_LINES
    assert lines[0].startswith("Antes pasaron 6 cosas más")
    assert lines[-1].endswith(str(1 + MOST_LINES + 5))


async def test_what_was_cut_is_a_link_away() -> None:
    world = await told(World())
    world.desk.happens("reply.sent", "agent:eva", spoken(2, "largo " * 60, kind="agent"))
    world.desk.happens("message.added", message=spoken(3, "largo " * 600))
    world.desk.happens("message.added", message=spoken(4, "corto"))
    await world.keep(lines=True)

    reply, long, short = (str(post.blocks) for post in world.slack.threads["C1", "1.000001"].values())
    assert "<https://desk.example/desk/7#m-m2|Leer entero>" in reply
    assert "<https://desk.example/desk/7#m-m3|Leer entero>" in long
    assert "Leer entero" not in short


async def test_after_a_long_silence_the_history_is_a_link_away() -> None:
    world = await told(World())
    for number in range(2, 3 + MOST_LINES):
        world.desk.happens("message.added", message=spoken(number))
    await world.keep(lines=True)

    first = next(iter(world.slack.threads["C1", "1.000001"].values()))
    assert first.blocks[0]["elements"][1]["text"] == "<https://desk.example/desk/7|Leer entero>"
    assert not check_blocks(first.blocks, "message")


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("is_archived: Slack refused chat.postMessage: is_archived", "el canal está archivado."),
        ("user_deleted: the account was deactivated", "esa cuenta de Slack ya no existe."),
        ("msg_too_long: Slack refused chat.postMessage: msg_too_long", "msg too long."),
        ("rejected: 550 5.1.1 No such user <x@y.example>", "rejected: 550 5.1.1 No such user <x@y.example>."),
    ],
)
async def test_what_did_not_arrive_is_told_and_calls_the_assignee(why: str, said: str) -> None:
    world = await told(World())
    world.desk.now["assignee"] = "eva"
    message = spoken(2, "Pruebe <ahora>", kind="agent")
    world.desk.happens("reply.sent", "agent:eva", message)
    world.desk.happens("notification.failed", "desk", message, why=why, kind="agent")
    await world.keep(lines=True)
    await world.keep(lines=True)

    _, post = world.slack.threads["C1", "1.000001"].values()
    assert plain_text(post.text, {}).replace("\u2060", "") == f"⚠ No llegó al cliente: {said}"
    assert post.blocks[0]["text"]["text"] == f"<@UEVA> {post.text}"
    assert post.blocks[1]["elements"][0]["text"] == "Pruebe <ahora>"
    assert not check_blocks(post.blocks, "message")


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        (
            {"failed": "sms", "medium": "email", "masked": "c***@cliente.example"},
            "↪ Por SMS no llegó al cliente ({why}): se ha enviado por correo a c***@cliente.example.",
        ),
        (
            {"failed": "fax", "medium": "<!here>", "masked": "*x*"},
            "↪ Por fax no llegó al cliente ({why}): se ha enviado por <!here> a *x*.",
        ),
    ],
)
async def test_what_went_another_way_is_told_and_calls_nobody(detail: dict[str, str], said: str) -> None:
    world = await told(World())
    world.desk.now["assignee"] = "eva"
    message = spoken(2, "Pruebe ahora", kind="agent")
    world.desk.happens("notification.fallback", "desk", message, why="opted_out: 21610", kind="agent", **detail)
    await world.keep(lines=True)
    await world.keep(lines=True)

    [post] = world.slack.threads["C1", "1.000001"].values()
    why = "el cliente no quiere mensajes de este número"
    assert plain_text(post.text, {}).replace("\u2060", "") == said.format(why=why)
    assert "UEVA" not in str(post.blocks)
    assert not check_blocks(post.blocks, "message")


async def test_an_automatic_answer_that_failed_before_there_was_a_card_is_told_with_it() -> None:
    world = World()
    world.desk.happens("ticket.created", message=FIRST)
    world.desk.happens("notification.failed", "desk", why="no_address: nobody", kind="automatic")
    await world.keep(lines=True)

    assert world.slack.lines() == ["⚠ No llegó al cliente: no hay dirección a la que enviarlo."]


async def test_a_file_that_could_not_be_kept_is_told_even_of_a_first_message() -> None:
    world = World()
    world.desk.happens("ticket.created", message={**FIRST, "notes": ["attachments_cut"]})
    await world.keep(lines=True)

    [[post]] = [list(thread.values()) for thread in world.slack.threads.values()]
    assert "⚠ Falta algún archivo" in post.blocks[-1]["elements"][0]["text"]


async def test_a_file_that_can_do_harm_is_named_with_why() -> None:
    world = await told(World())
    program = {"filename": "fotos.exe", "dangerous": "executable"}
    picture = {"filename": "a.png", "dangerous": None}
    world.desk.happens("message.added", message=spoken(2, attachments=[picture, program]))
    await world.keep(lines=True)

    [post] = world.slack.threads["C1", "1.000001"].values()
    said = post.blocks[-1]["elements"][0]["text"]
    assert said == "Adjuntos: a.png, fotos.exe · ⚠ Cuidado al abrir: fotos.exe (un programa)."


async def test_names_and_words_of_others_are_no_markup_in_the_thread() -> None:
    world = await told(World())
    named = {"name": "*Ana* https://evil.example <!here> · ✓ identidad comprobada"}
    world.desk.happens("message.added", message=spoken(2, author=named))
    world.desk.happens("reply.sent", "agent:eva", spoken(3, "mira https://evil.example #general *ya*", kind="agent"))
    world.desk.happens("ticket.escalated", "agent:eva", why="_por_ ~esto~ :tada:", **{"from": {}, "to": {}})
    await world.keep(lines=True)

    markup = [post.blocks[0]["text"] for post in world.slack.threads["C1", "1.000001"].values()]
    assert all(one["verbatim"] is True for one in markup)
    shown = " ".join(one["text"] for one in markup)
    assert not [live for live in ("*Ana*", "https://", "<!here>", "✓ identidad", "*ya*", "_por_", "~esto~", ":tada:")
                if live in shown]  # fmt: skip


async def test_what_a_customer_edits_or_deletes_changes_in_the_thread_too() -> None:
    world = await told(World())
    world.desk.happens("message.added", message=spoken(2, "mi clave es 1234"))
    await world.keep(lines=True)
    world.desk.happens("message.edited", message=spoken(2, "mi clave", edited_at="2026-11-27"))
    await world.keep(lines=True)
    edited = world.slack.lines()
    world.desk.happens("message.deleted", message=spoken(2, "-", deleted_at="2026-11-27"))
    await world.keep(lines=True)

    assert edited == ["El cliente ha escrito: mi clave"]
    assert world.slack.lines() == ["El mensaje que había aquí lo ha borrado quien lo escribió."]
    assert "1234" not in str(world.slack.threads)


async def test_a_line_for_a_card_that_was_deleted_waits_for_the_next_card() -> None:
    world = await told(World())
    world.slack.channels.clear()
    world.desk.happens("message.added", message=spoken(2))
    with pytest.raises(Overtaken):
        await world.keep(lines=True)
    await world.keep(lines=True)

    assert len(world.slack.cards("C1")) == 1
    assert world.slack.lines() == ["El cliente ha escrito: palabras 2"]


async def test_a_line_that_slack_will_not_take_holds_up_none_behind_it() -> None:
    world = await told(World())
    world.desk.happens("message.added", message=spoken(2))
    world.desk.happens("message.added", message=spoken(3))
    world.slack.refuse["say"] = "invalid_blocks"
    await world.keep(lines=True)

    assert world.slack.lines() == ["El cliente ha escrito: palabras 3"]


async def test_an_answer_that_is_edited_or_taken_back_changes_in_the_thread_too() -> None:
    world = await told(World())
    world.desk.happens("reply.sent", "agent:eva", spoken(2, "a las 12", kind="agent"))
    await world.keep(lines=True)
    world.desk.happens("message.edited", "agent:eva", spoken(2, "a las 13", kind="agent"))
    await world.keep(lines=True)
    edited = world.slack.lines()
    world.desk.happens("message.deleted", "agent:eva", spoken(2, "", kind="agent", deleted_at="2026-11-27"))
    await world.keep(lines=True)

    assert [("a las 13" in one, "a las 12" in one) for one in edited] == [(True, False)]
    assert world.slack.lines() == ["El mensaje que había aquí lo ha borrado quien lo escribió."]


@pytest.mark.parametrize(("kind", "said"), [("edited", "no cambió donde la lee"), ("deleted", "la sigue leyendo")])
async def test_a_change_that_the_customer_does_not_see_is_told_and_calls_the_assignee(kind: str, said: str) -> None:
    world = await told(World())
    world.desk.now["assignee"] = "eva"
    message = spoken(2, "a las 13", kind="agent")
    world.desk.happens("revision.failed", "desk", message, why="message_not_found: Slack refused it", kind=kind)
    await world.keep(lines=True)
    await world.keep(lines=True)

    [post] = world.slack.threads["C1", "1.000001"].values()
    assert said in post.text
    assert post.text.endswith("el mensaje ya no está en el hilo.")
    assert post.blocks[0]["text"]["text"].startswith("<@UEVA> ")
    assert not check_blocks(post.blocks, "message")
