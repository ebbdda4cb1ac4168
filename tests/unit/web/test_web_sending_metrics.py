"""Metrics of the sending end: the entries add up, unknown figures have no sample, and every series is bounded."""

from __future__ import annotations

from itertools import pairwise

from prometheus_client.parser import text_string_to_metric_families

from afterchat.store.sending import EntryState
from afterchat.web.sending_metrics import (
    SENDING_FIGURES,
    SENDING_HISTOGRAMS,
    SendingFigures,
    render_sending_metrics,
)
from afterchat.web.sending_status import SendingStatus

NOW = 1_769_826_600_000
STATUS = SendingStatus(
    version="1.2.3",
    nonce="nonce-never-shown",
    started_at=NOW - 90_000,
    items={"taken": 9, "refused": 2},
    requests_refused={"401": 3},
    attempts={("1", "delivered"): 7, ("1", "status_5xx"): 2},
    delays=(("0.1", 4), ("1", 6), ("+Inf", 7)),
    delay_seconds=5.5,
    sessions_at_hand=11,
    waiting_submissions=1,
    attempts_in_flight=2,
    endpoints_open={"1": True, "2": False},
)
JOURNAL = {"sessions": 20, "open_sessions": 3, "events": 200, "pushes": 18, "last_event_number": 200}
ENTRIES = {(1, "delivered"): 7, (1, "waiting"): 2, (2, "dead"): 1, (2, "cancelled"): 4}
TOTALS = {"created": 20, "purged": 6, "oldest_due_at": NOW - 2_500, "oldest_leased_at": NOW + 1_000}
STORE = SendingFigures(JOURNAL, ENTRIES, TOTALS)


def samples(status=STATUS, store=STORE):
    page = render_sending_metrics(status, store, NOW).decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def test_the_entries_add_up_in_every_answer():
    shown = samples()
    by_state = sum(value for key, value in shown.items() if key[0] == "afterchat_outbox_entries")

    assert shown[("afterchat_outbox_created_total",)] == by_state + shown[("afterchat_outbox_purged_total",)]


def test_every_state_of_an_endpoint_has_a_series_from_its_first_entry_on():
    series = {key[1:] for key in samples() if key[0] == "afterchat_outbox_entries"}

    assert {(number, state.value) for number in ("1", "2") for state in EntryState} == series


def test_every_verdict_has_a_series_from_the_start():
    shown = samples(SendingStatus("1", "n", NOW), None)

    assert {"taken": 0, "duplicate": 0, "refused": 0, "unreadable": 0} == {
        key[1]: value for key, value in shown.items() if key[0] == "afterchat_items_total"
    }


def test_ages_are_seconds_and_never_negative():
    shown = samples()

    assert 2.5 == shown[("afterchat_outbox_oldest_due_seconds",)]
    assert 0 == shown[("afterchat_outbox_oldest_lease_seconds",)]
    assert 90 == shown[("afterchat_uptime_seconds",)]


def test_an_age_of_nothing_is_nought():
    shown = samples(store=STORE._replace(totals={}))

    assert (0, 0) == (
        shown[("afterchat_outbox_oldest_due_seconds",)],
        shown[("afterchat_outbox_oldest_lease_seconds",)],
    )


def test_delays_are_a_histogram_that_only_grows_and_ends_with_all():
    shown = samples()
    buckets = [value for key, value in shown.items() if key[0] == "afterchat_delivery_delay_seconds_bucket"]

    assert all(below <= above for below, above in pairwise(buckets))
    assert buckets[-1] == shown[("afterchat_delivery_delay_seconds_count",)] == 7
    assert 5.5 == shown[("afterchat_delivery_delay_seconds_sum",)]


def test_an_endpoint_is_open_or_not():
    shown = samples()

    assert (1, 0) == (shown[("afterchat_endpoint_open", "1")], shown[("afterchat_endpoint_open", "2")])


def test_what_is_not_known_has_no_sample():
    names = {key[0] for key in samples(store=None)}

    assert set() == {name for name in names if name.startswith(("afterchat_outbox", "afterchat_journal"))}
    assert 0 == samples(store=None)[("afterchat_store_up",)]


def test_whoever_is_not_ready_says_so():
    assert (1, 0) == (
        samples()[("afterchat_ready",)],
        samples(STATUS._replace(not_ready=("stopping",)))[("afterchat_ready",)],
    )


def test_every_figure_of_the_table_is_shown_once_it_is_known():
    names = {key[0].removesuffix("_total") for key in samples()}

    assert {figure.name for figure in SENDING_FIGURES} <= names
    assert {f"{histogram.name}_bucket" for histogram in SENDING_HISTOGRAMS} <= names


def test_no_label_tells_a_tenant_a_name_or_the_nonce():
    labels = {label for figure in SENDING_FIGURES for label in figure.labels}

    assert {"version", "verdict", "status", "endpoint", "state", "outcome"} == labels
    assert b"nonce-never-shown" not in render_sending_metrics(STATUS, STORE, NOW)
