"""Records to bytes, strictly; bytes to records, leniently.

`encode` writes one form and no other.
`decode` takes any bytes: what can be read becomes a record, what cannot be read in it becomes none and is listed.

Two ways lead through `decode`, and a property test holds them together.
A body in our own form is decoded in one typed step; anything else is read field by field in `lenient`.

Rules
- Absent and null read as none and are no problem: the vendor marks no field as required.
- A value that is there and cannot be read is none and is a problem, `wireName: why`.
- A value of another JSON type than the table's is read where its meaning is plain, and noted as drift.
- NUL and lone surrogates become U+FFFD in the record, with a problem: no store takes them, and the raw body is kept.
- Only a body that is no JSON object, or has no readable `id`, is undecodable.
"""

from __future__ import annotations

import msgspec

from afterchat.contract.drift import Drift, drift_of_codes
from afterchat.contract.json_body import NoObject, read_object
from afterchat.contract.lenient import Decoded, Undecodable, read_record
from afterchat.contract.record import FIELDS, SessionRecord
from afterchat.contract.vocabulary import CODED_SETS
from afterchat.errors import CallerError

__all__ = ["Decoded", "Drift", "Undecodable", "decode", "encode"]

_DECODER = msgspec.json.Decoder(SessionRecord)
_ENCODER = msgspec.json.Encoder()

_NO_PROBLEMS: tuple[str, ...] = ()
_NO_DRIFT: tuple[Drift, ...] = ()
_KEYS_OF_CUSTOM_FIELD = 3
_OTHER_BLANKS = (b"\t", b"\n", b"\r")


def encode(record: SessionRecord) -> bytes:
    """All 59 fields in the order of the vendor's page, compact, UTF-8.

    Raises CallerError for a record that the field table does not allow: another type, a number beyond 64 bits,
    or text that is no Unicode.
    """
    try:
        body = _ENCODER.encode(record)
        _DECODER.decode(body)
    except (msgspec.DecodeError, ValueError, TypeError, OverflowError) as error:
        raise CallerError(f"the record cannot be written: {error}; give each field the type in FIELDS") from error
    return body


def decode(body: bytes) -> Decoded | Undecodable:
    """The record that `body` holds, with its problems and its drift, or why there is none. Total."""
    record = _decode_canonical(body)
    if record is not None:
        return Decoded(record, _NO_PROBLEMS, drift_of_codes(record))
    read = read_object(body)
    if isinstance(read, NoObject):
        return Undecodable(read.reason)
    return read_record(read)


def _decode_canonical(body: bytes) -> SessionRecord | None:
    """The record if the body has exactly the 59 fields, each once, each with its type; None for anything else."""
    try:
        record = _DECODER.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    # The decoder takes the last of two equal keys. Unknown and missing keys it refuses, so a body in which every key
    # is followed by its colon, and which has no more of them than fields, has each key once. Text that holds `":`
    # makes the number too great and only costs the slow way.
    key_count = len(FIELDS) + _KEYS_OF_CUSTOM_FIELD * len(record.custom_field)
    is_plain = body.count(b'":') == key_count and not _has_blank_before_colon(body) and not _has_escaped_nul(body)
    # An sType that is no known digit may be one of the words that the slow way turns into one.
    return record if is_plain and CODED_SETS["sType"].knows(record.s_type) else None


def _has_blank_before_colon(body: bytes) -> bool:
    """Whether some key might not be followed by its colon; single bytes are looked for first because that is quick."""
    return b" :" in body or any(blank in body and blank + b":" in body for blank in _OTHER_BLANKS)


def _has_escaped_nul(body: bytes) -> bool:
    return b"\\" in body and b"\\u0000" in body
