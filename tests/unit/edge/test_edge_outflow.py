"""Outflow: a client may be slow, but not stand still; and everybody who waits is woken."""

from __future__ import annotations

import asyncio

import pytest

from afterchat.edge.limits import WRITE_PROGRESS_BYTES_MIN
from afterchat.edge.outflow import Bell, Outflow

FULL_BYTES = 1_000_000


@pytest.mark.parametrize(
    ("taken_bytes", "expected"),
    [(0, True), (WRITE_PROGRESS_BYTES_MIN - 1, True), (WRITE_PROGRESS_BYTES_MIN, False)],
)
def test_a_full_buffer_must_empty_at_a_least_rate(taken_bytes, expected):
    outflow = Outflow()
    outflow.stop(100.0, FULL_BYTES)
    assert not outflow.is_too_slow(110.0, FULL_BYTES, 10.0)
    assert outflow.is_too_slow(110.1, FULL_BYTES - taken_bytes, 10.0) == expected


def test_the_rate_is_asked_of_every_span_anew():
    outflow = Outflow()
    outflow.stop(0.0, FULL_BYTES)
    assert not outflow.is_too_slow(11.0, FULL_BYTES // 2, 10.0)
    assert not outflow.is_too_slow(20.0, FULL_BYTES // 2, 10.0)
    assert outflow.is_too_slow(21.5, FULL_BYTES // 2 - 1, 10.0)


def test_a_ring_wakes_all_who_wait_and_outlives_one_who_gave_up():
    async def scene():
        bell = Bell()
        bell.ring()
        waiting = [asyncio.create_task(bell.heard()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
        bell.ring()
        await asyncio.gather(*waiting[1:])
        return [task.cancelled() for task in waiting]

    assert asyncio.run(scene()) == [True, False, False]
