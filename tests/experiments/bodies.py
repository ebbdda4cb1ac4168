"""What the experiments push: made-up session records, and what the judge reads out of a body by itself.

Rules:
- Nothing of `afterchat` is imported here or in any other file of the judge: the wire is written down a second time.
- A body is a function of its arguments and of a seeded `random.Random`, so a run can be repeated from its printed seed.
- `facts` is the judge's own reading: only for bodies that this file made; poison is judged by its bytes alone.

What does not belong here: signing (`client.py`), hostile bodies (`poisons.py`), opinions on what a store should do.
"""

from __future__ import annotations

import hashlib
import json
import random
from typing import Any, NamedTuple

__all__ = ["Facts", "Push", "facts", "revised", "session_push"]

MOMENTS = (
    "startTime",
    "endTime",
    "staffInvitedEvaluateTime",
    "userJoinEvaluateTime",
    "staffFirstReplyTime",
    "clientFirstMessageTime",
    "treatedTime",
)
"""The fields of the wire that are points in time, epoch milliseconds; the greatest ranks revisions of one second."""

STAFF = ("王小明", "李静", "O'Brien", "赵 敏", "机器人", "Zoë 😀")
PAGES = ("https://example.cn/帮助?q=1&x=%20", "https://example.com/a\"b'<c>", "app://home")
REMARKS = ("退款已处理", "第一行\n第二行\t制表", "后续回访 {}", "=1+1", "𠮷野家 é")


class Push(NamedTuple):
    """One body on its way to one tenant."""

    tenant: str
    session_id: int
    """The session that it is about; 0 where the judge expects no session row from it."""
    body: bytes

    @property
    def identity(self) -> tuple[str, str]:
        """(tenant, sha256 of the bytes in hex): what makes two pushes the same."""
        return self.tenant, hashlib.sha256(self.body).hexdigest()


class Facts(NamedTuple):
    """What the judge compares a projected row with."""

    session_id: int
    latest_moment: int
    end_time: int
    evaluation: int
    staff_name: str
    remarks: str


def session_push(session_id: int, chance: random.Random, ended_at_ms: int, tenant: str = "default") -> Push:
    """A plausible record of one ended session, about 1.9 kB."""
    return Push(tenant, session_id, encoded(record(session_id, chance, ended_at_ms)))


def revised(push: Push, chance: random.Random) -> Push:
    """The same session with a late or changed rating: other bytes, greater latest moment or an equal one."""
    fields = json.loads(push.body)
    fields["evaluation"] = chance.choice((1, 25, 50, 75, 100))
    fields["evaluationRemark"] = f"改评 {chance.getrandbits(40):x}"
    if chance.random() < 0.7:
        fields["userJoinEvaluateTime"] = str(fields["endTime"] + chance.randint(1, 3_600_000))
    return Push(push.tenant, push.session_id, encoded(fields))


def facts(body: bytes) -> Facts:
    """The judge's own reading of a body of this file."""
    fields = json.loads(body)
    return Facts(
        session_id=fields["id"],
        latest_moment=max(0, *(int(fields[name]) for name in MOMENTS)),
        end_time=fields["endTime"],
        evaluation=fields["evaluation"],
        staff_name=fields["staffName"],
        remarks=fields["remarks"],
    )


def encoded(fields: dict[str, Any]) -> bytes:
    """Compact UTF-8, as a platform sends it."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def record(session_id: int, chance: random.Random, ended_at_ms: int) -> dict[str, Any]:
    """All 59 fields in the order of the wire."""
    length = chance.randint(20_000, 1_800_000)
    started_at = ended_at_ms - length
    first_message_at = started_at + chance.randint(0, 5_000)
    first_reply_at = first_message_at + chance.randint(1_000, 15_000)
    rated = chance.random() < 0.4
    return {
        "alarmTimes": chance.randint(0, 2),
        "category": "售后/退款",
        "closeReason": chance.choice((0, 1, 2, 5, 7)),
        "endTime": ended_at_ms,
        "evaluationType": 5,
        "evaluation": chance.choice((1, 25, 50, 75, 100)) if rated else 0,
        "evaluationRemark": "",
        "staffInvitedEvaluateTime": "-1",
        "userJoinEvaluateTime": str(ended_at_ms - 1) if rated else "-1",
        "userResolvedStatus": chance.randint(0, 2),
        "foreignId": f"u-{chance.getrandbits(32):08x}",
        "fromGroupId": 999,
        "fromGroup": "售后组",
        "fromIp": f"192.0.2.{chance.randint(1, 254)}",
        "fromPage": chance.choice(PAGES),
        "fromStaff": "",
        "fromTitle": "帮助中心",
        "fromType": chance.choice(("web", "ios", "android", "wx")),
        "id": session_id,
        "inQueueTime": chance.randint(0, 60_000),
        "interaction": 0,
        "relatedId": 0,
        "relatedType": 0,
        "staffFirstReplyTime": first_reply_at,
        "sType": "0",
        "staffId": chance.randint(1, 500),
        "staffName": chance.choice(STAFF),
        "startTime": started_at,
        "stickDuration": 0,
        "userId": chance.randint(1, 10**9),
        "remarks": chance.choice(REMARKS),
        "customField": [{"fieldId": "1", "fieldName": "订单", "fieldValue": f"{chance.getrandbits(40):x}"}],
        "status": chance.randint(0, 2),
        "vipLevel": chance.randint(0, 11),
        "visitRange": chance.randint(0, 10**9),
        "transferRgType": "",
        "roundNumber": chance.randint(1, 30),
        "clientFirstMessageTime": first_message_at,
        "avgRespDuration": chance.randint(1_000, 60_000),
        "isValid": 1,
        "humanTransferSessionId": 0,
        "transferFromStaffName": "",
        "transferFromGroup": "",
        "transferRemarks": "",
        "staffMessageCount": chance.randint(1, 40),
        "userMessageCount": chance.randint(1, 40),
        "transferType": "",
        "overflowFrom": "",
        "isStaffInvited": "2",
        "treatedTime": 0,
        "fromHumanTransfer": 0,
        "firstReplyCost": first_reply_at - first_message_at,
        "categoryDetail": "售后 / 退款",
        "isEvaluationInvited": 0,
        "beginer": 1,
        "ender": chance.choice((1, 2, 3)),
        "originPlatform": "直接访问",
        "searchKey": "",
        "landPage": "https://example.cn/",
    }
