"""The known bugs of the sending end, for `planted.py`.

The rules are those of `planted.py`: one function for each bug, named after it, and its docstring is its excuse.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from planting import replace

__all__ = ["SENDING_BUGS"]

COMMIT_LATER_SECONDS = 0.005
"""By how much an early answer is ahead of its commit; less, and it could stand unsent in the loop's buffer."""


def answer_before_commit() -> None:
    """Answer as soon as the events are read; the commit will surely come."""
    from afterchat.errors import StoreUnavailableError
    from afterchat.sender import sender
    from afterchat.sender.submission import TAKEN

    async def answer(self: Any, submission: Any, respond: Any) -> None:
        respond(sender.answer_of(submission, [TAKEN] * len(submission.items)))
        await asyncio.sleep(COMMIT_LATER_SECONDS)
        with contextlib.suppress(StoreUnavailableError):
            await self.tracker.submit(submission)

    replace(sender.Sender, "_answer", answer)


def pushes_in_their_own_transaction() -> None:
    """First the session, which matters; then what is to be sent."""
    from afterchat.store.sql.journal import SqlJournal

    honest = SqlJournal.commit

    async def commit(self: Any, batch: Any) -> Any:
        await honest(self, batch._replace(pushes=()))
        return await honest(self, batch._replace(sessions=())) if batch.pushes else []

    replace(SqlJournal, "commit", commit)


def lease_without_token() -> None:
    """Whoever has a result may write it; there is only one relay."""
    from afterchat.store.sqlite.connection import SqliteConnection

    dialect = SqliteConnection.sql
    honest = dialect.outbox["settle_entry"]
    fence = "token = ?2 AND state = 'leased'"
    assert fence in honest, "results are fenced by other words now"
    outbox = {**dialect.outbox, "settle_entry": honest.replace(fence, "token >= ?2")}
    replace(SqliteConnection, "sql", dialect._replace(outbox=outbox))


def delivered_without_answer() -> None:
    """It was sent, so it has arrived."""
    from afterchat.sender import relay
    from afterchat.sender.transport import Failure
    from afterchat.sender.verdict import DELIVERED

    honest: Any = relay.__dict__["judge"]

    def judge(outcome: Any, success_rule: str, now_ms: int) -> Any:
        return DELIVERED if isinstance(outcome, Failure) else honest(outcome, success_rule, now_ms)

    replace(relay, "judge", judge)


def old_time_reused() -> None:
    """Sign a push once, when it is made."""
    from afterchat.sender import relay

    honest: Any = relay.__dict__["signed_request"]
    replace(relay, "signed_request", lambda lease, endpoint, _now: honest(lease, endpoint, lease.created_at))


def bucket_overflows() -> None:
    """What was not sent meanwhile may be sent now, all of it."""
    from afterchat.sender.gate import Gate

    def fill(self: Any, now: int) -> None:
        passed_ms = 0 if self._filled_at is None else max(now - self._filled_at, 0)
        self._tokens += self.endpoint.rate_per_second_max * passed_ms / 1000
        self._filled_at = now

    replace(Gate, "_fill", fill)


def breaker_never_opens() -> None:
    """Retries have a schedule; that is restraint enough."""
    from afterchat.sender.gate import Gate

    honest = Gate.failed

    def failed(self: Any, now: int, error: str, *, is_gone: bool) -> Any:
        news = honest(self, now, error, is_gone=is_gone)
        self.health = self.health._replace(open_until=None)
        return news

    replace(Gate, "failed", failed)


def retry_after_ignored() -> None:
    """The schedule knows when to come again."""
    from afterchat.sender import verdict

    replace(verdict, "_retry_after_ms", lambda _text, _now_ms: None)


SENDING_BUGS: dict[str, Callable[[], None]] = {
    bug.__name__.replace("_", "-"): bug
    for bug in (
        answer_before_commit,
        pushes_in_their_own_transaction,
        lease_without_token,
        delivered_without_answer,
        old_time_reused,
        bucket_overflows,
        breaker_never_opens,
        retry_after_ignored,
    )
}
