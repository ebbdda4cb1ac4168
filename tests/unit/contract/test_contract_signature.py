"""Corners of the checksum that need more than a vector; tests/vectors/checksum.json has the rest."""

import pytest

from afterchat.contract.signature import body_md5, checksum, checksum_matches, read_time

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
