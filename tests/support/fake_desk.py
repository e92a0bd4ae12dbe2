"""`python -m tests.support.fake_desk run` is `ventanilla-devstack run` with real servers and stand-ins for services.

`REAL_SLACK=1` leaves it the real local Slack.
"""

import os
import sys
from pathlib import Path
from unittest import mock

from ventanilla_devstack import __main__ as command
from ventanilla_devstack.desk_services import Programs, ServiceSpec, installed_programs

NAMES = ("intake-email", "intake-chat", "intake-phone", "router", "tickets", "portal")
_STAND_IN = (sys.executable, "-S", str(Path(__file__).with_name("fake_service.py")))


def programs() -> Programs:
    """The stand-ins."""
    return Programs(
        services=tuple(ServiceSpec(name, (*_STAND_IN, "serve", name)) for name in NAMES),
        tickets=(*_STAND_IN, "tickets"),
        slack=installed_programs().slack if os.environ.get("REAL_SLACK") else (*_STAND_IN, "slack"),
        twilio=(*_STAND_IN, "twilio"),
    )


if __name__ == "__main__":
    with mock.patch.object(command, "installed_programs", programs):
        command.main()
