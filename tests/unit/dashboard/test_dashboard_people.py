"""The pages of users: a made password is shown once, tenants stay apart, nobody shuts themselves out."""

from __future__ import annotations

import re
from typing import Any

import pytest
from people_house import ALL_TENANTS, done_in, in_house, secret_of, texts, users_of

from afterchat.access.audit import Actor, noted
from afterchat.access.identity import LoggedIn
from afterchat.dashboard.pages.account_words import WORDS as ACCOUNT_WORDS
from afterchat.dashboard.pages.people_lists import ROWS_MAX
from afterchat.dashboard.pages.people_words import WORDS as PEOPLE_WORDS
from afterchat.store.people import User

TYPED = "typed horse battery"
BERT = {"name": "bert", "role": "viewer", "tenant": "default", "password": ""}


async def keep_user(house: Any, name: str, tenant: str | None = None, role: str = "viewer") -> User:
    """A user who never logs in."""
    user = User(f"usr_{name}", name, role, tenant, "no hash", 0, 0)
    await house.store.people.add_user(user, noted(Actor("cli", None), 0, "user.add", user.id, tenant, role=role))
    return user


def test_a_made_password_is_on_the_answer_alone_and_lets_them_in() -> None:
    async def visit(house: Any) -> None:
        await house.log_in("admin")
        answer = await house.post("/people", BERT)
        password = secret_of(answer.text)
        later = [await house.get(path) for path in ("/people", "/people/audit")]

        assert (answer.status, answer.header("cache-control")) == (200, "no-store")
        assert answer.location is None
        assert [password in page.text for page in later] == [False, False]
        assert isinstance(await house.sources.gate.login("bert", password, "10.0.0.9"), LoggedIn)

    in_house(visit)


def test_a_typed_password_is_taken_and_never_shown() -> None:
    async def visit(house: Any) -> None:
        await house.log_in("admin")
        answer = await house.post("/people", {**BERT, "name": " Bert ", "tenant": ALL_TENANTS, "password": TYPED})

        assert (answer.status, answer.location) == (303, "/people?done=user_added")
        assert (await users_of(house))["bert"].tenant is None
        assert isinstance(await house.sources.gate.login("bert", TYPED, "10.0.0.9"), LoggedIn)

    in_house(visit)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"name": "Bert Smith"}, "A name has 1 to 64"),
        ({"name": "anna"}, "This name is in use."),
        ({"role": "owner"}, "There is no such role"),
        ({"tenant": "nobody"}, "Choose one of the tenants there are."),
        ({"tenant": ""}, "Choose one of the tenants there are."),
        ({"password": "short-one"}, "A password has at least 12 characters."),
    ],
)
def test_a_form_with_a_fault_comes_back_with_what_was_typed_but_the_password(
    changed: dict[str, str], fault: str
) -> None:
    async def visit(house: Any) -> None:
        await house.log_in("admin")
        await keep_user(house, "anna")
        before = await users_of(house)
        form = {**BERT, "password": TYPED, **changed}
        answer = await house.post("/people", form)

        assert answer.status == 400
        assert re.search(r'<p class="error" id="\w+">([^<]+)', answer.text)[1].startswith(fault)
        assert f'value="{form["name"]}"' in answer.text
        assert form["password"] not in answer.text
        assert await users_of(house) == before

    in_house(visit)


def test_who_is_bound_to_a_tenant_finds_and_makes_users_of_it_alone() -> None:
    async def visit(house: Any) -> None:
        await house.log_in("admin", tenant="acme")
        mine = await keep_user(house, "mine", "acme")
        others = [await keep_user(house, "other", "globex"), await keep_user(house, "everywhere")]
        page = await house.get("/people")
        reached = [
            (await answer).status
            for user in others
            for address in [f"/people/users/{user.id}"]
            for answer in (house.get(address), house.post(f"{address}/remove"), house.post(f"{address}/password"))
        ]
        made = [
            (await house.post("/people", {**BERT, "tenant": one})).status for one in ("globex", ALL_TENANTS, "acme")
        ]

        assert [user.id in page.text for user in (mine, *others)] == [True, False, False]
        assert "globex" not in page.text
        assert reached == [404] * 6
        assert made == [400, 400, 200]
        assert [user.name for user in await house.store.people.users("acme")][1:] == ["bert", "mine"]
        assert {"other", "everywhere"} <= (await users_of(house)).keys()

    in_house(visit)


