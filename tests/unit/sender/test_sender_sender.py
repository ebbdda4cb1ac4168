"""The sender as one thing: events in at the door, signed pushes out, and everything that looks after them."""

from __future__ import annotations

import asyncio
import json
from hashlib import sha256
from random import Random
from urllib.parse import parse_qsl, urlsplit

import pytest
from relay_scenes import OK, SICK, Wire
from sending_cast import KEY, NOW, RECORDS, SECOND, endpoint, life, opened
from tracker_scenes import Ledger

from afterchat.contract.codec import decode
from afterchat.contract.signature import checksum_matches
from afterchat.edge.message import Request
from afterchat.engine import Policy, RemarkWritten, write_event
from afterchat.errors import StoreUnavailableError
from afterchat.sender.operations import OPERATIONS
from afterchat.sender.relay import RelayLimits
from afterchat.sender.sender import Sender, SenderLimits
from afterchat.sender.tracker import TrackerLimits
from afterchat.store.open import WRITABLE, open_store
from afterchat.store.ports import Token
from afterchat.store.sending import EntryQuery
from virtual_time import EPOCH_MS, VirtualClock, run_virtually

HOUR = 3600
WATCHER = "AFTERCHAT_ENDPOINT_FAILING", "AFTERCHAT_ENDPOINT_RECOVERED", "AFTERCHAT_ENDPOINT_DISABLED"


class Parts:
    """The ports of a store, some of which fail when they are told to."""

    def __init__(self, store):
        self.journal = Ledger(store.journal)
        self.outbox = Ledger(store.outbox)
        self.endpoints = Ledger(store.endpoints)
        self.registry = Ledger(store.registry)


class Scene:
    """One sender over one store in memory, with a tenant, a token and an endpoint."""

    def __init__(self, limits):
        self.limits = SenderLimits(**{"retention_ms": HOUR * SECOND, **limits})
        self.clock = VirtualClock()
        self.wire = Wire()
        self.answers = []

    async def open(self):
        self.store = await open_store("sqlite://", WRITABLE)
        self.parts = Parts(self.store)
        for tenant in ("acme", "other"):
            await self.store.registry.put_tenant(tenant, "legacy", 0)
            token = Token(f"{tenant}-erp", tenant, None, "send")
            await self.store.registry.add_token(token, sha256(tenant.encode()).digest(), 0)
        self.id = await self.put()
        self.sender = Sender(
            self.parts,
            self.wire,
            self.clock,
            chance=Random(1),
            policy_of=lambda tenant: Policy(),
            limits=self.limits,
        )

    async def put(self, id_=0, **values):
        """An operator's endpoint, with its key; its id."""
        given = endpoint(**{"id_": id_, "name": "crm", **values})
        made = await self.store.endpoints.put_endpoint(given)
        await self.store.endpoints.put_endpoint_key(made, KEY)
        return made

    def start(self):
        self.running = asyncio.create_task(self.sender.run())

    async def stop(self):
        await self.sender.stop()
        await self.running

    def take(self, *events, token=b"acme", path=b"/v1/events"):
        """Hand them in; the answer is appended to `answers`."""
        body = b"\n".join(write_event(event) for event in events)
        headers = ((b"authorization", b"Bearer " + token),)
        self.sender.take(Request(b"POST", path, b"", headers, body, "127.0.0.1"), self.answers.append)

    async def states(self, **query):
        entries = await self.store.outbox.entries(EntryQuery(**query), 1000)
        return [entry.state.value for entry in entries[::-1]]

    def sent(self, event_type=RECORDS):
        """Requests of one event type."""
        requests = [sent.request for sent in self.wire.sent]
        return [one for one in requests if query_of(one)["eventType"] == event_type]


def query_of(request):
    return dict(parse_qsl(urlsplit(request.url).query))


def play(body, **limits):
    """Play `body` on a scene whose sender runs, then stop it; the scene."""

    async def main():
        scene = Scene(limits)
        await scene.open()
        scene.start()
        await asyncio.sleep(0.5)
        await body(scene)
        await scene.stop()
        await scene.store.close()
        return scene

    return run_virtually(main())


# --- from the door to the wire


def test_events_that_were_taken_come_out_as_one_signed_push():
    async def body(scene):
        scene.take(*life())
        await asyncio.sleep(1)
        assert ["delivered"] == await scene.states()

    scene = play(body)
    [answer], [request] = scene.answers, scene.sent()
    query = query_of(request)
    assert (200, 6) == (answer.status, json.loads(answer.body)["taken"])
    assert 102 == decode(request.body).record.id
    assert 0 == checksum_matches([KEY.secret], request.body, query["time"].encode(), query["checksum"].encode())


def test_the_answer_comes_after_the_commit():
    async def body(scene):
        scene.parts.journal.gate.clear()
        scene.take(*life())
        await asyncio.sleep(100)
        assert ([], []) == (scene.answers, scene.wire.sent)
        scene.parts.journal.gate.set()
        await asyncio.sleep(1)
        assert [200] == [answer.status for answer in scene.answers]

    play(body)


