"""How much an endpoint may ask for: the bounds that commands, the API and its description name alike. Data only.

It imports nothing, so that the help of a command costs nothing; `sender.endpoint_rules` holds values against them.
"""

from __future__ import annotations

__all__ = [
    "CONCURRENCY_DEFAULT",
    "CONCURRENCY_MAX",
    "HEADERS_MAX",
    "KEY_DELAY_SECONDS_MAX",
    "KEY_OVERLAP_SECONDS_DEFAULT",
    "KEY_OVERLAP_SECONDS_MAX",
    "RATE_PER_SECOND_MAX",
    "WAITS_MAX",
    "WAIT_SECONDS_MAX",
]

_DAY = 86_400

CONCURRENCY_DEFAULT = 8
"""Attempts at one time."""
CONCURRENCY_MAX = 1024
RATE_PER_SECOND_MAX = 100_000
"""Attempts started in a second; 0 stands for no limit."""
WAITS_MAX = 50
"""Attempts after the first."""
WAIT_SECONDS_MAX = 366 * _DAY
"""Of one wait."""
HEADERS_MAX = 64

KEY_DELAY_SECONDS_MAX = 30 * _DAY
"""How far ahead a key may be made; a slip of the unit would otherwise plan one for years ahead."""
KEY_OVERLAP_SECONDS_DEFAULT = _DAY
KEY_OVERLAP_SECONDS_MAX = 7 * _DAY
"""Two secrets in force are twice the chance to guess one; a week is time enough to change the other end."""
