"""The broker's disk is full: the door says "try again", and when there is room again every mail is one ticket."""

import asyncio
import os
import smtplib
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.traffic import Sender
from tests.support.desk import MAILBOX, RunningDesk


def done(command: str, *arguments: str) -> bool:
    """Whether that worked; only root may mount, and not in every container."""
    return subprocess.run([f"/bin/{command}", *arguments], check=False, capture_output=True).returncode == 0


@pytest.fixture
async def desk(desk_folder: Path) -> AsyncIterator[RunningDesk]:
    desk = RunningDesk(desk_folder, {"INTAKE_EMAIL_ACCEPT_SECONDS": "3"})
    store = desk.nats.directory
    store.mkdir(parents=True)
    if os.geteuid() != 0 or not done("mount", "-t", "tmpfs", "-o", "size=16m,mode=700", "none", str(store)):
        pytest.skip("a disk that can be filled needs root and mount")
    try:
        async with desk.running():
            yield desk
    finally:
        done("umount", "-l", str(store))


def letter(number: int) -> bytes:
    head = f"From: Ana <ana@cliente.example>\r\nTo: {MAILBOX}\r\nSubject: Mail {number}\r\n"
    head += f"Message-ID: <{number}@full.example>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0100\r\n\r\n"
    return head.encode() + b"No queda sitio en el disco, y esto es largo.\r\n" * 8_000


@pytest.mark.timeout(240)
async def test_a_full_disk_is_try_again_and_the_retry_makes_one_ticket(desk: RunningDesk) -> None:
    accepted: list[int] = []
    refused: list[int] = []
    codes: Counter[int] = Counter()
    for number in range(120):
        try:
            await asyncio.to_thread(desk.send, letter(number))
            accepted.append(number)
        except smtplib.SMTPResponseException as error:
            refused.append(number)
            codes[error.smtp_code] += 1
        if len(refused) == 3:
            break
    assert accepted, codes
    assert refused
    assert set(codes) <= {451, 452}

    assert done("mount", "-o", "remount,size=512m", str(desk.nats.directory))
    await asyncio.to_thread(desk.nats.stop)
    await asyncio.to_thread(desk.nats.start)
    sender = Sender(desk.smtp_port)
    for number in (*refused, *accepted):  # and a sender that did not believe its 250
        await sender.send(str(number), letter(number), "ana@cliente.example")

    sent = len(accepted) + len(refused)
    ledger = await desk.settled(sent, 90)
    assert ledger["missing"] == 0
    subjects = Counter(row["subject"] for row in await desk.query("select subject from ticket"))
    assert subjects == Counter(f"Mail {number}" for number in (*accepted, *refused))
    print(f"{len(accepted)} mails until the disk was full, then {dict(codes)}; {sent} tickets in the end")
