"""Handing events or finished records in to a sender, by hand or from a simulation: batches over one kept connection.

Rules
- A batch is sent again until it was answered: events are known by their ids, so one that was taken twice counts once.
- 429 and 503 are waited for; any other refusal of a whole request is final.
- Nothing of the environment is used: no proxy, no redirect is followed.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from afterchat.cli.delivery import Target
from afterchat.errors import CallerError, OutageError

__all__ = ["BATCH_BYTES_MAX", "BATCH_ITEMS_MAX", "Door"]

BATCH_ITEMS_MAX = 500
BATCH_BYTES_MAX = 1024 * 1024
_ATTEMPTS_MAX = 5
_PAUSE_SECONDS_MAX = 8.0
_ANSWER_BYTES_MAX = 16 * 1024 * 1024
_TIMEOUT_SECONDS = 30.0
_TRY_AGAIN = frozenset({429, 503})


class _Wait(NamedTuple):
    """Why a batch has to be sent again, and when."""

    why: str
    seconds: float | None


class Door:
    """One sender's door; `pause` waits so many seconds and says whether to give up."""

    def __init__(self, target: Target, token: str, pause: Callable[[float], bool]) -> None:
        self._target = target
        self._token = token
        self._pause = pause
        kind = http.client.HTTPSConnection if target.is_tls else http.client.HTTPConnection
        self._connection = kind(target.host, target.port, timeout=_TIMEOUT_SECONDS)

    def hand_in(self, items: Sequence[bytes]) -> dict[str, Any]:
        """The sender's answer: counts by verdict, and one verdict for each item.

        Raises OutageError when nobody answers, CallerError when the request was refused.
        """
        body = b"".join(item + b"\n" for item in items)
        why = ""
        for attempt in range(1, _ATTEMPTS_MAX + 1):
            outcome = self._try(body)
            if not isinstance(outcome, _Wait):
                return outcome
            why = outcome.why
            seconds = min(2.0 ** (attempt - 1), _PAUSE_SECONDS_MAX) if outcome.seconds is None else outcome.seconds
            if attempt < _ATTEMPTS_MAX and self._pause(min(seconds, _PAUSE_SECONDS_MAX)):
                break
        raise OutageError(f"the sender does not take events ({why}); see that it runs, then send them again")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _try(self, body: bytes) -> dict[str, Any] | _Wait:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/x-ndjson"}
        try:
            self._connection.request("POST", self._target.path, body, headers)
            response = self._connection.getresponse()
            answer = response.read(_ANSWER_BYTES_MAX)
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            return _Wait(f"{type(error).__name__}: {error}", None)
        if response.status in _TRY_AGAIN:
            after = response.getheader("Retry-After", "")
            return _Wait(f"status {response.status}", float(after) if after.isdecimal() else None)
        return _read(response.status, answer)


def _read(status: int, answer: bytes) -> dict[str, Any]:
    try:
        document = json.loads(answer)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise CallerError(f"status {status}, and no answer of a sender; check the URL")
    if status != 200:
        raise CallerError(f"refused with status {status}: {document.get('en', document.get('code', ''))}")
    return document
