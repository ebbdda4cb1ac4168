"""The revisions of a session, compared field by field."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from afterchat.contract.codec import encode
from afterchat.contract.record import blank_record
from afterchat.query.changes import FieldChange, RevisionChanges, changes_between, changes_of

FIRST = blank_record(id=7, end_time=100)
RATED = blank_record(id=7, end_time=100, evaluation=75, user_join_evaluate_time="200")
NOTED = blank_record(id=7, end_time=100, evaluation=75, user_join_evaluate_time="200", remarks="已回访")


def test_each_revision_says_what_it_changed_of_the_one_before():
    bodies = [(3, encode(FIRST)), (5, encode(RATED)), (9, encode(NOTED))]
    assert [
        RevisionChanges(3, ()),
        RevisionChanges(5, (FieldChange("evaluation", 0, 75), FieldChange("user_join_evaluate_time", "-1", "200"))),
        RevisionChanges(9, (FieldChange("remarks", "", "已回访"),)),
    ] == changes_of(bodies)


def test_a_body_that_cannot_be_read_is_said_to_be_so_and_skipped_in_the_comparison():
    first, broken, noted = changes_of([(3, encode(FIRST)), (4, b"[]"), (9, encode(NOTED))])
    assert () == first.changes
    assert broken.unreadable
    assert ["evaluation", "user_join_evaluate_time", "remarks"] == [change.field for change in noted.changes]


def test_the_same_value_in_another_type_is_no_change():
    body = encode(RATED).replace(b'"200"', b"200")
    assert [RevisionChanges(1, ()), RevisionChanges(2, ())] == changes_of([(1, encode(RATED)), (2, body)])


@given(st.binary(max_size=40) | st.just(encode(FIRST)), st.binary(max_size=40))
def test_any_bytes_can_be_compared(one, other):
    assert [1, 2] == [line.inbox_id for line in changes_of([(1, one), (2, other)])]


@given(st.integers(0, 100), st.integers(0, 100))
def test_a_change_there_and_back_names_the_same_field(one, other):
    a, b = blank_record(round_number=one), blank_record(round_number=other)
    assert {change.field for change in changes_between(a, b)} == {change.field for change in changes_between(b, a)}
    assert (one != other) == bool(changes_between(a, b))
