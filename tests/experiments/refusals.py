"""Pushes that must be refused, and near misses that must be taken: the tables X01 to X13.

Rules:
- Every case names its rule, the requests' bytes, and the only statuses that are right.
- Each is built around one honest push, so that exactly one thing is wrong with it.
- `is_kept` says whether the inbox may have one more row afterwards; everything else changes nothing.

What does not belong here: sending and judging (`test_e01_signature.py`).
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote

from experiments.bodies import session_push
from experiments.client import SESSION_END, checksum, request
from experiments.forgery import extend_checksum

__all__ = ["COLLIDING", "Case", "cases", "posted", "signed"]

COLLIDING = (
    b"TEXTCOLLBYfGiJUETHQ4hAcKSMd5zYpgqf1YRDhkmxHkhPWptrkoyz28wnI9V0aHeAuaKnak",
    b"TEXTCOLLBYfGiJUETHQ4hEcKSMd5zYpgqf1YRDhkmxHkhPWptrkoyz28wnI9V0aHeAuaKnak",
)
"""Two texts with one MD5, found by M. Stevens."""

BODY_BYTES_MAX = 262_144


class Case(NamedTuple):
    """One push and what must become of it."""

    rule: str
    name: str
    raw: bytes
    statuses: tuple[int, ...]
    is_kept: bool = False


def signed(secret: str, body: bytes, time: bytes, *, keep_alive: bool = False) -> bytes:
    """A push of `body` whose checksum covers the raw bytes of `time`, which are sent escaped."""
    return posted(body, f"time={quoted(time)}&checksum={checksum(secret, body, time)}", keep_alive=keep_alive)


def posted(
    body: bytes,
    query: str,
    path: str = "/push",
    headers: tuple[str, ...] = (),
    method: str = "POST",
    *,
    keep_alive: bool = False,
) -> bytes:
    """A push of session end data with any query."""
    return request(method, f"{path}?eventType={SESSION_END}&{query}", body, headers, keep_alive=keep_alive)


def quoted(value: bytes) -> str:
    return quote(value, safe="")


def cases(secret: str, chance: random.Random, now: int) -> Iterator[Case]:
    """Every case, each about a session of its own."""
    body = fresh_body(chance, now)
    time = str(now)
    good = checksum(secret, body, now)
    forged = extend_checksum(good, len(secret), time.encode(), b"1999999999")
    assert forged.checksum == checksum(secret, body, forged.time), "the forgery itself must be right"
    yield Case(
        "X01", "length extension", posted(body, f"time={quoted(forged.time)}&checksum={forged.checksum}"), (401,)
    )
    yield from times(secret, chance, now)
    yield from edges(secret, chance, now)
    yield from checksums(secret, chance, now)
    yield from bodies(secret, chance, now)
    yield from parameters(secret, chance, now)
    yield from others(secret, chance, now)


def fresh_body(chance: random.Random, now: int) -> bytes:
    return session_push(chance.getrandbits(50), chance, now * 1000).body


def times(secret: str, chance: random.Random, now: int) -> Iterator[Case]:
    """X01: what `int`, `isdigit` and a lax pattern take; each correctly signed over the very bytes."""
    text = str(now)
    wide = "".join(chr(ord("０") + int(digit)) for digit in text)
    arabic = "".join(chr(0x0660 + int(digit)) for digit in text)
    table = {
        "full-width digits": wide.encode(),
        "Arabic digits": arabic.encode(),
        "underscores": f"{text[0]}_{text[1:4]}_{text[4:7]}_{text[7:]}".encode(),
        "leading space": f" {text}".encode(),
        "trailing space": f"{text} ".encode(),
        "plus sign": f"+{text}".encode(),
        "minus sign": f"-{text}".encode(),
        "line feed at the end": f"{text}\n".encode(),
        "NUL at the end": f"{text}\0".encode(),
        "fraction": f"{text}.0".encode(),
        "exponent": b"1.7e9",
        "milliseconds": f"{text}000".encode(),
        "leading zero": f"0{text}".encode(),
        "nine digits": text[:9].encode(),
        "hexadecimal": hex(now).encode(),
        "empty": b"",
    }
    for name, value in table.items():
        yield Case("X01", f"time: {name}", signed(secret, fresh_body(chance, now), value), (401,))
        if value.decode("latin-1").isprintable() and " " not in value.decode("latin-1") and value.isascii():
            body = fresh_body(chance, now)
            total = checksum(secret, body, value)
            yield Case(
                "X01", f"time, unescaped: {name}", posted(body, f"time={value.decode()}&checksum={total}"), (401,)
            )


def edges(secret: str, chance: random.Random, now: int) -> Iterator[Case]:
    """X05: 300 seconds either way; five seconds are left for the test's own slowness."""
    for seconds, status in ((-295, 200), (295, 200), (-305, 401), (310, 401), (-86_400, 401), (10**9, 401)):
        time = str(now + seconds).encode()
        yield Case("X05", f"{seconds:+d} s", signed(secret, fresh_body(chance, now), time), (status,), status == 200)


