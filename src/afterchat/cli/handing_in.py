"""Handing events or finished records in to a sender, by hand or from a simulation: batches over one kept connection.

Rules
- A batch is sent again until it was answered: events are known by their ids, so one that was taken twice counts once.
- 429 and 503 are waited for; any other refusal of a whole request is final.
- A kept connection that the sender closed while it was idle is no failure: a fresh one is tried at once.
- Nothing of the environment is used: no proxy, no redirect is followed.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from afterchat.cli.command import current_language
from afterchat.cli.delivery import Target
from afterchat.cli.language import Text
from afterchat.errors import CallerError, OutageError, SettingsError

__all__ = ["BATCH_BYTES_MAX", "BATCH_ITEMS_MAX", "Door", "token_from"]

BATCH_ITEMS_MAX = 500
BATCH_BYTES_MAX = 1024 * 1024
TOKEN_BYTES_MAX = 512
_ATTEMPTS_MAX = 5
_PAUSE_SECONDS_MAX = 8.0
_ANSWER_BYTES_MAX = 16 * 1024 * 1024
_TIMEOUT_SECONDS = 30.0
_AWAY = Text(
    "the sender does not take events ({why}); see that it runs, then go on",
    "发送端没有接收事件（{why}）；请确认它正在运行，然后继续",
)
_STRANGER = Text(
    "status {status}, and no answer of a sender; check the URL", "状态码 {status}，且不是发送端的应答；请检查地址"
)
_REFUSED = Text("refused with status {status}: {said}", "被拒绝，状态码 {status}：{said}")
_UNREADABLE = Text("{file}: the token cannot be read: {why}", "{file}：无法读取令牌：{why}")
_NO_TOKEN = Text(
    "{file}: holds no token; make one with `afterchat tokens add --scope send`",
    "{file}：其中没有令牌；请用 `afterchat tokens add --scope send` 生成",
)
_TRY_AGAIN = frozenset({429, 503})


class _Wait(NamedTuple):
    """Why a batch has to be sent again, and when."""

    why: str
    seconds: float | None


class Door:
    """One sender's door; `pause` waits so many seconds and says whether to give up."""

    def __init__(
        self, target: Target, token: str, pause: Callable[[float], bool], *, attempts_max: int = _ATTEMPTS_MAX
    ) -> None:
        self._target = target
        self._token = token
        self._pause = pause
        self._attempts_max = attempts_max
        kind = http.client.HTTPSConnection if target.is_tls else http.client.HTTPConnection
        self._connection = kind(target.host, target.port, timeout=_TIMEOUT_SECONDS)

    def hand_in(self, items: Sequence[bytes]) -> dict[str, Any]:
        """The sender's answer: counts by verdict, and one verdict for each item.

        Raises OutageError when nobody answers, CallerError when the request was refused.
        """
        body = b"".join(item + b"\n" for item in items)
        why = ""
        for attempt in range(1, self._attempts_max + 1):
            outcome = self._try(body)
            if not isinstance(outcome, _Wait):
                return outcome
            why = outcome.why
            seconds = min(2.0 ** (attempt - 1), _PAUSE_SECONDS_MAX) if outcome.seconds is None else outcome.seconds
            if attempt < self._attempts_max and self._pause(min(seconds, _PAUSE_SECONDS_MAX)):
                break
        raise OutageError(_AWAY.say(current_language(), why=why))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _try(self, body: bytes) -> dict[str, Any] | _Wait:
        was_open = self._connection.sock is not None
        try:
            response, answer = self._ask(body)
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            is_gone = was_open and isinstance(error, http.client.HTTPException | ConnectionError)
            return self._try(body) if is_gone else _Wait(f"{type(error).__name__}: {error}", None)
        if response.status in _TRY_AGAIN:
            after = response.getheader("Retry-After", "")
            return _Wait(f"status {response.status}", float(after) if after.isdecimal() else None)
        return _read(response.status, answer)

    def _ask(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/x-ndjson"}
        self._connection.request("POST", self._target.path, body, headers)
        response = self._connection.getresponse()
        return response, response.read(_ANSWER_BYTES_MAX)


def token_from(token_file: Path) -> str:
    """The token that a file holds; raises SettingsError when it holds none."""
    try:
        token = token_file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(_UNREADABLE.say(current_language(), file=token_file, why=error)) from error
    if not token or len(token) > TOKEN_BYTES_MAX or not token.isascii() or not token.isprintable():
        raise SettingsError(_NO_TOKEN.say(current_language(), file=token_file))
    return token


def _read(status: int, answer: bytes) -> dict[str, Any]:
    try:
        document = json.loads(answer)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or (status == 200 and not isinstance(document.get("items"), list)):
        raise CallerError(_STRANGER.say(current_language(), status=status))
    if status != 200:
        said = document.get(current_language(), document.get("code", ""))
        raise CallerError(_REFUSED.say(current_language(), status=status, said=said))
    return document
