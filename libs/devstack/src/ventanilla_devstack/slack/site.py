"""One running local Slack, without its doors: the state, what was lent to apps, the ways to them, limits and faults.

Every door (Web API, hands, control, page) works on this one object.
"""

from dataclasses import dataclass

from ventanilla_devstack.slack.courier import Courier
from ventanilla_devstack.slack.faults import Faults
from ventanilla_devstack.slack.http_events import HttpEvents
from ventanilla_devstack.slack.limits import Limits
from ventanilla_devstack.slack.sign_in import SignIn
from ventanilla_devstack.slack.sockets import Sockets
from ventanilla_devstack.slack.triggers import Lent
from ventanilla_devstack.slack.workspace import Workspace


@dataclass(slots=True)
class Site:
    """What all doors of a local Slack share."""

    workspace: Workspace
    lent: Lent
    faults: Faults
    limits: Limits
    sockets: Sockets
    http: HttpEvents
    courier: Courier
    sign_in: SignIn
