"""Writes docs/reference/api.md and docs/reference/metrics.md from the tables of the web room.

    python tools/make_api_reference.py            write both pages
    python tools/make_api_reference.py --check    exit with 1 when one of them is stale

Nothing is said here that a table says; only the words around the tables are.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from prometheus_client.core import CounterMetricFamily

from afterchat.query.filter_table import FILTER_TABLE, SUFFIXES, Filter
from afterchat.sender.intake import ITEMS_MAX, REFUSALS
from afterchat.sender.submission import EVENT_BYTES_MAX, RECORD_BYTES_MAX
from afterchat.web import urls
from afterchat.web.app import route_table
from afterchat.web.auth import Access
from afterchat.web.bodies import body_schema
from afterchat.web.figures import Figure
from afterchat.web.metrics import FIGURES, SUMMARIES
from afterchat.web.parameters import SESSION_FILTERS
from afterchat.web.route import BodyField, Parameter, Route
from afterchat.web.sending_app import SENDING_ROUTES
from afterchat.web.sending_metrics import SENDING_FIGURES, SENDING_HISTOGRAMS
from afterchat.web.status import READINESS

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"

_ACCESS = {
    Access.OPEN: "无需令牌 / no token",
    Access.READER: "令牌 / token",
    Access.OPERATOR: "运维令牌 / operator's token",
    Access.CHANGER: "`operate` 令牌 / token of scope `operate`",
}
_METRICS_ACCESS = (
    '无需令牌；设置 `metrics_access = "token"` 时需运维令牌 / '
    'no token; the operator\'s with the setting `metrics_access = "token"`'
)
"""The one route whose access is a setting."""

_API = """# API

This page is written by `tools/make_api_reference.py` from the route table; edit the table, not the page.
本页由 `tools/make_api_reference.py` 根据路由表生成，请修改路由表而不是本页。

The same is served as OpenAPI 3.1 at `/openapi.json` by either end, and for reading at `/docs` by the receiving end.

## 约定 / Conventions

- 请求头 `Authorization: Bearer <令牌>`；令牌由 `afterchat tokens add` 创建，可以只属于一个租户。
  Send `Authorization: Bearer <token>`; `afterchat tokens add` makes one, for one tenant or for all.
- 属于其他租户的内容与不存在的内容，应答逐字节相同（404）。
  What belongs to another tenant and what does not exist give the same 404, byte for byte.
- 字段名为线上名称的 snake_case 形式；原始拼写见原文。
  Fields have their wire names in snake_case; the wire's own spelling is in the raw body.
- **所有编号均为文本**：JavaScript 会舍入大于 2^53 的整数。
  **Every id is text**: JavaScript rounds whole numbers beyond 2^53.
- 时刻为毫秒时间戳，唯 `signed_at` 为秒，与签名一致。
  Moments are epoch milliseconds; only `signed_at` is epoch seconds, as signed.
- `labels` 给出每个编码字段的中英文含义；未知取值如实标注，例如“未知 (17)”。
  `labels` says what every code means, in both languages; an unknown one honestly, such as `unknown (17)`.
- 列表用 `limit`（默认 50，最多 500）与 `cursor` 翻页；`cursor` 原样取自上一页的 `next_cursor`。
  Lists are paged by `limit` (50 by default, at most 500) and `cursor`, which is `next_cursor` of the page before.
- 错误为 RFC 9457 问题文档，语言随 `Accept-Language`；`code` 供程序使用，永不改变。
  Errors are RFC 9457 problem documents in the language of `Accept-Language`; `code` is for programs and never changes.
- 未知或重复的参数得到 400，不会被悄悄忽略。
  An unknown or repeated parameter is a 400; nothing is silently ignored.
- `freshness.as_of`：此刻之前到达的推送都已在记录中。
  `freshness.as_of`: everything that arrived before this moment is in the records.

```
curl -H 'Authorization: Bearer TOKEN' \\
  'http://127.0.0.1:8000/v1/sessions?end_time_from=2026-01-31T00:00:00%2B08:00&close_reason=7&limit=2'
```

错误代码与推送的拒绝原因见 [errors.md](errors.md)，字段见 [record.md](record.md)。
Codes of problems and refusals of pushes are in [errors.md](errors.md), fields in [record.md](record.md).
"""

_METRICS = """# Metrics

This page is written by `tools/make_api_reference.py` from the table of figures; edit the table, not the page.
本页由 `tools/make_api_reference.py` 根据指标表生成，请修改指标表而不是本页。

`GET /metrics` answers in Prometheus' text format.
No id, tenant or other word from outside is a label.
A figure that is not known has no sample; it is never shown as zero.

`GET /metrics` 以 Prometheus 文本格式应答。
标签中没有编号、租户或任何外来文字。
未知的数值没有样本，绝不显示为零。

