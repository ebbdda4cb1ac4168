"""A sealed segment as a file: written whole or not at all, mapped into memory column by column.

    magic, length of the header, crc of the header | header as JSON | arrays and words, each at a multiple of 64 bytes

Rules
- The header says under which `generation` of the records the rows were read, and `after` which version they begin:
  the files of a folder are a chain, and one that is missing is noticed.
- Each column has its own crc, which is checked when the column is first looked at: opening reads headers only.
- Whatever is wrong with a file is a DamagedColumnsError; the columns are then made again from the records.

What does not belong here: when a segment is sealed, which rows are dead (`table`).
"""

from __future__ import annotations

import mmap
import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
import numpy as np

from afterchat.columns.segment import NumberColumn, Segment, TextColumn
from afterchat.columns.words import Words
from afterchat.errors import StoreUnavailableError

__all__ = ["DamagedColumnsError", "read_segment", "write_segment"]

_MAGIC = b"afterchat columns 1\n"
_ALIGNMENT = 64
_LENGTH_BYTES = 8
_CRC_BYTES = 4


class DamagedColumnsError(StoreUnavailableError):
    """A file of columns is not what was written; the columns are made again, and the question can be asked again."""


class _Block(msgspec.Struct, array_like=True):
    offset: int
    length: int
    crc: int
    kind: str = ""
    """Type of the array; empty for words."""


class _Number(msgspec.Struct, array_like=True):
    values: _Block
    least: int
    greatest: int


class _Text(msgspec.Struct, array_like=True):
    codes: _Block
    words: _Block
    folds_like_ascii: bool


class _Header(msgspec.Struct):
    generation: str
    after: int
    row_count: int
    first_version: int
    last_version: int
    numbers: dict[str, _Number]
    texts: dict[str, _Text]
    file_bytes: int


class Opened(NamedTuple):
    """A segment, the generation of the records under which it was read, and the version that it follows."""

    generation: str
    after: int
    segment: Segment


def write_segment(path: Path, segment: Segment, generation: str, after: int) -> None:
    """Make the file, for the owner's eyes alone; raises OSError."""
    blocks: list[bytes] = []
    header = _Header(
        generation,
        after,
        segment.row_count,
        segment.first_version,
        segment.last_version,
        {name: _Number(_added(blocks, one.values), one.least, one.greatest) for name, one in segment.numbers.items()},
        {
            name: _Text(_added(blocks, one.codes), _added(blocks, one.words.blob), one.words.folds_like_ascii)
            for name, one in segment.texts.items()
        },
        sum(map(len, blocks)),
    )
    written = msgspec.json.encode(header)
    intro = _MAGIC + len(written).to_bytes(_LENGTH_BYTES, "little") + zlib.crc32(written).to_bytes(_CRC_BYTES, "little")
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as stream:
        stream.write(_padded(intro + written))
        for block in blocks:
            stream.write(block)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)


def read_segment(path: Path, on_damage: Callable[[], None]) -> Opened:
    """The segment in a file, mapped; raises DamagedColumnsError, OSError.

    `on_damage` is called, in whatever thread, when a column turns out to be damaged later.
    """
    with path.open("rb") as stream:
        try:
            mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError as error:
            raise _damaged(path) from error
    body = memoryview(mapped)
    header, start = _header(body, path)
    if len(body) != start + header.file_bytes:
        raise _damaged(path)
    numbers = {name: _lazy_number(body, start, one, path) for name, one in header.numbers.items()}
    texts = {name: _lazy_text(body, start, one, path) for name, one in header.texts.items()}
    segment = Segment(
        header.row_count, header.first_version, header.last_version,
        _Lazy(numbers, on_damage), _Lazy(texts, on_damage), path.name,
    )  # fmt: skip
    return Opened(header.generation, header.after, segment)


def _header(body: memoryview, path: Path) -> tuple[_Header, int]:
    """The header and where the blocks begin."""
    intro = len(_MAGIC) + _LENGTH_BYTES + _CRC_BYTES
    if len(body) < intro or bytes(body[: len(_MAGIC)]) != _MAGIC:
        raise _damaged(path)
    length = int.from_bytes(body[len(_MAGIC) : len(_MAGIC) + _LENGTH_BYTES], "little")
    written = bytes(body[intro : intro + length])
    if zlib.crc32(written) != int.from_bytes(body[intro - _CRC_BYTES : intro], "little"):
        raise _damaged(path)
    try:
        header = msgspec.json.decode(written, type=_Header)
    except msgspec.MsgspecError as error:
        raise _damaged(path) from error
    return header, -(-(intro + length) // _ALIGNMENT) * _ALIGNMENT


Column = TypeVar("Column")


class _Lazy(Mapping[str, Column]):
    """Columns that are checked when they are first looked at."""

    def __init__(self, makers: Mapping[str, Callable[[], Column]], on_damage: Callable[[], None]) -> None:
        self._makers = makers
        self._on_damage = on_damage
        self._made: dict[str, Column] = {}

    def __getitem__(self, name: str) -> Column:
        made = self._made.get(name)
        if made is None:
            try:
                made = self._made[name] = self._makers[name]()
            except DamagedColumnsError:
                self._on_damage()
                raise
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def _lazy_number(body: memoryview, start: int, one: _Number, path: Path) -> Callable[[], NumberColumn]:
    return lambda: NumberColumn(_array(body, start, one.values, path), one.least, one.greatest)


def _lazy_text(body: memoryview, start: int, one: _Text, path: Path) -> Callable[[], TextColumn]:
    return lambda: TextColumn(
        _array(body, start, one.codes, path),
        Words(_checked(body, start, one.words, path), folds_like_ascii=one.folds_like_ascii),
    )


def _array(body: memoryview, start: int, block: _Block, path: Path) -> Any:
    return np.frombuffer(_checked(body, start, block, path), dtype=block.kind)


def _checked(body: memoryview, start: int, block: _Block, path: Path) -> memoryview:
    content = body[start + block.offset : start + block.offset + block.length]
    if zlib.crc32(content) != block.crc:
        raise _damaged(path)
    return content


def _added(blocks: list[bytes], content: Any) -> _Block:
    """Append a block; the line of the header that finds it again."""
    raw = content if isinstance(content, bytes) else content.tobytes()
    offset = sum(map(len, blocks))
    blocks.append(_padded(raw))
    return _Block(offset, len(raw), zlib.crc32(raw), "" if isinstance(content, bytes) else content.dtype.str)


def _padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % _ALIGNMENT)


def _damaged(path: Path) -> DamagedColumnsError:
    return DamagedColumnsError(f"{path.name}: the columns are damaged and are made again from the records; ask again")
