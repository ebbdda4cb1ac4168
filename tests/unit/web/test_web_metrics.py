"""Metrics: the sum adds up, unknown figures have no sample, and every series is bounded."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from afterchat.contract.ack import Reason
from afterchat.query.freshness import Lag
from afterchat.web.metrics import FIGURES, StoreFigures, render_metrics
from afterchat.web.status import ServerStatus

NOW = 1_769_826_600_000
STATUS = ServerStatus(
    version="1.2.3",
    nonce="nonce-never-shown",
    started_at=NOW - 90_000,
    pushes_begun=20,
    pushes_in_flight=2,
    pushes_accepted_new=9,
    pushes_accepted_duplicate=3,
    pushes_refused={"checksum": 4, "window": 1},
    pushes_aborted=1,
    commit_count=4,
    commit_pushes=12,
    commit_seconds=0.5,
    inbox_wal_bytes=4096,
    skew_seconds=-2,
)
INBOX = {"pushes": 9, "repeats": 3, "quarantined": 1, "last_inbox_id": 12, "last_repeat_id": 3}
RECORDS = {
    "sessions": 5,
    "revisions": 6,
    "unreadable": 1,
    "other_events": 0,
    "with_problems": 0,
    "drift": 2,
    "drift_dropped": 0,
}
STORE = StoreFigures(INBOX, RECORDS, Lag(NOW, 8, NOW - 1_500))


def samples(status: ServerStatus = STATUS, store: StoreFigures | None = STORE) -> dict[tuple[str, ...], float]:
    page = render_metrics(status, store, NOW).decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def test_the_pushes_add_up():
    shown = samples()
    refused = sum(value for key, value in shown.items() if key[0] == "afterchat_pushes_refused_total")
    assert shown[("afterchat_pushes_begun_total",)] == (
        shown[("afterchat_pushes_accepted_total", "new")]
        + shown[("afterchat_pushes_accepted_total", "duplicate")]
        + refused
        + shown[("afterchat_pushes_aborted_total",)]
        + shown[("afterchat_pushes_in_flight",)]
    )


def test_every_reason_has_a_series_from_the_start():
    fresh = samples(ServerStatus("1", "n", NOW), None)
    assert {key[1] for key in fresh if key[0] == "afterchat_pushes_refused_total"} == {r.wire for r in Reason}


def test_the_lag_is_told_in_rows_and_seconds():
    shown = samples()
    assert (shown[("afterchat_projector_lag_rows",)], shown[("afterchat_projector_lag_seconds",)]) == (4, 1.5)
    caught_up = samples(store=STORE._replace(lag=Lag(NOW, 12, None)))
    assert (caught_up[("afterchat_projector_lag_rows",)], caught_up[("afterchat_projector_lag_seconds",)]) == (0, 0)


def test_commits_are_told_as_summaries():
    shown = samples()
    assert (shown[("afterchat_commit_pushes_count",)], shown[("afterchat_commit_pushes_sum",)]) == (4, 12)
    assert (shown[("afterchat_commit_seconds_count",)], shown[("afterchat_commit_seconds_sum",)]) == (4, 0.5)


def test_what_is_not_known_has_no_sample():
    shown = samples(STATUS._replace(skew_seconds=None), None)
    names = {key[0] for key in shown}
    assert names & {"afterchat_skew_seconds", "afterchat_inbox_pushes", "afterchat_projector_lag_seconds"} == set()
    assert ("afterchat_wal_bytes", "records") not in shown
    assert shown[("afterchat_store_up",)] == 0


def test_every_figure_of_the_table_is_shown_once_it_is_known():
    known = STATUS._replace(projector_alive=True, dashboard_alive=True, disk_free_bytes=1, records_wal_bytes=1)
    names = {key[0].removesuffix("_total") for key in samples(known)}
    assert {figure.name for figure in FIGURES} <= names


def test_the_nonce_is_no_figure():
    assert b"nonce-never-shown" not in render_metrics(STATUS, STORE, NOW)
