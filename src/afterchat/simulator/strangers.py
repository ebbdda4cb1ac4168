"""Sessions as an enterprise nobody knows would send them: made-up ones, with every word replaced by chance.

Where a program must not profit from knowing the simulator's own words (compression, benchmarks), these are to be used.
Names, notes, categories and pages are characters drawn by chance from common ones; numbers are of realistic length.
One source of chance, `random.Random(seed)`; nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import msgspec

from afterchat.contract.record import CustomField, SessionRecord
from afterchat.simulator.sessions import NOW_MS_DEFAULT, made_up_sessions

__all__ = ["strangers_sessions"]

_FIRST_COMMON, _LAST_COMMON = 0x4E00, 0x9FA5
"""The block of unified ideographs; which of them are frequent plays no part."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def strangers_sessions(seed: int, now_ms: int = NOW_MS_DEFAULT) -> Iterator[SessionRecord]:
    """Sessions without end, with the ids and moments of `made_up_sessions(seed, now_ms)` and words of nobody."""
    chance = Random(seed)  # noqa: S311  # play, not secrecy: the same seed must give the same sessions
    for record in made_up_sessions(seed, now_ms):
        yield msgspec.structs.replace(
            record,
            category="/".join(_words(chance, 2, 6) for _ in range(chance.randint(1, 3))),
            category_detail=" / ".join(_words(chance, 2, 6) for _ in range(chance.randint(1, 3))),
            staff_name=_words(chance, 2, 4),
            staff_id=chance.randrange(1, 10**7),
            from_group=_words(chance, 3, 8),
            from_group_id=chance.randrange(1, 10**7),
            from_staff=_words(chance, 2, 4),
            from_page=f"https://www.{_code(chance, 8)}.example/{_code(chance, 5)}?q={_code(chance, 14)}",
            from_title=_words(chance, 4, 20),
            from_ip=".".join(str(chance.randrange(1, 255)) for _ in range(4)),
            land_page=f"https://www.{_code(chance, 8)}.example/{_code(chance, 12)}",
            foreign_id=_code(chance, 16),
            user_id=chance.randrange(10**9, 10**12),
            remarks=_words(chance, 0, 30),
            evaluation_remark=_words(chance, 1, 20) if chance.random() < 0.3 else "",
            transfer_from_staff_name=_words(chance, 2, 4) if record.transfer_from_staff_name else "",
            transfer_from_group=_words(chance, 3, 8) if record.transfer_from_group else "",
            transfer_remarks=_words(chance, 4, 20) if record.transfer_remarks else "",
            overflow_from=_words(chance, 3, 8) if record.overflow_from else "",
            search_key=_words(chance, 0, 8),
            custom_field=tuple(_custom_field(chance) for _ in range(chance.randint(0, 3))),
        )


def _custom_field(chance: Random) -> CustomField:
    return CustomField(
        field_id=str(chance.randrange(1, 10**6)),
        field_name=_words(chance, 2, 5),
        field_value=_words(chance, 1, 10),
    )


def _words(chance: Random, characters_min: int, characters_max: int) -> str:
    count = chance.randint(characters_min, characters_max)
    return "".join(chr(chance.randint(_FIRST_COMMON, _LAST_COMMON)) for _ in range(count))


def _code(chance: Random, characters: int) -> str:
    return "".join(chance.choices(_LETTERS, k=characters))
