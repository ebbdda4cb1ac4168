"""Cells in which no visitor can make a spreadsheet compute, and which give every original back."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.export.cells import (
    CUT_MARK,
    XLSX_CHARACTERS_MAX,
    all_quoted,
    original_text,
    quoted,
    quoted_id,
    safe_text,
    sheet_text,
)
from export_rows import TEXTS

DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@a",
    "\t=1",
    " =1",
    "\u00a0=1",
    "\ufeff=1",
    "a\n=1",
    "a\n\tb",
    "a\r\n@b",
    "a\u2028 -b",
    "＝1",
    "＋1",
    "－1",
    "＠a",
    "\rx",
    "\nx",
    "\tx",
    "\u2003＋",
    "'x",
]
PLAIN = ["", "a=b", "中文", "1-2", "x\n y", "x\n\ny", "x\r\ny", 'say "hi"', "a,b"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_formula_on_any_line_gets_an_apostrophe(text):
    assert safe_text(text) == f"'{text}"


@pytest.mark.parametrize("text", PLAIN)
def test_plain_text_stays(text):
    assert safe_text(text) == text


def read_csv(line):
    (row,) = list(csv.reader(io.StringIO(line, newline="")))
    return row


@given(st.lists(TEXTS, min_size=1))
def test_reading_and_taking_one_apostrophe_away_gives_every_original_back(texts):
    assert [original_text(cell) for cell in read_csv(",".join(map(quoted, texts)))] == texts
    assert [original_text(cell) for cell in read_csv(",".join(map(quoted_id, texts)))] == texts


@given(st.lists(st.text() | TEXTS))
def test_a_column_of_texts_is_quoted_as_each_of_them_is(texts):
    assert all_quoted(texts) == [quoted(text) for text in texts]
    assert [read_csv(cell) for cell in all_quoted(texts)] == [[safe_text(text)] for text in texts]


def test_an_id_is_text_whatever_it_holds():
    assert [quoted_id(value) for value in (0, 2**63 - 1, "007", 'a"b', "")] == [
        '"\'0"',
        '"\'9223372036854775807"',
        '"\'007"',
        '"\'a""b"',
        '""',
    ]


def test_what_no_file_holds_is_replaced():
    assert safe_text("a\0b\ud800") == "a\ufffdb\ufffd"
    assert quoted_id("a\0\ud800") == '"\'a\ufffd\ufffd"'


def test_a_sheet_keeps_tab_and_line_feed_and_no_other_control_character():
    everything = "".join(map(chr, range(0x20)))
    assert sheet_text(f"a{everything}b\ud800\uffff") == "a\t\n\nb"


@pytest.mark.parametrize("letter", ["a", "中", "😀"])
def test_a_sheet_cuts_what_is_too_long_with_a_mark(letter):
    units = len(letter.encode("utf-16-le")) // 2
    longest = letter * (XLSX_CHARACTERS_MAX // units)
    cut = sheet_text(longest + letter)
    assert sheet_text(longest) == longest
    assert cut.endswith(letter + CUT_MARK)
    assert 0 <= XLSX_CHARACTERS_MAX - len(cut.encode("utf-16-le")) // 2 < units
