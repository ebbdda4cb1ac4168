"""Problems: two languages, each with its remedy, and a table without gaps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.web.problems import PROBLEMS, language_of, problem


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9,zh;q=0.8", "en"),
        ("en;q=0.3, zh;q=0.7", "zh"),
        ("fr, zh;q=0.1", "zh"),
        ("ZH-hans", "zh"),
        ("zh;q=0", "en"),
        ("zh;q=much", "en"),
        ("zh;q=nan", "en"),
        ("*", "en"),
    ],
)
def test_the_language_is_the_one_asked_for(header, language):
    assert language_of(header) == language


@given(st.text())
def test_any_accept_language_is_one_of_two_languages(header):
    assert language_of(header) in {"en", "zh"}


@pytest.mark.parametrize("code", PROBLEMS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_problem_has_a_title_and_a_remedy(code, language):
    document = problem(code, language)
    assert (document.code, document.status, document.type) == (code, PROBLEMS[code].status, f"/docs#problem-{code}")
    assert document.title != ""
    assert document.detail != ""


def test_a_detail_of_the_case_replaces_that_of_the_table():
    assert problem("filter", "zh", zh="请改用整数。", en="Use a number.").detail == "请改用整数。"
    assert problem("filter", "en", zh="请改用整数。", en="Use a number.").detail == "Use a number."
