"""The distinct texts of one column of a segment, sorted, in one block of bytes.

A row holds the number of its text; equality and search are answered here once for all rows that share a text.

    blob      the texts in UTF-8, with a NUL after each; no text holds a NUL, the codec sees to that
    order     that of `sorted`, by code points, which is that of their UTF-8 bytes, too

Rules
- Search is by casefolded text, so it finds what `casefold` of both sides finds, no more and no less.
- Most blocks fold like ASCII, Chinese ones too; the others are folded whole when they are first searched.
- Texts are decoded when somebody wants to read them; equality and search go by bytes.

What does not belong here: which rows hold which text (`segment`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import overload

import numpy as np
from numpy.typing import NDArray

__all__ = ["Words", "storable"]

FEW_WORDS = 512
"""Up to so many are decoded at once and remembered; of more, only those that somebody asks for."""

_UNKEPT = re.compile("[\0\ud800-\udfff]")


def storable(text: str) -> str:
    """The text as it can be kept: U+FFFD for NUL and lone surrogates, as a file of an export has them."""
    return _UNKEPT.sub("\ufffd", text)


class Words(Sequence[str]):
    """Texts by their number; immutable."""

    def __init__(self, blob: bytes | memoryview, *, folds_like_ascii: bool) -> None:
        self._blob = blob
        self.folds_like_ascii = folds_like_ascii

    @classmethod
    def of(cls, texts: Iterable[str]) -> Words:
        """The words of these distinct texts, in the order that `sorted_texts` gives."""
        blob = "".join(text + "\0" for text in texts).encode("utf-8", "replace")
        return cls(blob, folds_like_ascii=blob.decode("utf-8").casefold().encode("utf-8") == blob.lower())

    @property
    def blob(self) -> bytes:
        """All texts, a NUL after each."""
        return bytes(self._blob)

    @cached_property
    def texts(self) -> list[str]:
        """All of them, decoded."""
        return str(self._blob, "utf-8").split("\0")[:-1]

    @cached_property
    def _count(self) -> int:
        return self.blob.count(b"\0")

    @cached_property
    def _folded(self) -> bytes:
        """All texts casefolded, a NUL after each: nothing but NUL folds to it."""
        return str(self._blob, "utf-8").casefold().encode("utf-8")

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, number: int) -> str: ...
    @overload
    def __getitem__(self, number: slice) -> list[str]: ...
    def __getitem__(self, number: int | slice) -> str | list[str]:
        return self.texts[number]

    def begins(self) -> NDArray[np.int64]:
        """Where in the block each text begins, and one more: for `text_between`. Nothing is remembered."""
        ends = np.flatnonzero(np.frombuffer(self._blob, np.uint8) == 0)
        return np.concatenate((np.zeros(1, np.int64), ends + 1))

    def text_between(self, begin: int, next_begin: int) -> str:
        """The text that stands there."""
        return str(self._blob[begin : next_begin - 1], "utf-8")

    def number_of(self, text: str) -> int | None:
        """The number of exactly this text, or None."""
        if text != storable(text):
            return None
        key = text.encode("utf-8") + b"\0"
        blob = self.blob
        if blob.startswith(key):
            return 0
        place = blob.find(b"\0" + key)
        return blob.count(b"\0", 0, place + 1) if place >= 0 else None

    def containing(self, needle: str) -> list[int]:
        """Numbers of the texts that contain it when both are casefolded, ascending."""
        folded = needle.casefold()
        if not folded:
            return list(range(len(self)))
        if folded != storable(folded):
            return []
        block = self.blob.lower() if self.folds_like_ascii else self._folded
        return _numbers_of(block, folded.encode("utf-8"))


def _numbers_of(block: bytes, needle: bytes) -> list[int]:
    """Which of the NUL-ended texts of a block contain the needle."""
    found: list[int] = []
    number, counted_to, start = 0, 0, block.find(needle)
    while start >= 0:
        number += block.count(b"\0", counted_to, start)
        found.append(number)
        counted_to = block.index(b"\0", start)
        start = block.find(needle, counted_to)
    return found
