"""One HTTP request to items, and verdicts to an answer: the door through which events and finished records come in.

    POST /v1/events    one event, an array of them, or one a line (NDJSON)
    POST /v1/records   the same for finished records

Pure and total: any request gives a Submission or an Answer, and nothing here waits.

Rules
- A token of one tenant with the scope `send` says whose events they are; nothing in the body can.
- gzip is taken, and never unpacked beyond what the body may have.
- A body is cut into items before any is read, so one bad item costs only itself.
- Cutting stops at one item too many: what a body costs goes by its length, never by what it is made of.
- The bounds are such that reading the largest honest request keeps the loop from others for less than 100 ms.
- An answer tells what became of each item, in the order in which they came; it is 200 when each was judged.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from afterchat.contract.record import SessionRecord
from afterchat.edge.message import Answer, Request
from afterchat.engine import Unreadable
from afterchat.sender.submission import Item, ItemVerdict, Submission, event_item, record_item
from afterchat.store.bearer import bearer_token
from afterchat.store.ports import Token

__all__ = ["BODY_BYTES_MAX", "CODINGS", "DOORS", "ITEMS_MAX", "Refusal", "answer_of", "read_request", "refusal"]

ITEMS_MAX = 2000
"""Of one request; more is a backfill, which is sent in pieces."""
BODY_BYTES_MAX = 2 * 1024 * 1024
"""Of one request when nobody chose another bound, when it is unpacked, too."""
CODINGS = frozenset((b"gzip",))
"""What the edge may hand in beside bodies as they are."""
SEND_SCOPE = "send"

DOORS: dict[bytes, Callable[[bytes], Item]] = {b"/v1/events": event_item, b"/v1/records": record_item}
"""Path to what reads one item of its bodies."""

_JSON = (b"content-type", b"application/json")
_BLANKS = b" \t\r\n"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LINE = re.compile(rb"[ \t\r\n]*+([^\n]++)")
"""The next line that is not blank, from where it begins."""

_SHORT_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_LONG_ARRAY: msgspec.json.Decoder[Any] = msgspec.json.Decoder(
    msgspec.defstruct(
        "_Array",
        [(f"item_{number}", msgspec.Raw | msgspec.UnsetType, msgspec.UNSET) for number in range(ITEMS_MAX)],
        array_like=True,
        forbid_unknown_fields=True,
    )
)
"""Gives up at the first item too many; a list of four million noughts would take half a gigabyte before it is counted.
It has a place for every item, so it is for arrays alone that may have so many.
"""


class Refusal(NamedTuple):
    """Why a whole request was not taken: HTTP status and what it says."""

    status: int
    code: str
    en: str
    zh: str
    retry_seconds: int = 0


REFUSALS = {
    one.code: one
    for one in (
        Refusal(
            404,
            "path",
            "events go to /v1/events, records to /v1/records",
            "事件请发到 /v1/events，记录请发到 /v1/records",
        ),
        Refusal(405, "method", "only POST is taken here", "只接受 POST"),
        Refusal(
            401,
            "token",
            "send `Authorization: Bearer <token>`; `afterchat tokens add --scope send` makes one",
            "请带上 Authorization: Bearer <令牌>；令牌由 afterchat tokens add --scope send 创建",
        ),
        Refusal(
            403,
            "scope",
            "this token may not send; make one with `afterchat tokens add --scope send --tenant NAME`",
            "该令牌无权发送；请用 afterchat tokens add --scope send --tenant 租户名 创建",
        ),
        Refusal(415, "encoding", "send the body as it is, or gzip", "请求体请不编码，或使用 gzip"),
        Refusal(
            413,
            "size",
            "the body is too large, as sent or unpacked; send it in pieces",
            "请求体过大（解压前或解压后），请分批发送",
        ),
        Refusal(413, "items", f"more than {ITEMS_MAX} items; send them in pieces", f"超过 {ITEMS_MAX} 条，请分批发送"),
        Refusal(
            400,
            "body",
            "the body holds no JSON; send an object, an array or one object a line",
            "请求体不是 JSON；请发送对象、数组或每行一个对象",
        ),
        Refusal(503, "store", "nothing was kept; send it again", "未保存任何内容，请重新发送", 1),
        Refusal(503, "stopping", "the server is stopping; send it again", "服务正在停止，请重新发送", 2),
    )
}


class _AnswerItem(msgspec.Struct, frozen=True, omit_defaults=True):
    verdict: str
    id: str = ""
    reason: str = ""
    en: str = ""
    zh: str = ""


class _AnswerBody(msgspec.Struct, frozen=True):
    taken: int
    duplicate: int
    refused: int
    unreadable: int
    items: list[_AnswerItem]


def read_request(
    request: Request, tokens: Sequence[tuple[Token, bytes]], now_ms: int, body_bytes_max: int = BODY_BYTES_MAX
) -> Submission | Answer:
    """What was handed in, or the answer that refuses it."""
    read = DOORS.get(request.path)
    if read is None or request.method != b"POST":
        return refusal("path" if read is None else "method")
    tenant = _tenant(request, tokens, now_ms)
    if isinstance(tenant, Answer):
        return tenant
    body = _unpacked(request, body_bytes_max)
    if isinstance(body, Answer):
        return body
    pieces = _pieces(body)
    if isinstance(pieces, Answer):
        return pieces
    return Submission(tenant, [read(piece) for piece in pieces])


def answer_of(submission: Submission, verdicts: Sequence[ItemVerdict]) -> Answer:
    """What became of each item."""
    counts = dict.fromkeys(("taken", "duplicate", "refused", "unreadable"), 0)
    for verdict in verdicts:
        counts[verdict.verdict] += 1
    items = [
        _AnswerItem(verdict.verdict, _id_of(item), verdict.reason, verdict.en, verdict.zh)
        for item, verdict in zip(submission.items, verdicts, strict=True)
    ]
    return Answer(200, msgspec.json.encode(_AnswerBody(**counts, items=items)), (_JSON,))


def refusal(code: str) -> Answer:
    """The answer to a request that was not taken as a whole."""
    told = REFUSALS[code]
    headers = [_JSON]
    if told.retry_seconds:
        headers.append((b"retry-after", str(told.retry_seconds).encode("ascii")))
    if told.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="afterchat"'))
    if told.status == 405:
        headers.append((b"allow", b"POST"))
    return Answer(told.status, msgspec.json.encode({"code": code, "en": told.en, "zh": told.zh}), tuple(headers))


def _tenant(request: Request, tokens: Sequence[tuple[Token, bytes]], now_ms: int) -> str | Answer:
    authorizations = [value for name, value in request.headers if name == b"authorization"]
    token = bearer_token(authorizations, tokens, now_ms)
    if token is None:
        return refusal("token")
    if token.scope != SEND_SCOPE or token.tenant is None:
        return refusal("scope")
    return token.tenant


def _unpacked(request: Request, bytes_max: int) -> bytes | Answer:
    encodings = [value.strip().lower() for name, value in request.headers if name == b"content-encoding"]
    if encodings in ([], [b"identity"]):
        return request.body
    if len(encodings) != 1 or encodings[0] not in CODINGS:
        return refusal("encoding")
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        body = inflater.decompress(request.body, bytes_max)
    except zlib.error:
        return refusal("encoding")
    if inflater.unconsumed_tail:
        return refusal("size")
    return body if inflater.eof else refusal("encoding")


def _pieces(body: bytes) -> list[bytes] | Answer:
    """The items as they stand in the body, at most ITEMS_MAX; or the refusal of a body that holds none, or too many."""
    text = body.removeprefix(_BYTE_ORDER_MARK).strip(_BLANKS)
    if text.startswith(b"["):
        return _array_pieces(text)
    if b"\n" not in text:
        return [text] if text else refusal("body")
    lines = [line[1] for line in islice(_LINE.finditer(text), ITEMS_MAX + 1)]
    # One object that somebody printed over several lines is no NDJSON: its first line alone is not JSON.
    if not _is_json(lines[0]):
        return [text]
    return lines if len(lines) <= ITEMS_MAX else refusal("items")


def _array_pieces(text: bytes) -> list[bytes] | Answer:
    try:
        if text.count(b",") < ITEMS_MAX:
            pieces = [bytes(raw) for raw in _SHORT_ARRAY.decode(text)]
        else:
            places = msgspec.structs.astuple(_LONG_ARRAY.decode(text))
            pieces = [bytes(raw) for raw in places if raw is not msgspec.UNSET]
    except msgspec.ValidationError:  # anything may stand in a Raw, so it is the number of them
        return refusal("items")
    except (msgspec.DecodeError, RecursionError):
        return refusal("body")
    return pieces or refusal("body")


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _id_of(item: Item) -> str:
    if isinstance(item, Unreadable):
        return ""
    return str(item.id) if isinstance(item, SessionRecord) else item.id
