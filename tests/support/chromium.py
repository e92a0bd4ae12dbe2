"""A real browser for tests, where there is one: Chromium without a window, driven over its own protocol."""

import asyncio
import base64
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.polling import eventually
from ventanilla_devstack.children import kill, spawn

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
"""Empty where there is no browser: tests that need one are left out then."""
_OPTIONS = (
    "--headless=new", "--remote-debugging-port=0", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--font-render-hinting=none", "about:blank",
)  # fmt: skip
_MOST_MESSAGE_BYTES = 64 * 1024 * 1024


class Tab:
    """One tab."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self.problems: list[str] = []
        """What the browser complained of: scripts that failed, policies that were violated, files that did not come."""

    async def tell(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The answer to a command of the protocol."""
        self._number += 1
        number = self._number
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        async with asyncio.timeout(20):
            async for message in self._socket:
                said = message.json()
                if said.get("method") == "Log.entryAdded":
                    entry = said["params"]["entry"]
                    self.problems.append(f"{entry['text']} {entry.get('url', '')}")
                if said.get("id") == number:
                    assert "error" not in said, said
                    found: dict[str, Any] = said["result"]
                    return found
        raise AssertionError("the browser went away")

    async def run(self, script: str) -> Any:
        """What an expression is worth in the page."""
        answer = await self.tell("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def open(self, address: str) -> None:
        """Go somewhere, and wait until it is there."""
        await self.tell("Page.navigate", url=address)
        await self.ready()

    async def click(self, script: str) -> None:
        """Click what an expression finds, and wait until the page that it leads to is there."""
        await self.run(f"window.stillHere = true; ({script}).click()")
        await self.ready()

    async def ready(self) -> None:
        """Wait until a page is there that nobody has clicked on yet."""

        async def loaded() -> bool:
            found = await self.run("document.readyState === 'complete' && !window.stillHere && location.href")
            return bool(found) and found != "about:blank"

        await eventually(loaded, 15)

    async def size(self, width: int, height: int = 900) -> None:
        """Be as wide and high as that."""
        await self.tell(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    async def press(self, key: str) -> None:
        """Press a key and let go of it."""
        code = {"Tab": 9, "Enter": 13}[key]
        for kind in ("rawKeyDown", "keyUp"):
            await self.tell("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    async def picture(self) -> bytes:
        """The whole page as PNG."""
        size = (await self.tell("Page.getLayoutMetrics"))["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 4_000), "scale": 1}
        answer = await self.tell("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(answer["data"])


@asynccontextmanager
async def chromium(folder: Path) -> AsyncIterator[Tab]:
    """A browser with one tab, and a profile that is forgotten."""
    profile = folder / "profile"
    profile.mkdir()
    port_file = profile / "DevToolsActivePort"
    process = spawn(
        [PROGRAM, f"--user-data-dir={profile}", *_OPTIONS],
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder)}, cwd=folder,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await eventually(lambda: port_file.exists() and port_file.read_text().count("\n") >= 1, 20)
        port = port_file.read_text().splitlines()[0]
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                page = next(one for one in await answer.json() if one["type"] == "page")
            address = page["webSocketDebuggerUrl"]
            async with session.ws_connect(address, max_msg_size=_MOST_MESSAGE_BYTES) as socket:
                tab = Tab(socket)
                for domain in ("Page", "Runtime", "Log"):
                    await tab.tell(f"{domain}.enable")
                yield tab
    finally:
        kill(process)
