"""The URL of a store, as it may be shown: logs, terminals and messages must not learn a password.

    postgresql://app:secret@db/afterchat?password=secret   ->   postgresql://app@db/afterchat?password=***

What does not belong here: opening it (`open`).
"""

from __future__ import annotations

import re

__all__ = ["shown_url"]

_USER_WITH_PASSWORD = re.compile(r"^([a-z]+://[^:@/?#]*):[^/?#]*@")
_PASSWORD = re.compile(r"(?<=password=)[^&]*", re.IGNORECASE)


def shown_url(url: str) -> str:
    """The URL without its password, whether it can be read or not."""
    return _PASSWORD.sub("***", _USER_WITH_PASSWORD.sub(r"\1@", url))
