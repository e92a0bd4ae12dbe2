"""Agents' pages in a real browser: signing in by clicking, the keyboard, narrow screens, paper; and their pictures.

`PICTURES=docs/pictures .venv/bin/python -m pytest tests/e2e/test_desk_page_in_a_browser.py -m long` takes those of the
documentation again.
"""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.support.chat_desk import HELP
from tests.support.chromium import PROGRAM, Tab, chromium
from tests.support.desk import RunningDesk
from tests.support.desk_page import SEED, page_desk
from tests.support.polling import eventually
from ventanilla_devstack.slack.server import LocalSlack

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not PROGRAM, reason="there is no Chromium here"),
]
PARTS = ("", "/history", "/routing", "/service-level")
SUBJECT = "No imprime la impresora de la planta baja"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(servers_folder: Path) -> AsyncIterator[RunningDesk]:
    """A desk with one ticket: a customer, a file, an answer, a note."""
    folder = servers_folder / "desk-browser"
    try:
        async with LocalSlack(seed=SEED) as slack, page_desk(folder, slack) as running:
            await fill(running, slack)
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def fill(desk: RunningDesk, slack: LocalSlack) -> None:
    text = f"{SUBJECT}\nDesde esta mañana no sale nada; la pantalla dice «atasco», pero no hay papel dentro."
    first = slack.hands.write("carmen", HELP, text)

    async def messages(count: int) -> None:
        async def there() -> bool:
            answer = await desk.call("GET", "/tickets/1/messages")
            return answer.is_success and len(answer.json()["items"]) >= count

        await eventually(there, 20)

    await messages(2)
    await desk.api("PATCH", "/tickets/1", json={"assignee": "ana"})
    slack.hands.upload("carmen", HELP, "pantalla.txt", b"E-0231", text="Esto es lo que dice:", thread_ts=first.ts)
    await messages(3)
    token = await desk.token("read", "write", "act")
    headers = {"authorization": f"Bearer {token}", "ventanilla-agent": "ana"}
    note = "La misma avería que en marzo: pedir el rodillo al proveedor antes de que suba nadie."
    said = "Gracias, Carmen. Es el rodillo; mañana a las nueve se lo cambiamos. Mientras tanto, use la de la primera."
    async with httpx.AsyncClient(base_url=desk.services["tickets"].url, headers=headers, timeout=20) as ana:
        for body in ({"text": note, "internal": True}, {"text": said, "status": "pending"}):
            answer = await ana.post("/api/v1/tickets/1/replies", json=body)
            assert answer.is_success, answer.text
    await messages(5)


@pytest_asyncio.fixture(loop_scope="module")
async def tab(desk: RunningDesk, tmp_path: Path) -> AsyncIterator[Tab]:
    """A browser in which Ana has signed in by clicking, and looks at her ticket."""
    async with chromium(tmp_path) as opened:
        await opened.size(1000)
        await opened.open(f"{desk.services['portal'].url}/desk/1")
        await opened.click("document.querySelector('a.button')")
        await opened.click("[...document.querySelectorAll('button')].find(one => one.textContent.includes('Ana Gil'))")
        assert await opened.run("location.pathname") == "/desk/1"
        yield opened


async def test_ana_signs_in_by_clicking_and_out_again(desk: RunningDesk, tab: Tab) -> None:
    assert SUBJECT in await tab.run("document.querySelector('h1').textContent")
    assert await tab.run("document.cookie") == "", "scripts see no cookie"

    await tab.click("document.querySelector('form button')")

    assert await tab.run("document.querySelector('[role=status]') !== null")
    await tab.open(f"{desk.services['portal'].url}/desk/1")
    assert SUBJECT not in await tab.run("document.body.textContent")


@pytest.mark.parametrize("part", PARTS)
async def test_nothing_is_cut_off_at_320_pixels_and_the_browser_has_nothing_to_complain_of(
    desk: RunningDesk, tab: Tab, part: str
) -> None:
    await tab.size(320)
    await tab.open(f"{desk.services['portal'].url}/desk/1{part}")

    assert await tab.run("document.documentElement.scrollWidth") <= 320
    problems = [one for one in tab.problems if "favicon" not in one and "401" not in one]
    assert problems == []


