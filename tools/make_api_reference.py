"""Writes docs/reference/api.md and docs/reference/metrics.md from the tables of the web room.

    python tools/make_api_reference.py            write both pages
    python tools/make_api_reference.py --check    exit with 1 when one of them is stale

Nothing is said here that a table says; only the words around the tables are.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from prometheus_client.core import CounterMetricFamily

from afterchat.web import urls
from afterchat.web.app import route_table
from afterchat.web.auth import Access
from afterchat.web.endpoint import Endpoint, Parameter
from afterchat.web.metrics import FIGURES, SUMMARIES
from afterchat.web.parameters import SESSION_FILTERS
from afterchat.web.status import READINESS

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"

_ACCESS = {
    Access.OPEN: "无需令牌 / no token",
    Access.READER: "令牌 / token",
    Access.OPERATOR: "运维令牌 / operator's token",
}
_METRICS_ACCESS = (
    '无需令牌；设置 `metrics_access = "token"` 时需运维令牌 / '
    'no token; the operator\'s with the setting `metrics_access = "token"`'
)
"""The one route whose access is a setting."""

_API = """# API

This page is written by `tools/make_api_reference.py` from the route table; edit the table, not the page.
本页由 `tools/make_api_reference.py` 根据路由表生成，请修改路由表而不是本页。

The same is served as OpenAPI 3.1 at `/openapi.json`, and for reading at `/docs`, by every running server.

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


def api_page() -> str:
    """The text of docs/reference/api.md."""
    routes = route_table("", is_metrics_open=False)
    overview = _table(
        ("path", "access", "what"),
        (
            (
                f"`GET {route.path}`",
                _METRICS_ACCESS if route.path == urls.METRICS else _ACCESS[route.access],
                f"{route.zh} / {route.en}",
            )
            for route in routes
        ),
    )
    reasons = _table(("code", "中文", "English"), ((f"`{code}`", zh, en) for code, (zh, en) in READINESS.items()))
    sections = "\n".join(_route(route) for route in routes if route.parameters)
    return (
        f"{_API}\n## 路由 / Routes\n\n{overview}\n{sections}\n"
        f"## 会话的过滤条件 / Filters of sessions\n\n{_parameters(SESSION_FILTERS)}\n"
        f"## 未就绪的原因 / Why a server is not ready\n\n{reasons}"
    )


def metrics_page() -> str:
    """The text of docs/reference/metrics.md."""
    rows = [
        (
            f"`{figure.name}{'_total' if figure.kind is CounterMetricFamily else ''}`",
            "counter" if figure.kind is CounterMetricFamily else "gauge",
            f"`{figure.label}`" if figure.label else "",
            figure.help,
        )
        for figure in FIGURES
    ]
    rows += [(f"`{summary.name}`", "summary", "", summary.help) for summary in SUMMARIES]
    return f"{_METRICS}\n{_table(('name', 'kind', 'label', 'what'), rows)}"


def _route(route: Endpoint) -> str:
    own = [parameter for parameter in route.parameters if parameter not in SESSION_FILTERS]
    more = "\nAnd every filter below.\n" if len(own) < len(route.parameters) else ""
    return f"### `GET {route.path}`\n\n{route.zh}。\n{route.en}.\n\n{_parameters(own)}{more}"


def _parameters(parameters: Iterable[Parameter]) -> str:
    return _table(
        ("name", "in", "type", "what"),
        ((f"`{one.name}`", one.where, _type(one), f"{one.zh} / {one.en}") for one in parameters),
    )


def _type(parameter: Parameter) -> str:
    schema = parameter.schema
    if "anyOf" in schema:
        return "epoch ms, or ISO 8601 with a zone"
    bounds = f" {schema['minimum']}-{schema['maximum']}" if schema.get("default") else ""
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
