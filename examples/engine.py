"""One session, from its events to its record: the session engine in a dozen lines.

Usage: ../.venv/bin/python engine.py
"""

from afterchat.contract.codec import encode
from afterchat.engine import Session, SessionClosed, SessionOpened, StaffAssigned, StaffWrote, VisitorWrote

session, at = Session(102), 1_800_000_000_000
for event in (
    SessionOpened(id="e1", session=102, at=at, kind="person", from_type="web"),
    StaffAssigned(id="e2", session=102, at=at + 2_000, staff_id=5, staff_name="张佳怡"),
    VisitorWrote(id="e3", session=102, at=at + 4_000),
    StaffWrote(id="e4", session=102, at=at + 9_000),
    SessionClosed(id="e5", session=102, at=at + 60_000, close_reason=0),
):
    record = session.feed(event).record
    if record is not None:
        print(encode(record).decode())
