"""The FilterError of this room: the same remedy in Chinese and in English.

`str()` of it is the English text, so that a command line or a log needs to know nothing of languages.
"""

from __future__ import annotations

from afterchat.errors import FilterError

__all__ = ["BilingualFilterError"]


class BilingualFilterError(FilterError):
    """A filter, a page size or a cursor cannot be read; both texts say what would be right."""

    def __init__(self, *, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en
