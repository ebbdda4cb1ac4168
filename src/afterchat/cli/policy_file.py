"""A policy of the engine read from a file: a JSON object of its times by their names in JSON.

    {"queueSeconds": 300, "ratingWindowMinutes": 30}

What the file leaves out is as by default; a name that is not known is refused, because a typing error would otherwise
wait for the default time and nobody would notice.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

import click
import msgspec

from afterchat.cli.command import current_language
from afterchat.cli.language import Text
from afterchat.contract.field import wire_name
from afterchat.engine import Policy
from afterchat.errors import EventError

__all__ = ["FILE_BYTES_MAX", "read_policy"]

FILE_BYTES_MAX = 64 * 1024

_NAMES = tuple(wire_name(name) for name in Policy.__struct_fields__)

_TOO_LONG = Text("longer than {most} bytes; that is no policy", "超过 {most} 字节，不是策略文件")
_NO_OBJECT = Text(
    'no JSON object such as {{"queueSeconds": 300}}: {error}', '不是形如 {{"queueSeconds": 300}} 的 JSON 对象：{error}'
)
_UNKNOWN = Text("a policy has no {name}{nearest}; it has {names}", "策略中没有 {name}{nearest}；可用的名称：{names}")
_NEAREST = Text(" (did you mean {nearest}?)", "（是否想写 {nearest}？）")
_VALUE = Text("{name}: {fault}", "{name}：{fault}")


def read_policy(file: Path) -> Policy:
    """The policy in `file`; raises a usage error that names what to change."""
    try:
        with file.open("rb") as stream:
            data = stream.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise _unfit(Text("{error}", "{error}"), error=error.strerror) from None
    if len(data) > FILE_BYTES_MAX:
        raise _unfit(_TOO_LONG, most=FILE_BYTES_MAX)
    try:
        values = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise _unfit(_NO_OBJECT, error=error) from None
    for name in values:
        if name not in _NAMES:
            raise _unfit(_UNKNOWN, name=name, nearest=_nearest(name), names=", ".join(_NAMES))
    try:
        return msgspec.json.decode(data, type=Policy)
    except msgspec.ValidationError as error:
        cause = error.__cause__
        if isinstance(cause, EventError):
            fault = Text(cause.en, cause.zh).of(current_language())
            raise _unfit(_VALUE, name=cause.field, fault=fault) from None
        raise _unfit(Text("{error}", "{error}"), error=error) from None


def _nearest(name: str) -> str:
    found = get_close_matches(name, _NAMES, n=1)
    return _NEAREST.say(current_language(), nearest=found[0]) if found else ""


def _unfit(text: Text, **values: object) -> click.UsageError:
    return click.UsageError(f"--policy: {text.say(current_language(), **values)}")
