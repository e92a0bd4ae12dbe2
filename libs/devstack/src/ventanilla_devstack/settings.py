"""What `make run` can be told, from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ventanilla_devstack.errors import Unsuitable

_LOWEST_PORT, _HIGHEST_PORT = 1, 65_535
HIGHEST_OFFSET = 32
_YES, _NO = frozenset({"", "1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How to run a desk on this machine.

    Attributes:
        port_base: first of the ports; the others lie at fixed distances.
        data_dir: everything that is kept between runs.
        samples: whether to send a few mails once the desk is ready.
        nats_url, postgres_url: servers that run already; None starts our own.
        environment: the operator's variables; those of services are passed on to them.
    """

    port_base: int
    data_dir: Path
    samples: bool
    nats_url: str | None
    postgres_url: str | None
    environment: Mapping[str, str]


def read_settings(environment: Mapping[str, str]) -> RunSettings:
    """Settings from `PORT_BASE`, `DATA_DIR`, `SAMPLES`, `VENTANILLA_NATS_URL` and `VENTANILLA_POSTGRES_URL`.

    Raises:
        Unsuitable: one of them makes no sense.
    """
    given = environment.get("PORT_BASE") or "8000"
    if not given.isascii() or not given.isdigit() or not _fits(int(given)):
        raise Unsuitable(f"PORT_BASE={given} is no port: set a number from 1 to {_HIGHEST_PORT - HIGHEST_OFFSET}")
    samples = (environment.get("SAMPLES") or "").strip().lower()
    if samples not in _YES | _NO:
        raise Unsuitable(f"SAMPLES={samples} is neither 1 nor 0: set 0 to send no sample mails")
    return RunSettings(
        port_base=int(given),
        data_dir=Path(environment.get("DATA_DIR") or ".run").expanduser().absolute(),
        samples=samples in _YES,
        nats_url=environment.get("VENTANILLA_NATS_URL") or None,
        postgres_url=environment.get("VENTANILLA_POSTGRES_URL") or None,
        environment=environment,
    )


def _fits(port_base: int) -> bool:
    return _LOWEST_PORT <= port_base <= _HIGHEST_PORT - HIGHEST_OFFSET
