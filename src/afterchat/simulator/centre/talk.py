"""What is said between a visitor and staff: greeting, question and answer round by round, and what happens between.

Replies have heavy tails and take longer the more sessions the staff have open.
Nobody is silent for as long as an engine's timer waits, unless the end is left to the engine.
"""

from __future__ import annotations

from afterchat.engine import AlarmRaised, Pinned, StaffWrote, Unpinned, VisitorIdentified
from afterchat.simulator.centre.agenda import Steps
from afterchat.simulator.centre.draws import STEADY, WIDE, Weighted
from afterchat.simulator.centre.service import Ended, Onward, Service
from afterchat.simulator.centre.visitor import identity_of, member_name
from afterchat.simulator.centre.world import ENGINE

__all__ = ["Talk"]

_GREETING_SHARE = 0.85
_GREETING_MS = (300, 900)
_GREETED_BY_HAND_SHARE = 0.15
_BY_HAND_MS = (2_000, 9_000)

_NEVER_WRITES_SHARE = 0.045
_NEVER_WRITES_AFTER_CALL_SHARE = 0.3
"""When staff called the visitor back."""
_FIRST_MESSAGE_MS = 7_000
_FIRST_MESSAGE_MS_MAX = 240_000
_PROMPT_SHARE = 0.6
_PROMPT_MS = (25_000, 90_000)
_NEVER_WROTE_ENDS = Weighted({"engine": 45, "10": 35, "1": 14, "0": 6})
_NEVER_WROTE_MS = (110_000, 285_000)
"""Since the assignment; less than the engine's five minutes."""

_FIRST_REPLY_MS = 13_000
_REPLY_MS = 19_000
_THINKING_MS = 23_000
_THINKING_MS_MAX = 480_000
_REPLY_MS_MAX = 1_200_000
_MORE_ROUNDS = 0.77
_ROUNDS_MAX = 40
_MORE_WORDS_OF_VISITOR = 0.3
_MORE_WORDS_OF_STAFF = 0.25
_MORE_WORDS_MS = (1_500, 12_000)

_SLOW_MS = 120_000
_SLOW_ALARM_SHARE = 0.6
_NUDGE_SHARE = 0.5
_NUDGE_MS = (50_000, 115_000)
_SILENT_TRANSFER_MS = 150_000
_SILENT_TRANSFER_SHARE = 0.65
_TAKE_OVER_MS = 140_000
_TAKE_OVER_SHARE = 0.12
_PATIENCE_MS = 300_000
_LEAVES_BY = Weighted({1: 60, 7: 40})

_HOPS_MAX = 3
_TRANSFER_SHARE = 0.014
_TAKEN_OVER_SHARE = 0.002
_PIN_SHARE = 0.012
_UNPIN_SHARE = 0.35
_ALARM_SHARE = 0.008
_IDENTIFIED_SHARE = 0.05
"""Of each of these, in one round."""
_TRANSFER_MS = (3_000, 25_000)


