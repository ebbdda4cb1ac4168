"""Pages: plain HTML without anything from elsewhere, and every text escaped."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from afterchat.web.front_app import FRONT_ROUTES
from afterchat.web.openapi import openapi_document
from afterchat.web.pages import docs_page, style_sheet
from afterchat.web.problems import PROBLEMS
from afterchat.web.routes import ROUTES
from afterchat.web.status import READINESS, readiness_text

PAGES = {
    "docs": docs_page(openapi_document([*FRONT_ROUTES, *ROUTES], "1.2.3")).decode(),
}
VOID = {"meta", "link", "br"}


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.used: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.used.add(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_is_well_formed_and_runs_nothing(page):
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert tags.used & {"script", "style", "iframe", "img", "form"} == set()
    assert len(tags.ids) == len(set(tags.ids))


@pytest.mark.parametrize("text", [*PAGES.values(), style_sheet().decode()], ids=[*PAGES, "style"])
def test_nothing_comes_from_another_host(text):
    assert re.findall(r"""(?:href|src|url)\s*[=(]\s*["']?(?:https?:)?//""", text) == []


def test_text_of_the_document_is_escaped():
    document = openapi_document(ROUTES, "<script>alert(1)</script>")
    assert "<script>" not in docs_page(document).decode()


def test_the_reading_page_names_every_route_and_every_problem():
    assert [route.path for route in ROUTES if route.path not in PAGES["docs"]] == []
    assert [code for code in PROBLEMS if f'id="problem-{code}"' not in PAGES["docs"]] == []


def test_the_reading_page_begins_with_the_sessions_and_ends_with_the_servers_health():
    page = PAGES["docs"]
    paths = re.findall(r"<h2><code>[A-Z]+ ([^<]+)</code>", page)
    assert (paths[0], paths[-3:]) == ("/v1/sessions", ["/healthz", "/readyz", "/metrics"])
    assert len(paths) == len(set(paths))


def test_the_reading_page_shows_code_as_code():
    assert "`" not in PAGES["docs"]
    assert "<code>signed_at</code>" in PAGES["docs"]


def test_a_reason_that_nobody_declared_is_shown_as_it_is():
    assert readiness_text("eclipse") == ("eclipse", "eclipse")
    assert readiness_text("disk") == READINESS["disk"]
