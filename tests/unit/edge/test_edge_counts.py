"""EdgeCounts: what happened to a push and what happened to another request are kept apart."""

from __future__ import annotations

from afterchat.edge.counts import EdgeCounts


def test_refusals_are_counted_by_label_and_side():
    counts = EdgeCounts()
    counts.refuse("body", is_push=True)
    counts.refuse("body", is_push=True)
    counts.refuse("head", is_push=False)
    counts.abort(is_push=True)
    counts.abort(is_push=False)
    assert (counts.push_refused, counts.app_refused) == ({"body": 2}, {"head": 1})
    assert (counts.push_aborted, counts.app_aborted) == (1, 1)
