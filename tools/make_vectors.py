"""Make the test vectors under tests/vectors, for this project and for receivers in any language.

    python tools/make_vectors.py            writes them
    python tools/make_vectors.py --check    fails when the committed files differ

Rules
- Nothing here imports afterchat: the vectors judge it.
- No chance and no clock: the same files come out every time.
- What a hostile body must come to is written by hand in `hostile_bodies.py`, not computed.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import sys
from pathlib import Path
from typing import Any

from hostile_bodies import HOSTILE_BODIES, SAMPLE, sample_bodies

FOLDER = Path(__file__).parent.parent / "tests" / "vectors"

VENDOR_SECRET = "DD0F1F5A3AD04EF49A06547C253F9357"
VENDOR_TIME = 1463725840
VENDOR_BODY = (
    '{"uid":"ob45dwaR1oVceP-AzkIMIfpYgXgE","staffId":17885,"sessionId":815518,'
    '"staffName":"超级管理员","staffType":1,"code":200}'
)
SECRET = "0123456789abcdef0123456789abcdef"
OLD_SECRET = "fedcba9876543210fedcba9876543210"
TIME = 1700000000

COLLISION = "TEXTCOLLBYfGiJUETHQ4h{}cKSMd5zYpgqf1YRDhkmxHkhPWptrkoyz28wnI9V0aHeAuaKnak"


def main() -> int:
    """Write or check every file; 1 when a check fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file differs")
    is_check = parser.parse_args().check
    files = {
        "checksum.json": checksum_vectors(),
        "webhooks.json": webhook_vectors(),
        "bodies.json": body_vectors(),
        "refusals.json": refusal_vectors(),
        "md5-collision.json": collision_vectors(),
    }
    stale = []
    for name, content in files.items():
        path = FOLDER / name
        text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
        if not is_check:
            path.write_text(text, "utf-8")
        elif not path.exists() or path.read_text("utf-8") != text:
            stale.append(name)
    for name in stale:
        print(f"tests/vectors/{name} differs from what tools/make_vectors.py makes; run it and commit the result")
    return 1 if stale else 0


def checksum_vectors() -> dict[str, Any]:
    """Bodies with their checksums, and some that must be refused."""
    vendor = VENDOR_BODY.encode()
    plain = b'{"id":1}'
    emoji = '{"id":2,"remarks":"换货👍"}'.encode()
    good = _checksum(SECRET, plain, TIME)
    rows = [
        (
            "the vendor's own sample",
            [VENDOR_SECRET],
            VENDOR_TIME,
            vendor,
            _checksum(VENDOR_SECRET, vendor, VENDOR_TIME),
            0,
        ),
        (
            "the vendor's sample, summed over its GBK bytes but sent as UTF-8",
            [VENDOR_SECRET],
            VENDOR_TIME,
            vendor,
            _checksum(VENDOR_SECRET, VENDOR_BODY.encode("gbk"), VENDOR_TIME),
            -1,
        ),
        ("plain ASCII", [SECRET], TIME, plain, good, 0),
        ("Chinese and an emoji", [SECRET], TIME, emoji, _checksum(SECRET, emoji, TIME), 0),
        ("an empty body", [SECRET], TIME, b"", _checksum(SECRET, b"", TIME), 0),
        ("a secret that is not ASCII", ["密钥-" + SECRET], TIME, plain, _checksum("密钥-" + SECRET, plain, TIME), 0),
        ("the second of two secrets, during rotation", [OLD_SECRET, SECRET], TIME, plain, good, 1),
        ("a secret that is no longer on the ring", [SECRET], TIME, plain, _checksum(OLD_SECRET, plain, TIME), -1),
        ("another time", [SECRET], TIME + 1, plain, good, -1),
        ("one byte more in the body", [SECRET], TIME, plain + b"\n", good, -1),
        ("the same JSON, written with a blank", [SECRET], TIME, b'{"id": 1}', good, -1),
        (
            "the same JSON, written with escapes",
            [SECRET],
            TIME,
            json.dumps(json.loads(emoji), separators=(",", ":")).encode(),
            _checksum(SECRET, emoji, TIME),
            -1,
        ),
        ("upper case", [SECRET], TIME, plain, good.upper(), -1),
        ("a blank behind the checksum", [SECRET], TIME, plain, good + " ", -1),
        ("full-width digits in the checksum", [SECRET], TIME, plain, good.translate(_FULL_WIDTH), -1),
        ("an empty checksum", [SECRET], TIME, plain, "", -1),
        ("ten thousand characters", [SECRET], TIME, plain, good * 250, -1),
        ("no secret at all", [], TIME, plain, good, -1),
    ]
    return {
        "about": "checksum = lower-case hex SHA-1 of secret + lower-case hex MD5(body) + time. "
        "`match` is the index of the matching secret, or -1: refuse.",
        "vendor_md5": hashlib.md5(vendor).hexdigest(),
        "vectors": [
            {
                "name": name,
                "secrets": secrets,
                "time": str(time),
                "body_base64": _base64(body),
                "checksum": checksum,
                "match": match,
            }
            for name, secrets, time, body, checksum, match in rows
        ],
    }


