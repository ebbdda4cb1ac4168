"""Every figure and every grouping says what it is, in both languages, and somebody judges it."""

from __future__ import annotations

import re

import pytest

from afterchat.contract.field import wire_name
from afterchat.contract.record import FIELDS
from afterchat.contract.vocabulary import CODED_SETS
from afterchat.figures.definition import OURS, VENDOR
from afterchat.figures.groupings import GROUPINGS
from afterchat.figures.table import FIGURES, SUBJECTS
from figure_groups import GROUP_OF
from figure_oracle import ORACLES

CHINESE = re.compile(r"[\u4e00-\u9fff]")
NAMES = {field.name for field in FIELDS}


def test_every_figure_has_an_id_of_its_own_and_a_judge():
    ids = [figure.id for _, _, figures in SUBJECTS.values() for figure in figures]

    assert len(ids) == len(set(ids))
    assert set(ids) == set(ORACLES)
    assert [] == [one for one in ids if not re.fullmatch(r"[a-z][a-z0-9_]{2,39}", one)]
    assert set(GROUPINGS) == set(GROUP_OF)


@pytest.mark.parametrize("figure", FIGURES.values(), ids=lambda figure: figure.id)
def test_every_figure_defines_itself_in_both_languages(figure):
    zh, en = figure.definition("zh"), figure.definition("en")

    assert (True, False) == (bool(CHINESE.search(figure.zh)), bool(CHINESE.search(figure.en)))
    assert (True, False) == (bool(CHINESE.search(zh)), bool(CHINESE.search(en.replace("静默转接", ""))))
    assert ("会话按 endTime 归入时段。", "Sessions are dated by endTime.") == (
        zh[-len("会话按 endTime 归入时段。") :],
        en[-30:],
    )
    assert bool(figure.left_out("zh")) == bool(figure.left_out("en"))
    assert bool(figure.note_zh) == bool(figure.note_en)
    assert figure.source in {VENDOR, OURS}
    assert figure.unit in {"count", "ms", "share", "ratio", "points"}


@pytest.mark.parametrize("figure", FIGURES.values(), ids=lambda figure: figure.id)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_definition_names_every_field_that_is_used(figure, language):
    implied = {
        "interaction",
        "sType",
        "evaluation",
        "evaluationType",
        "relatedType",
        "fromHumanTransfer",
        "closeReason",
    }
    said = figure.definition(language)

    assert set(figure.fields) <= NAMES
    assert [] == [wire for wire in map(wire_name, figure.fields) if wire not in said and wire not in implied]


def test_names_of_figures_and_groupings_are_told_apart():
    for table in (FIGURES, GROUPINGS):
        for names in ([one.zh for one in table.values()], [one.en for one in table.values()]):
            assert sorted(set(names)) == sorted(names)
    assert [] == [one.id for one in GROUPINGS.values() if not CHINESE.search(one.zh) or CHINESE.search(one.en)]
    assert [] == [name for one in GROUPINGS.values() for name in one.fields if name not in NAMES]


def test_a_group_of_codes_is_labelled_by_the_vocabulary():
    words = GROUPINGS["close_reason"].words(9, "")

    assert (CODED_SETS["closeReason"].label(9, "zh"), "silent transfer by the system") == (words.zh, words.en)
    assert ("五级评价：满意", "five options: satisfied") == GROUPINGS["rating"].words((5, 75), "")[1:]
    assert ("周日 23:00–00:00", "Sunday 23:00–00:00") == GROUPINGS["weekday_hour"].words(7 * 24 + 23, "")[1:]
