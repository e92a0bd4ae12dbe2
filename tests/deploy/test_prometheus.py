"""A real Prometheus scrapes a desk with samples of all channels, and a prober: no panel and no alert asks in vain."""

import base64
import contextlib
import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
import trustme
import yaml

from prober.run_file import settings_in
from tests.support.desk_runs import DeskRun, free_port_base
from tests.support.imap_servers import Pymap
from tests.support.polling import eventually
from tests.support.prometheus_queries import ALERTS, alerts, dashboards, panels
from ventanilla_devstack.children import end, kill, spawn
from ventanilla_devstack.desk_services import OFFSETS
from ventanilla_devstack.ports import HOST, free_port

PROMETHEUS = shutil.which("prometheus")
pytestmark = [
    pytest.mark.long,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(420),
    pytest.mark.skipif(PROMETHEUS is None, reason="prometheus (Debian) is not installed here"),
]
REAL_DESK = (str(Path(sys.prefix) / "bin" / "ventanilla-devstack"), "run")
SERVICES = ("portal", "tickets", "intake-chat", "intake-phone", "router", "intake-email")
WEBHOOK_SECRET = "whsec_" + base64.b64encode(bytes(32)).decode()
_SELECTOR = re.compile(
    r"\b((?:ventanilla|tickets|router|intake_email|intake_chat|intake_phone|portal|prober)_\w+(?:\{[^}]*\})?)"
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[int, int]]:
    """A desk with everything that has metrics: a certificate, a mailbox to fetch, a webhook, and beside it a prober.

    Gives its PORT_BASE, and the prober's port.
    """
    folder = tmp_path_factory.mktemp("desk")
    certificate = trustme.CA().issue_cert("mx.desk.example")
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    mailbox = Pymap(folder / "imap")
    await mailbox.start()
    entry = {
        "mailbox": "soporte@desk.example", "host": HOST, "port": mailbox.port, "tls": "off", "user": mailbox.user,
        "password": mailbox.password, "credential_ends": str(date.today() + timedelta(days=90)),  # noqa: DTZ011  # a day
    }  # fmt: skip
    base = free_port_base()
    run = DeskRun(
        folder / "data",
        base,
        {
            "SAMPLES": "1",
            "INTAKE_EMAIL_IMAP": json.dumps([entry]),
            "INTAKE_EMAIL_TLS_CERT": str(folder / "cert.pem"),
            "INTAKE_EMAIL_TLS_KEY": str(folder / "key.pem"),
            "TICKETS_WEBHOOKS": json.dumps(
                {
                    "crm": {
                        "url": f"http://{HOST}:{free_port()}/",
                        "secret": "whsec_" + base64.b64encode(bytes(32)).decode(),
                    }
                }
            ),
        },
        REAL_DESK,
    )
    try:
        await run.ready(120)
        with prober(folder, run.data_dir / "run.json") as port:
            yield base, port
    finally:
        run.reap()
        mailbox.stop()


@contextlib.contextmanager
def prober(folder: Path, run_file: Path) -> Iterator[int]:
    """A prober of every channel that the desk has, as often as it may be: `make run` has none. Gives its port."""
    port = free_port()
    given = {f"PROBER_{name.upper()}": str(value) for name, value in settings_in(run_file).items()}
    given |= {"PROBER_INTERVAL_SECONDS": "10", "PROBER_SETTLE_SECONDS": "8", "PROBER_HTTP_PORT": str(port)}
    with (folder / "prober.log").open("ab") as log:
        process = spawn(
            (str(Path(sys.prefix) / "bin" / "prober"), "serve"),
            env={"PATH": "/usr/bin:/bin", "PROBER_HTTP_HOST": HOST, **given}, cwd=folder, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield port
    finally:
        end(process, signal.SIGTERM, 10)
        kill(process)


@contextlib.contextmanager
def prometheus(folder: Path, base: int, prober_port: int) -> Iterator[str]:
    """A Prometheus that scrapes the desk every second, with the chart's rules."""
    port = free_port()
    ports = {name: base + OFFSETS[name] for name in SERVICES} | {"prober": prober_port}
    jobs = [{"job_name": name, "static_configs": [{"targets": [f"{HOST}:{at}"]}]} for name, at in ports.items()]
    settings = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "2s"},
        "rule_files": [str(path) for path in sorted(ALERTS.glob("*.yaml"))],
        "scrape_configs": jobs,
    }
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(settings))
    command = (
        PROMETHEUS or "", f"--config.file={folder / 'prometheus.yaml'}", f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address={HOST}:{port}", "--log.level=warn",
    )  # fmt: skip
    with (folder / "prometheus.log").open("ab") as log:
        process = spawn(command, env={"PATH": "/usr/bin:/bin"}, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield f"http://{HOST}:{port}"
    finally:
        end(process, signal.SIGTERM, 10)
        kill(process)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asked(desk: tuple[int, int], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a Prometheus that has scraped everything for long enough that rates exist."""
    with prometheus(tmp_path_factory.mktemp("prometheus"), *desk) as url:
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:

            async def enough() -> bool:
                with contextlib.suppress(httpx.HTTPError):
                    seen = await series_of(
                        client, 'min(count_over_time(up{job=~".+"}[5m])) > 12 and count(up == 1) == 7'
                    )
                    open_tickets = await series_of(client, "sum(tickets_open_tickets) > 5")
                    probed = await series_of(client, "min(prober_success_timestamp_seconds) > 0")
                    return bool(seen and open_tickets and probed)
                return False

            await eventually(enough, 150, 1)
            yield client


async def series_of(client: httpx.AsyncClient, query: str) -> list[object]:
    """What Prometheus finds."""
    answer = (await client.get("/api/v1/query", params={"query": query})).json()
    assert answer["status"] == "success", f"{query}: {answer.get('error')}"
    found: list[object] = answer["data"]["result"]
    return found


def shown(expression: str) -> str:
    """A panel's query, with Grafana's variables put in."""
    return expression.replace("$__rate_interval", "30s").replace("$namespace", ".*")


async def test_every_query_of_every_panel_finds_a_series(asked: httpx.AsyncClient) -> None:
    empty = [
        f"{name}: {panel['title']}: {target['expr']}"
        for name, dashboard in dashboards().items()
        for panel in panels(dashboard)
        for target in panel["targets"]
        if not await series_of(asked, shown(target["expr"]))
    ]
    assert not empty, "\n".join(empty)


async def test_every_selector_of_every_alert_finds_a_series(asked: httpx.AsyncClient) -> None:
    empty = [
        f"{name}: {selector}"
        for name, variants in alerts().items()
        for rule in variants
        for selector in _SELECTOR.findall(rule["expr"])
        if not await series_of(asked, f"last_over_time({selector}[5m])")
    ]
    assert not empty, "\n".join(empty)


async def test_a_healthy_desk_raises_no_alert(asked: httpx.AsyncClient) -> None:
    raised = await series_of(asked, 'ALERTS{alertstate="firing"}')
    assert not raised
    assert await series_of(asked, 'ventanilla:slo_errors:ratio_rate5m{slo="settled"} == 0')


async def test_every_service_of_the_desk_says_which_release_it_is(asked: httpx.AsyncClient) -> None:
    assert len(await series_of(asked, "count by (component, version) (ventanilla_build_info)")) == len(SERVICES) + 1
