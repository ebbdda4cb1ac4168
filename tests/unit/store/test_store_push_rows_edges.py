"""Rows of the inbox at their edges: where the hint stops looking, and that good text is not copied."""

from __future__ import annotations

import asyncio
from pathlib import Path

import apsw
import pytest

from afterchat.store.open import WRITABLE, open_store
from afterchat.store.sql.push_rows import locality_of, storable
from conformance.cast import arrival, body


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'"id":5', 5),
        (b"xxxx17", 0),
        (b'{"id":    5}', 5),
        (b'{"id":     5}', 0),
        (b'{"id":-9223372036854775807}', -(2**63) + 1),
        (b'{"id":9223372036854775807}', 2**63 - 1),
        (b'{"id":12345678901234567890}', 1234567890123456789),
        (b'{"id":"x","id":5}', 0),
    ],
)
def test_the_hint_stops_at_its_bounds(content: bytes, expected: int) -> None:
    assert expected == locality_of(content)


@pytest.mark.parametrize("text", ["", "DATA_ONLINE_SESSION_END", "a b"])
def test_plain_text_is_not_copied(text: str) -> None:
    assert storable(text) is text


@pytest.mark.parametrize(
    ("text", "expected"), [("\0", "\ufffd"), ("a\0b", "a\ufffdb"), ("客户\0", "客户\ufffd"), ("\ud800", "?")]
)
def test_what_no_database_takes_is_replaced_and_nothing_else(text: str, expected: str) -> None:
    assert expected == storable(text)


def test_who_replays_a_push_under_ever_other_labels_creates_no_names(tmp_path: Path) -> None:
    push = arrival(body(1))

    async def work() -> None:
        store = await open_store(f"sqlite:///{tmp_path}/store", WRITABLE)
        await store.inbox.append_all([push, *(push._replace(event_type=f"E{number}") for number in range(50))])
        for number in range(50, 60):
            await store.inbox.append_all([push._replace(key_id=f"K{number}", scheme=f"S{number}")])
        await store.close()

    asyncio.run(work())
    inbox = apsw.Connection(str(tmp_path / "store" / "inbox.db"), flags=apsw.SQLITE_OPEN_READONLY)
    names = [text for (text,) in inbox.execute("SELECT text FROM name ORDER BY text")]
    inbox.close()
    assert ["DATA_ONLINE_SESSION_END", "checksum", "default", "main"] == names
