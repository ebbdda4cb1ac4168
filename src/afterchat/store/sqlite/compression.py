"""Bodies, made small for the disk.

Every body spells the same 59 names, so a dictionary that knows them saves what they cost.
The dictionary is made from FIELDS and kept in the database: a store can be read without the program that wrote it,
and a later version may add a better dictionary, because each row says which one it needs.

Rules
- Compressing never fails and never loses: a body that does not shrink, or cannot be compressed, is kept as it is.
- Decompressing is bounded by the size that the row names, and that size by BODY_BYTES_MAX.
- No checksum inside the frame: the row's own sha256 guards the body.

What does not belong here: tables.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import zstandard

from afterchat.contract.record import FIELDS

__all__ = ["BODY_BYTES_MAX", "UNCOMPRESSED", "Compressor", "Decompressor", "dictionary_text"]

UNCOMPRESSED = 0
"""Dictionary id of a body that is kept as it is."""

BODY_BYTES_MAX = 64 * 1024 * 1024
"""No row may claim a larger body; far above what the edge lets in."""

_LEVEL = 3
"""Measured on 1.4 KB bodies: level 1 443 B in 6.8 us, level 3 421 B in 7.5 us, level 5 401 B in 12 us."""

_FREQUENT = (
    '"fieldId":"","fieldName":"","fieldValue":"',
    "http://m.", ".com/", "https://www.", ".cn/", "首页", "商品详情", "帮助中心", "百度", "必应", "直接访问",
    "open", "wb", "wx_ma", "wx", "android", "ios", "web",
    "售前咨询", "售后服务", "退款", "物流", "订单", "投诉", "客服", "未分类", "未知", "机器人",
    "静默转接", "人工转接",
    "主动转人工", "关键词转人工", "回复引导转人工", "拦截词转人工", "连续未知转人工", "差评转人工",
    "情绪识别转人工", "图片转人工", "100", "17", "18",
)  # fmt: skip
"""Words that many bodies hold; the vendor's page names most of them."""


def dictionary_text() -> bytes:
    """The dictionary this version compresses with: frequent words, then a whole body of none-values in wire order."""
    blank = {field.wire: list(field.none) if isinstance(field.none, tuple) else field.none for field in FIELDS}
    body = json.dumps(blank, ensure_ascii=False, separators=(",", ":"))
    return ("".join(_FREQUENT) + body).encode()


class Compressor:
    """Compresses with one dictionary; for one thread at a time."""

    def __init__(self, dictionary_id: int, dictionary: bytes) -> None:
        prepared = zstandard.ZstdCompressionDict(dictionary, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        prepared.precompute_compress(level=_LEVEL)
        self._dictionary_id = dictionary_id
        self._compressor = zstandard.ZstdCompressor(
            level=_LEVEL, dict_data=prepared, write_content_size=True, write_checksum=False, write_dict_id=False
        )

    def compress(self, body: bytes) -> tuple[int, bytes]:
        """(dictionary id, what to store); never raises."""
        try:
            compressed = self._compressor.compress(body)
        except (zstandard.ZstdError, MemoryError):
            return UNCOMPRESSED, body
        return (self._dictionary_id, compressed) if len(compressed) < len(body) else (UNCOMPRESSED, body)


class Decompressor:
    """Decompresses rows of one database; for one thread at a time.

    `find_dictionary` gives the bytes of a dictionary by its id, None when there is none.
    """

    def __init__(self, find_dictionary: Callable[[int], bytes | None]) -> None:
        self._find_dictionary = find_dictionary
        self._by_dictionary: dict[int, zstandard.ZstdDecompressor] = {}

    def decompress(self, dictionary_id: int, stored: bytes, body_bytes: int) -> bytes | None:
        """The body; None when the row is damaged."""
        if not 0 <= body_bytes <= BODY_BYTES_MAX:
            return None
        if dictionary_id == UNCOMPRESSED:
            return stored if len(stored) == body_bytes else None
        decompressor = self._by_dictionary.get(dictionary_id) or self._prepare(dictionary_id)
        if decompressor is None:
            return None
        try:
            # A frame that claims another size than the row is damaged, and is not given the memory it asks for.
            if zstandard.frame_content_size(stored) != body_bytes:
                return None
            body = decompressor.decompress(stored, max_output_size=body_bytes)
        except (zstandard.ZstdError, MemoryError):
            return None
        return body if len(body) == body_bytes else None

    def _prepare(self, dictionary_id: int) -> zstandard.ZstdDecompressor | None:
        dictionary = self._find_dictionary(dictionary_id)
        if dictionary is None:
            return None
        prepared = zstandard.ZstdCompressionDict(dictionary, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        self._by_dictionary[dictionary_id] = zstandard.ZstdDecompressor(dict_data=prepared)
        return self._by_dictionary[dictionary_id]
