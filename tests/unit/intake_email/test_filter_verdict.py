"""What spam filters write on mails."""

import pytest

from intake_email.domain.filter_verdict import FilterVerdict, filter_verdict
from intake_email.domain.mail import Mail


@pytest.mark.parametrize(
    ("name", "value", "verdict"),
    [
        (
            "x-spamd-result",
            "default: True [15.20 / 15.00]; R_SPF_ALLOW(-0.20)[+ip4]",
            FilterVerdict(True, 15.2, "rspamd"),
        ),
        ("x-spamd-result", "default: False [-1.10 / 15.00];", FilterVerdict(False, -1.1, "rspamd")),
        ("x-rspamd-action", "add header", FilterVerdict(True, None, "rspamd")),
        ("x-rspamd-action", "no action", FilterVerdict(False, None, "rspamd")),
        ("x-spam-status", "Yes, score=7.5 required=5.0 tests=BAYES_99", FilterVerdict(True, 7.5, "spamassassin")),
        ("x-spam-status", "No, hits=-2.6 required=5.0", FilterVerdict(False, -2.6, "spamassassin")),
        ("x-spam-flag", "YES", FilterVerdict(True, None, "spamassassin")),
        ("x-ms-exchange-organization-scl", "9", FilterVerdict(True, 9.0, "microsoft")),
        ("x-forefront-antispam-report", "CIP:1.2.3.4;CTRY:;SCL:1;SRV:;", FilterVerdict(False, 1.0, "microsoft")),
        ("x-ms-exchange-organization-scl", "?", None),
        ("x-other", "spam", None),
    ],
)
def test_a_verdict_is_read(name: str, value: str, verdict: FilterVerdict | None) -> None:
    assert filter_verdict(Mail({name: [value]})) == verdict
