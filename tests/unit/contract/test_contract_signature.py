"""Corners of the checksum that need more than a vector; tests/vectors/checksum.json has the rest."""

import hashlib

import pytest

from afterchat.contract.signature import body_md5, checksum, checksum_matches, is_within_window, read_time

BODY = '{"id":1,"remarks":"你好"}'.encode()
TIME = b"1700000000"
SECRET = b"a secret of this tenant"


@pytest.mark.parametrize(
    "claimed",
    [b"", b"\xff" * 40, "校验和".encode(), b"0" * 10_000, b"0" * 39, b"0" * 41, bytes(40)],
    ids=["empty", "no UTF-8", "Chinese", "10 kB", "one short", "one long", "NULs"],
)
def test_x09_strange_checksum_is_refused_without_an_exception(claimed):
    assert checksum_matches([SECRET, SECRET], BODY, TIME, claimed) == -1


def test_index_is_that_of_the_first_of_two_equal_secrets():
    claimed = checksum(SECRET, body_md5(BODY), TIME)
    assert checksum_matches([b"other", SECRET, SECRET], BODY, TIME, claimed) == 1


def test_x09_every_secret_is_tried_even_after_a_match(monkeypatch):
    tried = []

    def note_and_compare(expected, claimed):
        tried.append(expected)
        return expected == claimed

    monkeypatch.setattr("afterchat.contract.signature.hmac.compare_digest", note_and_compare)
    md5 = body_md5(BODY)
    secrets = [SECRET, b"second", b"third"]
    assert checksum_matches(secrets, BODY, TIME, checksum(SECRET, md5, TIME)) == 0
    assert tried == [checksum(secret, md5, TIME) for secret in secrets]


def test_time_beyond_pythons_digit_limit_is_no_time():
    assert read_time(b"1" * 10_000) is None


@pytest.mark.parametrize("side", [-1, 1])
def test_x05_window_ends_at_its_very_millisecond(side):
    edge_ms = 1_700_000_000_000 + side * 300_000
    assert is_within_window(1_700_000_000, edge_ms, 300)
    assert not is_within_window(1_700_000_000, edge_ms + side, 300)


@pytest.mark.parametrize("window_seconds", [0, 1, 86_400])
def test_window_is_as_wide_as_it_was_set(window_seconds):
    assert is_within_window(1_700_000_000, 1_700_000_000_000 + window_seconds * 1000, window_seconds)
    assert not is_within_window(1_700_000_000, 1_700_000_000_001 + window_seconds * 1000, window_seconds)


def test_sums_are_taken_on_a_machine_that_bars_their_hashes_from_security(monkeypatch):
    def barred(algorithm):
        def hash_for_no_security(data=b"", *, usedforsecurity=True):
            if usedforsecurity:
                raise ValueError("disabled for FIPS")
            return algorithm(data, usedforsecurity=False)

        return hash_for_no_security

    for name in ("md5", "sha1"):
        monkeypatch.setattr(hashlib, name, barred(getattr(hashlib, name)))
    claimed = checksum(SECRET, body_md5(BODY), TIME)
    assert checksum_matches([SECRET], BODY, TIME, claimed) == 0