def test_what_cannot_be_taken_is_answered_at_once():
    async def body(scene):
        scene.take(opened(), token=b"nobody")
        assert [401] == [answer.status for answer in scene.answers]

    play(body)


def test_a_store_that_is_away_is_answered_503_with_when_to_come_again():
    async def body(scene):
        scene.parts.journal.failing = {"commit"}
        scene.take(opened())
        await asyncio.sleep(1)
        [answer] = scene.answers
        assert (503, b"1") == (answer.status, dict(answer.headers)[b"retry-after"])
        scene.parts.journal.failing = set()
        scene.take(opened())
        await asyncio.sleep(1)
        assert 200 == scene.answers[1].status

    play(body)


def test_a_session_without_an_endpoint_that_wants_it_wakes_nobody_and_is_kept():
    async def body(scene):
        scene.take(*life(), token=b"other")
        await asyncio.sleep(1)
        assert 1 == (await scene.store.journal.counts())["pushes"]

    assert [] == play(body).wire.sent


def test_a_revision_is_signed_in_a_later_second_than_the_version_before_it():
    async def body(scene):
        scene.take(*life())
        await asyncio.sleep(0.2)
        scene.take(RemarkWritten(id="note", session=102, at=NOW + 9 * SECOND, remarks="ok"))
        await asyncio.sleep(2)

    first, second = (int(query_of(request)["time"]) for request in play(body).sent())
    assert second == first + 1


# --- what operators change


def test_a_new_endpoint_and_a_new_token_are_in_force_within_a_second():
    async def body(scene):
        await scene.put(name="screen", event_types=("SESSION_START",))
        token = Token("new", "acme", None, "send")
        await scene.store.registry.add_token(token, sha256(b"new").digest(), 0)
        await asyncio.sleep(1.1)
        assert token in [known for known, _ in scene.sender.tokens()]
        scene.take(*life(), token=b"new")
        await asyncio.sleep(1)

    scene = play(body)
    assert 200 == scene.answers[0].status
    assert (1, 1) == (len(scene.sent()), len(scene.sent("SESSION_START")))


def test_a_deleted_endpoint_has_its_entries_cancelled():
    async def body(scene):
        scene.wire.answers[scene.id] = (0, SICK)
        scene.take(*life())
        await asyncio.sleep(1)
        await scene.store.endpoints.delete_endpoint(scene.id)
        await asyncio.sleep(1.1)
        assert ["cancelled"] == await scene.states()

    play(body)


def test_a_registry_that_did_not_change_is_not_read():
    async def body(scene):
        await asyncio.sleep(60)

    scene = play(body)
    assert ["endpoints"] == scene.parts.endpoints.calls
    assert ["version", "tokens"] == scene.parts.registry.calls[:2]
    assert {"version"} == set(scene.parts.registry.calls[2:])


def test_a_registry_that_is_away_leaves_in_force_what_was_known(caplog):
    async def body(scene):
        scene.parts.registry.failing = {"version"}
        await asyncio.sleep(10)
        scene.take(*life())
        await asyncio.sleep(1)
        assert ["delivered"] == await scene.states()

    play(body)
    assert "the registry cannot be read, the endpoints known so far stay in force" in caplog.text


def test_a_change_that_could_not_be_read_whole_is_read_again():
    async def body(scene):
        scene.parts.registry.failing = {"tokens"}
        await scene.put(name="screen", event_types=("SESSION_START",))
        await asyncio.sleep(5)
        scene.parts.registry.failing = set()
        await asyncio.sleep(1)
        scene.take(*life())
        await asyncio.sleep(1)

    assert 1 == len(play(body).sent("SESSION_START"))


def test_a_sender_that_cannot_read_the_registry_does_not_begin():
    async def main():
        scene = Scene({})
        await scene.open()
        scene.parts.registry.failing = {"version"}
        with pytest.raises(StoreUnavailableError, match="version planted"):
            await scene.sender.run()
        await scene.store.close()

    run_virtually(main())


# --- what happens to endpoints is a push, too


def news_of(scene, kind):
    return [json.loads(request.body) for request in scene.sent(OPERATIONS[kind])]


def test_an_endpoint_that_fails_and_recovers_is_told_to_those_of_its_tenant_who_ask(caplog):
    async def body(scene):
        scene.watcher = await scene.put(name="watch", event_types=WATCHER)
        await scene.put(name="spy", tenant="other", event_types=WATCHER)
        await asyncio.sleep(1.1)
        scene.wire.answers[scene.id] = (0, SICK)
        scene.take(*(event for number in range(1, 20) for event in life(number)))
        await asyncio.sleep(30)
        scene.wire.answers[scene.id] = (0, OK)
        await asyncio.sleep(HOUR)

    scene = play(body)
    [failing], [recovered] = news_of(scene, "failing"), news_of(scene, "recovered")
    expected = {"tenant": "acme", "endpoint": "crm", "url": "https://crm.example.com/hook", "state": "failing"}
    assert {**expected, "error": "status_5xx", "at": EPOCH_MS + 1600} == failing
    assert ("recovered", "") == (recovered["state"], recovered["error"])
    assert {scene.watcher} == {one.endpoint_id for kind in OPERATIONS for one in scene.sent(OPERATIONS[kind])}
    assert f"endpoint {scene.id} is failing: status_5xx" in caplog.text
    assert f"endpoint {scene.id} is recovered: it answers again" in caplog.text


