"""What goes wrong is a page for people and a problem for programs, at whatever address."""

from __future__ import annotations

import asyncio
import json
import re

import pytest

from afterchat.dashboard.guard import NOTICE_TONES
from afterchat.dashboard.parts import TONES
from afterchat.dashboard.routes import PAGE_ROUTES, WORD_TABLES
from afterchat.web.app import route_table
from afterchat.web.urls import is_of_api
from dashboard_house import dashboard_house

BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
HEADING = re.compile(r"<h1>([^<]*)</h1>")
WAY_ON = re.compile(r'<p><a class="button" href="([^"]*)">([^<]*)</a></p>')


def asked(*requests, role=None, language="en", accept=BROWSER):
    async def answers():
        async with dashboard_house(language=language) as house:
            if role:
                await house.log_in(role)
            return [await house.ask(method, target, accept=accept) for method, target in requests]

    return asyncio.run(answers())


@pytest.mark.parametrize("target", ["/nothing", "/overview/", "/nothing?x=1", "/static/none.css", "/%E4%B8%AD"])
@pytest.mark.parametrize(
    ("language", "title", "way_on"),
    [("zh", "没有这个页面", "返回总览"), ("en", "There is no such page", "Back to the overview")],
)
def test_an_unknown_address_is_a_page_with_one_way_on(target, language, title, way_on):
    (strange,) = asked(("GET", target), language=language)
    (known,) = asked(("GET", target), role="viewer", language=language)

    for page in (strange, known):
        assert (404, "text/html; charset=utf-8") == (page.status, page.header("content-type"))
        assert [title] == HEADING.findall(page.text)
        assert [("/overview", way_on)] == WAY_ON.findall(page.text)
        assert "no-store" == page.header("cache-control")
        assert "default-src 'none'" in page.header("content-security-policy")
    assert [False, True] == ["<nav" in page.text for page in (strange, known)]


@pytest.mark.parametrize("accept", ["application/json", "*/*", None, "image/*"])
def test_a_program_that_asks_for_nothing_is_told_a_problem(accept):
    answers = asked(("GET", "/nothing"), ("GET", "/static/none.js"), ("PUT", "/overview"), role="admin", accept=accept)

    assert [(404, "missing"), (404, "missing"), (405, "method")] == [
        (answer.status, json.loads(answer.body)["code"]) for answer in answers
    ]
    assert {"application/problem+json"} == {answer.header("content-type") for answer in answers}


@pytest.mark.parametrize("target", ["/v1/nothing", "/v1/sessions", "/push/nobody", "/push"])
def test_paths_of_the_api_answer_browsers_with_problems_too(target):
    (answer,) = asked(("GET", target), role="admin")

    assert "application/problem+json" == answer.header("content-type")


def test_every_route_of_the_api_has_a_path_of_the_api_and_no_page_has():
    assert [] == [route.path for route in route_table("1", is_metrics_open=True) if not is_of_api(route.path)]
    assert [] == [route.path for route in PAGE_ROUTES if is_of_api(route.path)]


@pytest.mark.parametrize("role", [None, "admin"])
def test_a_wrong_method_is_a_page_that_names_the_right_ones(role):
    form, page = asked(("GET", "/preferences"), ("DELETE", "/sessions"), role=role)

    assert [(405, "POST"), (405, "GET, HEAD")] == [(one.status, one.header("allow")) for one in (form, page)]
    assert ["This address cannot be opened so"] * 2 == [HEADING.findall(one.text)[0] for one in (form, page)]


def test_a_question_that_cannot_be_read_leads_to_the_page_without_it():
    (page,) = asked(("GET", "/staff?order=staff.-moon"), role="viewer", language="zh")

    assert (400, [("/staff", "打开此页，不带任何条件")]) == (page.status, WAY_ON.findall(page.text))
    assert "order 应为" in page.text


def test_what_breaks_before_anybody_knows_who_asks_is_a_page_as_well(monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("secret")

    async def answer():
        sent = []

        async def send(message):
            sent.append(message)

        async with dashboard_house() as house:
            monkeypatch.setattr("afterchat.dashboard.guard.read_choices", broken)
            scope = {"type": "http", "method": "GET", "path": "/overview", "query_string": b"", "root_path": ""}
            headers = [(b"accept-language", b"zh"), (b"accept", BROWSER.encode())]
            with pytest.raises(ZeroDivisionError):  # once more for the log of the port
                await house.app({**scope, "headers": headers, "server": ("127.0.0.1", 1)}, None, send)
        return sent[0]["status"], sent[1]["body"].decode()

    status, page = asyncio.run(answer())
    assert (500, ["出现故障"]) == (status, HEADING.findall(page))
    assert "secret" not in page


def test_every_word_about_a_change_has_one_tone_and_is_shown_in_it():
    keys = [key.partition(".") for table in WORD_TABLES for key in table]
    told = [(kind, word) for kind, _, word in keys if kind in NOTICE_TONES]

    pages = asked(*[("GET", f"/account?done={word}") for _, word in told], role="admin", language="zh")

    words = [word for _, word in told]
    assert sorted(set(words)) == sorted(words)
    assert set(NOTICE_TONES.values()) <= set(TONES)
    assert set(NOTICE_TONES) == {kind for kind, _ in told}
    assert [NOTICE_TONES[kind] for kind, _ in told] == [
        re.search(r'<div class="toast (\w*)"', page.text)[1] for page in pages
    ]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", ["第 8 个字符处不是 JSON：此处应为逗号", "没有可读取的 id：文本不是 64 位以内的整数"]),
        ("en", ["not JSON at character 8: Expecting", "no readable id: text that is not a number of 64 bits"]),
    ],
)
def test_why_a_body_could_not_be_read_is_said_in_the_readers_language(language, said):
    async def page():
        async with dashboard_house(language=language) as house:
            await house.take_body(b'{"id":1 "sType":"0"}', b'{"id":"x","sType":"0"}')
            await house.log_in("viewer")
            return (await house.get("/health/unreadable")).text

    found = asyncio.run(page())
    assert [] == [one for one in said if one not in found]
