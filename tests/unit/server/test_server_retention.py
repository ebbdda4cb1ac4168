"""Retention in virtual time: what is kept how long, a little at a time, and the records after it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path

from afterchat.contract.codec import encode
from afterchat.contract.personal import PERSONAL_WIRE
from afterchat.contract.push import SESSION_END_DATA
from afterchat.contract.record import blank_record
from afterchat.errors import StoreUnavailableError
from afterchat.projector.erasure import Ageing
from afterchat.projector.loop import project_once
from afterchat.server.retention import KEPT, Retention, RetentionLimits, retention_limits
from afterchat.settings import SETTINGS, read_settings
from afterchat.store.open import WRITABLE, Store, open_store
from afterchat.store.ports import Arrival, Quarantining
from afterchat.store.redaction import Age
from virtual_time import VirtualClock, run_virtually

DAY_MS = 86_400_000
START = 1_769_826_600_000
LIMITS = RetentionLimits(network_ms=180 * DAY_MS, quarantine_ms=30 * DAY_MS)


class MovedClock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.days = 0

    def now_ms(self) -> int:
        return START + self.days * DAY_MS

    def monotonic(self) -> float:
        return self.days * 86_400.0


def arrival(session_id: int, day: int) -> Arrival:
    body = encode(blank_record(id=session_id, s_type="0", from_ip="203.0.113.7", from_page="http://a/b?c", remarks="x"))
    at = START + day * DAY_MS
    return Arrival("default", SESSION_END_DATA, at // 1000, at, "key", "checksum", sha256(body).digest(), body)


def refused(day: int) -> Quarantining:
    at = START + day * DAY_MS
    return Quarantining("default", at, "checksum", "", "", "", None, False, sha256(b"x").digest(), b"x")


def on_store(work: Callable[[Store], Awaitable[None]]) -> None:
    async def run() -> None:
        store = await open_store("sqlite://", WRITABLE)
        try:
            await work(store)
        finally:
            await store.close()

    asyncio.run(run())


async def project_all(store: Store, clock: MovedClock) -> None:
    while await project_once(store.inbox, store.records, clock, batch_rows=1000) is not None:
        pass


async def shown(store: Store, count: int) -> list[tuple[str, str, str]]:
    rows = [row for number in range(1, count + 1) for row in await store.records.get("default", number)]
    return [(row.record.from_ip, row.record.from_page, row.record.remarks) for row in rows]


def test_each_day_forgets_what_became_too_old_and_nothing_else():
    async def work(store: Store) -> None:
        clock = MovedClock()
        await store.inbox.append_all([arrival(day + 1, day) for day in range(10)])
        await store.quarantine.put_all([refused(day) for day in range(10)])
        await project_all(store, clock)
        retention = Retention(store.inbox_redaction, clock, LIMITS)
        ageing = Ageing(store.inbox, store.inbox_redaction, store.record_redaction, clock)
        for clock.days in (29, 30, 31, 35, 180, 181, 184, 400):
            while await retention.step():
                pass
            while await ageing.step():
                pass
            blank = min(max(clock.days - 180, 0), 10)
            assert max(10 - max(clock.days - 30, 0), 0) == (await store.inbox.counts())["quarantined"], clock.days
            kept = [("203.0.113.7", "http://a/b?c", "x")] * (10 - blank)
            assert [("", "http://a/b", "x")] * blank + kept == await shown(store, 10), clock.days

    on_store(work)


def test_a_step_is_a_small_piece_however_much_is_too_old():
    async def work(store: Store) -> None:
        clock = MovedClock()
        await store.inbox.append_all([arrival(number, 0) for number in range(1, 121)])
        clock.days = 300
        retention = Retention(store.inbox_redaction, clock, LIMITS)

        reached = []
        while await retention.step():
            reached.append((await store.inbox_redaction.blanked_through())[Age.NETWORK])
        assert [50, 100, 120] == reached

    on_store(work)


def test_a_projector_that_was_away_finds_what_aged_meanwhile():
    async def work(store: Store) -> None:
        clock = MovedClock()
        await store.inbox.append_all([arrival(number, 0) for number in range(1, 4)])
        await project_all(store, clock)
        clock.days = 300
        retention = Retention(store.inbox_redaction, clock, LIMITS)
        while await retention.step():
            pass
        generation = await store.records.generation()

        for _ in range(2):
            ageing = Ageing(store.inbox, store.inbox_redaction, store.record_redaction, clock)
            while await ageing.step():
                pass
        assert [("", "http://a/b", "x")] * 3 == await shown(store, 3)
        clock.days += 1
        await ageing.step()
        assert generation == await store.records.generation(), "the second one changed nothing"

    on_store(work)


class AwayOnce:
    """A redaction whose store is away at the first look."""

    def __init__(self) -> None:
        self.looks: list[float] = []
        self.left = 3

    async def blank_older(self, _age, _before, _rows, _blank, _at) -> int:
        self.looks.append(asyncio.get_running_loop().time())
        if len(self.looks) == 1:
            raise StoreUnavailableError("planted")
        self.left -= self.left > 0
        return int(self.left > 0)

    async def drop_refused(self, _before, _rows) -> int:
        return 0

    async def fold_log(self) -> bool:
        return True


def test_the_loop_survives_an_outage_and_pauses_between_two_pieces():
    async def scene() -> list[float]:
        redaction = AwayOnce()
        running = asyncio.create_task(Retention(redaction, VirtualClock(), LIMITS).run())
        await asyncio.sleep(150)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return [round(seconds, 3) for seconds in redaction.looks]

    assert [0, 60, 60.1, 60.2, 120.2] == run_virtually(scene())


def test_whoever_wishes_it_keeps_nothing_personal_after_a_while():
    async def work(store: Store) -> None:
        clock = MovedClock()
        await store.inbox.append_all([arrival(number, number) for number in range(1, 4)])
        await project_all(store, clock)
        retention = Retention(store.inbox_redaction, clock, LIMITS._replace(personal_ms=300 * DAY_MS))
        ageing = Ageing(store.inbox, store.inbox_redaction, store.record_redaction, clock)
        for clock.days in (200, 302, 303):
            while await retention.step():
                pass
            while await ageing.step():
                pass
            blank = clock.days - 301 if clock.days > 300 else 0
            assert [("", "", "")] * blank + [("", "http://a/b", "x")] * (3 - blank) == await shown(store, 3)

    on_store(work)


def test_nought_days_keep_for_ever():
    async def work(store: Store) -> None:
        clock = MovedClock()
        await store.inbox.append_all([arrival(1, 0)])
        await store.quarantine.put_all([refused(0)])
        clock.days = 100_000
        limits = retention_limits(
            read_settings({}, None, {"network_retention_days": 0, "quarantine_retention_days": 0})
        )
        assert not await Retention(store.inbox_redaction, clock, limits).step()
        assert 1 == (await store.inbox.counts())["quarantined"]

    on_store(work)


def test_by_default_network_data_is_kept_for_half_a_year_and_refused_pushes_for_a_month():
    assert LIMITS == retention_limits(read_settings({}, None, {}))


def test_the_table_of_what_is_kept_names_settings_that_there_are():
    names = {setting.name for setting in SETTINGS}
    assert {kept.setting for kept in KEPT} - {""} <= names
    assert {name for name in names if name.endswith("retention_days")} == {kept.setting for kept in KEPT} - {""}
    assert [] == [kept.en for kept in KEPT if not kept.setting and not kept.until_en]


def lines_of_kept() -> list[tuple[str, str]]:
    """Each line of the table as the pages must have it, in English and Chinese."""
    default = {setting.name: setting.default for setting in SETTINGS}
    lines = []
    for kept in KEPT:
        en, zh = kept.until_en, kept.until_zh
        if kept.setting:
            days = default[kept.setting]
            en = f"`{kept.setting}`, {days} by default" + (": for ever" if not days else "")
            zh = f"`{kept.setting}`，默认 {days} 天" if days else f"`{kept.setting}`，默认 0，即永久"
        lines.append((f"| {kept.en} | {kept.where} | {en} |", f"| {kept.zh} | {kept.where} | {zh} |"))
    return lines


def test_the_pages_say_what_is_kept_how_long():
    folder = Path(__file__).parents[3] / "docs" / "howto"
    for position, name in enumerate(("erase-a-visitor.md", "erase-a-visitor.zh-CN.md")):
        lines = (folder / name).read_text("utf-8").splitlines()
        assert [] == [line[position] for line in lines_of_kept() if line[position] not in lines]


def test_the_pages_name_every_personal_field():
    folder = Path(__file__).parents[3] / "docs" / "howto"
    for name in ("erase-a-visitor.md", "erase-a-visitor.zh-CN.md"):
        text = (folder / name).read_text("utf-8")
        assert [] == [wire for wire in PERSONAL_WIRE if f"`{wire}`" not in text]
