"""What a reader sees of one session."""

from __future__ import annotations

import msgspec

from afterchat.contract.record import FIELDS, CustomField, blank_record
from afterchat.query.sessions import session_view
from afterchat.query.views import ID_FIELDS, Label, RecordView, SessionView
from afterchat.store.ports import SessionRow


def seen(**values) -> SessionView:
    record = blank_record(**{"id": 2**63 - 1, **values})
    return session_view(SessionRow("default", 12, 1_769_826_600, 1_769_826_600_417, 2, ("ender: why",), record))


def test_ids_are_text_and_only_ids():
    assert ID_FIELDS == {"id", "from_group_id", "related_id", "staff_id", "user_id", "human_transfer_session_id"}
    record = msgspec.to_builtins(seen())["record"]
    numbers = {field.name for field in FIELDS if field.type is int}
    assert {name for name, value in record.items() if isinstance(value, int)} == numbers - ID_FIELDS
    assert record["id"] == "9223372036854775807"


def test_the_record_has_every_field_in_the_order_of_the_wire():
    assert list(msgspec.to_builtins(seen())["record"]) == [field.name for field in FIELDS]


def test_a_view_has_the_shape_of_its_schema():
    view = seen(custom_field=(CustomField("f1", "城市", "杭州"),), remarks="备注 🙂")
    again = msgspec.json.decode(msgspec.json.encode(view), type=SessionView, strict=True)
    assert again == view
    assert isinstance(again.record, RecordView)
    assert again.record.custom_field[0].field_value == "杭州"


def test_every_coded_field_has_a_label_in_both_languages():
    view = seen(close_reason=7, evaluation_type=5, evaluation=75)
    assert set(view.labels) == {field.name for field in FIELDS if field.coded}
    assert view.labels["close_reason"] == Label("访客主动关闭", "closed by the visitor")


def test_a_rating_is_labelled_within_its_model_and_an_unknown_code_honestly():
    assert seen(evaluation_type=5, evaluation=100).labels["evaluation"] == Label("非常满意", "very satisfied")
    assert seen(evaluation_type=2, evaluation=100).labels["evaluation"] == Label("满意", "satisfied")
    assert seen(close_reason=17).labels["close_reason"] == Label("未知 (17)", "unknown (17)")


def test_where_it_came_from_stands_beside_the_record():
    view = seen()
    assert (view.inbox_id, view.signed_at, view.arrived_at) == ("12", 1_769_826_600, 1_769_826_600_417)
    assert (view.revision_count, view.problems) == (2, ["ender: why"])
