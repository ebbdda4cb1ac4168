"""Forms that people send: one flat, bounded set of text fields.

A form that cannot be read is None, and whoever asked for it says so; nothing here raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import parse_qsl

__all__ = ["read_form"]

_FORM_BYTES_MAX = 65_536
_FIELDS_MAX = 100
_MEDIA_TYPE = "application/x-www-form-urlencoded"


def read_form(media_type: str, body: bytes) -> Mapping[str, str] | None:
    """Field -> text of a form; None for what is none, is too long, or gives a field twice (total)."""
    if media_type.partition(";")[0].strip().lower() != _MEDIA_TYPE or len(body) > _FORM_BYTES_MAX:
        return None
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=_FIELDS_MAX
        )
    except ValueError:
        return None
    fields = dict(pairs)
    return MappingProxyType(fields) if len(fields) == len(pairs) else None
