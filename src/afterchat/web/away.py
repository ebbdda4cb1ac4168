"""What a reader is told while the process that answers readers is away: come back in a moment.

Pushes are taken meanwhile; only reading waits.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from afterchat.web.headers import SecurityHeaders
from afterchat.web.problems import language_of
from afterchat.web.serving import problem_answer

__all__ = ["AWAY_RETRY_SECONDS", "away_application"]

AWAY_RETRY_SECONDS = 2

_PAGE = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta http-equiv="refresh" content="{seconds}"><title>afterchat</title></head>
<body><h1>{title}</h1><p>{detail}</p></body>
</html>
"""
_WORDS = {
    "zh": ("看板正在启动", "推送照常接收；本页会自动重试。"),
    "en": ("The dashboard is starting", "Pushes are taken meanwhile; this page tries again by itself."),
}


def away_application() -> ASGIApp:
    """Answers everything with 503 and when to come back: a page for browsers, a problem for programs."""
    return SecurityHeaders(_answer)


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    language = language_of(request.headers.get("accept-language", ""))
    if "text/html" not in request.headers.get("accept", ""):
        await problem_answer("away", language)(scope, receive, send)
        return
    title, detail = _WORDS[language]
    body = _PAGE.format(language=language, seconds=AWAY_RETRY_SECONDS, title=title, detail=detail)
    headers = {"retry-after": str(AWAY_RETRY_SECONDS), "cache-control": "no-store"}
    await Response(body, 503, headers, "text/html; charset=utf-8")(scope, receive, send)
