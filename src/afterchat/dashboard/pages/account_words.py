"""What the page of one's own account says."""

from __future__ import annotations

from afterchat.dashboard.words import Table

__all__ = ["WORDS"]

WORDS: Table = {
    "account.title": ("我的账户", "My account"),
    "account.who": ("我是谁", "Who I am"),
    "account.may": ("我的权限", "What I may"),
    "account.tenant.hint": ("您只能查看该租户的数据。", "You see the data of this tenant alone."),
    "account.password": ("修改密码", "Change my password"),
    "account.password.about": (
        "修改后，您在其他浏览器中的登录会话立即结束。",
        "Your sessions in other browsers end at once.",
    ),
    "account.old": ("当前密码", "Present password"),
    "account.new": ("新密码", "New password"),
    "account.new.hint": ("至少 {characters} 个字符。", "At least {characters} characters."),
    "account.again": ("再次输入新密码", "New password again"),
    "account.password.change": ("修改密码", "Change the password"),
    "account.fault.old": ("当前密码不正确。", "That is not your present password."),
    "account.fault.again": ("两次输入的新密码不一致。", "The new password is not the same both times."),
    "account.fault.wait": ("尝试过于频繁，请在 {seconds} 秒后再试。", "Too many attempts: try again in {seconds} s."),
    "account.everywhere": ("退出所有设备", "Log out everywhere"),
    "account.everywhere.about": (
        "结束您在所有浏览器中的登录会话，包括这里。",
        "Ends your sessions in every browser, this one too.",
    ),
    "account.everywhere.question": ("结束全部登录会话？之后需要重新登录。", "End all sessions? You log in again then."),
    "account.view": ("显示", "How pages look"),
    "account.view.about": ("只对这个浏览器有效。", "For this browser alone."),
    "account.zone": ("时区", "Time zone"),
    "account.zone.now": ("当前：{zone}，现在是 {at}。", "In use: {zone}, where it is {at}."),
    "account.zone.choose": ("常用时区", "Common time zones"),
    "account.zone.other": ("其他时区", "Another time zone"),
    "account.zone.hint": ("IANA 时区名，例如 Asia/Shanghai。", "An IANA name, such as Asia/Shanghai."),
    "account.zone.use": ("使用", "Use"),
    "done.password": (
        "密码已修改；您的其他登录会话已结束。",
        "Your password was changed, and your other sessions are over.",
    ),
}
