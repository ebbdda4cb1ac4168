"""Ranking revisions: every order, repetition and splitting of the same pushes ends the same."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from afterchat.store.open import WRITABLE, open_store
from afterchat.store.ports import Projected, Repeat, SessionQuery
from conformance.cast import SIGNED_AT, batch, projected


class Fact(NamedTuple):
    """One push and the times at which its bytes were signed again."""

    push: Projected
    repeats: tuple[Repeat, ...]


Seen = dict[tuple[str, int], tuple[int, int, int, frozenset[tuple[int, int, bool]]]]
"""Session to (current inbox id, its signed time, number of revisions, all revisions)."""


@st.composite
def facts(draw: st.DrawFn) -> list[Fact]:
    """Up to eight pushes of two sessions of two tenants, some of them signed again."""
    repeat_ids = iter(range(1, 100))
    made = []
    for inbox_id in range(1, draw(st.integers(1, 8)) + 1):
        push = projected(
            inbox_id,
            draw(st.sampled_from((1, 2))),
            SIGNED_AT + draw(st.integers(0, 3)),
            draw(st.sampled_from(("default", "acme"))),
            treated_time=draw(st.sampled_from((0, 1_900_000_000_000))),
            evaluation=inbox_id,
            problems=draw(st.sampled_from(((), ("evaluation: x",)))),
        )
        offsets = draw(st.lists(st.integers(-2, 6), max_size=2))
        made.append(Fact(push, tuple(Repeat(next(repeat_ids), inbox_id, SIGNED_AT + offset) for offset in offsets)))
    return made


@st.composite
def schedules(draw: st.DrawFn) -> tuple[list[Fact], list[tuple[list[Projected], list[Repeat]]]]:
    """Facts, and batches in which each arrives at least once, in any order, split anyhow.

    As the projector does, a batch with a repeat hands in the push again under the greater time.
    """
    known = draw(facts())
    events: list[tuple[Projected, Repeat | None]] = [(fact.push, None) for fact in known]
    for fact in known:
        for repeat in fact.repeats:
            raised = fact.push._replace(signed_at=max(fact.push.signed_at, repeat.signed_at))
            events.append((raised, repeat))
    order = draw(st.permutations(events + draw(st.lists(st.sampled_from(events), max_size=5))))
    batches: list[tuple[list[Projected], list[Repeat]]] = []
    while order:
        size = draw(st.integers(1, len(order)))
        part, order = order[:size], order[size:]
        batches.append(([push for push, _ in part], [repeat for _, repeat in part if repeat is not None]))
    return known, batches


def expected_of(known: list[Fact]) -> Seen:
    """The rule, said a second time without any store."""
    ranks: dict[tuple[str, int], list[tuple[tuple[int, int, bytes], int]]] = {}
    for push, repeats in known:
        signed_at = max([push.signed_at, *(repeat.signed_at for repeat in repeats)])
        rank = (signed_at, push.latest_moment, push.sha256)
        ranks.setdefault((push.tenant, push.session_id), []).append((rank, push.inbox_id))
    seen = {}
    for session, ranked in ranks.items():
        (signed_at, *_), current = max(ranked)
        revisions = frozenset((inbox_id, rank[0], inbox_id == current) for rank, inbox_id in ranked)
        seen[session] = (current, signed_at, len(ranked), revisions)
    return seen


async def seen_after(batches: list[tuple[list[Projected], list[Repeat]]]) -> tuple[Seen, dict[str, int]]:
    store = await open_store("sqlite://", WRITABLE)
    for pushes, repeats in batches:
        await store.records.apply(batch(pushes, repeats=repeats))
    seen = {}
    for row in await store.records.page(SessionQuery(None, (), None, 100)):
        revisions = await store.records.revisions(row.tenant, row.record.id)
        seen[row.tenant, row.record.id] = (
            row.inbox_id,
            row.signed_at,
            row.revision_count,
            frozenset((one.inbox_id, one.signed_at, one.is_current) for one in revisions),
        )
        assert row.inbox_id == row.record.evaluation  # the record shown is that of the revision named
    counts = await store.records.counts()
    await store.close()
    return seen, counts


@given(schedules())
def test_any_order_repetition_and_splitting_ends_the_same(
    schedule: tuple[list[Fact], list[tuple[list[Projected], list[Repeat]]]],
) -> None:
    known, batches = schedule
    expected = expected_of(known)
    seen, counts = asyncio.run(seen_after(batches))

    assert expected == seen
    current = {inbox_id for inbox_id, *_ in expected.values()}
    with_problems = sum(1 for fact in known if fact.push.inbox_id in current and fact.push.problems)
    assert (len(expected), len(known), with_problems) == (
        counts["sessions"],
        counts["revisions"],
        counts["with_problems"],
    )
