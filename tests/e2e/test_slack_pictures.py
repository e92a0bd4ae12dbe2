"""Pictures of Slack for the documentation, taken in a real browser from the local Slack's page.

`PICTURES=docs/pictures .venv/bin/python -m pytest tests/e2e/test_slack_pictures.py -m long` takes them again.
"""

import json
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.support.card_desk import FIRST, NETWORK, SEED, CardDesk, card_desk
from tests.support.chat_desk import HELP
from tests.support.chromium import PROGRAM, Tab, chromium
from tests.support.desk import mail
from tests.support.desk_page import DOCUMENTS
from tests.support.polling import eventually
from ventanilla_devstack.slack.server import LocalSlack

pytestmark = [
    pytest.mark.long,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not PROGRAM, reason="there is no Chromium here"),
]
Json = dict[str, Any]
SECONDS = 30
IN_BOTH_LANGUAGES = ("slack-card",)
"""The documentation is in English; the Spanish page that everybody begins with has one picture too."""


@dataclass(frozen=True)
class Story:
    """What happens at the desk, in one language."""

    language: str
    customer: str
    agent: str
    asked: str
    more: str
    note: str
    reply: str
    reason: str
    handover: str
    solved: tuple[str, str]
    others: tuple[tuple[str, str, str, str], ...]


ENGLISH = Story(
    language="en",
    customer="john",
    agent="tom",
    asked=(
        "The VPN drops every ten minutes since this morning\nI am working from the Leeds office, and each time it says"
        " “Error 809”. Restarting the laptop did not help; two colleagues here have the same."
    ),
    more="The network here was changed on Friday, if that helps.",
    note="Same as on Monday in York: the tunnel is fine, their router closes it. I am asking for its log.",
    reply=(
        "Hello John,\n\nit is the router of your office that closes the connection after ten minutes. We are changing"
        " that from here; please restart the VPN at 11:30.\n\nI will write again before noon."
    ),
    reason="The router in Leeds closes tunnels",
    handover="Three people affected, error 809 every ten minutes. The laptops are fine; the router's log is attached.",
    solved=(
        "The VPN drops after ten minutes in York",
        "The router closed idle tunnels: its time-out is now eight hours.",
    ),
    others=(
        (
            "Emma Clarke",
            "emma.clarke@northwind.example",
            "Access to the shared calendar of Finance",
            "Since I changed teams I can no longer see it. Could you give me access again?",
        ),
        (
            "Priya Shah",
            "priya.shah@northwind.example",
            "New starter on 7 December needs a laptop",
            "Amir Khan joins us on that day. The usual one with a docking station, please.",
        ),
        (
            "Owen Price",
            "owen.price@northwind.example",
            "Second monitor flickers",
            "It began with the update on Tuesday; another cable changes nothing.",
        ),
    ),
)
SPANISH = Story(
    language="es",
    customer="carmen",
    agent="eva",
    asked=(
        "La VPN se corta cada diez minutos desde esta mañana\nEstoy en la oficina de Valencia y cada vez dice «Error"
        " 809». He reiniciado el portátil y sigue igual; a dos compañeras les pasa lo mismo."
    ),
    more="El viernes cambiaron la red de aquí, por si sirve.",
    note="Lo mismo que el lunes en Murcia: el túnel va bien, lo cierra el router de allí. Pido su registro.",
    reply=(
        "Hola, Carmen:\n\nes el router de vuestra oficina, que cierra la conexión a los diez minutos. Lo estamos"
        " cambiando desde aquí; vuelve a conectar la VPN a las 11:30.\n\nTe escribo otra vez antes de las doce."
    ),
    reason="El router de Valencia cierra los túneles",
    handover="Tres personas afectadas, error 809 cada diez minutos. Los portátiles van bien; adjunto el registro.",
    solved=(
        "La VPN se corta a los diez minutos en Murcia",
        "El router cerraba túneles parados: ahora espera ocho horas.",
    ),
    others=(
        (
            "Lucía Ferrer",
            "lucia.ferrer@olivar.example",
            "Acceso al calendario compartido de Finanzas",
            "Desde que cambié de equipo ya no lo veo. ¿Me dais acceso otra vez?",
        ),
        (
            "Marcos Vega",
            "marcos.vega@olivar.example",
            "Alta el 7 de diciembre: hace falta un portátil",
            "Ese día empieza Amir Khan. El de siempre, con base de conexión, por favor.",
        ),
        (
            "Nuria Soto",
            "nuria.soto@olivar.example",
            "El segundo monitor parpadea",
            "Empezó con la actualización del martes. He probado otro cable.",
        ),
    ),
)


