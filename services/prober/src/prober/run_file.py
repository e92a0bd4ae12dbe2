"""The doors of a desk that `make run` has started, from its run.json."""

import json
from pathlib import Path
from typing import Any, Final

from prober.domain.probe import API, MAIL, PORTAL, SLACK, SMS, VOICE, WHATSAPP

_NUMBER: Final = "+34910000000"


class RunFileWrong(Exception):
    """There is no such desk; the text says what to do."""


def settings_in(path: Path) -> dict[str, Any]:
    """Settings of the prober, with every channel that this desk has.

    Raises:
        RunFileWrong: the file is not there, or is another one.
    """
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
        token = run["probe_token"]
        found: dict[str, Any] = {
            "tickets_url": run["tickets_api"],
            "tickets_token": token,
            "smtp_url": f"smtp://{run['smtp']}?starttls=off",
            "mail_to": run["mailbox"],
            "portal_url": run["portal"],
        }
        slack, twilio = run.get("slack") or {}, run.get("twilio") or {}
    except FileNotFoundError:
        raise RunFileWrong(f"there is no {path}: start a desk with `make run`, and wait until it is ready") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunFileWrong(f"{path} is not the run.json of a desk that knows probes ({error})") from error
    channels = [MAIL, API, PORTAL]
    if slack.get("probe"):
        channels.append(SLACK)
        found |= {"slack_events_url": slack["events"], "slack_signing_secret": slack["signing_secret"]}
        found |= {f"slack_{name}": slack["probe"][name] for name in ("team", "channel", "user")}
    if twilio.get("probe"):
        channels += [SMS, WHATSAPP, VOICE]
        found |= {"twilio_account_sid": twilio["account_sid"], "twilio_auth_token": twilio["auth_token"]}
        found |= {f"phone_{name}": twilio["probe"][name] for name in ("url", "public_url", "number")}
    return {**found, "channels": ",".join(channels)}
