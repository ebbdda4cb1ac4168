"""The demonstration's parts: the centre that reports, the servers it starts, and what it shows of what arrives."""

from __future__ import annotations

import asyncio
import json
import threading
from hashlib import sha256
from types import SimpleNamespace

import pytest
from sender_double import TOKEN, sender_double

from afterchat.cli import demo_processes, demo_show, playing
from afterchat.cli.demo_centre import CentreThread
from afterchat.cli.demo_processes import Server, started
from afterchat.cli.demo_show import Show
from afterchat.clock import SystemClock
from afterchat.contract.codec import encode
from afterchat.contract.push import SESSION_END_DATA
from afterchat.contract.record import blank_record
from afterchat.engine import Session, Verdict, read_event
from afterchat.errors import OutageError
from afterchat.simulator.sample import VENDOR_SAMPLE
from afterchat.store.open import WRITABLE, open_store
from afterchat.store.ports import Arrival
from afterchat.store.sending import JournalBatch, NewPush
from outbox_scenes import CRM, body_of

NOW = 1_760_000_000_000
PATIENCE_SECONDS = 30
DAY_MS = 86_400_000
A_QUIET_DAY = 1_795_430_348_000
A_DAY_THAT_BEGINS_WITH_A_SURGE = 1_795_430_346_549
"""By the seed that the centre takes from its clock."""


class ClockThen:
    """The machine's clock, as it would have gone on from another moment."""

    def __init__(self, began_at):
        self.ahead_ms = began_at - SystemClock().now_ms()

    def now_ms(self):
        return SystemClock().now_ms() + self.ahead_ms

    def monotonic(self):
        return SystemClock().monotonic()


@pytest.fixture
def double():
    with sender_double() as made:
        yield made


@pytest.fixture
def centre(double):
    """Start a centre with so many sessions in the past; it is stopped with the test."""
    begun = []

    def start(count, on_trouble=lambda _: None, clock=None):
        thread = CentreThread(double.url, TOKEN, clock or SystemClock(), count, on_trouble)
        begun.append(thread)
        thread.start()
        return thread

    yield start
    for thread in begun:
        thread.stop()


@pytest.mark.parametrize("began_at", [A_QUIET_DAY, A_DAY_THAT_BEGINS_WITH_A_SURGE])
def test_the_centre_hands_in_the_vendors_sample_and_then_its_past_without_a_refusal(centre, double, began_at):
    clock = ClockThen(began_at)
    thread = centre(100, clock=clock)
    assert thread.has_caught_up.wait(PATIENCE_SECONDS)
    thread.stop()
    first, *others = double.requests
    sessions = {}
    for request in others:
        for event in map(read_event, request.lines):
            assert event.at <= request.arrived_at + clock.ahead_ms
            session = sessions.setdefault(event.session, Session(event.session))
            while session.due is not None and session.due.at <= event.at:
                session.feed(session.due.event)
            assert Verdict.TAKEN is session.feed(event).verdict

    assert ("/v1/records", [encode(VENDOR_SAMPLE)]) == (first.path, first.lines)
    assert {("/v1/events", TOKEN)} == {(request.path, request.token) for request in others}
    assert 50 < sum(session.record is not None for session in sessions.values()) < 300


def test_whatever_the_hour_somebody_is_there(centre, double):
    assert centre(60).has_caught_up.wait(PATIENCE_SECONDS)
    kinds = {json.loads(line)["type"] for request in double.requests[1:] for line in request.lines}

    assert {"StaffAssigned", "StaffWrote", "SessionClosed"} <= kinds


@pytest.mark.parametrize("reply", [(503, {}, b"{}"), (401, {}, b"{}"), (200, {}, b"<html>")])
def test_whatever_stands_in_its_way_the_centre_waits_and_says_when_it_is_over(centre, double, reply, monkeypatch):
    monkeypatch.setattr(playing, "_AGAIN_SECONDS", 0.01)
    told, is_over = [], threading.Event()

    def on_trouble(why):
        told.append(why)
        if not why:
            is_over.set()

    double.replies = [reply] * 2
    centre(0, on_trouble)

    assert is_over.wait(PATIENCE_SECONDS)
    assert [True, False] == [bool(why) for why in told]


def test_the_centre_ends_when_it_is_told_to_even_while_the_sender_is_away():
    with sender_double() as gone:
        url = gone.url
    is_away = threading.Event()
    thread = CentreThread(url, TOKEN, SystemClock(), 0, lambda _: is_away.set())
    thread.start()
    assert is_away.wait(PATIENCE_SECONDS)
    thread.stop()

    assert not thread.has_caught_up.is_set()


def test_a_server_that_ends_at_once_is_an_outage_and_no_wait(tmp_path):
    with pytest.raises(OutageError, match="ended with code 4"):
        asyncio.run(started("serve", ("--port", "0"), tmp_path / "ready.json", "nonsense"))


def test_a_server_that_does_not_listen_in_time_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(demo_processes, "START_SECONDS_MAX", 0.0)
    store = f"sqlite:///{tmp_path / 'store'}"

    with pytest.raises(OutageError, match="did not listen"):
        asyncio.run(started("serve", ("--port", "0"), tmp_path / "ready.json", store))


