"""What holds for every record, every body and every secret, not only for those somebody thought of."""

import hashlib
import json

from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import json_values, near_records, records

from afterchat.contract import codec
from afterchat.contract.codec import Decoded, Undecodable, decode, encode
from afterchat.contract.field import INTEGER_MAX, INTEGER_MIN
from afterchat.contract.json_body import NoObject, read_object
from afterchat.contract.lenient import read_record
from afterchat.contract.push import EVENT_TYPES, sniff_event_type
from afterchat.contract.record import FIELDS, latest_moment
from afterchat.contract.signature import checksum_matches, read_time
from afterchat.contract.webhooks import sign_webhook, webhook_key, webhook_matches

short = settings(max_examples=120, deadline=None, derandomize=True)
few = settings(max_examples=40, deadline=None, derandomize=True)

SECRETS = st.lists(st.binary(max_size=40), max_size=3)


def checksum_by_the_book(secret, body, time):
    md5 = hashlib.md5()
    md5.update(body)
    sha1 = hashlib.sha1()
    for part in (secret, md5.hexdigest().lower().encode(), time):
        sha1.update(part)
    return sha1.hexdigest().lower().encode()


def assert_is_sound(decoded):
    """Whatever came in, what comes out can be written, shown and stored."""
    if isinstance(decoded, Undecodable):
        assert decoded.reason.isprintable()
        return
    for field in FIELDS:
        value = getattr(decoded.record, field.name)
        assert type(value) is field.type
        if field.type is int:
            assert INTEGER_MIN <= value <= INTEGER_MAX
    assert INTEGER_MAX >= latest_moment(decoded.record) >= 0
    again = decode(encode(decoded.record))
    assert again.record == decoded.record
    assert again.problems == ()
    for note in decoded.drift:
        assert max(len(note.field), len(note.sample)) <= 120
        (note.field + note.sample).encode("utf-8")


@short
@given(records)
def test_record_comes_back_exactly_and_without_a_problem(record):
    decoded = decode(encode(record))
    assert decoded.problems == ()
    assert [note for note in decoded.drift if note.kind != "value"] == []
    for field in FIELDS:
        assert getattr(decoded.record, field.name) == getattr(record, field.name)


@short
@given(records)
def test_quick_way_and_slow_way_read_a_record_alike(record):
    body = encode(record)
    quick = codec._decode_canonical(body)
    slow = read_record(read_object(body))
    assert quick in {None, slow.record}
    assert decode(body).problems == slow.problems == ()


@short
@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf")
@example(b'{"id":1' + b"," * 50)
@example(b'"' * 101)
def test_any_bytes_have_a_reading(body):
    assert_is_sound(decode(body))
    assert sniff_event_type(body) in {"", *(event_type.name for event_type in EVENT_TYPES)}


@short
@given(near_records)
def test_any_near_record_has_a_sound_reading(body):
    assert_is_sound(decode(body))


@few
@given(json_values)
def test_any_custom_field_has_a_sound_reading(value):
    decoded = decode(json.dumps({"id": 1, "customField": value}).encode())
    if isinstance(decoded, Decoded):
        assert_is_sound(decoded)


@few
@given(records, st.data())
def test_record_with_a_byte_changed_has_a_sound_reading(record, data):
    body = bytearray(encode(record))
    body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    assert_is_sound(decode(bytes(body)))


@few
@given(records, st.data())
def test_record_cut_short_is_never_a_record(record, data):
    body = encode(record)
    cut = body[: data.draw(st.integers(0, len(body) - 1))]
    assert isinstance(decode(cut), Undecodable)
    assert isinstance(read_object(cut), NoObject)


@short
@given(SECRETS, st.binary(max_size=80), st.binary(max_size=14), st.binary(max_size=40))
def test_checksum_agrees_with_one_written_by_the_book(secrets, body, time, claimed):
    sums = [checksum_by_the_book(secret, body, time) for secret in secrets]
    assert checksum_matches(secrets, body, time, claimed) == (sums.index(claimed) if claimed in sums else -1)
    for position, right in enumerate(sums):
        assert checksum_matches(secrets, body, time, right) == sums.index(right) <= position


@short
@given(st.one_of(st.binary(max_size=14), st.text(max_size=11).map(lambda text: text.encode("utf-8", "replace"))))
@example(b"1700000000\n")
@example("１７０００００００".encode())
def test_time_is_read_only_from_ten_ascii_digits(text):
    is_time = len(text) == 10 and all(byte in b"0123456789" for byte in text)
    assert read_time(text) == (int(text) if is_time else None)


@short
@given(st.binary(max_size=60), st.binary(max_size=30), st.binary(max_size=14), st.binary(max_size=80))
def test_any_webhook_headers_have_a_verdict(secret, message_id, timestamp, header):
    assert webhook_matches([webhook_key(secret)], message_id, timestamp, header, b"{}") == -1


@few
@given(st.binary(max_size=60), st.from_regex("[!-,/-~]{1,30}", fullmatch=True), st.integers(10**9, 10**10 - 1))
def test_webhook_signature_is_taken_by_its_own_key_only(key, message_id, timestamp):
    header = sign_webhook(key, message_id, timestamp, b"{}").encode()
    arguments = message_id.encode(), str(timestamp).encode(), header
    assert webhook_matches([key + b"x", key], *arguments, b"{}") == 1
    assert webhook_matches([key], *arguments, b"{ }") == -1
