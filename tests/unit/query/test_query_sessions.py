"""What a reader sees of one session."""

from __future__ import annotations

import asyncio

import msgspec

from afterchat.contract.record import FIELDS, CustomField, blank_record
from afterchat.query.freshness import Lag
from afterchat.query.sessions import session_detail, session_view
from afterchat.query.views import ID_FIELDS, Label, RecordView, SessionView
from afterchat.store.ports import Revision, SessionRow


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


class Growing:
    """Records in which another version comes between the reading of a session and that of its versions."""

    def __init__(self, versions, is_there=True):
        self.versions = versions
        self.is_there = is_there

    def row(self, count):
        return SessionRow("default", count, 1, 1, count, (), blank_record(id=7, evaluation=count))

    async def get(self, tenant, session_id):
        return [self.row(self.versions.pop(0))] if self.is_there else []

    async def revisions(self, tenant, session_id):
        return [Revision(number, 1, 1, b"", number == 0) for number in range(self.versions[0] if self.versions else 3)]


class NoBodies:
    """An inbox from which every body is gone."""

    async def get(self, inbox_id):
        return None


NO_BODIES = NoBodies()


def test_a_session_and_its_versions_are_of_one_moment():
    records = Growing([2, 3])
    detail = asyncio.run(session_detail(records, NO_BODIES, records.row(1), Lag(0, 0, None)))

    assert (3, "3", 3) == (detail.session.revision_count, detail.session.inbox_id, len(detail.revisions))


def test_a_session_that_is_gone_meanwhile_is_shown_as_it_was_read():
    records = Growing([2], is_there=False)
    detail = asyncio.run(session_detail(records, NO_BODIES, records.row(1), Lag(0, 0, None)))

    assert 1 == detail.session.revision_count
