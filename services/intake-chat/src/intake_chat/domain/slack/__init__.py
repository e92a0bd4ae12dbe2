"""Slack's payloads as values: `events` reads them, `mrkdwn` their words, `normalise` makes the desk's event."""
