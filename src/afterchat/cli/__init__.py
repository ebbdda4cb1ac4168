"""The command `afterchat`: the table of commands, and nothing else.

A command is imported when it is called: each starts quickly, and an ill dependency of one spares the others.
To add one: write `cli/<noun>.py`, then a line here.
What does not belong here: options, output, work.
"""

from __future__ import annotations

import sys

import click

from afterchat import __version__
from afterchat.cli.command import Entry, RootGroup
from afterchat.cli.exits import Exit
from afterchat.cli.language import Text

__all__ = ["COMMANDS", "main", "root"]

COMMANDS = {
    "serve": Entry(
        "afterchat.cli.serve:serve",
        Text("Run the server: receive pushes, store them, answer questions.", "启动服务：接收推送、落盘、提供查询。"),
    ),
    "sender": Entry(
        "afterchat.cli.sender:sender",
        Text("Run the sending end: take events, deliver signed pushes.", "启动发送端：接收事件、投递签名推送。"),
    ),
    "demo": Entry(
        "afterchat.cli.demo:demo",
        Text("Show it working: a server and a made-up contact centre.", "演示：启动服务并模拟一个客服中心。"),
    ),
    "push": Entry(
        "afterchat.cli.push:push",
        Text("Sign records and push them to a receiver.", "签名并把记录推送到接收端。"),
    ),
    "sign": Entry("afterchat.cli.sign:sign", Text("Compute a checksum by hand.", "手工计算 checksum。")),
    "verify": Entry(
        "afterchat.cli.verify:verify",
        Text("Check a checksum, and explain why it is refused.", "核对 checksum，并说明被拒的原因。"),
    ),
    "records": Entry(
        "afterchat.cli.records:records",
        Text("Read the session records.", "查看会话记录。"),
    ),
    "inbox": Entry(
        "afterchat.cli.inbox:inbox",
        Text("Look at the pushes exactly as they arrived.", "查看原样保存的推送。"),
    ),
    "quarantine": Entry(
        "afterchat.cli.quarantine:quarantine",
        Text("Look at refused pushes, and release them.", "查看并放行被拒绝的推送。"),
    ),
    "tenants": Entry("afterchat.cli.tenants:tenants", Text("Who may push here.", "管理可以推送的租户。")),
    "keys": Entry("afterchat.cli.keys:keys", Text("The secrets of a tenant.", "管理租户的密钥。")),
    "tokens": Entry(
        "afterchat.cli.tokens:tokens",
        Text("Who may read, and who may hand in events.", "管理读取与提交事件的令牌。"),
    ),
    "users": Entry("afterchat.cli.users:users", Text("Who may log in to the dashboard.", "管理可以登录看板的用户。")),
    "endpoints": Entry("afterchat.cli.endpoints:endpoints", Text("Where pushes are sent to.", "管理推送地址。")),
    "outbox": Entry(
        "afterchat.cli.outbox:outbox",
        Text("Look at deliveries, and send them again.", "查看投递情况，并重新投递。"),
    ),
    "events": Entry("afterchat.cli.events:events", Text("Hand in events, and watch them.", "提交并查看事件。")),
    "simulate": Entry(
        "afterchat.cli.simulate:simulate",
        Text("Play a made-up contact centre into a sender.", "模拟一个客服中心，向发送端上报事件。"),
    ),
    "reconcile": Entry(
        "afterchat.cli.reconcile:reconcile",
        Text("See whether everything that was sent was received.", "核对发出的是否全部收到。"),
    ),
    "engine": Entry(
        "afterchat.cli.engine:engine",
        Text("See what the session engine makes of events.", "查看会话引擎如何处理事件。"),
    ),
    "store": Entry("afterchat.cli.store:store", Text("Look after the data.", "维护数据。")),
    "dashboard": Entry(
        "afterchat.cli.dashboard:dashboard",
        Text("Run the dashboard alone: pages, API, exports.", "单独运行看板：页面、接口与导出。"),
    ),
    "projector": Entry(
        "afterchat.cli.projector:projector",
        Text("Run the projector alone: inbox to records.", "单独运行投影器：由收件箱生成记录。"),
    ),
    "settings": Entry(
        "afterchat.cli.settings:settings",
        Text("Show the settings in force and where they came from.", "显示生效的设置及其来源。"),
    ),
    "doctor": Entry(
        "afterchat.cli.doctor:doctor",
        Text("Find out what is wrong, with the remedy.", "体检：找出问题并给出办法。"),
    ),
}


@click.group(
    "afterchat",
    cls=RootGroup,
    entries=COMMANDS,
    text=Text(
        "Both ends of the session-end push: signed, stored before it is acknowledged, readable.",
        "会话结束推送的两端：签名、先落盘后应答、可查询。",
    ),
)
@click.version_option(__version__, message="%(version)s", hidden=True)
def root() -> None:
    """The root of all commands."""


def main() -> None:
    """Run the command line of this process and exit with a code of `cli.exits`."""
    try:
        for stream in (sys.stdout, sys.stderr):
            # A terminal that cannot show a character gets an escape rather than a traceback.
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # text files in a process
        root(prog_name="afterchat")
    except KeyboardInterrupt:
        sys.exit(int(Exit.INTERRUPTED))
