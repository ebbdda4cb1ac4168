"""Bodies made small: always given back, never larger than they say."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from afterchat.contract.codec import encode
from afterchat.contract.record import FIELDS, SessionRecord
from afterchat.simulator import words
from afterchat.simulator.sessions import made_up_sessions
from afterchat.simulator.strangers import strangers_sessions
from afterchat.store.sql.compression import BODY_BYTES_MAX, Compressor, Decompressor, dictionary_bytes

COMPRESSOR = Compressor(1, dictionary_bytes())


def decompressor() -> Decompressor:
    return Decompressor({1: dictionary_bytes()}.get)


@given(st.binary(max_size=5000) | st.binary(max_size=50).map(lambda part: part * 200))
def test_any_body_comes_back(body: bytes) -> None:
    dictionary_id, stored = COMPRESSOR.compress(body)

    assert body == decompressor().decompress(dictionary_id, stored, len(body))
    assert len(stored) <= len(body)


def test_the_dictionary_knows_every_name_and_nobodys_words() -> None:
    text = dictionary_bytes().decode("utf-8", "ignore")

    assert 0 == sum(word in text for word in (*words.STAFF_NAMES, *words.GROUPS))
    assert 50 < sum(f'"{field.wire}":' in text for field in FIELDS)


@pytest.mark.parametrize("sessions", [made_up_sessions, strangers_sessions])
def test_bodies_shrink_to_a_third(sessions: Callable[[int], Iterator[SessionRecord]]) -> None:
    bodies = [encode(session) for session in itertools.islice(sessions(1), 100)]

    assert sum(map(len, bodies)) > 3 * sum(len(COMPRESSOR.compress(body)[1]) for body in bodies)


def test_a_damaged_row_is_none_and_never_an_exception() -> None:
    body = b'{"alarmTimes":0,"category":"' * 20
    _, stored = COMPRESSOR.compress(body)

    assert decompressor().decompress(1, stored[:-1], len(body)) is None
    assert decompressor().decompress(1, b"", len(body)) is None
    assert decompressor().decompress(2, stored, len(body)) is None
    assert decompressor().decompress(0, stored, len(body)) is None
    for size in (-1, len(body) - 1, len(body) + 1, BODY_BYTES_MAX + 1):
        assert decompressor().decompress(1, stored, size) is None


def test_a_frame_that_claims_a_huge_body_gets_no_memory() -> None:
    bomb = zstandard.ZstdCompressor().compress(bytes(BODY_BYTES_MAX + 1))

    assert decompressor().decompress(1, bomb, 100) is None
    assert decompressor().decompress(1, bomb, BODY_BYTES_MAX + 1) is None
