"""The sending end inside a program: verdicts after the commit, an orderly end, and errors that come out as they are."""

from __future__ import annotations

import asyncio
import logging
import signal

import pytest

from afterchat.contract.codec import encode
from afterchat.contract.record import blank_record
from afterchat.engine import Policy, Session, SessionClosed, SessionOpened, StaffWrote
from afterchat.errors import CallerError, NotFoundError, SettingsError, StoreLockedError, StoreUnavailableError
from afterchat.sender.endpoint_rules import new_endpoint
from afterchat.sender.intake import ITEMS_MAX
from afterchat.server.embedded import running_sender
from afterchat.store.open import open_store
from afterchat.store.ports import Key
from afterchat.store.sending import EntryQuery

AT = 1_767_225_600_000
AWAY = "https://crm.example.invalid/push"


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/store"


def events(session=1):
    return [
        SessionOpened(id=f"{session}-1", session=session, at=AT, kind="person"),
        SessionClosed(id=f"{session}-2", session=session, at=AT + 1000, close_reason=0),
    ]


def record_of(session):
    told = Session(session, Policy())
    for event in events(session):
        told.feed(event)
    return encode(told.record)


def play(url, body, **settings):
    """What `body` gives for a running sender on that store."""

    async def main():
        async with running_sender(url, **settings) as sender:
            return await body(sender)

    return asyncio.run(main())


async def with_store(url, work, *writes):
    store = await open_store(url, frozenset(writes))
    try:
        return await work(store)
    finally:
        await store.close()


def set_up(url, tenant="shop", **values):
    """A tenant with a paused endpoint."""

    async def work(store):
        await store.registry.put_tenant(tenant, "both", 0)
        given = {"name": "crm", "url": AWAY, "is_paused": True, **values}
        key = Key("k", b"5ca1ab1e0ddba11c0ffee0badc0de9f1", 0, None)
        await store.endpoints.put_endpoint(new_endpoint(tenant, given, 0)._replace(keys=(key,)))

    asyncio.run(with_store(url, work, "registry"))


def test_every_event_has_its_verdict_in_order_and_repeats_are_known(url):
    async def body(sender):
        first = await sender.hand_in("default", events())
        stray = StaffWrote(id="1-9", session=1, at=AT + 2000)
        return first, await sender.hand_in("default", [stray, *events()])

    first, second = play(url, body)
    assert ["taken", "taken"] == [verdict.verdict for verdict in first]
    assert ["refused", "duplicate", "duplicate"] == [verdict.verdict for verdict in second]
    assert second[0].en
    assert second[0].zh != second[0].en


def test_what_was_answered_is_on_disk_with_what_follows_from_it_and_waits_for_the_next_start(url):
    set_up(url)

    async def body(sender):
        await sender.hand_in("shop", events(7))
        return await sender.open_delivery_count()

    async def read(store):
        [entry] = await store.outbox.entries(EntryQuery(), 10)
        return entry.state.value, (await store.outbox.push(entry.push_id)).body

    assert 1 == play(url, body)
    assert ("waiting", record_of(7)) == asyncio.run(with_store(url, read))
    assert 1 == play(url, lambda sender: sender.open_delivery_count())


def test_finished_records_are_taken_and_not_beside_events(url):
    async def body(sender):
        await sender.hand_in("default", events(1))
        records = [blank_record(id=2, end_time=AT), blank_record(id=1), blank_record(id=0)]
        return await sender.hand_in_records("default", records)

    assert [("taken", ""), ("refused", "computed"), ("unreadable", "unreadable")] == [
        (verdict.verdict, verdict.reason) for verdict in play(url, body)
    ]


def test_nothing_to_hand_in_is_no_commit(url):
    assert [] == play(url, lambda sender: sender.hand_in("default", []))


