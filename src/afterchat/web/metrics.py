"""The receiving end's own health, as one table of figures; `figures` makes the page of it.

Rules
- No id, tenant or other word from outside is a label, so the series are bounded and show nobody's data.
- The pushes add up at any quiet moment (reliability R16):
  begun = accepted{new} + accepted{duplicate} + sum of refused + aborted + in flight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from afterchat.contract.ack import Reason
from afterchat.query.freshness import Lag
from afterchat.web.figures import COUNTER, GAUGE, Figure, Summary, render
from afterchat.web.process_figures import PROCESS_FIGURES
from afterchat.web.status import ServerStatus

__all__ = ["FIGURES", "SUMMARIES", "StoreFigures", "render_metrics"]


class StoreFigures(NamedTuple):
    """What the store says of itself."""

    inbox: Mapping[str, int]
    """As `Inbox.counts` gives it."""
    records: Mapping[str, int]
    """As `Records.counts` gives it."""
    lag: Lag


class _Moment(NamedTuple):
    status: ServerStatus
    store: StoreFigures | None
    now_ms: int


def render_metrics(status: ServerStatus, store: StoreFigures | None, now_ms: int) -> bytes:
    """The page of metrics; `store` is None while the store is away."""
    return render((*FIGURES, *SUMMARIES), _Moment(status, store, now_ms))


def _accepted(moment: _Moment) -> Mapping[str, float]:
    status = moment.status
    return {"new": status.pushes_accepted_new, "duplicate": status.pushes_accepted_duplicate}


def _refused(moment: _Moment) -> Mapping[str, float]:
    """Every reason there is, also those that never happened, so that a rate can be taken from the first one on."""
    return {**{reason.wire: 0 for reason in Reason}, **moment.status.pushes_refused}


def _wal(moment: _Moment) -> Mapping[str, float]:
    sizes = {"inbox": moment.status.inbox_wal_bytes, "records": moment.status.records_wal_bytes}
    return {file: size for file, size in sizes.items() if size is not None}


def _alive(alive: bool | None) -> float | None:
    return None if alive is None else float(alive)


def _inbox_count(name: str) -> Callable[[_Moment], float | None]:
    return lambda moment: moment.store.inbox.get(name) if moment.store else None


def _records_count(name: str) -> Callable[[_Moment], float | None]:
    return lambda moment: moment.store.records.get(name) if moment.store else None


def _lag_rows(moment: _Moment) -> float | None:
    if moment.store is None:
        return None
    return max(0, moment.store.inbox.get("last_inbox_id", 0) - moment.store.lag.inbox_cursor)


FIGURES: tuple[Figure[_Moment], ...] = (
    *PROCESS_FIGURES,
    Figure("afterchat_ready", GAUGE, "1 when pushes are taken.", lambda m: float(not m.status.not_ready)),
    Figure("afterchat_pushes_begun", COUNTER, "Requests for the push path.", lambda m: m.status.pushes_begun),
    Figure(
        "afterchat_pushes_accepted",
        COUNTER,
        "Pushes answered {}: each is on disk; new is stored, duplicate was there already.",
        _accepted,
        ("outcome",),
    ),
    Figure("afterchat_pushes_refused", COUNTER, "Pushes refused, by reason.", _refused, ("reason",)),
    Figure(
        "afterchat_pushes_aborted",
        COUNTER,
        "Connections lost before the push was complete.",
        lambda m: m.status.pushes_aborted,
    ),
    Figure("afterchat_pushes_in_flight", GAUGE, "Pushes that have no answer yet.", lambda m: m.status.pushes_in_flight),
    Figure("afterchat_pushes_waiting", GAUGE, "Pushes waiting for their commit.", lambda m: m.status.waiting_pushes),
    Figure(
        "afterchat_checksum_collisions",
        COUNTER,
        "One checksum over two different bodies; both are kept. Somebody should look.",
        lambda m: m.status.checksum_collisions,
    ),
    Figure(
        "afterchat_skew_seconds",
        GAUGE,
        "Our clock minus the signed time of the last authentic push.",
        lambda m: m.status.skew_seconds,
    ),
    Figure(
        "afterchat_commit_seconds_max",
        GAUGE,
        "The longest group commit since the start.",
        lambda m: m.status.commit_seconds_max,
    ),
    Figure(
        "afterchat_quarantine_written",
        COUNTER,
        "Refused pushes written to the quarantine.",
        lambda m: m.status.quarantine_written,
    ),
    Figure(
        "afterchat_quarantine_dropped",
        COUNTER,
        "Refused pushes that were only counted, because more came than may be written.",
        lambda m: m.status.quarantine_dropped,
    ),
    Figure(
        "afterchat_answers_undelivered",
        COUNTER,
        "Answers given when the connection was already gone; at least so many.",
        lambda m: m.status.answers_undelivered,
    ),
    Figure("afterchat_wal_bytes", GAUGE, "Size of the write-ahead log, by database.", _wal, ("database",)),
    Figure("afterchat_disk_free_bytes", GAUGE, "Free space on the store's disk.", lambda m: m.status.disk_free_bytes),
    Figure(
        "afterchat_projector_alive",
        GAUGE,
        "1 while the projector's process lives.",
        lambda m: _alive(m.status.projector_alive),
    ),
    Figure(
        "afterchat_projector_restarts",
        COUNTER,
        "How often the projector was started again.",
        lambda m: m.status.projector_restarts,
    ),
    Figure(
        "afterchat_dashboard_alive",
        GAUGE,
        "1 while the dashboard's process lives.",
        lambda m: _alive(m.status.dashboard_alive),
    ),
    Figure(
        "afterchat_dashboard_restarts",
        COUNTER,
        "How often the dashboard was started again.",
        lambda m: m.status.dashboard_restarts,
    ),
    Figure("afterchat_inbox_pushes", GAUGE, "Pushes in the inbox.", _inbox_count("pushes")),
    Figure("afterchat_inbox_repeats", GAUGE, "Repeats of pushes in the inbox.", _inbox_count("repeats")),
    Figure("afterchat_quarantine_pushes", GAUGE, "Refused pushes in the quarantine.", _inbox_count("quarantined")),
    Figure("afterchat_records_sessions", GAUGE, "Sessions in the records.", _records_count("sessions")),
    Figure("afterchat_records_revisions", GAUGE, "Revisions of sessions in the records.", _records_count("revisions")),
    Figure("afterchat_records_unreadable", GAUGE, "Authentic pushes nobody understood.", _records_count("unreadable")),
    Figure("afterchat_records_other_events", GAUGE, "Pushes of other event types.", _records_count("other_events")),
    Figure(
        "afterchat_records_with_problems", GAUGE, "Sessions with an unreadable field.", _records_count("with_problems")
    ),
    Figure("afterchat_records_drift", GAUGE, "Distinct drift notes.", _records_count("drift")),
    Figure(
        "afterchat_records_drift_dropped",
        GAUGE,
        "Drift beyond the bound of distinct notes of a tenant; only counted.",
        _records_count("drift_dropped"),
    ),
    Figure("afterchat_projector_lag_rows", GAUGE, "Pushes that wait for the projector.", _lag_rows),
    Figure(
        "afterchat_projector_lag_seconds",
        GAUGE,
        "Age of the oldest push that waits for the projector; 0 when none does.",
        lambda m: m.store.lag.seconds if m.store else None,
    ),
)
"""Every metric but the summaries; counters get `_total` when rendered."""

SUMMARIES: tuple[Summary[_Moment], ...] = (
    Summary(
        "afterchat_commit_pushes",
        "Pushes of one group commit.",
        lambda m: (m.status.commit_count, m.status.commit_pushes),
    ),
    Summary(
        "afterchat_commit_seconds",
        "Seconds of one group commit, from its statement to the disk's word.",
        lambda m: (m.status.commit_count, m.status.commit_seconds),
    ),
)
"""Distributions, as far as the receiver counts them."""
