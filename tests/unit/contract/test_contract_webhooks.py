"""Corners of Standard Webhooks; tests/vectors/webhooks.json has the rest."""

import base64

import pytest

from afterchat.contract.webhooks import sign_webhook, webhook_key, webhook_matches
from afterchat.errors import CallerError

KEY = b"k" * 32
ARGUMENTS = (b"msg_1", b"1700000000")


@pytest.mark.parametrize("message_id", ["", "msg.1", "msg 1", "msg\n1", "消息", "\ud800", "m" * 257])
def test_x13_message_id_that_no_receiver_takes_is_not_signed(message_id):
    with pytest.raises(CallerError, match="without a dot"):
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
