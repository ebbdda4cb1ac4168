"""The judge of what the outbox is told and what it answers: births, leases, results, orders.

    S1 atomic birth    S3 honest success    S5 schedule    S6 fencing    S10 dead letters

It keeps its own account of every delivery, from the calls alone; `auditor` compares it with what the store shows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from afterchat.store.sending import (
    EndpointHealth,
    Entry,
    EntryQuery,
    EntryState,
    JournalBatch,
    Leases,
    NewPush,
    Outbox,
    Redelivery,
    Settlement,
)
from simulation.book import Book, Delivery, LeaseSeen, ProcessSeen, PushSeen, Sending, read_now
from simulation.judge_wire import FAILURES_BEFORE_BREAKER
from simulation.plan import RECORDS
from simulation.process_loop import Room

__all__ = ["ALL_ROWS", "OPEN_STATES", "OutboxJudge"]

JITTER = 0.2
ALL_ROWS = 100_000
OPEN_STATES = (EntryState.WAITING, EntryState.BEHIND, EntryState.LEASED)


class OutboxJudge:
    """Judges calls of the journal's and the outbox's ports; `outbox` is read, never written."""

    def __init__(self, book: Book, outbox: Outbox) -> None:
        self._book = book
        self._outbox = outbox

    def asked_lease(self, room: Room, wanted: Mapping[int, int], _now: int, _until: int) -> None:
        """A process asks for leases."""
        book, process = self._book, self._book.processes[room.number]
        process.asked = book.now(), book.wall(), process.known_until
        process.asked_streaks = {one: (process.streak[one], process.in_flight[one]) for one in sorted(wanted)}

    def done_lease(self, room: Room, arguments: tuple[Any, ...], given: Leases) -> None:
        """A process was given leases."""
        book, process = self._book, self._book.processes[room.number]
        wanted, now, until = arguments
        for entry_id, held in list(book.held.items()):
            if held.until_wall <= now or held.until_wall - now > 2 * (until - now):
                held.is_ended = True
                del book.held[entry_id]
        counts: dict[int, int] = {}
        for lease in given.leases:
            counts[lease.endpoint_id] = counts.get(lease.endpoint_id, 0) + 1
            if (lease.endpoint_id, lease.push_id) not in book.deliveries and self._is_reopening(lease.endpoint_id):
                self.read_back(lease.endpoint_id, may_reopen=True)
            delivery = book.deliveries.get((lease.endpoint_id, lease.push_id))
            if delivery is None:
                book.fault("S2", f"entry {lease.entry_id} was leased and never committed")
                continue
            what = f"e{lease.entry_id} ep{lease.endpoint_id} push{lease.push_id} t{lease.token}"
            book.trace.note(f"p{room.number}", "lease", what)
            self._lease_one(process, delivery, lease, until)
        for endpoint_id, count in counts.items():
            if count > wanted.get(endpoint_id, 0):
                asked = wanted.get(endpoint_id, 0)
                book.fault("S9", f"{count} leases of endpoint {endpoint_id}, {asked} were asked for")
            self._judge_breaker(process, endpoint_id, count)

    def _lease_one(self, process: ProcessSeen, delivery: Delivery, lease: Any, until: int) -> None:
        book = self._book
        if not delivery.is_open:
            if not self._is_reopening(delivery.endpoint_id):
                book.fault("S6", f"{delivery} was leased although it is {delivery.state}")
            book.reopen(delivery)
        delivery.entry_id = lease.entry_id
        book.by_entry[lease.entry_id] = delivery
        digest = hashlib.sha256(lease.body).digest()
        if digest != delivery.push.sha256 or lease.event_type != delivery.push.event_type:
            book.fault("S7", f"{delivery}: other bytes, or another type, than were committed")
        if lease.attempt_count != delivery.attempts:
            counted = f"{delivery.attempts} attempts were made, its lease says {lease.attempt_count}"
            book.fault("S5", f"{delivery}: {counted}")
        if lease.token <= delivery.token:
            book.fault("S6", f"{delivery}: token {lease.token} after {delivery.token}")
        if lease.entry_id in book.held and not book.held[lease.entry_id].is_revoked:
            book.fault("S6", f"{delivery}: leased while another lease is in force")
        asked_at, _, known_until = process.asked
        seen = LeaseSeen(lease.token, process, asked_at, until, known_until)
        if delivery.lease is not None and not delivery.lease.is_settled:
            seen.follows_wall = delivery.lease.until_wall
        delivery.token, delivery.lease = lease.token, seen
        delivery.leases[lease.token] = seen
        book.held[lease.entry_id] = seen
        book.awaited[process.number, lease.endpoint_id, lease.event_type, digest].append((delivery, seen))

    def _judge_breaker(self, process: ProcessSeen, endpoint_id: int, count: int) -> None:
        """S9: after five failures in a row one probe at a time, and none right after a probe that failed."""
        book = self._book
        streak, in_flight = process.asked_streaks[endpoint_id]
        if streak < FAILURES_BEFORE_BREAKER:
            return
        book.judged["S9 probe"] += 1
        if count + in_flight > 1:
            book.fault("S9", f"{count + in_flight} probes at a time to endpoint {endpoint_id}, which fails")
        _, asked_wall, _ = process.asked
        open_until, since = process.open_until.get(endpoint_id, (0, 0.0))
        if asked_wall < open_until and book.jumped_at < since:
            book.fault("S9", f"endpoint {endpoint_id} is probed {open_until - asked_wall} ms too early")

    def done_settle(self, _room: Room, arguments: tuple[Any, ...], in_force: Sequence[bool]) -> None:
        """Results were written, or found to be stale."""
        settlements: Sequence[Settlement] = arguments[0]
        healths: Sequence[EndpointHealth] = arguments[1]
        for health in healths:
            self._book.said_to_fail[health.endpoint_id] = health.failures_in_a_row
        # Attempts that a relay cuts short when it stops come in no order.
        for settlement, is_in_force in sorted(zip(settlements, in_force, strict=True), key=lambda pair: pair[0][:2]):
            self._settle_one(settlement, is_in_force, arguments[2])

    def _settle_one(self, settlement: Settlement, is_in_force: bool, now: int) -> None:
        book = self._book
        delivery = book.by_entry.get(settlement.entry_id)
        lease = delivery.leases.get(settlement.token) if delivery is not None else None
        if delivery is None or lease is None:
            book.fault("S6", f"a result for entry {settlement.entry_id} with token {settlement.token}, never leased")
            return
        if settlement.attempt is None and lease.sending is None:
            self._unsent(delivery, lease)
        how = settlement.state.value if is_in_force else "stale"
        what = f"e{settlement.entry_id} ep{delivery.endpoint_id} t{settlement.token}"
        book.trace.note(f"p{lease.process.number}", "settle", what, how)
        if settlement.attempt is not None and not delivery.is_purged:
            delivery.logged += 1
        book.judged["S6"] += 1
        is_valid = delivery.is_open and delivery.lease is lease and not lease.is_settled and not lease.is_ended
        if is_in_force and not is_valid:
            book.fault("S6", f"{delivery}: a stale result (token {lease.token}) was taken")
            return
        if not is_in_force:
            book.trace.counts["stale results"] += 1
            if is_valid and not lease.is_revoked:
                book.fault("S6", f"{delivery}: a result was refused although its lease is in force")
            return
        lease.is_settled = True
        delivery.written_by = lease.process
        book.held.pop(settlement.entry_id, None)
        if settlement.attempt is not None:
            delivery.attempts += 1
            self._judge_result(delivery, settlement, lease.sending)
        elif settlement.state is not EntryState.WAITING:
            book.fault("S3", f"{delivery}: {settlement.state.value} without an attempt")
        if settlement.state is EntryState.WAITING:
            delivery.due_wall = settlement.due_at
            return
        delivery.state = settlement.state.value
        delivery.settled_at, delivery.settled_wall = book.now(), now

    def _unsent(self, delivery: Delivery, lease: LeaseSeen) -> None:
        """A lease was given back without a request; none is to come."""
        push = delivery.push
        key = lease.process.number, delivery.endpoint_id, push.event_type, push.sha256
        if (delivery, lease) in self._book.awaited[key]:
            self._book.awaited[key].remove((delivery, lease))

    def _judge_result(self, delivery: Delivery, settlement: Settlement, sending: Sending | None) -> None:
        """S3, S10, S5: the result follows from what the wire said, and from nothing else."""
        book, attempt = self._book, settlement.attempt
        assert attempt is not None, "the caller looked"
        if sending is None or sending.is_good is None:
            book.fault("S3", f"{delivery}: a result without an answer")
            return
        book.judged["S3"] += 1
        if sending.is_good:
            book.failing[delivery.endpoint_id] = 0
        schedule = book.endpoints[delivery.endpoint_id].endpoint.schedule_seconds
        expected = EntryState.WAITING
        if sending.is_good:
            expected = EntryState.DELIVERED
        elif sending.status == 410 or delivery.attempts > len(schedule):
            expected = EntryState.DEAD
        if settlement.state is not expected:
            promise = "S3" if EntryState.DELIVERED in (settlement.state, expected) else "S10"
            told = f"{delivery.attempts} attempts of {len(schedule) + 1}, the last answered {sending.status}"
            book.fault(promise, f"{delivery}: {settlement.state.value} and not {expected.value}: {told}")
        elif expected is EntryState.WAITING:
            self._judge_wait(delivery, settlement, sending, schedule[delivery.attempts - 1])
        elif expected is EntryState.DEAD:
            book.judged["S10"] += 1
        if attempt.status != sending.status or (not attempt.error) != sending.is_good:
            book.fault("S10", f"{delivery}: the log says {attempt.status} {attempt.error!r}, the wire {sending.status}")

    def _judge_wait(self, delivery: Delivery, settlement: Settlement, sending: Sending, seconds: int) -> None:
        """S5: the schedule's wait with its jitter, or longer if the receiver asked for it."""
        book = self._book
        least, most = (seconds * 1000 * (1 - JITTER), seconds * 1000 * (1 + JITTER))
        if sending.retry_after_ms is not None:
            least, most = max(least, sending.retry_after_ms), max(most, sending.retry_after_ms)
        book.judged["S5 window"] += 1
        wait = settlement.due_at - sending.told_wall
        if not least - 1 <= wait <= most + 1:
            book.fault(
                "S5", f"{delivery}: waits {wait} ms after failure {delivery.attempts}, not {least:.0f} to {most:.0f}"
            )

    def done_commit(self, room: Room, batch: JournalBatch, ids: Sequence[int]) -> None:
        """A step of the tracker is durable."""
        book = self._book
        for mark, events in batch.sessions:
            book.marks[mark.tenant, mark.session] = mark
            book.trace.note(f"p{room.number}", "commit", f"{mark.tenant} s{mark.session} +{len(events)}", mark.ended_at)
        for new, push_id in zip(batch.pushes, ids, strict=True):
            push = PushSeen(push_id, new.tenant, new.session, new.event_type, new.sha256, new.body, book.now())
            if push_id in book.pushes:
                book.fault("S1", f"push id {push_id} was given twice")
            book.pushes[push_id] = push
            book.created_count += len(new.endpoint_ids)
            if new.event_type == RECORDS:
                book.record_pushes[new.tenant, new.session].append(push)
            book.trace.note(
                f"p{room.number}", "push", f"push{push_id} {new.event_type} s{new.session}", *sorted(new.endpoint_ids)
            )
            for endpoint_id in new.endpoint_ids:
                book.add_delivery(push, endpoint_id)
            self._judge_subscribers(book.processes[room.number], new)

    def _judge_subscribers(self, process: ProcessSeen, push: NewPush) -> None:
        """S1: everybody who subscribes gets it, nobody else; what changed a moment ago may go either way."""
        book = self._book
        book.judged["S1"] += 1
        for endpoint_id, known in book.endpoints.items():
            one = known.endpoint
            wants = push.event_type in one.event_types and one.tenant == push.tenant
            is_gone = known.deleted_at is not None and known.deleted_at < process.known_until
            is_there = known.created_at < process.known_until and known.deleted_at is None
            gets = endpoint_id in push.endpoint_ids
            if gets and (is_gone or not wants):
                book.fault("S1", f"{push.event_type} of session {push.session} is to go to endpoint {endpoint_id}")
            if wants and is_there and not gets and not push.event_type.startswith("AFTERCHAT_"):
                book.fault("S1", f"{push.event_type} of session {push.session} is not to go to endpoint {endpoint_id}")

    def asked_redeliver(self, room: Room, redelivery: Redelivery, _now: int) -> None:
        """An order to send again is carried out."""
        self._book.processes[room.number].redelivering.append(redelivery.endpoint_id)

    def done_redeliver(self, room: Room, arguments: tuple[Any, ...], count: int) -> None:
        """It was: what it opened again is read back."""
        book, redelivery = self._book, arguments[0]
        is_open_before = {one for one in book.deliveries.values() if one.is_open or one.is_purged}
        asked = [
            one
            for one in book.deliveries.values()
            if one.endpoint_id == redelivery.endpoint_id
            and one not in is_open_before
            and one.state in {state.value for state in redelivery.states}
            and not redelivery.entry_ids
            and redelivery.created_from == 0
            and redelivery.created_until is None
        ]
        self.read_back(redelivery.endpoint_id, may_reopen=True)
        book.processes[room.number].redelivering.remove(redelivery.endpoint_id)
        for one in asked:
            book.judged["S10 again"] += 1
            if not one.is_open:
                book.fault("S10", f"{one} was {one.state} and is not sent again")
        book.trace.note(f"p{room.number}", "again", f"ep{redelivery.endpoint_id} {count}")

    def done_cancel(self, room: Room, arguments: tuple[Any, ...], count: int) -> None:
        """What was open of a deleted endpoint is cancelled."""
        endpoint_id = arguments[0]
        self._book.trace.note(f"p{room.number}", "cancel", f"ep{endpoint_id} {count}")
        if self._book.endpoints[endpoint_id].deleted_at is None:
            self._book.fault("S2", f"entries of endpoint {endpoint_id} were cancelled, and it is there")
        self.read_back(endpoint_id, may_reopen=False)

    def broken_off(self, process: ProcessSeen) -> None:
        """A process died: what it had done of its orders is read back."""
        for endpoint_id in process.redelivering:
            self.read_back(endpoint_id, may_reopen=True)
        process.redelivering.clear()

    def read_back(self, endpoint_id: int, *, may_reopen: bool) -> None:
        """Take over what orders and cancellations did to the deliveries of an endpoint, within what they may do."""
        book = self._book
        rows: list[Entry] = read_now(self._outbox.entries(EntryQuery(endpoint_id=endpoint_id), ALL_ROWS))
        for row in reversed(rows):
            delivery = book.deliveries.get((endpoint_id, row.push_id))
            if delivery is None:
                if not may_reopen:
                    book.fault("S2", f"entry {row.id} is there and was never committed")
                delivery = book.add_delivery(book.pushes[row.push_id], endpoint_id)
                delivery.entry_id = row.id
                book.created_count += 1
                book.disturb_endpoint(endpoint_id)
                self._revoke_line(delivery)
            is_reopened = row.state in OPEN_STATES or _is_reopened_and_cancelled(delivery, row)
            if not delivery.is_open and is_reopened and may_reopen:
                book.reopen(delivery)
            if delivery.is_open and row.state is EntryState.CANCELLED:
                delivery.state, delivery.settled_at = "cancelled", book.now()
                delivery.settled_wall = row.settled_at or 0
                book.held.pop(row.id, None)

    def _is_reopening(self, endpoint_id: int) -> bool:
        return any(endpoint_id in process.redelivering for process in self._book.processes.values())

    def _revoke_line(self, delivery: Delivery) -> None:
        for other in self._book.line_of(delivery):
            if other.lease is not None and other is not delivery:
                other.lease.is_revoked = True


def _is_reopened_and_cancelled(delivery: Delivery, row: Entry) -> bool:
    """An order opened it again and, before it was told to be done, the removal of the endpoint closed it."""
    return row.state is EntryState.CANCELLED and row.series == delivery.series + 1