@pytest.mark.parametrize(
    ("change", "form", "changed"),
    [
        ("role", {"role": "operator"}, {"role": "operator"}),
        ("disable", {}, {"is_disabled": True}),
        ("enable", {}, {"is_disabled": False}),
        ("remove", {}, None),
    ],
)
def test_a_change_is_made_said_and_noted(change: str, form: dict[str, str], changed: dict[str, Any] | None) -> None:
    async def visit(house: Any) -> None:
        await house.log_in("admin")
        user = await keep_user(house, "bert")
        answer = await house.post(f"/people/users/{user.id}/{change}", form)
        now = (await users_of(house)).get("bert")
        page = await house.get(answer.location)

        assert answer.status == 303
        assert 'class="toast good"' in page.text
        assert (await done_in(house))[0] == (f"user.{change}", user.id)
        seen = now and {"role": now.role, "is_disabled": now.disabled_at is not None}
        assert (seen and {name: seen[name] for name in changed or {}}) == changed

    in_house(visit)


def test_a_new_password_is_shown_once_and_is_in_force() -> None:
    async def visit(house: Any) -> None:
        await house.log_in("admin")
        user = await keep_user(house, "bert")
        answer = await house.post(f"/people/users/{user.id}/password")
        password = secret_of(answer.text)

        assert answer.location is None
        assert isinstance(await house.sources.gate.login("bert", password, "10.0.0.9"), LoggedIn)
        assert password not in (await house.get(f"/people/users/{user.id}")).text
        assert (await done_in(house))[0] == ("user.password", user.id)

    in_house(visit)


@pytest.mark.parametrize("change", ["role", "password", "disable", "enable", "remove"])
def test_nobody_does_it_to_themselves(change: str) -> None:
    async def visit(house: Any) -> None:
        await house.log_in("admin")
        await keep_user(house, "second", role="admin")
        before = await users_of(house)
        own = next(user for user in before.values() if user.name != "second")
        page = await house.get(f"/people/users/{own.id}")
        answer = await house.post(f"/people/users/{own.id}/{change}", {"role": "viewer"})

        assert answer.status == 400
        assert PEOPLE_WORDS["people.self.refused"][1] in texts(answer.text)
        assert f"{own.id}/{change}" not in page.text
        assert await users_of(house) == before

    in_house(visit)


def test_a_role_that_nobody_knows_is_refused_on_the_users_page() -> None:
    async def visit(house: Any) -> None:
        await house.log_in("admin")
        user = await keep_user(house, "bert")
        answer = await house.post(f"/people/users/{user.id}/role", {"role": "owner"})

        assert answer.status == 400
        assert "There is no such role" in texts(answer.text)
        assert (await users_of(house))["bert"] == user

    in_house(visit)


def test_pages_of_the_list_name_everybody_once_forth_and_back() -> None:
    async def visit(house: Any) -> None:
        await house.log_in("admin")
        names = [f"user{number:03}" for number in range(ROWS_MAX * 2 + 7)]
        for name in names:
            await keep_user(house, name)

        async def walk(address: str, way: str) -> list[tuple[str, list[str]]]:
            pages = []
            while address:
                page = (await house.get(address)).text
                pages.append((address, re.findall(r'usr_(user\d+)">user', page)))
                found = re.search(rf'href="([^"]+)" rel="{way}"', page)
                address = found[1] if found else ""
            return pages

        forth = await walk("/people", "next")
        back = await walk(forth[-1][0], "prev")

        assert [name for _, page in forth for name in page] == names
        assert [page for _, page in reversed(back)] == [page for _, page in forth]
        assert max(len(page) for _, page in forth) <= ROWS_MAX

    in_house(visit)


@pytest.mark.parametrize("path", ["/people", "/people/tokens", "/people/audit", "/account"])
def test_a_parameter_that_a_page_does_not_have_is_refused(path: str) -> None:
    async def visit(house: Any) -> None:
        await house.log_in("admin")

        assert (await house.get(f"{path}?colour=red")).status == 400

    in_house(visit)


@pytest.mark.parametrize("key", [*PEOPLE_WORDS, *ACCOUNT_WORDS])
def test_both_languages_say_it_with_the_same_values(key: str) -> None:
    zh, en = {**PEOPLE_WORDS, **ACCOUNT_WORDS}[key]

    assert zh
    assert en
    assert sorted(re.findall(r"\{(\w+)\}", zh)) == sorted(re.findall(r"\{(\w+)\}", en))
