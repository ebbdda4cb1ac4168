"""How strong a secret is, in words for the command line; the rules are those of `contract.strength`."""

from __future__ import annotations

from afterchat.cli.language import Text
from afterchat.contract import strength

__all__ = ["weakness"]


def weakness(secret: bytes, chars_min: int) -> Text | None:
    """Why `secret` is weak, or None when nothing speaks against it."""
    why = strength.weakness(secret, chars_min)
    return None if why is None else Text(*why)
