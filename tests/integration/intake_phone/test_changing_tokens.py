"""The auth token is changed as docs/phone.md says it: at no step is anything of ours refused, and no alarm raised."""

from collections.abc import AsyncIterator, Sequence

import aiohttp
import pytest
import pytest_asyncio
from twilio.request_validator import RequestValidator

from intake_phone.adapters.twilio.account import TwilioAccount
from intake_phone.adapters.twilio.api import Twilio
from intake_phone.adapters.twilio.media import Files
from intake_phone.adapters.twilio.signature import Signatures
from intake_phone.adapters.twilio.tokens import Tokens
from intake_phone.commands.twilio_checks import examine_twilio
from intake_phone.errors import TwilioAway, TwilioBusy
from intake_phone.handlers.account.numbers import DeskNumbers
from intake_phone.handlers.account.watch import AccountWatch
from intake_phone.settings import Settings
from tests.unit.intake_phone.test_media_in import Kept
from ventanilla_devstack.ports import HOST
from ventanilla_devstack.twilio.server import LocalTwilio

pytestmark = pytest.mark.asyncio(loop_scope="module")
PUBLIC = "https://phone.example"
NEW, OTHER = "b" * 32, "0" * 32


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def twilio() -> AsyncIterator[LocalTwilio]:
    async with LocalTwilio(pace=0.001) as running:
        yield running


class Replica:
    """A process of the service, with the tokens that it was started with."""

    def __init__(self, session: aiohttp.ClientSession, local: LocalTwilio, *tokens: str) -> None:
        self.raised: list[str] = []
        self.tokens = Tokens(local.account.sid, tokens)
        self.api = Twilio(session, self.tokens, local.url, 5.0)
        self.account = TwilioAccount(session, self.tokens, local.url, 5.0)
        self.files = Files(session, self.tokens, Kept(), local.url, frozenset({HOST}), 1_000)
        self.signatures = Signatures(tokens, PUBLIC)
        self.watch = AccountWatch(
            account=self.account, numbers=DeskNumbers(self.account), alarms=self, stopped=self.api.account_is,
            trouble=self.api.problem, every_seconds=60, low=None,
        )  # fmt: skip

    async def endangered(self, connection: str, problem: str) -> None:
        self.raised.append(connection)

    async def works(self, signed_with: Sequence[str]) -> None:
        """Whatever Twilio signs is taken, and it takes what we ask of each of its doors."""
        for token in signed_with:
            signature = str(RequestValidator(token).compute_signature(f"{PUBLIC}/twilio/voice", {}))
            assert self.signatures.is_twilios("/twilio/voice", "", None, b"", signature)
        assert list(await self.api.texts_to("+34910000100", "+34600000001", 0.0)) == []
        assert await self.account.numbers()
        await self.watch.look()
        assert (self.api.problem(), self.raised) == (None, [])


async def test_the_token_is_changed_without_a_gap_in_the_documented_order(twilio: LocalTwilio) -> None:
    old = twilio.account.auth_token
    async with aiohttp.ClientSession() as session:
        try:
            first = Replica(session, twilio, old)
            await first.works([old])
            second = Replica(session, twilio, old, NEW)  # 1. the secondary one is set, and the service started again
            await second.works([old])
            assert second.tokens.worry() is None
            twilio.account.auth_token = NEW  # 2. it is promoted
            await second.works([NEW])
            assert "let …_AUTH_TOKEN be the secondary one" in (second.tokens.worry() or "")
            await Replica(session, twilio, old, NEW).works([NEW])  # a replica that starts just then
            third = Replica(session, twilio, NEW)  # 3. it has become the only one
            await third.works([NEW])
            assert third.tokens.worry() is None
            # Where the variables are swapped before, the one in force is the second: all the same.
            await Replica(session, twilio, OTHER, NEW).works([NEW])
        finally:
            twilio.account.auth_token = old


async def test_a_recording_is_fetched_with_the_token_that_twilio_takes(twilio: LocalTwilio) -> None:
    async with aiohttp.ClientSession() as session:
        replica = Replica(session, twilio, OTHER, twilio.account.auth_token)
        with pytest.raises(TwilioAway, match="404"):  # there is none of this name, which a refused token never hears
            await replica.files.recording("RE" + "0" * 32)
        assert replica.tokens.in_use == twilio.account.auth_token


async def test_tokens_of_which_twilio_takes_none_stop_the_account(twilio: LocalTwilio) -> None:
    async with aiohttp.ClientSession() as session:
        replica = Replica(session, twilio, OTHER, NEW)
        with pytest.raises(TwilioBusy, match="20003"):
            await replica.api.texts_to("+34910000100", "+34600000001", 0.0)
        await replica.watch.look()

        assert replica.raised == ["account"]
        assert "does not take our account's token" in (replica.api.problem() or "")
        assert replica.tokens.in_use == OTHER


async def test_doctor_says_which_token_is_in_force(twilio: LocalTwilio, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("TWILIO_ACCOUNT_SID", twilio.account.sid), ("TWILIO_AUTH_TOKEN", OTHER), ("PUBLIC_URL", PUBLIC),
        ("TWILIO_SECONDARY_TOKEN", twilio.account.auth_token), ("TWILIO_URL", twilio.url),
    ):  # fmt: skip
        monkeypatch.setenv(f"INTAKE_PHONE_{name}", value)
    settings = Settings()
    async with aiohttp.ClientSession() as session:
        tokens = Tokens(settings.twilio_account_sid, settings.twilio_tokens)
        seen = await examine_twilio(settings, TwilioAccount(session, tokens, twilio.url, 5.0))

    [found] = [one for one in seen.findings if one.about == "token"]
    assert found.state == "warning"
    assert "AUTH_TOKEN no more" in found.says
    assert settings.twilio_tokens[1] not in str(found)