async def test_the_keyboard_reaches_everything_and_shows_where_it_is(desk: RunningDesk, tab: Tab) -> None:
    await tab.open(f"{desk.services['portal'].url}/desk/1")
    await tab.press("Tab")
    first = await tab.run("document.activeElement.className")
    visible = await tab.run("document.activeElement.getBoundingClientRect().left >= 0")
    stops = await tab.run("[...document.querySelectorAll('a[href], button, summary, [tabindex=\"0\"]')].length")
    reached = 1
    for _ in range(stops):
        await tab.press("Tab")
        if await tab.run("document.activeElement !== document.body"):
            reached += 1
            outline = await tab.run("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", await tab.run("document.activeElement.outerHTML")

    assert (first, visible) == ("skip", True)
    assert reached >= stops


async def test_letters_stand_out_from_what_is_behind_them(desk: RunningDesk, tab: Tab) -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1, in light and in dark."""
    for scheme in ("light", "dark"):
        await tab.tell("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        for part in PARTS:
            await tab.open(f"{desk.services['portal'].url}/desk/1{part}")
            assert await tab.run(_FAINT) == [], (scheme, part)


async def test_on_paper_there_is_the_conversation_and_nothing_to_press(desk: RunningDesk, tab: Tab) -> None:
    await tab.tell("Emulation.setEmulatedMedia", media="print")

    assert await tab.run("getComputedStyle(document.querySelector('form')).display") == "none"
    assert await tab.run("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert await tab.run("document.querySelectorAll('.messages article').length") >= 4


async def test_words_that_want_to_be_more_than_words_are_nothing_but_words(desk: RunningDesk, tab: Tab) -> None:
    evil = (
        "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script> [x](javascript:alert(1))"
    )
    eve = {"address": "eve@evil.example", "name": f"Eve {evil}"}
    opened = await desk.api(
        "POST", "/tickets", json={"subject": evil, "text": f"{evil} \u202egnp.exe", "requester": eve}
    )
    number = opened["number"]
    await desk.api("POST", f"/tickets/{number}/replies", json={"text": f"@ana {evil}", "internal": True})

    for part in PARTS:
        await tab.open(f"{desk.services['portal'].url}/desk/{number}{part}")
        assert await tab.run("document.title") != "taken"
        assert await tab.run("document.querySelectorAll('img[src=x], script:not([src])').length") == 0
        assert await tab.run("[...document.links].filter(one => one.protocol === 'javascript:').length") == 0
        assert await tab.run("document.body.textContent.includes('onerror')"), part
    assert [one for one in tab.problems if "favicon" not in one and "401" not in one] == []


@pytest.mark.long
async def test_pictures_are_taken_for_the_documentation(desk: RunningDesk, tab: Tab, tmp_path: Path) -> None:
    taken = {}
    for name, part in (("desk-page", ""), ("desk-page-service-level", "/service-level")):
        await tab.open(f"{desk.services['portal'].url}/desk/1{part}?lang=en")
        taken[name] = await tab.picture()

    keep(Path(os.environ.get("PICTURES") or tmp_path), taken)
    assert all(picture.startswith(b"\x89PNG") for picture in taken.values())


def keep(folder: Path, taken: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in taken.items():
        (folder / f"{name}.png").write_bytes(picture)


_FAINT = """(() => {
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => {
    const [r, g, b] = parts(colour).map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const behind = element => {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if ((parts(colour)[3] ?? 1) > 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const found = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!own || element.classList.contains('skip')) continue;
    const [one, other] = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
    const ratio = (one + .05) / (other + .05);
    if (ratio < 4.5) found.push([element.tagName, element.textContent.slice(0, 40), ratio.toFixed(2)]);
  }
  return found;
})()"""
