"""What an endpoint may be: each value that somebody chooses for one, or why it may not be so. Total, touches nothing.

Commands and the API judge by these rules alone, and so does the sender when it is asked to change one.

Rules
- A fault names the attribute and what would be right, in both languages; it never quotes a header's value or a secret.
- A name is no number, because a number stands for an id.

What does not belong here: how values are written (options, JSON), and whether they clash with others (`store`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from afterchat.contract.endpoint_bounds import (
    CONCURRENCY_DEFAULT,
    CONCURRENCY_MAX,
    HEADERS_MAX,
    RATE_PER_SECOND_MAX,
    WAIT_SECONDS_MAX,
    WAITS_MAX,
)
from afterchat.contract.push import PUSH_PARAMETERS, SESSION_END_DATA
from afterchat.contract.signature import SIGNATURE_MODES
from afterchat.contract.strength import SECRET_BYTES_MAX, weakness
from afterchat.sender.addresses import AddressRules, Fault
from afterchat.sender.announcements import ANNOUNCED_TYPES
from afterchat.sender.operations import OPERATIONS
from afterchat.sender.schedule import DEFAULT_SCHEDULE_SECONDS
from afterchat.sender.target import read_url, syntax_fault
from afterchat.sender.transport import Failure
from afterchat.sender.verdict import SUCCESS_RULES
from afterchat.sender.wire import request_head
from afterchat.store.sending import Endpoint

__all__ = [
    "PUSHED_TYPES",
    "ValueFault",
    "header_fault",
    "new_endpoint",
    "pausing",
    "secret_fault",
    "value_fault",
]

PUSHED_TYPES = (SESSION_END_DATA, *ANNOUNCED_TYPES, *OPERATIONS.values())
"""Every event type that is ever pushed."""

_NAME = re.compile(r"(?![0-9]+$)[a-z0-9][a-z0-9._-]{0,62}", re.ASCII)


class ValueFault(NamedTuple):
    """Why an endpoint cannot be so."""

    field: str
    """Attribute of `Endpoint`, or `secret`."""
    en: str
    zh: str


def value_fault(values: Mapping[str, Any], rules: AddressRules | None) -> ValueFault | None:
    """The first fault among these attributes of an endpoint; without `rules` a URL may lead anywhere."""
    for field, check in _CHECKS.items():
        if field in values:
            said = check(values[field])
            if said is not None:
                return ValueFault(field, *said)
    if rules is not None and "url" in values:
        found = read_url(values["url"], rules)
        if isinstance(found, Fault):
            return ValueFault("url", found.en, found.zh)
    return None


def header_fault(name: str, value: str) -> ValueFault | None:
    """Why such a header cannot be sent along; the value is not quoted."""
    if isinstance(request_head("host", "/", [(name, value)], 0), Failure):
        return ValueFault("headers", f"{name} cannot be sent as a header", f"{name} 不能作为请求头")
    return None


def secret_fault(secret: bytes, chars_min: int) -> ValueFault | None:
    """Why a secret that somebody chose is refused."""
    if len(secret) > SECRET_BYTES_MAX:
        return ValueFault("secret", f"at most {SECRET_BYTES_MAX} bytes", f"最长 {SECRET_BYTES_MAX} 字节")
    why = weakness(secret, chars_min)
    if why is None:
        return None
    return ValueFault(
        "secret",
        f"the secret is weak: {why.en}; leave it out to have one made",
        f"密钥过弱：{why.zh}；不填则自动生成",
    )


def pausing(*, is_paused: bool, now_ms: int, disabled_at: int | None) -> dict[str, Any]:
    """What changes when an operator pauses or resumes; resuming undoes a disabling, whatever the clock said then."""
    if is_paused:
        return {"is_paused": True}
    return {"is_paused": False, "resumed_at": max(now_ms, (disabled_at or 0) + 1)}


def new_endpoint(tenant: str, values: Mapping[str, Any], now_ms: int) -> Endpoint:
    """An endpoint with these attributes; what is not given has its default. `name` and `url` have none."""
    endpoint = Endpoint(
        id=0,
        tenant=tenant,
        name="",
        url="",
        event_types=(SESSION_END_DATA,),
        signature_mode="both",
        success="empty_or_braces",
        keys=(),
        schedule_seconds=DEFAULT_SCHEDULE_SECONDS,
        rate_per_second_max=0,
        concurrency_max=CONCURRENCY_DEFAULT,
        headers=(),
        is_paused=False,
        resumed_at=now_ms,
        created_at=now_ms,
    )
    return endpoint._replace(**values)


Said = tuple[str, str]
"""English, Chinese."""


def _name(name: str) -> Said | None:
    if _NAME.fullmatch(name):
        return None
    return (
        "1 to 63 of a-z, 0-9, dot, dash and underscore, not a number alone",
        "1 到 63 个字符，限 a-z、0-9、点、短横线与下划线，不能全为数字",
    )


def _url(url: str) -> Said | None:
    fault = syntax_fault(url)
    if fault is not None:
        return fault.en, fault.zh
    query = url.partition("#")[0].partition("?")[2]
    if any(unquote_plus(pair.partition("=")[0]) in PUSH_PARAMETERS for pair in query.split("&")):
        named = ", ".join(PUSH_PARAMETERS)
        return (
            f"the URL must hold none of {named}: each attempt is signed afresh; take it out",
            f"URL 不能含有 {named} 参数：每次推送都会重新签名；请去掉",
        )
    return None


def _event_types(event_types: Sequence[str]) -> Said | None:
    listed = ", ".join(PUSHED_TYPES)
    if not event_types:
        return f"at least one of {listed}", f"至少一个：{listed}"
    unknown = next((one for one in event_types if one not in PUSHED_TYPES), None)
    if unknown is not None:
        return f"{unknown} is never sent; there are {listed}", f"不会推送 {unknown}；可用的有 {listed}"
    if len(set(event_types)) < len(event_types):
        return "each type once", "每种类型只写一次"
    return None


def _one_of(allowed: Sequence[str]) -> Callable[[str], Said | None]:
    said = f"one of {', '.join(allowed)}", f"可选值：{'、'.join(allowed)}"
    return lambda value: None if value in allowed else said


def _between(least: int, most: int) -> Callable[[int], Said | None]:
    said = f"a whole number from {least} to {most}", f"{least} 到 {most} 之间的整数"
    return lambda value: None if least <= value <= most else said


def _schedule(waits: Sequence[int]) -> Said | None:
    if not waits or len(waits) > WAITS_MAX:
        return f"write 1 to {WAITS_MAX} waits", f"请给出 1 到 {WAITS_MAX} 个间隔"
    if not all(0 <= wait <= WAIT_SECONDS_MAX for wait in waits):
        return f"a wait is at most {WAIT_SECONDS_MAX} seconds", f"每个间隔最长 {WAIT_SECONDS_MAX} 秒"
    return None


def _headers(headers: Sequence[tuple[str, str]]) -> Said | None:
    if len(headers) > HEADERS_MAX:
        return f"at most {HEADERS_MAX} headers", f"最多 {HEADERS_MAX} 个请求头"
    faults = (header_fault(name, value) for name, value in headers)
    return next(((fault.en, fault.zh) for fault in faults if fault is not None), None)


_CHECKS: Mapping[str, Callable[[Any], Said | None]] = {
    "name": _name,
    "url": _url,
    "event_types": _event_types,
    "signature_mode": _one_of(SIGNATURE_MODES),
    "success": _one_of(tuple(SUCCESS_RULES)),
    "schedule_seconds": _schedule,
    "rate_per_second_max": _between(0, RATE_PER_SECOND_MAX),
    "concurrency_max": _between(1, CONCURRENCY_MAX),
    "headers": _headers,
}
"""Attribute -> what is wrong with a value of it, if anything."""
