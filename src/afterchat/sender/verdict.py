"""What an answer means for its entry: delivered, try again, or gone for good. Pure and total.

Rules
- Delivered is a complete 2xx answer; by the strict rule its body is empty or `{}` as well.
  Anything else, a redirect included, is a failure: the platform's own guide takes other text for a refusal.
- 410 says that the endpoint is gone: no more is sent there until the operator resumes it.
- Retry-After counts for any failure that carries it: seconds, or an HTTP date.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import NamedTuple

from afterchat.contract.ack import ACCEPTED_BODY
from afterchat.sender.transport import FAILURES, Answer, Failure

__all__ = ["ERRORS", "SUCCESS_RULES", "Verdict", "judge"]

SUCCESS_RULES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "empty_or_braces": ("2xx with an empty body or `{}`", "2xx 且应答体为空或 {}"),
        "any_2xx": ("any 2xx", "任何 2xx"),
    }
)
"""When an answer counts as taken: what each rule says in English and in Chinese."""

ERRORS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        **FAILURES,
        "wrong_body": ("2xx, but the body is neither empty nor {}", "2xx，但应答体既不为空也不是 {}"),
        "cut_answer": ("the answer is too long or broke off", "应答过长或不完整"),
        "status_1xx": ("an interim answer only", "仅有中间应答"),
        "status_3xx": ("a redirect, which is never followed", "重定向，不会跟随"),
        "status_4xx": ("refused by the endpoint", "被对方拒绝"),
        "status_410": ("the endpoint is gone", "该地址已永久失效"),
        "status_429": ("the endpoint wants fewer requests", "对方要求降低频率"),
        "status_5xx": ("the endpoint failed", "对方出错"),
        "damaged_body": ("what is stored is not what was committed; nothing was sent", "存储内容已损坏，未发送"),
    }
)
"""Every kind of error of an attempt: what it says in English and in Chinese."""

_GONE = 410
_TOO_MANY = 429
_SECONDS_DIGITS_MAX = 9


class Verdict(NamedTuple):
    """What becomes of the entry."""

    kind: str
    """`delivered`, `retry` or `gone`."""
    error: str
    """A key of ERRORS; empty when delivered."""
    retry_after_ms: int | None = None


DELIVERED = Verdict("delivered", "")


def judge(outcome: Answer | Failure, success_rule: str, now_ms: int) -> Verdict:
    """The verdict on one attempt; `success_rule` is a key of SUCCESS_RULES, `now_ms` dates a Retry-After."""
    if isinstance(outcome, Failure):
        return Verdict("retry", outcome.kind)
    if 200 <= outcome.status < 300:
        if outcome.is_cut:
            return Verdict("retry", "cut_answer")
        is_agreed = success_rule == "any_2xx" or outcome.body.strip() in (b"", ACCEPTED_BODY)
        return DELIVERED if is_agreed else Verdict("retry", "wrong_body")
    if outcome.status == _GONE:
        return Verdict("gone", "status_410")
    wait = _retry_after_ms(outcome.headers.get("retry-after", ""), now_ms)
    if outcome.status == _TOO_MANY:
        return Verdict("retry", "status_429", wait)
    family = min(max(outcome.status // 100, 1), 5)
    return Verdict("retry", f"status_{family}xx", wait)


def _retry_after_ms(text: str, now_ms: int) -> int | None:
    """Milliseconds from now; None for what cannot be read or lies in the past."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return int(text) * 1000 if len(text) <= _SECONDS_DIGITS_MAX else None
    try:
        moment = parsedate_to_datetime(text)
        at_ms = int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return at_ms - now_ms if at_ms > now_ms else None