def checksums(secret: str, chance: random.Random, now: int) -> Iterator[Case]:
    """X09: wrong in every way is one answer, and never a 500."""
    body = fresh_body(chance, now)
    good = checksum(secret, body, now)
    table = {
        "wrong": "0" * 40,
        "upper case": good.upper(),
        "cut": good[:39],
        "longer": good + "0",
        "not ASCII": quote("校验"),
        "full-width": quote("".join(chr(ord(sign) + 0xFEE0) for sign in good)),
        "10 kB": "a" * 10_000,
        "empty": "",
        "NUL": good[:-1] + "%00",
        "broken escape": good[:-1] + "%",
        "of another secret": checksum("another-secret-0123456789", body, now),
        "of the secret with a line feed": checksum(secret + "\n", body, now),
        "of another time": checksum(secret, body, now - 1),
        "of an empty body": checksum(secret, b"", now),
    }
    for name, value in table.items():
        yield Case("X09", f"checksum: {name}", posted(body, f"time={now}&checksum={value}"), (401,))


def bodies(secret: str, chance: random.Random, now: int) -> Iterator[Case]:
    """X11: the checksum covers the bytes on the wire and nothing that they might mean."""
    fields = {"id": chance.getrandbits(50), "sType": "0", "staffName": "你好"}
    compact = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    spaced = json.dumps(fields, ensure_ascii=False).encode()
    escaped = json.dumps(fields, separators=(",", ":")).encode()
    turned = json.dumps(dict(reversed(fields.items())), ensure_ascii=False, separators=(",", ":")).encode()
    total = f"time={now}&checksum={checksum(secret, compact, now)}"
    for name, body in (("spaces", spaced), ("escapes", escaped), ("order", turned), ("line feed", compact + b"\n")):
        yield Case("X11", f"same meaning, other {name}", posted(body, total), (401,))
        yield Case("X11", f"signed with its {name}", signed(secret, body, str(now).encode()), (200,), is_kept=True)
    packed = gzip.compress(fresh_body(chance, now))
    packed_total = f"time={now}&checksum={checksum(secret, packed, now)}"
    for encoding in ("gzip", "x-gzip", "deflate", "br", "zstd", "identity, gzip"):
        raw = posted(packed, packed_total, headers=(f"content-encoding: {encoding}",))
        yield Case("X11", f"content-encoding {encoding}", raw, (415,))
    body = fresh_body(chance, now)
    own = f"time={now}&checksum={checksum(secret, body, now)}"
    raw = posted(body, own, headers=("content-encoding: identity",))
    yield Case("X11", "content-encoding identity", raw, (200,), is_kept=True)


def parameters(secret: str, chance: random.Random, now: int) -> Iterator[Case]:
    """X12: a parameter twice, or under another spelling, is not guessed about."""
    body = fresh_body(chance, now)
    good = checksum(secret, body, now)
    table = {
        f"time={now}&time={now}&checksum={good}": (400,),
        f"time={now}&checksum={good}&time=1": (400,),
        f"time={now}&checksum={good}&checksum={good}": (400,),
        f"time={now}&checksum={good}&checksum=": (400,),
        f"time={now}&checksum={good}&eventType=MSG": (400,),
        f"time[]={now}&checksum={good}": (401,),
        f"time={now};checksum={good}": (401,),
        f"TIME={now}&CHECKSUM={good}": (401,),
        f"%74ime={now}&checksum={good}": (400, 401),
        f"time={now}": (401,),
        f"checksum={good}": (401,),
        "": (401,),
    }
    for query, statuses in table.items():
        yield Case("X12", query.replace(good, "C"), posted(body, query), statuses)


def others(secret: str, chance: random.Random, now: int) -> Iterator[Case]:
    """X03 and the rest: another tenant, another method, too large, odd event types."""
    body = fresh_body(chance, now)
    total = f"time={now}&checksum={checksum(secret, body, now)}"
    for path in ("/push/nobody", "/push/default/", "/push/%64efault", "/push/../push", "/push/'%20or%201=1--"):
        yield Case("X03", path, posted(body, total, path), (404,))
    yield Case("X03", "GET", posted(b"", total, method="GET"), (405,))
    yield Case("X03", "PUT", posted(body, total, method="PUT"), (405,))
    odd = request("POST", f"/push?eventType=a%20b%00&{total}", body)
    yield Case("X03", "event type that is no name", odd, (400,))
    large = fresh_body(chance, now) + b" " * BODY_BYTES_MAX
    yield Case("X14", "body over the cap", signed(secret, large, str(now).encode()), (413,))