_FULL_WIDTH = {ord(digit): chr(ord(digit) - ord("0") + 0xFF10) for digit in "0123456789"}


def webhook_vectors() -> dict[str, Any]:
    """Standard Webhooks signatures, good and bad."""
    body = '{"id":3,"staffName":"王小燕"}'.encode()
    key = bytes(range(32))
    secret = "whsec_" + _base64(key)
    other = bytes(reversed(key))
    message_id, time = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", str(TIME)
    good = _signature(key, message_id, time, body)
    old = _signature(other, message_id, time, body)
    dotted = _signature(key, "msg.1", time, body)
    rows = [
        ("one signature", message_id, time, body, good, 0),
        ("two signatures, the second is ours", message_id, time, body, f"{old} {good}", 0),
        ("an unknown version beside ours", message_id, time, body, f"v2,AAAA {good}", 0),
        ("only an unknown version", message_id, time, body, good.replace("v1,", "v2,"), -1),
        ("a key that is not on the ring", message_id, time, body, old, -1),
        ("another message id", "msg_other", time, body, good, -1),
        ("another timestamp", message_id, str(TIME + 1), body, good, -1),
        ("another body", message_id, time, body + b" ", good, -1),
        ("a message id with a dot", "msg.1", time, body, dotted, -1),
        ("an empty message id", "", time, body, _signature(key, "", time, body), -1),
        (
            "a timestamp in milliseconds",
            message_id,
            time + "000",
            body,
            _signature(key, message_id, time + "000", body),
            -1,
        ),
        ("an empty header", message_id, time, body, "", -1),
        ("a header that is not ASCII", message_id, time, body, "v1，签名", -1),
    ]
    return {
        "about": "Standard Webhooks, HMAC-SHA256. The key is the base64 behind whsec_. "
        "`match` is the index of the matching key, or -1: refuse.",
        "secret": secret,
        "vectors": [
            {
                "name": name,
                "webhook-id": webhook_id,
                "webhook-timestamp": timestamp,
                "webhook-signature": signature,
                "body_base64": _base64(content),
                "match": match,
            }
            for name, webhook_id, timestamp, content, signature, match in rows
        ],
    }


def body_vectors() -> dict[str, Any]:
    """What must become of bodies that are validly signed, however strange."""
    return {
        "about": "Every body here is authentic, so it is answered {} and kept. "
        "`readable`: a record comes out, with problems in the fields named. "
        "`undecodable`: no record; it is listed for the operator. No body may raise, or be refused.",
        "sample": SAMPLE,
        "vectors": [*sample_bodies(), *HOSTILE_BODIES],
    }


def refusal_vectors() -> dict[str, Any]:
    """What must be refused although something about it looks right."""
    body = b'{"id":1}'
    captured = _checksum(SECRET, body, TIME)
    forged_time, forged_checksum = extend(captured, str(TIME).encode(), len(SECRET) + 32, b"1999999999")
    times = [
        b"1700000000", b"0000000000", b"9999999999", b"", b"170000000", b"17000000000", b"1700000000000",
        b" 1700000000", b"1700000000 ", b"1700000000\n", b"+170000000", b"-170000000", b"1700000000.0",
        b"1_700_000_0", b"1_700_000_000", b"17e8", b"0x6553f100", "１７００００００００".encode(),
        "١٧٠٠٠٠٠٠٠٠".encode(), b"1700000000\x00", b"170000000\x80", forged_time,
    ]  # fmt: skip
    return {
        "about": "Refused with a status that is not 2xx and a body that is neither empty nor {}.",
        "length_extension": {
            "about": "From a captured pair, without the secret: the forged checksum IS the SHA-1 of "
            "secret + md5 + forged time. Only the shape of time gives it away. Answer 401, code 14003.",
            "secret": SECRET,
            "body_base64": _base64(body),
            "captured_time": str(TIME),
            "captured_checksum": captured,
            "forged_time_base64": _base64(forged_time),
            "forged_checksum": forged_checksum,
        },
        "times": {
            "about": "`seconds` is null where the text is not exactly ten ASCII digits: 401, code 14003.",
            "vectors": [
                {"time_base64": _base64(time), "seconds": int(time) if position < 3 else None}
                for position, time in enumerate(times)
            ],
        },
        "window": {
            "about": "A checksum holds for 300 s, either way, the edge included.",
            "window_seconds": 300,
            "now_ms": TIME * 1000,
            "vectors": [
                {"time": TIME + offset, "is_within": abs(offset) <= 300}
                for offset in (-86400, -301, -300, -299, 0, 299, 300, 301, 86400)
            ],
        },
        "queries": _query_vectors(captured),
    }


