"""What a bounce says: whom a mail did not reach, why, which mail it was; and what a feedback report complains of.

`bounces_of` and `original_of` are for mails that `automation_of` calls a bounce or a dsn; a person's mail would give
nonsense. `status_in` and `reason_of` read a server's words. Nothing here raises on what a stranger sends, and time and
results are bounded (`limits`).
"""

from intake_email.domain.bounces.feedback import feedback_of
from intake_email.domain.bounces.originals import original_of
from intake_email.domain.bounces.reading import bounces_of
from intake_email.domain.bounces.reasons import reason_of
from intake_email.domain.bounces.records import Bounce, Feedback, Original
from intake_email.domain.bounces.statuses import status_in

__all__ = ["Bounce", "Feedback", "Original", "bounces_of", "feedback_of", "original_of", "reason_of", "status_in"]
