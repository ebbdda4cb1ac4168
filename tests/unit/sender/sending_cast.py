"""The cast of the sender's tests: one endpoint, one lease, the events of one session."""

from __future__ import annotations

from afterchat.engine import (
    Event,
    QueueEntered,
    RemarkWritten,
    SessionClosed,
    SessionOpened,
    StaffAssigned,
    StaffWrote,
    VisitorWrote,
)
from afterchat.store.ports import Key
from afterchat.store.sending import Endpoint, Lease

__all__ = ["KEY", "NOW", "RECORDS", "SECOND", "endpoint", "lease", "life", "opened", "remark"]

NOW = 1_800_000_000_000
SECOND = 1000
RECORDS = "DATA_ONLINE_SESSION_END"
KEY = Key("main", b"0123456789abcdef", 0, None)


def endpoint(id_: int = 1, **values: object) -> Endpoint:
    made = Endpoint(
        id=id_,
        tenant="acme",
        name=f"endpoint {id_}",
        url="https://crm.example.com/hook",
        event_types=(RECORDS,),
        signature_mode="legacy",
        success="empty_or_braces",
        keys=(KEY,),
        schedule_seconds=(5, 30, 120),
        rate_per_second_max=0,
        concurrency_max=8,
        headers=(),
        is_paused=False,
        resumed_at=0,
        created_at=0,
    )
    return made._replace(**values)


def lease(**values: object) -> Lease:
    made = Lease(
        entry_id=11,
        token=1,
        endpoint_id=1,
        tenant="acme",
        session=102,
        push_id=7,
        event_type=RECORDS,
        body='{"id":102,"staffName":"王小明"}'.encode(),
        attempt_count=0,
        created_at=NOW,
    )
    return made._replace(**values)


def opened(session: int = 102, at: int = NOW, **values: object) -> SessionOpened:
    given = {"kind": "person", "user_id": 43, "foreign_id": "u-43", "evaluation_type": 2, **values}
    return SessionOpened(id="opened", session=session, at=at, **given)


def life(session: int = 102, at: int = NOW) -> list[Event]:
    """A session from its beginning to its end, a second between its events."""
    return [
        opened(session, at),
        QueueEntered(id="queued", session=session, at=at + 1 * SECOND),
        StaffAssigned(id="assigned", session=session, at=at + 2 * SECOND, staff_id=9, staff_name="小王"),
        VisitorWrote(id="asked", session=session, at=at + 3 * SECOND),
        StaffWrote(id="answered", session=session, at=at + 4 * SECOND),
        SessionClosed(id="closed", session=session, at=at + 5 * SECOND, close_reason=0),
    ]


def remark(id_: str = "note", at: int = NOW + 6 * SECOND, text: str = "ok") -> RemarkWritten:
    """A fact that comes after the session's end."""
    return RemarkWritten(id=id_, session=102, at=at, remarks=text)
