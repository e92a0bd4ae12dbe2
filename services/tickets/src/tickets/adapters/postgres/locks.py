"""Numbers of the database's advisory locks, all in one place: with one number, two kinds of work exclude each other.

`TOTALS` also stands in the trigger that counts changes of the ledger (`migrations/0001_initial.sql`).
"""

from typing import Final

MIGRATING: Final = 7_224_110_871
TOTALS: Final = 7_224_110_872
SWEEPING: Final = 7_224_110_873
HOUSEKEEPING: Final = 7_224_110_874
TIDYING: Final = 7_224_110_875
EDITING_DESK: Final = 7_224_110_876
IN_FORCE: Final = 7_224_110_877
"""Shared by whoever promises by documents, exclusive for whoever changes these; before any ticket is locked."""
LEARNING: Final = 7_224_110_880
COUNTING_CODES: Final = 7_224_110_881
"""Of one-time codes; after the ticket is locked."""
MEASURING: Final = 7_224_110_882
"""Whoever measures the whole desk for metrics."""
