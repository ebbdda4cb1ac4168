"""Saved views: kept as a page asks, found again by name, shared within bounds, deleted by whoever may."""

from __future__ import annotations

import asyncio
import re
from html import unescape

import pytest

from afterchat.access.audit import Actor, noted
from afterchat.store.views import VIEWS_MAX, ViewDraft
from dashboard_house import NOW, dashboard_house, ended_record

MENU = re.compile(r'<details class="menu views.*?</div></details>', re.DOTALL)
LINK = re.compile(r'<li><a href="([^"]*)"( aria-current="true")?>(.*?)</a>', re.DOTALL)
QUERY = re.compile(r'name="query" value="([^"]*)"')
REMOVE = re.compile(r'action="(/views/[0-9]+/delete)"')
PLAIN = re.compile(r"<[^>]*>")


def menu_of(page):
    return MENU.search(page.text)[0]


def links(page):
    """Name and note -> address, in the order of the list."""
    return {
        " ".join(unescape(PLAIN.sub("", words)).split()): unescape(href)
        for href, _, words in LINK.findall(menu_of(page))
    }


def error_of(page):
    return unescape(re.search(r'<p class="error"[^>]*>(.*?)</p>', page.text)[1])


async def save(house, target, name, **fields):
    """Save what a page shows, as its form does."""
    page = await house.get(target)
    query = unescape(QUERY.search(page.text)[1])
    return await house.post("/views", {"page": target.partition("?")[0], "query": query, "name": name, **fields})


async def keep(house, owner, name, query, *, tenant=None):
    """A shared view, however its query reads."""
    user = await house.store.people.user_named(owner)
    note = noted(Actor(user.id, tenant), NOW, "view.share", "", tenant)
    assert await house.store.views.save_view(ViewDraft(user.id, name, "/sessions", query, True, NOW), note)


def test_a_view_is_found_on_every_page_with_filters():
    async def pages():
        async with dashboard_house() as house:
            await house.take(ended_record(1))
            await house.log_in("viewer")
            empty = await house.get("/sessions")
            answer = await save(house, "/sessions?span=yesterday&close_reason=1&sort=end_time", "  Late   ones ")
            return empty, answer, await house.get(answer.location), await house.get("/staff")

    empty, answer, there, elsewhere = asyncio.run(pages())
    asked = "/sessions?close_reason=1&span=yesterday&sort=end_time"
    assert "No views yet" in menu_of(empty)
    assert {} == links(empty)
    assert (303, f"{asked}&done=view_saved") == (answer.status, answer.location)
    assert {"Late ones": asked} == links(there)
    assert "No views yet" not in menu_of(there)
    assert 'aria-current="true"' in menu_of(there)
    assert "View: Late ones" in menu_of(there)
    assert {"Late ones Sessions": asked} == links(elsewhere)
    assert 'aria-current="true"' not in menu_of(elsewhere)


def test_a_view_of_yesterday_shows_yesterday_tomorrow():
    async def pages():
        async with dashboard_house() as house:
            await house.take(ended_record(4711))
            await house.log_in("viewer", name="anna")
            today = await house.get((await save(house, "/sessions?span=yesterday", "Day before")).location)
            house.clock.ms += 86_400_000
            await house.look_as("anna")
            return today, await house.get(links(await house.get("/sessions"))["Day before"])

    today, tomorrow = asyncio.run(pages())
    assert (False, True) == ("4711" in today.text, "4711" in tomorrow.text)


def test_the_orders_of_a_page_of_figures_are_kept_with_it():
    async def pages():
        async with dashboard_house() as house:
            await house.take(ended_record(1))
            await house.log_in("viewer")
            answer = await save(house, "/staff?span=all&order=group.-received_sessions", "Groups")
            return answer, await house.get(answer.location)

    answer, page = asyncio.run(pages())
    assert "/staff?span=all&order=group.-received_sessions&done=view_saved" == answer.location
    assert {"Groups": "/staff?span=all&order=group.-received_sessions"} == links(page)


