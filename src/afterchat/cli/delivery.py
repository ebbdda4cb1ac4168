"""Sending bodies to a receiver by hand: signed afresh at every attempt, over connections that are kept.

Rules
- The bytes that are signed are the bytes that are sent.
- Accepted is a 2xx whose body is `{}` or empty; anything else is a refusal that names its status and reason.
- 429, 502, 503 and 504 are tried again after `Retry-After`, or after a growing pause; other refusals are final.
- A server that cannot be reached stops the whole run: ten thousand records are not ten thousand time-outs.
- The first attempt without an answer is said at once: nobody waits for all attempts in silence.
- Redirects are not followed, proxies of the environment are not used, at most 64 KiB of an answer are read.
- No secret, checksum or query appears in what is reported.

This is a tool for a person's hand; the relay of the sending end (retry over days, dead letters) is another thing.
"""

from __future__ import annotations

import http.client
import json
import queue
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit

from afterchat.cli.command import current_language
from afterchat.cli.language import Text
from afterchat.clock import Clock
from afterchat.contract.push import PUSH_PARAMETERS, SESSION_END_DATA, push_query, sniff_event_type
from afterchat.contract.signature import body_md5, checksum
from afterchat.errors import CallerError

__all__ = ["Refusal", "Sending", "Tally", "Target", "deliver_all", "event_type_of", "read_target", "target_with"]

ANSWER_BYTES_MAX = 65_536
ATTEMPTS_MAX = 5
PAUSE_SECONDS_MAX = 60.0
TIMEOUT_SECONDS = 15.0
"""The platform gives up after 10; a receiver that is slower than this is not answering."""
MESSAGE_CHARS_MAX = 200

_TRY_AGAIN = frozenset({429, 502, 503, 504})
_CONTENT_TYPE = "application/json;charset=utf-8"


_NO_URL = Text("the URL cannot be read: {why}", "URL 无法识别：{why}")
_NO_HOST = Text(
    "the URL must look like http://host:port/push or https://host/push",
    "URL 应形如 http://主机:端口/push 或 https://主机/push",
)
_WITH_USER = Text("the URL must not hold a user name or password", "URL 不能包含用户名或密码")
_NOT_ASCII = Text(
    "the URL must be plain ASCII without blanks: percent-encode its path, write the host in xn-- form",
    "URL 只能含不带空格的 ASCII 字符：路径请用百分号编码，主机名请写成 xn-- 形式",
)
_SIGNED = Text(
    "the URL must not hold {names}: each attempt is signed afresh",
    "URL 不能含有 {names} 参数：每次推送都会重新签名",
)


class Target(NamedTuple):
    """A receiver's URL, taken apart."""

    is_tls: bool
    host: str
    port: int
    path: str
    query: str


class Refusal(NamedTuple):
    """Why a body was not accepted; equal refusals are counted together.

    Status 0 says that there was no answer.
    """

    status: int
    code: str
    message: str


class Sending(NamedTuple):
    """How to send; the same for every body of a run."""

    target: Target
    secret: bytes
    event_type: str
    """`auto`, `none`, or the event type itself."""
    clock: Clock
    attempts_max: int = ATTEMPTS_MAX
    on_silence: Callable[[], None] = lambda: None
    """Called once in a run, from a thread of the run, when an attempt had no answer and is made again."""


@dataclass(slots=True)
class Tally:
    """What became of a run; guarded by its lock while workers write it."""

    accepted: int = 0
    refused: Counter[Refusal] = field(default_factory=Counter)
    is_away: bool = False
    """The server could not be reached; what was left was not sent."""
    is_silence_said: bool = False
    not_tried: int = 0
    """Bodies taken from the source but never sent, because the server was away; the source may hold more."""
    lock: threading.Lock = field(default_factory=threading.Lock)


def read_target(url: str) -> Target:
    """Take a URL apart; raises CallerError that says what is wrong with it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise CallerError(_NO_URL.say(current_language(), why=error)) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise CallerError(_NO_HOST.of(current_language()))
    if parts.username is not None:
        raise CallerError(_WITH_USER.of(current_language()))
    if not url.isascii() or not url.isprintable() or " " in url:
        raise CallerError(_NOT_ASCII.of(current_language()))
    is_tls = parts.scheme == "https"
    if any(pair.partition("=")[0] in PUSH_PARAMETERS for pair in parts.query.split("&")):
        raise CallerError(_SIGNED.say(current_language(), names=", ".join(PUSH_PARAMETERS)))
    return Target(is_tls, parts.hostname, port or (443 if is_tls else 80), parts.path or "/push", parts.query)


def target_with(target: Target, query: str) -> str:
    """Path and query of the request: the URL's own parameters first."""
    return f"{target.path}?{target.query}&{query}" if target.query else f"{target.path}?{query}"


def event_type_of(body: bytes, wanted: str) -> str:
    """The eventType to send: told by the body when `wanted` is `auto`, none at all when it is `none`."""
    if wanted == "none":
        return ""
    return (sniff_event_type(body) or SESSION_END_DATA) if wanted == "auto" else wanted


