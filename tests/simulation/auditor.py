"""The judge: hears what the world does, what crosses the ports and the wire, and now and then reads the store itself.

    S1 atomic birth    S2 conservation    S4 at least once    S6 extra deliveries    S10 logs    order at the receiver

Rules
- It shares with the system the record's type and the ports' data, and nothing that decides anything.
- What was answered is remembered as a promise; what was not is unknown, and either outcome is right.
- It reads between two turns of the loop, through the ports, from the store in memory, which never waits.

What does not belong here: judging single requests (`judge_wire`) and single calls (`judge_outbox`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from afterchat.contract.codec import Decoded, decode
from afterchat.store.sending import Endpoint, EntryQuery, StoredSession
from simulation.book import Book, Delivery, KnownEndpoint, ProcessSeen, read_now
from simulation.expected import ending_of, endings
from simulation.judge_outbox import ALL_ROWS, OPEN_STATES, OutboxJudge
from simulation.judge_wire import WireJudge
from simulation.plan import RECORDS
from simulation.process_loop import Room
from simulation.workload import Script

__all__ = ["Auditor", "Told"]


class Told:
    """What the platform knows of one session's items."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.pending = len(script.requests)
        """Requests whose outcome is still open."""
        self.tried: Counter[str] = Counter()
        """How often each event left the platform."""
        self.answered: dict[str, str] = {}
        """The first verdict on each event that left the sender."""
        self.unknown: set[str] = set()
        """Events that the platform gave up on without an answer."""
        self.versions: set[str] = set()
        """Finished records that were answered, by what tells them apart."""


