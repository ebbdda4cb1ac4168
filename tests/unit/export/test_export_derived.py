"""Derived columns: each is what a reader of its meaning would work out by hand."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from afterchat.contract.record import blank_record
from afterchat.contract.vocabulary import EVALUATION_MODELS
from afterchat.export.batch import Batch
from afterchat.export.derived import DERIVED, RATING_SENSES, Numbers
from afterchat.export.moments import WallClock
from afterchat.figures.subjects.rating import POSITIVE
from afterchat.store.ports import SessionRow

END = 1_760_000_000_000
"""2025-10-09 16:53:20 in Shanghai, a Thursday."""


def derived(**values):
    row = SessionRow("default", 1, 1, 1, 1, (), blank_record(**values))
    clock, shown = WallClock(ZoneInfo("Asia/Shanghai")), {}
    for column in DERIVED:
        found = column.read(Batch.of_rows([row]), clock)
        (shown[column.name],) = found.optional() if isinstance(found, Numbers) else found
    return shown


def test_a_whole_session_has_every_derived_value():
    assert derived(
        start_time=END - 90_000,
        end_time=END,
        in_queue_time=30_000,
        evaluation_type=5,
        evaluation=75,
        user_join_evaluate_time=str(END + 5),
    ) == {
        "session_ms": 90_000,
        "wait_share": 0.25,
        "end_day": "2025-10-09",
        "end_hour": 16,
        "end_weekday": 4,
        "rating_sense": "positive",
        "rating_delay_ms": 5,
        "is_late_rating": 1,
        "zone": "Asia/Shanghai",
    }


def test_what_cannot_be_known_is_none_and_never_0():
    assert derived() == {
        "session_ms": None,
        "wait_share": None,
        "end_day": "",
        "end_hour": None,
        "end_weekday": None,
        "rating_sense": "none",
        "rating_delay_ms": None,
        "is_late_rating": None,
        "zone": "Asia/Shanghai",
    }


@pytest.mark.parametrize(
    ("values", "name", "expected"),
    [
        ({"start_time": END + 1, "end_time": END}, "session_ms", None),
        ({"start_time": END, "end_time": END}, "session_ms", 0),
        ({"start_time": END, "end_time": END}, "wait_share", None),
        ({"start_time": END - 9, "end_time": END, "in_queue_time": -1}, "wait_share", None),
        ({"start_time": 1, "end_time": 2**63 - 1, "in_queue_time": 2**63 - 1}, "wait_share", 0.5),
        ({"end_time": END, "evaluation_type": 2, "evaluation": 50}, "rating_sense", "none"),
        (
            {"end_time": END, "evaluation_type": 2, "evaluation": 1, "user_join_evaluate_time": str(END)},
            "is_late_rating",
            0,
        ),
        ({"end_time": END, "user_join_evaluate_time": str(END + 1)}, "rating_delay_ms", None),
        ({"end_time": END, "evaluation_type": 2, "evaluation": 1}, "rating_delay_ms", None),
    ],
)
def test_edges(values, name, expected):
    assert derived(**values)[name] == expected


def test_what_is_positive_here_is_positive_in_the_figures():
    positive = {rated for rated, sense in RATING_SENSES.items() if sense == "positive"}
    assert positive == {(model, rating) for model, ratings in POSITIVE.items() for rating in ratings}


def test_every_rating_that_a_model_lists_has_a_sense():
    listed = {(model, rating) for model, coded in EVALUATION_MODELS.items() for rating in coded.labels if rating}
    assert set(RATING_SENSES) == listed
