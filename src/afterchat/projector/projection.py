"""From inbox rows to one batch for the records: the projector's decisions, pure.

    event type says session end data ----------------> decode -> Projected | Unreadable
    event type absent -> told by the body's shape ---> decode | other event | Unreadable
    any other event type -----------------------------> other event, counted

Rules
- Total over any bytes, and each row stands alone: one that cannot be read never costs its neighbours anything.
- Nothing depends on the order of arrival: a row carries the greatest time its bytes were ever signed with,
  and the store ranks revisions by that time, not by the batch they came in.
- No clock and no store: moments and rows are arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from afterchat.contract.codec import Undecodable, decode
from afterchat.contract.push import SESSION_END_DATA, sniff_event_type
from afterchat.contract.record import latest_moment
from afterchat.store.ports import Applied, DriftNote, InboxRow, Projected, Repeat, Unreadable

__all__ = ["project"]

_SHAPE_UNKNOWN = "the query names no eventType and the body has the shape of no known event"


def project(
    rows: Sequence[InboxRow],
    repeats: Sequence[Repeat],
    repeated_rows: Iterable[InboxRow],
    *,
    inbox_cursor: int,
    repeat_cursor: int,
    now_ms: int,
) -> Applied:
    """One batch out of new rows and new repeats.

    `repeated_rows` are the rows of those repeats that are not among `rows`; they are handed in again with their
    greater signed time, because that may make an older revision the current one, and add nothing else.
    `inbox_cursor` and `repeat_cursor` are the cursors before; the batch carries those after.
    """
    signed_last = _signed_last(repeats)
    sessions: list[Projected] = []
    unreadable: list[Unreadable] = []
    drift: list[DriftNote] = []
    other_event_count = 0
    for row in rows:
        understood = _understand(row, signed_last.get(row.id, row.signed_at), drift)
        if isinstance(understood, Projected):
            sessions.append(understood)
        elif understood is None:
            other_event_count += 1
        else:
            unreadable.append(understood)
    for row in repeated_rows:
        signed_at = signed_last.get(row.id, row.signed_at)
        if signed_at > row.signed_at and isinstance(again := _understand(row, signed_at, []), Projected):
            sessions.append(again)
    return Applied(
        sessions=sessions,
        repeats=repeats,
        unreadable=unreadable,
        drift=drift,
        other_event_count=other_event_count,
        inbox_cursor=rows[-1].id if rows else inbox_cursor,
        repeat_cursor=repeats[-1].id if repeats else repeat_cursor,
        applied_at=now_ms,
    )


def _signed_last(repeats: Sequence[Repeat]) -> dict[int, int]:
    """The greatest time each row's bytes were signed with again, by inbox id."""
    latest: dict[int, int] = {}
    for repeat in repeats:
        latest[repeat.inbox_id] = max(repeat.signed_at, latest.get(repeat.inbox_id, repeat.signed_at))
    return latest


def _understand(row: InboxRow, signed_at: int, drift: list[DriftNote]) -> Projected | Unreadable | None:
    """What one row is; None for another event than session end data. Drift is added to `drift`."""
    event_type = row.event_type or sniff_event_type(row.body)
    if event_type not in (SESSION_END_DATA, ""):
        return None
    try:
        decoded = decode(row.body)
    except Exception as error:  # noqa: BLE001  # decode is total; were it not, one body must not stop the projection
        return Unreadable(row.id, row.tenant, row.arrived_at, f"fault of this program: {type(error).__name__}")
    if isinstance(decoded, Undecodable):
        return Unreadable(row.id, row.tenant, row.arrived_at, decoded.reason)
    if not event_type:
        return Unreadable(row.id, row.tenant, row.arrived_at, _SHAPE_UNKNOWN)
    record = decoded.record
    if decoded.drift:
        drift += [DriftNote(row.tenant, note.kind, note.field, note.sample, row.arrived_at) for note in decoded.drift]
    return Projected(
        row.id,
        row.tenant,
        record.id,
        max(signed_at, row.signed_at),
        row.arrived_at,
        row.sha256,
        latest_moment(record),
        record,
        decoded.problems,
    )
