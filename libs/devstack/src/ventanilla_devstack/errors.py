"""What can keep a desk from running on this machine. Every text is one line that ends with what to do.

Permanent
└── CannotRun
    ├── PortInUse      another program listens there
    ├── ServerFailed   an embedded NATS or Postgres does not start, or is gone
    ├── ServiceFailed  one of our own services does not start
    └── Unsuitable     a server, a folder or a tool that was given cannot be used
Interrupted            somebody pressed Ctrl-C while we waited
"""

from ventanilla_contracts.errors import Permanent


class CannotRun(Permanent):
    """The desk cannot run like this."""

    slug = "cannot_run"


class PortInUse(CannotRun):
    """Another program listens on a port that we need."""

    slug = "port_in_use"


class ServerFailed(CannotRun):
    """An embedded server does not start, or died."""

    slug = "server_failed"


class ServiceFailed(CannotRun):
    """A service does not start."""

    slug = "service_failed"


class Unsuitable(CannotRun):
    """Something that was given cannot be used for this."""

    slug = "unsuitable"


class Interrupted(BaseException):
    """Stop what is going on: the operator wants to leave. Not an `Exception`, so that nothing swallows it."""
