"""Pages: whatever stands in a value stays text, nothing in a page needs a rule of the CSP loosened, no place is empty.

One template below uses every macro, with the same hostile text in every place that takes one.
"""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from jinja2 import ChoiceLoader, DictLoader, UndefinedError

from afterchat.dashboard.built import Built
from afterchat.dashboard.charts import Bars, Distribution, Flow, Heatmap, Link, Mark, Node, Series, Shares, Trend
from afterchat.dashboard.navigation import PAGES, local_path
from afterchat.dashboard.parts import (
    Badge,
    Card,
    Cell,
    Chip,
    Column,
    Definition,
    Delta,
    Empty,
    Fact,
    FilterForm,
    FormField,
    Lane,
    Notice,
    Option,
    Pager,
    Row,
    Stage,
    Strip,
    Table,
    TimelinePoint,
)
from afterchat.dashboard.shell import Reader, Shell, View, is_web_address
from afterchat.dashboard.words import SHELL_WORDS, Words
from tree import SOURCE

EVIL = """</script><script>alert(1)</script><img src=x onerror=alert(1)>"'`{{7*7}}{%x%}javascript:alert(1)&amp;"""
EVERYTHING = """{% extends "base.html" %}{% import "macros.html" as ui with context %}
{% block title %}{{ evil }}{% endblock %}
{% block scripts %}{{ ui.preload(("heat", "flow", "zoom")) }}{% endblock %}
{% block actions %}{{ ui.confirmed("/x", evil, evil, fields) }}{{ ui.copy(evil) }}{% endblock %}
{% block filters %}{{ ui.filters(form) }}{{ ui.chips(form) }}{% endblock %}
{% block content %}{{ ui.cards(cards) }}{% for one in charts %}{{ ui.chart(one) }}{% endfor %}{{ ui.table(table) }}
{{ ui.table(bare) }}{{ ui.pager(pager) }}{{ ui.facts(facts) }}{{ ui.timeline(points) }}{{ ui.strip(strip) }}
{{ ui.trouble(evil, evil, evil, "/") }}{{ ui.loading() }}{{ ui.outside(evil) }}
{{ ui.outside("https://a.example/?" ~ "b") }}
{{ ui.moment(0) }}{{ ui.badge(badge) }}{% call ui.panel(evil, about, "p") %}{{ evil }}{% endcall %}{% endblock %}"""
KINDS = ("text", "search", "number", "date", "password", "select", "checkbox", "textarea", "hidden")


def hostile() -> dict[str, object]:
    """Every part, with EVIL wherever a text goes."""
    about = Definition("d", EVIL, EVIL, 1, True, (EVIL,), EVIL, "/definitions")
    fields = tuple(
        FormField(EVIL, EVIL, kind, EVIL, (Option(EVIL, EVIL),), EVIL, EVIL, EVIL, "off", True, True, "1", 9)
        for kind in KINDS
    )
    columns = (Column(EVIL, sort_href="/s", sorted="descending", definition=about, is_first=True), Column(EVIL, True))
    cell = Cell(EVIL, "/c", EVIL, EVIL, (Badge(EVIL, "bad"),), 0.5, 2, moment=EVIL)
    row = Row((cell, EVIL), "bad", "r1")
    series = (Series(EVIL, (1.0, None), (EVIL, EVIL)), Series("b", (2.0, 3.0), ("2", "3"), is_before=True))
    x, empty = (EVIL, "b"), Empty(EVIL, EVIL, EVIL, "/e", EVIL)
    charts = (
        Trend("c1", EVIL, "ms", EVIL, x, series, ("/1", "/2"), about),
        Bars("c2", EVIL, "ms", EVIL, x, series),
        Distribution("c3", EVIL, EVIL, x, series[0], (Mark(EVIL, EVIL, 0.5),)),
        Shares("c4", EVIL, EVIL, x, series),
        Heatmap("c5", EVIL, EVIL, "count", EVIL, x, x, ((1, 2), (3, None)), ((EVIL, "2"), ("3", "–"))),
        Flow(
            "c6", EVIL, EVIL, (EVIL, EVIL), (Node("a", EVIL, EVIL), Node("b", EVIL, EVIL)), (Link("a", "b", 1, EVIL),)
        ),
        Trend("c7", EVIL, "ms", EVIL, x, (Series(EVIL, (None, None), ("–", "–")),)),
    )
    return {
        "evil": EVIL,
        "about": about,
        "badge": Badge(EVIL, "good"),
        "fields": fields,
        "form": FilterForm("/f", fields, fields, (Chip(EVIL, EVIL, "/f"),), "/f"),
        "cards": (Card(EVIL, EVIL, about, Delta(EVIL, "up", "good", EVIL), "/c", EVIL, (1.0, None, 3.0), "warn"),),
        "charts": charts,
        "table": Table(EVIL, columns, (row,), Row(row.cells), empty, is_caption_shown=True, is_walkable=True),
        "bare": Table(EVIL, columns, (), empty=empty),
        "pager": Pager(EVIL, "", "/p", "/n"),
        "facts": (Fact(EVIL, cell, EVIL, EVIL, EVIL),),
        "points": (TimelinePoint(EVIL, EVIL, EVIL, EVIL, EVIL, "bad", "/t"),),
        "strip": Strip(EVIL, EVIL, EVIL, (Lane(EVIL, (Stage(0, 0.5, EVIL, EVIL, 1),)),)),
    }


