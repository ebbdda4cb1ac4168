"""One session as moments in order: queue, first message, first reply, rating, transfers, end.

A moment is shown if its field holds one; what the record says of lengths (queue, pin) becomes a span.
Every rule is a line of MOMENTS or SPANS, so that a page needs to know nothing of the fields.

Rules
- Order is by time; of two at the same moment, the order of the table, which is the order in which such things happen.
- Nothing is invented: a record without a moment has no line for it, and a length without a place in time no span.
- Hostile moments are moments like others: nothing here fails for any record.

What does not belong here: drawing, words of a page, time zones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from afterchat.contract.record import SessionRecord, moment_of_text
from afterchat.figures.subjects.queue import MOMENT_FROM_MS
from afterchat.query.views import Label, MomentView, SpanView

__all__ = ["MOMENTS", "SPANS", "Moment", "Span", "moments_of", "spans_of", "timeline_view"]


class Moment(NamedTuple):
    """Something that happened at one moment of a session."""

    id: str
    at: int
    """Epoch ms."""
    field: str
    """The field of the record that says so."""
    zh: str
    en: str


class Span(NamedTuple):
    """Something that lasted."""

    id: str
    since: int
    """Epoch ms."""
    until: int
    zh: str
    en: str


class _MomentLine(NamedTuple):
    field: str
    zh: str
    en: str
    at: Callable[[SessionRecord], int]


class _SpanLine(NamedTuple):
    zh: str
    en: str
    bounds: Callable[[SessionRecord], tuple[int, int]]


def _of(name: str) -> Callable[[SessionRecord], int]:
    return lambda record: int(getattr(record, name))


def _of_text(name: str) -> Callable[[SessionRecord], int]:
    return lambda record: moment_of_text(getattr(record, name))


def _queue_began(record: SessionRecord) -> int:
    is_length = 0 < record.in_queue_time < MOMENT_FROM_MS
    return record.start_time - record.in_queue_time if record.start_time > 0 and is_length else 0


def _first_answer(record: SessionRecord) -> tuple[int, int]:
    return record.client_first_message_time, record.staff_first_reply_time


MOMENTS: dict[str, _MomentLine] = {
    "queued": _MomentLine("in_queue_time", "开始排队", "began to queue", _queue_began),
    "first_message": _MomentLine(
        "client_first_message_time", "访客首条消息", "visitor's first message", _of("client_first_message_time")
    ),
    "started": _MomentLine("start_time", "会话开始", "service began", _of("start_time")),
    "first_reply": _MomentLine("staff_first_reply_time", "首次响应", "first reply", _of("staff_first_reply_time")),
    "invited": _MomentLine(
        "staff_invited_evaluate_time", "客服邀评", "asked for a rating", _of_text("staff_invited_evaluate_time")
    ),
    "ended": _MomentLine("end_time", "会话结束", "session ended", _of("end_time")),
    "rated": _MomentLine("user_join_evaluate_time", "访客评价", "visitor rated", _of_text("user_join_evaluate_time")),
    "treated": _MomentLine("treated_time", "留言已处理", "left message handled", _of("treated_time")),
}
"""Id to what it is and where its time stands, in the order in which such things happen."""

SPANS: dict[str, _SpanLine] = {
    "queue": _SpanLine("排队", "queue", lambda record: (_queue_began(record), record.start_time)),
    "first_answer": _SpanLine("等待首次响应", "wait for the first reply", _first_answer),
    "service": _SpanLine("会话", "session", lambda record: (record.start_time, record.end_time)),
}
"""Id to what lasted and from when to when."""


def moments_of(record: SessionRecord) -> list[Moment]:
    """The moments that the record holds, in order of time."""
    found = [Moment(name, line.at(record), line.field, line.zh, line.en) for name, line in MOMENTS.items()]
    return sorted((moment for moment in found if moment.at > 0), key=lambda moment: moment.at)


def spans_of(record: SessionRecord) -> list[Span]:
    """What lasted, in the order of SPANS."""
    found = [Span(name, *line.bounds(record), line.zh, line.en) for name, line in SPANS.items()]
    return [span for span in found if 0 < span.since < span.until]


def timeline_view(record: SessionRecord) -> tuple[list[MomentView], list[SpanView]]:
    """The moments and the spans of one session."""
    return (
        [MomentView(one.id, one.at, one.field, Label(one.zh, one.en)) for one in moments_of(record)],
        [SpanView(one.id, one.since, one.until, Label(one.zh, one.en)) for one in spans_of(record)],
    )
