"""What an outbox is, told again in a few plain lines: the judge of every adapter under random use.

Shares the data of the port with what it judges, and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from afterchat.store.sending import Attempt, Entry, EntryState, NewPush, Settlement

WAITING, BEHIND, LEASED = EntryState.WAITING, EntryState.BEHIND, EntryState.LEASED
OPEN = (WAITING, BEHIND, LEASED)


@dataclass
class Row:
    """One entry of the model."""

    id: int
    endpoint_id: int
    push_id: int
    push: NewPush
    state: EntryState
    due_at: int
    token: int = 0
    lease_until: int = 0
    attempts: list[Attempt] = field(default_factory=list)
    attempt_count: int = 0
    series: int = 1
    settled_at: int | None = None
    last: Attempt | None = None
    """Of the attempts, the last whose lease was in force."""

    def shown(self) -> Entry:
        last = self.last
        return Entry(
            id=self.id,
            endpoint_id=self.endpoint_id,
            tenant=self.push.tenant,
            session=self.push.session,
            push_id=self.push_id,
            event_type=self.push.event_type,
            state=self.state,
            due_at=self.due_at,
            attempt_count=self.attempt_count,
            series=self.series,
            created_at=self.push.created_at,
            settled_at=self.settled_at,
            last_status=last.status if last else 0,
            last_error=last.error if last else "",
        )


def next_second(now: int) -> int:
    return now - now % 1000 + 1000


def line_of(push: NewPush) -> tuple[int, bool]:
    """A session's records wait for each other, and its other pushes do."""
    return push.session, push.event_type == "DATA_ONLINE_SESSION_END"


class OutboxModel:
    """Every entry in a list; every question answered by looking at all of them."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.created = 0
        self.purged = 0
        self._push_count = 0

    def commit(self, pushes: Sequence[NewPush], now: int) -> None:
        for push in pushes:
            self._push_count += 1
            for endpoint_id in push.endpoint_ids:
                self.created += 1
                before = [row for row in self._of(endpoint_id) if line_of(row.push) == line_of(push)]
                is_same_second = any(
                    row.settled_at is not None and row.settled_at // 1000 == now // 1000 for row in before
                )
                due_at = next_second(now) if is_same_second else now
                self.rows.append(Row(self.created, endpoint_id, self._push_count, push, BEHIND, due_at))
                self._line_up(endpoint_id, line_of(push), now)

    def lease(self, wanted: Mapping[int, int], now: int, until: int) -> list[tuple[int, int]]:
        """(entry, token) of each lease."""
        for row in self.rows:
            if row.state is LEASED and not now < row.lease_until <= now + 2 * (until - now):
                row.state = WAITING
        given = []
        for endpoint_id, limit in wanted.items():
            due = [row for row in self._of(endpoint_id) if row.state is WAITING and row.due_at <= now]
            for row in sorted(due, key=lambda row: (row.due_at, row.id))[:limit]:
                row.state, row.lease_until, row.token = LEASED, until, row.token + 1
                given.append((row.id, row.token))
        return given

    def next_due_at(self, wanted: Mapping[int, int]) -> dict[int, int]:
        moments = {
            endpoint_id: [
                row.due_at if row.state is WAITING else row.lease_until
                for row in self._of(endpoint_id)
                if row.state in (WAITING, LEASED)
            ]
            for endpoint_id in wanted
        }
        return {endpoint_id: min(known) for endpoint_id, known in moments.items() if known}

    def settle(self, settlement: Settlement, now: int) -> bool:
        row = next((row for row in self.rows if row.id == settlement.entry_id), None)
        if row is None:
            return False
        if settlement.attempt is not None:
            row.attempts.append(settlement.attempt)
        if row.state is not LEASED or row.token != settlement.token:
            return False
        row.state, row.due_at = settlement.state, settlement.due_at
        if settlement.attempt is not None:
            row.attempt_count += 1
            row.last = settlement.attempt
        if row.state is not WAITING:
            row.settled_at = now
            self._line_up(row.endpoint_id, line_of(row.push), next_second(now))
        return True

    def redeliver(self, endpoint_id: int, rows: Sequence[Row], now: int) -> int:
        count = 0
        for row in rows:
            if row.endpoint_id != endpoint_id or row.state in OPEN:
                continue
            later = [
                other
                for other in self._of(endpoint_id)
                if other.state is EntryState.DELIVERED
                and other.push_id > row.push_id
                and (other.push.session, other.push.event_type) == (row.push.session, row.push.event_type)
            ]
            for again in (row, *later):
                again.state, again.due_at, again.settled_at = BEHIND, now, None
                again.attempt_count, again.series = 0, again.series + 1
                count += 1
            self._line_up(endpoint_id, line_of(row.push), now)
        return count

    def cancel(self, endpoint_id: int, now: int) -> int:
        rows = [row for row in self._of(endpoint_id) if row.state in OPEN]
        for row in rows:
            row.state, row.settled_at = EntryState.CANCELLED, now
        return len(rows)

    def purge(self, before: int, limit: int) -> int:
        old = [row for row in self.rows if row.settled_at is not None and row.settled_at < before]
        gone = sorted(old, key=lambda row: (row.settled_at, row.id))[:limit]
        self.rows = [row for row in self.rows if row not in gone]
        self.purged += len(gone)
        return len(gone)

    def counts(self) -> dict[tuple[int, str], int]:
        return dict(Counter((row.endpoint_id, row.state.value) for row in self.rows))

    def _of(self, endpoint_id: int) -> list[Row]:
        return [row for row in self.rows if row.endpoint_id == endpoint_id]

    def _line_up(self, endpoint_id: int, line: tuple[int, bool], due_at: int) -> None:
        open_rows = [row for row in self._of(endpoint_id) if line_of(row.push) == line and row.state in OPEN]
        for place, row in enumerate(sorted(open_rows, key=lambda row: row.push_id)):
            if place > 0:
                row.state = BEHIND
            elif row.state is BEHIND:
                row.state, row.due_at = WAITING, max(row.due_at, due_at)
