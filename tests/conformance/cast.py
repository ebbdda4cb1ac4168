"""One cast of characters for every test of the store: pushes, records and batches, made from a few numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from afterchat.contract.codec import encode
from afterchat.contract.record import CustomField, SessionRecord, blank_record, latest_moment
from afterchat.store.ports import Applied, Arrival, DriftNote, Projected, Quarantining, Repeat, Unreadable

SIGNED_AT = 1_800_000_000
ARRIVED_AT = 1_800_000_000_500
EVENT_TYPE = "DATA_ONLINE_SESSION_END"


def record(session_id: int, **values: object) -> SessionRecord:
    given = {
        "id": session_id,
        "end_time": 1_800_000_000_000 + session_id,
        "staff_name": "王小明",
        "custom_field": (CustomField("1", "订单", "A-17"),),
        **values,
    }
    return blank_record(**given)


def body(session_id: int, **values: object) -> bytes:
    return encode(record(session_id, **values))


def arrival(content: bytes, tenant: str = "default", signed_at: int = SIGNED_AT, **values: object) -> Arrival:
    made = Arrival(
        tenant=tenant,
        event_type=EVENT_TYPE,
        signed_at=signed_at,
        arrived_at=ARRIVED_AT,
        key_id="main",
        scheme="checksum",
        sha256=hashlib.sha256(content).digest(),
        body=content,
    )
    return made._replace(**values)


def refused(content: bytes, tenant: str = "default", **values: object) -> Quarantining:
    made = Quarantining(
        tenant=tenant,
        refused_at=ARRIVED_AT,
        reason="window",
        cause="对方时钟偏差",
        query="eventType=X&time=1800000000",
        event_type=EVENT_TYPE,
        signed_at=SIGNED_AT,
        authentic=True,
        sha256=hashlib.sha256(content).digest(),
        body=content,
    )
    return made._replace(**values)


def projected(
    inbox_id: int,
    session_id: int = 1,
    signed_at: int = SIGNED_AT,
    tenant: str = "default",
    problems: tuple[str, ...] = (),
    **values: object,
) -> Projected:
    made = record(session_id, **values)
    return Projected(
        inbox_id=inbox_id,
        tenant=tenant,
        session_id=session_id,
        signed_at=signed_at,
        arrived_at=ARRIVED_AT + inbox_id,
        sha256=hashlib.sha256(f"{tenant} {inbox_id}".encode()).digest(),
        latest_moment=latest_moment(made),
        record=made,
        problems=problems,
    )


def batch(
    sessions: Iterable[Projected] = (),
    *,
    repeats: Sequence[Repeat] = (),
    unreadable: Sequence[Unreadable] = (),
    drift: Sequence[DriftNote] = (),
    other_event_count: int = 0,
    inbox_cursor: int = 0,
    repeat_cursor: int = 0,
) -> Applied:
    known = list(sessions)
    return Applied(
        sessions=known,
        repeats=repeats,
        unreadable=unreadable,
        drift=drift,
        other_event_count=other_event_count,
        inbox_cursor=inbox_cursor or max((one.inbox_id for one in known), default=0),
        repeat_cursor=repeat_cursor or max((one.id for one in repeats), default=0),
        applied_at=ARRIVED_AT,
    )