class Talk:
    """The talk of one session, until nobody has anything more to say."""

    __slots__ = ("_is_called", "_is_pinned", "_service")

    def __init__(self, service: Service, *, is_called: bool) -> None:
        self._service = service
        self._is_called = is_called
        """Whether staff opened the session."""
        self._is_pinned = False

    def steps(self) -> Steps:
        """All rounds; staff have the last word."""
        service, chance = self._service, self._service.chance
        yield from self._greet()
        if not service.has_written:
            yield from self._first_message()
        for number in range(1 + min(chance.count(_MORE_ROUNDS), _ROUNDS_MAX)):
            if number:
                yield from self._visitor_turn()
            yield from self._staff_turn(_REPLY_MS if number else _FIRST_REPLY_MS)
            yield from self._between_rounds()

    def _greet(self) -> Steps:
        service, chance = self._service, self._service.chance
        if chance.happens(_GREETING_SHARE):
            yield from service.pause(*_GREETING_MS)
            service.log.tell(StaffWrote, is_automatic=True)
        if self._is_called or (not service.has_written and chance.happens(_GREETED_BY_HAND_SHARE)):
            yield from service.pause(*_BY_HAND_MS)
            service.answer()

    def _first_message(self) -> Steps:
        service, chance = self._service, self._service.chance
        share = _NEVER_WRITES_AFTER_CALL_SHARE if self._is_called else _NEVER_WRITES_SHARE
        if not chance.happens(share):
            after_ms = 1_000 + min(chance.heavy(_FIRST_MESSAGE_MS, WIDE), _FIRST_MESSAGE_MS_MAX)
            yield from service.until(max(service.assigned_at + after_ms, service.agenda.now))
            service.write()
            return
        if chance.happens(_PROMPT_SHARE):
            yield from service.pause(*_PROMPT_MS)
            service.answer()
        end = _NEVER_WROTE_ENDS.draw(chance)
        if end == "engine":
            yield service.assigned_at + ENGINE.visitor_never_wrote_seconds * 1000
        else:
            yield service.assigned_at + chance.between(*_NEVER_WROTE_MS)
            service.log.close(int(end))
        raise Ended

    def _visitor_turn(self) -> Steps:
        service, chance = self._service, self._service.chance
        yield from service.until(service.agenda.now + 800 + min(chance.heavy(_THINKING_MS, WIDE), _THINKING_MS_MAX))
        service.write()
        for _ in range(min(chance.count(_MORE_WORDS_OF_VISITOR), 4)):
            yield from service.pause(*_MORE_WORDS_MS)
            service.write()

    def _staff_turn(self, median_ms: int) -> Steps:
        service, chance = self._service, self._service.chance
        staff = service.staff
        busy = staff.slowness * (3 + staff.open_count) / 4
        delay_ms = 1_500 + min(int(chance.heavy(median_ms, STEADY) * busy), _REPLY_MS_MAX)
        service.longest_wait_ms = max(service.longest_wait_ms, delay_ms)
        reply_at = service.agenda.now + delay_ms
        if delay_ms > _SLOW_MS:
            yield from self._wait_for(reply_at)
        yield from service.until(reply_at)
        service.answer()
        for _ in range(min(chance.count(_MORE_WORDS_OF_STAFF), 4)):
            yield from service.pause(*_MORE_WORDS_MS)
            service.answer()

    def _wait_for(self, reply_at: int) -> Steps:
        """A slow reply: the monitor notices, the visitor asks again, somebody else may have to take over."""
        service, chance = self._service, self._service.chance
        now = service.agenda.now
        plan = [(now + chance.heavy(_PATIENCE_MS, STEADY), "leave")]
        if chance.happens(_NUDGE_SHARE):
            plan.append((now + chance.between(*_NUDGE_MS), "write"))
        if chance.happens(_SLOW_ALARM_SHARE):
            plan.append((now + _SLOW_MS, "alarm"))
        if service.hops < _HOPS_MAX and chance.happens(_TAKE_OVER_SHARE):
            plan.append((now + _TAKE_OVER_MS, "take over"))
        if service.hops < _HOPS_MAX and chance.happens(_SILENT_TRANSFER_SHARE):
            plan.append((now + _SILENT_TRANSFER_MS, "move"))
        for at, happening in sorted(plan):
            if at >= reply_at:
                return
            yield from service.until(at)
            if happening == "leave":
                service.log.close(_LEAVES_BY.draw(chance))
                raise Ended
            if happening == "write":
                service.write()
            elif happening == "alarm":
                service.log.tell(AlarmRaised)
            else:
                raise Ended(Onward.TAKE_OVER if happening == "take over" else Onward.SILENT_TRANSFER)

    def _between_rounds(self) -> Steps:
        """What may happen beside the talk, and what may cut it short."""
        service, chance = self._service, self._service.chance
        log, visitor = service.log, service.visit.visitor
        if chance.happens(_UNPIN_SHARE if self._is_pinned else _PIN_SHARE):
            yield from service.pause(500, 4_000)
            log.tell(Unpinned if self._is_pinned else Pinned)
            self._is_pinned = not self._is_pinned
        if chance.happens(_ALARM_SHARE):
            yield from service.pause(100, 2_000)
            log.tell(AlarmRaised)
        if not visitor.foreign_id and chance.happens(_IDENTIFIED_SHARE):
            yield from service.pause(500, 9_000)
            visitor.foreign_id = member_name(visitor.user_id)
            log.tell(VisitorIdentified, **identity_of(visitor))
        if service.hops >= _HOPS_MAX:
            return
        if chance.happens(_TRANSFER_SHARE):
            yield from service.pause(*_TRANSFER_MS)
            raise Ended(Onward.TRANSFER)
        if chance.happens(_TAKEN_OVER_SHARE):
            yield from service.pause(*_TRANSFER_MS)
            raise Ended(Onward.TAKE_OVER)
