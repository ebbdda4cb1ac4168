"""The routes of the sending end that change something; the rest of its table is `sending_app`."""

from __future__ import annotations

from afterchat.query.outbox_views import EndpointView
from afterchat.web import operating_api as api
from afterchat.web import urls
from afterchat.web.auth import Access
from afterchat.web.operating import MadeKey, Redelivered, TrialView
from afterchat.web.operating_fields import CHANGED, CREATED, KEY, REDELIVERY
from afterchat.web.parameters import ID
from afterchat.web.route import Route

__all__ = ["OPERATING_ROUTES"]

_ANY = ("filter", "body", "missing", "size", "store")

OPERATING_ROUTES: tuple[Route, ...] = (
    Route(
        "create_endpoint",
        urls.ENDPOINTS,
        Access.CHANGER,
        api.create_endpoint,
        "新增推送地址；自动生成的密钥仅在此应答中显示一次",
        "Make an endpoint; a secret that is made here is shown in this answer and never again",
        answer=MadeKey,
        problems=(*_ANY, "name"),
        statuses=(201,),
        method="POST",
        body=CREATED,
    ),
    Route(
        "change_endpoint",
        urls.ENDPOINT,
        Access.CHANGER,
        api.change_endpoint,
        "修改推送地址；未给出的字段保持不变",
        "Change an endpoint; what is not given stays as it is",
        answer=EndpointView,
        parameters=(ID,),
        problems=(*_ANY, "name"),
        method="PATCH",
        body=CHANGED,
    ),
    Route(
        "delete_endpoint",
        urls.ENDPOINT,
        Access.CHANGER,
        api.delete_endpoint,
        "删除推送地址；未送达的条目将被取消",
        "Forget an endpoint; what it did not get is cancelled",
        parameters=(ID, api.FORCE),
        problems=(*_ANY, "undelivered"),
        statuses=(204,),
        method="DELETE",
    ),
    Route(
        "pause_endpoint",
        urls.ENDPOINT_PAUSE,
        Access.CHANGER,
        api.pause_endpoint,
        "暂停投递；条目保留，不会丢弃",
        "Hold what is to be delivered; nothing is dropped",
        answer=EndpointView,
        parameters=(ID,),
        problems=_ANY,
        method="POST",
    ),
    Route(
        "resume_endpoint",
        urls.ENDPOINT_RESUME,
        Access.CHANGER,
        api.resume_endpoint,
        "恢复投递；因持续失败被停用时也用它",
        "Deliver again, also after the relay gave up",
        answer=EndpointView,
        parameters=(ID,),
        problems=_ANY,
        method="POST",
    ),
    Route(
        "test_endpoint",
        urls.ENDPOINT_TEST,
        Access.CHANGER,
        api.test_endpoint,
        "立即发送一条测试推送（事件类型 `AFTERCHAT_TEST`）并显示应答；暂停与熔断对其无效",
        "Send one test push (event type `AFTERCHAT_TEST`) now and show the answer; no pause or breaker holds it back",
        answer=TrialView,
        parameters=(ID,),
        problems=_ANY,
        method="POST",
    ),
    Route(
        "add_endpoint_key",
        urls.ENDPOINT_KEYS,
        Access.CHANGER,
        api.add_key,
        "新增密钥，旧密钥在重叠期后失效；自动生成的密钥仅在此应答中显示一次",
        "Add a key, the older one retires after the overlap; a secret that is made here is shown once",
        answer=MadeKey,
        parameters=(ID,),
        problems=(*_ANY, "keys"),
        statuses=(201,),
        method="POST",
        body=KEY,
    ),
    Route(
        "redeliver",
        urls.OUTBOX_REDELIVER,
        Access.CHANGER,
        api.redeliver,
        "重新投递已完成的条目：给出 `entry_ids`，或 `endpoint` 加 `all_dead`、`since`、`never_attempted`",
        "Send settled entries again: give `entry_ids`, or `endpoint` with `all_dead`, `since` or `never_attempted`",
        answer=Redelivered,
        problems=_ANY,
        method="POST",
        body=REDELIVERY,
    ),
)
"""In the order of the reference page."""