class Page(HTMLParser):
    """What a browser would find: tags with their attributes, ids, JSON, text."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture(name="shell", scope="module")
def _shell() -> Shell:
    return shell_over(Built.load())


def shell_over(built: Built) -> Shell:
    """A shell that has the template above, too."""
    shell = Shell(built, Words(SHELL_WORDS))
    files_of_the_room = shell._environment.loader
    shell._environment.loader = ChoiceLoader([DictLoader({"everything": EVERYTHING}), files_of_the_room])
    return shell


def view_of(language: str = "en", **values: object) -> View:
    reader = Reader(EVIL, EVIL, "token-of-csrf")
    return View(language, zone=ZoneInfo("Asia/Shanghai"), page="overview", reader=reader, as_of=0, **values)


@pytest.fixture(name="everything", scope="module")
def _everything(shell: Shell) -> Page:
    return Page(shell.render("everything", view_of(notices=(Notice(EVIL, "bad"),)), **hostile()))


def test_what_stands_in_a_value_stays_text(everything: Page) -> None:
    inline = [attributes for tag, attributes in everything.tags if tag == "script" and "src" not in attributes]

    assert {attributes.get("type") for attributes in inline} == {"application/json"}
    assert [tag for tag, _ in everything.tags if tag == "img"] == []
    assert EVIL in everything.texts


def test_no_page_needs_a_looser_policy(everything: Page) -> None:
    forbidden = [
        (tag, name)
        for tag, attributes in everything.tags
        for name in attributes
        if name.startswith("on") or name == "style" or tag == "style"
    ]
    places = [
        attributes[name]
        for _, attributes in everything.tags
        for name in ("href", "src", "action")
        if name in attributes and attributes.get("rel") != "noopener noreferrer"
    ]

    assert forbidden == []
    assert [place for place in places if not (place or "").startswith(("/", "#"))] == []


def test_ids_are_unique_and_everything_that_points_finds_its_target(everything: Page) -> None:
    ids = [attributes["id"] for _, attributes in everything.tags if "id" in attributes]
    pointed = [
        part
        for _, attributes in everything.tags
        for name in ("for", "popovertarget", "aria-describedby", "aria-labelledby", "data-opens")
        for part in (attributes.get(name) or "").split()
    ]

    assert len(ids) == len(set(ids))
    assert set(pointed) - set(ids) == set()


def test_every_form_that_changes_something_carries_the_token(shell: Shell) -> None:
    page = shell.render("error.html", view_of(), status=404, title="t", text="t", action=("", "")).decode()
    forms = re.findall(r'<form method="post".*?</form>', page, re.DOTALL)

    assert forms
    assert [form for form in forms if 'name="csrf" value="token-of-csrf"' not in form] == []


def test_the_json_of_a_chart_is_what_was_given(everything: Page) -> None:
    drawings = [json.loads(text) for text in everything.texts if text.startswith('{"kind"')]

    assert [drawing["label"] for drawing in drawings] == [EVIL] * 6


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_login_speaks_the_readers_language_and_shows_no_navigation(shell: Shell, language: str) -> None:
    page = Page(shell.login(View(language, csrf="t"), wanted="/sessions", name=EVIL, trouble="no"))
    root = dict(page.tags)["html"]

    assert root["lang"] == {"zh": "zh-CN", "en": "en"}[language]
    assert SHELL_WORDS["login.title"][("zh", "en").index(language)] in page.texts
    assert [tag for tag, _ in page.tags if tag == "nav"] == []


def test_a_reader_sees_only_their_pages(shell: Shell) -> None:
    view = View("en", reader=Reader("a", "viewer", "t", frozenset({"overview", "sessions"})))
    page = Page(shell.error(view, 403, "t", "t"))
    keyed = {attributes["href"] for _, attributes in page.tags if "data-key" in attributes}

    assert keyed == {PAGES["overview"].path, PAGES["sessions"].path}


@pytest.mark.parametrize(
    ("theme", "marked", "media"),
    [
        ("auto", None, "screen and (prefers-color-scheme: dark)"),
        ("dark", "dark", "screen"),
        ("light", "light", None),
    ],
)
def test_the_theme_is_the_readers_choice(shell: Shell, theme: str, marked: str | None, media: str | None) -> None:
    page = Page(shell.login(View("en", theme), wanted="/"))
    links = {attributes.get("id"): attributes.get("media") for tag, attributes in page.tags if tag == "link"}

    assert (dict(page.tags)["html"].get("data-theme"), links.get("dark")) == (marked, media)


def test_without_built_files_the_tables_are_open_and_no_script_is_asked_for() -> None:
    from importlib.resources import files

    shell = shell_over(Built._unbuilt(files("afterchat.dashboard") / "assets"))
    page = Page(shell.render("everything", view_of(), **hostile()))
    tables = [attributes for tag, attributes in page.tags if tag == "details" and attributes.get("id", "x")[:1] == "c"]

    assert [tag for tag, _ in page.tags if tag == "script"] == []
    assert len(tables) == 6
    assert all("open" in attributes for attributes in tables)


def test_a_value_that_nobody_gave_is_an_error(shell: Shell) -> None:
    with pytest.raises(UndefinedError):
        shell.render("error.html", view_of(), status=404)


def test_no_template_marks_anything_as_safe() -> None:
    folder = SOURCE / "afterchat" / "dashboard" / "templates"

    assert [path.name for path in folder.glob("*.html") if re.search(r"\|\s*safe|autoescape", path.read_text())] == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/sessions?staff=1", "/sessions?staff=1"),
        ("//evil.example", "/overview"),
        ("/\\evil.example", "/overview"),
        ("https://evil.example", "/overview"),
        ("/a\r\nset-cookie: x", "/overview"),
        ("", "/overview"),
    ],
)
def test_nobody_is_sent_elsewhere(text: str, path: str) -> None:
    assert local_path(text) == path


@pytest.mark.parametrize(
    ("text", "is_link"),
    [
        ("https://shop.example/?a=1", True),
        ("http://shop.example", True),
        ("javascript:alert(1)", False),
        ("JavaScript:alert(1)", False),
        (" https://shop.example", False),
        ("https://shop.example/\nx", False),
        ("data:text/html,x", False),
        ("//shop.example", False),
        ("", False),
    ],
)
def test_only_web_addresses_become_links(text: str, is_link: bool) -> None:
    assert is_web_address(text) is is_link