def test_a_ready_file_of_an_earlier_run_is_not_believed(tmp_path):
    ready = tmp_path / "ready.json"
    ready.write_text('{"url":"http://127.0.0.1:1"}')

    async def play():
        server = await started("serve", ("--port", "0"), ready, f"sqlite:///{tmp_path / 'store'}")
        await server.stop()
        return server

    server = asyncio.run(play())
    assert ("http://127.0.0.1:1" != server.url, 0) == (True, server.process.returncode)


class Scene:
    """A show over a store in memory, whose receiver lives until it is told to die."""

    def __init__(self, store, sender_url):
        self.store = store
        self.has_died = asyncio.Event()
        receiver = Server(SimpleNamespace(wait=self.has_died.wait), "http://127.0.0.1:8000")
        self.show = Show(receiver, Server(None, sender_url), store, "afterchat {command} --port {port} --store S")
        self.stop = asyncio.Event()

    async def receive(self, *bodies):
        """Put pushes into the receiver's inbox."""
        await self.store.inbox.append_all(
            [
                Arrival("default", SESSION_END_DATA, NOW, NOW, "key", "checksum", sha256(body).digest(), body)
                for body in bodies
            ]
        )

    async def let_wait(self, *sessions):
        """Put pushes into the sender's outbox."""
        pushes = [
            NewPush("default", session, SESSION_END_DATA, body_of(session), b"x" * 32, NOW, (1,))
            for session in sessions
        ]
        await self.store.journal.commit(JournalBatch((), pushes, NOW))


def play(monkeypatch, capsys, body, language="en"):
    """What the show says while `body` happens; `body` waits for words with `said`."""
    monkeypatch.setenv("AFTERCHAT_LANGUAGE", language)
    monkeypatch.setattr(demo_show, "_LOOK_SECONDS", 0.005)
    monkeypatch.setattr(demo_show, "_LOOKS_PER_OUTBOX", 1)
    heard = []

    async def said(words):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while words not in "".join(heard):
                heard.append(capsys.readouterr().out)
                await asyncio.sleep(0.005)

    async def main(url):
        store = await open_store("sqlite://", WRITABLE)
        await store.registry.put_tenant("default", "both", NOW)
        await store.endpoints.put_endpoint(CRM._replace(tenant="default"))
        scene = Scene(store, url)
        running = asyncio.create_task(scene.show.run(TOKEN, 0, "LOOK HERE", scene.stop))
        try:
            await said("LOOK HERE")
            await body(scene, said)
        finally:
            scene.stop.set()
            await running
            await store.close()

    with sender_double() as double:
        asyncio.run(main(double.url))
    heard.append(capsys.readouterr().out)
    return "".join(heard)


def record(session, **values):
    return encode(blank_record(id=session, s_type="0", start_time=NOW, end_time=NOW + 61_000, **values))


def test_each_session_that_arrives_is_a_line_and_a_later_version_is_no_new_one(monkeypatch, capsys):
    async def body(scene, said):
        await scene.receive(record(7, staff_name="小林", category="物流"))
        await said("session 7 arrived: 61 s  小林  物流")
        await scene.receive(record(7, staff_name="小林", remarks="已处理"))
        await said("session 7 was revised")

    assert 1 == play(monkeypatch, capsys, body).count("session 7 arrived")


def test_many_at_once_are_counted_and_not_listed(monkeypatch, capsys):
    async def body(scene, said):
        await scene.receive(*(record(number) for number in range(1, 11)))
        await said("and 7 more")

    assert 3 == play(monkeypatch, capsys, body).count(" arrived: ")


def test_names_of_strangers_control_no_terminal(monkeypatch, capsys):
    async def body(scene, said):
        await scene.receive(record(8, staff_name="\x1b[31mred"))
        await said("session 8 arrived")

    assert "\x1b" not in play(monkeypatch, capsys, body)


def test_an_outbox_that_grows_is_told_of_and_so_is_its_end(monkeypatch, capsys):
    async def body(scene, said):
        await scene.let_wait(1, 2, 3)
        await said("3 pushes wait in the outbox")
        await scene.let_wait(4)
        await said("4 pushes wait in the outbox")
        await scene.store.outbox.cancel(1, NOW)
        await said("the outbox is empty again")

    assert 2 == play(monkeypatch, capsys, body).count("wait in the outbox")


def test_a_push_or_two_on_their_way_are_not_worth_a_line(monkeypatch, capsys):
    async def body(scene, said):
        await scene.let_wait(1, 2)
        await scene.receive(record(9))
        await said("session 9 arrived")

    assert "wait in the outbox" not in play(monkeypatch, capsys, body)


def test_a_receiver_that_dies_is_told_of_with_the_command_that_starts_it_again(monkeypatch, capsys):
    async def body(scene, said):
        scene.has_died.set()
        await said("the receiver ended")

    assert "afterchat serve --port 8000 --store S" in play(monkeypatch, capsys, body)


def test_people_read_it_in_chinese(monkeypatch, capsys):
    async def body(scene, said):
        await scene.receive(record(7, staff_name="小林"))
        await said("会话 7 已到达：61 秒")

    assert "全部落盘并应答 {}" in play(monkeypatch, capsys, body, "zh")
