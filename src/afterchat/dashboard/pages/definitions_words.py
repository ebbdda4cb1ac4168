"""What the page of definitions says."""

from __future__ import annotations

from afterchat.dashboard.words import Table

__all__ = ["WORDS"]

WORDS: Table = {
    "definitions.search": ("搜索定义", "Search definitions"),
    "definitions.intro": (
        "{count} 个指标。每个页面、接口与导出中的数字都按这里的定义计算。",
        "{count} figures. Every number of a page, an answer or a file is made as it says here.",
    ),
    "definitions.subjects": ("主题", "Subjects"),
    "definitions.none": ("没有这样的指标", "No such figure"),
    "definitions.groupings": ("分组方式", "Ways of grouping"),
    "definitions.grouping": ("分组", "Group by"),
    "definitions.by": ("参数 by 的取值", "Value of by"),
    "definitions.roles": ("角色", "Roles"),
    "definitions.role": ("角色", "Role"),
    "definitions.may": ("权限", "May"),
    "definitions.personal": ("个人信息字段与遮盖方式", "Personal fields, and how they are masked"),
    "definitions.field": ("字段", "Field"),
    "definitions.wire": ("线上名称", "On the wire"),
    "definitions.shown": ("遮盖后显示", "Shown masked"),
    "definitions.unit.count": ("计数", "a count"),
    "definitions.unit.ms": ("时长", "a duration"),
    "definitions.unit.share": ("占比", "a share"),
    "definitions.unit.ratio": ("比值", "a ratio"),
    "definitions.unit.points": ("分值（0–100）", "points, 0 to 100"),
    "definitions.mask.address": ("所在网段，例如 203.0.113.*", "its network, such as 203.0.113.*"),
    "definitions.mask.identity": ("首字符与 *；数字为 ●●●", "its first character and *; a number as ●●●"),
    "definitions.mask.page": ("页面地址，不含参数", "the page's address, without its query"),
    "definitions.mask.words": ("●●●", "●●●"),
}
