"""Bearer tokens: exactly the tokens in force are let in, and any bytes are only ever refused."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.store.ports import Token
from afterchat.web.auth import bearer_token

NOW = 1_000_000
READER = Token("reader", "default", None)
SHORT_LIVED = Token("short", None, NOW)
TOKENS = ((READER, sha256(b"reader-secret").digest()), (SHORT_LIVED, sha256(b"short-secret").digest()))


def test_a_token_in_force_is_found_by_its_hash():
    assert bearer_token([b"Bearer reader-secret"], TOKENS, NOW) == READER


def test_the_scheme_is_read_without_regard_to_case():
    assert bearer_token([b"bearer reader-secret"], TOKENS, NOW) == READER


def test_a_token_ends_at_the_moment_it_says():
    assert bearer_token([b"Bearer short-secret"], TOKENS, NOW - 1) == SHORT_LIVED
    assert bearer_token([b"Bearer short-secret"], TOKENS, NOW) is None


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [b""],
        [b"Bearer"],
        [b"Bearer "],
        [b"Basic reader-secret"],
        [b"reader-secret"],
        [b"Bearer Reader-Secret"],
        [b"Bearer " + sha256(b"reader-secret").hexdigest().encode()],
        [b"Bearer reader-secret", b"Bearer reader-secret"],
        [b"Bearer " + b"x" * 600],
    ],
)
def test_anything_else_is_nobody(headers):
    assert bearer_token(headers, TOKENS, NOW) is None


@given(st.lists(st.binary(), max_size=3))
def test_any_bytes_are_nobody_without_an_exception(headers):
    assert bearer_token(headers, TOKENS, NOW) is None
