"""What saved views say."""

from __future__ import annotations

from afterchat.dashboard.words import Table

__all__ = ["WORDS"]

WORDS: Table = {
    "views.title": ("视图", "Views"),
    "views.named": ("视图：{name}", "View: {name}"),
    "views.here": ("本页", "This page"),
    "views.elsewhere": ("其他页面", "Other pages"),
    "views.empty": (
        "还没有视图：选好筛选条件，在下面命名保存，之后在任意一页都能打开。",
        "No views yet: choose filters, give them a name below, and open them again from any page with filters.",
    ),
    "views.save": ("保存当前条件", "Save what is shown"),
    "views.save.button": ("保存", "Save"),
    "views.name": ("名称", "Name"),
    "views.name.hint": ("您已有的同名视图会被替换。", "A view of yours by that name is replaced."),
    "views.share.tenant": ("与租户 {tenant} 的所有人共享", "Share with everybody of the tenant {tenant}"),
    "views.share.all": ("与所有租户的所有人共享", "Share with everybody, of all tenants"),
    "views.shared": ("已共享", "shared"),
    "views.by": ("来自 {owner}", "by {owner}"),
    "views.by_of": ("来自 {owner}（{tenant}）", "by {owner} ({tenant})"),
    "views.more": ("他人共享的视图只列出前 {count} 个。", "Of those that others share, the first {count} are listed."),
    "views.remove": ("删除视图“{name}”", "Delete the view “{name}”"),
    "views.remove.own": ("确定删除此视图？", "Delete this view?"),
    "views.remove.shared": (
        "确定删除此视图？能看到它的人都将无法再打开它。",
        "Delete this view? Nobody that it is shared with has it then.",
    ),
    "views.remove.button": ("删除", "Delete"),
    "views.back": ("返回该页", "Back to the page"),
    "views.fault.name": (
        "名称应为 1 到 {characters} 个可见字符。",
        "A name has 1 to {characters} characters, all of them visible.",
    ),
    "views.fault.query": (
        "条件过长：写成地址有 {length} 个字符，最多可保存 {characters} 个。请减少条件后再保存。",
        "These filters take {length} characters of an address; at most {characters} can be saved. Take some away.",
    ),
    "views.fault.full": (
        "每人最多 {count} 个视图，您已存满。请先删除一个，或以已有的名称保存。",
        "You have {count} views, and nobody may have more: delete one, or save under a name that you have.",
    ),
    "done.view_saved": ("视图已保存。", "The view is saved."),
    "done.view_shared": ("视图已保存并共享。", "The view is saved and shared."),
    "done.view_removed": ("视图已删除。", "The view is deleted."),
}
