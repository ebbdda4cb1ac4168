"""JSON lines: the very bytes in which the API shows a session, and the wire's own."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given

from afterchat.contract.codec import encode
from afterchat.export.batch import Batch
from afterchat.export.columns import Layout
from afterchat.export.jsonl_rows import JsonRows, WireRows
from afterchat.query.sessions import session_view
from export_rows import BATCHES

LAYOUT = Layout("en", ZoneInfo("UTC"))


@given(BATCHES)
def test_a_line_is_the_session_as_the_api_shows_it(rows):
    lines = JsonRows(LAYOUT).rows(Batch.of_rows(rows)).splitlines()
    assert lines == [msgspec.json.encode(session_view(row)) for row in rows]


@given(BATCHES)
def test_a_wire_line_is_the_record_as_it_would_be_pushed(rows):
    assert WireRows(LAYOUT).rows(Batch.of_rows(rows)).splitlines() == [encode(row.record) for row in rows]


@given(BATCHES)
def test_what_is_masked_stands_in_no_line(rows):
    masks = {"remarks": lambda _: "***"}
    for writer in (JsonRows(LAYOUT), WireRows(LAYOUT)):
        for line in writer.rows(Batch.of_rows(rows).masked(masks)).splitlines():
            document = msgspec.json.decode(line)
            assert document.get("record", document)["remarks"] == "***"
