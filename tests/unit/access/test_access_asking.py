"""What a masked reader may ask: nothing whose answer shows what is masked."""

from __future__ import annotations

import pytest

from afterchat.access.asking import group_label, may_group, refuse_masked_question, shows_pairs
from afterchat.access.errors import MaskedFilterError
from afterchat.access.masking import HIDDEN
from afterchat.access.roles import ROLES
from afterchat.columns.layout import SEARCHED
from afterchat.contract.personal import PERSONAL
from afterchat.errors import FilterError
from afterchat.figures.groupings import GROUPINGS
from afterchat.query.filter_table import FILTER_TABLE
from afterchat.query.filters import read_conditions

VIEWER, OPERATOR = ROLES["viewer"].rights, ROLES["operator"].rights
SAMPLES = {"text": "x", "number": "7", "moment": "7", "second": "7", "flag": "1"}


@pytest.mark.parametrize("name", FILTER_TABLE)
def test_a_filter_is_refused_exactly_when_its_field_is_personal(name):
    line = FILTER_TABLE[name]
    conditions = read_conditions([(name, SAMPLES[line.kind])])
    refuse_masked_question(conditions, None, OPERATOR)

    if line.column in PERSONAL:
        with pytest.raises(MaskedFilterError, match=line.column):
            refuse_masked_question(conditions, None, VIEWER)
    else:
        refuse_masked_question(conditions, None, VIEWER)


def test_whether_it_is_empty_may_be_asked():
    for name, blank in (("remarks", ""), ("remarks_not", ""), ("user_id", "0"), ("user_id_not", "0")):
        refuse_masked_question(read_conditions([(name, blank)]), None, VIEWER)


@pytest.mark.parametrize(
    "pairs",
    [
        [("remarks", ""), ("remarks", "x")],
        [("remarks_contains", "x")],
        [("user_id_from", "0")],
        [("user_id_until", "0")],
    ],
)
def test_emptiness_is_no_way_round(pairs):
    with pytest.raises(MaskedFilterError):
        refuse_masked_question(read_conditions(pairs), None, VIEWER)


def test_full_text_is_refused_since_it_looks_into_what_is_masked():
    assert set(SEARCHED) & set(PERSONAL)
    with pytest.raises(MaskedFilterError):
        refuse_masked_question((), "13800138000", VIEWER)
    refuse_masked_question((), "13800138000", OPERATOR)


def test_the_refusal_is_a_filter_error_in_both_languages_without_the_value():
    with pytest.raises(FilterError) as raised:
        refuse_masked_question(read_conditions([("foreign_id", "13800138000")]), None, VIEWER)

    said = raised.value
    assert isinstance(said, MaskedFilterError)
    assert ("foreign_id" in said.en, "foreign_id" in said.zh) == (True, True)
    assert "13800138000" not in said.en + said.zh


@pytest.mark.parametrize("grouping", GROUPINGS.values(), ids=lambda grouping: grouping.id)
def test_groups_show_no_value_that_is_masked(grouping):
    personal = set(grouping.fields) & set(PERSONAL)

    assert may_group(grouping.fields, OPERATOR)
    assert shows_pairs(grouping.fields, OPERATOR)
    assert (not personal) is shows_pairs(grouping.fields, VIEWER)
    assert (personal <= {"land_page", "from_page"}) is may_group(grouping.fields, VIEWER)


def test_the_name_of_a_group_of_pages_is_masked():
    assert "https://shop.example/*" == group_label(("land_page",), "https://shop.example/12345678", VIEWER)
    assert HIDDEN == group_label(("land_page",), "anna's flat", VIEWER)
    assert "anna's flat" == group_label(("land_page",), "anna's flat", OPERATOR)
    assert "售后" == group_label(("from_group_id", "from_group"), "售后", VIEWER)
