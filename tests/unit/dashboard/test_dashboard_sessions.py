"""The list of sessions and its file: one question, every page of it, masked by role, with a line in the audit."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from html import unescape

from dashboard_house import NOW, dashboard_house, ended_record

IDS = re.compile(r'<a href="/sessions/([0-9]+)\?')
NEXT = re.compile(r'href="([^"]*)" rel="next"')


async def walk(house, target):
    """Every id of the list, page by page."""
    found = []
    while target:
        page = await house.get(target)
        assert 200 == page.status
        found += [int(one) for one in IDS.findall(page.text)]
        following = NEXT.search(page.text)
        target = unescape(following[1]) if following else ""
    return found


def test_pages_follow_each_other_to_the_end_and_the_file_holds_the_same():
    async def both():
        async with dashboard_house() as house:
            await house.take(
                *(
                    ended_record(n, end_time=NOW - n * 60_000, category="keep" if n % 3 else "drop")
                    for n in range(1, 181)
                )
            )
            await house.log_in("analyst")
            ids = await walk(house, "/sessions?category=keep&sort=end_time")
            file = await house.get("/sessions/export?format=csv&category=keep&sort=end_time")
            return ids, file

    ids, file = asyncio.run(both())
    rows = list(csv.DictReader(io.StringIO(file.body.decode("utf-8-sig"))))
    assert sorted((n for n in range(1, 181) if n % 3), reverse=True) == ids
    assert ids == [int(row["id"].strip("'=\"")) for row in rows]
    assert "attachment" in file.header("content-disposition")


def test_a_file_with_everything_in_it_leaves_a_line_in_the_audit_that_names_no_value():
    async def notes_and_files():
        async with dashboard_house() as house:
            await house.take(ended_record(1, remarks="call 13800138000", from_ip="203.0.113.9"))
            await house.log_in("analyst")
            masked = await house.get("/sessions/export?format=jsonl&span=all")
            none = await house.store.people.notes(None, None, 50)
            await house.log_in("operator")
            whole = await house.get("/sessions/export?format=jsonl&from_ip=203.0.113.9")
            return masked, whole, none, await house.store.people.notes(None, None, 50)

    masked, whole, none, notes = asyncio.run(notes_and_files())
    assert b"13800138000" not in masked.body
    assert b"203.0.113.*" in masked.body
    assert b"13800138000" in whole.body
    assert "export.unmasked" not in {row.note.what for row in none}
    (note,) = [row.note for row in notes if row.note.what == "export.unmasked"]
    assert 1 == note.detail["sessions"]
    assert "from_ip=" in note.detail["filters"]
    assert "203.0.113.9" not in str(note.detail)


def test_a_format_that_is_none_is_refused_with_the_ones_there_are():
    async def answer():
        async with dashboard_house() as house:
            await house.log_in("operator")
            return await house.get("/sessions/export?format=exe"), await house.get("/sessions/export")

    wrong, missing = asyncio.run(answer())
    assert (400, 400) == (wrong.status, missing.status)
    assert "csv" in wrong.text


def test_names_of_visitors_are_masked_in_the_list_and_its_order_is_the_one_asked_for():
    async def page():
        async with dashboard_house() as house:
            await house.take(
                ended_record(1, first_reply_cost=9_000, staff_first_reply_time=NOW),
                ended_record(2, first_reply_cost=90_000, staff_first_reply_time=NOW),
                ended_record(3, first_reply_cost=40_000, staff_first_reply_time=NOW),
            )
            await house.log_in("viewer")
            return await walk(house, "/sessions?sort=-first_reply_cost")

    assert [2, 3, 1] == asyncio.run(page())