class Auditor:
    """Judges one life; `store` is read, never written."""

    def __init__(self, book: Book, store: Any, scripts: Sequence[Script]) -> None:
        self.book = book
        self.wire = WireJudge(book)
        self.outbox = OutboxJudge(book, store.outbox)
        self.told = {(script.tenant, script.session): Told(script) for script in scripts}
        self._store = store
        self._forgotten: set[tuple[str, int]] = set()
        self._purged_count = 0

    # What the world does

    def started(self, room: Room) -> None:
        now = self.book.now()
        process = self.book.processes[room.number] = ProcessSeen(room.number, now, now)
        for failing in (self.book.failing, self.book.said_to_fail):
            for endpoint_id, count in failing.items():
                process.failing[endpoint_id] = max(process.failing[endpoint_id], count)
        self.book.disturb(until=now + 1)

    def died(self, room: Room) -> None:
        """Killed, or ended by itself."""
        process = self.book.processes[room.number]
        process.died_at = self.book.now()
        self.book.unsettle()
        self.outbox.broken_off(process)

    def frozen(self, room: Room, *, is_frozen: bool) -> None:
        self.book.processes[room.number].is_frozen = is_frozen
        self.book.unsettle()

    def jumped(self, *, is_back: bool) -> None:
        self.book.unsettle()
        self.book.jumped_at = self.book.now()
        if is_back:
            self.book.jumped_back_at = self.book.now()

    def endpoint_put(self, endpoint: Endpoint) -> None:
        """An operator made or changed an endpoint."""
        now, known = self.book.now(), self.book.endpoints.get(endpoint.id)
        if known is None:
            known = self.book.endpoints[endpoint.id] = KnownEndpoint(endpoint, now, now)
        if endpoint.is_paused != (known.paused_at is not None):
            known.paused_at = now if endpoint.is_paused else None
        known.endpoint, known.changed_at = endpoint, now
        # Whoever sends looks at the endpoints now and then.
        self.book.disturb_endpoint(endpoint.id, until=now + 2 * self.book.plan.scale.look + 1)

    def endpoint_deleted(self, endpoint_id: int) -> None:
        self.book.endpoints[endpoint_id].deleted_at = self.book.now()

    # What is handed in

    def answered(self, tenant: str, items: Sequence[Any], verdicts: Sequence[str]) -> None:
        """An answer left the sender: a promise from now on, for each item that has a verdict and was not put off."""
        for item, verdict in zip(items, verdicts, strict=False):
            if verdict == "future":
                continue
            session = getattr(item, "session", None)
            if session is None:
                self.told[tenant, item.id].versions.add(item.remarks)
                continue
            told = self.told[tenant, session]
            if verdict == "duplicate" and told.tried[item.id] < 2:
                self.book.fault("S1", f"event {item.id} of session {session} was handed in once, and is a duplicate")
            told.answered.setdefault(item.id, verdict)

    # What crosses the ports

    def observe(self, room: Room, stage: str, port: str, name: str, arguments: tuple[Any, ...], result: Any) -> None:
        """A call was asked, done or failed."""
        if stage == "failed":
            self._failed(room, port)
        elif stage == "asked" and name == "lease":
            self.outbox.asked_lease(room, *arguments)
        elif stage == "asked" and name == "redeliver":
            self.outbox.asked_redeliver(room, *arguments)
        elif stage == "asked" and name == "purge":
            self._asked_purge(arguments[0])
        elif stage == "done" and name == "commit":
            self.outbox.done_commit(room, arguments[0], result)
        elif stage == "done" and name in ("lease", "settle", "redeliver", "cancel"):
            getattr(self.outbox, f"done_{name}")(room, arguments, result)
        elif stage == "done" and name == "version":
            self._looked(self.book.processes[room.number])
        elif stage == "done" and name == "purge":
            self._purged(arguments[0])

    def _failed(self, room: Room, port: str) -> None:
        process = self.book.processes[room.number]
        self.book.trace.counts["faults"] += 1
        if port == "outbox":
            self.book.unsettle()
            self.outbox.broken_off(process)
        elif port in ("registry", "endpoints"):
            process.has_missed_a_look = True

    def _looked(self, process: ProcessSeen) -> None:
        """It knows what there was at the look before, if that one was not cut short."""
        if process.looked_at is not None and not process.has_missed_a_look:
            process.known_until = process.looked_at
        process.looked_at, process.has_missed_a_look = self.book.now(), False

    def _purged(self, before: int) -> None:
        self.book.purged_before = max(self.book.purged_before, before)

    def _asked_purge(self, before: int) -> None:
        """Judged when it is asked: the clock may be set back before a frozen process goes on."""
        if before > self.book.wall() - self.book.plan.retention_seconds * 1000:
            self.book.fault("S2", "something was to be forgotten before its retention is over")

    # What the store shows

    def check(self) -> None:
        """Compare the whole store with what it must hold now."""
        self._check_entries()
        self._check_sessions()
        self.book.trace.note("au", "checked", f"{len(self.book.deliveries)} deliveries")

    def _check_entries(self) -> None:
        """S2: every delivery is in exactly one state, the one that follows from the results; all attempts are kept."""
        book, outbox = self.book, self._store.outbox
        rows = read_now(outbox.entries(EntryQuery(), ALL_ROWS))
        shown: Counter[tuple[int, str]] = Counter()
        seen = set()
        for row in reversed(rows):
            shown[row.endpoint_id, row.state.value] += 1
            delivery = book.deliveries.get((row.endpoint_id, row.push_id))
            if delivery is None:
                book.fault("S2", f"entry {row.id} is there and was never committed")
                continue
            seen.add((row.endpoint_id, row.push_id))
            state = "open" if row.state in OPEN_STATES else row.state.value
            book.judged["S2"] += 1
            if (state, row.attempt_count, row.series) != (delivery.state, delivery.attempts, delivery.series):
                is_shown = f"{row.state.value}, attempt {row.attempt_count} of series {row.series}"
                book.fault(
                    "S2",
                    f"{delivery} is {is_shown}; its results say {delivery.state}, attempt {delivery.attempts} of "
                    f"series {delivery.series}",
                )
            was_tried = delivery.is_open and delivery.due_wall is not None and row.state.value == "waiting"
            if was_tried and row.due_at not in self._dues(delivery):
                book.fault("S5", f"{delivery} is due at {row.due_at}, and not at one of {self._dues(delivery)}")
            if len(read_now(outbox.attempts(row.id))) != delivery.logged:
                book.fault("S10", f"{delivery}: {delivery.logged} attempts were made, others are in its log")
        for key, delivery in book.deliveries.items():
            if key not in seen and not delivery.is_purged:
                self._gone(delivery)
        _, counts, totals = read_now(outbox.health())
        if counts != dict(shown):
            book.fault("S2", f"counted {counts}, there are {dict(shown)}")
        expected = {"created": book.created_count, "purged": self._purged_count}
        if {name: totals[name] for name in expected} != expected or totals["created"] != len(rows) + totals["purged"]:
            book.fault("S2", f"the totals are {totals}, and must be {expected} with {len(rows)} entries there")

    def _dues(self, delivery: Delivery) -> set[int]:
        """When it may be due: after its own last failure, or in the second after another of its line was settled."""
        line = self.book.line_of(delivery)
        own = delivery.due_wall or 0
        follows = {(one.settled_wall // 1000 + 1) * 1000 for one in line if one.settled_wall}
        return {own, *(moment for moment in follows if moment >= own)}

    def _gone(self, delivery: Delivery) -> None:
        self._purged_count += 1
        delivery.is_purged = True
        if delivery.is_open or delivery.settled_wall >= self.book.purged_before:
            self.book.fault("S2", f"{delivery} is gone, and was {delivery.state}")

    def _check_sessions(self) -> None:
        """S1: what was answered is there, and a session has ended exactly if its record is on its way."""
        book = self.book
        for key, told in self.told.items():
            stored: StoredSession | None = read_now(self._store.journal.load(*key))
            mark = book.marks.get(key)
            if stored is None:
                is_over = mark is not None and mark.due_at is None
                if is_over and mark.touched_at < book.purged_before:
                    self._forgotten.add(key)
                elif mark is not None or told.answered:
                    book.fault("S1", f"session {key} was answered and is not there")
                continue
            if key in self._forgotten:
                continue
            if stored.mark != mark:
                book.fault("S1", f"session {key} is not as it was committed: {stored.mark} {mark}")
            lost = sorted(set(told.answered) - {event.event_id for event in stored.events})
            if lost:
                book.fault("S1", f"events {lost} of session {key} were answered and are not there")
            self._check_record(key, told, stored)

    def _check_record(self, key: tuple[str, int], told: Told, stored: StoredSession) -> None:
        """The last record that was pushed is what follows from the session; its entries exist."""
        book, mark = self.book, stored.mark
        pushes = book.record_pushes[key]
        rows = read_now(self._store.outbox.entries(EntryQuery(tenant=key[0], session=key[1]), ALL_ROWS))
        push_ids = {row.push_id for row in rows if row.event_type == RECORDS}
        missing = [one.id for one in pushes if one.id not in push_ids and not self._is_forgotten(one.id)]
        if missing:
            book.fault("S1", f"session {key} has no entries for its pushes {missing}")
        if len(pushes) != mark.push_count or (pushes and pushes[-1].sha256 != mark.record_sha256):
            book.fault("S1", f"session {key} counts {mark.push_count} pushes; {len(pushes)} were committed")
        if mark.ended_at is not None and not pushes:
            book.fault("S1", f"session {key} has ended, and no record is on its way")
        if told.pending or self._is_early(told, mark.ended_at):
            return
        book.judged["records"] += 1
        if mark.ended_at is None or not pushes:
            book.fault("S1", f"session {key} is over, and no record is on its way")
            return
        self._judge_record(key, told, pushes[-1].id)

    def _judge_record(self, key: tuple[str, int], told: Told, push_id: int) -> None:
        book = self.book
        push = read_now(self._store.outbox.push(push_id))
        if push is None:
            return
        read = decode(push.body)
        assert isinstance(read, Decoded), "a record of our own can be read"
        if not told.script.events:
            # Each version is handed in after the answer to the one before.
            if read.record != [one for one in told.script.records if one.remarks in told.versions][-1]:
                book.fault("S1", f"session {key}: the last record pushed is not the last one handed in")
            return
        right = endings(told.script, set(told.answered), told.unknown - set(told.answered), book.plan.policy)
        if ending_of(read.record) not in right:
            book.fault("S1", f"session {key} was pushed as {ending_of(read.record)}, right is {right[0]}")

    def _is_early(self, told: Told, ended_at: int | None) -> bool:
        """Whether the session ends by a timer that may not have run yet."""
        return told.script.kind in ("silent", "unrouted") and ended_at is None

    def _is_forgotten(self, push_id: int) -> bool:
        deliveries = [one for one in self.book.deliveries.values() if one.push.id == push_id]
        return all(one.is_purged for one in deliveries)

    # At the end

    def final(self) -> None:
        """What must hold when a life is over."""
        self.check()
        self._judge_receivers()
        self._judge_extra()
        if self.book.plan.mode == "liveness":
            self._judge_liveness()

    def _judge_liveness(self) -> None:
        """S4: everything that was not given up has been delivered, and every session has ended."""
        book = self.book
        for delivery in book.deliveries.values():
            book.judged["S4"] += 1
            if delivery.is_open:
                book.fault("S4", f"{delivery} is still open, attempt {delivery.attempts}")
        for key, told in self.told.items():
            if told.pending:
                book.fault("S4", f"{told.pending} requests about session {key} were never answered")
            mark = book.marks.get(key)
            if key not in self._forgotten and (mark is None or mark.ended_at is None):
                book.fault("S4", f"session {key} never ended")

    def _judge_receivers(self) -> None:
        """Of the versions of a record, receivers go by the latest signature: it must be the latest delivered."""
        book = self.book
        for (_, _, is_record), line in book.lines.items():
            versions = [one for one in line if is_record and not one.is_purged]
            if len(versions) < 2 or any(one.is_open for one in versions) or book.jumped_back_at >= 0:
                continue
            signed: dict[Delivery, int] = {
                one: max(sending.signed for sending in one.sendings if sending.taken)
                for one in versions
                if any(sending.taken for sending in one.sendings)
            }
            delivered = [one for one in versions if one.state == "delivered"]
            if not delivered:
                continue
            book.judged["order at receivers"] += 1
            last = delivered[-1]
            for one in versions:
                if one.push.id < last.push.id and signed.get(one, 0) >= signed[last]:
                    book.fault("order", f"the receiver of {last} ends up with the older push {one.push.id}")

    def _judge_extra(self) -> None:
        """S6: receivers get a push again only for a known reason."""
        book = self.book
        extra = reasons = 0
        by_series: defaultdict[Delivery, int] = defaultdict(int)
        for delivery in book.deliveries.values():
            taken = sum(sending.taken for sending in delivery.sendings)
            by_series[delivery] = taken
            extra += max(0, taken - delivery.series)
            for sending in delivery.sendings:
                is_unknown = not sending.is_good
                is_lost = sending.is_good and not sending.lease.is_settled
                reasons += max(0, sending.taken - 1) + (1 if sending.taken and (is_unknown or is_lost) else 0)
        book.trace.counts["extra deliveries"] += extra
        if extra > reasons:
            book.fault("S6", f"{extra} extra deliveries, {reasons} reasons for one")
