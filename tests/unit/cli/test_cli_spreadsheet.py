"""CSV in which no visitor can make a spreadsheet compute."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.cli.spreadsheet import line_of_cells, safe_text

DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@a",
    "\t=1",
    " =1",
    "\u00a0=1",
    "a\n=1",
    "a\r\n@b",
    "＝1",
    "－1",
    "\rx",
    "\nx",
    "\u2003＋",
]


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_formula_on_any_line_gets_an_apostrophe(text):
    assert safe_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=b", "中文", "1-2", "x\n y"])
def test_plain_text_stays(text):
    assert safe_text(text) == text


def test_numbers_stay_numbers_and_text_is_quoted():
    assert line_of_cells([-1, "a,b", 'q"', "中"]) == '-1,"a,b","q""","中"\r\n'.encode()


WRITABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(st.lists(WRITABLE, min_size=1))
def test_reading_and_taking_one_apostrophe_away_gives_every_original_back(texts):
    text = line_of_cells(texts).decode("utf-8")
    (row,) = list(csv.reader(io.StringIO(text, newline="")))
    assert [cell.removeprefix("'") for cell in row] == texts


def test_what_no_file_holds_is_replaced():
    assert safe_text("a\0b\ud800") == "a\ufffdb\ufffd"
