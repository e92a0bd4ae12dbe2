"""Bounds that no honest bounce reaches."""

from typing import Final

BOUNCE_LIMIT: Final = 100
"""Recipients reported of one mail."""
TEXT_LIMIT_CHARS: Final = 64 * 1024
"""Read of a text; the notice stands before the returned mail."""
LINE_LIMIT: Final = 600
"""Lines of a notice; a hundred recipients with six lines each."""
LINE_LIMIT_CHARS: Final = 1_000
STATUS_LIMIT_BYTES: Final = 128 * 1024
"""Read of a delivery status: a hundred recipients with their diagnostics."""
HEADERS_LIMIT_BYTES: Final = 64 * 1024
"""Read of a returned mail: its headers."""
DIAGNOSTIC_LIMIT_CHARS: Final = 998
