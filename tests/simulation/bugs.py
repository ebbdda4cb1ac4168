"""Known bugs, planted into the running program for the time of a life: the simulation must find each of them.

Rules
- One function for each bug, named after it; its docstring says what its programmer might have thought.
- A bug is a patch on loaded modules, undone afterwards; nothing on disk changes.
- A bug whose place in the program is gone is an error, so that no run is green for want of its bug.

What does not belong here: how the bugs are looked for (`test_simulation_planted`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

from afterchat.sender import gate, relay, sender, tracker
from afterchat.sender.submission import ItemVerdict
from afterchat.sender.transport import Failure
from afterchat.sender.verdict import Verdict
from afterchat.store.sending import EntryState
from afterchat.store.sql import entry_rows, journal, outbox
from afterchat.store.sqlite.connection import SqliteConnection

__all__ = ["BUGS", "planted"]

DELIVERED = Verdict("delivered", "")


def drop_on_exhaustion(bug: ExitStack) -> None:
    """After the last attempt there is nothing left to do: it counts as settled."""
    honest = relay.Relay._settlement

    def settlement(self: Any, *arguments: Any) -> Any:
        made = honest(self, *arguments)
        is_over = made.state is EntryState.DEAD and made.attempt.status != 410
        return made._replace(state=EntryState.DELIVERED) if is_over else made

    replace(bug, relay.Relay, "_settlement", settlement)


def delete_on_exhaustion(bug: ExitStack) -> None:
    """Nobody needs an entry that will not be tried again."""
    honest = outbox._settle

    def settle(connection: Any, settlement: Any, now: int) -> bool:
        is_in_force = honest(connection, settlement, now)
        if is_in_force and settlement.state is EntryState.DEAD:
            connection.execute("DELETE FROM attempt WHERE entry_id = ?", (settlement.entry_id,))
            connection.execute("DELETE FROM entry WHERE id = ?", (settlement.entry_id,))
        return is_in_force

    replace(bug, outbox, "_settle", settle)


def attempts_reset_on_restart(bug: ExitStack) -> None:
    """A relay counts the attempts that it made."""
    honest = relay.Relay._begin

    def begin(self: Any, lease: Any, *arguments: Any) -> None:
        own = self.__dict__.setdefault("_own_attempts", {})
        count = own.get(lease.entry_id, 0)
        own[lease.entry_id] = count + 1
        honest(self, lease._replace(attempt_count=min(lease.attempt_count, count)), *arguments)

    replace(bug, relay.Relay, "_begin", begin)


def burst_after_jump(bug: ExitStack) -> None:
    """The bucket fills with the time that has passed, by the clock on the wall."""

    def fill(self: Any, now: int) -> None:
        rate, before = self.endpoint.rate_per_second_max, self._filled_at
        passed_ms = 0 if before is None else now - before
        tokens = self._tokens + rate * passed_ms / 1000
        self._tokens = tokens if abs(passed_ms) > 10_000 else min(max(float(rate), self._tokens), tokens)
        self._filled_at = now

    replace(bug, gate.Gate, "_fill", fill)


def breaker_trusts_the_clock(bug: ExitStack) -> None:
    """Open until then is open until then."""

    def is_open(self: Any, now: int) -> bool:
        return self.health.open_until is not None and now < self.health.open_until

    replace(bug, gate.Gate, "_is_open", is_open)


def due_by_another_clock(bug: ExitStack) -> None:
    """A clock that only ever grows knows better what is due than one that somebody may set."""
    honest = outbox.SqlOutbox.lease
    begun: list[float] = []

    async def lease(self: Any, wanted: Any, now: int, until: int) -> Any:
        begun.append(now - asyncio.get_running_loop().time() * 1000)
        return await honest(self, wanted, round(begun[0] + asyncio.get_running_loop().time() * 1000), until)

    replace(bug, outbox.SqlOutbox, "lease", lease)


def lease_without_token(bug: ExitStack) -> None:
    """An entry has one result, whoever brings it."""
    rewrite(bug, "outbox", "settle_entry", "AND token = ?2", "AND ?2 = ?2")


def signs_after_its_lease(bug: ExitStack) -> None:
    """What was leased is sent."""
    honest = relay.Relay._begin
    replace(bug, relay.Relay, "_begin", lambda self, lease, _until: honest(self, lease, 2**62))


def early_delivered(bug: ExitStack) -> None:
    """The connection broke after the request was out: it will have arrived."""
    honest = relay.judge

    def judge(outcome: Any, *arguments: Any) -> Any:
        is_out = isinstance(outcome, Failure) and outcome.kind == "reset"
        return DELIVERED if is_out else honest(outcome, *arguments)

    replace(bug, relay, "judge", judge)


def order_overtaken(bug: ExitStack) -> None:
    """Every entry can go at once."""
    rewrite(bug, "outbox", "insert_entry", "'behind'", "'waiting'")


def same_second(bug: ExitStack) -> None:
    """The next one is due now that the one before is settled."""
    replace(bug, entry_rows, "next_second", lambda now: now)


def old_time_reused(bug: ExitStack) -> None:
    """A push is signed once."""
    honest = relay.signed_request
    signed: dict[int, int] = {}

    def signed_request(lease: Any, endpoint: Any, now_ms: int) -> Any:
        return honest(lease, endpoint, signed.setdefault(lease.entry_id, now_ms))

    replace(bug, relay, "signed_request", signed_request)


def other_bytes_on_retry(bug: ExitStack) -> None:
    """A body is written anew for every attempt; JSON is JSON."""
    honest = relay.signed_request

    def signed_request(lease: Any, endpoint: Any, now_ms: int) -> Any:
        body = lease.body + b"\n" if lease.attempt_count else lease.body
        return honest(lease._replace(body=body), endpoint, now_ms)

    replace(bug, relay, "signed_request", signed_request)


def commit_in_two(bug: ExitStack) -> None:
    """First the session, then what follows from it."""
    honest = journal.SqlJournal.commit

    async def commit(self: Any, batch: Any) -> Any:
        await honest(self, batch._replace(pushes=()))
        await asyncio.sleep(0)
        return await honest(self, batch._replace(sessions=()))

    replace(bug, journal.SqlJournal, "commit", commit)


def early_answer(bug: ExitStack) -> None:
    """The answer need not wait for the disk."""
    honest = tracker.Tracker.submit

    async def submit(self: Any, submission: Any) -> Any:
        task = asyncio.get_running_loop().create_task(honest(self, submission))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return [ItemVerdict("taken", "", "", "") for _ in submission.items]

    replace(bug, tracker.Tracker, "submit", submit)


def retry_after_ignored(bug: ExitStack) -> None:
    """The schedule knows best."""
    honest = relay.judge
    replace(bug, relay, "judge", lambda *arguments: honest(*arguments)._replace(retry_after_ms=None))


def gone_ignored(bug: ExitStack) -> None:
    """410 is an error like any other."""
    honest = relay.judge

    def judge(*arguments: Any) -> Any:
        verdict = honest(*arguments)
        return verdict._replace(kind="retry") if verdict.kind == "gone" else verdict

    replace(bug, relay, "judge", judge)


def many_probes(bug: ExitStack) -> None:
    """Once its time is over, the breaker is closed."""
    honest = gate.Gate.free

    def free(self: Any, now: int) -> int:
        kept = self.health
        if not self._is_open(now):
            self.health = kept._replace(open_until=None)
        try:
            return honest(self, now)
        finally:
            self.health = kept

    replace(bug, gate.Gate, "free", free)


def pause_ignored(bug: ExitStack) -> None:
    """What is in the outbox goes out."""
    honest = gate.Gate.free

    def free(self: Any, now: int) -> int:
        kept, self.endpoint = self.endpoint, self.endpoint._replace(is_paused=False)
        try:
            return honest(self, now)
        finally:
            self.endpoint = kept

    replace(bug, gate.Gate, "free", free)


def more_in_flight(bug: ExitStack) -> None:
    """What has been asked for long ago hardly counts."""
    honest = relay.Relay._places
    replace(bug, relay.Relay, "_places", lambda self, now: honest(self, now)._replace(taken=0))


def forgets_too_soon(bug: ExitStack) -> None:
    """What is settled is of no interest."""
    honest = sender.Sender.tidy

    async def tidy(self: Any) -> int:
        limits, self._limits = self._limits, self._limits._replace(retention_ms=0)
        try:
            return await honest(self)
        finally:
            self._limits = limits

    replace(bug, sender.Sender, "tidy", tidy)


def redelivery_goes_back(bug: ExitStack) -> None:
    """Who wants a push again wants this one and no other."""
    rewrite(bug, "settled", "delivered_later", "entry.state = 'delivered'", "entry.state = 'nothing'")


def attempts_not_kept(bug: ExitStack) -> None:
    """The last attempt says it all."""
    rewrite(bug, "outbox", "insert_attempt", "INSERT INTO attempt", "INSERT OR REPLACE INTO attempt")
    rewrite(bug, "outbox", "insert_attempt", "coalesce(max(number), 0) + 1", "coalesce(max(1), 1)")


def timers_only_in_memory(bug: ExitStack) -> None:
    """Who touched a session knows when it is due."""

    async def next_due_at(_self: Any) -> None:
        return None

    replace(bug, journal.SqlJournal, "next_due_at", next_due_at)


BUGS: Mapping[Callable[[ExitStack], None], tuple[str, ...]] = MappingProxyType(
    {
        drop_on_exhaustion: (),
        delete_on_exhaustion: (),
        attempts_reset_on_restart: (),
        burst_after_jump: ("jump", "hold"),
        breaker_trusts_the_clock: ("jump",),
        due_by_another_clock: ("jump",),
        lease_without_token: ("jump", "zombie"),
        signs_after_its_lease: ("zombie_at_lease",),
        early_delivered: (),
        order_overtaken: (),
        same_second: (),
        old_time_reused: (),
        other_bytes_on_retry: (),
        commit_in_two: ("kill_at_call",),
        early_answer: ("kill",),
        retry_after_ignored: (),
        gone_ignored: (),
        many_probes: (),
        pause_ignored: ("hold",),
        more_in_flight: (),
        forgets_too_soon: (),
        redelivery_goes_back: ("redeliver",),
        attempts_not_kept: (),
        timers_only_in_memory: ("kill",),
    }
)
"""Every planted bug, and the kinds of trouble that bring it out."""


@contextmanager
def planted(bug: Callable[[ExitStack], None]) -> Iterator[None]:
    """The program with this bug in it."""
    with ExitStack() as stack:
        bug(stack)
        yield


def replace(bug: ExitStack, place: Any, name: str, planted_value: Any) -> None:
    """Put something in the place of what is there."""
    bug.enter_context(patch.object(place, name, planted_value))


def rewrite(bug: ExitStack, file: str, query: str, old: str, new: str) -> None:
    """Change a statement of that file."""
    dialect = SqliteConnection.sql
    queries: Mapping[str, str] = getattr(dialect, file)
    assert old in queries[query], f"{query} no longer says {old!r}; plant the bug elsewhere"
    changed = {**queries, query: queries[query].replace(old, new)}
    replace(bug, SqliteConnection, "sql", dialect._replace(**{file: changed}))
