"""A server of the operator's is used only if it can do what the desk needs."""

import pytest

from ventanilla_devstack.errors import Unsuitable
from ventanilla_devstack.servers import check_nats


@pytest.mark.parametrize("version", ["2.12.0", "2.12.0-RC.1", "2.15.1", "3.0.0"])
def test_a_recent_nats_with_jetstream_will_do(version: str) -> None:
    check_nats({"version": version, "jetstream": True})


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({}, "no NATS server answers there"),
        ({"version": "2.11.9", "jetstream": True}, "NATS 2.11.9 is too old; update it to 2.12 or later"),
        ({"version": "2.12.3"}, "JetStream is off there; start the server with `-js`"),
    ],
)
def test_any_other_is_refused_with_what_to_do(said: dict[str, object], complaint: str) -> None:
    with pytest.raises(Unsuitable, match=complaint):
        check_nats(said)
