"""Made-up sessions from a seed: endless, plausible, and consistent within each record.

The same arguments give the same sessions on every machine, so that a failure can be told by its seed.

Rules
- One source of chance, `random.Random(seed)`; nothing here reads a clock.
- A record never contradicts itself: who ended it follows from why it closed, the first reply's cost from the two
  moments, whether it counts from the visitor's messages, a rating from its model.
- Durations have heavy tails, as they have in a contact centre.
- A session is drawn as a kind first (KINDS), and each kind fills its own fields over the common ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from afterchat.contract.record import CustomField, SessionRecord, blank_record
from afterchat.contract.vocabulary import ENDER_OF_CLOSE_REASON
from afterchat.simulator import words

__all__ = ["made_up_sessions"]

NOW_MS_DEFAULT = 1_800_000_000_000
"""2027-01-15; for callers to whom the date does not matter."""

END_SPREAD_MS = 600_000
"""Sessions end within ten minutes before now."""

IDS_PER_SEED = 8_000_000
SEEDS_MAX = 1_000_000_000
"""Two seeds share no session id in the first 2.6 million of each; all ids stay below 2**53, exact in browsers."""

RATINGS = {2: (100, 100, 100, 1), 3: (100, 100, 50, 1), 5: (100, 100, 100, 75, 75, 50, 25, 1)}
"""Rating model to its ratings; the frequent ones stand more than once."""

FROM_TYPES = ("web", "web", "wx_ma", "wx_ma", "wx", "android", "ios", "wb", "open")
TRANSFER_TO_PERSON = ("主动转人工", "主动转人工", "关键词转人工", "连续未知转人工", "情绪识别转人工", "差评转人工")

Values = dict[str, Any]


def made_up_sessions(seed: int, now_ms: int = NOW_MS_DEFAULT) -> Iterator[SessionRecord]:
    """Sessions without end, ids ascending, each ended within ten minutes before `now_ms` (epoch ms)."""
    chance = Random(seed)  # noqa: S311  # play, not secrecy: the same seed must give the same sessions
    session_id = IDS_PER_SEED * (seed % SEEDS_MAX + 1)
    kinds = tuple(KINDS)
    weights = tuple(KINDS.values())
    while True:
        session_id += chance.randint(1, 3)
        values = _visitor(chance)
        values["id"] = session_id
        values["end_time"] = now_ms - chance.randrange(END_SPREAD_MS)
        kind = chance.choices(kinds, weights)[0]
        kind(chance, values)
        values["ender"] = ENDER_OF_CLOSE_REASON[values["close_reason"]]
        values["is_valid"] = int(values.get("user_message_count", 0) > 0)
        yield blank_record(**values)


def _visitor(chance: Random) -> Values:
    """Who came, from where, and what for."""
    title, page = chance.choice(words.PAGES)
    user_id = chance.randrange(10_000_000, 999_999_999)
    is_known = chance.random() < 0.6
    return {
        "user_id": user_id,
        "foreign_id": f"member-{user_id % 1_000_003:07d}" if is_known else "",
        "from_ip": f"203.0.113.{chance.randrange(1, 255)}",
        "from_page": page,
        "from_title": title,
        "from_type": chance.choice(FROM_TYPES),
        "land_page": page,
        "origin_platform": chance.choice(words.PLATFORMS),
        "search_key": chance.choice(words.SEARCH_KEYS) if chance.random() < 0.3 else "",
        "vip_level": chance.choice((0, 0, 0, 0, 1, 2, 3, 11)),
        "visit_range": _duration(chance, 86_400_000) if chance.random() < 0.5 else 0,
    }


def _person(chance: Random, values: Values) -> None:
    """A session with staff in which the visitor wrote."""
    _serve(chance, values)
    _talk(chance, values)
    _note(chance, values)
    _rate(chance, values)
    values["close_reason"] = chance.choices((0, 1, 2, 4, 5, 7, 8, 9, 16), (46, 14, 22, 1, 4, 8, 2, 2, 1))[0]


def _person_after_robot(chance: Random, values: Values) -> None:
    _person(chance, values)
    values.update(
        related_id=values["id"] - 1,
        related_type=1,
        transfer_rg_type=chance.choice(TRANSFER_TO_PERSON),
    )


def _person_after_person(chance: Random, values: Values) -> None:
    _person(chance, values)
    values.update(
        related_id=values["id"] - 1,
        related_type=4,
        from_human_transfer=1,
        human_transfer_session_id=values["id"] - 1,
        transfer_from_staff_name=chance.choice(words.STAFF_NAMES),
        transfer_from_group=chance.choice(words.GROUPS),
        transfer_remarks=chance.choice(words.TRANSFER_REMARKS),
        transfer_type=chance.choice(("人工转接", "人工转接", "静默转接")),
    )


def _silent_visitor(chance: Random, values: Values) -> None:
    """Staff greeted, the visitor never wrote."""
    _serve(chance, values)
    values.update(
        start_time=values["end_time"] - _duration(chance, 120_000),
        staff_message_count=1,
        beginer=2,
        close_reason=10,
    )
    values["staff_first_reply_time"] = values["start_time"]


def _robot(chance: Random, values: Values) -> None:
    rounds = 1 + _count(chance, 2.0)
    start = values["end_time"] - rounds * 2_000 - _duration(chance, 90_000)
    is_handed_over = chance.random() < 0.4
    values.update(
        interaction=1,
        s_type="0",
        staff_name=words.ROBOT_NAME,
        start_time=start,
        client_first_message_time=start,
        staff_first_reply_time=start + chance.randint(80, 900),
        avg_resp_duration=chance.randint(80, 900),
        round_number=rounds,
        staff_message_count=rounds,
        user_message_count=rounds + _count(chance, 0.3),
        beginer=1,
        status=0,
        close_reason=3 if is_handed_over else chance.choice((1, 7, 8)),
        related_id=values["id"] + 1 if is_handed_over else 0,
        related_type=2 if is_handed_over else 0,
        transfer_rg_type=chance.choice(TRANSFER_TO_PERSON) if is_handed_over else "",
        **_category(chance),
    )
    values["first_reply_cost"] = values["staff_first_reply_time"] - start


def _left_message(chance: Random, values: Values) -> None:
    _serve(chance, values)
    count = 1 + _count(chance, 1.0)
    start = values["end_time"] - 300_000 - count * 5_000
    values.update(
        s_type=chance.choice(("1", "2")),
        in_queue_time=0,
        start_time=start,
        client_first_message_time=start,
        user_message_count=count,
        treated_time=values["end_time"] + _duration(chance, 3_600_000) if chance.random() < 0.5 else 0,
        beginer=1,
        close_reason=2,
        status=chance.choice((0, 1, 2)),
        **_category(chance),
    )


def _lost_in_queue(chance: Random, values: Values) -> None:
    """Nobody answered before the queue let go of the visitor, or the visitor of the queue."""
    queued = 5_000 + _duration(chance, 120_000)
    start = values["end_time"] - queued
    is_writing = chance.random() < 0.7
    values.update(
        interaction=0,
        s_type="3",
        in_queue_time=queued,
        start_time=start,
        from_group_id=1,
        from_group=words.GROUPS[0],
        client_first_message_time=start if is_writing else 0,
        user_message_count=1 if is_writing else 0,
        beginer=1,
        close_reason=chance.choice((11, 12, 12, 13)),
        status=0,
    )


KINDS: dict[Callable[[Random, Values], None], int] = {
    _person: 54,
    _person_after_robot: 14,
    _person_after_person: 5,
    _silent_visitor: 5,
    _robot: 14,
    _left_message: 4,
    _lost_in_queue: 4,
}
"""Kinds of session and how many in a hundred they are."""


def _serve(chance: Random, values: Values) -> None:
    """Which staff of which group, after how long a queue."""
    staff = chance.randrange(len(words.STAFF_NAMES))
    group = staff % len(words.GROUPS)
    is_overflow = chance.random() < 0.03
    values.update(
        interaction=0,
        s_type="0",
        staff_id=17_885 + staff,
        staff_name=words.STAFF_NAMES[staff],
        from_staff=words.STAFF_NAMES[staff] if chance.random() < 0.2 else "",
        from_group_id=group + 1,
        from_group=words.GROUPS[group],
        overflow_from=words.GROUPS[group - 1] if is_overflow else "",
        in_queue_time=_duration(chance, 20_000) if chance.random() < 0.3 else 0,
        evaluation_type=(2, 3, 5)[group % 3],
        is_staff_invited="2",
        is_evaluation_invited=0,
        status=chance.choice((0, 1, 1, 1, 2)),
    )


def _talk(chance: Random, values: Values) -> None:
    """Who wrote when: the moments and counts of a session in which both wrote, or only the visitor did."""
    rounds = _count(chance, 5.0)
    mean_response = 1_500 + _duration(chance, 18_000)
    first_reply = 1_000 + _duration(chance, 12_000)
    talk = first_reply + rounds * (mean_response + 15_000) + _duration(chance, 60_000)
    start = values["end_time"] - talk
    wrote_while_queuing = min(values["in_queue_time"], chance.randint(0, 20_000))
    first_message = start - wrote_while_queuing
    values.update(
        start_time=start,
        client_first_message_time=first_message,
        user_message_count=max(1, rounds) + _count(chance, 2.0),
        round_number=rounds,
        beginer=1,
        alarm_times=_count(chance, 0.1),
        stick_duration=_duration(chance, 60_000) if chance.random() < 0.05 else 0,
    )
    if rounds:
        values.update(
            staff_first_reply_time=start + first_reply,
            first_reply_cost=start + first_reply - first_message,
            avg_resp_duration=mean_response,
            staff_message_count=rounds + _count(chance, 1.5),
        )


def _note(chance: Random, values: Values) -> None:
    """What staff wrote down about it."""
    values.update(_category(chance), remarks=chance.choice(words.REMARKS))
    if chance.random() < 0.5:
        values["custom_field"] = tuple(
            CustomField(field_id, name, chance.choice(choices)) for field_id, name, choices in words.CUSTOM_FIELDS
        )


def _rate(chance: Random, values: Values) -> None:
    """Whether staff asked for a rating, and whether the visitor gave one."""
    end = values["end_time"]
    is_invited = chance.random() < 0.5
    if is_invited:
        values.update(is_staff_invited="1", staff_invited_evaluate_time=str(end - 4_000))
    if chance.random() < (0.5 if is_invited else 0.1):
        values.update(
            evaluation=chance.choice(RATINGS[values["evaluation_type"]]),
            evaluation_remark=chance.choice(words.EVALUATION_REMARKS),
            user_join_evaluate_time=str(end - chance.randint(0, 3_000)),
            user_resolved_status=chance.choice((0, 1, 1, 2)),
            is_evaluation_invited=0 if is_invited else 1,
        )


def _category(chance: Random) -> Values:
    path = chance.choice(words.CATEGORIES)
    return {"category": "/".join(path[:2]), "category_detail": " / ".join(path)}


def _duration(chance: Random, typical_ms: int) -> int:
    """A duration with a heavy tail: half are below `typical_ms`, one in a hundred above six times that."""
    return int(typical_ms * math.exp(0.8 * chance.gauss(0.0, 1.0)))


def _count(chance: Random, mean: float) -> int:
    """A count that is mostly small."""
    return int(chance.expovariate(1.0 / (mean + 0.5)))
