"""`afterchat reconcile` says whether what ended was delivered and received, and what lacks when it was not."""

from __future__ import annotations

import asyncio

import pytest

from afterchat.cli.reconcile import Sums, lacking
from afterchat.store.open import WRITABLE, open_store
from afterchat.store.sending import EntryState, Settlement
from conformance.cast_sending import NOW, mark, push, step

AGREED = Sums(ended=9, made=12, open=0, dead=0, cancelled=1, delivered=11, arrived=11, received=9)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        ({"open": 1}, ["open"]),
        ({"dead": 1}, ["dead"]),
        ({"received": 8}, ["received"]),
        ({"received": 10}, []),
        ({"received": None, "arrived": None}, []),
        ({"open": 2, "dead": 1, "received": 6}, ["open", "dead", "received"]),
    ],
)
def test_what_keeps_both_ends_from_agreeing_is_named(changed, expected):
    assert expected == lacking(AGREED._replace(**changed))


def store_with(url, state):
    """A store whose one ended session has one push that came so far."""

    async def fill():
        store = await open_store(url, WRITABLE)
        await store.journal.commit(step([(mark(1, ended_at=NOW), ())], [push(1)]))
        if state is not None:
            [lease] = (await store.outbox.lease({1: 1}, NOW, NOW + 9)).leases
            await store.outbox.settle([Settlement(lease.entry_id, lease.token, state, NOW, None)], (), NOW)
        await store.close()

    asyncio.run(fill())


def test_a_push_that_waits_is_told_with_exit_code_1(afterchat, tmp_path):
    store_with(f"sqlite:///{tmp_path}", None)
    done = afterchat("reconcile", "--wait", "1s", "--store", f"sqlite:///{tmp_path}", "--json")

    assert 1 == done.code
    expected = {
        "ended": 1, "made": 1, "open": 1, "dead": 0, "cancelled": 0, "delivered": 0, "arrived": 0, "received": 0
    }  # fmt: skip
    assert expected == done.document
    assert "pushes are still to be delivered" in done.err


def test_a_session_that_did_not_become_one_at_the_receiver_is_missed_in_both_languages(afterchat, tmp_path):
    store_with(f"sqlite:///{tmp_path}", EntryState.DELIVERED)

    done = afterchat("reconcile", "--wait", "1s", "--store", f"sqlite:///{tmp_path}")
    assert (1, True) == (done.code, "not every session that ended was received" in done.err)
    done = afterchat("--lang", "zh", "reconcile", "--wait", "1s", "--store", f"sqlite:///{tmp_path}")
    assert (1, True) == (done.code, "并非每个已结束会话都已收到" in done.err)
