"""Bearer tokens: exactly the tokens in force are let in, and any bytes are only ever refused."""

from __future__ import annotations

import hmac
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.store.bearer import AUTHORIZATION_BYTES_MAX, bearer_token
from afterchat.store.ports import Token

NOW = 1_000_000
READER = Token("reader", "default", None)
SHORT_LIVED = Token("short", None, NOW)
LONG = b"x" * (AUTHORIZATION_BYTES_MAX - len(b"Bearer "))
VERBOSE = Token("verbose", None, None, "send")
TOKENS = (
    (READER, sha256(b"reader-secret").digest()),
    (SHORT_LIVED, sha256(b"short-secret").digest()),
    (VERBOSE, sha256(LONG).digest()),
)


def test_a_token_in_force_is_found_by_its_hash():
    assert bearer_token([b"Bearer reader-secret"], TOKENS, NOW) == READER


@pytest.mark.parametrize(
    "header", [b"bearer reader-secret", b"BEARER reader-secret", b"Bearer  reader-secret", b"Bearer reader-secret \t"]
)
def test_the_scheme_is_read_without_regard_to_case_and_blanks_round_the_secret_say_nothing(header):
    assert bearer_token([header], TOKENS, NOW) == READER


def test_a_token_ends_at_the_moment_it_says():
    assert bearer_token([b"Bearer short-secret"], TOKENS, NOW - 1) == SHORT_LIVED
    assert bearer_token([b"Bearer short-secret"], TOKENS, NOW) is None


def test_a_header_is_read_up_to_its_bound_and_not_beyond():
    assert 512 == AUTHORIZATION_BYTES_MAX
    assert bearer_token([b"Bearer " + LONG], TOKENS, NOW) == VERBOSE
    assert bearer_token([b"Bearer  " + LONG], TOKENS, NOW) is None


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [b""],
        [b"Bearer"],
        [b"Bearer "],
        [b"Bearer \t"],
        [b"Basic reader-secret"],
        [b"reader-secret"],
        [b" Bearer reader-secret"],
        [b"Bearer Reader-Secret"],
        [b"Bearer " + sha256(b"reader-secret").hexdigest().encode()],
        [b"Bearer " + sha256(b"reader-secret").digest()],
        [b"Bearer reader-secret", b"Bearer reader-secret"],
        [b"Bearer reader-secret", b""],
        [b"Bearer " + b"x" * 600],
    ],
)
def test_anything_else_is_nobody(headers):
    assert bearer_token(headers, TOKENS, NOW) is None


def test_an_empty_secret_is_nobody_even_if_its_hash_were_stored():
    assert bearer_token([b"Bearer "], [(READER, sha256(b"").digest())], NOW) is None


@pytest.mark.parametrize("secret", [b"reader-secret", b"short-secret", b"nobody"])
def test_every_stored_hash_is_compared_whoever_comes(monkeypatch, secret):
    compared = []
    honest = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda one, other: compared.append(other) or honest(one, other))
    bearer_token([b"Bearer " + secret], TOKENS, NOW)

    assert [stored for _, stored in TOKENS] == compared


@given(st.lists(st.binary(max_size=40), max_size=3))
def test_any_bytes_are_nobody_without_an_exception(headers):
    assert bearer_token(headers, TOKENS, NOW) is None