def test_a_tenant_that_is_not_there_is_an_error_and_one_that_was_just_added_is_known(url):
    async def add(store):
        await store.registry.put_tenant("new", "both", 0)

    async def body(sender):
        with pytest.raises(NotFoundError, match="'new'"):
            await sender.hand_in("new", events())
        await with_store(url, add, "registry")
        return await sender.hand_in("new", events())

    assert ["taken", "taken"] == [verdict.verdict for verdict in play(url, body)]


def test_too_many_at_a_time_are_refused_as_a_whole(url):
    async def body(sender):
        with pytest.raises(CallerError, match=str(ITEMS_MAX)):
            await sender.hand_in("default", [events()[0]] * (ITEMS_MAX + 1))
        return await sender.hand_in("default", events())

    assert ["taken", "taken"] == [verdict.verdict for verdict in play(url, body)]


def test_callers_side_by_side_each_get_their_own_verdicts(url):
    async def body(sender):
        return await asyncio.gather(*(sender.hand_in("default", events(number)) for number in range(1, 101)))

    assert {("taken", "taken")} == {tuple(verdict.verdict for verdict in verdicts) for verdicts in play(url, body)}


def test_who_stops_waiting_hands_in_all_the_same(url):
    async def body(sender):
        waiting = asyncio.create_task(sender.hand_in("default", events()))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return await sender.hand_in("default", events())

    assert ["duplicate", "duplicate"] == [verdict.verdict for verdict in play(url, body)]


def test_an_error_of_the_program_comes_out_as_it_is_and_the_store_is_free_again(url):
    async def body(sender):
        await sender.hand_in("default", events())
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        play(url, body)
    assert ["duplicate", "duplicate"] == [
        verdict.verdict for verdict in play(url, lambda sender: sender.hand_in("default", events()))
    ]


def test_a_part_of_the_sender_that_fails_ends_the_block_and_is_named(url):
    async def body(sender):
        async def fail(*_):
            raise StoreUnavailableError("planted")

        sender._end.sender.relay.run = fail  # before it began: the tasks start with the first wait
        sender._end.sender.relay.stop = lambda: None
        await asyncio.Event().wait()

    with pytest.raises(ExceptionGroup) as caught:
        play(url, body)
    assert caught.group_contains(StoreUnavailableError, match="planted", depth=2)


def test_when_the_block_is_over_nothing_is_taken(url):
    async def body(sender):
        return sender

    async def main():
        async with running_sender(url) as sender:
            pass
        with pytest.raises(CallerError, match="stops"):
            await sender.hand_in("default", events())

    asyncio.run(main())


def test_only_one_sends_from_a_store(url):
    async def body(_):
        async with running_sender(url):
            raise AssertionError("two senders on one store")

    with pytest.raises(StoreLockedError):
        play(url, body)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"retention": 5}, "'retention'"),
        ({"window_seconds": 5}, "'window_seconds'"),
        ({"drain_seconds": "soon"}, "soon"),
    ],
)
def test_a_setting_that_is_none_of_a_senders_or_cannot_be_is_named(url, settings, said):
    with pytest.raises(SettingsError, match=said):
        play(url, lambda sender: sender.settled(), **settings)


def test_nothing_of_the_environment_is_asked_and_no_signal_handler_or_log_handler_is_set(url, monkeypatch):
    monkeypatch.setenv("AFTERCHAT_STORE", "nonsense")
    monkeypatch.setenv("AFTERCHAT_DRAIN_SECONDS", "nonsense")
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)], logging.root.handlers[:]

    async def body(_):
        return [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)], logging.root.handlers[:]

    assert before == play(url, body)


def test_settled_comes_back_when_nothing_is_open_any_more(url):
    set_up(url)

    async def cancel(store):
        await store.endpoints.delete_endpoint(1)

    async def body(sender):
        await sender.hand_in("shop", events())
        waiting = asyncio.create_task(sender.settled())
        await asyncio.sleep(0.3)
        assert not waiting.done()
        await with_store(url, cancel, "registry")
        await waiting
        return await sender.open_delivery_count()

    assert 0 == play(url, body)
