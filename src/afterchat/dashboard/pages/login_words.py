"""What is said to whoever comes, goes, or is refused."""

from __future__ import annotations

from afterchat.dashboard.words import Table

__all__ = ["WORDS"]

WORDS: Table = {
    "login.wrong": ("用户名或密码不正确。", "That name and password do not belong together."),
    "login.wait": ("尝试过于频繁，请在 {seconds} 秒后再试。", "Too many attempts: try again in {seconds} s."),
    "login.nobody": (
        "还没有用户。请在服务器上执行 afterchat users add 新建一个。",
        "There are no users yet: run afterchat users add on the server to make one.",
    ),
    "refused.filter": ("无法理解这个地址", "This address cannot be understood"),
    "refused.form": ("无法读取表单", "The form could not be read"),
    "refused.form.text": ("请返回上一页重新填写。", "Go back and fill it in again."),
    "refused.forged": ("请求被拒绝", "The request was refused"),
    "refused.forged.text": (
        "请重新打开页面再试。前面有反向代理时，请保留 Host 头；使用 HTTPS 时请设置 dashboard_https。",
        "Open the page again and retry. Behind a proxy keep the header Host, and set dashboard_https for https.",
    ),
    "refused.right": ("没有权限", "Not for your role"),
    "refused.right.text": (
        "您的角色不能查看或执行此项，请联系管理员。",
        "Your role may not see or do this; ask an administrator.",
    ),
    "refused.login": ("请先登录", "Log in first"),
    "refused.login.text": ("登录已过期，没有做任何修改。", "Your session is over; nothing was changed."),
    "refused.missing": ("没有找到", "There is nothing here"),
    "refused.missing.text": (
        "地址有误，或内容不属于您可查看的租户；刚到达的会话约一秒后可见。",
        "The address is wrong, or it is of a tenant that you may not see; what just arrived takes about a second.",
    ),
    "refused.unknown": ("没有这个页面", "There is no such page"),
    "refused.unknown.text": (
        "请检查地址是否完整，或从总览进入。",
        "Check that the address is whole, or begin at the overview.",
    ),
    "refused.method": ("这个地址不能这样打开", "This address cannot be opened so"),
    "refused.method.text": (
        "它只接收表单：请打开表单所在的页面再提交。没有做任何修改。",
        "It takes forms only: open the page with the form, and send it from there. Nothing was changed.",
    ),
    "refused.fault": ("出现故障", "Something broke"),
    "refused.fault.text": (
        "页面未能生成，推送的接收不受影响。详情已写入日志。",
        "The page could not be made; pushes are taken as before. The log says where.",
    ),
    "refused.store": ("数据暂时不可用", "The data cannot be read just now"),
    "refused.store.text": (
        "请稍候几秒再试；已应答的推送不会丢失。",
        "Try again in some seconds; what was acknowledged is safe.",
    ),
}
