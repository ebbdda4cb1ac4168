"""What a route asks of whoever calls it; `store.bearer` finds whose token a request carries.

Rules
- Every refusal is the same 401, byte for byte: missing, malformed, unknown and expired tell a stranger nothing apart.
- Every stored hash is compared in constant time and none is skipped, so the time of an answer names no token.
- A token never comes in a query string, because those end up in logs.
- No token, no reading: there is no anonymous right, on no address.
"""

from __future__ import annotations

from enum import Enum

__all__ = ["Access"]


class Access(Enum):
    """What a route asks of whoever calls it."""

    OPEN = "open"
    """Nothing: it shows no data of any tenant."""
    READER = "reader"
    """Any valid token; what is shown is limited to the token's tenant."""
    OPERATOR = "operator"
    """A token that is bound to no tenant."""
    CHANGER = "changer"
    """A token that operates; what it changes is limited to its tenant."""
