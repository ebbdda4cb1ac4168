"""Texts that would run if a page believed them, in every field that a visitor or a stranger can fill.

Each says so by setting `window.__pwned`, by opening a dialog, or by asking another host; a page that shows them as they
are does none of it.
Session k has payload k + i in its i-th field, so that every pair of both comes once.
"""

from __future__ import annotations

import json
from hashlib import sha256

from afterchat.contract.codec import encode
from afterchat.contract.record import CustomField, blank_record
from afterchat.store.open import Store
from afterchat.store.ports import Key
from afterchat.store.sending import Endpoint, JournalBatch, JournalEvent, NewPush, SessionMark

__all__ = ["PAYLOADS", "SESSION_IDS", "hostile_bodies", "hostile_endpoint", "hostile_refusals"]

RUN = "window.__pwned=1"
PAYLOADS = (
    f"<script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f"</ScRiPt><ScRiPt>{RUN}//",
    f'"><script>{RUN}</script>',
    f"'><script>{RUN}</script>",
    f"--><script>{RUN}</script><!--",
    f"]]><script>{RUN}</script>",
    f"</title><script>{RUN}</script>",
    f"</textarea><script>{RUN}</script>",
    f"</style><script>{RUN}</script>",
    f"<!--<script>{RUN}</script>-->",
    f"<img src=x onerror={RUN}>",
    f'"><img src=x onerror="{RUN}">',
    f"<img src=`x`onerror={RUN}>",
    f"<svg onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<body onload={RUN}>",
    f"<details open ontoggle={RUN}>",
    f"<input autofocus onfocus={RUN}>",
    f'" autofocus onfocus="{RUN}" x="',
    f"' onmouseover='{RUN}' x='",
    "<iframe srcdoc='<script>top.__pwned=1</script>'></iframe>",
    "<iframe src='https://evil.example/frame'></iframe>",
    "<object data='https://evil.example/object'></object>",
    "<img src='https://evil.example/pixel.png'>",
    "<link rel=stylesheet href='https://evil.example/x.css'>",
    "<style>body{background:url(https://evil.example/bg)}</style>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<base href='https://evil.example/'>",
    "<form action='https://evil.example/'><button autofocus>x</button></form>",
    f"javascript:{RUN}",
    f"JaVaScRiPt\t:{RUN}",
    "data:text/html,<script>alert(1)</script>",
    "//evil.example/open",
    f"<div hx-get='https://evil.example/x' hx-trigger='load' hx-on:click='{RUN}'>x</div>",
    f"<x data-live='https://evil.example/x' data-every='0.01' hx-on::load='{RUN}'>",
    "{{7*7}}{% for x in ().__class__ %}${alert(1)}{a|alert(1)}",
    f"\u202e<script>{RUN}</script>\ufeff\u2028alert(1)",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'>",
)
TEXT_FIELDS = (
    "category",
    "category_detail",
    "evaluation_remark",
    "foreign_id",
    "from_group",
    "from_ip",
    "from_page",
    "from_staff",
    "from_title",
    "from_type",
    "land_page",
    "origin_platform",
    "overflow_from",
    "remarks",
    "search_key",
    "staff_name",
    "transfer_from_group",
    "transfer_from_staff_name",
    "transfer_remarks",
    "transfer_rg_type",
    "transfer_type",
)
SESSION_IDS = tuple(range(5000, 5000 + len(PAYLOADS)))
MINUTE = 60_000
RECORDS = "DATA_ONLINE_SESSION_END"


def hostile_bodies(now_ms: int) -> list[bytes]:
    """One session for each payload, ended within the last hours."""
    return [_body(number, now_ms - (len(PAYLOADS) - number) * 5 * MINUTE) for number in range(len(PAYLOADS))]


def hostile_refusals() -> list[tuple[str, bytes, bool]]:
    """(event type, body, whether it is signed rightly) of pushes that are quarantined, or stored and never read."""
    taken = [payload for payload in PAYLOADS if payload.isascii() and payload.isprintable()]
    shown = [payload.replace("&", "").replace(" ", "/").replace("#", "").replace("+", "") for payload in taken[:12]]
    return [
        *((RECORDS, payload.encode(), False) for payload in PAYLOADS[:6]),
        *((RECORDS, json.dumps({"id": payload, payload: payload}).encode(), True) for payload in PAYLOADS[6:16]),
        *((event_type, b'{"id":1}', True) for event_type in shown),
    ]


async def hostile_endpoint(store: Store, like: Endpoint, now_ms: int) -> None:
    """An endpoint with a hostile name and address, and a push that waits for it."""
    endpoint = like._replace(tenant="hostile", name=PAYLOADS[0], url="https://crm.example/'\"><script>x</script>")
    endpoint_id = await store.endpoints.put_endpoint(endpoint)
    await store.endpoints.put_endpoint_key(endpoint_id, Key("key_hostile", b"x" * 32, 0, None))
    body = json.dumps({"id": SESSION_IDS[0], "staffName": PAYLOADS[0]}).encode()
    sha = sha256(body).digest()
    push = NewPush("hostile", SESSION_IDS[0], RECORDS, body, sha, now_ms, (endpoint_id,))
    mark = SessionMark("hostile", SESSION_IDS[0], b"{}", None, now_ms, now_ms, sha, 1)
    events = (
        JournalEvent("h-1", now_ms - 5000, json.dumps({"type": PAYLOADS[0], "session": SESSION_IDS[0]}).encode()),
    )
    await store.journal.commit(JournalBatch([(mark, events)], (push,), now_ms))


def _body(number: int, end: int) -> bytes:
    texts = {name: PAYLOADS[(number + place) % len(PAYLOADS)] for place, name in enumerate(TEXT_FIELDS)}
    custom = PAYLOADS[number]
    return encode(
        blank_record(
            **texts,
            id=SESSION_IDS[number],
            s_type="0",
            interaction=number % 2,
            is_valid=1,
            staff_id=100 + number,
            from_group_id=100 + number,
            start_time=end - 4 * MINUTE,
            end_time=end,
            client_first_message_time=end - 4 * MINUTE,
            staff_first_reply_time=end - 3 * MINUTE,
            first_reply_cost=MINUTE,
            round_number=3,
            evaluation_type=5,
            evaluation=100,
            user_join_evaluate_time=str(end),
            custom_field=(CustomField(custom, custom, custom),),
        )
    )
