"""Any filter over any sessions: the same as a plain loop over them says."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.columns.layout import SEARCHED
from afterchat.columns.ordering import Order
from afterchat.columns.selection import Selection
from afterchat.contract.record import FIELDS, blank_record
from afterchat.query.filter_table import FILTER_TABLE
from afterchat.query.filters import read_conditions
from afterchat.query.matching import is_stored, matcher
from afterchat.query.scan import row_batches
from afterchat.store.ports import SessionRow
from columns_at_hand import snapshot_of
from export_rows import ROWS


class ListedRecords:
    """Answers pages as the port promises, and only the conditions that a store answers."""

    def __init__(self, rows) -> None:
        self.rows = sorted(rows, key=key, reverse=True)

    async def page(self, query):
        compare = {"=": lambda a, b: a == b, ">=": lambda a, b: a >= b, "<": lambda a, b: a < b}
        found = [row for row in self.rows if query.after is None or key(row) < query.after]
        for column, operator, value in query.conditions:
            found = [row for row in found if compare[operator](getattr(row.record, column), value)]
        return [row for row in found if query.tenant in {None, row.tenant}][: query.row_count_max]


def key(row):
    return row.record.end_time, row.tenant, row.record.id


def value_of(row, name):
    if name == "has_problems":
        return 1 if row.problems else 0
    return getattr(row, name) if name in row._fields else getattr(row.record, name)


def moment_of(value):
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() and int(value) < 2**63 else 0
    return value


def holds(row, pairs):
    """The filters read once more, word by word as `filters` describes them."""
    by_name = {}
    for name, text in pairs:
        by_name.setdefault(name, []).append(text)
    return all(holds_one(row, name, texts) for name, texts in by_name.items())


def holds_one(row, name, texts):
    suffix = next(
        (suffix for suffix in SUFFIXES if name.endswith(suffix) and name.removesuffix(suffix) in SUBJECTS), ""
    )
    value = value_of(row, name.removesuffix(suffix))
    return {
        "": lambda: str(value) in texts,
        "_not": lambda: str(value) not in texts,
        "_from": lambda: moment_of(value) >= int(texts[0]),
        "_until": lambda: moment_of(value) < int(texts[0]),
        "_contains": lambda: texts[0].casefold() in value.casefold(),
    }[suffix]()


SUFFIXES = ("_not", "_from", "_until", "_contains")
SUBJECTS = {field.name for field in FIELDS} | {"revision_count", "has_problems", "arrived_at", "signed_at"}


@st.composite
def rows_and_pairs(draw):
    """Rows, and filters whose values are often taken from them."""
    rows = list({key(row): row for row in draw(st.lists(ROWS, min_size=1, max_size=6))}.values())
    pairs = {}
    for line in draw(st.lists(st.sampled_from(list(FILTER_TABLE.values())), max_size=3)):
        name = next(name for name in sorted(SUBJECTS, key=len, reverse=True) if line.name.startswith(name))
        value = value_of(draw(st.sampled_from(rows)), name)
        if line.operator in {">=", "<"}:
            value = moment_of(value) + draw(st.sampled_from([0, 1]))
            value = min(value, 2**63 - 1)
        if line.operator == "contains":
            value = draw(st.sampled_from([value[:2], value[-1:].upper(), "A"])) or "a"
        pairs[line.name] = str(value)
        if line.takes_many and draw(st.booleans()):
            pairs[line.name, "again"] = str(value_of(draw(st.sampled_from(rows)), name))
    return rows, [(name if isinstance(name, str) else name[0], text) for name, text in pairs.items()]


@given(rows_and_pairs(), st.sampled_from([None, "default", "acme"]), st.integers(1, 3))
def test_any_filter_gives_the_rows_that_a_plain_loop_gives(drawn, tenant, page_rows):
    rows, pairs = drawn
    records = ListedRecords(rows)
    conditions = read_conditions(pairs)

    async def scanned():
        batches = row_batches(records, tenant, conditions, page_rows=page_rows)
        return [row async for batch in batches for row in batch]

    expected = [row for row in records.rows if tenant in {None, row.tenant} and holds(row, pairs)]
    assert asyncio.run(scanned()) == expected


TEXTS = ["", "4", "5", "6", "-1", "Straße 5", "STRASSE 5!", "５"]
NUMBERS = [-1, 0, 4, 5, 6]


def rows_about(name):
    """Rows that differ in one place, round the values that the filters below ask for."""
    if name == "has_problems":
        return [BLANK, BLANK._replace(problems=("x: y",))]
    if name in BLANK._fields:
        return [BLANK._replace(**{name: number}) for number in NUMBERS]
    values = TEXTS if isinstance(getattr(BLANK.record, name), str) else NUMBERS
    return [BLANK._replace(record=blank_record(**{name: value})) for value in values]


def subject_of(name):
    return next(one for one in sorted(SUBJECTS, key=len, reverse=True) if name.startswith(one))


def asked_of(line):
    """Values to ask for, one and several."""
    asked = {"flag": [["0"], ["1"]], "text": [["5"], ["straße"], ["5", "4"]]}.get(line.kind, [["5"], ["0"], ["5", "4"]])
    return [texts for texts in asked if len(texts) == 1 or line.takes_many]


BLANK = SessionRow("default", 1, 1, 1, 1, (), blank_record())


@pytest.mark.parametrize("name", FILTER_TABLE)
def test_each_filter_decides_row_by_row_as_its_description_says(name):
    rows = rows_about(subject_of(name))
    for texts in asked_of(FILTER_TABLE[name]):
        pairs = [(name, text) for text in texts]
        matches = matcher(read_conditions(pairs), None)
        assert [matches(row) for row in rows] == [holds(row, pairs) for row in rows]


def in_columns(rows, tenant, conditions, search=None, order=Order()):  # noqa: B008 - frozen
    """The (tenant, id) that the columns select of sessions, which have one row each."""
    snapshot = snapshot_of({(row.tenant, row.record.id): row for row in rows}.values(), segment_rows=3)
    selection = Selection(tenant, conditions, search)
    found = snapshot.page(selection, order, None, len(rows) + 1)
    assert snapshot.count(selection) == len(found)
    return [(one.tenant, one.session_id) for one in found]


@given(rows_and_pairs(), st.sampled_from([None, "default", "acme"]))
def test_columns_select_what_a_plain_loop_selects(drawn, tenant):
    rows, pairs = drawn
    rows = list({(row.tenant, row.record.id): row for row in rows}.values())
    expected = [row for row in rows if tenant in {None, row.tenant} and holds(row, pairs)]
    assert sorted(in_columns(rows, tenant, read_conditions(pairs))) == sorted(
        (row.tenant, row.record.id) for row in expected
    )


@pytest.mark.parametrize("name", FILTER_TABLE)
def test_columns_answer_each_filter_as_its_description_says(name):
    line = FILTER_TABLE[name]
    rows = [
        row._replace(record=msgspec.structs.replace(row.record, id=place) if subject_of(name) != "id" else row.record)
        for place, row in enumerate(rows_about(subject_of(name)))
    ]
    for texts in asked_of(line):
        pairs = [(name, text) for text in texts]
        found = in_columns(rows, None, read_conditions(pairs))
        assert set(found) == {(row.tenant, row.record.id) for row in rows if holds(row, pairs)}


@given(st.lists(ROWS, min_size=1, max_size=4), st.text(min_size=1, max_size=2) | st.integers(0, 5).map(str))
def test_full_text_looks_into_remarks_and_names_without_regard_to_case_and_into_ids(rows, text):
    rows = list({(row.tenant, row.record.id): row for row in rows}.values())
    records = ListedRecords(rows)

    async def scanned():
        return [row async for batch in row_batches(records, None, (), text) for row in batch]

    expected = [
        row
        for row in records.rows
        if any(text.casefold() in getattr(row.record, name).casefold() for name in SEARCHED)
        or (text in "012345" and int(text) in {row.record.id, row.record.user_id})
    ]
    assert asyncio.run(scanned()) == expected
    assert in_columns(rows, None, (), text) == [(row.tenant, row.record.id) for row in expected]


def test_the_store_is_asked_only_what_its_rows_answer():
    conditions = read_conditions(
        [
            ("id", "1"),
            ("close_reason", "1"),
            ("close_reason", "2"),
            ("round_number_from", "1"),
            ("user_join_evaluate_time_from", "1"),
            ("revision_count", "1"),
            ("staff_name_not", "x"),
        ]
    )
    assert [condition[0] for condition in conditions if is_stored(condition)] == ["id", "round_number"]
