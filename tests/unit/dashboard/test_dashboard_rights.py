"""Who may see what: every page of the table is asked by every kind of reader, and nobody has it but who may.

The expectation is written here by hand, a line for each route; a route without a line fails the build.
"""

from __future__ import annotations

import asyncio
import gzip
import re

import pytest

from afterchat.access.roles import ROLES, Right
from afterchat.dashboard.routes import PAGE_ROUTES
from afterchat.dashboard.visit import Needs
from dashboard_house import NOW, dashboard_house, ended_record

EVERYBODY, LOGGED_IN = "everybody", "logged in"
WHO = {
    "start": EVERYBODY,
    "login": EVERYBODY,
    "log_in": EVERYBODY,
    "preferences": EVERYBODY,
    "logout": LOGGED_IN,
    "account": LOGGED_IN,
    "account_password": LOGGED_IN,
    "account_everywhere": LOGGED_IN,
    "definitions": LOGGED_IN,
    **{f"health{part}": "viewer" for part in ("", "_part", "_quarantine", "_unreadable", "_drift", "_contradictions")},
    "health_inbox": "viewer",
    "health_refused": "viewer",
    **dict.fromkeys(["health_body", "health_release"], "operator"),
    **dict.fromkeys(
        [
            name + part
            for name in ("overview", "staff", "satisfaction", "queue", "robot", "channels", "sessions")
            for part in ("", "_part")
        ],
        "viewer",
    ),
    "session": "viewer",
    **dict.fromkeys(["deliveries", "deliveries_part", "delivery"], "viewer"),
    **dict.fromkeys(["deliveries_dead_again", "delivery_again", "endpoint_pause", "endpoint_resume"], "operator"),
    "sessions_export": "analyst",
    **dict.fromkeys(["view_save", "view_remove"], "viewer"),
    **dict.fromkeys(["people", "people_add", "people_user", "people_role", "people_password"], "admin"),
    **dict.fromkeys(["people_disable", "people_enable", "people_remove", "audit"], "admin"),
    **dict.fromkeys(["tokens", "tokens_add", "tokens_token", "tokens_revoke"], "admin"),
}
"""Route -> the least role that has it."""
RANK = list(ROLES)
TOKEN_FIELD = re.compile(r'name="csrf" value="([0-9a-f]+)"')


def least(route):
    """The least role of a route by the table of pages."""
    if route.needs is Needs.NOTHING:
        return EVERYBODY
    if route.needs is Needs.LOGIN:
        return LOGGED_IN
    return next(name for name, role in ROLES.items() if route.needs in role.rights)


def test_every_route_has_its_line_here():
    assert WHO == {route.name: least(route) for route in PAGE_ROUTES}


def target(route):
    return re.sub(r"\{[a-z_]+\}", "1", route.path)


@pytest.mark.parametrize("reader", [None, *ROLES])
def test_nobody_gets_a_page_that_is_not_for_them(reader):
    async def all_pages():
        async with dashboard_house() as house:
            await house.take(ended_record(1))
            if reader is not None:
                await house.log_in(reader)
            cookie, found = house.cookie, {}
            for route in PAGE_ROUTES:
                if route.name in {"logout", "account_everywhere"} and reader is not None:
                    continue  # they end the session with which the others are asked
                house.cookie = cookie
                ask = house.get if route.method == "GET" else house.post
                answer = await ask(target(route))
                found[route.name] = (answer.status, answer.location or "")
            return found

    for name, (status, location) in asyncio.run(all_pages()).items():
        needed = WHO[name]
        if needed == EVERYBODY:
            assert status not in {403, 500}, name
        elif reader is None:
            assert status == 401 or (status == 303 and location.startswith("/login?back=")), name
        elif needed == LOGGED_IN or RANK.index(reader) >= RANK.index(needed):
            assert status not in {401, 403, 500}, name
            assert not location.startswith("/login?"), name
        else:
            assert status == 403, name


def test_a_form_without_its_token_or_from_elsewhere_changes_nothing():
    async def refused():
        async with dashboard_house() as house:
            await house.log_in("admin")
            found = {}
            for route in PAGE_ROUTES:
                if route.method != "POST":
                    continue
                found[route.name, "elsewhere"] = await house.post(target(route), origin="https://evil.example")
                found[route.name, "nowhere"] = await house.post(target(route), origin=None)
                if route.needs is not Needs.NOTHING:
                    found[route.name, "token"] = await house.post(target(route), csrf="0" * 64)
                    found[route.name, "none"] = await house.post(target(route), csrf="")
            still = await house.get("/account")
            return {key: answer.status for key, answer in found.items()}, still.status

    statuses, still = asyncio.run(refused())
    assert dict.fromkeys(statuses, 403) == statuses
    assert 200 == still


