"""The errors of this room: what somebody asked for cannot be done, said in Chinese and in English.

`str()` of each is the English text.
"""

from __future__ import annotations

from afterchat.errors import CallerError, OutageError
from afterchat.query.errors import BilingualFilterError

__all__ = ["AccountError", "MaskedFilterError", "PasswordsBusyError"]


class AccountError(CallerError):
    """A user cannot be so; nothing was changed."""

    def __init__(self, *, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


class MaskedFilterError(BilingualFilterError):
    """The question would show what is masked; it is refused whatever its answer were."""


class PasswordsBusyError(OutageError):
    """Too many passwords are being checked, or there is no memory for it; trying again in a few seconds helps."""
