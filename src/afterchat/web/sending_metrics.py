"""The sending end's own health, as one table of figures; `figures` makes the page of it.

Rules
- An endpoint is named by the number that we gave it; no tenant, name or URL is a label.
- The entries add up in every answer (reliability S2): created = sum over states + purged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from afterchat.store.sending import EntryState
from afterchat.web.figures import COUNTER, GAUGE, Figure, Histogram, render
from afterchat.web.process_figures import PROCESS_FIGURES
from afterchat.web.sending_status import SendingStatus

__all__ = ["SENDING_FIGURES", "SENDING_HISTOGRAMS", "SendingFigures", "render_sending_metrics"]

_VERDICTS = ("taken", "duplicate", "refused", "unreadable")


class SendingFigures(NamedTuple):
    """What the store says of the sending end."""

    journal: Mapping[str, int]
    """As `Journal.counts` gives it."""
    entries: Mapping[tuple[int, str], int]
    """By (endpoint id, state), as `Outbox.health` gives it."""
    totals: Mapping[str, int]
    """The same."""


class _Moment(NamedTuple):
    status: SendingStatus
    store: SendingFigures | None
    now_ms: int


def render_sending_metrics(status: SendingStatus, store: SendingFigures | None, now_ms: int) -> bytes:
    """The page of metrics; `store` is None while the store is away."""
    return render((*SENDING_FIGURES, *SENDING_HISTOGRAMS), _Moment(status, store, now_ms))


def _items(moment: _Moment) -> Mapping[str, float]:
    return {verdict: moment.status.items.get(verdict, 0) for verdict in _VERDICTS}


def _entries(moment: _Moment) -> Mapping[tuple[str, ...], float] | None:
    """Every state of every endpoint that has any, also those at zero."""
    if moment.store is None:
        return None
    endpoint_ids = sorted({endpoint_id for endpoint_id, _ in moment.store.entries})
    return {
        (str(endpoint_id), state.value): moment.store.entries.get((endpoint_id, state.value), 0)
        for endpoint_id in endpoint_ids
        for state in EntryState
    }


def _total(name: str) -> Callable[[_Moment], float | None]:
    return lambda moment: moment.store.totals.get(name, 0) if moment.store else None


def _age(name: str) -> Callable[[_Moment], float | None]:
    """Seconds since that moment; 0 when there is none, or when it is to come."""

    def read(moment: _Moment) -> float | None:
        if moment.store is None:
            return None
        at = moment.store.totals.get(name)
        return 0.0 if at is None else max(0, moment.now_ms - at) / 1000

    return read


def _journal_count(name: str) -> Callable[[_Moment], float | None]:
    return lambda moment: moment.store.journal.get(name) if moment.store else None


_BY_ENDPOINT_AND_STATE, _BY_ENDPOINT_AND_OUTCOME = ("endpoint", "state"), ("endpoint", "outcome")

SENDING_FIGURES: tuple[Figure[_Moment], ...] = (
    *PROCESS_FIGURES,
    Figure("afterchat_ready", GAUGE, "1 when events are taken.", lambda m: float(not m.status.not_ready)),
    Figure("afterchat_items", COUNTER, "Events and records handed in, by verdict.", _items, ("verdict",)),
    Figure(
        "afterchat_submissions_refused",
        COUNTER,
        "Requests with events or records that were not taken as a whole, by HTTP status.",
        lambda m: m.status.requests_refused,
        ("status",),
    ),
    Figure(
        "afterchat_submissions_waiting",
        GAUGE,
        "Requests with events that wait for their commit.",
        lambda m: m.status.waiting_submissions,
    ),
    Figure("afterchat_sessions_at_hand", GAUGE, "Sessions in memory.", lambda m: m.status.sessions_at_hand),
    Figure("afterchat_journal_sessions", GAUGE, "Sessions in the journal.", _journal_count("sessions")),
    Figure(
        "afterchat_journal_sessions_open",
        GAUGE,
        "Sessions in the journal that have not ended.",
        _journal_count("open_sessions"),
    ),
    Figure("afterchat_journal_events", GAUGE, "Events in the journal.", _journal_count("events")),
    Figure("afterchat_outbox_created", COUNTER, "Entries that were ever made.", _total("created")),
    Figure("afterchat_outbox_purged", COUNTER, "Entries that retention forgot.", _total("purged")),
    Figure("afterchat_outbox_entries", GAUGE, "Entries by endpoint and state.", _entries, _BY_ENDPOINT_AND_STATE),
    Figure(
        "afterchat_outbox_oldest_due_seconds",
        GAUGE,
        "How long the entry that waits longest has been due; 0 when none is.",
        _age("oldest_due_at"),
    ),
    Figure(
        "afterchat_outbox_oldest_lease_seconds",
        GAUGE,
        "Age of the oldest lease; beyond a minute a relay is stuck.",
        _age("oldest_leased_at"),
    ),
    Figure(
        "afterchat_attempts",
        COUNTER,
        "Attempts by endpoint and outcome: delivered, or the kind of failure.",
        lambda m: m.status.attempts,
        _BY_ENDPOINT_AND_OUTCOME,
    ),
    Figure("afterchat_attempts_in_flight", GAUGE, "Attempts under way.", lambda m: m.status.attempts_in_flight),
    Figure(
        "afterchat_endpoint_open",
        GAUGE,
        "1 while anything may go to the endpoint; 0 while it is paused, disabled, or its breaker is open.",
        lambda m: {endpoint: float(is_open) for endpoint, is_open in m.status.endpoints_open.items()},
        ("endpoint",),
    ),
)
"""Every metric of the sending end but the histograms; counters get `_total` when rendered."""

SENDING_HISTOGRAMS: tuple[Histogram[_Moment], ...] = (
    Histogram(
        "afterchat_delivery_delay_seconds",
        "Seconds from a push that was made to its delivery.",
        lambda m: (m.status.delays, m.status.delay_seconds),
    ),
)
