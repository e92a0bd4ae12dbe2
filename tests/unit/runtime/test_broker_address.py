"""Servers of the broker are named in one form, by every setting that names some."""

import nats.errors
import pytest
from pydantic_settings import SettingsConfigDict

from ventanilla_runtime.broker import Broker
from ventanilla_runtime.broker_address import broker_addresses
from ventanilla_runtime.settings import ServiceSettings, SettingsWrong, usable


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="ROUTER_")


@pytest.mark.parametrize(
    "url",
    ["nats://127.0.0.1:4222", "127.0.0.1:4222", "broker", "nats://router:p%40s+s@broker", "tls://b.example:4222/",
     "nats://token@a:4222,tls://b:4222", "nats://[::1]:4222", "ws://b.example:80/nats,wss://c.example"],
)  # fmt: skip
def test_an_address_that_the_client_can_use_is_taken_as_it_is(url: str) -> None:
    assert broker_addresses(url) == url


def test_spaces_around_addresses_are_taken_away() -> None:
    assert broker_addresses(" nats://a:4222 , nats://b:4222\n") == "nats://a:4222,nats://b:4222"


@pytest.mark.parametrize(
    "url",
    ["", ",", "nats://a:4222,", "http://a:4222", "nats://:4222", "nats://a:99999", "nats://a:0", "nats://a:b",
     "nats://a:4222,nats://[::1", "nats://a:4222,ws://b:80", "nats://a b:4222", "nats://a:4222?tls=true",
     "nats://router:hunter2/hunter2@a:4222", "nats://router:1234/hunter2@a:4222", "nats://router:1234?hunter2@a",
     "nats://router:1234#hunter2@a:4222", "nats://router:hun[ter2@a", "nats://router:hunt,er2@a:4222",
     "nats://router:hunt@er2@a:4222", "ws://router:1234/hunter2@a"],
)  # fmt: skip
def test_another_one_is_refused_before_anybody_connects_and_no_password_is_repeated(url: str) -> None:
    with pytest.raises(SettingsWrong) as refused:
        usable(Settings, nats_url=url)

    assert str(refused.value).startswith("ROUTER_NATS_URL: must look like nats://127.0.0.1:4222 or tls://")
    assert str(refused.value).count("\n") == 0
    assert "hun" not in str(refused.value)
    with pytest.raises(ValueError, match="must look like") as error:
        broker_addresses(url)
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__ or error.value.__context__ is None


async def test_a_connection_that_never_came_about_is_closed_without_a_word() -> None:
    await Broker("router", Settings()).close()
    broker = Broker("router", Settings().model_copy(update={"nats_url": "nats://a:99999"}))
    with pytest.raises(nats.errors.Error):
        await broker.connect()
    await broker.close()