def test_saving_under_the_same_name_replaces_and_deleting_comes_back_to_the_page():
    async def pages():
        async with dashboard_house() as house:
            await house.log_in("viewer", tenant="acme")
            await save(house, "/sessions?span=30d", "One", shared="1")
            await save(house, "/queue?span=yesterday", "One")
            replaced = await house.get("/queue?span=7d")
            (action,) = REMOVE.findall(replaced.text)
            answer = await house.post(action, {"back": "/queue?span=7d"})
            astray = await house.post(action, {"back": "//evil.example"})
            notes = [row.note for row in await house.store.people.notes("acme", None, 50)]
            return replaced, answer, astray, await house.get(answer.location), notes

    replaced, answer, astray, after, notes = asyncio.run(pages())
    assert {"One": "/queue?span=yesterday"} == links(replaced)
    assert (303, "/queue?span=7d&done=view_removed") == (answer.status, answer.location)
    assert 404 == astray.status
    assert {} == links(after)
    told = [(note.what, note.object, note.detail.get("page")) for note in notes if note.what.startswith("view.")]
    assert [("view.remove", "1", "queue"), ("view.save", "1", "queue"), ("view.share", "1", "sessions")] == told
    assert "One" not in str(notes)


FAULTS = [
    ({"name": "   "}, "A name has 1 to 60 characters", "名称应为 1 到 60 个可见字符"),
    ({"name": "x" * 61}, "A name has 1 to 60 characters", "名称应为 1 到 60 个可见字符"),
    ({"name": "abc\u202edef"}, "all of them visible", "可见字符"),
    ({"query": f"category={'x' * 2040}"}, "take 2,049 characters", "有 2,049 个字符"),
]


@pytest.mark.parametrize(("fields", "en", "zh"), FAULTS)
def test_what_cannot_be_saved_comes_back_with_the_reason_and_what_was_typed(fields, en, zh):
    async def answers():
        found = []
        for language in ("en", "zh"):
            async with dashboard_house(language=language) as house:
                await house.log_in("viewer")
                typed = {"page": "/sessions", "query": "span=30d", "name": "Mine", "shared": "1", **fields}
                found.append((await house.post("/views", typed), await house.get("/sessions")))
        return found

    (english, nothing), (chinese, _) = asyncio.run(answers())
    assert (400, 400) == (english.status, chinese.status)
    assert en in error_of(english)
    assert zh in error_of(chinese)
    assert "checked" in english.text
    assert f'value="{fields.get("query", "span=30d").replace("&", "&amp;")}"' in english.text
    assert {} == links(nothing)


def test_the_longest_that_may_be_is_saved():
    async def answer():
        async with dashboard_house() as house:
            await house.log_in("viewer")
            fields = {"page": "/sessions", "query": f"category={'x' * 2039}", "name": "视" * 60}
            return await house.post("/views", fields), await house.get("/sessions?span=7d")

    saved, page = asyncio.run(answer())
    assert 303 == saved.status
    assert ["视" * 60] == list(links(page))


def test_the_fiftieth_is_the_last_and_the_page_that_says_so_helps_to_make_room():
    async def answers():
        async with dashboard_house() as house:
            await house.log_in("viewer")
            fields = {"page": "/robot", "query": "span=7d"}
            for number in range(VIEWS_MAX):
                assert 303 == (await house.post("/views", {**fields, "name": f"view {number}"})).status
            full = await house.post("/views", {**fields, "name": "more"})
            action = REMOVE.search(full.text)[1]
            return (
                full,
                await house.post(action, {"back": "/robot"}),
                await house.post("/views", {**fields, "name": "more"}),
            )

    full, removed, more = asyncio.run(answers())
    assert 400 == full.status
    assert "You have 50 views" in error_of(full)
    assert VIEWS_MAX == len(REMOVE.findall(full.text))
    assert (303, 303) == (removed.status, more.status)


@pytest.mark.parametrize("page", ["", "/deliveries", "/sessions/part", "https://evil.example/", "javascript:alert(1)"])
def test_only_pages_with_filters_have_views(page):
    async def answer():
        async with dashboard_house() as house:
            await house.log_in("admin")
            return await house.post("/views", {"page": page, "query": "span=7d", "name": "x"})

    assert 404 == asyncio.run(answer()).status


