"""A text is sent once for its key, whatever dies between two writes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from intake_phone.domain.texts.texting import Texting, read_texting
from intake_phone.errors import TwilioAway
from intake_phone.handlers.texts.once import OneText, Texter
from intake_phone.handlers.texts.owning import owned_key, owner_in
from intake_phone.ports.phone import Sent
from tests.unit.intake_phone.around_calls import Bucket

TEXT = OneText("+34910000100", "+34600000001", "https://desk.example")


class Around:
    """Twilio, a bucket and a clock."""

    def __init__(self) -> None:
        self.bucket = Bucket()
        self.now = datetime(2026, 11, 28, 12, tzinfo=UTC)
        self.bodies: list[str] = []

    async def send_text(self, fields: Mapping[str, Any]) -> Sent:
        self.bodies.append(fields["body"])
        return Sent(f"SM{len(self.bodies)}", "queued")

    async def texts_to(self, sender: str, recipient: str, since: float) -> Sequence[tuple[Sent, str]]:
        return [(Sent(f"SM{at}", "sent"), body) for at, body in enumerate(self.bodies, 1)][::-1]

    async def text(self, key: str = "a") -> Texting:
        return await Texter(self.bucket, self.bucket, self, 15.0, lambda: self.now).text(key, TEXT)


@pytest.mark.parametrize("writes", range(3))
async def test_whoever_dies_after_any_write_has_sent_it_once(writes: int) -> None:
    around = Around()
    around.bucket.dies_after = writes
    with pytest.raises(Bucket.Killed):
        await around.text()
    around.bucket.dies_after = None
    if not around.bodies and around.bucket.values:
        with pytest.raises(TwilioAway):
            await around.text()
        around.now += timedelta(seconds=21)
    assert (await around.text()).sid == "SM1"
    assert around.bodies == [TEXT.body]
    assert owner_in(await around.bucket.get(owned_key("SM1"))) is None, "it is no notification's"


async def test_a_text_in_doubt_does_not_take_the_one_of_another_key_with_the_same_words() -> None:
    around = Around()
    await around.bucket.put_all(["a"], Texting(around.now.timestamp() - 30, around.now.timestamp() - 10).written())
    assert (await around.text("b")).sid == "SM1"
    assert (await around.text("a")).sid == "SM2"
    assert around.bodies == [TEXT.body] * 2


@pytest.mark.parametrize("value", [None, b"", b"1", b"1764324000.1", b"[1]", b'["x", 0, "", ""]'])
def test_what_is_no_text_as_it_was_kept_is_nothing(value: bytes | None) -> None:
    assert read_texting(value) is None
