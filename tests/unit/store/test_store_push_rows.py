"""Rows of the inbox: the hint in the bytes, and text that can be stored."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.store.sql.push_rows import locality_of, storable


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"id":17}', 17),
        (b'{"id": "17"}', 17),
        (b'{"id":-3}', -3),
        (b'{"a":1,"id":9223372036854775807,"id":5}', 2**63 - 1),
        (b'{"id":9223372036854775808}', 0),
        (b'{"id":-9223372036854775808}', 0),
        (b'{"customField":[{"fieldId":"5"}],"id":8}', 8),
        (b'{"id":null}', 0),
        (b'{"id":', 0),
        (b"", 0),
        ('{"id":１７}'.encode(), 0),
    ],
)
def test_the_hint_is_the_number_behind_the_first_id(content: bytes, expected: int) -> None:
    assert expected == locality_of(content)


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda rest: b'{"id":' + rest))
def test_any_bytes_have_a_hint_of_64_bits(content: bytes) -> None:
    assert -(2**63) <= locality_of(content) < 2**63


@given(st.text(st.characters(exclude_categories=())))
def test_storable_text_can_be_encoded_and_good_text_is_untouched(text: str) -> None:
    stored = storable(text)

    assert "\0" not in stored
    assert stored == stored.encode().decode()
    assert stored == storable(stored)
