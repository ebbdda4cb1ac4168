"""What somebody hands in at one time, and what became of each piece of it. Data only, and how it is read from JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from afterchat.contract.codec import Decoded, decode, encode
from afterchat.contract.record import SessionRecord
from afterchat.engine import Event, Outcome, Unreadable, Verdict, read_event

__all__ = [
    "COMPUTED",
    "DAMAGED",
    "DUPLICATE",
    "EVENT_BYTES_MAX",
    "FUTURE",
    "RECORDED",
    "RECORD_BYTES_MAX",
    "TAKEN",
    "Item",
    "ItemVerdict",
    "Submission",
    "event_item",
    "record_item",
    "verdict_on",
]

Item = Event | SessionRecord | Unreadable
"""An event, a finished record, or what could not be read as one."""

RECORD_BYTES_MAX = 262_144
"""What our own receiving end takes of one push when nobody chose another bound (its setting `body_bytes_max`)."""
EVENT_BYTES_MAX = 112 * 1024
"""The largest, with service-record fields, beside all other texts of a session still makes a record that fits."""
_GROWTH_MAX = 16
"""A record as it is pushed is less than so many times what was handed in, and the 1 KB that every record has:
in `customField` three bytes, `{},`, become 46, and nothing else grows so much.
"""

_REFUSED = Verdict.REFUSED.name.lower()


class ItemVerdict(NamedTuple):
    """What became of one item; it holds once the submission's commit is durable."""

    verdict: str
    """`taken`, `duplicate`, `refused` or `unreadable`."""
    reason: str
    """Name of the refusal; empty when taken."""
    en: str
    zh: str


class Submission(NamedTuple):
    """Items of one tenant, in the order in which they were handed in."""

    tenant: str
    items: Sequence[Item]


TAKEN = ItemVerdict("taken", "", "", "")
DUPLICATE = ItemVerdict("duplicate", "", "", "")
COMPUTED = ItemVerdict(
    _REFUSED,
    "computed",
    "the session has events, so its record is computed from them; send events only, or records only",
    "该会话已有事件，其记录由事件计算得出；请只发送事件，或只发送记录",
)
RECORDED = ItemVerdict(
    _REFUSED,
    "recorded",
    "the session's record was handed in finished; send events only, or records only",
    "该会话的记录是作为成品提交的；请只发送事件，或只发送记录",
)
FUTURE = ItemVerdict(
    _REFUSED,
    "future",
    "it happens more than five minutes from now; set the clock of the platform or of this machine right",
    "事件时间比当前时间晚五分钟以上；请校准平台或本机的时钟",
)
DAMAGED = ItemVerdict(
    _REFUSED,
    "damaged",
    "what the journal holds of this session cannot be read; its operator should run 'afterchat store check'",
    "日志中该会话的数据无法读取；请运维运行 'afterchat store check'",
)


def event_item(body: bytes) -> Event | Unreadable:
    """One event from its JSON. Total."""
    return _oversized(EVENT_BYTES_MAX) if len(body) > EVENT_BYTES_MAX else read_event(body)


def record_item(body: bytes) -> SessionRecord | Unreadable:
    """One finished record from its JSON, every field readable, and not too large to be pushed. Total."""
    if len(body) > RECORD_BYTES_MAX:
        return _oversized(RECORD_BYTES_MAX)
    read = decode(body)
    if not isinstance(read, Decoded):
        return Unreadable(f"no record: {read.reason}", f"不是会话记录：{read.reason}")
    if read.problems:
        listed = "; ".join(read.problems)
        return Unreadable(f"fields cannot be read: {listed}", f"有字段无法读取：{listed}")
    if read.record.id <= 0:
        return Unreadable("id must be above 0", "id 必须大于 0")
    if len(body) > RECORD_BYTES_MAX // _GROWTH_MAX and len(encode(read.record)) > RECORD_BYTES_MAX:
        return _oversized(RECORD_BYTES_MAX)
    return read.record


def verdict_on(outcome: Outcome) -> ItemVerdict:
    """The engine's outcome for one event, in words."""
    refused = outcome.refused
    if refused is None:
        return TAKEN if outcome.verdict is Verdict.TAKEN else DUPLICATE
    return ItemVerdict(_REFUSED, refused.refusal.name.lower(), refused.explain("en"), refused.explain("zh"))


def _oversized(bytes_max: int) -> Unreadable:
    return Unreadable(
        f"larger than {bytes_max} bytes, so no receiver would take it; leave out what is so large",
        f"超过 {bytes_max} 字节，接收端不会接收；请去掉过大的内容",
    )