## The sum / 合计

At any quiet moment, and within every single answer:
任一时刻，下式在同一次应答内成立：

```
afterchat_pushes_begun_total
  = afterchat_pushes_accepted_total{outcome="new"}
  + afterchat_pushes_accepted_total{outcome="duplicate"}
  + sum(afterchat_pushes_refused_total)
  + afterchat_pushes_aborted_total
  + afterchat_pushes_in_flight
```

## Figures / 指标
"""


_SENDING = f"""## 发送端 / The sending end

- 发送端（`afterchat sender`，端口 8001）接收事件与成品记录，并显示投递情况。
  A sender (`afterchat sender`, port 8001) takes events and finished records, and shows what became of them.
- `POST {urls.EVENTS}` 与 `POST {urls.RECORDS}` 接受单个 JSON 对象、数组，或每行一个（NDJSON），可用 gzip。
  They take one JSON object, an array of them, or one a line (NDJSON), also as gzip.
- 每个请求最多 {ITEMS_MAX} 条，解压前后均不超过设置 `events_bytes_max`。
  单个事件至多 {EVENT_BYTES_MAX} 字节，单个记录至多 {RECORD_BYTES_MAX} 字节，超过者为 `unreadable`。
  A request has at most {ITEMS_MAX} of them and, as sent and unpacked, the bytes of the setting `events_bytes_max`.
  An event has at most {EVENT_BYTES_MAX} bytes, a record {RECORD_BYTES_MAX}: what is larger is `unreadable`.
- 令牌由 `afterchat tokens add --scope send --tenant 租户名` 创建；它决定事件属于哪个租户，且不能用于读取。
  The token is one of `afterchat tokens add --scope send --tenant NAME`: it says whose events they are.
  It reads nothing.
- 由这些事件产生的一切落盘之后才应答 200；`items` 按原顺序给出每条的结果，并有各类条数。
  The answer is 200 once everything that follows from the events is on disk.
  `items` has the verdict on each, in their order; `taken`, `duplicate`, `refused` and `unreadable` count them.
- 事件以 `id` 识别，因此不确定是否送达的请求可以重发。
  An event is known by its `id`, so a request that may or may not have arrived can be sent again.
- 修改推送地址与重新投递使用 `afterchat tokens add --scope operate` 创建的令牌；它也能读取，但不能提交事件。
  What changes endpoints or delivers again takes a token of `afterchat tokens add --scope operate`.
  It reads, too, and hands in nothing.
- 请求体为一个 JSON 对象，最大 64 KiB；未知、重复或无法识别的字段得到 400，并指明字段。
  Bodies are one JSON object of at most 64 KiB; an unknown, repeated or unreadable field is a 400 that names it.
- 此处生成的密钥只在一次应答中显示；任何读取都不含密钥与请求头的取值。
  A secret that is made here is shown in one answer; nothing that is read holds secrets or values of headers.
- 整个请求被拒绝时，应答中含 `code`、`en` 与 `zh`。
  A request that is not taken as a whole is answered with `code`, `en` and `zh`.
"""

_SENDING_METRICS = """## 发送端 / The sending end

The label `endpoint` is the number that the endpoint got when it was added.
标签 `endpoint` 是推送地址创建时得到的编号。

Within every single answer:
下式在同一次应答内成立：

```
afterchat_outbox_created_total = sum(afterchat_outbox_entries) + afterchat_outbox_purged_total
```

Watch the oldest due and the oldest lease; be woken when more entries are `dead`.
请关注最早到期与最早租约的时长；状态 `dead` 的条目增多时应告警。
"""


_CHOICES_SHOWN_MAX = 30
_KINDS = {
    "text": "text",
    "number": "whole number",
    "moment": "epoch ms, or ISO 8601 with a zone",
    "second": "epoch seconds",
    "flag": "0 or 1",
}
_FILTERS = """\
字段名本身表示等于，`_not` 表示不等于。
`_from` 表示大于等于（时间为该时刻或之后），`_until` 表示小于，`_contains` 表示包含（不分大小写）。
等于与不等于可重复给出多个值：等于为满足其一，不等于为均不等于；不同名称之间为并且。

