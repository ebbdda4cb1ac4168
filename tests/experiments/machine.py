"""The state machine of E03: the real receiver, store and projector, in one process, against a model of ten lines.

The model keeps, for each (tenant, bytes), the label it first came with and every time it was signed with.
From that follow the rows of the inbox, the current revision of each session, and the order of its revisions.

Rules
- The clock, the rings and the moment of each commit are the machine's; only Hypothesis draws lots.
- A push that was answered `{}` is in the model; one that was refused, or had no answer when the world ended, is not.
- A crash on files is an image of the folder as kill -9 leaves it: copied while everything is open, then opened.

What does not belong here: sockets, processes, disks; other experiments have them.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import shutil
from collections.abc import Coroutine
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from afterchat.edge.message import Answer, Request
from afterchat.projector.loop import project_once
from afterchat.receiver.receiver import Receiver, ReceiverLimits
from afterchat.receiver.rings import rings_in_force
from afterchat.store.open import Store, open_store
from afterchat.store.ports import Key, Tenant
from experiments.bodies import encoded, facts, record
from experiments.client import checksum

__all__ = ["FileWorld", "MemoryWorld"]

EVERYTHING = frozenset({"inbox", "records", "registry"})
LIMITS = ReceiverLimits(
    window_seconds=300, waiting_pushes_max=64, quarantine_rows_per_second_max=20, disk_free_bytes_min=0
)
BEGAN_AT = 1_700_000_000
SESSION_END = "DATA_ONLINE_SESSION_END"
TENANTS = ("default", "other")
SECRETS = ("secret-number-one-0", "secret-number-two-0", "secret-number-three")
ROWS_MAX = 10_000
READABLE_AS_SESSION = (SESSION_END, "")

Result = TypeVar("Result")


class Known(NamedTuple):
    """What the model knows of one (tenant, bytes)."""

    body: bytes
    event_type: str
    signed: tuple[int, ...]
    """Every acknowledged signed time, in order."""


class WorldClock:
    """Stands still until the machine moves it."""

    def __init__(self) -> None:
        self.seconds = BEGAN_AT

    def now_ms(self) -> int:
        return self.seconds * 1000

    def monotonic(self) -> float:
        return float(self.seconds)


def body_of(session_id: int, variant: int) -> bytes:
    """One of a few bodies of a session; some of them share their latest moment."""
    fields = record(session_id, random.Random(session_id), (BEGAN_AT + variant % 2) * 1000)
    return encoded({**fields, "evaluation": variant, "userJoinEvaluateTime": "-1"})


BODIES = tuple(body_of(session_id, variant) for session_id in (1, 2, 3) for variant in (0, 1, 25, 100))
POISONS = (b"", b"{", b"[1]", b'{"id":"x"}', b"\xff", BODIES[0] + b"}")

tenants = st.sampled_from(TENANTS)
bodies = st.sampled_from(BODIES + POISONS)
skews = st.integers(-290, 290)


class MemoryWorld(RuleBasedStateMachine):
    """A world in memory; its store survives the crash of its receiver."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = WorldClock()
        self.model: dict[tuple[str, bytes], Known] = {}
        self.secrets: dict[str, list[str]] = {tenant: [SECRETS[0]] for tenant in TENANTS}
        self.store: Store
        self.receiver: Receiver
        self.receiving: asyncio.Task[None]
        self.is_projected = False

    @initialize()
    def begin(self) -> None:
        self.store = self.run(open_store(self.url(), EVERYTHING, commit_mode="inline"))
        self.start_receiver()

    @rule(tenant=tenants, body=bodies, skew=skews, label=st.sampled_from((SESSION_END, "", "MSG")))
    def push(self, tenant: str, body: bytes, skew: int, label: str) -> None:
        answer = self.take(tenant, body, self.clock.seconds + skew, self.secrets[tenant][-1], label)
        assert answer == (200, b"{}")
        self.remember(tenant, body, self.clock.seconds + skew, label)

    @rule(tenant=tenants, picks=st.lists(st.tuples(bodies, skews), min_size=2, max_size=8))
    def push_group(self, tenant: str, picks: list[tuple[bytes, int]]) -> None:
        """Several in one commit, the same bytes perhaps among them twice."""
        answers: list[list[Answer]] = []
        for body, skew in picks:
            answers.append(self.submit(tenant, body, self.clock.seconds + skew, self.secrets[tenant][0], SESSION_END))
        self.turn()
        assert [answer.status for (answer,) in answers] == [200] * len(picks)
        for body, skew in picks:
            self.remember(tenant, body, self.clock.seconds + skew, SESSION_END)

    @rule(tenant=tenants, body=bodies, seconds=st.sampled_from((-100_000, -301, 301, 100_000)))
    def push_outside_the_window(self, tenant: str, body: bytes, seconds: int) -> None:
        status, _ = self.take(tenant, body, self.clock.seconds + seconds, self.secrets[tenant][0], SESSION_END)
        assert status == 401

    @rule(tenant=tenants, body=bodies, secret=st.sampled_from((*SECRETS, "never-in-force-00000")))
    def push_with_any_secret(self, tenant: str, body: bytes, secret: str) -> None:
        status, _ = self.take(tenant, body, self.clock.seconds, secret, SESSION_END)
        assert status == (200 if secret in self.secrets[tenant] else 401)
        if status == 200:
            self.remember(tenant, body, self.clock.seconds, SESSION_END)

    @rule(body=bodies)
    def push_to_nobody(self, body: bytes) -> None:
        status, _ = self.take("nobody", body, self.clock.seconds, SECRETS[0], SESSION_END)
        assert status == 404

    @rule(tenant=tenants, secret=st.sampled_from(SECRETS))
    def rotate(self, tenant: str, secret: str) -> None:
        """A new secret beside the newest, or, when it is there already, alone."""
        kept = self.secrets[tenant][-1]
        self.secrets[tenant] = [secret] if kept == secret else [kept, secret]
        self.receiver.rings = self.rings()

    @rule(seconds=st.integers(0, 1_000))
    def wait(self, seconds: int) -> None:
        self.clock.seconds += seconds

    @rule(rows=st.integers(1, 7))
    def project(self, rows: int) -> None:
        """One batch, which may end anywhere."""
        self.run(project_once(self.store.inbox, self.store.records, self.clock, batch_rows=rows))

    @rule(rows=st.integers(1, 50))
    def catch_up(self, rows: int) -> None:
        """To the end; then every row is what the model says."""
        self.project_all(rows)
        self.judge_inbox()
        self.judge_records()

    @rule(tenant=tenants, picks=st.lists(bodies, min_size=1, max_size=4))
    def crash_before_the_commit(self, tenant: str, picks: list[bytes]) -> None:
        """Pushes were taken, nothing was committed, nothing may have been answered."""
        answers = [
            self.submit(tenant, body, self.clock.seconds, self.secrets[tenant][0], SESSION_END) for body in picks
        ]
        assert answers == [[] for _ in picks]
        self.crash()

    @rule()
    def crash_at_rest(self) -> None:
        self.crash()

    @rule(rows=st.integers(1, 50))
    def rebuild(self, rows: int) -> None:
        """Made again from the inbox, the records are the same."""
        records = self.run(self.store.begin_rebuild())
        while self.run(project_once(self.store.inbox, records, self.clock, batch_rows=rows)) is not None:
            pass
        self.run(self.store.finish_rebuild())
        self.project_all(rows)
        self.judge_records()

    @invariant()
    def every_push_is_counted(self) -> None:
        if not hasattr(self, "store"):
            return
        counts = self.run(self.store.inbox.counts())
        repeats = sum(len(known.signed) - 1 for known in self.model.values())
        assert (counts["pushes"], counts["repeats"]) == (len(self.model), repeats)

    def teardown(self) -> None:
        try:
            if hasattr(self, "store"):
                self.catch_up(50)
        finally:
            self.end()

    # What the rules are made of.

    def url(self) -> str:
        return "sqlite://"

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self.loop.run_until_complete(work)

    def turn(self) -> None:
        """Let the receiver commit what waits."""
        for _ in range(20):
            self.run(asyncio.sleep(0))
            if not self.receiver.waiting_count:
                return

    def rings(self) -> Any:
        ring = [
            Tenant(name, "both", tuple(Key(secret, secret.encode(), 0, None) for secret in secrets))
            for name, secrets in self.secrets.items()
        ]
        return rings_in_force(ring, self.clock.now_ms())

    def start_receiver(self) -> None:
        self.receiver = Receiver(self.store.inbox, self.store.quarantine, self.clock, LIMITS, None)
        self.receiver.rings = self.rings()
        self.receiving = self.loop.create_task(self.receiver.run())

    def stop_receiver(self) -> None:
        self.receiving.cancel()
        self.run(asyncio.wait((self.receiving,)))

    def crash(self) -> None:
        """In memory only the receiver can die."""
        self.stop_receiver()
        self.start_receiver()

    def submit(self, tenant: str, body: bytes, signed_at: int, secret: str, label: str) -> list[Answer]:
        """Hand a push in; the list holds its answer once there is one."""
        named = f"eventType={label}&" if label else ""
        query = f"{named}time={signed_at}&checksum={checksum(secret, body, signed_at)}"
        path = b"/push" if tenant == "default" else f"/push/{tenant}".encode()
        answers: list[Answer] = []
        self.receiver.take(Request(b"POST", path, query.encode(), (), body, "192.0.2.1"), answers.append)
        return answers

    def take(self, tenant: str, body: bytes, signed_at: int, secret: str, label: str) -> tuple[int, bytes]:
        answers = self.submit(tenant, body, signed_at, secret, label)
        self.turn()
        (answer,) = answers
        return answer.status, answer.body

    def remember(self, tenant: str, body: bytes, signed_at: int, label: str) -> None:
        known = self.model.get((tenant, body), Known(body, label, ()))
        self.model[tenant, body] = known._replace(signed=(*known.signed, signed_at))

    def project_all(self, rows: int) -> None:
        while self.run(project_once(self.store.inbox, self.store.records, self.clock, batch_rows=rows)) is not None:
            pass

    def judge_inbox(self) -> None:
        rows = self.run(self.store.inbox.read_after(0, ROWS_MAX))
        found = {
            (row.tenant, row.body): (row.event_type, row.signed_at, row.repeat_count, row.sha256.hex()) for row in rows
        }
        assert len(found) == len(rows)
        assert found == {
            key: (known.event_type, known.signed[0], len(known.signed) - 1, hashlib.sha256(known.body).hexdigest())
            for key, known in self.model.items()
        }

    def judge_records(self) -> None:
        expected: dict[tuple[str, int], list[tuple[int, int, bytes, bytes]]] = {}
        for (tenant, body), known in self.model.items():
            if body in BODIES and known.event_type in READABLE_AS_SESSION:
                read = facts(body)
                rank = (max(known.signed), read.latest_moment, hashlib.sha256(body).digest(), body)
                expected.setdefault((tenant, read.session_id), []).append(rank)
        for tenant in TENANTS:
            for session_id in (1, 2, 3):
                self.judge_session(tenant, session_id, sorted(expected.get((tenant, session_id), ()), reverse=True))
        counts = self.run(self.store.records.counts())
        revisions = sum(len(ranks) for ranks in expected.values())
        others = sum(known.event_type == "MSG" for known in self.model.values())
        assert counts["sessions"] == len(expected)
        assert counts["revisions"] == revisions
        assert counts["other_events"] == others
        assert counts["unreadable"] == len(self.model) - revisions - others

    def judge_session(self, tenant: str, session_id: int, ranks: list[tuple[int, int, bytes, bytes]]) -> None:
        rows = self.run(self.store.records.get(tenant, session_id))
        revisions = self.run(self.store.records.revisions(tenant, session_id))
        assert [(each.signed_at, each.sha256) for each in revisions] == [(rank[0], rank[2]) for rank in ranks]
        assert [each.is_current for each in revisions] == [index == 0 for index in range(len(ranks))]
        assert [(row.signed_at, row.revision_count, row.record.evaluation, row.record.end_time) for row in rows] == [
            (rank[0], len(ranks), facts(rank[3]).evaluation, facts(rank[3]).end_time) for rank in ranks[:1]
        ]

    def end(self) -> None:
        if hasattr(self, "store"):
            self.stop_receiver()
            self.run(self.store.close())
        self.loop.close()


class FileWorld(MemoryWorld):
    """A world on files: a crash is what kill -9 leaves of the folder."""

    def __init__(self) -> None:
        super().__init__()
        self.scratch = TemporaryDirectory(prefix="afterchat-e03-")
        self.folder = Path(self.scratch.name)
        self.crash_count = 0

    def url(self) -> str:
        return f"sqlite:///{self.folder / str(self.crash_count)}"

    def crash(self) -> None:
        image = self.folder / str(self.crash_count + 1)
        here = self.folder / str(self.crash_count)
        image.mkdir()
        for file in here.iterdir():
            if not file.name.endswith("-shm"):
                shutil.copy2(file, image)
        self.stop_receiver()
        self.run(self.store.close())
        shutil.rmtree(here)
        self.crash_count += 1
        self.store = self.run(open_store(self.url(), EVERYTHING, commit_mode="inline"))
        self.start_receiver()

    def end(self) -> None:
        try:
            super().end()
        finally:
            self.scratch.cleanup()