def test_an_endpoint_is_not_told_of_itself_and_news_for_nobody_are_no_push():
    async def body(scene):
        await scene.put(scene.id, event_types=(RECORDS, *WATCHER))
        await asyncio.sleep(1.1)
        scene.wire.answers[scene.id] = (0, SICK)
        scene.take(*(event for number in range(1, 9) for event in life(number)))
        await asyncio.sleep(10)
        assert 8 == (await scene.store.journal.counts())["pushes"]

    play(body)


def test_news_wait_for_a_journal_that_is_away():
    async def body(scene):
        await scene.put(name="watch", event_types=WATCHER)
        await asyncio.sleep(1.1)
        scene.wire.answers[scene.id] = (0, SICK)
        scene.take(*(event for number in range(1, 9) for event in life(number)))
        await asyncio.sleep(0.2)
        scene.parts.journal.failing = {"commit"}
        await asyncio.sleep(10)
        assert [] == news_of(scene, "failing")
        scene.parts.journal.failing = set()
        await asyncio.sleep(10)

    assert 1 == len(news_of(play(body), "failing"))


def test_news_of_an_endpoint_deleted_meanwhile_are_dropped():
    async def body(scene):
        await scene.put(name="watch", event_types=WATCHER)
        await asyncio.sleep(1.1)
        scene.wire.answers[scene.id] = (0, SICK)
        scene.take(*(event for number in range(1, 9) for event in life(number)))
        await asyncio.sleep(0.2)
        await scene.store.endpoints.delete_endpoint(scene.id)
        await asyncio.sleep(10)

    assert [] == news_of(play(body), "failing")


# --- what is old


def test_what_was_settled_longer_ago_than_its_retention_is_forgotten():
    async def body(scene):
        scene.take(*(event for number in range(1, 31) for event in life(number)))
        await asyncio.sleep(HOUR - 1)
        assert ["delivered"] * 30 == await scene.states()
        await asyncio.sleep(HOUR / 4)
        assert ([], 0, 0) == (
            await scene.states(),
            (await scene.store.journal.counts())["sessions"],
            (await scene.store.journal.counts())["pushes"],
        )

    play(body)


def test_tidying_says_how_much_it_forgot():
    async def body(scene):
        scene.take(*life())
        await asyncio.sleep(HOUR / 4)
        scene.clock.skew_ms = HOUR * SECOND
        assert [2, 0] == [await scene.sender.tidy(), await scene.sender.tidy()]

    play(body)


def test_old_rows_stay_while_the_store_is_away(caplog):
    async def body(scene):
        scene.take(*life())
        await asyncio.sleep(HOUR / 4)
        scene.parts.outbox.failing = {"purge"}
        scene.clock.skew_ms = HOUR * SECOND
        await asyncio.sleep(120)
        assert ["delivered"] == await scene.states()
        scene.parts.outbox.failing = set()
        await asyncio.sleep(120)
        assert [] == await scene.states()

    play(body)
    assert "old rows stay, the store is away: purge planted" in caplog.text


# --- stopping


def test_stopping_answers_what_was_taken_and_refuses_what_comes():
    async def body(scene):
        scene.parts.journal.gate.clear()
        scene.take(*life())
        await asyncio.sleep(1)
        assert not scene.sender.is_stopping
        stopping = asyncio.create_task(scene.sender.stop())
        await asyncio.sleep(1)
        assert scene.sender.is_stopping
        scene.take(opened(103))
        assert [503] == [answer.status for answer in scene.answers]
        assert "stopping" == json.loads(scene.answers[0].body)["code"]
        assert not stopping.done()
        scene.parts.journal.gate.set()
        await stopping
        assert [503, 200] == [answer.status for answer in scene.answers]

    play(body)


def test_stopping_lets_attempts_end():
    async def body(scene):
        scene.wire.answers[scene.id] = (5, OK)
        scene.take(*life())
        await asyncio.sleep(1)
        await scene.stop()
        assert ["delivered"] == await scene.states()

    play(body)


def test_the_limits_of_its_parts_are_theirs():
    async def body(scene):
        assert 1 == scene.sender.relay._limits.in_flight_max
        scene.take(opened(1))
        scene.take(opened(2))
        await asyncio.sleep(1)
        assert 1 == scene.sender.tracker.at_hand_count

    play(body, tracker=TrackerLimits(sessions_max=1), relay=RelayLimits(in_flight_max=1))
