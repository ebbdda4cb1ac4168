"""Pages: how large they are and where they go on.

A cursor names the last row that was seen, not a number of rows, so pages neither skip nor repeat while rows arrive.
It is opaque: base64url over a small JSON array that begins with its version and the name of the listing.
It carries no rights: the tenant of the reader is applied beside it, so a forged one shows nothing of others.

    ["1", "sessions", 1767225600000, "default", 42]        after this session, in the order of SessionQuery
    ["1", "inbox", 42]                                     rows with a smaller id
    ["2", "sessions", "-evaluation", 100, "default", 42]   after this session, in that order and no other

Anything else is a FilterError; no text whatsoever raises another exception.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated

import msgspec

from afterchat.columns.layout import Order
from afterchat.query.errors import BilingualFilterError

__all__ = [
    "CURSOR_CHARACTERS_MAX",
    "PAGE_SIZE_DEFAULT",
    "PAGE_SIZE_MAX",
    "read_page_size",
    "read_row_cursor",
    "read_session_cursor",
    "read_sorted_cursor",
    "row_cursor",
    "session_cursor",
    "sorted_cursor",
]

PAGE_SIZE_DEFAULT = 50
PAGE_SIZE_MAX = 500
"""A page of 500 sessions is about 2 MB of JSON; more is an export."""
CURSOR_CHARACTERS_MAX = 512

_VERSION = "1"
_SORTED_VERSION = "2"
_Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_SESSIONS = msgspec.json.Decoder(tuple[str, str, _Int64, str, _Int64])
_SORTED = msgspec.json.Decoder(tuple[str, str, str, _Int64, str, _Int64])
_ROWS = msgspec.json.Decoder(tuple[str, str, _Int64])


def read_page_size(text: str | None) -> int:
    """`limit` as a number of rows between 1 and PAGE_SIZE_MAX; None means the default."""
    if text is None:
        return PAGE_SIZE_DEFAULT
    if text.isascii() and text.isdecimal() and len(text) <= len(str(PAGE_SIZE_MAX)) and 1 <= int(text) <= PAGE_SIZE_MAX:
        return int(text)
    raise BilingualFilterError(
        zh=f"limit 应为 1 到 {PAGE_SIZE_MAX} 之间的整数。",
        en=f"`limit` must be a whole number between 1 and {PAGE_SIZE_MAX}.",
    )


def session_cursor(key: tuple[int, str, int]) -> str:
    """The cursor that goes on after the session with this (end_time, tenant, id)."""
    return _pack([_VERSION, "sessions", *key])


def read_session_cursor(text: str | None) -> tuple[int, str, int] | None:
    """The key inside a cursor of the session list, or None for the first page."""
    if text is None:
        return None
    try:
        version, listing, end_time, tenant, session_id = _SESSIONS.decode(_unpack(text))
    except (ValueError, msgspec.MsgspecError):
        raise _unreadable() from None
    if (version, listing) != (_VERSION, "sessions"):
        raise _unreadable()
    return end_time, tenant, session_id


def sorted_cursor(sort: Order, sort_value: int, tenant: str, session_id: int) -> str:
    """The cursor that goes on after that session in that order."""
    return _pack([_SORTED_VERSION, "sessions", sort.text, sort_value, tenant, session_id])


def read_sorted_cursor(sort: Order, text: str | None) -> tuple[int, str, int] | None:
    """The (sort value, tenant, id) inside a cursor of the session list in that order, or None for the first page.

    A cursor of another order is refused: it would skip and repeat.
    """
    if text is None:
        return None
    try:
        version, listing, found, sort_value, tenant, session_id = _SORTED.decode(_unpack(text))
    except (ValueError, msgspec.MsgspecError):
        raise _unreadable() from None
    if (version, listing) != (_SORTED_VERSION, "sessions"):
        raise _unreadable()
    if found != sort.text:
        raise BilingualFilterError(
            zh="cursor 属于另一种排序：请保持 sort 不变，或去掉 cursor 从第一页开始。",
            en="`cursor` belongs to another order: keep `sort` as it was, or leave `cursor` out for page one.",
        )
    return sort_value, tenant, session_id


def row_cursor(listing: str, row_id: int) -> str:
    """The cursor that goes on after the row with this id in `inbox` or `quarantine`."""
    return _pack([_VERSION, listing, row_id])


def read_row_cursor(listing: str, text: str | None) -> int | None:
    """The row id inside a cursor of that listing, or None for the first page."""
    if text is None:
        return None
    try:
        version, found, row_id = _ROWS.decode(_unpack(text))
    except (ValueError, msgspec.MsgspecError):
        raise _unreadable() from None
    if (version, found) != (_VERSION, listing):
        raise _unreadable()
    return row_id


def _pack(parts: list[object]) -> str:
    return urlsafe_b64encode(msgspec.json.encode(parts)).rstrip(b"=").decode("ascii")


def _unpack(text: str) -> bytes:
    """Bytes of the base64url text; ValueError for everything else."""
    if len(text) > CURSOR_CHARACTERS_MAX or not text.isascii():
        raise ValueError
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise ValueError from None


def _unreadable() -> BilingualFilterError:
    return BilingualFilterError(
        zh="cursor 无法识别：请原样使用上一页的 next_cursor，或去掉该参数从第一页开始。",
        en="`cursor` cannot be read: use `next_cursor` of the page before as it is, or leave it out for page one.",
    )