def _query_vectors(checksum: str) -> dict[str, Any]:
    good = f"eventType=DATA_ONLINE_SESSION_END&time={TIME}&checksum={checksum}"
    without_event_type = f"time={TIME}&checksum={checksum}"
    event_type_last = f"checksum={checksum}&time={TIME}&eventType=MSG"
    refused = [
        (f"{good}&time={TIME}", 400, 14004),
        (f"time=1&{good}", 400, 14004),
        (f"{good}&checksum={checksum}", 400, 14004),
        (f"{good}&eventType=MSG", 400, 14004),
        (f"time[]={TIME}&checksum={checksum}", 401, 14003),
        (f"time={TIME};checksum={checksum}", 401, 14003),
        (f"TIME={TIME}&CHECKSUM={checksum}", 401, 14003),
        (f"checksum={checksum}", 401, 14003),
        ("", 401, 14003),
        (f"time={TIME}", 401, 14002),
        (f"time={TIME}&checksum=", 401, 14002),
        (f"time={TIME}&CHECKSUM={checksum}", 401, 14002),
    ]
    return {
        "about": 'Queries of one push whose body is {"id":1}, signed with `secret` and judged at `time`. '
        "A parameter that comes twice is refused, whatever its values; another spelling is another parameter.",
        "secret": SECRET,
        "time": TIME,
        "accepted": [good, without_event_type, event_type_last],
        "refused": [{"query": query, "status": status, "code": code} for query, status, code in refused],
    }


def collision_vectors() -> dict[str, Any]:
    """Two bodies, one MD5, so one checksum."""
    bodies = [COLLISION.format(letter).encode() for letter in "AE"]
    md5 = {hashlib.md5(body).hexdigest() for body in bodies}
    if len(md5) != 1 or bodies[0] == bodies[1]:
        sys.exit("the two bodies do not collide")
    return {
        "about": "Both are authentic and both must be kept: two bodies, told apart by sha256. "
        "A receiver that takes MD5 or the checksum for an identity loses one.",
        "secret": SECRET,
        "time": str(TIME),
        "md5": md5.pop(),
        "checksum": _checksum(SECRET, bodies[0], TIME),
        "bodies": [{"body": body.decode(), "sha256": hashlib.sha256(body).hexdigest()} for body in bodies],
    }


def extend(digest_hex: str, known_tail: bytes, unknown_bytes: int, suffix: bytes) -> tuple[bytes, str]:
    """Length extension of SHA-1: (known tail + padding + suffix, digest of the whole), without the unknown part.

    `digest_hex` is the SHA-1 of `unknown_bytes` bytes nobody told us, followed by `known_tail`.
    """
    length = unknown_bytes + len(known_tail)
    padding = _padding(length)
    state = [int(digest_hex[start : start + 8], 16) for start in range(0, 40, 8)]
    rest = suffix + _padding(length + len(padding) + len(suffix))
    for start in range(0, len(rest), 64):
        state = _compress(state, rest[start : start + 64])
    return known_tail + padding + suffix, "".join(f"{word:08x}" for word in state)


def _padding(length: int) -> bytes:
    return b"\x80" + b"\x00" * ((55 - length) % 64) + (length * 8).to_bytes(8, "big")


def _compress(state: list[int], block: bytes) -> list[int]:
    """One round of SHA-1 over 64 bytes, as FIPS 180-4 defines it."""
    schedule = [int.from_bytes(block[start : start + 4], "big") for start in range(0, 64, 4)]
    for t in range(16, 80):
        schedule.append(_rotate(schedule[t - 3] ^ schedule[t - 8] ^ schedule[t - 14] ^ schedule[t - 16], 1))
    a, b, c, d, e = state
    for t, word in enumerate(schedule):
        mixed, constant = (
            ((b & c) | (~b & d), 0x5A827999),
            (b ^ c ^ d, 0x6ED9EBA1),
            ((b & c) | (b & d) | (c & d), 0x8F1BBCDC),
            (b ^ c ^ d, 0xCA62C1D6),
        )[t // 20]
        a, b, c, d, e = (_rotate(a, 5) + mixed + e + constant + word) & 0xFFFFFFFF, a, _rotate(b, 30), c, d
    return [(old + new) & 0xFFFFFFFF for old, new in zip(state, (a, b, c, d, e), strict=True)]


def _rotate(word: int, bits: int) -> int:
    return ((word << bits) | (word >> (32 - bits))) & 0xFFFFFFFF


def _checksum(secret: str, body: bytes, time: int) -> str:
    return hashlib.sha1(secret.encode() + hashlib.md5(body).hexdigest().encode() + str(time).encode()).hexdigest()


def _signature(key: bytes, message_id: str, time: str, body: bytes) -> str:
    content = message_id.encode() + b"." + time.encode() + b"." + body
    return "v1," + _base64(hmac.digest(key, content, "sha256"))


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


if __name__ == "__main__":
    sys.exit(main())
