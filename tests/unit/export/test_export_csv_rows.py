"""CSV: what is read back is what was exported."""

from __future__ import annotations

import csv
import io
from zoneinfo import ZoneInfo

from hypothesis import given, settings

from afterchat.contract.record import FIELDS
from afterchat.contract.vocabulary import CODED_SETS
from afterchat.export.batch import Batch
from afterchat.export.cells import original_text
from afterchat.export.columns import COLUMNS, Layout, custom_text, problem_text
from afterchat.export.csv_rows import CsvRows
from export_rows import BATCHES

LAYOUT = Layout("zh", ZoneInfo("Asia/Shanghai"))
SIGNS = frozenset("=+-@＝＋－＠")
TYPED = {column.name for column in COLUMNS if column.kind in {"number", "moment", "count", "share"}}


def exported(rows, layout=LAYOUT):
    writer = CsvRows(layout)
    return b"".join([writer.begin(), writer.rows(Batch.of_rows(rows).masked(layout.masks)), *writer.end()])


def read_back(data):
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


@given(BATCHES)
def test_every_field_comes_back_as_it_was_and_one_line_is_one_session(rows):
    lines = read_back(exported(rows))
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        for field in FIELDS:
            value = getattr(row.record, field.name)
            shown = custom_text(value) if field.name == "custom_field" else str(value)
            assert original_text(line[field.name]) == shown
        assert original_text(line["tenant"]) == row.tenant
        assert original_text(line["inbox_id"]) == str(row.inbox_id)
        assert original_text(line["problems"]) == problem_text(row.problems, "zh")


@given(BATCHES)
def test_no_cell_of_text_begins_a_formula_and_typed_ones_hold_numbers(rows):
    for session in read_back(exported(rows)):
        for name, cell in session.items():
            if name in TYPED:
                assert cell == "" or float(cell) is not None
            elif not cell.startswith("'"):
                assert all(line.strip("\ufeff \u00a0\t")[:1] not in SIGNS for line in cell.splitlines())


@given(BATCHES)
@settings(max_examples=20)
def test_labels_are_in_the_chosen_language_and_the_rating_is_labelled_by_its_model(rows):
    for language in ("zh", "en"):
        for line, row in zip(read_back(exported(rows, LAYOUT._replace(language=language))), rows, strict=True):
            label = CODED_SETS["closeReason"].label(row.record.close_reason, language)
            assert line["close_reason_label"] == label


def test_columns_are_headed_with_names_or_with_meanings_and_no_heading_stands_twice():
    for is_meaning in (False, True):
        for language in ("zh", "en"):
            layout = Layout(language, ZoneInfo("UTC"), is_headed_with_meanings=is_meaning)
            head = CsvRows(layout).begin().decode("utf-8-sig")
            (names,) = csv.reader(io.StringIO(head, newline=""))
            assert len(set(names)) == len(COLUMNS)
            assert names[: len(FIELDS)] == [
                (field.zh if language == "zh" else field.en) if is_meaning else field.name for field in FIELDS
            ]


@given(BATCHES)
@settings(max_examples=20)
def test_a_mask_is_laid_on_before_anything_is_written(rows):
    layout = LAYOUT._replace(masks={"staff_name": lambda _: "客***", "user_id": lambda _: 0})
    lines = read_back(exported(rows, layout))
    assert {(line["staff_name"], line["user_id"]) for line in lines} == {("客***", "'0")}
