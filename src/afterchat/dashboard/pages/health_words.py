"""What the pages of the receiving end's health say."""

from __future__ import annotations

from afterchat.dashboard.words import Table

__all__ = ["WORDS"]

WORDS: Table = {
    "health.behind": ("记录落后", "Records behind"),
    "health.none_waits": ("无", "nothing waits"),
    "health.behind.about": ("从推送到达到可以查看", "from a push's arrival to being readable"),
    "health.last": ("最近一次推送", "Last push"),
    "health.never": ("尚无", "none yet"),
    "health.last.about": ("已落盘并应答", "on disk and answered"),
    "health.contradicting": ("自相矛盾之处", "Contradictions"),
    "health.contradicting.about": ("近 7 天结束的会话", "in sessions of the last 7 days"),
    "health.connect": (
        "请在平台的消息接口中填写本服务的推送地址与 appSecret，也可以先推送示例：",
        "Give the platform this server's push URL and its secret; or try it with the example:",
    ),
    "health.all": ("查看全部", "All of them"),
    "health.back": ("返回接收健康", "Back to health"),
    "health.newest": ("最新的在前", "Newest first"),
    "health.quarantine": ("被拒绝的推送", "Refused pushes"),
    "health.quarantine.about": (
        "签名不正确或超出时间窗口的推送，附可能的原因；保留条数与天数有上限。",
        "Pushes with a wrong signature or outside the window, with the likely cause; bounded in number and in days.",
    ),
    "health.quarantine.none": ("没有被拒绝的推送", "Nothing was refused"),
    "health.unreadable": ("无法读懂的推送", "Unreadable pushes"),
    "health.unreadable.about": (
        "签名正确但无法读懂，已保留原文并应答；重新推送不会改变结果。",
        "Authentic, kept and answered, but no record: sending them again would not mend them.",
    ),
    "health.unreadable.none": ("所有推送都能读懂", "Every push could be read"),
    "health.drift": ("与字段表不符", "Drift"),
    "health.drift.about": (
        "推送中出现了字段表没有的取值、类型或字段；会话仍照常读取。",
        "Values, types or fields on the wire that the field table does not know; sessions are read all the same.",
    ),
    "health.drift.none": ("推送与字段表完全一致", "The wire is as the field table says"),
    "health.drift.value": ("新取值", "new value"),
    "health.drift.type": ("类型不同", "another type"),
    "health.drift.field": ("未知字段", "unknown field"),
    "health.drift.duplicate": ("重复字段", "repeated field"),
    "health.contradictions": ("自相矛盾的记录", "Contradictory records"),
    "health.contradictions.about": (
        "近 7 天结束的会话中，字段之间不可能同时成立；记录保持原样。",
        "Fields of one record that cannot all be true, in sessions of the last 7 days; records are kept as they came.",
    ),
    "health.contradictions.none": ("没有自相矛盾的记录", "No record contradicts itself"),
    "health.inbox": ("已接收的推送", "Pushes taken"),
    "health.inbox.about": (
        "每次推送的到达情况；原文与到达时逐字节相同。",
        "As they arrived, byte for byte.",
    ),
    "health.inbox.none": ("还没有推送", "No push yet"),
    "health.body": ("原文", "raw body"),
    "health.released": ("已放行", "released"),
    "health.cause.unknown": ("未知", "unknown"),
    "health.reason.checksum": ("签名不正确", "wrong signature"),
    "health.reason.window": ("超出时间窗口", "outside the window"),
    "health.head.arrived": ("到达时间", "Arrived"),
    "health.head.tenant": ("租户", "Tenant"),
    "health.head.event": ("事件类型", "Event type"),
    "health.head.key": ("密钥", "Key"),
    "health.head.repeats": ("重复", "Repeats"),
    "health.head.raw": ("原文", "Raw"),
    "health.head.refused": ("拒绝时间", "Refused"),
    "health.head.reason": ("原因", "Why"),
    "health.head.cause": ("可能的原因与处理", "Likely cause, and what to do"),
    "health.head.release": ("放行", "Release"),
    "health.head.why": ("原因", "Why"),
    "health.head.field": ("字段", "Field"),
    "health.head.drifted": ("不符之处", "What"),
    "health.head.sample": ("样例", "Sample"),
    "health.head.times": ("次数", "Times"),
    "health.head.first": ("首次", "First seen"),
    "health.head.latest": ("最近", "Last seen"),
    "health.head.what": ("矛盾", "Contradiction"),
    "health.head.fields": ("字段", "Fields"),
    "health.head.sessions": ("会话", "Sessions"),
}