def deliver_all(
    bodies: Iterable[bytes], sending: Sending, concurrency: int, on_settled: Callable[[int, bool], None]
) -> Tally:
    """Send every body over `concurrency` connections; `on_settled(body_bytes, is_accepted)` after each.

    Order is that of `bodies` only when `concurrency` is 1.
    When the server is away, the rest of `bodies` is left in it, for the caller to count.
    Raises what reading `bodies` raises, after the bodies under way are settled.
    """
    tally, stop = Tally(), threading.Event()
    waiting: queue.Queue[bytes | None] = queue.Queue(maxsize=concurrency * 2)
    arguments = (waiting, sending, tally, stop, on_settled)
    workers = [threading.Thread(target=_work, args=arguments, daemon=True) for _ in range(concurrency)]
    for worker in workers:
        worker.start()
    try:
        for body in bodies:
            if stop.is_set():
                with tally.lock:
                    tally.not_tried += 1
                break
            waiting.put(body)
    except BaseException:
        stop.set()
        raise
    finally:
        for _ in workers:
            waiting.put(None)
        for worker in workers:
            worker.join()
    return tally


def _work(
    waiting: queue.Queue[bytes | None],
    sending: Sending,
    tally: Tally,
    stop: threading.Event,
    on_settled: Callable[[int, bool], None],
) -> None:
    line = _Line(sending)
    # The queue is emptied even after a stop, so that whoever feeds it never waits for a worker that left.
    while (body := waiting.get()) is not None:
        if stop.is_set():
            with tally.lock:
                tally.not_tried += 1
            continue
        refusal = _deliver(line, body, tally, stop)
        with tally.lock:
            if refusal is None:
                tally.accepted += 1
            else:
                tally.refused[refusal] += 1
                tally.is_away = tally.is_away or not refusal.status
        if refusal is not None and not refusal.status:
            stop.set()
        on_settled(len(body), refusal is None)
    line.close()


def _deliver(line: _Line, body: bytes, tally: Tally, stop: threading.Event) -> Refusal | None:
    """One body until it is accepted, finally refused, or out of attempts."""
    for attempt in range(1, line.sending.attempts_max + 1):
        pause = min(2.0 ** (attempt - 1), PAUSE_SECONDS_MAX)
        try:
            refusal, retry_after = line.send(body)
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            refusal = Refusal(0, "", f"{type(error).__name__}: {error}"[:MESSAGE_CHARS_MAX])
            if attempt < line.sending.attempts_max:
                _say_silence(line.sending, tally)
        else:
            if refusal is None or refusal.status not in _TRY_AGAIN:
                return refusal
            pause = pause if retry_after is None else min(retry_after, PAUSE_SECONDS_MAX)
        if attempt < line.sending.attempts_max and stop.wait(pause):
            break
    return refusal


def _say_silence(sending: Sending, tally: Tally) -> None:
    with tally.lock:
        is_first, tally.is_silence_said = not tally.is_silence_said, True
    if is_first:
        sending.on_silence()


class _Line:
    """One connection that is kept between bodies and made anew when the other side closed it."""

    def __init__(self, sending: Sending) -> None:
        self.sending = sending
        kind = http.client.HTTPSConnection if sending.target.is_tls else http.client.HTTPConnection
        self._connection = kind(sending.target.host, sending.target.port, timeout=TIMEOUT_SECONDS)

    def send(self, body: bytes) -> tuple[Refusal | None, float | None]:
        """One attempt: (None when accepted, seconds of Retry-After); raises OSError or HTTPException."""
        was_open = self._connection.sock is not None
        try:
            return self._send_once(body)
        except (http.client.HTTPException, ConnectionError):
            self.close()
            # A kept connection may have been closed while it was idle; a fresh one tells whether anybody is there.
            if not was_open:
                raise
            return self._send_once(body)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        self._connection.close()

    def _send_once(self, body: bytes) -> tuple[Refusal | None, float | None]:
        sending = self.sending
        time = sending.clock.now_ms() // 1000
        claimed = checksum(sending.secret, body_md5(body), str(time).encode()).decode()
        query = push_query(event_type_of(body, sending.event_type), time, claimed)
        self._connection.request(
            "POST", target_with(sending.target, query), body, headers={"Content-Type": _CONTENT_TYPE}
        )
        response = self._connection.getresponse()
        answer = response.read(ANSWER_BYTES_MAX)
        if not response.isclosed():
            self.close()
        return _refusal(response.status, answer), _seconds(response.getheader("Retry-After"))


def _refusal(status: int, answer: bytes) -> Refusal | None:
    text = answer.strip()
    if 200 <= status < 300 and text in {b"", b"{}"}:
        return None
    try:
        document = json.loads(text)
        code, message = str(document["code"]), str(document["message"])
    except (ValueError, KeyError, TypeError, RecursionError):
        code, message = "", text.decode("utf-8", "replace")
    return Refusal(status, code[:MESSAGE_CHARS_MAX], message[:MESSAGE_CHARS_MAX])


def _seconds(retry_after: str | None) -> float | None:
    """Whole seconds of the header; a date or anything else is left to the growing pause."""
    return float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdecimal() else None
