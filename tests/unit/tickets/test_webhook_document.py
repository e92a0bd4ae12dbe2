"""What docs/webhooks.md says is true: its example verifies what the desk sends, and nothing else."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tickets.adapters.webhook_sender import ANSWER_SECONDS, CONNECT_SECONDS, MOST_ANSWER_BYTES
from tickets.domain.webhooks import FIRST_WAIT_SECONDS, MOST_BODY_BYTES, TRIED_FOR, Webhook, read_secret, signed_headers
from tickets.handlers.sending.send_webhooks import AT_ONCE

DOCUMENT = Path(__file__).parents[3] / "docs" / "webhooks.md"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = '{"words":"¡avería!"}'.encode()

Verify = Callable[[str, dict[str, str], bytes], None]


@pytest.fixture
def verify() -> Verify:
    """The function of the document."""
    [example] = re.findall(r"^```python\n(.*?)^```", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
    assert len(example.strip().splitlines()) <= 15
    names: dict[str, Any] = {}
    exec(example, names)
    found: Verify = names["verify"]
    return found


def sent(age_seconds: int = 0, *secrets: str) -> dict[str, str]:
    keys = tuple(map(read_secret, secrets or (SECRET,)))
    return signed_headers(Webhook("status", "", keys), "6d0c5ea6", int(time.time()) - age_seconds, BODY)


def test_the_example_takes_what_the_desk_sends(verify: Verify) -> None:
    verify(SECRET, sent(), BODY)


def test_the_example_takes_it_while_a_secret_is_replaced(verify: Verify) -> None:
    other = f"whsec_{'A' * 32}"
    verify(SECRET, sent(0, other, SECRET), BODY)
    verify(other, sent(0, other, SECRET), BODY)


@pytest.mark.parametrize("age_seconds", [301, -310])
def test_the_example_refuses_what_is_old_or_of_another_time(verify: Verify, age_seconds: int) -> None:
    with pytest.raises(ValueError, match="too old"):
        verify(SECRET, sent(age_seconds), BODY)


def test_the_example_refuses_other_bodies_ids_times_and_secrets(verify: Verify) -> None:
    headers = sent()
    earlier = {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) - 1)}
    cases = [
        (SECRET, headers, BODY + b" "),
        (SECRET, {**headers, "webhook-id": "6d0c5ea7"}, BODY),
        (SECRET, earlier, BODY),
        (f"whsec_{'A' * 32}", headers, BODY),
        (SECRET, {**headers, "webhook-signature": "v1, v1a,x"}, BODY),
    ]
    for secret, changed, body in cases:
        with pytest.raises(ValueError, match="not from the desk"):
            verify(secret, changed, body)


def test_the_figures_of_the_document_are_those_of_the_code() -> None:
    text = " ".join(DOCUMENT.read_text().split())
    for words in (
        f"none within {ANSWER_SECONDS:g} s ({CONNECT_SECONDS:g} s for the connection)",
        f"no more than {MOST_ANSWER_BYTES // 1024} KiB of it is read",
        f"Tries come after {FIRST_WAIT_SECONDS:g} s, 15 s, 45 s",
        f"Bodies of more than {MOST_BODY_BYTES // 1024} KiB",
    ):
        assert words in text, words
    assert TRIED_FOR.days == 3
    assert "After three days the call is given up" in text
    assert AT_ONCE == 4
    assert "At most four calls" in text
