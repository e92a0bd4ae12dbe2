"""What `make run` can be told."""

from pathlib import Path

import pytest

from ventanilla_devstack.errors import Unsuitable
from ventanilla_devstack.settings import read_settings


def test_without_a_word_everything_has_its_default() -> None:
    settings = read_settings({})

    assert settings.port_base == 8000
    assert settings.data_dir == Path.cwd() / ".run"
    assert settings.samples is True
    assert settings.nats_url is None
    assert settings.postgres_url is None


@pytest.mark.parametrize(("word", "meaning"), [("0", False), ("no", False), ("1", True), ("", True)])
def test_samples_can_be_left_out(word: str, meaning: bool) -> None:
    assert read_settings({"SAMPLES": word}).samples is meaning


@pytest.mark.parametrize("port", ["0", "65504", "-1", "http", "８０００", "8000.5"])
def test_a_port_base_that_is_none_is_refused_by_name(port: str) -> None:
    with pytest.raises(Unsuitable, match=f"PORT_BASE={port} is no port: set a number from 1 to 65503"):
        read_settings({"PORT_BASE": port})


def test_an_unknown_word_for_samples_is_refused() -> None:
    with pytest.raises(Unsuitable, match="SAMPLES=maybe is neither 1 nor 0"):
        read_settings({"SAMPLES": "maybe"})