TENANT_PAGES = [
    route
    for route in PAGE_ROUTES
    if route.method == "GET"
    and isinstance(route.needs, Right)
    and "{" not in route.path
    and route.needs != Right.MANAGE
]


@pytest.mark.parametrize("route", TENANT_PAGES, ids=lambda route: route.name)
def test_nothing_of_another_tenant_is_on_any_page(route):
    async def page():
        async with dashboard_house() as house:
            secret = {"staff_name": "SECRETSTAFF", "category": "SECRETCATEGORY", "from_group": "SECRETGROUP"}
            await house.take(ended_record(987654321, **secret), tenant="beta")
            await house.take(ended_record(1), tenant="alpha")
            await house.log_in("admin", tenant="alpha")
            query = "?format=csv" if route.name == "sessions_export" else ""
            mine = await house.get(route.path + query)
            asked = await house.get(f"{route.path}?tenant=beta{query.replace('?', '&')}")
            return mine, asked

    mine, asked = asyncio.run(page())
    for answer in (mine, asked):
        assert b"SECRET" not in answer.body
        assert b"987654321" not in answer.body
    assert 200 == mine.status
    assert asked.status in {400, 404}


def test_the_login_comes_back_to_where_one_wanted_to_go_and_nowhere_else():
    async def ways():
        async with dashboard_house() as house:
            await house.add_user("viewer")
            there = await house.get("/sessions?span=30d")
            fields = {"name": "viewer-all", "password": "correct horse battery"}
            right = await house.post("/login", {**fields, "back": "/sessions?span=30d"})
            away = await house.post("/login", {**fields, "back": "//evil.example/"})
            wrong = await house.post("/login", {**fields, "password": "wrong"})
            unknown = await house.post("/login", {**fields, "name": "nobody"})
            return there, right, away, wrong, unknown

    there, right, away, wrong, unknown = asyncio.run(ways())
    assert (303, "/login?back=%2Fsessions%3Fspan%3D30d") == (there.status, there.location)
    assert (303, "/sessions?span=30d") == (right.status, right.location)
    assert "HttpOnly" in right.header("set-cookie")
    assert "/overview" == away.location
    assert (401, 401) == (wrong.status, unknown.status)
    assert wrong.text.replace("viewer-all", "nobody") == unknown.text


def test_behind_https_the_cookie_is_for_https_alone():
    async def cookie():
        async with dashboard_house(is_https=True) as house:
            await house.add_user("viewer")
            fields = {"name": "viewer-all", "password": "correct horse battery"}
            return await house.post("/login", fields), await house.post(
                "/login", fields, origin="http://" + "afterchat.example"
            )

    right, plain = asyncio.run(cookie())
    assert right.header("set-cookie").startswith("__Host-afterchat=")
    assert "Secure" in right.header("set-cookie")
    assert 403 == plain.status


def test_a_page_is_packed_for_browsers_that_take_it_and_its_token_is_another_each_time():
    async def pages():
        async with dashboard_house() as house:
            await house.log_in("viewer")
            plain, again = await house.get("/account"), await house.get("/account")
            packed = await house.get("/account", accept_encoding="br, gzip")
            tokens = [TOKEN_FIELD.search(page.text)[1] for page in (plain, again)]
            taken = await house.post("/preferences", {"theme": "dark", "back": "/account"}, csrf=tokens[0])
            return plain, packed, tokens, house.csrf, taken

    plain, packed, tokens, csrf, taken = asyncio.run(pages())
    assert (None, "gzip") == (plain.header("content-encoding"), packed.header("content-encoding"))
    assert len(gzip.decompress(packed.body)) == len(plain.body)
    assert 2 == len(set(tokens))
    assert csrf not in plain.text
    assert (303, "/account") == (taken.status, taken.location)


def test_what_goes_wrong_is_a_page_that_says_what_to_do_and_nothing_of_the_fault():
    async def pages():
        async with dashboard_house() as house:
            await house.log_in("admin")
            bad = await house.get("/sessions?span=fortnight")
            method = await house.ask("PUT", "/sessions")
            api = await house.get("/v1/sessions")
            house.store.records.cursors = None  # any fault of ours
            fault = await house.get("/sessions")
            return bad, method, api, fault

    bad, method, api, fault = asyncio.run(pages())
    assert 400 == bad.status
    assert "`span` must be one of" in bad.text.replace("&#39;", "'")
    assert (405, "GET") == (method.status, method.header("allow").replace("HEAD, ", "").replace(", HEAD", ""))
    assert (401, "application/problem+json") == (api.status, api.header("content-type"))
    assert 500 == fault.status
    assert "NoneType" not in fault.text
    assert str(NOW) not in fault.text
