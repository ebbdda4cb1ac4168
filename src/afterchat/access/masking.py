"""What of a record is shown to whom: the class of every field, and the mask of every class. Pure and total.

    class      fields                                     masked
    service    counts, moments, codes, staff, groups      shown as they are
    address    from_ip                                    its network: 203.0.113.*, 2001:db8:1:*  (/24, /48)
    identity   foreign_id; user_id                        first character and *; as a number 0, on a page ●●●
    page       from_page, land_page                       the address of the page, without query, fragment, user,
                                                          and parts that hold a long number or an @
    words      remarks, search words, custom fields ...   ●●●, whatever their length

Rules
- Which fields are personal stands in `contract.personal`; SERVICE names all others, so that a new field is hidden until
  somebody decides.
- Names of staff are shown to everybody: figures by staff are what the dashboard is for, and staff are no visitors.
- What is empty is shown as empty.
- A masked value never holds the original; where a mask would give it back, the value is hidden.
- Raw bodies are not masked but withheld, and with them their sha256 and their length: from those, what is masked could
  be tried out.
- Masks keep the type of a value, so that records, views and every format of an export take them; pages, which show
  text, use `page_values`.

What does not belong here: what may be asked (`asking`), what is erased (`contract.redaction`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import IPv6Address, ip_address
from struct import unpack_from
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import msgspec

from afterchat.access.roles import Right, Rights
from afterchat.contract.personal import PERSONAL, Personal
from afterchat.contract.record import FIELDS, CustomField, Field, SessionRecord

__all__ = [
    "HIDDEN",
    "SERVICE",
    "class_of",
    "is_masked",
    "masked_record",
    "masked_sample",
    "masked_value",
    "masks_for",
    "page_values",
    "withheld",
]

HIDDEN = "●●●"
"""In the place of a text; always of this length."""

SERVICE = frozenset({
    "alarm_times", "category", "close_reason", "end_time", "evaluation_type", "evaluation",
    "staff_invited_evaluate_time", "user_join_evaluate_time", "user_resolved_status", "from_group_id", "from_group",
    "from_staff", "from_type", "id", "in_queue_time", "interaction", "related_id", "related_type",
    "staff_first_reply_time", "s_type", "staff_id", "staff_name", "start_time", "stick_duration", "status", "vip_level",
    "visit_range", "transfer_rg_type", "round_number", "client_first_message_time", "avg_resp_duration", "is_valid",
    "human_transfer_session_id", "transfer_from_staff_name", "transfer_from_group", "staff_message_count",
    "user_message_count", "transfer_type", "overflow_from", "is_staff_invited", "treated_time", "from_human_transfer",
    "first_reply_cost", "category_detail", "is_evaluation_invited", "beginer", "ender", "origin_platform",
})  # fmt: skip
"""Fields that tell nothing of the visitor as a person."""

_TELLING = re.compile(r"[0-9]{5}|@|%40", re.IGNORECASE)
"""In a part of a path: a number as long as an order's, or an address of mail."""
_PATH_ENDS = re.compile(r"[;?#]|%3b|%3f|%23", re.IGNORECASE)

Mask = Callable[[Any], Any]


def class_of(name: str) -> Personal | None:
    """What a field tells of its visitor; None for nothing. A name that no table knows may tell anything."""
    return PERSONAL.get(name, None if name in SERVICE else Personal.WORDS)


def is_masked(name: str, rights: Rights) -> bool:
    """Whether these rights see the field `name` masked only."""
    return Right.SEE_UNMASKED not in rights and class_of(name) is not None


def masked_value(name: str, value: Any, rights: Rights) -> Any:
    """What these rights may see of a value of the field `name`; of the same type."""
    return _MASKS.get(name, _hidden)(value) if is_masked(name, rights) else value


def masked_record(record: SessionRecord, rights: Rights) -> SessionRecord:
    """The record as these rights may see it; the very same one for those who see everything."""
    masks = masks_for(rights)
    if not masks:
        return record
    return msgspec.structs.replace(record, **{name: mask(getattr(record, name)) for name, mask in masks.items()})


def masks_for(rights: Rights) -> Mapping[str, Mask]:
    """Field name to mask, as `export.columns.Layout` takes them; empty for those who see everything."""
    return _NO_MASKS if Right.SEE_UNMASKED in rights else _MASKS


def page_values(values: Mapping[str, Any], rights: Rights) -> dict[str, Any]:
    """Values by field name as a page shows them: as masked, but a hidden number is ●●● instead of 0."""
    return {name: _page_value(name, value, rights) for name, value in values.items()}


def masked_sample(wire: str, sample: str, rights: Rights) -> str:
    """A sample of drift: shown where its field is known and of the service; anything else may hold anything."""
    is_shown = Right.SEE_UNMASKED in rights or _NAME_OF_WIRE.get(wire) in SERVICE
    return sample if is_shown else _hidden(sample)


def withheld(raw: bytes, rights: Rights) -> bytes | None:
    """A raw body, or its digest, for those who see everything; None for all others."""
    return raw if Right.SEE_UNMASKED in rights else None


def _page_value(name: str, value: Any, rights: Rights) -> Any:
    if is_masked(name, rights) and isinstance(value, int) and value:
        return HIDDEN
    return masked_value(name, value, rights)


def _hidden(value: Any) -> Any:
    """Nothing of the value but whether there is one."""
    if isinstance(value, str):
        return _unlike(value, HIDDEN)
    if isinstance(value, tuple):
        return tuple(CustomField(*map(_hidden_part, msgspec.structs.astuple(one))) for one in value[:1])
    return 0


def _hidden_part(text: str) -> str:
    return _unlike(text, HIDDEN)


def _first_character(value: Any) -> Any:
    if not isinstance(value, str) or not value:
        return value if value == "" else 0
    return _unlike(value, f"{value[0]}*" if len(value) > 1 else "*")


def _network(value: str) -> str:
    if not value:
        return value
    try:
        address = ip_address(value.strip())
    except ValueError:
        return _unlike(value, HIDDEN)
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return _unlike(value, ":".join(f"{group:x}" for group in unpack_from(">3H", address.packed)) + ":*")
        address = address.ipv4_mapped
    return _unlike(value, f"{str(address).rpartition('.')[0]}.*")


def _page(value: str) -> str:
    """Scheme, host and path; apps write any text of their own into these fields, and that is hidden."""
    if not value:
        return value
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError:
        return HIDDEN
    if parts.scheme not in {"http", "https"} or not host:
        return _unlike(value, HIDDEN)
    path = _PATH_ENDS.split(parts.path, maxsplit=1)[0]
    shown = "/".join("*" if _TELLING.search(part) else part for part in path.split("/"))
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}{shown}"


def _unlike(original: str, mask: str) -> str:
    """`mask`, unless the original would stand in it."""
    if len(original) <= 1:
        return mask if original else ""
    return next(text for text in (mask, HIDDEN, "*") if original not in text)


_MASK_OF_CLASS: Mapping[Personal, Mask] = {
    Personal.ADDRESS: _network,
    Personal.IDENTITY: _first_character,
    Personal.PAGE: _page,
    Personal.WORDS: _hidden,
}
_NO_MASKS: Mapping[str, Mask] = MappingProxyType({})


def _masks(fields: tuple[Field, ...]) -> Mapping[str, Mask]:
    classed = ((field.name, class_of(field.name)) for field in fields)
    return MappingProxyType({name: _MASK_OF_CLASS[personal] for name, personal in classed if personal is not None})


_MASKS = _masks(FIELDS)
_NAME_OF_WIRE = {field.wire: field.name for field in FIELDS}
