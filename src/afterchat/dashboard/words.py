"""What pages say, in Chinese and English side by side, so that neither can be forgotten.

A table maps a key to (Chinese, English); `{name}` stands for a value.
Tables of single pages live in modules of their own and are joined in `Words`; a key stands in one table only.

What does not belong here: labels of coded values (`contract.vocabulary`), names of figures (`figures`).
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["SCRIPT_WORDS", "SHELL_WORDS", "Speech", "Table", "Words"]

Table = Mapping[str, tuple[str, str]]
"""Key -> (Chinese, English)."""


class Speech:
    """The words in one language."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts

    def __call__(self, key: str, **values: object) -> str:
        """The text of that key with its values; raises KeyError when there is none."""
        text = self._texts[key]
        return text.format(**values) if values else text

    def known(self, key: str) -> str | None:
        """The text of a key that somebody typed; None when there is none."""
        return self._texts.get(key)


class Words:
    """Several tables as one."""

    def __init__(self, *tables: Table) -> None:
        joined: dict[str, tuple[str, str]] = {}
        for table in tables:
            if twice := joined.keys() & table.keys():
                raise ValueError(f"said twice: {', '.join(sorted(twice))}")
            joined.update(table)
        self._speeches = (
            Speech("zh", {key: zh for key, (zh, _) in joined.items()}),
            Speech("en", {key: en for key, (_, en) in joined.items()}),
        )

    def of(self, language: str) -> Speech:
        """The words in `zh`; anything else reads English."""
        return self._speeches[0 if language == "zh" else 1]


SHELL_WORDS: Table = {
    "skip": ("跳到正文", "Skip to content"),
    "menu": ("菜单", "Menu"),
    "navigation": ("主导航", "Main navigation"),
    "close": ("关闭", "Close"),
    "language": ("语言", "Language"),
    "theme": ("外观", "Appearance"),
    "theme.auto": ("自动", "Auto"),
    "theme.light": ("浅色", "Light"),
    "theme.dark": ("深色", "Dark"),
    "logout": ("退出登录", "Log out"),
    "as_of": ("数据截至", "Data as of"),
    "stale": (
        "连接中断，数据可能不是最新；正在重试。",
        "Connection lost: what is shown may be out of date. Trying again.",
    ),
    "licences": ("开源许可", "Licences"),
    "unbuilt": (
        "未能生成图表所需的文件，页面以表格代替图表。请在能访问 npm 仓库的环境执行 make setup。",
        "The files for charts were not built, so pages show tables instead. Run make setup where npm is reachable.",
    ),
    "nav.insight": ("洞察", "Insight"),
    "nav.running": ("运行", "Operations"),
    "nav.about": ("说明与管理", "Reference"),
    "nav.overview": ("总览", "Overview"),
    "nav.sessions": ("会话", "Sessions"),
    "nav.staff": ("客服与分组", "Staff and groups"),
    "nav.satisfaction": ("满意度", "Satisfaction"),
    "nav.queue": ("排队", "Queue"),
    "nav.robot": ("机器人", "Robot"),
    "nav.channels": ("渠道与来源", "Channels"),
    "nav.deliveries": ("推送", "Deliveries"),
    "nav.health": ("接收健康", "Health"),
    "nav.definitions": ("指标定义", "Definitions"),
    "nav.people": ("用户与令牌", "People and tokens"),
    "nav.account": ("我的账户", "Account"),
    "definition.open": ("“{name}”的定义", "Definition of “{name}”"),
    "definition.vendor": ("按平台定义", "as the platform defines it"),
    "definition.ours": ("本系统定义", "our own definition"),
    "definition.fields": ("所用字段", "Fields used"),
    "definition.version": ("第 {version} 版", "version {version}"),
    "definition.all": ("全部定义", "All definitions"),
    "card.sessions": ("查看会话：{name}", "Sessions behind: {name}"),
    "delta.up": ("上升", "up"),
    "delta.down": ("下降", "down"),
    "delta.same": ("持平", "unchanged"),
    "table.scroll": ("{caption}，可左右滚动", "{caption}, scrolls sideways"),
    "table.ascending": ("升序", "ascending"),
    "table.descending": ("降序", "descending"),
    "pager": ("翻页", "Pages"),
    "pager.first": ("第一页", "First"),
    "pager.previous": ("上一页", "Previous"),
    "pager.next": ("下一页", "Next"),
    "span": ("时间段", "Time"),
    "filter": ("筛选", "Filters"),
    "filter.apply": ("应用", "Apply"),
    "filter.clear": ("全部清除", "Clear all"),
    "filter.more": ("更多条件", "More filters"),
    "filter.active": ("当前条件", "Filters in force"),
    "filter.remove": ("移除条件：{name}", "Remove filter: {name}"),
    "chart.table": ("数据表", "Data"),
    "chart.none": ("–", "–"),
    "chart.empty": ("所选范围内没有数据", "Nothing in this range"),
    "loading": ("加载中", "Loading"),
    "copy": ("复制", "Copy"),
    "copied": ("已复制", "Copied"),
    "opens_outside": ("在新窗口打开", "opens in a new window"),
    "live.failed": ("请求失败，请稍后重试。", "That did not work; please try again."),
    "raw": ("原始值", "raw"),
    "login.title": ("登录", "Log in"),
    "login.name": ("用户名", "Name"),
    "login.password": ("密码", "Password"),
    "login.button": ("登录", "Log in"),
    "login.intro": ("查看客服会话、指标与推送情况。", "Sessions, figures and deliveries of your contact centre."),
    "login.first": (
        "首次使用？make run 会在终端打印一次首个用户名和密码；其他情况请用 afterchat users add 新建用户。",
        "New here? make run printed the first name and password once, in the terminal; afterchat users add makes more.",
    ),
    "error.back": ("返回总览", "Back to the overview"),
    "error.plain": ("打开此页，不带任何条件", "Show this page without conditions"),
    "keys": ("键盘快捷键", "Keyboard shortcuts"),
    "keys.search": ("聚焦搜索", "Search"),
    "keys.help": ("显示此列表", "Show this list"),
    "keys.walk": ("在列表中下移、上移", "Down and up a list"),
    "keys.open": ("打开选中的行", "Open the row"),
    "keys.on": ("启用快捷键", "Shortcuts are on"),
}

SCRIPT_WORDS = ("chart.none", "close", "copied", "live.failed")
"""Keys that pages hand to their scripts."""
