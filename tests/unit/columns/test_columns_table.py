"""The columns keep up with the records, whatever happens to their files."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from afterchat.columns.layout import change_of
from afterchat.columns.segment_file import DamagedColumnsError
from afterchat.columns.selection import Selection
from afterchat.columns.table import ColumnTable
from afterchat.contract.record import blank_record
from afterchat.store.ports import SessionRow
from export_rows import RECORDS

STEPS = st.lists(
    st.lists(st.tuples(st.sampled_from(["acme", "default"]), st.integers(1, 8), RECORDS), min_size=1, max_size=5),
    max_size=6,
)


class Feed:
    """The records as the feed shows them: each session under the version of its last change."""

    def __init__(self):
        self.rows = {}
        self.name = "first"
        self._version = 0
        self.stands_up_to = {}
        self.asked_from = []
        self.on_read = lambda: None

    def put(self, tenant, session_id, record):
        self._version += 1
        kept = blank_record(**{name: getattr(record, name) for name in record.__struct_fields__} | {"id": session_id})
        self.rows[tenant, session_id] = (
            self._version,
            SessionRow(tenant, self._version, 1, 2, 3, (), kept),
        )

    def rebuild(self, name):
        self.name = name
        rows = sorted(self.rows.values(), reverse=True)
        self.rows = {(row.tenant, row.record.id): (number, row) for number, (_, row) in enumerate(rows, 1)}
        self._version = len(rows)

    async def generation(self):
        return self.name

    async def stands(self, generation, version):
        return version <= self.stands_up_to.get(generation, self._version if generation == self.name else -1)

    def fall_back(self, version, name):
        """A power cut takes what came after `version`; numbers are then given again, under another name."""
        self.rows = {key: row for key, row in self.rows.items() if row[0] <= version}
        self.stands_up_to[self.name], self.name, self._version = version, name, version

    async def changes_after(self, version, row_count_max):
        self.asked_from.append(version)
        self.on_read()
        found = sorted((number, row) for number, row in self.rows.values() if number > version)
        return [change_of(row, number) for number, row in found[:row_count_max]]


def held_by(table):
    """Tenant, id and remark of every session in the columns."""
    return sorted(
        (part.words("tenant")[tenant], session_id, part.words("remarks")[remark])
        for part in table.snapshot().parts(Selection())
        for tenant, session_id, remark in zip(
            part.codes("tenant").tolist(), part.numbers("id").tolist(), part.codes("remarks").tolist(), strict=True
        )
    )


def held_by_feed(feed):
    return sorted((tenant, session_id, row.record.remarks) for (tenant, session_id), (_, row) in feed.rows.items())


def filled(count, first=1):
    feed = Feed()
    for number in range(first, first + count):
        feed.put("acme", number, blank_record(remarks=f"note {number}"))
    return feed


@pytest.fixture
def small():
    """Opens tables whose segments are small; all of them are closed at the end."""
    with ExitStack() as opened:

        def open_table(folder):
            return opened.enter_context(closing(ColumnTable(folder, segment_rows=4, batch_rows=3)))

        yield open_table


def follow(table, feed):
    return asyncio.run(table.follow(feed))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_each_session_is_there_once_as_it_is_now_and_so_it_is_after_a_restart(small, tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("columns")
    feed, table = Feed(), small(folder)
    for step in steps:
        for change in step:
            feed.put(*change)
        assert follow(table, feed)
        assert held_by_feed(feed) == held_by(table)
        assert not follow(table, feed)
    table.close()

    again = small(folder)
    follow(again, feed)
    assert held_by_feed(feed) == held_by(again)
    assert table.snapshot().version == again.snapshot().version
    again.close()


def test_a_snapshot_stays_what_it_was_while_the_sessions_change(small, tmp_path):
    feed, table = filled(6), small(tmp_path)
    follow(table, feed)
    before = table.snapshot()
    feed.put("acme", 2, blank_record(remarks="later"))
    follow(table, feed)

    later = Selection(conditions=(("remarks", "=", "later"),))
    assert (0, 6) == (before.count(later), before.row_count)
    assert (1, 6) == (table.snapshot().count(later), table.snapshot().row_count)


def test_rebuilt_records_are_other_records(small, tmp_path):
    feed, table = filled(9), small(tmp_path)
    follow(table, feed)
    del feed.rows["acme", 3]
    feed.rebuild("second")

    follow(table, feed)
    assert held_by_feed(feed) == held_by(table)
    table.close()
    again = small(tmp_path)
    follow(again, feed)
    assert held_by_feed(feed) == held_by(again)


def test_files_are_read_again_and_not_made_again(small, tmp_path):
    feed, table = filled(9), small(tmp_path)
    follow(table, feed)
    table.close()
    files = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.columns")}
    assert files

    follow(small(tmp_path), feed)
    assert files == {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.columns")}


def test_text_that_is_gone_from_the_records_is_gone_from_the_files_once_they_are_forgotten(small, tmp_path):
    feed, table = Feed(), small(tmp_path)
    for number in range(9):
        feed.put("acme", number, blank_record(remarks="canary"))
    follow(table, feed)
    for number in range(9):
        feed.put("acme", number, blank_record())
    table.forget()
    follow(table, feed)

    assert held_by_feed(feed) == held_by(table)
    assert all(b"canary" not in path.read_bytes() for path in tmp_path.iterdir())


@pytest.mark.parametrize("is_running", [True, False])
def test_what_the_records_lost_in_a_power_cut_is_lost_in_the_columns_too(small, tmp_path, is_running):
    feed, table = filled(20), small(tmp_path)
    follow(table, feed)
    feed.fall_back(14, "second")
    for number in range(31, 41):
        feed.put("acme", number, blank_record(remarks="after the cut"))
    if not is_running:
        table.close()
        table = small(tmp_path)

    follow(table, feed)
    assert held_by_feed(feed) == held_by(table)


def test_another_writer_of_the_same_records_costs_nothing(small, tmp_path):
    feed, table = filled(9), small(tmp_path)
    follow(table, feed)
    feed.fall_back(9, "second")
    feed.put("acme", 10, blank_record())

    assert follow(table, feed)
    assert held_by_feed(feed) == held_by(table)
    assert 1 == feed.asked_from.count(0), "nothing was read twice"


def test_a_file_that_is_gone_is_made_again(small, tmp_path):
    feed, table = filled(20), small(tmp_path)
    follow(table, feed)
    table.close()
    files = sorted(tmp_path.glob("*.columns"))
    assert len(files) > 2
    files[1].unlink()

    again = small(tmp_path)
    follow(again, feed)
    assert held_by_feed(feed) == held_by(again)


def test_damage_that_is_met_while_following_is_mended_by_the_next_look(small, tmp_path):
    feed, table = filled(6), small(tmp_path)
    follow(table, feed)
    table.close()
    path = min(tmp_path.glob("*.columns"))
    path.write_bytes(path.read_bytes().replace(b"note", b"nose"))

    again = small(tmp_path)
    follow(again, feed)
    for number in range(1, 6):
        feed.put("acme", number, blank_record(remarks="later"))
    with pytest.raises(DamagedColumnsError):
        follow(again, feed)
    follow(again, feed)
    assert held_by_feed(feed) == held_by(again)


def test_a_segment_that_is_mostly_dead_is_made_anew_in_its_file(small, tmp_path):
    feed, table = filled(6), small(tmp_path)
    follow(table, feed)
    path = min(tmp_path.glob("*.columns"))
    for number in range(1, 6):
        feed.put("acme", number, blank_record(remarks="later"))
    follow(table, feed)

    assert b"note 1" not in path.read_bytes()
    table.close()
    again = small(tmp_path)
    follow(again, feed)
    assert held_by_feed(feed) == held_by(again)
    assert [0] == [version for version in feed.asked_from if version < 6][:1]


def test_a_first_reading_is_shown_when_it_is_whole(small):
    feed, table = filled(9), small(None)
    shown = []
    feed.on_read = lambda: shown.append(table.snapshot().row_count)
    follow(table, feed)
    assert {0} == set(shown)
    assert 9 == table.snapshot().row_count


@pytest.mark.parametrize("share", [0.0, 0.01, 0.2, 0.5, 0.99])
def test_damage_anywhere_in_a_file_is_seen_and_mended_and_never_a_wrong_answer(small, tmp_path, share):
    feed, table = filled(9), small(tmp_path)
    follow(table, feed)
    table.close()
    path = min(tmp_path.glob("*.columns"))
    content = bytearray(path.read_bytes())
    content[int(len(content) * share)] ^= 0xFF
    path.write_bytes(content)

    again = small(tmp_path)
    follow(again, feed)
    try:
        held = held_by(again)
    except DamagedColumnsError:
        follow(again, feed)
        held = held_by(again)
    assert held_by_feed(feed) == held


@pytest.mark.parametrize("length", [0, 5, 100])
def test_a_torn_file_is_made_again(small, tmp_path, length):
    feed, table = filled(9), small(tmp_path)
    follow(table, feed)
    table.close()
    path = min(tmp_path.glob("*.columns"))
    path.write_bytes(path.read_bytes()[:length])

    again = small(tmp_path)
    follow(again, feed)
    assert held_by_feed(feed) == held_by(again)


def test_a_second_process_leaves_the_files_of_the_first_alone(small, tmp_path):
    feed, table = filled(9), small(tmp_path)
    follow(table, feed)
    files = {path.name: path.read_bytes() for path in tmp_path.glob("*.columns")}
    other = filled(5, first=100)
    other.name = "other"

    second = small(tmp_path)
    follow(second, other)
    assert held_by_feed(other) == held_by(second)
    assert files == {path.name: path.read_bytes() for path in tmp_path.glob("*.columns")}
