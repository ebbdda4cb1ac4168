"""Corners of Standard Webhooks; tests/vectors/webhooks.json has the rest."""

import base64

import pytest

from afterchat.contract.webhooks import sign_webhook, webhook_key, webhook_matches
from afterchat.errors import CallerError

KEY = b"k" * 32
ARGUMENTS = (b"msg_1", b"1700000000")


@pytest.mark.parametrize("message_id", ["", "msg.1", "msg 1", "msg\n1", "消息", "\ud800", "m" * 257])
def test_x13_message_id_that_no_receiver_takes_is_not_signed(message_id):
    with pytest.raises(CallerError, match="use 1 to 256 visible ASCII characters without a dot"):
        sign_webhook(KEY, message_id, 1_700_000_000, b"{}")
    assert webhook_matches([KEY], message_id.encode("utf-8", "replace"), ARGUMENTS[1], b"v1,x", b"{}") == -1


@pytest.mark.parametrize("timestamp", [0, -1_700_000_000, 1_700_000_000_000, 170_000_000])
def test_timestamp_that_is_not_ten_digits_is_not_signed(timestamp):
    with pytest.raises(CallerError, match="ten digits"):
        sign_webhook(KEY, "msg_1", timestamp, b"{}")


def test_longest_message_id_is_signed_and_taken():
    message_id = "m" * 256
    header = sign_webhook(KEY, message_id, 1_700_000_000, b"{}").encode()
    assert webhook_matches([KEY], message_id.encode(), ARGUMENTS[1], header, b"{}") == 0


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        (b"whsec_" + base64.b64encode(KEY), KEY),
        (b"plain secret", b"plain secret"),
        (b"whsec_not base64!", b"whsec_not base64!"),
        (b"whsec_\xff", b"whsec_\xff"),
        (b"whsec_", b""),
        (b"", b""),
    ],
)
def test_key_of_a_secret(secret, key):
    assert webhook_key(secret) == key


def test_signatures_beyond_the_sixteenth_are_not_looked_at():
    good = sign_webhook(KEY, "msg_1", 1_700_000_000, b"{}").encode()
    bad = b"v1,AAAA"
    assert webhook_matches([KEY], *ARGUMENTS, b" ".join([bad] * 15 + [good]), b"{}") == 0
    assert webhook_matches([KEY], *ARGUMENTS, b" ".join([bad] * 16 + [good]), b"{}") == -1


def test_index_is_that_of_the_first_of_two_equal_keys():
    header = sign_webhook(KEY, "msg_1", 1_700_000_000, b"{}").encode()
    assert webhook_matches([KEY, KEY], *ARGUMENTS, header, b"{}") == 0
    assert webhook_matches([b"other", KEY, KEY], *ARGUMENTS, header, b"{}") == 1


def test_every_key_is_compared_with_every_signature_even_after_a_match(monkeypatch):
    compared = []

    def note_and_compare(expected, claimed):
        compared.append((expected, claimed))
        return expected == claimed

    keys = [KEY, b"second"]
    expected = [sign_webhook(key, "msg_1", 1_700_000_000, b"{}").encode() for key in keys]
    monkeypatch.setattr("afterchat.contract.webhooks.hmac.compare_digest", note_and_compare)
    header = expected[0] + b" v1,AAAA"
    assert webhook_matches(keys, *ARGUMENTS, header, b"{}") == 0
    assert compared == [(one, claimed) for one in expected for claimed in header.split(b" ")]


@pytest.mark.parametrize("header", [b"", b" ", b"v1,", b"v1a,AAAA", b"v1", b"\xff" * 40, b"v1," + b"A" * 10_000])
def test_strange_signature_is_refused_without_an_exception(header):
    assert webhook_matches([KEY], *ARGUMENTS, header, b"{}") == -1


def test_signature_under_another_version_is_not_taken():
    good = sign_webhook(KEY, "msg_1", 1_700_000_000, b"{}").encode()
    assert webhook_matches([KEY], *ARGUMENTS, good.replace(b"v1,", b"v1a,"), b"{}") == -1
    assert webhook_matches([KEY], *ARGUMENTS, good.removeprefix(b"v1,"), b"{}") == -1


def test_no_key_matches_nothing():
    header = sign_webhook(KEY, "msg_1", 1_700_000_000, b"{}").encode()
    assert webhook_matches([], *ARGUMENTS, header, b"{}") == -1
