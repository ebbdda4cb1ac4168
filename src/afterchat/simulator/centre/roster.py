"""Who works when: shifts, days off, breaks, and connections that fail.

    early 08:30-17:30, late 13:00-22:00, night 22:00-08:30; everybody has two days off a week
    an hour of lunch or dinner, in two turns
    one shift in four has a failure of the connection, most of them over within a minute

Staff who go off duty finish what they have open; staff whose connection fails leave it lying.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from afterchat.simulator import words
from afterchat.simulator.centre.agenda import Agenda, Steps
from afterchat.simulator.centre.arrivals import DAY_MS, HOUR_MS, MINUTE_MS, day_of, moment_of, weekday_of
from afterchat.simulator.centre.draws import NARROW, Chance
from afterchat.simulator.centre.floor import DESKS, NIGHT, Floor, Staff

__all__ = ["SHORT_LOSS_MS", "admin", "hired", "working_life"]


class _Shift(NamedTuple):
    begin: int
    end: int
    """Since midnight; beyond a day when it ends on the next one."""
    meal: int
    """When the first of two turns has its break."""


_EARLY = _Shift(8 * HOUR_MS + 30 * MINUTE_MS, 17 * HOUR_MS + 30 * MINUTE_MS, 11 * HOUR_MS + 30 * MINUTE_MS)
_LATE = _Shift(13 * HOUR_MS, 22 * HOUR_MS, 17 * HOUR_MS)
_NIGHT = _Shift(22 * HOUR_MS, 32 * HOUR_MS + 30 * MINUTE_MS, 26 * HOUR_MS)

_MEAL_MS = HOUR_MS
_MEAL_TURNS = 2
_LATE_BY_MS = 6 * MINUTE_MS
"""People come and go up to so much after the full hour."""

_ADMIN_INDEX = -84
_ADMIN_LIMIT = 1000
_NIGHT_PER_HUNDRED = 10
_STAFF_WITH_NIGHT_MIN = 4
_LIMITS = (3, 3, 4, 5)
"""Sessions at one time."""
_SLOWNESS_PER_CENT = (75, 135)

_LOSS_SHARE = 0.6
"""Of the shifts."""
_SHORT_LOSS_SHARE = 0.5
SHORT_LOSS_MS = 45_000
"""Staff who are back by then go on as if nothing had happened."""
_LONG_LOSS_MS = 5 * MINUTE_MS


class _Absence(NamedTuple):
    begin_at: int
    end_at: int


def hired(chance: Chance, count: int) -> tuple[Staff, ...]:
    """So many staff, each with groups, a limit and a pace of their own."""
    night_count = max(1, count * _NIGHT_PER_HUNDRED // 100) if count >= _STAFF_WITH_NIGHT_MIN else 0
    own = _own_groups(count - night_count) + [NIGHT] * night_count
    least, most = _SLOWNESS_PER_CENT
    return tuple(
        Staff(
            index,
            _name(index),
            (group,) if group == NIGHT else (group, DESKS[group].helps),
            chance.pick(_LIMITS),
            chance.between(least, most) / 100,
        )
        for index, group in enumerate(own)
    )


def working_life(agenda: Agenda, chance: Chance, floor: Floor, staff: Staff) -> Steps:
    """Shift after shift of one person, without end."""
    while True:
        begin_at, end_at, meal_at = _next_shift(staff, agenda.now)
        yield begin_at + chance.between(0, _LATE_BY_MS)
        loss = _loss(chance, agenda.now, end_at)
        staff.lost_at, staff.lost_until = loss or (0, 0)
        floor.come(staff)
        for absence in _absences(_Absence(meal_at, meal_at + _MEAL_MS), loss, agenda.now):
            yield absence.begin_at
            floor.leave(staff)
            yield absence.end_at
            floor.come(staff)
        yield end_at + chance.between(0, _LATE_BY_MS)
        floor.leave(staff)


def admin() -> Staff:
    """Whoever watches the others and takes sessions over; is of no group and always there."""
    return Staff(_ADMIN_INDEX, words.ADMIN_NAME, (), _ADMIN_LIMIT, 1.0)


def _name(index: int) -> str:
    """The first ones are the people of `words`; the others are called by a surname and a given name."""
    if index < len(words.STAFF_NAMES):
        return words.STAFF_NAMES[index]
    given, surname = divmod(index - len(words.STAFF_NAMES), len(words.SURNAMES))
    return words.SURNAMES[surname] + words.GIVEN_NAMES[(surname + given) % len(words.GIVEN_NAMES)]


def _own_groups(count: int) -> list[int]:
    """The groups of the staff of the day: each time the group that is furthest behind its part."""
    hired_of = [0 for _ in DESKS]
    own = []
    for _ in range(count):
        group = max(range(NIGHT), key=lambda number: DESKS[number].staff_weight / (hired_of[number] + 1))
        hired_of[group] += 1
        own.append(group)
    return own


def _next_shift(staff: Staff, now: int) -> tuple[int, int, int]:
    """(begin, end, meal) of the shift of theirs that ends next, epoch ms."""
    shift = _NIGHT if staff.groups[0] == NIGHT else (_EARLY, _LATE)[staff.index // 5 % 2]
    day = day_of(now) - 1
    while moment_of(day, shift.end) <= now or _is_off(staff, day):
        day += 1
    meal = shift.meal + staff.index % _MEAL_TURNS * _MEAL_MS
    return moment_of(day, shift.begin), moment_of(day, shift.end), moment_of(day, meal)


def _is_off(staff: Staff, day: int) -> bool:
    first = staff.index * 2 % 7
    return weekday_of(day) in (first, (first + 1) % 7)


def _loss(chance: Chance, now: int, end_at: int) -> _Absence | None:
    """When the connection fails during the shift, if it does."""
    if not chance.happens(_LOSS_SHARE):
        return None
    begin_at = now + int(chance.random() * max(0, end_at - now))
    if chance.happens(_SHORT_LOSS_SHARE):
        return _Absence(begin_at, begin_at + chance.between(4_000, SHORT_LOSS_MS))
    return _Absence(begin_at, begin_at + min(DAY_MS // 12, 2 * MINUTE_MS + chance.heavy(_LONG_LOSS_MS, NARROW)))


def _absences(meal: _Absence, loss: _Absence | None, now: int) -> Iterator[_Absence]:
    """The meal and the failure in their order; of two that overlap the later one is lengthened."""
    absences: Sequence[_Absence] = sorted((meal, loss) if loss is not None else (meal,))
    gone_until = now
    for absence in absences:
        begin_at = max(absence.begin_at, gone_until + 1)
        if absence.end_at > begin_at:
            yield _Absence(begin_at, absence.end_at)
            gone_until = absence.end_at