def documents() -> dict[str, Json]:
    """The calendar and the service level of other desks of the tests, for whatever priority."""
    found: dict[str, Json] = json.loads(json.dumps(DOCUMENTS))
    for target in found["policies/standard"]["targets"].values():
        target |= dict.fromkeys(("urgent", "high", "low"), target["normal"])
    return found


@dataclass
class Scene:
    """A desk at which that has happened, and who looks at it."""

    at: CardDesk
    story: Story
    number: int
    card: str

    def page(self, place: str, thread: str = "") -> str:
        """The address at which the agent sees a channel, or their Home."""
        workspace = self.at.slack.workspace
        where = place if place == "home" else workspace.channel_named(place).id
        return f"{self.at.slack.url}/?as={workspace.person(self.story.agent).id}&in={where}&thread={thread}"

    def on_card(self, selector: str) -> str:
        """The expression that finds something on the card."""
        return f"document.getElementById('m{self.card}').querySelector('{selector}')"


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=[ENGLISH, SPANISH], ids=["en", "es"])
async def scene(servers_folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    story: Story = request.param
    folder = servers_folder / f"pictures-{story.language}"
    try:
        async with LocalSlack(seed=SEED) as slack, card_desk(folder, slack) as at:
            for path, content in documents().items():
                await at.desk.api("PUT", f"/desk/{path}", json=content)
            await at.desk.services["tickets"].restart()
            at.settings["INTAKE_CHAT_SLACK_LANGUAGE"] = story.language
            await at.add_chat()
            yield await play(at, story)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def play(at: CardDesk, story: Story) -> Scene:
    """Let it happen."""
    await solved_before(at, story)
    numbers = []
    for name, address, subject, text in story.others:
        at.desk.send(mail(subject, text, sender=f"{name} <{address}>"), sender=address)
        numbers.append(await ticket_about(at, subject))
    for number in numbers[:2]:
        await at.desk.api("PATCH", f"/tickets/{number}", json={"team": FIRST})
        await at.act(story.agent, "POST", f"/tickets/{number}/claim")
    await at.desk.api("PATCH", f"/tickets/{numbers[2]}", json={"team": FIRST})
    first = at.slack.hands.write(story.customer, HELP, story.asked)
    number = await ticket_about(at, story.asked.partition("\n")[0])
    await at.desk.api("PATCH", f"/tickets/{number}", json={"team": FIRST})
    card = str((await eventually(lambda: at.cards(FIRST, number), SECONDS))[0]["ts"])
    await at.act(story.agent, "POST", f"/tickets/{number}/claim")
    await eventually(lambda: at.thread(FIRST, card), SECONDS)
    at.slack.hands.write(story.customer, HELP, story.more, thread_ts=first.ts)
    await eventually(lambda: len(at.thread(FIRST, card)) >= 2, SECONDS)
    at.slack.hands.write(story.agent, FIRST, story.note, thread_ts=card)
    return Scene(at, story, number, card)


async def solved_before(at: CardDesk, story: Story) -> None:
    """Something like it was solved, and the desk has learned from it."""
    subject, resolution = story.solved
    person = {"address": "harvey.lane@northwind.example", "name": "Harvey Lane"}
    body = {"subject": subject, "text": subject, "requester": person, "team": FIRST, "language": story.language}
    number = (await at.desk.api("POST", "/tickets", json=body))["number"]
    await at.act(story.agent, "PATCH", f"/tickets/{number}", json={"status": "solved", "resolution": resolution})

    async def learned() -> bool:
        return bool(await at.desk.query("SELECT 1 FROM solution WHERE ticket_number = $1", number))

    await eventually(learned, SECONDS)


async def ticket_about(at: CardDesk, subject: str) -> int:
    async def found() -> int:
        tickets = (await at.desk.api("GET", "/tickets", params={"limit": 200}))["items"]
        return next((one["number"] for one in tickets if one["subject"] == subject), 0)

    return int(await eventually(found, SECONDS))


@pytest_asyncio.fixture(loop_scope="module")
async def tab(scene: Scene, tmp_path: Path) -> AsyncIterator[Tab]:
    """A browser that wants the story's language, and counts two dots for one."""
    async with chromium(tmp_path) as opened_tab:
        await opened_tab.tell("Network.enable")
        headers = {"Accept-Language": scene.story.language}
        await opened_tab.tell("Network.setExtraHTTPHeaders", headers=headers)
        await look(opened_tab, 1360, 840)
        yield opened_tab
        while scene.at.slack.hands.modals(scene.story.agent):
            await scene.at.slack.hands.close(scene.story.agent, all_of_them=True)


async def look(tab: Tab, width: int, height: int) -> None:
    """Be that large, and twice as sharp."""
    await tab.tell("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2, mobile=False)


async def until(tab: Tab, script: str) -> None:
    """Wait until an expression is true in the page."""
    await eventually(lambda: tab.run(f"Boolean({script})"), SECONDS)


async def fill(tab: Tab, name: str, value: str) -> None:
    """Write into the field of a dialog whose name begins so."""
    field = f"document.querySelector('#modal [name^=\"{name}\"]')"
    await tab.run(f"{field}.value = {json.dumps(value)}")


async def keep(scene: Scene, tab: Tab, name: str, folder: Path) -> None:
    """Take a picture of what there is to see, with nothing focused."""
    await tab.run("document.activeElement.blur()")
    await tab.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    picture = await tab.picture()
    assert picture.startswith(b"\x89PNG")
    ending = "" if scene.story.language == "en" else f"-{scene.story.language}"
    if ending and name not in IN_BOTH_LANGUAGES:
        return
    write(Path(os.environ.get("PICTURES") or folder), f"{name}{ending}.png", picture)


def write(folder: Path, name: str, picture: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(picture)


async def test_a_card_stands_beside_its_thread(scene: Scene, tab: Tab, tmp_path: Path) -> None:
    await tab.open(scene.page(FIRST, scene.card))
    await until(tab, f"document.querySelector('#main').textContent.includes('#{scene.number}')")
    await tab.run(f"document.getElementById('m{scene.card}').scrollIntoView()")

    await keep(scene, tab, "slack-card", tmp_path)


async def test_the_composer_shows_what_will_be_read(scene: Scene, tab: Tab, tmp_path: Path) -> None:
    await tab.open(scene.page(FIRST, scene.card))
    await tab.run(f"{scene.on_card('[data-action=reply]')}.click()")
    await until(tab, "document.querySelector('#modal textarea')")
    await fill(tab, "text.0/", scene.story.reply)

    await keep(scene, tab, "slack-composer", tmp_path)

    await tab.run("document.querySelector('#modal [data-action=compose_preview]').click()")
    await until(tab, "!document.querySelector('#modal textarea') && document.querySelector('#modal .rich')")
    await keep(scene, tab, "slack-preview", tmp_path)


async def test_an_agent_escalates_in_a_dialog(scene: Scene, tab: Tab, tmp_path: Path) -> None:
    await tab.open(scene.page(FIRST, scene.card))
    menu = scene.on_card("select[data-action=more]")
    await tab.run(f"{menu}.value = 'escalate:{scene.number}'")
    await tab.run(f"{menu}.dispatchEvent(new Event('change', {{bubbles: true}}))")
    await until(tab, "document.querySelector('#modal textarea')")
    await fill(tab, "to/", f"team:{NETWORK}")
    await fill(tab, "reason/", scene.story.reason)
    await fill(tab, "note/", scene.story.handover)

    await keep(scene, tab, "slack-escalate", tmp_path)


async def test_app_home_is_an_agents_queue(scene: Scene, tab: Tab, tmp_path: Path) -> None:
    await look(tab, 1360, 1000)
    await tab.open(scene.page("home"))
    await until(tab, f"document.querySelector('#main').textContent.includes('#{scene.number}')")

    await keep(scene, tab, "slack-home", tmp_path)