The name itself means equal to, `_not` other than.
`_from` means at least (a moment: then or later), `_until` less than, `_contains` that it holds the text in any case.
Equal and other than may be given several times: any of the values, none of the values; different names all hold.
"""


def api_page() -> str:
    """The text of docs/reference/api.md."""
    routes = route_table("", is_metrics_open=False)
    reasons = _table(("code", "中文", "English"), ((f"`{code}`", zh, en) for code, (zh, en) in READINESS.items()))
    sections = "\n".join(_route(route) for route in routes if route.parameters)
    sending = "\n".join(_route(route) for route in SENDING_ROUTES if route.parameters or route.body)
    refusals = _table(
        ("code", "status", "中文", "English"),
        ((f"`{one.code}`", str(one.status), one.zh, one.en) for one in REFUSALS.values()),
    )
    return (
        f"{_API}\n## 路由 / Routes\n\n{_overview(routes)}\n{sections}\n"
        f"## 会话的过滤条件 / Filters of sessions\n\n{_FILTERS}\n{_filters()}\n"
        f"{_SENDING}\n{_overview(SENDING_ROUTES)}\n{refusals}\n{sending}\n"
        f"## 未就绪的原因 / Why a server is not ready\n\n{reasons}"
    )


def metrics_page() -> str:
    """The text of docs/reference/metrics.md."""
    receiving = [*map(_figure, FIGURES), *((f"`{one.name}`", "summary", "", one.help) for one in SUMMARIES)]
    sending = [
        *map(_figure, SENDING_FIGURES),
        *((f"`{one.name}`", "histogram", "", one.help) for one in SENDING_HISTOGRAMS),
    ]
    head = ("name", "kind", "label", "what")
    return f"{_METRICS}\n{_table(head, receiving)}\n{_SENDING_METRICS}\n{_table(head, sending)}"


def _figure(figure: Figure[Any]) -> tuple[str, ...]:
    is_counter = figure.kind is CounterMetricFamily
    labels = ", ".join(f"`{label}`" for label in figure.labels)
    return f"`{figure.name}{'_total' if is_counter else ''}`", "counter" if is_counter else "gauge", labels, figure.help


def _overview(routes: Iterable[Route]) -> str:
    return _table(
        ("path", "access", "what"),
        (
            (
                f"`{route.method} {route.path}`",
                _METRICS_ACCESS if route.path == urls.METRICS else _ACCESS[route.access],
                f"{route.zh} / {route.en}",
            )
            for route in routes
        ),
    )


def _route(route: Route) -> str:
    own = [parameter for parameter in route.parameters if parameter not in SESSION_FILTERS]
    more = "\nAnd every filter below.\n" if len(own) < len(route.parameters) else ""
    parameters = f"\n{_parameters(own)}" if own else ""
    body = f"\n{_fields(route.body)}" if route.body else ""
    return f"### `{route.method} {route.path}`\n\n{route.zh}。\n{route.en}.\n{parameters}{more}{body}"


def _filters() -> str:
    """One line for each thing that filters look at, with the names that narrow by it."""
    by_subject: dict[str, list[Filter]] = {}
    for line in FILTER_TABLE.values():
        suffix = max((one for one in SUFFIXES if line.name.endswith(one)), key=len)
        subject = line.name.removesuffix(suffix) if line.name.removesuffix(suffix) in FILTER_TABLE else line.name
        by_subject.setdefault(subject, []).append(line)
    return _table(
        ("field", "value", "names"),
        (
            (f"`{subject}`", _KINDS[lines[0].kind], ", ".join(f"`{line.name}`" for line in lines))
            for subject, lines in by_subject.items()
        ),
    )


def _parameters(parameters: Iterable[Parameter]) -> str:
    return _table(
        ("name", "in", "type", "what"),
        ((f"`{one.name}`", one.where, _type(one), f"{one.zh} / {one.en}") for one in parameters),
    )


def _fields(fields: Sequence[BodyField]) -> str:
    """The JSON object that a request may hold."""
    schemas = body_schema(fields)["properties"]
    return _table(
        ("field", "type", "", "what"),
        (
            (
                f"`{one.name}`",
                str(schemas[one.name]["type"]),
                "必填 / required" if one.is_required else "",
                f"{one.zh} / {one.en}",
            )
            for one in fields
        ),
    )


def _type(parameter: Parameter) -> str:
    schema = parameter.schema
    if "anyOf" in schema:
        return "epoch ms, or ISO 8601 with a zone"
    if "enum" in schema:
        choices = schema["enum"]
        return ", ".join(f"`{one}`" for one in choices) if len(choices) <= _CHOICES_SHOWN_MAX else "one of many"
    bounds = f" {schema['minimum']}-{schema['maximum']}" if "minimum" in schema and "maximum" in schema else ""
    return f"{schema['type']}{bounds}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def main(arguments: list[str]) -> int:
    """Write or check both pages; the exit code is 1 when a page was stale under --check."""
    pages = {REFERENCE / "api.md": api_page(), REFERENCE / "metrics.md": metrics_page()}
    stale = [path for path, text in pages.items() if not path.exists() or path.read_text("utf-8") != text]
    if "--check" in arguments:
        for path in stale:
            print(f"{path} is stale: run python tools/make_api_reference.py")
        return 1 if stale else 0
    for path in stale:
        path.write_text(pages[path], "utf-8")
        print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