def test_a_shared_view_is_seen_by_its_tenant_with_its_owner_and_deleted_by_owner_or_admin_alone():
    async def told():
        async with dashboard_house() as house:
            await house.log_in("analyst", "acme", "anna")
            await save(house, "/sessions?span=30d", "Ours", shared="1")
            await save(house, "/sessions?span=90d", "Mine")
            (action,) = REMOVE.findall(menu_of(await house.get("/sessions?span=7d")))[1:]
            found = {}
            for name, role, tenant in (
                ("bert", "operator", "acme"),
                ("dora", "admin", "beta"),
                ("eve", "operator", None),
                ("cleo", "admin", "acme"),
            ):
                await house.log_in(role, tenant, name)
                shown = await house.get("/sessions")
                mine = REMOVE.findall(menu_of(shown))
                found[name] = links(shown), mine, (await house.post(action, {"back": "/sessions"})).status
            notes = await house.store.people.notes("acme", None, 1)
            await house.look_as("anna")
            return found, notes[0].note, links(await house.get("/sessions?span=7d"))

    found, note, left = asyncio.run(told())
    ours = {"Ours by anna": "/sessions?span=30d"}
    assert (ours, [], 404) == found["bert"]
    assert ({}, [], 404) == found["dora"]
    assert ({"Ours by anna (acme)": "/sessions?tenant=acme&span=30d"}, [], 404) == found["eve"]
    assert (ours, ["/views/1/delete"], 303) == found["cleo"]
    assert ("view.remove", "1", "acme") == (note.what, note.object, note.tenant)
    assert {"Mine": "/sessions?span=90d"} == left


def test_a_view_that_is_not_shared_is_not_there_for_an_administrator():
    async def answer():
        async with dashboard_house() as house:
            await house.log_in("viewer", name="anna")
            await save(house, "/sessions", "Mine")
            await house.log_in("admin")
            return await house.get("/sessions"), await house.post("/views/1/delete", {})

    page, refused = asyncio.run(answer())
    assert {} == links(page)
    assert 404 == refused.status


def test_a_shared_view_tells_nobody_what_their_role_or_tenant_hides():
    async def told():
        async with dashboard_house() as house:
            await house.add_user("operator", None, "anna")
            await keep(house, "anna", "number", "span=7d&foreign_id=13800138000")
            await keep(house, "anna", "words", "span=7d&q=13800138000")
            await keep(house, "anna", "all", "span=7d&q=all")
            await keep(house, "anna", "other", "tenant=beta&span=7d")
            await keep(house, "anna", "unreadable", "nonsense=13800138000")
            await keep(house, "anna", "plain", "span=all&category=x")
            found = {}
            for role, tenant in (("viewer", "acme"), ("operator", "acme"), ("viewer", "beta"), ("operator", None)):
                await house.log_in(role, tenant)
                found[role, tenant] = await house.get("/sessions")
            return found

    found = {who: (list(links(page)), page.text) for who, page in asyncio.run(told()).items()}
    names = {who: {name.split()[0] for name in shown} for who, (shown, _) in found.items()}
    everything = {"number", "words", "all", "other", "plain"}
    assert {"plain"} == names["viewer", "acme"]
    assert {"plain", "other"} == names["viewer", "beta"]
    assert everything - {"other"} == names["operator", "acme"]
    assert everything == names["operator", None]
    assert "13800138000" not in found["viewer", "acme"][1] + found["viewer", "beta"][1]


def test_a_view_that_cannot_be_read_any_more_opens_with_the_notice_of_its_page():
    async def opened():
        async with dashboard_house() as house:
            await house.log_in("operator", name="anna")
            await keep(house, "anna", "old", "gone_field=1")
            page = await house.get("/sessions")
            return await house.get(links(page)["old shared"])

    page = asyncio.run(opened())
    assert 400 == page.status
    assert "gone_field" in page.text


def test_more_shared_views_than_anybody_reads_are_cut_and_said_to_be():
    async def pages():
        async with dashboard_house() as house:
            for number in range(3):
                await house.add_user("viewer", None, f"user{number}")
                for other in range(35 - number):
                    await keep(house, f"user{number}", f"{number}-{other:02}", "span=7d")
            await house.log_in("viewer")
            more = await house.get("/sessions")
            for view in (await house.store.views.views("usr_none", None, 200))[:2]:
                await house.store.views.remove_view(view.id, noted(Actor("cli", None), NOW, "view.remove", "", None))
            return more, await house.get("/sessions")

    more, all_of_them = asyncio.run(pages())
    assert (100, 100) == (len(links(more)), len(links(all_of_them)))
    assert "the first 100 are listed" in menu_of(more)
    assert "are listed" not in menu_of(all_of_them)
