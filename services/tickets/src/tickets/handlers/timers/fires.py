"""What happens by itself, by the kind of its rows."""

from collections.abc import Mapping
from typing import Final

from tickets.domain.callbacks.telling import WITHDRAWN_KIND, tell_withdrawn
from tickets.domain.ladders.climbing import fire_ladder
from tickets.domain.ladders.paging import SETTLED, tell_settled
from tickets.domain.ladders.runs import KIND as LADDER
from tickets.domain.service_levels.firing import KIND as CLOCK
from tickets.domain.service_levels.firing import fire_clock
from tickets.domain.service_levels.recalculation import KIND as RECALCULATE
from tickets.domain.service_levels.recalculation import recalculate
from tickets.domain.timers.due import Fires
from tickets.domain.timers.lifecycle_timers import KIND as LIFECYCLE
from tickets.domain.timers.lifecycle_timers import SNOOZE, end_snooze, fire_step

FIRES: Final[Mapping[str, Fires]] = {
    LIFECYCLE: fire_step,
    SNOOZE: end_snooze,
    CLOCK: fire_clock,
    RECALCULATE: recalculate,
    LADDER: fire_ladder,
    SETTLED: tell_settled,
    WITHDRAWN_KIND: tell_withdrawn,
}
