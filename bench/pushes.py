"""Pushes made ready before the clock starts: strangers' bodies from the project's simulator, signed here.

Every body is different, about 1.6 KB, the same for the same seed, and holds no word that the store's dictionary knows.
The signature is computed with hashlib alone, not with the code under test.
After the first `_POOL` sessions the bodies repeat with other ids, as making up a session costs more than storing one.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from itertools import islice

from afterchat.contract.codec import encode
from afterchat.simulator.strangers import strangers_sessions
from bench.contenders.contender import SECRET

__all__ = ["SEED", "bodies", "signed_pushes"]

SEED = 20261122
_POOL = 10_000
_HEAD = (
    "POST {path}?eventType=DATA_ONLINE_SESSION_END&time={time}&checksum={checksum} HTTP/1.1\r\n"
    "Host: {host}\r\n"
    "User-Agent: bench\r\n"
    "Accept: */*\r\n"
    "Content-Type: application/json\r\n"
    "Content-Length: {length}\r\n"
    "\r\n"
)


def bodies(seed: int, first: int = 0) -> Iterator[bytes]:
    """Endless different bodies; `first` skips as many, so that two runs against one store never meet."""
    sessions = list(islice(strangers_sessions(seed), _POOL))
    pool = [(session.id, encode(session)) for session in sessions]
    span = pool[-1][0] - pool[0][0] + 1
    lap, position = divmod(first, len(pool))
    while True:
        for session_id, body in pool[position:]:
            if lap:
                yield body.replace(b'"id":%d,' % session_id, b'"id":%d,' % (session_id + lap * span), 1)
            else:
                yield body
        lap, position = lap + 1, 0


def signed_pushes(source: Iterator[bytes], count: int, host: str, path: str = "/push") -> list[bytes]:
    """`count` complete requests, head and body, signed with the present time: send them within five minutes."""
    now = str(int(time.time()))
    requests = []
    for body in islice(source, count):
        md5 = hashlib.md5(body).hexdigest()
        checksum = hashlib.sha1(f"{SECRET}{md5}{now}".encode()).hexdigest()
        head = _HEAD.format(path=path, time=now, checksum=checksum, host=host, length=len(body))
        requests.append(head.encode() + body)
    return requests
