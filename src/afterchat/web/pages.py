"""The reading page of the API, which needs no login.

Rules
- Plain HTML with one style sheet of our own: no script, nothing from another host, readable in a text browser.
- Every piece of text goes through `escape`, descriptions through `_prose`, which marks code as such.
- It is made once, when the application is built, and holds no data.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Any

from afterchat.web import urls
from afterchat.web.problems import PROBLEMS

__all__ = ["docs_page", "style_sheet"]


def style_sheet() -> bytes:
    """The one style sheet."""
    return files("afterchat.web").joinpath("static", "page.css").read_bytes()


def docs_page(document: dict[str, Any]) -> bytes:
    """The OpenAPI document as a page for people."""
    operations = "".join(
        _operation(path, method, operation)
        for path, methods in sorted(document["paths"].items(), key=_place)
        for method, operation in methods.items()
    )
    problems = "".join(
        f'<tr id="problem-{escape(code)}"><td><code>{escape(code)}</code></td><td>{kind.status}</td>'
        f'<td lang="zh">{escape(kind.zh_title)}：{_prose(kind.zh_detail)}</td>'
        f'<td lang="en">{escape(kind.en_title)}. {_prose(kind.en_detail)}</td></tr>'
        for code, kind in PROBLEMS.items()
    )
    schemas = "".join(_schema(name, schema) for name, schema in document["components"]["schemas"].items())
    return _page(
        "afterchat API",
        f"""<h1>afterchat API <small>{escape(document["info"]["version"])}</small></h1>
<p>{_prose(document["info"]["description"])}</p>
<p><a href="{urls.OPENAPI}">OpenAPI 3.1</a> · <a href="/">/</a></p>
{operations}<h2>错误 / Problems</h2><table>{problems}</table><h2>数据 / Schemas</h2>{schemas}""",
    )


_LAST = (urls.HEALTH, urls.READINESS, urls.METRICS)
"""What a reader of sessions looks for last; the others keep the order of the document."""
_CODE = re.compile(r"`([^`\n]+)`")


def _place(path_and_methods: tuple[str, Any]) -> int:
    """Where a path stands on the page, for a sort that keeps the order of equals."""
    path = path_and_methods[0]
    return 1 + _LAST.index(path) if path in _LAST else 0


def _prose(text: str) -> str:
    """Escaped text in which what stands between backticks is code."""
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    parameters = [
        (f"<code>{escape(one['name'])}</code>", one["in"], escape(_type(one["schema"])), _prose(one["description"]))
        for one in operation["parameters"]
    ]
    answers = [
        (status, escape(_content(response)), _prose(response["description"]))
        for status, response in operation["responses"].items()
    ]
    token = " · <em>Bearer</em>" if "security" in operation else ""
    return f"""<section id="{escape(operation["operationId"])}">
<h2><code>{escape(method.upper())} {escape(path)}</code>{token}</h2>
<p>{_prose(operation["summary"])}</p>
<p>{_prose(operation.get("description", ""))}</p>
<details open><summary>参数与应答 / Parameters and answers</summary>{_table(parameters)}
{_table(answers)}</details>
</section>
"""


def _content(response: dict[str, Any]) -> str:
    """Media types and classes of one answer."""
    return ", ".join(
        f"{media_type} {_type(content.get('schema', {}))}".strip()
        for media_type, content in response["content"].items()
    )


def _schema(name: str, schema: dict[str, Any]) -> str:
    fields = [
        (f"<code>{escape(field)}</code>", escape(_type(about)), _prose(about.get("description", "")))
        for field, about in schema.get("properties", {}).items()
    ]
    return f"""<section id="{escape(name)}">
<h3>{escape(name)}</h3>
<p>{_prose(schema.get("description", ""))}</p>
{_table(fields)}
</section>
"""


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    """Cells are HTML already."""
    return "<table>" + "".join(f"<tr><td>{'</td><td>'.join(cells)}</td></tr>\n" for cells in rows) + "</table>"


def _type(schema: dict[str, Any]) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(_type(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    return str(schema.get("format") or schema.get("type", ""))


def _page(title: str, body: str) -> bytes:
    return f"""<!doctype html>
<html lang="zh">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="stylesheet" href="{urls.STYLE}">
</head>
<body>
<main>
{body}
</main>
</body>
</html>
""".encode()
