"""What the JSON bodies of the changing routes may hold: each field once, for reading, OpenAPI and the reference.

Bounds of numbers stand here for whoever reads the description; whether an endpoint may be so is judged by the sender.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from afterchat.contract.endpoint_bounds import (
    CONCURRENCY_DEFAULT,
    CONCURRENCY_MAX,
    KEY_DELAY_SECONDS_MAX,
    KEY_OVERLAP_SECONDS_DEFAULT,
    KEY_OVERLAP_SECONDS_MAX,
    RATE_PER_SECOND_MAX,
    WAITS_MAX,
)
from afterchat.contract.field import INTEGER_MAX
from afterchat.web.route import BodyField

__all__ = ["CHANGED", "CREATED", "ENTRIES_MAX", "KEY", "REDELIVERY"]

ENTRIES_MAX = 1000
"""Of one request; more is asked for by endpoint."""

_Id = Annotated[str, msgspec.Meta(pattern="^[1-9][0-9]{0,18}$")]
_Moment = Annotated[int, msgspec.Meta(ge=0, le=INTEGER_MAX)]

_NAME = BodyField(
    "name",
    str,
    "名称，在租户内唯一；限 a-z、0-9、点、短横线与下划线，不能全为数字",
    "Its name within the tenant: a-z, 0-9, dot, dash and underscore, not a number alone",
)
_URL = BodyField("url", str, "推送到的 URL", "Where pushes go")
_SECRET = BodyField(
    "secret", str, "密钥；不填则自动生成并显示一次", "The secret; one is made and shown once without it"
)
_OPTIONAL = (
    BodyField(
        "event_types",
        list[str],
        "推送的事件类型（文本数组）；默认为会话记录",
        "What to send there, a list of event types; session records by default",
    ),
    BodyField(
        "signature_mode",
        str,
        "legacy：平台 checksum；hmac_only：Standard Webhooks；both：两者都带（默认）",
        "`legacy`: the platform's checksum; `hmac_only`: Standard Webhooks; `both`, the default",
    ),
    BodyField(
        "success",
        str,
        "何种应答视为已接收：empty_or_braces（默认）或 any_2xx",
        "When a push counts as taken: `empty_or_braces`, the default, or `any_2xx`",
    ),
    BodyField(
        "schedule_seconds",
        list[int],
        f"各次重试的间隔，1 到 {WAITS_MAX} 个整数，单位秒",
        f"Waits between attempts, 1 to {WAITS_MAX} whole numbers of seconds",
    ),
    BodyField(
        "rate_per_second_max",
        int,
        f"每秒尝试次数上限，0 到 {RATE_PER_SECOND_MAX}；0 表示不限（默认）",
        f"Attempts a second at most, 0 to {RATE_PER_SECOND_MAX}; 0, the default, for no limit",
    ),
    BodyField(
        "concurrency_max",
        int,
        f"同时进行的尝试数上限，1 到 {CONCURRENCY_MAX}；默认 {CONCURRENCY_DEFAULT}",
        f"Attempts at one time, 1 to {CONCURRENCY_MAX}; {CONCURRENCY_DEFAULT} by default",
    ),
    BodyField(
        "headers",
        dict[str, str],
        "附加的请求头，名称到取值的对象；修改时整体替换",
        "Headers to send along, an object of names and values; replaced as a whole",
    ),
)

CREATED = (
    _NAME._replace(is_required=True),
    _URL._replace(is_required=True),
    BodyField(
        "tenant",
        str,
        "所属租户；默认为令牌的租户，不限租户的令牌默认为 default",
        "Whose pushes; the token's tenant, or `default` for a token of all tenants, when left out",
    ),
    _SECRET,
    BodyField("is_paused", bool, "先暂停，待恢复后投递", "Whether to hold everything until it is resumed"),
    *_OPTIONAL,
)
CHANGED = (_NAME, _URL, *_OPTIONAL)
KEY = (
    _SECRET,
    BodyField(
        "after_seconds",
        Annotated[int, msgspec.Meta(ge=0, le=KEY_DELAY_SECONDS_MAX)],
        f"多少秒之后生效，0（默认）到 {KEY_DELAY_SECONDS_MAX}",
        f"In force in how many seconds, 0, the default, to {KEY_DELAY_SECONDS_MAX}",
    ),
    BodyField(
        "overlap_seconds",
        Annotated[int, msgspec.Meta(ge=0, le=KEY_OVERLAP_SECONDS_MAX)],
        f"旧密钥继续生效多少秒，0 到 {KEY_OVERLAP_SECONDS_MAX}；默认 {KEY_OVERLAP_SECONDS_DEFAULT}",
        f"How many seconds the older key stays in force, 0 to {KEY_OVERLAP_SECONDS_MAX}; "
        f"{KEY_OVERLAP_SECONDS_DEFAULT} by default",
    ),
)
REDELIVERY = (
    BodyField(
        "entry_ids",
        Annotated[list[_Id], msgspec.Meta(min_length=1, max_length=ENTRIES_MAX)],
        f"条目编号（文本数组），1 到 {ENTRIES_MAX} 个；与其他字段不能同时使用",
        f"Ids of entries as text, 1 to {ENTRIES_MAX} of them; without any other field",
    ),
    BodyField("endpoint", _Id, "推送地址的编号（文本）", "Id of an endpoint, as text"),
    BodyField("all_dead", bool, "全部死信", "Everything that was given up"),
    BodyField(
        "since",
        _Moment,
        "此刻（毫秒）之后生成的全部条目；搭配 all_dead 时仅限其中的死信",
        "Everything that was made since this moment, epoch ms; with `all_dead` only the dead of it",
    ),
    BodyField("until", _Moment, "仅限此刻（毫秒）之前生成的条目", "Only what was made before this moment, epoch ms"),
    BodyField(
        "never_attempted",
        bool,
        "也包括该推送地址创建之前、属于其现有事件类型的推送",
        "Also pushes from before the endpoint existed, of the event types that it has now",
    ),
)
