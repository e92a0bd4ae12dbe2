"""`python -m ventanilla_devstack.twilio`: the command alone."""

import typer

from ventanilla_devstack.twilio.command import twilio

if __name__ == "__main__":
    typer.run(twilio)
